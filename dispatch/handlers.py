"""Commands and what carries them out: load, decide, store. The table at the end is the index of everything that can be done
to a task; SMS words reach the same decisions through bots/dialogue/conversation.py.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from dispatch import store
from dispatch.changes import Changes
from dispatch.duty import Candidate, Roster
from dispatch.errors import BadRequest, NotYours, OfferGone, Stale, UnknownPerson
from dispatch.escalation import decide_due, wanted_keys
from dispatch.events import Kind
from dispatch.intake import decide_hand_over
from dispatch.model import Case, Offer, OfferKind, OfferState, Person, TaskState
from dispatch.offers import (
    Decision,
    decide_acknowledge,
    decide_assign,
    decide_cancel,
    decide_done,
    decide_escalate,
    decide_no,
    decide_note,
    decide_start,
    decide_yes,
)
from dispatch.office import Office, take_over, until_stored
from sql import query

log = structlog.get_logger()

DUE_AT_ONCE = 256  # one look at the rosters serves them all
POSTPONED = timedelta(minutes=1)  # a task whose deadline cannot be dealt with is tried again, and never blocks the others


@dataclass(frozen=True, slots=True)
class Act:
    """One action on one task by somebody: the person acting (E.164), or the program that holds the API's token (None)."""

    code: str
    phone: str | None = None
    text: str = ""


async def act(office: Office, action: str, command: Act, now: datetime) -> Case:
    """Carry out one action of COMMANDS. Raises an Outcome when it cannot be done; nothing has changed then."""
    decide = COMMANDS[action]

    async def attempt(connection: Any) -> tuple[Changes, Case]:
        changes = Changes()
        case = await store.case_by_code(connection, command.code)
        person = await store.person_by_phone(connection, command.phone) if command.phone else None
        if command.phone and person is None:
            raise UnknownPerson("no person has this phone number")
        scene = Scene(connection, office, case, person, command, now, changes)
        decision = await decide(scene)
        take_over(changes, case, decision, office, now)
        return changes, decision[0]

    return await until_stored(office, attempt, now)


async def run_due(office: Office, now: datetime, limit: int = DUE_AT_ONCE) -> int:
    """Act on deadlines that have come, up to `limit` of them. Returns how many tasks were looked at.

    All of a batch is decided on one look at the rosters and stored in one statement. When that fails, each is done alone,
    and one that cannot be decided at all is put off a minute and logged, so that it stops nobody else.
    """
    async with office.pool.acquire() as connection:
        try:
            return await _run_batch(office, connection, now, limit)
        except Stale:
            pass
        except Exception:
            log.exception("deadlines.batch_failed")
        done = 0
        for _ in range(limit):
            try:
                count = await _run_batch(office, connection, now, 1)
            except Stale:
                continue
            except Exception:
                log.exception("deadline.failed")
                await connection.execute(query("postpone_due"), now, now + POSTPONED)
                count = 1
            if count == 0:
                break
            done += count
        return done


async def _run_batch(office: Office, connection: Any, now: datetime, limit: int) -> int:
    changes = Changes()
    async with connection.transaction():
        cases = await store.claim_due(connection, now, limit)
        if not cases:
            return 0
        roster = Roster()
        await _look_up_for(office, connection, cases, roster, now)
        for case in cases:
            await _look_up_for(office, connection, [case], roster, now)
            after, events, asked = decide_due(case, roster, office.network, now, office.mint)
            if after is case:
                continue
            changes.asked.update({c.person.id: c for c in asked})
            take_over(changes, case, (after, events), office, now)
        await store.commit(connection, changes, now)
    for event in changes.events:
        if event.kind is Kind.NOBODY_TO_ASK:  # the page shows it; whoever watches the log must hear it too
            log.error(event.kind, task=event.task_id)
    office.on_commit(changes)
    return len(cases)


async def _look_up_for(office: Office, connection: Any, cases: Sequence[Case], roster: Roster, now: datetime) -> None:
    """Look up who is on duty for these cases, only as far up their ladders as is needed."""
    while True:
        keys: set[str] = set()
        for case in cases:
            keys |= wanted_keys(case, roster, office.network, now)
        if not keys:
            return
        await store.look_up(connection, roster, sorted(keys), now)


@dataclass(slots=True)
class Scene:
    """What one action is decided on."""

    connection: Any
    office: Office
    case: Case
    person: Person | None
    command: Act
    now: datetime
    changes: Changes

    @property
    def actor(self) -> int | None:
        """Who does it, for the event."""
        return self.person.id if self.person else None

    def offer(self) -> Offer:
        """The acting person's offer. Raises BadRequest when nobody acts, NotYours when the person was never asked."""
        if self.person is None:
            raise BadRequest('say who acts: {"person": "+46…"}')
        offer = self.case.offer_of(self.person.id)
        if offer is None:
            raise NotYours(self.case.task.code)
        return offer


async def _accept(s: Scene) -> Decision:
    standing = s.case.offer_of(s.person.id) if s.person else None
    if s.person is not None and (standing is None or not (standing.live or standing.state is OfferState.ACCEPTED)):
        return await _assign(s)  # never asked, or the number has passed on: a new offer, accepted at once
    return decide_yes(s.case, s.offer(), s.command.text, s.office.network, s.now)


async def _assign(s: Scene) -> Decision:
    if s.person is None:
        raise BadRequest('say to whom: {"person": "+46…"}')
    standing = s.case.offer_of(s.person.id)
    if standing is not None and standing.kind is OfferKind.HELP and standing.live and s.case.task.state is TaskState.OPEN:
        return decide_yes(s.case, standing, s.command.text, s.office.network, s.now)
    candidate = await _candidate(s, s.person)
    offer = _new_offer(s, candidate, OfferKind.HELP)
    return decide_assign(s.case, offer, s.person, s.office.network, s.now)


async def _candidate(s: Scene, person: Person) -> Candidate:
    roster = Roster()
    key = f"person:{person.id}"
    await store.look_up(s.connection, roster, [key], s.now)
    members = roster.members([key])
    if not members:
        raise UnknownPerson("this person has paused, has said STOPP, or has no number")
    s.changes.asked[person.id] = members[0]
    return members[0]


def _new_offer(s: Scene, candidate: Candidate, kind: OfferKind) -> Offer:
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
        expires_at=s.now + s.office.network.patience.offer,
    )


async def _withdraw(s: Scene) -> Decision:
    return decide_no(s.case, s.offer(), s.office.network, s.now)


async def _start(s: Scene) -> Decision:
    return decide_start(s.case, s.offer(), s.office.network, s.now)


async def _done(s: Scene) -> Decision:
    if s.person is not None and s.case.offer_of(s.person.id) is not None:
        offer = s.offer()
    elif s.case.takers:  # reported by a coordinator, or by the program, for whoever has it
        offer = s.case.takers[-1]
    else:
        raise NotYours(s.case.task.code)
    decision = decide_done(s.case, offer, s.office.network, s.now)
    helper = s.case.people[offer.person_id]
    s.changes.people[helper.id] = replace(helper, helped_total=helper.helped_total + 1)
    return decision


async def _acknowledge(s: Scene) -> Decision:
    if s.person is None:
        raise BadRequest('say who acknowledges: {"person": "+46…"}')
    offer = s.case.offer_of(s.person.id)
    case = s.case
    if offer is None or (offer.kind is OfferKind.HELP and offer.state is not OfferState.ACCEPTED):
        if case.task.state is not TaskState.OPEN:
            raise OfferGone(case.task.code)
        candidate = await _candidate(s, s.person)
        offer = _new_offer(s, candidate, OfferKind.ACKNOWLEDGE)
        case = replace(case, offers=(*case.offers, offer), people={**case.people, s.person.id: s.person})
    return decide_acknowledge(case, offer, s.office.network, s.now)


async def _escalate(s: Scene) -> Decision:
    if s.case.task.state is TaskState.ASKING:
        return decide_hand_over(s.case, "escalated", s.office.network, s.now)
    return decide_escalate(s.case, s.actor, s.now)


async def _cancel(s: Scene) -> Decision:
    return decide_cancel(s.case, s.actor, s.command.text or "staff", s.now)


async def _note(s: Scene) -> Decision:
    if not s.command.text.strip():
        raise BadRequest('a note needs a text: {"text": "…"}')
    return decide_note(s.case, s.command.text.strip(), s.actor, s.now)


async def history(connection: Any, case: Case) -> Iterable[Any]:
    """The events of one task as rows, in order."""
    rows: Iterable[Any] = await connection.fetch(query("task_history"), case.task.id)
    return rows


# Everything that can be done to a task. See each decide_* for its rules and the outcomes it raises.
COMMANDS: dict[str, Callable[[Scene], Awaitable[Decision]]] = {
    "accept": _accept,
    "withdraw": _withdraw,
    "start": _start,
    "done": _done,
    "escalate": _escalate,
    "acknowledge": _acknowledge,
    "cancel": _cancel,
    "assign": _assign,
    "note": _note,
}
