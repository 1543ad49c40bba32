"""The domain of Budkavle and its engine: from a resident's need to somebody who has taken the task.

Reading order, which is the order in which a task meets them:

1. model     needs, tasks, offers, people, and the tables of legal moves
2. network, days   one municipality's areas, groups, categories, ladders, hours; its holidays
3. intake, recurring    a request is opened, asked about, or handed to a human; needs that repeat
   gazetteer, whereabouts    where an address or a position is; what stays known of it when something changes
4. routines    what volunteers may not do, and why; hygiene (infected households, checklists), amounts (of money, in words)
   ladder    the steps that will be tried, frozen on the task
   ladder_rules, ladder_hours    which rule wins, and the hours it may be for; ladder_edits: those that somebody has changed
   ladder_check, dry_run    what is wrong with one, and what would happen if nobody answered
5. duty, matching    who is on duty, and whom to ask first: who is near (geo/ways.py, geo/travel.py), and then fairly
   rules, answers    who may not be asked at all; how many at a time, by how the area has answered
   service_groups    which service groups are open, and a clock that counts their hours
6. escalation, silence    what a deadline does: the next wave, the next step; a nudge, a human
7. offers    accept, decline, give back, on my way, done, confirmed
   teams    several people for one task, who leads them, and who comes instead
   helping, money    late, too much for a volunteer, staying on, coming again, worrying about somebody; what was paid (expenses)
   plans    when it will be done, by the word of whoever answers for it
   settlement    what was paid is approved and paid back; equipment, loan: what the centre lends
   staff, amend    ask by name, put off, merge, split, answer; what is different in a request, and what follows from it
   fixed_contacts, visits, visit_news    the same helper again; visits that come back, left out or moved
   wellbeing, attempts    residents whom nobody reaches, alarms that come again, what worries a helper
   checks    background checks that end soon
8. notices, service_notices, team_notices   who is told what when something happens
9. changes, rows, store, office, opening, actions, helper_actions, service_actions, team_actions, wellbeing_actions,
   handlers    what is stored, and by which command
10. outbox, calls    messages on their way to a carrier, or to a human who phones
11. chats, erasure    a chat that refuses us, an account and a number that are one person; somebody asks to be forgotten
12. slots, rota, shifts    the volunteers' shifts: which there are, signing up, swapping, reminders
    repeating, coverage, duty_store, duty_desk, rota_watch    what staff do to them, rotas that repeat, and holes that are told
    areas    the map: boundaries that somebody has drawn, and the process that follows them
13. dialling, dialler, readings    calls that we make ourselves: two people connected, news read to landlines
    case_systems, case_system_desk    a service group's own case system: asked like its people, heard by reports
    companions, phone_chats, phone_chat_desk    residents and volunteers who talk every week: who fits, and what happens then

    asking ──answers──► open ──offers──► taken ──► underway ──► done ──► closed
       │                ▲  │               │           │         │
       │ no answer:     │  └── withdrawn / silent ─────┘         │ "nobody came"
       └ a human's      ├────────────────────────────────────────┘
                        └── ladder reaches the municipality ──► with_service ──► done
                                        cancelled from anywhere before done

Decisions are pure: `decide_*(case, …, now) -> (case, events)`. Nothing here asks for the time or talks to a network;
only store, outbox, calls, phone_calls, checks, office, opening, actions, helper_actions, wellbeing_actions, attempts, visits,
handlers, chats, erasure, shifts, duty_store, duty_desk, rota_watch, areas, ladder_edits, gazetteer, dialler, readings,
case_system_desk, phone_chat_desk, settlement and equipment talk to the database.
Whatever is not ended has a next deadline, and the database refuses a task that has none (`always_a_next_deadline`): no task
ever stands still unseen. So it is with a pair that talks every week (`phone_chat_always_a_next_time`), with a call of ours, and
with the look at the shifts.
"""
