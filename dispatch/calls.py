"""Who phones the people that no SMS reaches: one operator at a time takes a call on, and each ends said or handed on.

The list itself is the query `calls`. A call is a message in the outbox that waits for a human (to_call, dead).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from dispatch import store
from dispatch.changes import Changes
from dispatch.errors import AlreadyHandled, BadRequest, BeingPhoned, TakenByOther, UnknownCall
from dispatch.events import Event, Kind
from dispatch.intake import Request, decide_for_human
from dispatch.model import ENDED, Case, TaskState, Urgency
from dispatch.office import DESK, Office
from dispatch.wellbeing import Attempt, How, decide_welfare_check, is_in_need
from sql import query

TAKEN_FOR = timedelta(minutes=20)  # then another may take the call: whoever took it has gone home
AGAIN_AFTER = timedelta(minutes=30)  # when nobody has answered
TRIES = 3  # that nobody answers; then a coordinator decides
FAILED = "call_failed"  # why a human must act


@dataclass(slots=True)
class _Call:
    """A call while it is locked: how it stands, and what is to be stored beside it."""

    connection: Any
    row: Any
    by: int
    now: datetime
    changes: Changes = field(default_factory=Changes)

    def happened(self, kind: Kind, **data: Any) -> None:
        self.changes.events.append(Event(self.now, kind, self.row["task_id"], self.by, {"message": self.row["id"], **data}))

    async def set(
        self, taken: bool = False, tries: int | None = None, again_at: datetime | None = None, handled: str | None = None
    ) -> None:
        """Write down how the call stands. `tries` and `again_at` are given together; without them they stay."""
        by, at = (self.by, self.now) if taken else (None, None)
        done_by, done_at = (self.by, self.now) if handled else (None, None)
        if tries is None:
            tries, again_at = self.row["call_tries"], self.row["call_at"]
        await self.connection.execute(query("set_call"), self.row["id"], by, at, tries, again_at, done_at, done_by, handled)

    def tried(self, reached: bool) -> None:
        """Write down that somebody phoned, which says how it is with a resident (dispatch/attempts.py)."""
        person_id, task_id = self.row["person_id"], self.row["task_id"]
        self.changes.attempts.append(Attempt(person_id, self.now, How.PHONE, reached, self.by, task_id))

    async def with_it(self, others: Sequence[int], handled: str | None = None) -> None:
        """What waited for the same person ends in the same way; without `handled` it waits on, free to be taken."""
        done_by, done_at = (self.by, self.now) if handled else (None, None)
        rows = await self.connection.fetch(query("end_calls"), others, self.row["person_id"], done_at, done_by, handled)
        for row in rows if handled else ():
            self.changes.events.append(Event(self.now, Kind.MESSAGE_HANDLED, row["task_id"], self.by, {"message": row["id"]}))


@asynccontextmanager
async def _locked(office: Office, message_id: int, by: int, now: datetime) -> AsyncIterator[_Call]:
    """The call, for whoever may act on it. Raises UnknownCall, AlreadyHandled, TakenByOther."""
    async with office.pool.acquire() as connection:
        async with connection.transaction():
            row = await connection.fetchrow(query("lock_call"), message_id)
            if row is None:
                raise UnknownCall("there is no such call")
            if row["handled"]:
                raise AlreadyHandled("this call has been made already, or handed on")
            if row["taken_by"] not in (None, by) and row["taken_at"] > now - TAKEN_FOR:
                raise TakenByOther(row["taken_by_name"])
            call = _Call(connection, row, by, now)
            yield call
            if call.changes:
                await store.commit(connection, call.changes, now)
        office.on_commit(call.changes)


async def take_call(office: Office, message_id: int, by: int, now: datetime) -> None:
    """`by` phones now, and nobody else for TAKEN_FOR. by: a person id. Raises UnknownCall, AlreadyHandled, TakenByOther,
    and BeingPhoned while the network reads the message aloud itself."""
    async with _locked(office, message_id, by, now) as call:
        if await call.connection.fetchval(query("dial_being_phoned"), call.row["person_id"]):
            raise BeingPhoned("the network is phoning this person itself")
        await call.set(taken=True)
        if call.row["taken_by"] != by:
            call.happened(Kind.CALL_TAKEN)


async def release_call(office: Office, message_id: int, by: int, now: datetime) -> None:
    """Not phoned after all: anybody may take it again. Raises UnknownCall, AlreadyHandled, TakenByOther."""
    async with _locked(office, message_id, by, now) as call:
        await call.set()
        if call.row["taken_by"] is not None:
            call.happened(Kind.CALL_RELEASED)


async def end_call(
    office: Office, message_id: int, how: str, by: int, now: datetime, note: str = "", others: Sequence[int] = ()
) -> Case | None:
    """What came of the call. how: "reached", "no_answer" (again after AGAIN_AFTER, and after TRIES handed on by itself) or
    "handed_on" (a coordinator decides). note: what the coordinator should know. others: messages to the same person that were
    to be said in the same call.

    Returns the task that a coordinator is told about when there is a new one. Raises BadRequest for another `how`,
    UnknownCall, AlreadyHandled, TakenByOther.
    """
    note = note.strip()
    async with _locked(office, message_id, by, now) as call:
        tries = call.row["call_tries"] + (how == "no_answer")
        if how == "reached":
            await call.set(handled="reached")
            call.happened(Kind.MESSAGE_HANDLED, note=note)
            await call.with_it(others, "reached")
            call.tried(reached=True)
        elif how == "no_answer":
            await call.set(tries=tries, again_at=now + AGAIN_AFTER)
            call.happened(Kind.CALL_NOT_ANSWERED, tries=tries, note=note)
            await call.with_it(others)
            call.tried(reached=False)
        elif how != "handed_on":
            raise BadRequest("say how the call ended: reached, no_answer or handed_on")
        if how == "handed_on" or tries >= TRIES:
            await call.set(tries=tries, again_at=None, handled="handed_on")
            await call.with_it(others, "handed_on")
            return await _hand_on(office, call, note, silent=how == "no_answer")
    return None


async def _hand_on(office: Office, call: _Call, note: str, silent: bool) -> Case | None:
    """A coordinator is told by a task about the person who was not reached. A task that coordinators are asked about
    already only gets the note: nobody is asked twice about one thing. silent: nobody has answered, time after time; of a resident
    it must be found out how it is."""
    cases = await store.cases_by_id(call.connection, [call.row["task_id"]]) if call.row["task_id"] else []
    about = cases[0] if cases else None
    if about and about.task.state is TaskState.OPEN and about.task.human:
        call.happened(Kind.CALL_HANDED_ON, note=note, task=about.task.code)
        return None
    person = await store.person_by_id(call.connection, call.row["person_id"])
    if person is None:
        raise UnknownCall("the person of this call is no longer known")
    await store.fill(call.connection, office.mint, 1)
    if silent and is_in_need(person, about):
        if await call.connection.fetchval(query("welfare_check"), person.id):
            call.happened(Kind.CALL_HANDED_ON, note=note)
            return None
        case, events = decide_welfare_check(person, about, note, office.network, call.now, office.mint)
    else:
        case, events = decide_for_human(person, _request(about, person.id, note), FAILED, office.network, call.now, office.mint)
    # The person was not reached: nobody is told that somebody will phone.
    call.changes.case(None, case, [replace(e, person_id=call.by) for e in events])
    call.happened(Kind.CALL_HANDED_ON, note=note, task=case.task.code)
    return case


def _request(about: Case | None, person_id: int, note: str) -> Request:
    if about is None:
        return Request(note, DESK)
    text = f"{about.task.code}: {note}" if note else about.task.code
    need = about.need
    if need.resident_id != person_id:
        return Request(text, DESK)
    return Request(
        text=text,
        source=DESK,
        area=need.area,
        place=need.place,
        address=need.address,
        urgency=need.urgency if about.task.state not in ENDED else Urgency.NORMAL,
        told_by_name=need.told_by_name,
        told_by_phone=need.told_by_phone,
    )
