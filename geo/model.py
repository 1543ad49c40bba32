"""What a network's map is made of: areas and the places in them, what lies between them, and who begins where they end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Place:
    """A named place (village, district) as a resident would call it.

    lat and lon are degrees in WGS 84; area is the key of the area the place belongs to.
    """

    name: str
    lat: float
    lon: float
    area: str


@dataclass(frozen=True, slots=True)
class Area:
    """What one area group looks after.

    postcodes are prefixes, digits only ("563", "56332"). neighbours are area keys; empty means "derive them from the map".
    duty is "everyone" or "signed-up" (None: the program's default). lead is the name of the organisation that leads the group.
    """

    key: str
    name: str
    places: tuple[Place, ...]
    postcodes: tuple[str, ...]
    neighbours: tuple[str, ...] = ()
    duty: str | None = None
    lead: str | None = None


Spot = tuple[float, float]  # latitude and longitude, degrees in WGS 84


@dataclass(frozen=True, slots=True)
class Crossing:
    """A way over a barrier, such as a ferry or a bridge, between two spots. minutes: what it takes, the usual wait included."""

    name: str
    start: Spot
    end: Spot
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Barrier:
    """What cannot be walked or driven over, such as a lake. outline: a polygon or a line, as (longitude, latitude) in WGS 84.

    Areas that meet only in it are no neighbours, unless a crossing leads from one to the other.
    """

    name: str
    outline: BaseGeometry
    crossings: tuple[Crossing, ...] = ()


@dataclass(frozen=True, slots=True)
class NearbyNetwork:
    """Who helps outside this network: a municipality beside it, by its places (their area is "") and postcode prefixes.
    phone: its number in E.164, if it is known."""

    name: str
    phone: str | None = None
    places: tuple[Place, ...] = ()
    postcodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Geography:
    """What the network file says of the map. outline: the network's own, as (longitude, latitude) in WGS 84; None: what lies
    around its places and its drawn areas."""

    areas: tuple[Area, ...]
    outline: BaseGeometry | None = None
    barriers: tuple[Barrier, ...] = ()
    nearby: tuple[NearbyNetwork, ...] = ()

    def area(self, key: str | None) -> Area | None:
        """The area with this key, None when there is none."""
        return next((area for area in self.areas if area.key == key), None)

    def __hash__(self) -> int:
        return hash((self.areas, self.nearby))

    def __eq__(self, other: Any) -> bool:
        return self is other or (
            isinstance(other, Geography)
            and (self.areas, self.outline, self.barriers, self.nearby)
            == (other.areas, other.outline, other.barriers, other.nearby)
        )
