"""What one action on a task looks up before it is decided, one function each: see COMMANDS in handlers.py for their names."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from dispatch import sms, store
from dispatch.amend import amended, decide_change
from dispatch.changes import Changes, Received
from dispatch.duty import Candidate, Roster
from dispatch.errors import BadRequest, HeldByOther, NotYours, OfferGone, UnknownPerson, UnknownTask
from dispatch.escalation import ACKNOWLEDGE_WITHIN
from dispatch.events import Kind
from dispatch.intake import decide_hand_over
from dispatch.model import Case, Offer, OfferKind, OfferState, Person, TaskState
from dispatch.offers import (
    DENIED,
    Decision,
    decide_acknowledge,
    decide_add,
    decide_assign,
    decide_cancel,
    decide_confirm,
    decide_done,
    decide_escalate,
    decide_no,
    decide_note,
    decide_start,
    decide_take_over,
    decide_yes,
    may_do,
)
from dispatch.office import Office, take_over
from dispatch.staff import (
    decide_call_back,
    decide_hold,
    decide_merge,
    decide_offer,
    decide_release,
    decide_reply,
    decide_resume,
    decide_split,
    kind_for,
    require_fit,
)

LONGEST_REPLY = 2  # SMS parts
MOST_AVOIDED = 20  # things that somebody is asked last about; the newest count


@dataclass(frozen=True, slots=True)
class Act:
    """One action on one task.

    phone (E.164) or person (id): whom it is about; for a volunteer who acts through a program, that is who acts. by: the
    person id of the member of staff who acts. seen: the id of the last event that this member's page showed; when somebody
    has done something since, the action is refused (ChangedSince). details: what the action needs besides, by name.
    received: the inbound message that says so, dealt with in the same commit. task: the task's id, where it is known: a code
    may be another task's by now.
    """

    code: str
    phone: str | None = None
    text: str = ""
    by: int | None = None
    person: int | None = None
    seen: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    received: Received | None = None
    task: int | None = None


@dataclass(slots=True)
class Scene:
    """What one action is decided on."""

    connection: Any
    office: Office
    case: Case
    person: Person | None
    staff: Person | None
    command: Act
    now: datetime
    changes: Changes
    files_under: int | None = None  # the task that the words which came belong to, when it is another one

    @property
    def actor(self) -> int | None:
        """Who does it, for the event."""
        who = self.staff or self.person
        return who.id if who else None

    @property
    def who(self) -> Person | None:
        """Whom it is about: the person named, else the member of staff who acts."""
        return self.person or self.staff

    @property
    def anyway(self) -> bool:
        """Has the actor been warned, and wants it done nevertheless?"""
        return bool(self.command.details.get("anyway"))

    def offer(self) -> Offer:
        """The acting person's offer. Raises BadRequest when nobody acts, NotYours when the person was never asked."""
        if self.who is None:
            raise BadRequest('say who acts: {"person": "+46…"}')
        offer = self.case.offer_of(self.who.id)
        if offer is None:
            raise NotYours(self.case.task.code)
        return offer

    def text(self, what: str) -> str:
        """The words that come with the action. Raises BadRequest when there are none."""
        said = self.command.text.strip()
        if not said:
            raise BadRequest(f"text: {what}")
        return said

    def take_over(self, before: Case | None, decision: Decision) -> None:
        """A decision is to be stored. What staff enter for somebody bears both names."""
        after, events = decision
        by = self.staff.id if self.staff else None
        if by is not None:
            events = [e if e.person_id in (None, by) else replace(e, data={**e.data, "staff": by}) for e in events]
        take_over(self.changes, before, (after, events), self.office, self.now, by)


async def accept(s: Scene) -> Decision:
    """Somebody takes the task."""
    standing = s.case.offer_of(s.person.id) if s.person else None
    if s.command.received is not None and s.person is not None:  # by the person's own hand, and not because staff say so
        _require_still_asked(s.case, standing)
    if s.person is not None and (standing is None or not (standing.live or standing.state is OfferState.ACCEPTED)):
        return await assign(s)  # never asked, or the number has passed on: a new offer, accepted at once
    return decide_yes(s.case, s.offer(), s.command.text, s.office.network, s.now)


def _require_still_asked(case: Case, standing: Offer | None) -> None:
    """Whoever takes a task in a chat can only take what nobody has, nor come back to a resident who says that nobody came."""
    mine = standing is not None and standing.state is OfferState.ACCEPTED
    never_came = case.task.human == DENIED and standing is not None and standing.state is OfferState.WITHDRAWN
    if never_came or (case.task.state is not TaskState.OPEN and not mine):
        raise OfferGone(case.task.code)


async def assign(s: Scene) -> Decision:
    """Staff give the task to somebody who has said yes."""
    if s.person is None:
        raise BadRequest('say to whom: {"person": "+46…"}')
    standing, network = s.case.offer_of(s.person.id), s.office.network
    asked = standing is not None and standing.kind is OfferKind.HELP and standing.live
    if standing is not None and asked and s.case.task.state is TaskState.OPEN and may_do(s.case, s.person, network):
        return decide_yes(s.case, standing, s.command.text, network, s.now)
    candidate = await _candidate(s, s.person)
    require_fit(s.case, candidate, network, s.now, s.anyway)
    offer = await _new_offer(s, candidate, kind_for(s.case, s.person, network))
    return decide_assign(s.case, offer, s.person, network, s.now, looked=s.command.seen is not None)


async def offer(s: Scene) -> Decision:
    """Somebody is asked by name, besides the ladder."""
    if s.person is None:
        raise BadRequest('say whom to ask: {"person": "+46…"}')
    candidate = await _candidate(s, s.person)
    require_fit(s.case, candidate, s.office.network, s.now)
    # Staff are asked as they always are, to answer for it: nobody is to have two questions about one task.
    asked = await _new_offer(s, candidate, OfferKind.ACKNOWLEDGE if s.person.is_staff else OfferKind.HELP)
    return decide_offer(s.case, asked, s.person, s.actor, s.now)


async def _candidate(s: Scene, person: Person) -> Candidate:
    """The person with what an offer needs. Staff who act on a page need not be reached. Raises UnknownPerson."""
    if s.staff is not None and person.id == s.staff.id:
        candidate = await store.candidate(s.connection, person.id)
    else:
        roster = Roster()
        key = f"person:{person.id}"
        await store.look_up(s.connection, roster, [key], s.now)
        candidate = next(iter(roster.members([key])), None)
    if candidate is None:
        raise UnknownPerson("this person has paused, has said STOPP, or has no number")
    s.changes.asked[person.id] = candidate
    return candidate


async def _new_offer(s: Scene, candidate: Candidate, kind: OfferKind) -> Offer:
    answers = kind is OfferKind.ACKNOWLEDGE
    return Offer(
        id=s.office.mint.id(),
        task_id=s.case.task.id,
        person_id=candidate.person.id,
        kind=kind,
        step=max(s.case.task.step, 0),
        number=candidate.ask(s.now, s.office.network.local_date(s.now)),
        state=OfferState.SENT,
        live=True,
        sent_at=s.now,
        expires_at=s.now + (ACKNOWLEDGE_WITHIN if answers else s.office.network.patience.offer),
        group_key=await store.service_group_of(s.connection, candidate.person.id) if answers else None,
    )


async def withdraw(s: Scene) -> Decision:
    """Somebody says no, or gives back what was taken, and may say why: whoever says that it is too far, or not their kind of
    thing, is asked last about the like from now on (Person.avoids)."""
    reason = s.command.text.strip()
    decision = decide_no(s.case, s.offer(), s.office.network, s.now, reason)
    if s.who is not None and (avoids := _avoided(s.case, reason)) and avoids not in s.who.avoids:
        s.changes.people[s.who.id] = replace(s.who, avoids=(*s.who.avoids, avoids)[-MOST_AVOIDED:])
    return decision


def _avoided(case: Case, reason: str) -> str | None:
    """What the reason is about, as Person.avoids has it."""
    if reason == "thing":
        return f"category:{case.need.category}" if case.need.category else None
    if reason == "far":
        return f"place:{case.need.place}" if case.need.place else f"area:{case.need.area}" if case.need.area else None
    return None


async def start(s: Scene) -> Decision:
    """Somebody is on the way."""
    return decide_start(s.case, s.offer(), s.office.network, s.now)


async def done(s: Scene) -> Decision:
    """It is done."""
    if s.who is not None and s.case.offer_of(s.who.id) is not None and (s.person or s.who.id in _holders(s.case)):
        offer = s.offer()
    elif s.case.takers:  # reported by a coordinator, or by the program, for whoever has it
        offer = s.case.takers[-1]
    else:
        raise NotYours(s.case.task.code)
    after, events = decide_done(s.case, offer, s.office.network, s.now)
    for helper_id in {offer.person_id, *(o.person_id for o in after.helpers)}:  # done for all who went
        s.changes.people[helper_id] = s.case.people[helper_id].having_helped()
    return after, events


async def confirm(s: Scene) -> Decision:
    """The resident has said, to somebody of the staff, that help came."""
    return decide_confirm(s.case, True, s.now)


async def deny(s: Scene) -> Decision:
    """The resident has said, to somebody of the staff, that nobody came."""
    return decide_confirm(s.case, False, s.now)


def _holders(case: Case) -> set[int]:
    return {o.person_id for o in case.takers}


async def acknowledge(s: Scene) -> Decision:
    """Staff answer for the task from now on; with `anyway`, in place of the colleague who does."""
    person, case = s.who, s.case
    if person is None:
        raise BadRequest('say who acknowledges: {"person": "+46…"}')
    held_by_other = case.task.state is TaskState.WITH_SERVICE and person.id not in _holders(case)
    if s.staff is not None and held_by_other:
        if not s.anyway:
            raise HeldByOther(case.task.code, case.people[case.takers[-1].person_id].first_name)
        mine = await _new_offer(s, await _candidate(s, person), OfferKind.ACKNOWLEDGE)
        return decide_take_over(case, mine, person, s.office.network, s.now)
    offer = case.offer_of(person.id)
    if offer is None or (offer.kind is OfferKind.HELP and offer.state is not OfferState.ACCEPTED):
        if case.task.state is not TaskState.OPEN:
            raise OfferGone(case.task.code)
        candidate = await _candidate(s, person)
        offer = await _new_offer(s, candidate, OfferKind.ACKNOWLEDGE)
        case = replace(case, offers=(*case.offers, offer), people={**case.people, person.id: person})
    return decide_acknowledge(case, offer, s.office.network, s.now)


async def release(s: Scene) -> Decision:
    """Staff give back what they took; with details "to_coordinator" for one to decide. text: what the next should know."""
    if s.who is None:
        raise BadRequest('say who gives it back: {"person": "+46…"}')
    case, events = decide_release(s.case, s.who.id, s.now, bool(s.command.details.get("to_coordinator")))
    if note := s.command.text.strip():
        _, noted = decide_note(case, note, s.who.id, s.now)
        events = [*noted, *events]
    return case, events


async def escalate(s: Scene) -> Decision:
    """The next step of the ladder, now."""
    if s.case.task.state is TaskState.ASKING:
        case, events = decide_hand_over(s.case, "escalated", s.office.network, s.now)
        by = s.staff.id if s.staff else None
        return case, [replace(e, person_id=by) if e.kind is Kind.HUMAN_NEEDED else e for e in events]
    return decide_escalate(s.case, s.actor, s.now)


async def cancel(s: Scene) -> Decision:
    """It is not needed any more."""
    return decide_cancel(s.case, s.actor, s.command.text or "staff", s.now)


async def hold(s: Scene) -> Decision:
    """Put off until a time: details "until", a datetime with offset."""
    until = s.command.details.get("until")
    if not isinstance(until, datetime) or until.tzinfo is None:
        raise BadRequest("until: say until when, with date and time")
    return decide_hold(s.case, until, s.command.text.strip(), s.actor, s.now)


async def resume(s: Scene) -> Decision:
    """It has been put off long enough."""
    return decide_resume(s.case, s.actor, s.office.network, s.now)


async def merge(s: Scene) -> Decision:
    """A duplicate: details "into", the code of the request that stays."""
    code = str(s.command.details.get("into") or "").strip()
    if not code:
        raise BadRequest("into: say which request it is the same as")
    try:
        into = await store.case_by_code(s.connection, code)
    except UnknownTask:
        raise BadRequest("into: no request has this code") from None
    mine, other = decide_merge(s.case, into, s.actor, s.now)
    await store.fill(s.connection, s.office.mint, 2)
    s.take_over(into, other)
    return mine


async def split(s: Scene) -> Decision:
    """A part of it becomes a request of its own: text, details "category" and, when it is elsewhere, "area"."""
    network, details = s.office.network, s.command.details
    text = s.text("say what the new request is about")
    category, area = str(details.get("category") or ""), str(details.get("area") or "") or None
    if category not in network.categories:
        raise BadRequest(f"category: there is no '{category}'" if category else "category: say what kind of help it is")
    if area is not None and area not in network.areas:
        raise BadRequest(f"area: there is no '{area}'")
    await store.fill(s.connection, s.office.mint, 3)
    mine, new = decide_split(s.case, text, category, area, s.actor, network, s.now, s.office.mint)
    s.take_over(None, new)
    return mine


async def change(s: Scene) -> Decision:
    """Something in the request is different: details, any of amend.FIELDS; with "as_request", what was taken to be sorted out
    is a request for help from now on."""
    need = amended(s.case.need, s.command.details, s.office.network)
    return decide_change(s.case, need, s.actor, s.office.network, s.now, bool(s.command.details.get("as_request")))


async def answer(s: Scene) -> Decision:
    """A question is answered in words, and closed; with details "said", by somebody who has said them on the telephone."""
    text = " ".join(s.text("write the answer").split())
    if s.command.details.get("said"):
        return decide_reply(s.case, text, s.actor, s.anyway, s.now, said=True)
    if sms.parts(sms.plain(text)) > LONGEST_REPLY:
        raise BadRequest(f"text: too long for {LONGEST_REPLY} SMS, shorten it")
    if not s.case.resident.can_be_written_to:
        raise BadRequest("there is neither a number nor an address to send an answer to")
    return decide_reply(s.case, text, s.actor, s.anyway, s.now)


async def call_back(s: Scene) -> Decision:
    """Somebody is to phone the resident."""
    return decide_call_back(s.case, s.text("say what the call is about"), s.actor, s.now)


async def add(s: Scene) -> Decision:
    """Words are added to the request."""
    return decide_add(s.case, s.text("say what to add"), s.actor, s.now)


async def note(s: Scene) -> Decision:
    """A note for colleagues."""
    if not s.command.text.strip():
        raise BadRequest('a note needs a text: {"text": "…"}')
    return decide_note(s.case, s.command.text.strip(), s.actor, s.now)
