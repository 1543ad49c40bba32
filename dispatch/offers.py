"""What people answer: accept, decline, give back, on my way, done, acknowledged, confirmed, cancelled. Pure decisions.

The first to accept wins. Two at once are decided twice on the same version of the task; the store lets one through, and
the other one's decision is made again on what is true by then.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from dispatch import ladder
from dispatch.errors import AlreadyYours, IllegalMove, NotYours, OfferGone, TaskEnded
from dispatch.escalation import WAITS_FOR, decide_close
from dispatch.events import Event, Kind
from dispatch.model import (
    ENDED,
    ESCALATED,
    HELD,
    ON_WAY,
    Case,
    Deadline,
    Offer,
    OfferKind,
    OfferState,
    Person,
    TaskState,
    Urgency,
)
from dispatch.network import Network
from dispatch.recurring import confirm_by, expected_from
from dispatch.routines import is_for_staff
from dispatch.rules import require_complete, require_may_know, require_not_among, require_safe, required
from dispatch.service_groups import asks_one_first, holders_time
from dispatch.silence import back_to_open, follow_up_at

Decision = tuple[Case, list[Event]]
DENIED = "denied"  # why a human must act: the resident says that nobody came
LONGEST_NOTE = 60  # characters that a volunteer may add to a yes; they are read to the resident
LONGEST_REASON = 300  # characters of why a service group gives a task back


def decide_yes(case: Case, offer: Offer, note: str, network: Network, now: datetime) -> Decision:
    """JA, or OK: accepts an offer of help, acknowledges where acknowledging is what was asked."""
    if offer.kind is OfferKind.ACKNOWLEDGE:
        return decide_acknowledge(case, offer, network, now)
    return decide_accept(case, offer, note, network, now)


def decide_accept(case: Case, offer: Offer, note: str, network: Network, now: datetime) -> Decision:
    """Accept an offer. note: what the volunteer added, such as "kl 15".

    Whoever was asked is welcome for as long as the task is open, also after a no, after the offer's time, or when it was
    no longer needed for a while. Raises OfferGone when the task has no place left: the caller answers "someone was faster,
    thank you" and nothing changes. AlreadyYours when this person has it.
    """
    if offer.state is OfferState.ACCEPTED and case.task.state not in ENDED | {TaskState.DONE}:
        raise AlreadyYours(case.task.code, number=offer.number)
    require_not_among(case, offer.person_id)  # nobody fills two of the places
    if case.task.state is not TaskState.OPEN or case.places_left == 0 or offer.state is OfferState.ACCEPTED:
        raise OfferGone(case.task.code)
    if case.task.human == DENIED and offer.state is OfferState.WITHDRAWN:
        raise OfferGone(case.task.code)  # the resident says that this helper never came: a human decides who goes now
    require_safe(case, case.people[offer.person_id], network, now)
    if not may_do(case, case.people[offer.person_id], network) or _was_before_the_alarm(case, offer):
        raise OfferGone(case.task.code)  # the request has changed since this person was asked
    note = note[:LONGEST_NOTE]
    accepted = offer.to(OfferState.ACCEPTED, live=True, answered_at=now, note=note)
    event = Event(now, Kind.TASK_TAKEN, case.task.id, offer.person_id, {"offer": offer.id, "note": note})
    return _taken(case.with_offer(accepted), event, network, now)


def may_do(case: Case, person: Person, network: Network) -> bool:
    """May this person do what the task has become? Staff may always."""
    category = network.category(case.need.category)
    if person.is_staff:
        return True
    return not is_for_staff(case, category) and (category is None or set(required(case, network)) <= set(person.skills))


def _was_before_the_alarm(case: Case, offer: Offer) -> bool:
    return case.need.urgency is Urgency.EMERGENCY and offer.state is not OfferState.SENT


def decide_assign(case: Case, offer: Offer, person: Person, network: Network, now: datetime, looked: bool = False) -> Decision:
    """A coordinator gives the task to somebody who has said yes by phone. `offer` is new and SENT.

    looked: the coordinator has seen who has it, and takes it from a volunteer too: of several, from the last in line. Raises
    OfferGone when somebody has it already, AlreadyYours when this person does, and what rules.require_safe does of somebody who
    is to help.
    """
    held = HELD if looked else (TaskState.WITH_SERVICE,)
    if case.task.state is not TaskState.OPEN and case.task.state not in held:
        raise OfferGone(case.task.code)
    if any(o.person_id == person.id and o.kind is offer.kind for o in case.takers):
        raise AlreadyYours(case.task.code, number=case.takers[-1].number)
    if offer.kind is OfferKind.HELP:
        require_safe(case, person, network, now)
    else:
        require_may_know(person, case)
    case, relieved = relieve(case, now, takers=_whose_place(case, offer))
    for old in [o for o in case.offers if o.person_id == person.id and o.live]:
        ended = old.to(OfferState.SUPERSEDED, answered_at=now) if old.state is OfferState.SENT else old
        case = case.with_offer(replace(ended, live=False))
    accepted = offer.to(OfferState.ACCEPTED, answered_at=now)
    case = replace(case, offers=(*case.offers, accepted), people={**case.people, person.id: person})
    event = Event(now, Kind.TASK_ASSIGNED, case.task.id, person.id, {"offer": offer.id, "note": ""})
    take = _acknowledged if offer.kind is OfferKind.ACKNOWLEDGE else _taken
    case, events = take(case, event, network, now)
    return case, [*events, *relieved]


def _whose_place(case: Case, offer: Offer) -> tuple[Offer, ...]:
    """Whom somebody who is given the task takes it from. Of several helpers, only the last in line of a full team."""
    if offer.kind is OfferKind.ACKNOWLEDGE or case.task.state is TaskState.WITH_SERVICE:
        return case.takers
    return case.helpers[-1:] if case.places_left == 0 else ()


def relieve(case: Case, now: datetime, why: str = "other", takers: tuple[Offer, ...] | None = None) -> Decision:
    """Whoever has the task has it no longer, and is told. why: "other" (somebody else has it) or "changed" (it is no task
    for this person any more). takers: only these. The task's state is the caller's."""
    takers = case.takers if takers is None else takers
    for held in takers:
        case = case.with_offer(held.to(OfferState.WITHDRAWN, live=False, answered_at=now))
    data = {"offers": [o.id for o in takers], "why": why}
    return case, [Event(now, Kind.TAKER_RELIEVED, case.task.id, None, data)] if takers else []


def _taken(case: Case, event: Event, network: Network, now: datetime) -> Decision:
    if case.places_left > 0:
        first = case.task.lead if any(o.person_id == case.task.lead for o in case.helpers) else event.person_id
        # What staff had and gave to the first of several is open again: from the ladder's beginning, for the others.
        opened = case.task if case.task.state is TaskState.OPEN else back_to_open(case.task, 0, now)
        waiting = replace(case, task=replace(opened, lead=first))
        return waiting, [replace(event, data={**event.data, "waits_for": case.places_left})]
    return complete(case, event, network, now)


def complete(case: Case, event: Event, network: Network, now: datetime) -> Decision:
    """All that it needs have said yes. event: the last yes."""
    if case.task.places > 1:
        event = replace(event, data={**event.data, "team": [o.id for o in case.helpers]})
    case, gone = supersede(case, now)
    task = case.task.in_state(
        TaskState.TAKEN,
        nudges=0,
        human=None,
        planned_at=None,
        planned_as="",
        deadline=Deadline.CHECK_IN,
        deadline_at=network.after(expected_from(case.task, network, now), network.patience.check_in, case.need.urgency),
    )
    return replace(case, task=task), [event, *gone]


def decide_acknowledge(case: Case, offer: Offer, network: Network, now: datetime) -> Decision:
    """A service group or a coordinator answers for the task from now on.

    Raises OfferGone when a colleague, or a volunteer, was faster; AlreadyYours for a second OK.
    """
    if offer.state is OfferState.ACCEPTED and case.task.state is TaskState.WITH_SERVICE:
        raise AlreadyYours(case.task.code, number=offer.number)
    if case.task.state is not TaskState.OPEN or offer.state is OfferState.ACCEPTED:
        raise OfferGone(case.task.code)
    case, relieved = relieve(case, now)  # whoever waited for others need not wait any more
    case = case.with_offer(offer.to(OfferState.ACCEPTED, live=True, answered_at=now))
    event = Event(now, Kind.TASK_ACKNOWLEDGED, case.task.id, offer.person_id, {"offer": offer.id})
    case, events = _acknowledged(case, event, network, now)
    return case, [*events, *relieved]


def decide_take_over(case: Case, offer: Offer, person: Person, network: Network, now: datetime) -> Decision:
    """A colleague answers for the task from now on, in place of whoever did. `offer` is new and SENT.

    Raises IllegalMove unless the task is with staff, AlreadyYours.
    """
    if case.task.state is not TaskState.WITH_SERVICE:
        raise IllegalMove(f"a task that is {case.task.state} cannot be taken over", code=case.task.code)
    if any(o.person_id == person.id for o in case.takers):
        raise AlreadyYours(case.task.code, number=case.takers[-1].number)
    case, relieved = relieve(case, now)
    accepted = offer.to(OfferState.ACCEPTED, answered_at=now)
    case = replace(case, offers=(*case.offers, accepted), people={**case.people, person.id: person})
    event = Event(now, Kind.TASK_ACKNOWLEDGED, case.task.id, person.id, {"offer": offer.id})
    case, events = _acknowledged(case, event, network, now)
    return case, [*events, *relieved]


def _acknowledged(case: Case, event: Event, network: Network, now: datetime) -> Decision:
    case, gone = supersede(case, now)
    planned = case.task.planned_at
    if planned is not None and planned <= now:  # a colleague's; a promise for later stands, whoever keeps it
        case = replace(case, task=replace(case.task, planned_at=None, planned_as=""))
    at = follow_up_at(case, network, now)
    task = case.task.in_state(TaskState.WITH_SERVICE, nudges=0, deadline=Deadline.FOLLOW_UP, deadline_at=at)
    return replace(case, task=task), [event, *gone]


def decide_no(case: Case, offer: Offer, network: Network, now: datetime, reason: str = "") -> Decision:
    """NEJ or KAN INTE: declines what is asked, gives back what was taken. When the last one asked says no, the ladder
    goes on at once. Saying no twice, or to what is gone, changes nothing and is fine. reason: in the words of whoever says so."""
    if offer.state is OfferState.ACCEPTED and case.task.state not in ENDED | {TaskState.DONE}:
        return decide_withdraw(case, offer, network, now, reason)
    if offer.state is not OfferState.SENT:
        return case, []
    case = case.with_offer(offer.to(OfferState.DECLINED, live=False, answered_at=now))
    event = Event(now, Kind.OFFER_DECLINED, case.task.id, offer.person_id, _because(offer, reason))
    task = case.task
    # On the last step there is nobody else: they are asked again when the time has come, not at once.
    goes_on = offer.kind is OfferKind.HELP or task.step_ends is not None
    nobody_else = not any(o.state is OfferState.SENT and o.step <= task.step for o in case.offers)
    if task.state is TaskState.OPEN and task.deadline is not Deadline.HELD and goes_on and nobody_else:
        others = asks_one_first(case, task.step, network)  # the step has more groups than the one that was asked first
        ends = now if offer.kind is OfferKind.ACKNOWLEDGE and not others else task.step_ends
        case = replace(case, task=replace(task, deadline=Deadline.ADVANCE, deadline_at=now, step_ends=ends))
    return case, [event]


def _because(offer: Offer, reason: str) -> dict[str, Any]:
    return {"offer": offer.id, "reason": reason} if reason else {"offer": offer.id}


def decide_withdraw(case: Case, offer: Offer, network: Network, now: datetime, reason: str = "") -> Decision:
    """Whoever had the task gives it back: it is open again, and the ladder goes on where it was.

    A service group that gives back is not asked again: the next step is at once, and with it the other service groups
    (service_groups.members_now), who read the reason. Raises NotYours, TaskEnded.
    """
    _require_held_by(case, offer)
    if offer.kind is OfferKind.HELP and case.task.state is TaskState.OPEN:
        return _no_longer_waits(case, offer, now)
    task, back = case.task, offer.kind is OfferKind.ACKNOWLEDGE
    given = offer.to(OfferState.WITHDRAWN, live=False, answered_at=now)
    if back:
        given = replace(given, handed_back=True, note=reason[:LONGEST_REASON])
    case = case.with_offer(given)
    step = max(task.step, 0)
    data = _because(offer, reason)
    if back:
        step = min(step + 1, len(task.ladder) - 1)
        data["promised"] = task.planned_at is not None
    lead = case.lead  # of those who are left
    task = replace(task, lead=lead.person_id if lead is not None else None)
    case = replace(case, task=back_to_open(task, step, now))
    return case, [Event(now, Kind.TASK_WITHDRAWN, task.id, offer.person_id, data)]


def _no_longer_waits(case: Case, offer: Offer, now: datetime) -> Decision:
    """One of those who wait for others cannot after all: the search goes on at once, for one more."""
    left = case.with_offer(offer.to(OfferState.WITHDRAWN, live=False, answered_at=now))
    at = now if left.task.deadline is Deadline.ADVANCE else left.task.deadline_at
    event = Event(now, Kind.TASK_WITHDRAWN, left.task.id, offer.person_id, {"offer": offer.id, "promised": False})
    return replace(left, task=replace(left.task, deadline_at=at)), [event]


def decide_start(case: Case, offer: Offer, network: Network, now: datetime) -> Decision:
    """PÅ VÄG. Raises NotYours, TaskEnded. Said twice, it changes nothing.

    From a volunteer who was silent so long that the task is open again, it takes the task anew.
    """
    if offer.state is OfferState.WITHDRAWN and offer.live and case.task.state is TaskState.OPEN:
        taken, events = decide_accept(case, offer, offer.note, network, now)
        if taken.task.state is TaskState.OPEN:
            return taken, events  # the others were silent too: waits for them, or for somebody else
        held = next(o for o in taken.offers if o.id == offer.id)
        started, more = decide_start(taken, held, network, now)
        return started, [*events, *more]
    _require_held_by(case, offer)
    require_complete(case, offer)
    event = Event(now, Kind.TASK_STARTED, case.task.id, offer.person_id, {"offer": offer.id})
    if case.task.state is TaskState.UNDERWAY:
        return case, []
    at = holders_time(case, network.patience.check_in, network, now)
    task = replace(case.task, nudges=0, deadline=WAITS_FOR[case.task.state], deadline_at=at)
    if task.state is TaskState.TAKEN:
        task = task.to(TaskState.UNDERWAY)
    elif task.state is TaskState.WITH_SERVICE:
        task = replace(task, planned_at=now, planned_as=ON_WAY)
    return replace(case, task=task), [event]


def decide_done(case: Case, offer: Offer, network: Network, now: datetime) -> Decision:
    """KLAR. The resident is asked, and silence closes the task after a while.

    Also counts from a volunteer who was silent so long that the task went on to a coordinator. What was a human's matter
    from the start (an emergency, a question) is closed without asking. Raises NotYours, TaskEnded.
    """
    late = offer.state is OfferState.WITHDRAWN and offer.live and case.task.state not in ENDED
    if not late:
        _require_held_by(case, offer)
        require_complete(case, offer)
    elif case.task.state is TaskState.DONE:
        raise TaskEnded(case.task.code)
    by = next((o for o in case.takers), offer)
    waited: list[Event] = []
    if late and case.task.state is TaskState.OPEN:
        case, waited = relieve(case, now)  # whoever waited for others need not any more
    case, gone = supersede(case, now)
    gone = [*waited, *gone]
    task = case.task.to(
        TaskState.DONE,
        human=None,
        deadline=Deadline.CONFIRM,
        deadline_at=confirm_by(case, network, now),
    )
    case = replace(case, task=task)
    asks = case.need.urgency is not Urgency.EMERGENCY and case.need.category is not None
    done = Event(now, Kind.TASK_DONE, task.id, offer.person_id, {"offer": offer.id, "by": by.person_id, "asks": asks})
    if asks:
        return case, [done, *gone]
    case, closed = decide_close(case, now)
    return case, [done, *gone, *closed]


def decide_confirm(case: Case, helped: bool, now: datetime) -> Decision:
    """The resident's answer to "did you get help?". A no brings the task back, to a human first.

    Raises TaskEnded when nothing waits for an answer.
    """
    if case.task.state is not TaskState.DONE:
        raise TaskEnded(case.task.code)
    if helped:
        closed, events = decide_close(case, now)
        return closed, [Event(now, Kind.TASK_CONFIRMED, case.task.id, case.resident.id), *events]
    for offer in case.takers:
        case = case.with_offer(offer.to(OfferState.WITHDRAWN, live=False, answered_at=now))
    steps = (*case.task.ladder, *ladder.human_only(case.need.urgency))
    task = replace(back_to_open(case.task, len(case.task.ladder), now, human=DENIED), ladder=steps)
    return replace(case, task=task), [Event(now, Kind.TASK_DENIED, task.id, case.resident.id)]


def decide_cancel(case: Case, by: int | None, reason: str, now: datetime) -> Decision:
    """Cancelled by the resident or by staff. Everybody who was asked or had it is told. Raises TaskEnded."""
    if case.task.state in ENDED or case.task.state is TaskState.DONE:
        raise TaskEnded(case.task.code)
    had = [o.id for o in case.takers]
    case, gone = supersede(case, now)
    task = case.task.to(TaskState.CANCELLED, human=None, deadline=None, deadline_at=None)
    case = replace(case, task=task, offers=tuple(replace(o, live=False) if o.live else o for o in case.offers))
    return case, [Event(now, Kind.TASK_CANCELLED, task.id, by, {"reason": reason, "had": had}), *gone]


def decide_escalate(case: Case, by: int | None, now: datetime) -> Decision:
    """Leave this step now. The ladder's next step follows at once. Raises IllegalMove unless the task is open."""
    if case.task.state is not TaskState.OPEN:
        raise IllegalMove(f"a task that is {case.task.state} cannot be escalated", code=case.task.code)
    last = case.task.step >= len(case.task.ladder) - 1
    # "human" also lets it go on at night: somebody is awake and wants it.
    ends = None if last else now
    rounds = case.task.rounds if last else max(case.task.rounds, 1)
    task = replace(case.task, rounds=rounds, step_ends=ends, human=ESCALATED, deadline=Deadline.ADVANCE, deadline_at=now)
    return replace(case, task=task), [Event(now, Kind.TASK_ESCALATED, task.id, by)]


def decide_add(case: Case, text: str, by: int | None, now: datetime) -> Decision:
    """The resident adds something ("glömde kaffe"): kept with the request, and told to whoever has it. Raises TaskEnded."""
    if case.task.state in ENDED:
        raise TaskEnded(case.task.code)
    need = replace(case.need, text=f"{case.need.text}\n{text}")
    event = Event(now, Kind.REQUEST_ADDED_TO, case.task.id, by, {"text": text})
    return replace(case, need=need), [event]


def decide_thank(case: Case, now: datetime) -> Decision:
    """The resident's thanks for whoever helped, once each; nothing when they have been thanked, or nobody is there to be."""
    helpers = [o for o in case.takers if o.kind is OfferKind.HELP and o.thanked_at is None]
    for offer in helpers:
        case = case.with_offer(replace(offer, thanked_at=now))
    if not helpers:
        return case, []
    return case, [Event(now, Kind.HELPER_THANKED, case.task.id, case.resident.id, {"offers": [o.id for o in helpers]})]


def decide_note(case: Case, text: str, by: int | None, now: datetime) -> Decision:
    """A note by staff, kept in the task's history."""
    return case, [Event(now, Kind.TASK_NOTED, case.task.id, by, {"text": text})]


def supersede(case: Case, now: datetime) -> Decision:
    """Everybody who was asked and has not answered is told that it is no longer needed."""
    open_offers = [o for o in case.offers if o.state is OfferState.SENT]
    for offer in open_offers:
        case = case.with_offer(offer.to(OfferState.SUPERSEDED, live=False, answered_at=now))
    if not open_offers:
        return case, []
    return case, [Event(now, Kind.OFFERS_SUPERSEDED, case.task.id, None, {"offers": [o.id for o in open_offers]})]


def _require_held_by(case: Case, offer: Offer) -> None:
    if case.task.state in ENDED or case.task.state is TaskState.DONE:
        raise TaskEnded(case.task.code)
    if offer.state is not OfferState.ACCEPTED:
        raise NotYours(case.task.code, number=offer.number)
