"""Who is told what when something happens: the table from events to messages.

Before accepting, a volunteer sees category, area, time; name, address and words of the resident only afterwards
(domain.md, Privacy). Texts are named here and worded in bots/locale.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from dispatch.changes import Message
from dispatch.events import Event, Kind
from dispatch.helping import CONCERN
from dispatch.matching import distance_km
from dispatch.model import Case, Offer, OfferKind, OfferState, TaskState, Urgency
from dispatch.money import EXPENSE_OVER
from dispatch.network import Network
from dispatch.notice_scene import Scene
from dispatch.service_groups import closed_until
from dispatch.service_notices import acknowledged, closed, introduction, planned, seen
from dispatch.team_notices import lead_changed, people_changed, team_complete, team_lacks
from dispatch.visit_news import visit_news
from dispatch.wellbeing import WELFARE
from dispatch.whereabouts import OUTSIDE, TOLD_OUTSIDE, choice_words, full_name, outside_of

EQUIPMENT_LATE = "equipment_late"  # why a human must act: a thing that was lent is not back


def notices(after: Case, events: Iterable[Event], network: Network, now: datetime) -> list[Message]:
    """The messages that follow from events of one case, in the events' order."""
    found: list[Message] = []
    for event in events:
        if make := _NOTICES.get(event.kind):
            found += make(Scene(after, event, network, now))
    return found


def _question(s: Scene) -> list[Message]:
    again = "_again" if s.event.data["again"] else ""
    choices = s.case.task.choices if s.event.data["asks"] == "place" else ()
    if len(choices) > 1:
        return [s.to_resident(f"ask_which_place{again}", **choice_words(choices, s.network))]
    if choices and not again:
        about = full_name(choices[0], s.network)
        return [s.to_resident("ask_this_place", asked_about=about, places=[about])]
    return [s.to_resident(f"ask_{s.event.data['asks']}{again}")]


def _opened(s: Scene) -> list[Message]:
    need = s.case.need
    if need.urgency is Urgency.EMERGENCY:
        return [s.to_resident("emergency", force=True)]
    if s.event.data["human"] in (EXPENSE_OVER, EQUIPMENT_LATE):
        return []  # the helper hears it with the amount; whoever has a thing has been reminded
    if s.event.data["human"] == OUTSIDE:
        return [_told_outside(s)]
    if s.event.data["human"] == WELFARE:
        return _written(s.to_resident("welfare_asked"))
    if s.event.data["human"]:
        return [s.to_resident("concern_heard" if s.event.data["human"] == CONCERN else "human_will_answer")]
    if not any(not step.ask.acknowledges for step in s.case.task.ladder):
        opens = closed_until(s.case, s.case.task.ladder[0], s.network, s.now)
        why: dict[str, Any] = {"routine": s.case.task.routine} if s.case.task.routine else {}
        return [s.to_resident("received_service", opens_at=opens, **why)]
    begins = s.case.task.deadline_at
    if begins and begins > s.now:
        return [s.to_resident("received_night", hour=begins.astimezone(s.network.zone).strftime("%H:%M"))]
    return [s.to_resident("received")]


def _told_outside(s: Scene) -> Message:
    """A human looks at it; and who helps there, where that is known."""
    there = outside_of(s.case.need, s.network)
    unknown, known = TOLD_OUTSIDE
    return s.to_resident(known if there.network and there.phone else unknown, nearby=there.network, nearby_phone=there.phone)


def _offered(s: Scene) -> list[Message]:
    return [s.to_offer(o, "offer", urgency=s.case.need.urgency, **s.household(), **_way(s, o)) for o in s.offers()]


def _way(s: Scene, offer: Offer) -> dict[str, Any]:
    """How long a way of two legs is: it says more than two places."""
    km = distance_km(s.network, s.case.people[offer.person_id], s.case.need) if s.case.need.is_fetched else None
    return {"way_km": km} if km else {}


def _acknowledgement_asked(s: Scene) -> list[Message]:
    return [s.to_offer(o, "acknowledge", **s.private()) for o in s.offers()]


def _acknowledgement_asked_again(s: Scene) -> list[Message]:
    return [s.to_offer(o, "acknowledge_again", **s.private()) for o in s.offers()]


def _taken(s: Scene) -> list[Message]:
    offer = s.offer()
    helper = s.case.people[offer.person_id]
    if waits_for := s.event.data.get("waits_for"):
        return [s.to_offer(offer, "taken_waits", people=s.case.task.places, more=waits_for)]
    if team := s.offers("team"):
        return team_complete(s, team)
    return [
        s.to_offer(offer, "taken_details", **s.private()),
        s.to_resident("coming", **introduction(helper), when=offer.note, word=s.case.task.code_word),
    ]


def _superseded(s: Scene) -> list[Message]:
    cancelled = s.case.task.state is TaskState.CANCELLED
    was = s.as_it_was()
    return [
        s.to_offer(o, "no_longer_needed" if o.kind is OfferKind.HELP else "handled_by_other", cancelled=cancelled, **was)
        for o in s.offers()
    ]


def _relieved(s: Scene) -> list[Message]:
    was, told = s.as_it_was(), []
    for offer in s.offers():
        other = "relieved" if offer.kind is OfferKind.HELP else "handled_by_other"
        told.append(s.to_offer(offer, other if s.event.data["why"] == "other" else "taken_back", **was))
    return told


def _assigned(s: Scene) -> list[Message]:
    offer = s.offer()
    if offer.kind is OfferKind.HELP:
        return _taken(s)
    by = s.case.people[offer.person_id]
    return [s.to_offer(offer, "assigned", **s.private()), s.to_resident(seen(s), **introduction(by), **s.door_word())]


def _changed(s: Scene) -> list[Message]:
    """Whoever has it hears how it is now; whoever is being asked to help hears of another time or place."""
    told = [s.to_offer(o, "changed_for_helper", **s.private()) for o in s.case.takers]
    if {"place", "from_place", "wanted", "infection"} & s.event.data["changed"].keys():
        asked = [o for o in s.case.offers if o.state is OfferState.SENT and o.kind is OfferKind.HELP]
        told += [s.to_offer(o, "offer_changed", urgency=s.case.need.urgency, **s.household(), **_way(s, o)) for o in asked]
    return told


def _merged(s: Scene) -> list[Message]:
    data = s.event.data
    if data["from"] != s.case.task.code:
        return []  # the one that it is part of now: its helper hears what is added
    told = [s.to_offer(o, "merged_for_helper") for o in s.offers("had")]
    return [s.to_resident("merged" if data["same_resident"] else "merged_with_other", into=data["into"]), *told]


def _answered(s: Scene) -> list[Message]:
    said = s.event.data.get("said", False)  # on the telephone: the resident has heard it
    return [] if said else [s.to_resident("staff_reply", text=s.event.data["text"])]


def _callback_wanted(s: Scene) -> list[Message]:
    call = s.to_resident("call_back", text=s.event.data["text"])
    return [replace(call, channel="call", state="to_call")]


def _declined(s: Scene) -> list[Message]:
    return [s.to_offer(s.offer(), "declined")]


def _withdrawn(s: Scene) -> list[Message]:
    offer = s.offer()
    helper = s.case.people[offer.person_id]
    told = [s.to_offer(offer, "withdrawn")]
    if s.event.data.get("promised", True):  # of a service group's task only a time, or that somebody is on the way
        told.append(s.to_resident("helper_withdrew", **introduction(helper)))
    return [*told, *team_lacks(s, helper)]


def _released(s: Scene) -> list[Message]:
    helper = s.case.people[s.offer().person_id]
    return [s.to_resident("helper_withdrew", **introduction(helper))] if s.event.data["promised"] else []


def _started(s: Scene) -> list[Message]:
    offer = s.offer()
    helper = s.case.people[offer.person_id]
    return [
        s.to_offer(offer, "on_way_noted"),
        s.to_resident("on_the_way", **introduction(helper), word=s.case.task.code_word),
    ]


def _delayed(s: Scene) -> list[Message]:
    offer, minutes = s.offer(), s.event.data["minutes"]
    helper = introduction(s.case.people[offer.person_id])
    return [
        s.to_offer(offer, "late_noted", minutes=minutes),
        s.to_resident("late", **helper, minutes=minutes, word=s.case.task.code_word),
    ]


def _service_wanted(s: Scene) -> list[Message]:
    offer = s.offer()
    helper = introduction(s.case.people[offer.person_id])
    return [s.to_offer(offer, "need_service_noted"), s.to_resident("passed_to_service", **helper)]


def _kept(s: Scene) -> list[Message]:
    if s.event.data.get("with_visit"):
        return []  # both hear it with the day
    offer = s.offer()
    helper = introduction(s.case.people[offer.person_id])
    noted = "fixed_contact_repeats" if s.event.data.get("repeats") else "fixed_contact_noted"
    return [s.to_offer(offer, noted), s.to_resident("fixed_contact", **helper)]


def _next_visit(s: Scene) -> list[Message]:
    offer, data = s.offer(), s.event.data
    helper = introduction(s.case.people[offer.person_id])
    visit = {"code": data["code"], "occasion": data["occasion"]}
    return [s.to_offer(offer, "next_visit_noted", **visit), s.to_resident("next_visit", **helper, **visit)]


def _contact_proposed(s: Scene) -> list[Message]:
    offer = s.offer()
    helper = introduction(s.case.people[offer.person_id])
    asked = s.to_resident("fixed_contact_proposed_resident", **helper)
    return [s.to_offer(offer, "fixed_contact_proposed_helper", name=s.case.resident.first_name), *_written(asked)]


def _occasion_moved(s: Scene) -> list[Message]:
    return visit_news(s.case.resident, s.case.task, s.case.need, s.event.data, s.network, s.now, moved=True)


def _not_reached(s: Scene) -> list[Message]:
    """The helper hears what to do next; the resident reads that somebody has tried."""
    offer = s.offer()
    helper = introduction(s.case.people[offer.person_id])
    tried = s.to_resident(f"nobody_home_{s.event.data['how']}", **helper)
    return [s.to_offer(offer, "nobody_home_noted"), *_written(tried)]


def _heard_of(s: Scene) -> list[Message]:
    return [s.to_offer(o, "addition", text=s.event.data["text"]) for o in s.case.takers]


def _concern_replied(s: Scene) -> list[Message]:
    return [s.to_resident("concern_reply", text=s.event.data["text"])]


def _paid(s: Scene) -> list[Message]:
    offer = next(o for o in reversed(s.case.takers) if o.person_id == s.event.person_id)
    told = {"amount_ore": s.event.data["amount_ore"], "limit": s.network.purchase_limit_ore // 100}
    return [s.to_offer(offer, "expense_over_noted" if s.event.data["over_limit"] else "expense_noted", **told)]


def _receipt_added(s: Scene) -> list[Message]:
    offer = next(o for o in reversed(s.case.takers) if o.person_id == s.event.person_id)
    return [s.to_offer(offer, "receipt_noted", amount_ore=s.event.data["amount_ore"])]


def _nudged(s: Scene) -> list[Message]:
    return [s.to_offer(o, "nudge") for o in s.offers()]


def _done(s: Scene) -> list[Message]:
    offer = s.offer()
    helper = s.case.people[offer.person_id]
    keeps = offer.kind is OfferKind.HELP and s.case.resident.fixed_contact != helper.id
    told = [s.to_offer(offer, "done_noted_keep" if keeps else "done_noted")]
    told += [s.to_offer(o, "done_noted") for o in s.case.helpers if o.person_id != helper.id]  # it is done for all
    if s.event.data["asks"]:
        told.append(s.to_resident("did_you_get_help", **introduction(helper)))
    return told


def _confirmed(s: Scene) -> list[Message]:
    return _written(s.to_resident("confirmed"))


def _thanked(s: Scene) -> list[Message]:
    """In the morning, when it is night: nobody is woken by thanks."""
    later = s.network.hours.awake_from(s.now)
    return [replace(s.to_offer(o, "thanks_passed_on"), due_at=later) for o in s.offers()]


def _denied(s: Scene) -> list[Message]:
    return _written(s.to_resident("denied"))


def _cancelled(s: Scene) -> list[Message]:
    told = [s.to_offer(o, "cancelled_for_helper") for o in s.offers("had")]
    return [s.to_resident("cancelled"), *told]


def _added_to(s: Scene) -> list[Message]:
    told = [s.to_offer(o, "addition", text=s.event.data["text"]) for o in s.case.takers]
    if "from" in s.event.data:  # another request's words: the resident has heard that the two are one
        return told
    return [*_written(s.to_resident("addition_noted")), *told]


def _written(thanks: Message) -> list[Message]:
    """An answer to what the resident has said, where that was in writing; on the telephone it has been given already."""
    return [] if thanks.channel == "call" else [thanks]


_NOTICES: dict[Kind, Callable[[Scene], Sequence[Message]]] = {
    Kind.QUESTION_ASKED: _question,
    Kind.TASK_OPENED: _opened,
    Kind.OFFERS_SENT: _offered,
    Kind.ACKNOWLEDGEMENT_ASKED: _acknowledgement_asked,
    Kind.ACKNOWLEDGEMENT_ASKED_AGAIN: _acknowledgement_asked_again,
    Kind.TASK_TAKEN: _taken,
    Kind.TASK_ASSIGNED: _assigned,
    Kind.TAKER_RELIEVED: _relieved,
    Kind.TASK_CHANGED: _changed,
    Kind.HELPER_THANKED: _thanked,
    Kind.TASK_MERGED: _merged,
    Kind.TASK_ANSWERED: _answered,
    Kind.CALLBACK_WANTED: _callback_wanted,
    Kind.OFFERS_SUPERSEDED: _superseded,
    Kind.TASK_ACKNOWLEDGED: acknowledged,
    Kind.TASK_PLANNED: planned,
    Kind.SERVICE_CLOSED: closed,
    Kind.OFFER_DECLINED: _declined,
    Kind.TASK_WITHDRAWN: _withdrawn,
    Kind.TASK_RELEASED: _released,
    Kind.TASK_STARTED: _started,
    Kind.TAKER_NUDGED: _nudged,
    Kind.TASK_DONE: _done,
    Kind.TASK_CONFIRMED: _confirmed,
    Kind.TASK_DENIED: _denied,
    Kind.TASK_CANCELLED: _cancelled,
    Kind.REQUEST_ADDED_TO: _added_to,
    Kind.TASK_DELAYED: _delayed,
    Kind.SERVICE_WANTED: _service_wanted,
    Kind.FIXED_CONTACT_SET: _kept,
    Kind.NEXT_VISIT_PLANNED: _next_visit,
    Kind.EXPENSE_RECORDED: _paid,
    Kind.RESIDENT_NOT_REACHED: _not_reached,
    Kind.PEOPLE_CHANGED: people_changed,
    Kind.LEAD_CHANGED: lead_changed,
    Kind.FIXED_CONTACT_PROPOSED: _contact_proposed,
    Kind.OCCASION_MOVED: _occasion_moved,
    Kind.RESIDENT_HEARD_OF: _heard_of,
    Kind.CONCERN_REPLIED: _concern_replied,
    Kind.RECEIPT_ADDED: _receipt_added,
}
