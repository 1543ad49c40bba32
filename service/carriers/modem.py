"""A modem by gammu-smsd: what has come in is taken, what became of our texts is noted, and what lies too long goes another way.

The rows themselves say how far this has come, so that a process that dies in between goes on where it was: a row of the inbox is
`Processed` only after its text is stored, and the gate knows one that is handed over again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from bots.carriers.gammu import NAME, WAITING, WAITING_ALONE, Gammu, GammuTables, look_at, marks, receipt
from bots.carriers.gammu_inbox import Row, decide_heard
from bots.inbound import DatabaseDown
from dispatch.outbox import CarrierUnavailable, OnChange, receive_receipt
from service.carriers.health import CarrierHealth
from service.carriers.reception import Reception

log = structlog.get_logger()

KEPT = timedelta(days=7)  # what has been read and sent lies in gammu's tables so long, for somebody who looks for a fault
FORGET_EVERY = timedelta(hours=1)
SETTLED = timedelta(seconds=3)  # smsd takes a text that it has chosen within this, or not at all


@dataclass(slots=True)
class Modem:
    """The daemon's tables, minded. pool: our own database. alone: the network has no other carrier for SMS."""

    carrier: Gammu
    pool: Any
    reception: Reception
    health: CarrierHealth
    on_change: OnChange
    alone: bool
    _forgotten_at: datetime | None = field(default=None)

    @property
    def _tables(self) -> GammuTables:
        return self.carrier.tables

    async def work(self) -> int:
        """One round. Returns how many texts were taken and how many ends were noted. Errors of our own database are raised."""
        try:
            done = await self._take_texts() + await self._note_ends() + await self._take_back()
            await self._forget()
            state = await look_at(self._tables, self.carrier.network)
        except CarrierUnavailable as error:
            await self.health.looks(NAME, str(error))
            return 0
        except DatabaseDown:
            return 0  # neither the database nor the disk: the rows wait
        await self.health.looks(NAME, state.wrong)
        return done

    async def _take_texts(self) -> int:
        heard = decide_heard([Row.of(row) for row in await self._tables.fetch("gammu_unread")])
        for text in heard:
            if text.inbound is not None:
                await self.reception.receive(text.inbound)
            await self._tables.fetch("gammu_read", list(text.ids))
        return len(heard)

    async def _note_ends(self) -> int:
        rows = await self._tables.fetch("gammu_ends", marks(self.carrier.network))
        for row in rows:
            await self._note(row["mark"], f"the modem reported {row['status']}" if row["failed"] else None)
            await self._tables.fetch("gammu_told", row["mark"])
        return len(rows)

    async def _take_back(self) -> int:
        """Texts that lie too long are kept from the modem first, and given back a moment later if it was not just taking them.

        They are gone from its tables only after they are ours again: a process that dies in between loses none of them.
        """
        network, patience = marks(self.carrier.network), WAITING_ALONE if self.alone else WAITING
        rows = await self._tables.fetch("gammu_held", network, SETTLED.total_seconds())
        for row in rows:
            await self._note(row["mark"], "the modem has not sent it in time")
            await self._tables.fetch("gammu_take_back", row["mark"])
        if rows:
            log.warning("modem.took_back", messages=len(rows))
            self.carrier.rests_until = None if self.alone else self.carrier.now() + WAITING
        await self._tables.fetch("gammu_hold", network, patience.total_seconds())
        return len(rows)

    async def _note(self, mark: str, error: str | None) -> None:
        await receive_receipt(self.pool, receipt(mark, error), self.carrier.now(), self.on_change)

    async def _forget(self) -> None:
        now = self.carrier.now()
        if self._forgotten_at is None or now - self._forgotten_at >= FORGET_EVERY:
            await self._tables.fetch("gammu_forget", marks(self.carrier.network), KEPT.total_seconds())
            self._forgotten_at = now
