"""Starts the calls that the network makes itself, outside of any transaction, and stores what came of them: like the outbox.

A call is leased, handed to the carrier, and moves on by the carrier's webhooks (bots/voice/outgoing_calls.py). Whatever ends it,
a webhook that comes twice or the call's own time, ends it once: the row is locked while that is decided.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import asyncpg
import structlog

from dispatch import phone_chat_desk, readings, store
from dispatch.changes import Changes, message
from dispatch.dialling import (
    LEASE,
    CallState,
    Ended,
    OutgoingCall,
    Purpose,
    decide_silent,
    decide_started,
    decide_unstarted,
)
from dispatch.errors import Stale
from dispatch.events import Event, Kind
from dispatch.model import Person
from dispatch.office import Office
from dispatch.outbox import CLOSING, CarrierRefused, CarrierUnavailable
from dispatch.rows import outgoing_call_of
from sql import query

log = structlog.get_logger()

AT_ONCE = 16
TRIES = 8


class Caller(Protocol):
    """Whoever can phone. Raises CarrierRefused or CarrierUnavailable."""

    name: str

    async def call(self, to: str, call_id: int) -> str:
        """Ring `to` (E.164). call_id comes back in the carrier's webhooks. Returns the carrier's name for the call."""
        ...


@dataclass(slots=True)
class Dialler:
    """Starts what is due. caller: None when the network has no carrier that can phone."""

    office: Office
    caller: Caller | None
    now: Callable[[], datetime]
    _starting: set["asyncio.Task[None]"] = field(default_factory=set)

    async def dial_due(self) -> int:
        """Start the calls that are due, and end those whose time is over. Returns how many were looked at."""
        made = 0
        if self.caller is not None and self.office.network.voice.read_aloud:
            made = await readings.queue(self.office, self.now())
        ready = await self._lease()
        started = {asyncio.create_task(self._start(call, to)) for call, to in ready if to is not None}
        self._starting |= started
        for task in started:
            task.add_done_callback(self._starting.discard)
        if started:
            await asyncio.wait(started)
        return made + len(ready)

    async def close(self) -> None:
        """Let what is being started arrive. What takes longer is given up; its lease gives it to the next process."""
        if self._starting:
            await asyncio.wait(self._starting, timeout=CLOSING)
        for task in list(self._starting):
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)

    async def _lease(self) -> list[tuple[OutgoingCall, str | None]]:
        """The calls that are due, with the number to ring; None for those that have ended by this."""
        done: list[tuple[OutgoingCall, str | None]] = []
        for _ in range(AT_ONCE):
            now, all_changes = self.now(), Changes()
            try:
                async with self.office.pool.acquire() as connection, connection.transaction():
                    row = await connection.fetchrow(query("dial_due"), now, 1)
                    if row is None:
                        break
                    call = outgoing_call_of(row)
                    after, to = await self._begun(connection, call, now)
                    all_changes = await store_call(connection, self.office, call, after, now)
            except (Stale, asyncpg.DeadlockDetectedError):
                continue
            self.office.on_commit(all_changes)
            done.append((after, to))
        return done

    async def _begun(self, connection: Any, call: OutgoingCall, now: datetime) -> tuple[OutgoingCall, str | None]:
        """What a call is that is due: being started, with the number to ring; or over."""
        if call.state in (CallState.RINGING, CallState.CONNECTING):
            return decide_silent(call, now), None
        if self.caller is None:
            return call.ended(Ended.LINE_DOWN, now), None
        ids = [i for i in (call.first_id, call.second_id) if i is not None]
        people = {row["id"]: row for row in await connection.fetch(query("dial_people"), ids)}
        if not all(i in people and self._may_ring(people[i]["phone"]) for i in ids):
            return call.ended(Ended.REFUSED, now), None
        if call.purpose is Purpose.READ_ALOUD and not await readings.still_wanted(connection, call, now):
            return call.ended(Ended.CANCELLED, now), None
        starting = call.to(CallState.STARTING, tries=call.tries + 1, due_at=now + LEASE)
        return starting, people[call.first_id]["phone"]

    def _may_ring(self, phone: str | None) -> bool:
        """A number that the network file allows, and none of ours: that call would go round for ever."""
        network = self.office.network
        return (
            phone is not None
            and phone != network.phone
            and phone not in network.own_numbers
            and not network.numbers.refusal(phone)
        )

    async def _start(self, call: OutgoingCall, to: str) -> None:
        """Hand one call to the carrier, and store what it said."""
        assert self.caller is not None  # noqa: S101 - what has a number has a caller
        name, carrier_id, refused, wait = self.caller.name, "", False, None
        try:
            carrier_id = await self.caller.call(to, call.id)
        except CarrierRefused:
            refused = True
        except CarrierUnavailable as error:
            wait = error.after
        except Exception:
            log.exception("call.unstarted", call=call.id)

        def decide(current: OutgoingCall, now: datetime) -> OutgoingCall:
            if carrier_id:
                return decide_started(current, name, carrier_id, now)
            return decide_unstarted(current, refused, now, wait) if current.state is CallState.STARTING else current

        try:
            await change_call(self.office, call.id, decide, self.now())
        except Exception as error:  # the lease runs out, and it is started again
            log.warning("call.unstored", call=call.id, error=type(error).__name__)


Decide = Callable[[OutgoingCall, datetime], OutgoingCall]


async def change_call(office: Office, call_id: int, decide: Decide, now: datetime) -> OutgoingCall | None:
    """Carry out one decision on a call, with what follows from its end. Returns it as it is then; None when there is none."""
    for tries in range(TRIES):
        changes = Changes()
        try:
            async with office.pool.acquire() as connection, connection.transaction():
                row = await connection.fetchrow(query("dial_lock"), call_id)
                if row is None:
                    return None
                call = outgoing_call_of(row)
                after = decide(call, now) if call.state is not CallState.ENDED else call
                changes = await store_call(connection, office, call, after, now)
        except (Stale, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(0.005 * tries)
            continue
        office.on_commit(changes)
        return after
    raise Stale("others were faster every time")


async def store_call(connection: Any, office: Office, before: OutgoingCall, after: OutgoingCall, now: datetime) -> Changes:
    """Store how a call stands, and what follows when it has ended. In the caller's transaction."""
    changes = Changes()
    if after is before:
        return changes
    await connection.execute(
        query("dial_set"), after.id, after.state, after.due_at, after.tries, after.carrier, after.carrier_id, after.connected_at,
        after.outcome, after.ended_at,
    )  # fmt: skip
    if after.state is CallState.ENDED:
        changes = await _FOLLOW[after.purpose](connection, office, after, now)
        if changes:
            await store.commit(connection, changes, now)
    return changes


async def _bridge_over(connection: Any, office: Office, call: OutgoingCall, now: datetime) -> Changes:
    """The task's history says how it went; a helper whose call could not be made is told, for nobody else will."""
    data = {"call": call.id, "outcome": str(call.outcome), "seconds": _seconds(call.talked(now))}
    changes = Changes(events=[Event(now, Kind.CALL_ENDED, call.task_id, None, data)])
    if call.outcome in (Ended.LINE_DOWN, Ended.REFUSED):
        helper: Person | None = await store.person_by_id(connection, call.first_id)
        cases = await store.cases_by_id(connection, [call.task_id] if call.task_id else [])
        if helper is not None and cases and helper.can_be_written_to:
            changes.messages.append(message(helper, "call_not_made", {"code": cases[0].task.code}, call.task_id, now))
    return changes


def _seconds(talked: timedelta | None) -> int:
    return round(talked.total_seconds()) if talked else 0


_FOLLOW = {Purpose.BRIDGE: _bridge_over, Purpose.CHAT: phone_chat_desk.called, Purpose.READ_ALOUD: readings.over}
