"""What a reader of the board wants to see, and may see. It lives in the address, so that it can be kept and shared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlencode

from bots.inbound_message import storable
from dispatch.model import Urgency
from dispatch.network import Network
from service.board.lanes import LANES
from service.sign_in.accounts import Viewer
from service.sign_in.permissions import CONFIDENTIAL, Role

LONGEST_WORDS = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """None: everything. words: searched in code, name, number, address and text. public_only: no protected identities. confides:
    the reader is one of those to whom helpers tell what worries them."""

    area: str | None = None
    category: str | None = None
    urgency: str | None = None
    words: str | None = None
    lane: str | None = None
    public_only: bool = False
    confides: bool = False

    def values(self, since: datetime) -> tuple[Any, ...]:
        """The first six arguments of the board's queries. since: how long what has ended is shown."""
        pattern = None
        if self.words:
            escaped = self.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            pattern = f"%{escaped}%"
        return since, self.area, self.category, self.urgency, pattern, self.public_only

    def query(self, **changes: str | None) -> str:
        """The filters as an address's query, with some of them changed; empty when there are none."""
        named = {"area": self.area, "category": self.category, "urgency": self.urgency, "q": self.words, "lane": self.lane}
        return urlencode({k: v for k, v in (named | changes).items() if v})

    @property
    def any(self) -> bool:
        """Is something left out because the reader chose so?"""
        return bool(self.category or self.urgency or self.words or self.lane or (self.area and not self.public_only))


def read_filters(query: Mapping[str, str], viewer: Viewer, network: Network) -> Filters:
    """The filters of an address. What does not exist is not filtered by; an area lead sees the own area, whatever it says."""

    def one_of(name: str, known: Any) -> str | None:
        value = query.get(name, "")
        return value if value in known else None

    is_lead = viewer.role is Role.AREA_LEAD
    return Filters(
        area=viewer.area if is_lead else one_of("area", network.areas),
        category=one_of("category", network.categories),
        urgency=one_of("urgency", {u.value for u in Urgency}),
        words=storable(query.get("q", "")).strip()[:LONGEST_WORDS] or None,
        lane=one_of("lane", LANES),
        public_only=is_lead,
        confides=viewer.role in CONFIDENTIAL,
    )


def today_began(network: Network, now: datetime) -> datetime:
    """Midnight in the network: what ended since stands in "done today"."""
    return datetime.combine(network.local_date(now), time(0), network.zone).astimezone(UTC)
