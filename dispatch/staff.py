"""What staff decide about a request besides taking part in it: ask somebody by name, put off, merge, split, answer, give
back. Pure decisions, like offers.py; what changes in the request itself is in amend.py.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dispatch.duty import Candidate
from dispatch.errors import AlreadyAsked, BadRequest, HeldByOther, IllegalMove, NotFit, NotYours, TaskEnded
from dispatch.escalation import WAITS_FOR, decide_close
from dispatch.events import Event, Kind
from dispatch.helping import CONCERN, require_no_concern
from dispatch.intake import Request, decide_request
from dispatch.mint import Mint
from dispatch.model import ENDED, ESCALATED, VETTED, Ask, Case, Deadline, Offer, OfferKind, OfferState, Person, TaskState, Urgency
from dispatch.network import Network
from dispatch.offers import Decision, relieve, supersede
from dispatch.routines import is_for_staff
from dispatch.rules import SAFETY, question_of, require_not_among
from dispatch.silence import back_to_open, follow_up_at
from dispatch.whereabouts import spot_of

LONGEST_HOLD = timedelta(days=14)
UNBENDING = SAFETY | {"staff"}  # of what stands against somebody: no "anyway" helps


def missing_for(case: Case, candidate: Candidate, network: Network, now: datetime) -> tuple[str, ...]:
    """What stands against giving the person this task: see NotFit. Staff lack nothing."""
    apart = ["apart"] if candidate.person.id in case.kept_apart else []
    if candidate.person.is_staff:
        return tuple(apart) if kind_for(case, candidate.person, network) is OfferKind.HELP else ()
    category = network.category(case.need.category)
    for_staff = case.resident.protected or case.need.source == CONCERN or is_for_staff(case, category)
    barred = ["staff"] if for_staff else []
    danger = ["emergency"] if case.need.urgency is Urgency.EMERGENCY else []
    question = question_of(case, network, now)
    lacks = [s for s in question.skills if s not in candidate.person.skills]
    check = [VETTED] if question.check and not candidate.person.is_vetted_on(question.day) else []
    language = ["language"] if question.language and not candidate.person.speaks(question.language) else []
    return (*apart, *barred, *danger, *lacks, *check, *language)


def require_fit(case: Case, candidate: Candidate, network: Network, now: datetime, anyway: bool = False) -> None:
    """Raises NotFit, also with `anyway` for what is about safety; BadRequest for the resident's own request."""
    if candidate.person.id == case.resident.id:
        raise BadRequest("person: this is the resident")
    missing = missing_for(case, candidate, network, now)
    if missing and not (anyway and UNBENDING.isdisjoint(missing)):
        raise NotFit(case.task.code, missing)


def kind_for(case: Case, person: Person, network: Network) -> OfferKind:
    """What somebody is given a task for: to do it, or, when it is no task for a volunteer, as staff to answer for it."""
    category = network.category(case.need.category)
    ordinary = category is not None and not is_for_staff(case, category) and case.need.urgency is not Urgency.EMERGENCY
    return OfferKind.HELP if ordinary or not person.is_staff else OfferKind.ACKNOWLEDGE


def decide_offer(case: Case, offer: Offer, person: Person, by: int | None, now: datetime) -> Decision:
    """One named person is asked now, besides the ladder, whose clock goes on. `offer` is new and SENT.

    Whoever has said no may be asked again. Raises TaskEnded, IllegalMove unless the task is open, AlreadyAsked, and
    AlreadyYours for one of several who has said yes.
    """
    task = case.task
    _require_going_on(case)
    if task.state is not TaskState.OPEN:
        raise IllegalMove(f"a task that is {task.state} cannot be offered to anybody", code=task.code)
    require_not_among(case, person.id)
    for old in [o for o in case.offers if o.person_id == person.id]:
        if old.state is OfferState.SENT:
            raise AlreadyAsked("this person has been asked and has not answered yet", code=task.code)
        if old.live:
            case = case.with_offer(replace(old, live=False))
    case = replace(case, offers=(*case.offers, offer), people={**case.people, person.id: person})
    kind = Kind.OFFERS_SENT if offer.kind is OfferKind.HELP else Kind.ACKNOWLEDGEMENT_ASKED
    return case, [Event(now, kind, task.id, by, {"step": offer.step, "offers": [offer.id], "people": [person.id]})]


def decide_hold(case: Case, until: datetime, reason: str, by: int | None, now: datetime) -> Decision:
    """Nobody new is asked, and nobody is reminded, before `until`. Offers that stand stay, and a JA takes it.

    A step's time stands still meanwhile. Raises BadRequest (not in the future, more than LONGEST_HOLD ahead), TaskEnded, and
    IllegalMove for an emergency.
    """
    task = case.task
    _require_going_on(case)
    if case.need.urgency is Urgency.EMERGENCY:
        raise IllegalMove("an emergency cannot be put off", code=task.code)
    if until <= now:
        raise BadRequest("until: this time has passed")
    if until > now + LONGEST_HOLD:
        raise BadRequest(f"until: at most {LONGEST_HOLD.days} days ahead")
    put_off_since = task.deadline_at if task.deadline is Deadline.HELD and task.deadline_at else now
    ends = task.step_ends + (until - put_off_since) if task.step_ends else None
    task = replace(task, deadline=Deadline.HELD, deadline_at=until, step_ends=ends, nudges=0)
    event = Event(now, Kind.TASK_HELD, task.id, by, {"until": until.isoformat(), "reason": reason})
    return replace(case, task=task), [event]


def decide_resume(case: Case, by: int | None, network: Network, now: datetime) -> Decision:
    """A hold ends now: the ladder goes on at once; whoever has it, or has been asked something, gets the usual time.

    Raises IllegalMove when the task is not put off.
    """
    task = case.task
    if task.deadline is not Deadline.HELD or task.deadline_at is None:
        raise IllegalMove("this task is not put off", code=task.code)
    deadline = WAITS_FOR[task.state]
    patience = {
        Deadline.ANSWER: network.patience.answer,
        Deadline.CHECK_IN: network.patience.check_in,
    }.get(deadline)
    at = network.after(now, patience, case.need.urgency) if patience else now
    if deadline is Deadline.FOLLOW_UP:
        at = follow_up_at(case, network, now)
    ends = max(task.step_ends - max(task.deadline_at - now, timedelta()), now) if task.step_ends else None
    task = replace(task, deadline=deadline, deadline_at=at, step_ends=ends)
    return replace(case, task=task), [Event(now, Kind.TASK_RESUMED, task.id, by)]


def decide_merge(case: Case, into: Case, by: int | None, now: datetime) -> tuple[Decision, Decision]:
    """This request is the same as `into`: it ends, and what it says besides is added there. Returns both decisions.

    Raises TaskEnded, BadRequest (into itself, into one that has ended), IllegalMove (an emergency into what is none, or
    one that nobody has acknowledged).
    """
    task, code = case.task, into.task.code
    _require_going_on(case)
    require_no_concern(case)
    require_no_concern(into)
    if into.task.id == task.id:
        raise BadRequest("into: this is the same request")
    if into.task.state in ENDED | {TaskState.DONE}:
        raise BadRequest(f"into: {code} has ended")
    if case.need.urgency is Urgency.EMERGENCY and into.need.urgency is not Urgency.EMERGENCY:
        raise IllegalMove("an emergency is not put into a request that is none", code=task.code)
    if case.need.urgency is Urgency.EMERGENCY and task.state is TaskState.OPEN:
        raise IllegalMove("an alarm is seen by somebody before it is called a duplicate: acknowledge it", code=task.code)
    had = [o.id for o in case.takers]
    case, gone = supersede(case, now)
    ended = task.to(TaskState.CANCELLED, human=None, asks=None, deadline=None, deadline_at=None)
    case = replace(case, task=ended, offers=tuple(replace(o, live=False) if o.live else o for o in case.offers))
    data = {"from": task.code, "into": code}
    same_resident = case.resident.id == into.resident.id
    merged = Event(now, Kind.TASK_MERGED, task.id, by, {**data, "had": had, "same_resident": same_resident})
    # Replaced even when its words say the same: the store must see that it has not ended meanwhile.
    events = [Event(now, Kind.TASK_MERGED, into.task.id, by, data)]
    into = replace(into, task=replace(into.task))
    if not _says_the_same(case.need.text, into.need.text):
        into = replace(into, need=replace(into.need, text=f"{into.need.text}\n{case.need.text}"))
        more = {"text": case.need.text, "from": task.code}
        events.append(Event(now, Kind.REQUEST_ADDED_TO, into.task.id, by, more))
    return (case, [merged, *gone]), (into, events)


def _says_the_same(text: str, other: str) -> bool:
    return " ".join(text.split()).casefold() in " ".join(other.split()).casefold()


def decide_split(
    case: Case, text: str, category: str, area: str | None, by: int | None, network: Network, now: datetime, mint: Mint
) -> tuple[Decision, Decision]:
    """A part of this request becomes a request of its own, for the same resident. Returns both decisions: this one's, and
    that of the new case. The new one is never an emergency: danger is not a part. Raises TaskEnded."""
    need = case.need
    _require_going_on(case)
    require_no_concern(case)
    request = Request(
        text=text,
        source=need.source,
        category=category,
        area=area or need.area,
        place=need.place if area in (None, need.area) else None,
        address=need.address if area in (None, need.area) else "",
        spot=spot_of(need) if area in (None, need.area) else None,
        located=need.located,
        wanted=need.wanted,
        urgency=need.urgency if need.urgency is not Urgency.EMERGENCY else Urgency.NORMAL,
    )
    new, events = decide_request(case.resident, request, network, now, mint)
    new = replace(new, need=replace(new.need, told_by_name=need.told_by_name, told_by_phone=need.told_by_phone))
    events[0] = replace(events[0], person_id=by, data={**events[0].data, "from": case.task.code})
    split = Event(now, Kind.TASK_SPLIT, case.task.id, by, {"into": new.task.code})
    return (replace(case, task=replace(case.task)), [split]), (new, events)


def decide_reply(case: Case, text: str, by: int | None, anyway: bool, now: datetime, said: bool = False) -> Decision:
    """Staff answer a question in words, and that is all there was to do: closed without asking the resident. said: on the
    telephone, so that nothing is sent.

    Raises IllegalMove for what is no human's matter, HeldByOther when a colleague has taken it (unless `anyway`).
    """
    task = case.task
    _require_going_on(case)
    if task.human is None or task.state not in (TaskState.OPEN, TaskState.WITH_SERVICE):
        raise IllegalMove("this is a request for help, and no question that an answer ends", code=task.code)
    if not anyway and case.takers and all(o.person_id != by for o in case.takers):
        raise HeldByOther(task.code, case.people[case.takers[-1].person_id].first_name)
    others = [o.id for o in case.takers if o.person_id != by]
    case, gone = supersede(case, now)
    if others:
        gone = [*gone, Event(now, Kind.OFFERS_SUPERSEDED, task.id, None, {"offers": others})]
    done = task.to(TaskState.DONE, human=None, deadline=Deadline.CONFIRM, deadline_at=now)
    case, closed = decide_close(replace(case, task=done), now)
    data = {"text": text, "said": True} if said else {"text": text}
    return case, [Event(now, Kind.TASK_ANSWERED, task.id, by, data), *gone, *closed]


def decide_release(case: Case, person_id: int, now: datetime, to_coordinator: bool = False) -> Decision:
    """A member of staff gives back what he or she took: asked about on the same step again, at once.

    to_coordinator: it is for a coordinator to decide, who is asked at once. Raises TaskEnded, NotYours, HeldByOther.
    """
    task = case.task
    _require_going_on(case)
    held = next((o for o in case.takers if o.person_id == person_id), None)
    if held is None and task.state is TaskState.WITH_SERVICE and case.takers:
        raise HeldByOther(task.code, case.people[case.takers[-1].person_id].first_name)
    if held is None or task.state is not TaskState.WITH_SERVICE:
        raise NotYours(task.code)
    case, _ = relieve(case, now)
    step, human = max(task.step, 0), None
    if to_coordinator:
        step = next((i for i, s in enumerate(task.ladder) if s.ask is Ask.COORDINATOR), step)
        human = ESCALATED
    data: dict[str, Any] = {"offer": held.id, "promised": task.planned_at is not None}
    if to_coordinator:
        data["to"] = "coordinator"
    event = Event(now, Kind.TASK_RELEASED, task.id, person_id, data)
    return replace(case, task=back_to_open(task, step, now, human)), [event]


def decide_call_back(case: Case, text: str, by: int | None, now: datetime) -> Decision:
    """Somebody is to phone the resident: it stands in the list of calls. Raises BadRequest when there is no number."""
    if not (case.resident.phone or case.resident.phone_raw):
        raise BadRequest("there is no number to phone")
    return case, [Event(now, Kind.CALLBACK_WANTED, case.task.id, by, {"text": text})]


def _require_going_on(case: Case) -> None:
    if case.task.state in ENDED or case.task.state is TaskState.DONE:
        raise TaskEnded(case.task.code)
