"""What a helper can do besides taking a task, doing it and giving it back: be late, hand it to the service group, stay on as
fixed contact, come again, worry about somebody. Pure decisions; what a helper pays is in money.py.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dispatch import ladder
from dispatch.changes import Apart
from dispatch.errors import BadRequest, IllegalMove, NotConnected, NotYours, TaskEnded
from dispatch.escalation import WAITS_FOR
from dispatch.events import Event, Kind
from dispatch.intake import Request, decide_for_human
from dispatch.mint import Mint
from dispatch.model import (
    ENDED,
    ENDED_TASKS_MATTER,
    HELD,
    Ask,
    Case,
    Deadline,
    Offer,
    OfferKind,
    OfferState,
    Person,
    Task,
    TaskState,
    Urgency,
)
from dispatch.network import Network
from dispatch.offers import LONGEST_NOTE, Decision, decide_accept, relieve
from dispatch.recurring import Planned, expected_from, one_more
from dispatch.rules import require_complete, require_may_know, require_may_meet
from dispatch.silence import back_to_open, first_acknowledging

LATE = range(5, 241)  # minutes that a helper may say
WEEK = timedelta(days=7)
# Why a human must act.
SERVICE_WANTED = "service_wanted"  # a volunteer says that the task is one for the service group
CONCERN = "concern"  # a helper worries about somebody; the source of that need, too


@dataclass(frozen=True, slots=True)
class Staying:
    """What comes of a helper's wish to help the same person again. resident: as from now on; None when nothing is new. visit:
    one more task of the same need, with the event that opens it."""

    decision: Decision
    resident: Person | None = None
    visit: tuple[Task, Event] | None = None


def decide_late(case: Case, offer: Offer, minutes: int, network: Network, now: datetime) -> Decision:
    """The helper comes about `minutes` (one of LATE) later than the resident thinks, who is told; a sign of life is expected
    that much later.

    From a volunteer who was silent so long that the task is open again, it takes the task anew. Raises BadRequest, NotYours,
    TaskEnded, MoreAreLookedFor, and OfferGone when somebody else has it by then.
    """
    if minutes not in LATE:
        raise BadRequest(f"minutes: from {LATE[0]} to {LATE[-1]}")
    if offer.state is OfferState.WITHDRAWN and offer.live and case.task.state is TaskState.OPEN:
        taken, events = decide_accept(case, offer, offer.note, network, now)
        if taken.task.state is TaskState.OPEN:
            return taken, events  # waits for others: nobody is on the way
        held = next(o for o in taken.offers if o.id == offer.id)
        told, more = decide_late(taken, held, minutes, network, now)
        return told, [*events, *more]
    require_held(case, offer)
    task = case.task
    there = expected_from(task, network, now) + timedelta(minutes=minutes)
    at = network.after(there, network.patience.check_in, case.need.urgency)
    if task.deadline is Deadline.HELD and task.deadline_at is not None and task.deadline_at > at:
        task = replace(task, nudges=0)  # nobody is reminded before the hold ends
    else:
        task = replace(task, nudges=0, deadline=WAITS_FOR[task.state], deadline_at=at)
    event = Event(now, Kind.TASK_DELAYED, task.id, offer.person_id, {"offer": offer.id, "minutes": minutes})
    return replace(case, task=task), [event]


def decide_connect(case: Case, offer: Offer, network: Network, now: datetime) -> Decision:
    """The helper wants to be connected with the resident through the network's number: nobody sees another's.

    Raises NotYours, TaskEnded, ProtectedResident, and NotConnected when the network connects nobody or one has no number.
    """
    require_held(case, offer)
    helper = case.people[offer.person_id]
    require_may_know(helper, case)
    if not network.masks or helper.phone is None or case.resident.phone is None:
        raise NotConnected("the network does not connect this call")
    return case, [Event(now, Kind.CALL_WANTED, case.task.id, offer.person_id, {"offer": offer.id})]


def decide_need_service(case: Case, offer: Offer, reason: str, now: datetime) -> Decision:
    """A volunteer says that this is nothing for volunteers: too heavy, care, money (domain.md: what cannot be done by the
    routines goes to the service groups). The task stands open at the ladder's first service step, and the volunteer is done.

    Of several who help, it is the end for all: those who were to go along, or wait for others, are told. reason: in the
    volunteer's words, "" for none. Said twice, it changes nothing. Raises NotYours, TaskEnded.
    """
    if case.task.human == SERVICE_WANTED and offer.state is OfferState.WITHDRAWN and case.task.state not in ENDED:
        return case, []
    if case.task.state is TaskState.OPEN:
        _require_accepted(case, offer)  # one who waits for others
    else:
        require_held(case, offer)
    # The words stay with the offer: whoever is asked next, perhaps tomorrow morning, reads them.
    given_back = offer.to(OfferState.WITHDRAWN, live=False, answered_at=now, note=reason[:LONGEST_NOTE])
    task = case.task
    step = next((i for i, s in enumerate(task.ladder) if s.ask is Ask.SERVICE), first_acknowledging(task))
    event = Event(now, Kind.SERVICE_WANTED, task.id, offer.person_id, {"offer": offer.id, "reason": reason})
    case, relieved = relieve(case.with_offer(given_back), now)
    return replace(case, task=back_to_open(task, step, now, human=SERVICE_WANTED)), [event, *relieved]


def why_service(case: Case) -> str:
    """What the volunteer said who handed the task to the service group; "" when nothing, or when nobody has."""
    if case.task.human != SERVICE_WANTED:
        return ""
    given_back = [o for o in case.offers if o.kind is OfferKind.HELP and o.state is OfferState.WITHDRAWN and not o.live]
    return max(given_back, key=lambda o: o.answered_at or o.sent_at).note if given_back else ""


def decide_keep(case: Case, offer: Offer, now: datetime) -> Staying:
    """FAST: the helper is asked first the next time this resident needs something. Allowed for as long as the offer is
    accepted, also when the task has ended. Said twice, it changes nothing.

    Raises NotYours, and ProtectedResident when only staff may help.
    """
    _require_accepted(case, offer)
    helper = case.people[offer.person_id]
    require_may_meet(helper, case)
    if case.resident.fixed_contact == helper.id:
        return Staying((case, []))
    return _stays(case, offer, now)


def decide_not_again(case: Case, offer: Offer, now: datetime) -> tuple[Staying, Apart | None]:
    """The helper would rather not meet this resident again: no reason is asked for, and the resident is not told. Whoever has the
    task keeps it. Said twice, it changes nothing. Raises NotYours for whoever has not had the task."""
    if offer.state not in (OfferState.ACCEPTED, OfferState.WITHDRAWN):
        raise NotYours(case.task.code, number=offer.number)
    if offer.person_id in case.kept_apart:
        return Staying((case, [])), None
    both = (offer.person_id, case.resident.id)
    events = [Event(now, Kind.PERSON_CHANGED, None, offer.person_id, {"person": who, "fields": ["apart"]}) for who in both]
    first = case.resident.fixed_contact == offer.person_id
    resident = replace(case.resident, fixed_contact=None) if first else None
    return Staying((case, events), resident), Apart(offer.person_id, case.resident.id, now)


def decide_again(
    case: Case, offer: Offer, done_on: date, planned: frozenset[date], network: Network, now: datetime, mint: Mint
) -> Staying:
    """The same help a week later, by the same helper, who is asked first. done_on: the local day on which it was done. planned:
    the days that the need has tasks for, whatever became of them: what the resident has cancelled does not come back.

    A need that repeats has its next task anyway. The mint must have a number. Raises NotYours, TaskEnded (more than a week
    ago), IllegalMove (not done yet, an emergency, a question), ProtectedResident.
    """
    _require_accepted(case, offer)
    require_may_meet(case.people[offer.person_id], case)
    task, need = case.task, case.need
    _require_recent(case, now)
    if task.state not in (TaskState.DONE, TaskState.CLOSED):
        raise IllegalMove("it is not done yet", code=task.code)
    if need.category is None or need.urgency is Urgency.EMERGENCY:
        raise IllegalMove("this is nothing that is done again", code=task.code)
    if need.repeats is not None:
        return Staying((case, [])) if _keeps(case, offer) else _stays(case, offer, now, repeats=True)
    day, today = (task.occasion or done_on) + WEEK, network.local_date(now)
    while day <= today:
        day += WEEK
    if day in planned:
        return Staying((case, []))
    visit = one_more(case, Planned(day), network, now, mint)
    data = {"offer": offer.id, "occasion": day.isoformat(), "code": visit[0].code}
    event = Event(now, Kind.NEXT_VISIT_PLANNED, task.id, offer.person_id, data)
    staying = _stays(case, offer, now, with_visit=True)
    after, events = staying.decision
    return replace(staying, decision=(after, [event, *([] if _keeps(case, offer) else events)]), visit=visit)


def _keeps(case: Case, offer: Offer) -> bool:
    return case.resident.fixed_contact == offer.person_id


def _stays(case: Case, offer: Offer, now: datetime, **how: bool) -> Staying:
    """The helper is the resident's fixed contact. how: what else the event says, for who is told what."""
    resident = replace(case.resident, fixed_contact=offer.person_id)
    event = Event(now, Kind.FIXED_CONTACT_SET, case.task.id, offer.person_id, {"offer": offer.id, **how})
    # What has ended is not touched: how long it still matters is counted from when it changed last.
    after = case if case.task.state in ENDED else replace(case, task=replace(case.task), resident=resident)
    return Staying((after, [event]), resident)


def decide_concern(
    case: Case, reporter: Person, words: str, emergency: bool, network: Network, now: datetime, mint: Mint
) -> tuple[Decision, Decision]:
    """Somebody who has the task, or has had it, worries about the resident. Returns both decisions: this task's, which says
    that it happened and none of the words, and that of a task of its own for coordinators.

    The new need is the reporter's, in no area, so that neither the resident nor an area's lead ever hears of it; service groups
    are asked only when it is about danger to life. Raises NotYours, TaskEnded when it was more than a week ago.
    """
    code = case.task.code
    mine = [o for o in case.offers if o.person_id == reporter.id]
    if not any(o.state in (OfferState.ACCEPTED, OfferState.WITHDRAWN) for o in mine):
        raise NotYours(code)
    _require_recent(case, now)
    urgency = Urgency.EMERGENCY if emergency else Urgency.HIGH
    request = Request(f"{code}: {words}", CONCERN, urgency=urgency)
    concern, events = decide_for_human(reporter, request, CONCERN, network, now, mint)
    if not emergency:
        concern = replace(concern, task=replace(concern.task, ladder=(ladder.COORDINATOR,)))
    reported = Event(now, Kind.CONCERN_REPORTED, case.task.id, reporter.id, {"code": concern.task.code})
    return (case, [reported]), (concern, events)


def require_no_concern(case: Case) -> None:
    """A helper's worry is not made into a request, nor put together with one: its words would be read by volunteers, and by
    the one whom they are about. Raises IllegalMove."""
    if case.need.source == CONCERN:
        raise IllegalMove("this is a helper's concern about somebody: open a request for the person instead", code=case.task.code)


def require_held(case: Case, offer: Offer) -> None:
    """Raises NotYours, TaskEnded unless the helper has the task now, MoreAreLookedFor while others are looked for."""
    if case.task.state in ENDED or case.task.state is TaskState.DONE:
        raise TaskEnded(case.task.code)
    require_complete(case, offer)
    if case.task.state not in HELD:
        raise NotYours(case.task.code, number=offer.number)
    _require_accepted(case, offer)


def _require_accepted(case: Case, offer: Offer) -> None:
    if offer.state is not OfferState.ACCEPTED or offer.kind is not OfferKind.HELP:
        raise NotYours(case.task.code, number=offer.number)


def _require_recent(case: Case, now: datetime) -> None:
    if case.task.state in ENDED and case.task.changed_at <= now - ENDED_TASKS_MATTER:
        raise TaskEnded(case.task.code)


def require_paying(case: Case, offer: Offer, now: datetime) -> None:
    """May what was paid for this task still be told? While the helper has it, when it is done, and a week after it has ended.
    Raises NotYours, TaskEnded."""
    _require_accepted(case, offer)
    _require_recent(case, now)
