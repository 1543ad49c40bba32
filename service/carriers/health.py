"""How each carrier is: rows that every process writes and the board shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from dispatch.clock import Clock
from sql import query

log = structlog.get_logger()

AGAIN_AFTER = timedelta(seconds=30)  # what has been noted is not noted again so soon


@dataclass(frozen=True, slots=True)
class CarrierState:
    """One carrier. failing_since: it has taken no text since; wrong: what it said last. heard_at, sent_at: the last that came
    in by it and went out; None: never."""

    name: str
    heard_at: datetime | None = None
    sent_at: datetime | None = None
    failing_since: datetime | None = None
    wrong: str | None = None


@dataclass(slots=True)
class CarrierHealth:
    """Notes how the carriers are. names: those of the network, in its order. on_change: called when one fails or is well."""

    pool: Any
    clock: Clock
    names: tuple[str, ...]
    on_change: Callable[[], None] = lambda: None
    _noted: dict[tuple[str, str], tuple[datetime, str | None]] = field(default_factory=dict)

    async def sent(self, name: str, wrong: str | None) -> None:
        """A carrier has taken a text, or not. wrong: what it said, nothing of the text and the number."""
        before = self._noted.get((name, "sent"))
        if not self._is_news(name, "sent", wrong):
            return
        await self._note(query("carrier_is"), name, self.clock.now(), wrong)
        if before is None or (before[1] is None) != (wrong is None):
            if wrong is not None:
                log.warning("carrier.failing", carrier=name)
            self.on_change()

    async def looks(self, name: str, wrong: str | None) -> None:
        """How a carrier looks without a text to send: what is wrong, nothing of a text or a number, or None."""
        if wrong is not None:
            await self.sent(name, wrong)
        elif self._is_news(name, "looks", None):
            await self._note(query("carrier_looks_well"), name)
            _, before = self._noted.pop((name, "sent"), (None, None))
            if before is not None:
                self.on_change()

    async def heard(self, name: str) -> None:
        """Something has come in by a carrier."""
        if self._is_news(name, "heard", None):
            await self._note(query("carrier_heard"), name, self.clock.now())

    async def states(self) -> list[CarrierState]:
        """How each of the network's carriers is, in its order."""
        rows = {row["carrier"]: row for row in await self.pool.fetch(query("carriers_health"))}
        return [self._state(name, rows.get(name)) for name in self.names]

    @staticmethod
    def _state(name: str, row: Any) -> CarrierState:
        if row is None:
            return CarrierState(name)
        return CarrierState(name, row["heard_at"], row["sent_at"], row["failing_since"], row["wrong"])

    def _is_news(self, name: str, what: str, wrong: str | None) -> bool:
        now, before = self.clock.now(), self._noted.get((name, what))
        if before is not None and before[1] == wrong and now - before[0] < AGAIN_AFTER:
            return False
        self._noted[name, what] = (now, wrong)
        return True

    async def _note(self, statement: str, *values: Any) -> None:
        """Nothing waits for this and nothing fails by it: the next text tells again."""
        try:
            await self.pool.execute(statement, *values)
        except Exception as error:
            self._noted.clear()
            log.warning("carrier.health_unstored", error=type(error).__name__)
