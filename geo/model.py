"""What a network's map is made of: areas, and the places in them."""

from __future__ import annotations

from dataclasses import dataclass


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
