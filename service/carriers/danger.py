"""Danger while the database is away: ring 112 is said at once, and the coordinators hear of it, without a database.

The text itself lies on disk and is dealt with when the database is back; whoever is in danger does not wait for that.
"""

from dataclasses import dataclass

import structlog

from bots.dialogue.understand import Understander
from bots.inbound_message import Inbound
from bots.wording import Wording
from dispatch.network import Network
from dispatch.outbox import Carrier, CarrierRefused, CarrierUnavailable, Text

log = structlog.get_logger()

UNSTORED = 0  # the number of a message that no outbox knows; its delivery reports mean nothing


@dataclass(frozen=True, slots=True)
class Danger:
    """Tells people by SMS what cannot wait."""

    network: Network
    understander: Understander
    wording: Wording
    sms: Carrier

    async def tell(self, inbound: Inbound) -> None:
        """Answer a text that tells of danger, and pass it on to the coordinators. Others are left alone."""
        understood = self.understander.understand(inbound.text)
        if understood.intent != "emergency":
            return
        if inbound.phone is not None:
            await self._send(inbound.phone, self.wording("emergency_unstored", {}, understood.language), inbound.carrier)
        params = {"phone": inbound.phone or inbound.sender, "text": inbound.text}
        for contact in self.network.coordinators:
            if "@" not in contact:
                await self._send(contact, self.wording("danger_unstored", params, self.network.languages[0]), None)

    async def _send(self, to: str, words: str, came_by: str | None) -> None:
        if self.network.numbers.refusal(to, urgent=True):
            return
        try:
            await self.sms.send(Text(UNSTORED, to, words, urgent=True, came_by=came_by))
        except (CarrierRefused, CarrierUnavailable) as error:
            log.warning("danger.untold", error=type(error).__name__)
