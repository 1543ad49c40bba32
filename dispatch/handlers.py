"""Commands and what carries them out: load, decide, store. The table at the end is the index of everything that can be done
to a task; SMS words reach the same decisions through bots/dialogue/conversation.py.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from dispatch import actions, helper_actions, service_actions, store, team_actions, visits, wellbeing_actions
from dispatch.actions import Act, Scene
from dispatch.changes import Changes, Message
from dispatch.duty import Roster
from dispatch.errors import CardNumber, ChangedSince, Stale, UnknownPerson, UnknownTask
from dispatch.escalation import decide_due, wanted_keys
from dispatch.events import AUTOMATIC, Kind
from dispatch.model import Case, Person
from dispatch.money import has_card_number
from dispatch.offers import Decision
from dispatch.office import Office, known_answers, take_over, until_stored
from sql import query

__all__ = ["COMMANDS", "Act", "act", "happened_since", "history", "run_due"]

log = structlog.get_logger()

DUE_AT_ONCE = 256  # one look at the rosters serves them all
POSTPONED = timedelta(minutes=1)  # a task whose deadline cannot be dealt with is tried again, and never blocks the others


# These add something and decide nothing: whatever has happened meanwhile, they are as true as before.
_NEVER_STALE = frozenset({"note", "add", "call_back", "concern", "expense", "nobody_home", "reply", "tick"})


async def act(office: Office, action: str, command: Act, now: datetime) -> Case:
    """Carry out one action of COMMANDS. Raises an Outcome when it cannot be done; nothing has changed then."""

    async def attempt(connection: Any) -> tuple[Changes, Case]:
        return await decide_in(office, connection, action, command, now)

    return await until_stored(office, attempt, now)


async def decide_in(office: Office, connection: Any, action: str, command: Act, now: datetime) -> tuple[Changes, Case]:
    """One action, decided on what is true now, to be stored by the caller with what the caller has. Raises an Outcome."""
    said = (command.text, *(value for value in command.details.values() if isinstance(value, str)))
    if any(has_card_number(words) for words in said):
        raise CardNumber("that looks like a card's number or a PIN: write it without")
    changes = Changes()
    case = await _case(connection, command)
    # After the case: what has happened since it was read makes the store refuse, and then all is decided again.
    if command.seen is not None and action not in _NEVER_STALE:
        await _require_unchanged(connection, case, command.seen)
    person, staff = await _people(connection, command)
    scene = Scene(connection, office, case, person, staff, command, now, changes)
    decision = await COMMANDS[action](scene)
    await store.fill(connection, office.mint, 1)
    scene.take_over(case, decision)
    if command.received is not None:
        changes.messages = [_as_tapped(m, person) for m in changes.messages]
        changes.received.append(replace(command.received, task_id=scene.files_under or case.task.id))
    return changes, decision[0]


async def _case(connection: Any, command: Act) -> Case:
    if command.task is None:
        return await store.case_by_code(connection, command.code)
    cases = await store.cases_by_id(connection, [command.task])
    if not cases:
        raise UnknownTask("there is no such task")
    return cases[0]


def _as_tapped(message: Message, person: Person | None) -> Message:
    """Whoever taps a button looks at what it changes; nobody needs to be rung for it."""
    if person is None or message.person_id != person.id:
        return message
    return replace(message, params={**message.params, "tapped": True})


async def _people(connection: Any, command: Act) -> tuple[Person | None, Person | None]:
    """Whom the action is about, and the member of staff who acts. Raises UnknownPerson."""
    person = staff = None
    if command.person is not None:
        person = await store.person_by_id(connection, command.person)
    elif command.phone:
        person = await store.person_by_phone(connection, command.phone)
    if command.by is not None:
        staff = person if command.by == command.person else await store.person_by_id(connection, command.by)
    if person is None and command.person is not None:
        raise UnknownPerson("there is no such person")
    if person is None and command.phone:
        raise UnknownPerson("no person has this phone number")
    if staff is None and command.by is not None:
        raise UnknownPerson("there is no such member of staff")
    return person, staff


async def _require_unchanged(connection: Any, case: Case, seen: int) -> None:
    since = await happened_since(connection, case.task.id, seen)
    if since:
        raise ChangedSince(case.task.code, since)


async def happened_since(connection: Any, task_id: int, seen: int) -> list[dict[str, Any]]:
    """What has happened to a task after the event `seen`, oldest first, as {"id", "at", "kind", "actor"}. Without what the
    program does by itself on the way (see AUTOMATIC)."""
    rows = await connection.fetch(query("task_events_since"), task_id, seen)
    return [
        {"id": row["id"], "at": row["at"], "kind": row["kind"], "actor": row["actor_name"] or "budkavle"}
        for row in rows
        if row["by_somebody"] or row["kind"] not in AUTOMATIC
    ]


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
        roster = Roster(answers=await known_answers(office, connection, now))
        await _look_up_for(office, connection, cases, roster, now)
        for case in cases:
            await _look_up_for(office, connection, [case], roster, now)
            await store.fill(connection, office.mint, 1)
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


async def history(connection: Any, case: Case) -> Iterable[Any]:
    """The events of one task as rows, in order."""
    rows: Iterable[Any] = await connection.fetch(query("task_history"), case.task.id)
    return rows


# Everything that can be done to a task. See each decide_* for its rules and the outcomes it raises.
COMMANDS: dict[str, Callable[[Scene], Awaitable[Decision]]] = {
    "accept": actions.accept,
    "withdraw": actions.withdraw,
    "start": actions.start,
    "done": actions.done,
    "confirm": actions.confirm,
    "deny": actions.deny,
    "escalate": actions.escalate,
    "acknowledge": actions.acknowledge,
    "plan": service_actions.plan,
    "release": actions.release,
    "cancel": actions.cancel,
    "offer": actions.offer,
    "assign": actions.assign,
    "hold": actions.hold,
    "resume": actions.resume,
    "merge": actions.merge,
    "split": actions.split,
    "change": actions.change,
    "answer": actions.answer,
    "call_back": actions.call_back,
    "add": actions.add,
    "note": actions.note,
    "connect": helper_actions.connect,
    "late": helper_actions.late,
    "need_service": helper_actions.need_service,
    "keep": helper_actions.keep,
    "again": helper_actions.again,
    "not_again": helper_actions.not_again,
    "concern": wellbeing_actions.concern,
    "expense": helper_actions.expense,
    "nobody_home": wellbeing_actions.nobody_home,
    "reply": wellbeing_actions.reply,
    "people": team_actions.people,
    "lead": team_actions.lead,
    "skip": visits.skip,
    "holidays": visits.holidays,
    "tick": helper_actions.tick,
}
