"""Somebody phones the network: the call as it stands, and the operators who talk with one caller each.

What is said and asked in a call is bots/voice; here is what the desk does with it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson

from dispatch import store
from dispatch.changes import Changes
from dispatch.errors import AlreadyHandled, TakenByOther, UnknownCall
from dispatch.events import Event, Kind
from dispatch.office import Office
from sql import query

SOURCE = "phone"  # of a need that was told by telephone to nobody
PATIENCE = timedelta(minutes=15)  # a carrier tells of every step long before
LONGEST_TALK = timedelta(hours=4)  # nothing is told while two people talk


class CallState(StrEnum):
    """Where a call is."""

    GREETING = "greeting"  # hears the menu, or an answer
    RINGING = "ringing"  # operators are rung, and one of them may have answered
    BRIDGED = "bridged"  # with the person of a task
    RECORDING = "recording"  # leaves a message
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """One call. Field names are the columns of phone_call (sql/migrations/0008_voice.sql says what they mean)."""

    id: int
    carrier: str
    carrier_id: str
    caller: str | None
    called: str
    language: str
    state: CallState
    step: str
    turn: int
    received_at: datetime
    changed_at: datetime
    person_id: int | None = None
    said: Mapping[str, Any] | None = None
    pressed: str = ""
    urgent: bool = False
    rung: tuple[int, ...] = ()
    ringing: tuple[int, ...] = ()
    choices: tuple[int, ...] = ()
    outcome: str | None = None
    task_id: int | None = None
    recording: str | None = None
    operator_id: int | None = None
    taken_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        """Has somebody hung up?"""
        return self.state is CallState.ENDED

    def taken_by(self, person_id: int, now: datetime) -> "PhoneCall":
        """The call while this operator talks with the caller."""
        return replace(self, operator_id=person_id, taken_at=now)

    def free(self) -> "PhoneCall":
        """The call while nobody has it."""
        return replace(self, operator_id=None, taken_at=None)

    def over(self, now: datetime) -> "PhoneCall":
        """The call when it has ended. What was said last may hold a number, and nobody asks for it any more."""
        return replace(self, state=CallState.ENDED, step="", said=None, choices=(), ended_at=now, due_at=None)


_LISTS = frozenset({"rung", "ringing", "choices"})


def call_of(row: Any) -> PhoneCall:
    """A call from its row."""
    values: dict[str, Any] = {f.name: tuple(row[f.name]) if f.name in _LISTS else row[f.name] for f in fields(PhoneCall)}
    values["state"] = CallState(values["state"])
    values["said"] = orjson.loads(values["said"]) if values["said"] else None
    return PhoneCall(**values)


async def save(connection: Any, call: PhoneCall, now: datetime) -> None:
    """Store a call that the running transaction has locked."""
    await connection.execute(query("save_phone_call"), orjson.dumps(call).decode(), now)


@dataclass(slots=True)
class _Held:
    """A call while it is locked, and what is to be stored beside it."""

    call: PhoneCall
    changes: Changes = field(default_factory=Changes)


@asynccontextmanager
async def _locked(office: Office, call_id: int, by: int, now: datetime, anyway: bool = False) -> AsyncIterator[_Held]:
    async with office.pool.acquire() as connection:
        async with connection.transaction():
            row = await connection.fetchrow(query("lock_phone_call_by_id"), call_id)
            if row is None:
                raise UnknownCall("there is no such call")
            if row["ended_at"] is not None:
                raise AlreadyHandled("this call has ended")
            if row["operator_id"] not in (None, by) and not anyway:
                raise TakenByOther(row["operator_name"])
            held = _Held(call_of(row))
            yield held
            if held.changes:
                await save(connection, held.call, now)
                await store.commit(connection, held.changes, now)
        office.on_commit(held.changes)


async def take_phone_call(office: Office, call_id: int, by: int, now: datetime, anyway: bool = False) -> PhoneCall:
    """`by` talks with the caller, and nobody else; with `anyway`, in place of the colleague who has taken it.

    by: a person id. Raises UnknownCall, AlreadyHandled when it has ended, TakenByOther.
    """
    async with _locked(office, call_id, by, now, anyway) as held:
        if held.call.operator_id != by:
            held.call = held.call.taken_by(by, now)
            held.changes.events.append(Event(now, Kind.PHONE_TAKEN, held.call.task_id, by, {"call": call_id}))
        return held.call


async def release_phone_call(office: Office, call_id: int, by: int, now: datetime) -> None:
    """Somebody else may take it. Raises UnknownCall, AlreadyHandled when it has ended, TakenByOther."""
    async with _locked(office, call_id, by, now) as held:
        if held.call.operator_id is not None:
            held.call = held.call.free()
            held.changes.events.append(Event(now, Kind.PHONE_RELEASED, held.call.task_id, by, {"call": call_id}))
