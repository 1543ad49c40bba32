"""Gammu SMSD, a modem on this machine: texts are rows that its daemon sends, and what became of them is read from its rows.

Tables: https://docs.gammu.org/smsd/tables.html, version 17 (Gammu 1.40 and later). Seen with gammu-smsd 1.42 and a modem's
protocol: a long text in one row is cut after its first part, whatever `sentitems` shows, so texts are split here.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from bots.carriers.api import our_id
from dispatch import sms
from dispatch.outbox import CarrierRefused, CarrierUnavailable, MessageState, Receipt, Sent, Text
from sql import query

NAME = "gammu"
VERSION = 17  # of the tables
SILENT = timedelta(minutes=4)  # smsd tells of its phone once a minute
WAITING = timedelta(minutes=10)  # a text that the modem has not sent after this goes another way
WAITING_ALONE = timedelta(hours=1)  # ... and after this when there is none: it is tried anew, and in the end somebody phones
KNOWN = timedelta(minutes=10)  # how long a text that was handed over is known to be there
LONGEST_NUMBER = 20  # characters that the tables take
URGENT = 100  # priority of what is about danger


class GammuTables:
    """The daemon's database, reached when it is needed: it may be away, and this is made without it."""

    def __init__(self, connect_args: dict[str, Any]) -> None:
        self._connect_args = connect_args
        self._pool: Any = None
        self._opening = asyncio.Lock()

    async def fetch(self, name: str, *values: Any) -> list[Any]:
        """Run a query of sql/queries/gammu.sql. Raises CarrierUnavailable when the database cannot be used."""
        try:
            async with self._opening:
                if self._pool is None:
                    self._pool = await asyncpg.create_pool(
                        **self._connect_args, min_size=0, max_size=4, timeout=5, command_timeout=10
                    )
            rows: list[Any] = await self._pool.fetch(query(name), *values)
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidCatalogNameError) as error:
            raise CarrierUnavailable("gammu's tables are missing: run 'budkavle gammu'") from error
        except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise CarrierUnavailable(f"gammu's database cannot be used: {type(error).__name__}") from error
        return rows

    async def close(self) -> None:
        """Let go of the database."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), 5)
            except TimeoutError:
                pool.terminate()


@dataclass(frozen=True, slots=True)
class ModemState:
    """How the modem is. silent: since smsd told of it last; None: it never has. signal, battery: percent, -1 when unknown.
    waiting: how long the oldest of our texts has waited for it; None: none does."""

    silent: timedelta | None = None
    signal: int = -1
    battery: int = -1
    phone: str = ""
    waiting: timedelta | None = None

    @property
    def wrong(self) -> str | None:
        """What is wrong, or None. A daemon that has never told of a phone may still do so: that is for `doctor` to say."""
        if self.silent is not None and self.silent > SILENT:
            return f"gammu-smsd has said nothing for {_minutes(self.silent)} minutes: does it run?"
        if self.waiting is not None and self.waiting > WAITING:
            return f"a text has waited for the modem for {_minutes(self.waiting)} minutes"
        return None


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


async def look_at(tables: GammuTables, network: str) -> ModemState:
    """How the modem is. Raises CarrierUnavailable."""
    (row,) = await tables.fetch("gammu_state", marks(network))

    def span(seconds: float | None) -> timedelta | None:
        return None if seconds is None else timedelta(seconds=seconds)

    if row["silent"] is None:
        return ModemState(waiting=span(row["waiting"]))
    return ModemState(span(row["silent"]), row["signal"], row["battery"], row["phone"], span(row["waiting"]))


def marks(network: str, message_id: int | None = None) -> str:
    """How the marks of a network's texts begin, or those of one message."""
    return f"budkavle/{network}/" + ("" if message_id is None else f"{message_id}/")


def receipt(mark: str, error: str | None) -> Receipt:
    """What became of the text with this mark. error: why it failed; None: it is delivered."""
    state = MessageState.DELIVERED if error is None else MessageState.FAILED
    return Receipt(NAME, mark, state, our_id(mark.split("/")[2]), error)


def headers(message_id: int, count: int) -> list[str | None]:
    """The parts' headers as smsd wants them: concatenation with an eight-bit reference (3GPP TS 23.040, 9.2.3.24.1)."""
    if count == 1:
        return [None]
    return [f"050003{message_id & 0xFF:02X}{count:02X}{part:02X}" for part in range(1, count + 1)]


@dataclass(slots=True)
class Gammu:
    """Sends by the modem. network: the key, for several networks may share a modem. rests_until: nothing is given to it before,
    for what it had has been taken back."""

    tables: GammuTables
    network: str
    now: Callable[[], datetime]
    rests_until: datetime | None = None

    async def send(self, text: Text) -> Sent:
        """Hand a text to the daemon. Raises CarrierRefused, or CarrierUnavailable when it would only lie there."""
        if len(text.to) > LONGEST_NUMBER:
            raise CarrierRefused("the number is too long for a modem")
        if self.rests_until is not None and self.now() < self.rests_until:
            raise CarrierUnavailable("the modem has just left texts lying")
        if wrong := (await look_at(self.tables, self.network)).wrong:
            raise CarrierUnavailable(wrong)
        parts = sms.split(text.body)
        coding = "Default_No_Compression" if sms.is_gsm7(text.body) else "Unicode_No_Compression"
        begins = marks(self.network, text.id)
        mark = begins + secrets.token_hex(4)
        values = (coding, URGENT if text.urgent else 0, headers(text.id, len(parts)), parts, KNOWN.total_seconds())
        # What no outbox knows has no number of its own to be known by.
        (row,) = await self.tables.fetch("gammu_send", text.to, mark, begins if text.id else mark, *values)
        return Sent(NAME, row["mark"])
