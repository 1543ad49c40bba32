"""The list of people: what is searched for stands in the address, pages go on from the last name shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from bots.inbound_message import storable
from dispatch.network import Network
from geo.fold import fold
from service.directory.person import VETTING, standing_of, vetting_of
from service.sign_in.accounts import Viewer
from service.sign_in.permissions import PEOPLE
from service.web.texts import N_
from sql import query

PAGE = 50
FIRST = ("", -1)
MOST_WORDS = 8
LONGEST = 200  # characters of what is searched for
ROLES: Mapping[str, str] = {
    "volunteer": N_("Volunteers"),
    "resident": N_("Residents"),
    "staff": N_("Staff"),
}
ROLE_NAMES: Mapping[str, str] = {
    "volunteer": N_("volunteer"),
    "resident": N_("resident"),
    "service": N_("service group"),
    "coordinator": N_("coordinator"),
    "operator": N_("operator"),
    "lead": N_("area lead"),
    "administrator": N_("administrator"),
}
STANDINGS: Mapping[str, str] = {
    "active": N_("Active"),
    "paused": N_("Paused"),
    "stopped": N_("Said STOPP"),
}
VETTINGS: Mapping[str, str] = {**VETTING, "expiring": N_("check ends soon"), "ended": N_("check has ended")}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader wants to see, as the address says it. Empty: everything."""

    q: str = ""
    role: str = ""
    area: str = ""
    skill: str = ""
    language: str = ""
    standing: str = ""
    vetting: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str], network: Network) -> "Filters":
        """From an address; a value that there is not is left out."""
        known = {"role": ROLES, "area": network.areas, "standing": STANDINGS, "vetting": VETTINGS}
        given = {name: storable(asked.get(name, "")).strip()[:LONGEST] for name in cls.__slots__}
        return cls(**{name: text for name, text in given.items() if text in known.get(name, (text,))})

    def address(self, path: str = "/people", **more: str | int) -> str:
        """The address of the list with these filters."""
        chosen = {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)} | more
        return f"{path}?{urlencode(chosen)}" if chosen else path

    @property
    def any(self) -> bool:
        """Is anything left out?"""
        return any(getattr(self, name) for name in self.__slots__)


def digits_of(q: str) -> str | None:
    """The part of a number that somebody searches for, as numbers are stored: 070-123 is 4670123. None for words."""
    digits = "".join(c for c in q if c.isascii() and c.isdigit())
    if len(digits) < 3 or any(c not in "0123456789+-()/. \xa0" for c in q):
        return None
    if digits.startswith("00"):
        return digits[2:]
    return "46" + digits[1:] if digits.startswith("0") else digits


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the list. before and after: the ids to go on from, where there is more."""

    rows: list[dict[str, Any]]
    before: int | None
    after: int | None


async def page(
    connection: Any,
    filters: Filters,
    viewer: Viewer,
    now: datetime,
    network: Network,
    after: int | None = None,
    before: int | None = None,
    size: int = PAGE,
) -> Listed:
    """The people that the viewer may see and the filters let through: those after, or before, this person in the list."""
    start = after if after is not None else before
    position = await connection.fetchval(query("directory_position"), start) if start is not None else None
    backward = position is not None and after is None
    today = network.local_date(now)
    rows = await connection.fetch(
        query("directory_page"),
        [f"%{word}%" for word in fold(filters.q).split()[:MOST_WORDS]],
        digits_of(filters.q),
        *(getattr(filters, name) or None for name in ("role", "area", "skill", "language", "standing", "vetting")),
        now,
        today,
        backward,
        *((position, start) if position is not None else FIRST),
        size + 1,
        None if viewer.role in PEOPLE["all"] else viewer.area or "",
    )
    more = len(rows) > size
    found = [_shown(row, now, network) for row in (rows[1:] if backward and more else rows[:size])]
    if not found:
        return Listed([], None, None)
    earlier = more if backward else position is not None
    later = True if backward else more
    return Listed(found, found[0]["id"] if earlier else None, found[-1]["id"] if later else None)


def _shown(row: Any, now: datetime, network: Network) -> dict[str, Any]:
    today = network.local_date(now)
    return {
        **row,
        "standing": standing_of(row, now),
        "vetting_state": vetting_of(row, today),
        "asked_now": row["asked_today"] if row["asked_on"] == today else 0,
    }
