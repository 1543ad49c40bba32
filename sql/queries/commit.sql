-- Everything that one decision, or a batch of them, wants stored goes in one statement and so in one transaction:
-- dispatch/store.py joins those of the parts below that have something to store. Parts with nothing would cost too: each
-- statement opens every table and index it names, and that is most of what a small commit costs.
-- $1: the document made from Changes; $2: now. Tasks carry the version they were read at, and asked people the counter they
-- were read with: when either has moved on, the whole statement is refused (SQLSTATE 40001) and the caller decides again.

-- name: commit_people_new
-- People who are met for the first time.
INSERT INTO person (id, phone, phone_raw, telegram_id, name, language, roles, organisation, area, place, address, skills,
                    languages, available, stopped_at, standby_since, protected, created_at, lat, lon, travels, infected_until)
SELECT x.id, x.phone, x.phone_raw, x.telegram_id, x.name, x.language, x.roles, x.organisation, x.area, x.place, x.address,
       x.skills, x.languages, x.available, x.stopped_at, x.standby_since, x.protected, x.created_at, x.lat, x.lon, x.travels,
       x.infected_until
FROM jsonb_to_recordset($1::jsonb -> 'people_new') AS x(
    id bigint, phone text, phone_raw text, telegram_id bigint, name text, language text, roles text[], organisation text,
    area text, place text, address text, skills text[], languages text[], available text[], stopped_at timestamptz,
    standby_since timestamptz, protected boolean, created_at timestamptz, lat float8, lon float8, travels text,
    infected_until date)

-- name: commit_people
-- Known people who wrote, or changed; refused when they have done so meanwhile, elsewhere.
UPDATE person p SET phone = x.phone, name = x.name, language = x.language, roles = x.roles, area = x.area, place = x.place,
       address = x.address, fixed_contact = x.fixed_contact, stopped_at = x.stopped_at, helped_total = x.helped_total,
       protected = x.protected, telegram_id = x.telegram_id, organisation = x.organisation, skills = x.skills,
       languages = x.languages, available = x.available, avoids = x.avoids, paused_until = x.paused_until,
       chat_blocked_at = x.chat_blocked_at, standby_since = x.standby_since, lat = x.lat, lon = x.lon, travels = x.travels,
       infected_until = x.infected_until, turn = p.turn + 1
FROM jsonb_to_recordset($1::jsonb -> 'people') AS x(
    id bigint, phone text, name text, language text, roles text[], area text, place text, address text,
    fixed_contact bigint, stopped_at timestamptz, helped_total int, protected boolean, telegram_id bigint, organisation text,
    skills text[], languages text[], available text[], avoids text[], paused_until timestamptz, chat_blocked_at timestamptz,
    standby_since timestamptz, turn int, lat float8, lon float8, travels text, infected_until date)
WHERE p.id = x.id AND p.turn = x.turn
RETURNING p.id

-- name: commit_asked
-- Counters of people who are asked; refused when somebody else has asked them meanwhile.
UPDATE person p SET asked_total = x.asked_total, asked_today = x.asked_today, asked_on = x.asked_on,
       asked_at = x.asked_at, reply_number = x.reply_number
FROM jsonb_to_recordset($1::jsonb -> 'asked') AS x(
    id bigint, asked_before int, asked_total int, asked_today smallint, asked_on date, asked_at timestamptz,
    reply_number smallint)
WHERE p.id = x.id AND p.asked_total = x.asked_before
RETURNING p.id

-- name: commit_silenced
-- Messages that are not to be sent any more to these people.
UPDATE outbox SET state = 'stopped', ended_at = $2::timestamptz
WHERE state IN ('queued', 'failed') AND NOT always
  AND person_id IN (SELECT value::bigint FROM jsonb_array_elements_text($1::jsonb -> 'silenced'))

-- name: commit_needs_new
-- New requests.
INSERT INTO need (id, resident_id, category, area, place, address, text, wanted, urgency, source, told_by_name,
                  told_by_phone, repeats, created_at, lat, lon, located, from_area, from_place, from_address, from_lat, from_lon,
                  holidays, requires, expected_ore, infection)
SELECT x.id, x.resident_id, x.category, x.area, x.place, x.address, x.text, x.wanted, x.urgency, x.source, x.told_by_name,
       x.told_by_phone, x.repeats, x.created_at, x.lat, x.lon, x.located, x.from_area, x.from_place, x.from_address,
       x.from_lat, x.from_lon, x.holidays, x.requires, x.expected_ore, x.infection
FROM jsonb_to_recordset($1::jsonb -> 'needs_new') AS x(
    id bigint, resident_id bigint, category text, area text, place text, address text, text text, wanted text,
    urgency text, source text, told_by_name text, told_by_phone text, repeats text, created_at timestamptz,
    lat float8, lon float8, located text, from_area text, from_place text, from_address text, from_lat float8, from_lon float8,
    holidays text, requires text[], expected_ore int, infection boolean)

-- name: commit_needs
-- Requests that know more than before.
UPDATE need n SET category = x.category, area = x.area, place = x.place, address = x.address, text = x.text,
       wanted = x.wanted, urgency = x.urgency, repeats = x.repeats, lat = x.lat, lon = x.lon, located = x.located,
       from_area = x.from_area, from_place = x.from_place, from_address = x.from_address, from_lat = x.from_lat,
       from_lon = x.from_lon, holidays = x.holidays, requires = x.requires, expected_ore = x.expected_ore,
       infection = x.infection
FROM jsonb_to_recordset($1::jsonb -> 'needs') AS x(
    id bigint, category text, area text, place text, address text, text text, wanted text, urgency text,
    repeats text, lat float8, lon float8, located text, from_area text, from_place text, from_address text,
    from_lat float8, from_lon float8, holidays text, requires text[], expected_ore int, infection boolean)
WHERE n.id = x.id

-- name: commit_tasks_new
-- New tasks. The code word is the first of those given that no open task in the area has, and that the resident has not had in
-- 90 days; when all are in use, the one that was given: two people at two doors are better off than a request that waits.
INSERT INTO task (id, need_id, code, state, places, code_word, ladder, step, step_ends, rounds, human, asks, asked,
                  deadline, deadline_at, occasion, choices, routine, infected, created_at, changed_at, by_rule, asks_first)
SELECT x.id, x.need_id, x.code, x.state, x.places, COALESCE((
           SELECT w.word FROM jsonb_array_elements_text(jsonb_build_array(x.code_word) || ($1::jsonb -> 'spare_words')) AS w(word)
           -- one probe of an index; to look only in the same area cost four times as much as all else that is stored
           WHERE NOT EXISTS (SELECT FROM task t WHERE t.code_word = w.word AND t.deadline_at IS NOT NULL)
             AND NOT EXISTS (SELECT FROM need n JOIN task t ON t.need_id = n.id
                             WHERE n.resident_id = own.resident_id AND t.code_word = w.word
                               AND t.created_at > $2::timestamptz - interval '90 days' OFFSET 0)
           LIMIT 1), x.code_word), x.ladder, x.step, x.step_ends, x.rounds, x.human,
       x.asks, x.asked, x.deadline, x.deadline_at, x.occasion, x.choices, x.routine, x.infected, x.created_at,
       $2::timestamptz, x.by_rule, x.asks_first
FROM jsonb_to_recordset($1::jsonb -> 'tasks_new') AS x(
    id bigint, need_id bigint, code text, state text, places smallint, code_word text, ladder jsonb, step smallint,
    step_ends timestamptz, rounds smallint, human text, asks text, asked smallint, deadline text,
    deadline_at timestamptz, occasion date, choices jsonb, routine text, infected boolean, created_at timestamptz,
    by_rule date, asks_first bigint)
LEFT JOIN LATERAL (
    SELECT y.resident_id FROM jsonb_to_recordset($1::jsonb -> 'needs_new') AS y(id bigint, resident_id bigint)
    WHERE y.id = x.need_id
    UNION ALL SELECT resident_id FROM need WHERE id = x.need_id LIMIT 1) own ON true

-- name: commit_tasks
-- Tasks that have moved on from the version they were read at.
UPDATE task t SET version = t.version + 1, state = x.state, ladder = x.ladder, step = x.step, step_ends = x.step_ends,
       rounds = x.rounds, human = x.human, asks = x.asks, asked = x.asked, nudges = x.nudges, deadline = x.deadline,
       deadline_at = x.deadline_at, choices = x.choices, planned_at = x.planned_at, planned_as = x.planned_as,
       routine = x.routine, infected = x.infected, places = x.places, lead = x.lead,
       changed_at = $2::timestamptz, occasion = x.occasion, by_rule = x.by_rule,
       visit_due = CASE WHEN x.state = 'closed' AND t.state <> 'closed' THEN $2::timestamptz ELSE t.visit_due END
FROM jsonb_to_recordset($1::jsonb -> 'tasks') AS x(
    id bigint, version int, state text, ladder jsonb, step smallint, step_ends timestamptz, rounds smallint, human text,
    asks text, asked smallint, nudges smallint, deadline text, deadline_at timestamptz, choices jsonb, planned_at timestamptz,
    planned_as text, occasion date, by_rule date, routine text, infected boolean, places smallint, lead bigint)
WHERE t.id = x.id AND t.version = x.version
RETURNING t.id

-- name: commit_offers_new
-- New offers.
INSERT INTO offer (id, task_id, person_id, kind, step, number, state, live, sent_at, expires_at, answered_at, note,
                   group_key)
SELECT x.id, x.task_id, x.person_id, x.kind, x.step, x.number, x.state, x.live, x.sent_at, x.expires_at, x.answered_at,
       x.note, x.group_key
FROM jsonb_to_recordset($1::jsonb -> 'offers_new') AS x(
    id bigint, task_id bigint, person_id bigint, kind text, step smallint, number smallint, state text, live boolean,
    sent_at timestamptz, expires_at timestamptz, answered_at timestamptz, note text, group_key text)

-- name: commit_offers
-- Offers that were answered or ended.
UPDATE offer o SET state = x.state, live = x.live, answered_at = x.answered_at, note = x.note, thanked_at = x.thanked_at,
       handed_back = x.handed_back
FROM jsonb_to_recordset($1::jsonb -> 'offers') AS x(
    id bigint, state text, live boolean, answered_at timestamptz, note text, thanked_at timestamptz, handed_back boolean)
WHERE o.id = x.id

-- name: commit_consents
-- Who agreed to what is kept about them, and who wrote it down.
INSERT INTO consent (person_id, at, how, given_by, recorded_by)
SELECT x.person_id, x.at, x.how, x.given_by, x.recorded_by
FROM jsonb_to_recordset($1::jsonb -> 'consents') AS x(
    person_id bigint, at timestamptz, how text, given_by text, recorded_by bigint)

-- name: commit_attachments
-- Photographs and voice notes, whose content is fetched afterwards.
INSERT INTO attachment (id, task_id, person_id, kind, carrier, file_id, mime, size, created_at, due_at)
SELECT x.id, x.task_id, x.person_id, x.kind, x.carrier, x.file_id, x.mime, x.size, x.created_at, x.due_at
FROM jsonb_to_recordset($1::jsonb -> 'attachments') AS x(
    id bigint, task_id bigint, person_id bigint, kind text, carrier text, file_id text, mime text, size int,
    created_at timestamptz, due_at timestamptz)

-- name: commit_expenses
-- What helpers have paid.
INSERT INTO expense (id, task_id, person_id, amount_ore, over_limit, receipt, created_at)
SELECT x.id, x.task_id, x.person_id, x.amount_ore, x.over_limit, x.receipt, x.created_at
FROM jsonb_to_recordset($1::jsonb -> 'expenses') AS x(
    id bigint, task_id bigint, person_id bigint, amount_ore int, over_limit boolean, receipt bigint, created_at timestamptz)

-- name: commit_attempts
-- Attempts to reach residents.
INSERT INTO contact_attempt (person_id, at, how, reached, by_id, task_id, due_at)
SELECT x.person_id, x.at, x.how, x.reached, x.by_id, x.task_id, CASE WHEN NOT x.reached THEN x.at END
FROM jsonb_to_recordset($1::jsonb -> 'attempts') AS x(
    person_id bigint, at timestamptz, how text, reached boolean, by_id bigint, task_id bigint)

-- name: commit_lapsed_attempts
-- Attempts so long ago that they say nothing about today (dispatch/wellbeing.py, MATTER) are not kept.
DELETE FROM contact_attempt WHERE at < $2::timestamptz - interval '8 days' AND $1::jsonb ? 'attempts'

-- name: commit_loans_new
-- Things that are lent. The index loan_out refuses one that is out.
INSERT INTO loan (id, equipment_id, person_id, task_id, lent_at, lent_by, due_on, stage, next_at)
SELECT x.id, x.equipment_id, x.person_id, x.task_id, x.lent_at, x.lent_by, x.due_on, x.stage, x.next_at
FROM jsonb_to_recordset($1::jsonb -> 'loans_new') AS x(
    id bigint, equipment_id bigint, person_id bigint, task_id bigint, lent_at timestamptz, lent_by bigint, due_on date,
    stage text, next_at timestamptz)

-- name: commit_loans
-- Loans that have moved on from the version they were read at.
UPDATE loan l SET returned_at = x.returned_at, stage = x.stage, next_at = x.next_at, version = l.version + 1
FROM jsonb_to_recordset($1::jsonb -> 'loans') AS x(
    id bigint, returned_at timestamptz, stage text, next_at timestamptz, version int)
WHERE l.id = x.id AND l.version = x.version
RETURNING l.id

-- name: commit_ticks
-- What somebody has ticked of a task's checklist.
INSERT INTO checklist_tick (task_id, person_id, items, at)
SELECT x.task_id, x.person_id, x.items, $2::timestamptz
FROM jsonb_to_recordset($1::jsonb -> 'ticks') AS x(task_id bigint, person_id bigint, items text[])
ON CONFLICT (task_id, person_id) DO UPDATE SET items = EXCLUDED.items, at = EXCLUDED.at

-- name: commit_settled
-- Expenses on their way back to the helper, unless a colleague was faster.
UPDATE expense e SET state = x.after ->> 'state', settled_by = (x.after ->> 'settled_by')::bigint,
       settled_at = (x.after ->> 'settled_at')::timestamptz, paid_how = x.after ->> 'paid_how', reason = x.after ->> 'reason',
       receipt = (x.after ->> 'receipt')::bigint, receipt_asked_at = (x.after ->> 'receipt_asked_at')::timestamptz
FROM jsonb_to_recordset($1::jsonb -> 'settled') AS x(before jsonb, after jsonb)
WHERE e.id = (x.before ->> 'id')::bigint AND e.state = x.before ->> 'state'
  AND e.receipt IS NOT DISTINCT FROM (x.before ->> 'receipt')::bigint
  AND e.receipt_asked_at IS NOT DISTINCT FROM (x.before ->> 'receipt_asked_at')::timestamptz
RETURNING e.id

-- name: commit_received
-- Inbound messages, filed once per carrier and carrier id, and once per alias.
INSERT INTO inbox (carrier, carrier_id, alias, sender, person_id, task_id, text, outcome, received_at)
SELECT x.carrier, x.carrier_id, x.alias, x.sender, x.person_id, x.task_id, x.text, x.outcome, x.received_at
FROM jsonb_to_recordset($1::jsonb -> 'received') AS x(
    carrier text, carrier_id text, alias text, sender text, person_id bigint, task_id bigint, text text, outcome text,
    received_at timestamptz)

-- name: commit_members
-- Who belongs to a group from now on. A group that the network file no longer has is left out.
INSERT INTO group_member (group_key, person_id, source)
SELECT x.group_key, x.person_id, 'import' FROM jsonb_to_recordset($1::jsonb -> 'members') AS x(group_key text, person_id bigint)
JOIN groups g ON g.key = x.group_key
ON CONFLICT DO NOTHING

-- name: commit_apart
-- Who does not want to meet whom, by the person's own hand.
INSERT INTO kept_apart (person_id, other_id, created_at)
SELECT x.person_id, x.other_id, x.created_at
FROM jsonb_to_recordset($1::jsonb -> 'apart') AS x(person_id bigint, other_id bigint, created_at timestamptz)
ON CONFLICT DO NOTHING

-- name: commit_conversations
-- What people are being asked in their chats.
INSERT INTO conversation (chat_id, flow, step, data, changed_at)
SELECT x.chat_id, x.flow, x.step, x.data, x.changed_at FROM jsonb_to_recordset($1::jsonb -> 'conversations') AS x(
    chat_id bigint, flow text, step text, data jsonb, changed_at timestamptz)
ON CONFLICT (chat_id) DO UPDATE SET flow = EXCLUDED.flow, step = EXCLUDED.step, data = EXCLUDED.data,
    changed_at = EXCLUDED.changed_at

-- name: commit_talks
-- What people are being asked by SMS.
INSERT INTO conversation (person_id, flow, step, data, changed_at)
SELECT x.person_id, x.flow, x.step, x.data, x.changed_at FROM jsonb_to_recordset($1::jsonb -> 'talks') AS x(
    person_id bigint, flow text, step text, data jsonb, changed_at timestamptz)
ON CONFLICT (person_id) DO UPDATE SET flow = EXCLUDED.flow, step = EXCLUDED.step, data = EXCLUDED.data,
    changed_at = EXCLUDED.changed_at

-- name: commit_talks_ended
-- People who are asked nothing by SMS any more: nothing is kept of what they have answered.
DELETE FROM conversation c
USING jsonb_to_recordset($1::jsonb -> 'talks_ended') AS x(person_id bigint)
WHERE c.person_id = x.person_id

-- name: commit_lapsed_people
-- Who never came back to questions by SMS (bots/dialogue/registration.py) and is nobody here: the number goes.
UPDATE person p SET phone = NULL, turn = p.turn + 1
FROM conversation c
WHERE c.person_id = p.id AND c.changed_at < $2::timestamptz - interval '8 days'
  AND c.person_id NOT IN (SELECT (x ->> 'id')::bigint FROM jsonb_array_elements($1::jsonb -> 'people') AS x)
  AND p.roles = '{}' AND p.stopped_at IS NULL AND p.telegram_id IS NULL

-- name: commit_lapsed_talks
-- Nothing is kept of answers to questions by SMS whose next answer never came.
DELETE FROM conversation c
WHERE c.person_id IS NOT NULL AND c.changed_at < $2::timestamptz - interval '8 days'
  AND c.person_id NOT IN (SELECT (x ->> 'id')::bigint FROM jsonb_array_elements($1::jsonb -> 'people') AS x)

-- name: commit_answered
-- Inbound messages that waited in the inbox have been dealt with; refused when another worker has done so meanwhile.
UPDATE inbox i SET person_id = x.person_id, task_id = x.task_id, text = x.text, outcome = x.outcome, raw = NULL
FROM jsonb_to_recordset($1::jsonb -> 'answered') AS x(
    stored bigint, person_id bigint, task_id bigint, text text, outcome text)
WHERE i.id = x.stored AND i.outcome = 'waiting'
RETURNING i.id

-- name: commit_shifts_new
-- Who has signed up, or was put on. Whoever took the place first keeps it (shift_place), and nobody is in two places
-- (shift_one_at_a_time).
INSERT INTO shift (id, group_key, person_id, starts_at, ends_at, place, signed_up_at, stage, next_at, source, rota_id, off_at)
OVERRIDING SYSTEM VALUE
SELECT x.id, x.group_key, x.person_id, x.starts_at, x.ends_at, x.place, x.signed_up_at, x.stage, x.next_at, x.source, x.rota_id,
       x.off_at
FROM jsonb_to_recordset($1::jsonb -> 'shifts_new') AS x(
    id bigint, group_key text, person_id bigint, starts_at timestamptz, ends_at timestamptz, place smallint,
    signed_up_at timestamptz, stage text, next_at timestamptz, source text, rota_id bigint, off_at timestamptz)

-- name: commit_shifts
-- Shifts that go over to a colleague, or whose person has been told something; refused when they have changed meanwhile.
UPDATE shift s SET version = s.version + 1, person_id = x.person_id, signed_up_at = x.signed_up_at,
       swap_asked_at = x.swap_asked_at, tell_at = x.tell_at, stage = x.stage, next_at = x.next_at, source = x.source,
       rota_id = x.rota_id, off_at = x.off_at, one_at_a_time = s.one_at_a_time OR s.person_id <> x.person_id
FROM jsonb_to_recordset($1::jsonb -> 'shifts') AS x(
    id bigint, version int, person_id bigint, signed_up_at timestamptz, swap_asked_at timestamptz, tell_at timestamptz,
    stage text, next_at timestamptz, source text, rota_id bigint, off_at timestamptz)
WHERE s.id = x.id AND s.version = x.version
RETURNING s.id

-- name: commit_shifts_left
-- Shifts that their person has left; refused when they have changed meanwhile.
DELETE FROM shift s USING jsonb_to_recordset($1::jsonb -> 'shifts_left') AS x(id bigint, version int)
WHERE s.id = x.id AND s.version = x.version
RETURNING s.id

-- name: commit_overrides
-- What single dates need; refused when somebody else has said so meanwhile.
INSERT INTO shift_override AS o (group_key, starts_at, ends_at, needed, extra, set_by, set_at)
SELECT x.group_key, x.starts_at, x.ends_at, x.needed, x.extra, x.set_by, x.set_at
FROM jsonb_to_recordset($1::jsonb -> 'overrides') AS x(
    group_key text, starts_at timestamptz, ends_at timestamptz, needed smallint, extra boolean, set_by bigint, set_at timestamptz)
ON CONFLICT (group_key, starts_at) DO UPDATE SET ends_at = EXCLUDED.ends_at, needed = EXCLUDED.needed, extra = EXCLUDED.extra,
    set_by = EXCLUDED.set_by, set_at = EXCLUDED.set_at, version = o.version + 1
WHERE (o.group_key, o.starts_at, o.version) IN (
    SELECT y.group_key, y.starts_at, y.version
    FROM jsonb_to_recordset($1::jsonb -> 'overrides') AS y(group_key text, starts_at timestamptz, version int))
RETURNING o.group_key

-- name: commit_rotas_new
-- Rotas that repeat.
INSERT INTO rota (id, group_key, weekdays, begins, first_on, last_on, every_days, filled_until, next_at, made_by, made_at)
SELECT x.id, x.group_key, x.weekdays, x.begins, x.first_on, x.last_on, x.every_days, x.filled_until, x.next_at, x.made_by,
       x.made_at
FROM jsonb_to_recordset($1::jsonb -> 'rotas_new') AS x(
    id bigint, group_key text, weekdays smallint[], begins time, first_on date, last_on date, every_days smallint,
    filled_until timestamptz, next_at timestamptz, made_by bigint, made_at timestamptz)

-- name: commit_rota_members
-- Who has which turn of a new rota.
INSERT INTO rota_member (rota_id, turn, person_id)
SELECT (x.rota ->> 'id')::bigint, t.turn, p.id::bigint
FROM jsonb_array_elements($1::jsonb -> 'rotas_new') AS x(rota),
     jsonb_array_elements(x.rota -> 'turns') WITH ORDINALITY AS t(people, turn), jsonb_array_elements_text(t.people) AS p(id)

-- name: commit_rotas
-- Rotas that have filled more shifts, or have ended; refused when they have changed meanwhile.
UPDATE rota r SET version = r.version + 1, last_on = x.last_on, filled_until = x.filled_until, next_at = x.next_at
FROM jsonb_to_recordset($1::jsonb -> 'rotas') AS x(
    id bigint, version int, last_on date, filled_until timestamptz, next_at timestamptz)
WHERE r.id = x.id AND r.version = x.version
RETURNING r.id

-- name: commit_stand_ins
-- Who stands in for whom. A person has one at a time (stand_in_one).
INSERT INTO stand_in (id, group_key, person_id, stand_in_id, first_on, last_on, made_by, made_at)
SELECT x.id, x.group_key, x.person_id, x.stand_in_id, x.first_on, x.last_on, x.made_by, x.made_at
FROM jsonb_to_recordset($1::jsonb -> 'stand_ins') AS x(
    id bigint, group_key text, person_id bigint, stand_in_id bigint, first_on date, last_on date, made_by bigint,
    made_at timestamptz)

-- name: commit_stand_ins_ended
-- Who stands in no longer.
DELETE FROM stand_in WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text($1::jsonb -> 'stand_ins_ended'))

-- name: commit_holes
-- Shifts that lack people, and who has been told.
INSERT INTO shift_hole AS h (group_key, starts_at, ends_at, lead_told_at, told_at, bare_told_at)
SELECT x.group_key, x.starts_at, x.ends_at, x.lead_told_at, x.told_at, x.bare_told_at
FROM jsonb_to_recordset($1::jsonb -> 'holes') AS x(
    group_key text, starts_at timestamptz, ends_at timestamptz, lead_told_at timestamptz, told_at timestamptz,
    bare_told_at timestamptz)
ON CONFLICT (group_key, starts_at) DO UPDATE SET ends_at = EXCLUDED.ends_at,
    lead_told_at = COALESCE(EXCLUDED.lead_told_at, h.lead_told_at), told_at = COALESCE(EXCLUDED.told_at, h.told_at),
    bare_told_at = COALESCE(EXCLUDED.bare_told_at, h.bare_told_at)

-- name: commit_holes_filled
-- Shifts that lack nobody any more, or are over.
DELETE FROM shift_hole h
USING jsonb_to_recordset($1::jsonb -> 'holes_filled') AS x(group_key text, starts_at timestamptz)
WHERE h.group_key = x.group_key AND h.starts_at = x.starts_at

-- name: commit_watch
-- When the shifts are looked at next: at once after every change of who is on which; after a look, when the look says so, which is
-- refused when something has changed meanwhile.
UPDATE rota_watch w SET version = w.version + 1, next_at = COALESCE(x.next_at, LEAST(w.next_at, $2::timestamptz))
FROM jsonb_to_recordset($1::jsonb -> 'watch') AS x(version int, next_at timestamptz)
WHERE x.version IS NULL OR w.version = x.version
RETURNING w.id

-- name: commit_phone_chats_new
-- Pairs that are asked. A resident has one, and nobody is asked about two at once (phone_chat_resident, phone_chat_asked).
INSERT INTO phone_chat (id, resident_id, volunteer_id, state, weekday, at, resident_yes, volunteer_yes, stage, next_at, created_at)
SELECT x.id, x.resident_id, x.volunteer_id, x.state, x.weekday, x.at, x.resident_yes, x.volunteer_yes, x.stage, x.next_at,
       x.created_at
FROM jsonb_to_recordset($1::jsonb -> 'phone_chats_new') AS x(
    id bigint, resident_id bigint, volunteer_id bigint, state text, weekday smallint, at time, resident_yes timestamptz,
    volunteer_yes timestamptz, stage text, next_at timestamptz, created_at timestamptz)

-- name: commit_phone_chats
-- Pairs that have moved on from the version they were read at.
UPDATE phone_chat c SET version = c.version + 1, state = x.state, weekday = x.weekday, at = x.at, resident_yes = x.resident_yes,
       volunteer_yes = x.volunteer_yes, stage = x.stage, next_at = x.next_at, call_at = x.call_at,
       resident_misses = x.resident_misses, volunteer_misses = x.volunteer_misses, missed_in_row = x.missed_in_row,
       talks = x.talks, minutes = x.minutes, last_at = x.last_at, last_outcome = x.last_outcome, ended_at = x.ended_at,
       ended_how = x.ended_how
FROM jsonb_to_recordset($1::jsonb -> 'phone_chats') AS x(
    id bigint, version int, state text, weekday smallint, at time, resident_yes timestamptz, volunteer_yes timestamptz, stage text,
    next_at timestamptz, call_at timestamptz, resident_misses smallint, volunteer_misses smallint, missed_in_row smallint,
    talks int, minutes int, last_at timestamptz, last_outcome text, ended_at timestamptz, ended_how text)
WHERE c.id = x.id AND c.version = x.version
RETURNING c.id

-- name: commit_dials_new
-- Calls to be made by us. Two taps are one call (outgoing_call_one_bridge, outgoing_call_one_chat).
INSERT INTO outgoing_call (id, purpose, first_id, second_id, task_id, phone_chat_id, state, due_at, created_at)
SELECT x.id, x.purpose, x.first_id, x.second_id, x.task_id, x.phone_chat_id, x.state, x.due_at, x.created_at
FROM jsonb_to_recordset($1::jsonb -> 'dials_new') AS x(
    id bigint, purpose text, first_id bigint, second_id bigint, task_id bigint, phone_chat_id bigint, state text,
    due_at timestamptz, created_at timestamptz)

-- name: commit_dials_off
-- Calls of these pairs that have not begun are not made.
UPDATE outgoing_call SET state = 'ended', outcome = 'cancelled', due_at = NULL, ended_at = $2::timestamptz
WHERE state = 'queued'
  AND phone_chat_id IN (SELECT value::bigint FROM jsonb_array_elements_text($1::jsonb -> 'dials_off'))

-- name: commit_messages
-- Messages to be sent.
INSERT INTO outbox (person_id, to_phone, task_id, kind, params, always, channel, state, due_at, created_at)
SELECT x.person_id, x.to_phone, x.task_id, x.kind, x.params, x.always, x.channel, x.state, x.due_at, x.created_at
FROM jsonb_to_recordset($1::jsonb -> 'messages') AS x(
    person_id bigint, to_phone text, task_id bigint, kind text, params jsonb, always boolean, channel text, state text,
    due_at timestamptz, created_at timestamptz)

-- name: commit_events
-- What has happened. The shared lock lets GET /api/v1/events wait for those who are writing right now.
WITH guard AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(hashtextextended(current_schema(), 7))
)
INSERT INTO events (at, kind, task_id, person_id, data)
SELECT x.at, x.kind, x.task_id, x.person_id, x.data
FROM guard, jsonb_to_recordset($1::jsonb -> 'events') AS x(
    at timestamptz, kind text, task_id bigint, person_id bigint, data jsonb)
