"""What is read aloud to people whose telephone takes no SMS: which messages, when, how often, and what becomes of them.

Only news that an SMS would say and that asks for nothing is read. Questions, and whoever wants to be phoned, are for a human; so
is what nobody has picked up for after three tries. An operator who has taken the call on is never overtaken.
"""

from datetime import datetime
from typing import Any

import orjson

from dispatch.calls import AGAIN_AFTER, TAKEN_FOR, TRIES
from dispatch.changes import Changes
from dispatch.dialling import Ended, OutgoingCall, Purpose
from dispatch.events import Event, Kind
from dispatch.office import Office
from dispatch.phones import is_landline
from sql import query

# Texts that may be read, each under "aloud_…" in spoken.po.
URGENT = ("emergency",)
NEWS = ("received", "received_night", "received_service", "coming", "on_the_way", "late", "with_service", "planned",
        "plan_changed", "helper_withdrew", "cancelled", "talk_another_time", "talk_skipped", "talk_ended")  # fmt: skip
READ = (*URGENT, *NEWS)
AT_ONCE = 50


async def queue(office: Office, now: datetime) -> int:
    """Make a call for everybody at a landline whom something waits for; at night only for what is urgent, the rest in the
    morning. Returns how many."""
    made: dict[int, list[int]] = {}
    async with office.pool.acquire() as connection:
        rows = await connection.fetch(query("dial_to_read"), now, list(READ), now - TAKEN_FOR, TRIES, AT_ONCE)
        for row in rows:
            if is_landline(row["phone"]):
                made.setdefault(row["person_id"], []).append(row["id"])
        added = 0
        for person, messages in made.items():
            urgent = await _any_urgent(connection, messages, now)
            due_at = now if urgent else office.network.hours.awake_from(now)
            added += await _add(connection, office, person, messages, due_at, now)
    return added


async def _any_urgent(connection: Any, messages: list[int], now: datetime) -> bool:
    rows = await connection.fetch(query("dial_messages"), messages, now - TAKEN_FOR)
    return any(row["kind"] in URGENT for row in rows)


async def _add(connection: Any, office: Office, person: int, messages: list[int], due_at: datetime, now: datetime) -> int:
    made = await connection.fetchval(query("dial_add"), office.mint.id(), Purpose.READ_ALOUD, person, messages, due_at, now)
    return int(made is not None)


async def still_wanted(connection: Any, call: OutgoingCall, now: datetime) -> bool:
    """Is there still something to say, and nobody else who says it? The messages are locked until the transaction ends, so that
    an operator who takes them on comes before or after."""
    rows = await connection.fetch(query("dial_messages"), list(call.messages), now - TAKEN_FOR)
    return len(rows) == len(call.messages)


async def to_say(connection: Any, call: OutgoingCall) -> list[tuple[str, dict[str, Any]]]:
    """The messages of a call as (text, params), in order: of several about one task only the newest, which is how it is now."""
    rows = await connection.fetch(query("dial_messages"), list(call.messages), call.created_at)
    newest = {row["task_id"] or -row["id"]: row["id"] for row in rows}
    return [(row["kind"], orjson.loads(row["params"])) for row in rows if row["id"] in newest.values()]


async def over(connection: Any, office: Office, call: OutgoingCall, now: datetime) -> Changes:
    """What follows from such a call: what was heard is said; otherwise again later, and at last an operator's."""
    changes = Changes()
    rows = await connection.fetch(query("dial_messages"), list(call.messages), now - TAKEN_FOR)
    ids = [row["id"] for row in rows]
    if not ids or call.outcome is Ended.CANCELLED:
        return changes
    if call.outcome in (Ended.HEARD, Ended.TALKED):
        await connection.execute(query("dial_said"), ids, now)
        changes.events = [Event(now, Kind.MESSAGE_HANDLED, row["task_id"], None, {"message": row["id"]}) for row in rows]
        return changes
    final = call.outcome in (Ended.WANTS_HUMAN, Ended.REFUSED)
    tries = TRIES if final else max(row["call_tries"] for row in rows) + 1
    again_at = office.network.hours.awake_from(now + AGAIN_AFTER) if tries < TRIES else None
    await connection.execute(query("dial_unsaid"), ids, tries, again_at)
    if again_at is not None:
        await _add(connection, office, call.first_id, ids, again_at, now)
    for row in rows:
        data = {"message": row["id"], "tries": tries, "outcome": str(call.outcome)}
        changes.events.append(Event(now, Kind.CALL_NOT_ANSWERED, row["task_id"], None, data))
    return changes
