"""A network's carriers as one: an answer leaves the way the question came, and when a carrier fails, the next one sends."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.outbox import Carrier, CarrierRefused, CarrierUnavailable, Sent, Text

EACH = 18.0  # seconds that one carrier may take; three of them stay below a message's lease
RESTS = tuple(timedelta(seconds=s) for s in (10, 30, 60, 120, 300))  # how long one that failed is asked last, failure by failure

_A_NUMBER = re.compile(r"\+?\d[\d -]{5,}\d")  # somebody's, in what a carrier says of a text
# Hears how a carrier is: its name, and what is wrong, without numbers (None: nothing).
OnHealth = Callable[[str, str | None], Awaitable[None]]


@dataclass(slots=True)
class _Rest:
    """A carrier that has failed, and until when the others are asked first."""

    failures: int
    until: datetime


async def _nobody_hears(_name: str, _wrong: str | None) -> None:
    return None


class SeveralCarriers:
    """Sends by the first carrier that can. carriers: by name, in the network's order."""

    def __init__(self, carriers: Mapping[str, Carrier], now: Callable[[], datetime], on_health: OnHealth = _nobody_hears) -> None:
        self._carriers = dict(carriers)
        self._now = now
        self._on_health = on_health
        self._resting: dict[str, _Rest] = {}

    def order(self, text: Text) -> list[str]:
        """The carriers in the order in which they are tried for this text.

        First the one that the person wrote by, then the network's order; whoever has just failed comes last, this text's own
        last carrier too, when it could not bring it.
        """
        names = list(self._carriers)
        now = self._now()

        def rank(name: str) -> tuple[bool, bool, bool, int]:
            rest = self._resting.get(name)
            return name == text.failed_by, rest is not None and now < rest.until, name != text.came_by, names.index(name)

        return sorted(names, key=rank)

    async def send(self, text: Text) -> Sent:
        """Send it by one of them. Raises CarrierRefused when none will ever, CarrierUnavailable when one may later."""
        refused: list[str] = []
        unavailable: list[CarrierUnavailable] = []
        for name in self.order(text):
            try:
                async with asyncio.timeout(EACH):
                    sent = await self._carriers[name].send(text)
            except CarrierRefused as error:  # another one may reach this number
                refused.append(str(error))
            except CarrierUnavailable as error:
                unavailable.append(error)
                await self._failed(name, str(error))
            except TimeoutError:
                unavailable.append(CarrierUnavailable(f"{name} did not answer in time"))
                await self._failed(name, "did not answer in time")
            else:
                self._resting.pop(name, None)
                await self._on_health(name, None)
                return sent
        if not unavailable:
            raise CarrierRefused("; ".join(refused) or "the network has no carrier for SMS")
        waits = [error.after for error in unavailable if error.after is not None]
        said = "; ".join([*refused, *map(str, unavailable)])
        raise CarrierUnavailable(said, min(waits) if len(waits) == len(unavailable) else None)

    async def _failed(self, name: str, wrong: str) -> None:
        before = self._resting.get(name)
        failures = before.failures + 1 if before else 1
        self._resting[name] = _Rest(failures, self._now() + RESTS[min(failures, len(RESTS)) - 1])
        await self._on_health(name, _A_NUMBER.sub("…", wrong))
