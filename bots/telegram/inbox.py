"""Updates wait in the inbox: committed as they came before Telegram hears that we have them, then dealt with one by one.

An update that cannot be dealt with is a fault of ours; it is kept, a human gets it, and the ones behind it go on. One chat's
updates are dealt with in their order, different chats' side by side. Two workers may look at the same update; what both decide
is stored once, because storing ends its waiting (sql/queries/commit.sql, commit_answered).
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog

from bots.inbound import DATABASE_DOWN
from bots.inbound_message import storable
from bots.telegram.updates import chat_of, update_id
from dispatch.money import without_card_numbers
from geo.travel import rounded
from sql import query

log = structlog.get_logger()

NAME = "telegram"
AT_ONCE = 4  # chats; each needs a connection of the pool, which has others to serve
LEASE = timedelta(seconds=60)  # nobody else looks at an update for so long
TRIES = 3  # of an update that raises; then it is a human's
AGAIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update in the inbox. id: its row; number: Telegram's."""

    id: int
    number: str
    raw: dict[str, Any]
    tries: int


async def store_update(pool: Any, raw: Mapping[str, Any], now: datetime) -> bool:
    """Commit an update as it came. False for what is no update at all: there is nothing to keep."""
    number = update_id(raw)
    if number is None:
        return False
    kept = dict(raw)
    if (spot := _position_of(kept)) and await pool.fetchval(query("asks_where_a_volunteer_is"), chat_of(raw)):
        # Of a home only what is kept of it afterwards may be stored, also while the update waits.
        spot["latitude"], spot["longitude"] = rounded(spot["latitude"], spot["longitude"])
    _hide_secrets(kept)
    document = orjson.dumps(_storable(kept)).decode()
    await pool.execute(query("store_update"), NAME, str(number), chat_of(raw), document, now)
    return True


def _hide_secrets(raw: dict[str, Any]) -> None:
    """Card numbers and PINs leave the update's words before it is written anywhere."""
    for sort in ("message", "edited_message"):
        if isinstance(message := raw.get(sort), dict):
            words = {key: without_card_numbers(text) for key in ("text", "caption") if isinstance(text := message.get(key), str)}
            raw[sort] = {**message, **words}


def _position_of(raw: dict[str, Any]) -> dict[str, Any] | None:
    """The shared position in an update, a copy of its own in `raw`; None without one that can be read."""
    message = raw.get("message")
    spot = message.get("location") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(spot, dict):
        return None
    if not all(isinstance(spot.get(key), int | float) for key in ("latitude", "longitude")):
        return None
    spot = {key: spot[key] for key in ("latitude", "longitude")}  # how exact it is, and which way it moves, is of no use
    raw["message"] = {**{key: value for key, value in message.items() if key != "venue"}, "location": spot}
    return spot


def _storable(value: Any) -> Any:
    """The update without what PostgreSQL and JSON cannot hold."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _storable(part) for key, part in value.items()}
    if isinstance(value, int) and abs(value) >= 2**63:
        return str(value)  # no number of Telegram's; JSON here holds no such integer
    return [_storable(part) for part in value] if isinstance(value, list) else value


@dataclass(slots=True)
class UpdateDesk:
    """answer: deals with one update. give_up: files one that cannot be dealt with."""

    pool: Any
    now: Callable[[], datetime]
    answer: Callable[[Waiting], Awaitable[None]]
    give_up: Callable[[Waiting], Awaitable[None]]

    async def work(self) -> int:
        """Deal with what waits. Returns how many updates were looked at."""
        now = self.now()
        rows = await self.pool.fetch(query("claim_updates"), now, AT_ONCE, now + LEASE)
        waiting = [Waiting(row["id"], row["carrier_id"], orjson.loads(row["raw"]), row["tries"]) for row in rows]
        results = await asyncio.gather(*(self._one(update) for update in waiting), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(waiting)

    async def _one(self, update: Waiting) -> None:
        try:
            await self.answer(update)
        except DATABASE_DOWN:
            raise
        except Exception as error:
            if update.tries + 1 < TRIES:
                log.warning("update.failed", update=update.number, tries=update.tries + 1, **named(error))
                await self.pool.execute(query("postpone_update"), update.id, self.now() + AGAIN)
                return
            log.error("update.given_up", update=update.number, **named(error))
            await self.give_up(update)


def named(error: BaseException) -> dict[str, str]:
    """A fault for the log: what and where. Not its words: the database's tell the values of rows, and those are people's."""
    where = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    return {"error": type(error).__name__, "where": " < ".join(reversed(where[-8:]))}
