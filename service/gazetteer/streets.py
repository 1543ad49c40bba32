"""Houses are gathered to streets: one name for each street in one locality, however many rows its houses have.

What is kept of a file while it is read: its streets, not its houses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from geo.fold import fold
from service.gazetteer.entries import Entry, House
from service.gazetteer.tables import shown_postcode

SAME_STREET_KM = 3.0  # streets of one name without a locality are one when they are as near
_KM = 111.2  # a degree of latitude


class NameRow(NamedTuple):
    """A row of gazetteer_name. ref: a number by which HouseRow names its street."""

    ref: int
    kind: str
    name: str
    folded: str
    locality: str
    locality_folded: str
    postcode: str
    area: str | None
    lat: float
    lon: float


class HouseRow(NamedTuple):
    """A row of gazetteer_address. ref: its street's."""

    ref: int
    number: int
    letter: str
    postcode: str
    lat: float
    lon: float


@dataclass(slots=True)
class _Middle:
    """Positions of one street or postcode, and what all of them agree on."""

    ref: int
    name: str
    locality: str
    postcode: str
    area: str | None
    lat: float = 0.0  # the sum
    lon: float = 0.0
    count: int = 0
    houses: int = 0
    aliases: dict[str, None] | None = None

    def add(self, lat: float, lon: float, postcode: str, area: str | None) -> None:
        self.lat += lat
        self.lon += lon
        self.count += 1
        if postcode != self.postcode:
            self.postcode = ""
        if area != self.area:
            self.area = None

    def spot(self) -> tuple[float, float]:
        """The middle, to a centimetre."""
        return round(self.lat / self.count, 7), round(self.lon / self.count, 7)

    def km(self, lat: float, lon: float) -> float:
        """Kilometres from the middle, on a flat map of the neighbourhood."""
        middle = self.lat / self.count
        return math.hypot(lat - middle, (lon - self.lon / self.count) * math.cos(math.radians(middle))) * _KM


class Streets:
    """The streets, and the postcodes of their houses, that one file tells of."""

    def __init__(self) -> None:
        self._refs = 0
        self._known: dict[tuple[str, str], _Middle] = {}  # by name and locality as they stand in the file: folding takes time
        self._by_key: dict[tuple[str, str], _Middle] = {}
        self._without: dict[str, list[_Middle]] = {}
        self._postcodes: dict[str, _Middle] = {}

    def next_ref(self) -> int:
        """A number for a name."""
        self._refs += 1
        return self._refs

    def houses(self, house: House) -> list[HouseRow]:
        """The rows of a House; its street is remembered."""
        street, locality, numbers, lat, lon, postcode, area = house
        middle = self._known.get((street, locality)) or self._street(street, locality, lat, lon, postcode, area)
        middle.add(lat, lon, postcode, area)
        middle.houses += 1
        if postcode:
            self._postcode(postcode, locality, lat, lon)
        return [HouseRow(middle.ref, number, letter, postcode, lat, lon) for number, letter in numbers]

    def street(self, entry: Entry) -> None:
        """Remember a street that comes without houses, or a piece of one."""
        middle = self._street(entry.name, entry.locality, entry.lat, entry.lon, entry.postcode, entry.area)
        middle.add(entry.lat, entry.lon, entry.postcode, entry.area)
        middle.aliases = (middle.aliases or {}) | dict.fromkeys(entry.aliases)

    def names(self) -> Iterator[NameRow]:
        """Yield all streets and postcodes, when everything has been read."""
        for middle in self._by_key.values():
            yield from _street_rows(middle)
        named: dict[str, list[_Middle]] = {}
        for (name, _), middle in self._by_key.items():
            named.setdefault(name, []).append(middle)
        for name, some in self._without.items():
            for middle in some:
                # A piece of a street of which houses tell the locality is that street.
                here = middle.spot()
                if middle.houses or all(other.km(*here) > SAME_STREET_KM for other in named.get(name, ())):
                    yield from _street_rows(middle)
        for postcode, middle in self._postcodes.items():
            entry = Entry("postcode", shown_postcode(postcode), *middle.spot(), middle.locality, postcode)
            yield from name_rows(entry, self.next_ref())

    def _street(self, name: str, locality: str, lat: float, lon: float, postcode: str, area: str | None) -> _Middle:
        # Capitals differ within one file; "Åsgatan" and "Asgatan" may be two streets.
        key = name.casefold(), locality.casefold()
        if locality:
            found = self._by_key.get(key)
            if found is None:
                found = self._by_key[key] = _Middle(self.next_ref(), name, locality, postcode, area)
            self._known[name, locality] = found
            return found
        some = self._without.setdefault(key[0], [])
        for found in some:
            if found.km(lat, lon) <= SAME_STREET_KM:
                return found
        some.append(_Middle(self.next_ref(), name, locality, postcode, area))
        return some[-1]

    def _postcode(self, postcode: str, locality: str, lat: float, lon: float) -> None:
        middle = self._postcodes.get(postcode)
        if middle is None:
            middle = self._postcodes[postcode] = _Middle(0, postcode, locality, postcode, None)
        elif middle.locality != locality:
            middle.locality = ""
        middle.lat += lat
        middle.lon += lon
        middle.count += 1


def name_rows(entry: Entry, ref: int) -> Iterator[NameRow]:
    """Yield an entry's row, and one for each alias that is spelt differently."""
    _, name, lat, lon, locality, postcode, area, aliases = entry
    seen: set[str] = set()
    for spelling in (postcode if entry.kind == "postcode" else name, *aliases):
        folded = fold(spelling)
        if folded and folded not in seen:
            seen.add(folded)
            yield NameRow(ref, entry.kind, name, folded, locality, fold(locality), postcode, area, lat, lon)


def _street_rows(middle: _Middle) -> Iterable[NameRow]:
    aliases = tuple(middle.aliases or ())
    entry = Entry("street", middle.name, *middle.spot(), middle.locality, middle.postcode, middle.area, aliases)
    return name_rows(entry, middle.ref)
