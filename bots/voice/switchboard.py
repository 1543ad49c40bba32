"""Webhooks of calls, carried out: load, decide (bots/voice/script.py), store. What is answered is in no carrier's words yet.

A webhook that comes twice, or late, is known by the turn in its address: it changes nothing and is answered as before.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import asyncpg
import structlog

from bots.voice import script
from bots.voice.actions import Action, Connect, Gather, Hangup, Play, Record
from bots.voice.heard import Heard, Incoming
from bots.voice.prompts import Prompts
from bots.voice.script import Answer, Knows, Wish
from bots.voice.wishes import Filed, carry_out
from dispatch import store
from dispatch.changes import Changes
from dispatch.duty import Roster
from dispatch.errors import AlreadyReceived, Stale
from dispatch.events import Event, Kind
from dispatch.model import Person
from dispatch.network import COORDINATORS, OPERATORS
from dispatch.office import TRIES, Office
from dispatch.phone_calls import PATIENCE, CallState, PhoneCall, call_of, save
from dispatch.rows import case_of, person_of
from dispatch.store import Sender
from sql import query

log = structlog.get_logger()

AT_ONCE = 20
AGAIN = timedelta(minutes=5)
Result = TypeVar("Result")
_ACTIONS: Mapping[str, Callable[..., Action]] = {kind.__name__: kind for kind in (Play, Gather, Connect, Record, Hangup)}


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered to a webhook. turn: of the call, for the addresses in the answer."""

    action: Action
    language: str
    turn: int


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The network's telephone. on_change: a call has begun, changed hands or ended."""

    office: Office
    prompts: Prompts
    on_change: Callable[[], None]

    async def begin(self, incoming: Incoming, now: datetime) -> Said:
        """Somebody phones."""

        async def decide(connection: Any) -> tuple[Said, Changes]:
            person = await store.person_by_phone(connection, incoming.caller) if incoming.caller else None
            language = self.prompts.language(person.language if person else None)
            await connection.execute(
                query("begin_phone_call"), self.office.mint.id(), incoming.carrier, incoming.carrier_id, incoming.caller,
                incoming.called, language, person.id if person else None, now, now + PATIENCE,
            )  # fmt: skip
            call = await _lock(connection, incoming.carrier, incoming.carrier_id)
            if call is None:
                raise Stale("the call has gone meanwhile")
            if call.turn > 0:
                return _said(call), Changes()
            knows = await self._knows(connection, call, now)
            answer = script.decide_start(call, knows, self.office.network, now)
            return await self._store(
                connection, answer, knows, [Event(now, Kind.PHONE_RANG, None, call.person_id, _about(call))], now
            )

        return await self._until_stored(decide)

    async def go_on(self, carrier: str, carrier_id: str, turn: int, step: str, heard: Heard, now: datetime) -> Said | None:
        """A step has ended. None for a call that is not known: it began while the database was away."""

        async def decide(connection: Any) -> tuple[Said | None, Changes]:
            call = await _lock(connection, carrier, carrier_id)
            if call is None:
                return None, Changes()
            knows = await self._knows(connection, call, now)
            if call.has_ended or (turn, step) != (call.turn, call.step):
                return await self._late(connection, call, knows, step, heard, now)
            answer = script.decide_step(call, step, heard, knows, self.office.network, now)
            events = []
            if answer.call.state is CallState.BRIDGED:
                task = answer.call.choices[0]
                events.append(Event(now, Kind.PHONE_CONNECTED, task, call.person_id, _about(call)))
            return await self._store(connection, answer, knows, events, now)

        return await self._until_stored(decide)

    async def _late(
        self, connection: Any, call: PhoneCall, knows: Knows, step: str, heard: Heard, now: datetime
    ) -> tuple[Said, Changes]:
        """A webhook for what is past. It changes nothing, unless it brings the recording that was waited for."""
        if step != "recorded" or not heard.recording or call.recording:
            return _said(call), Changes()
        recorded = script.decide_recorded(call, heard.recording)
        wishes = () if call.task_id else (Wish("callback", "note_message"),)
        said, changes = await self._store(connection, Answer(recorded, Hangup(), wishes), knows, [], now, again=True)
        return replace(said, action=_said(call).action), changes

    async def read_again(self, carrier: str, carrier_id: str, turn: int) -> Said | None:
        """What was answered last, for its next part. None for what is past."""
        row = await self.office.pool.fetchrow(query("phone_call_said"), carrier, carrier_id, turn)
        return _said(call_of(row)) if row else None

    async def told(self, carrier: str, carrier_id: str, number: str | None, now: datetime) -> None:
        """The carrier tells that one of those who were rung has answered."""

        async def decide(connection: Any) -> tuple[None, Changes]:
            call = await _lock(connection, carrier, carrier_id)
            if call is None or number is None:
                return None, Changes()
            people = [await store.person_by_id(connection, person) for person in call.ringing]
            who = next((p.id for p in people if p is not None and p.phone == number), None)
            after = script.decide_told(call, who, now)
            changes = Changes()
            if after != call:
                await save(connection, after, now)
            if after.operator_id != call.operator_id:
                changes.events.append(Event(now, Kind.PHONE_TAKEN, call.task_id, after.operator_id, _about(call)))
                await store.commit(connection, changes, now)
            return None, changes

        await self._until_stored(decide)

    async def hang_up(self, carrier: str, carrier_id: str, now: datetime) -> None:
        """The call is over."""

        async def decide(connection: Any) -> tuple[None, Changes]:
            call = await _lock(connection, carrier, carrier_id)
            if call is None or call.has_ended:
                return None, Changes()
            over, wishes = script.decide_hung_up(call, now)
            knows = await self._knows(connection, call, now)
            events = [Event(now, Kind.PHONE_ENDED, over.task_id, None, {**_about(call), "outcome": over.outcome})]
            _, changes = await self._store(connection, Answer(over, Hangup(), wishes), knows, events, now, again=True)
            return None, changes

        await self._until_stored(decide)

    async def end_silent(self, now: datetime) -> int:
        """Calls of which nothing was heard for too long have ended. Returns how many."""
        rows = await self.office.pool.fetch(query("due_phone_calls"), now, AT_ONCE)
        for row in rows:
            try:
                await self.hang_up(row["carrier"], row["carrier_id"], now)
            except Exception:  # one that cannot be ended stops no other
                log.exception("phone_call.not_ended", carrier=row["carrier"])
                await self.office.pool.execute(query("end_phone_call_later"), row["carrier"], row["carrier_id"], now + AGAIN)
        return len(rows)

    async def _store(
        self, connection: Any, answer: Answer, knows: Knows, events: Sequence[Event], now: datetime, again: bool = False
    ) -> tuple[Said, Changes]:
        """Store an answer with what follows from it. again: it is no new answer of the script's."""
        call = answer.call
        filed = Filed(call, knows.person, [*knows.own])
        await carry_out(connection, self.office, filed, answer.wishes, now)
        call = filed.call if again else replace(filed.call, said=_as_json(answer.action))
        await save(connection, call, now)
        filed.changes.events += events
        if filed.changes:
            await store.commit(connection, filed.changes, now)
        return Said(answer.action, call.language, call.turn), filed.changes

    async def _until_stored(self, decide: Callable[[Any], Awaitable[tuple[Result, Changes]]]) -> Result:
        """In one transaction; once more when somebody was faster. Raises Stale when others were every time."""
        async with self.office.pool.acquire() as connection:
            for tries in range(TRIES):
                try:
                    async with connection.transaction():
                        result, changes = await decide(connection)
                except (Stale, AlreadyReceived, asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                    await asyncio.sleep(0.01 * tries)
                    continue
                self.office.on_commit(changes)
                self.on_change()
                return result
        raise Stale("others were faster every time")

    async def _knows(self, connection: Any, call: PhoneCall, now: datetime) -> Knows:
        groups = await self._groups(connection, call, now)
        if call.caller is None:
            return Knows(groups=groups)
        sender = Sender(call.caller, None, True, call.carrier, f"call:{call.carrier_id}")
        (context,) = await store.inbound_contexts(connection, [sender], now)
        person = context.person
        if person is None:
            return Knows(groups=groups)
        document = await connection.fetchval(query("last_request"), person.id)
        lines = script.lines_of(person, context.own, context.asked, self.office.network.numbers)
        return Knows(person, context.own, case_of(document) if document else None, lines, groups)

    async def _groups(self, connection: Any, call: PhoneCall, now: datetime) -> tuple[tuple[tuple[int, str], ...], ...]:
        """Who is on duty and can be rung, group by group; the coordinators last. Nobody is rung by their own call."""
        keys = dict.fromkeys((*self.office.network.voice.ring, COORDINATORS))
        roster = Roster()
        await store.look_up(connection, roster, [key for key in keys if key != OPERATORS], now)
        operators = [person_of(row) for row in await connection.fetch(query("phone_operators"), now)]

        def people(key: str) -> list[Person]:
            return operators if key == OPERATORS else [c.person for c in roster.members([key])]

        return tuple(
            tuple((p.id, p.phone) for p in people(key) if p.phone and p.phone != call.caller and p.phone != call.called)
            for key in keys
        )


def fault(network_phones: Sequence[str], step: str) -> Action:
    """What is answered when nothing can be looked up or stored: a coordinator's telephone rings all the same. Needs no database.

    step: "" at first, then "fault" (it has been said) and "fault_end" (nobody has answered). The coordinator sees the caller's
    own number: it is written down nowhere else.
    """
    if step == "":
        return Play(("fault",), "fault")
    if step == "fault" and network_phones:
        return Connect(tuple(network_phones[: script.MOST_RUNG]), "", "fault_end", script.BRIDGE_RING)
    return Play(("fault_end",))


async def _lock(connection: Any, carrier: str, carrier_id: str) -> PhoneCall | None:
    row = await connection.fetchrow(query("lock_phone_call"), carrier, carrier_id)
    return call_of(row) if row else None


def _about(call: PhoneCall) -> dict[str, Any]:
    return {"call": call.id}


def _said(call: PhoneCall) -> Said:
    """What was answered last; when the call has ended, that it has."""
    if call.said is None:
        return Said(Hangup(), call.language, call.turn)
    given = dict(call.said)
    kind = _ACTIONS[given.pop("is")]
    return Said(kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}), call.language, call.turn)


def _as_json(action: Action) -> dict[str, Any]:
    return {"is": type(action).__name__, **asdict(action)}
