"""Looks up where somebody is: by the names that the network file knows and, in the database, the gazetteer."""

from typing import Any

from dispatch.network import Network
from geo.location import Candidate, Location, Precision
from geo.places import PlaceIndex


async def locate(pool: Any, network: Network, index: PlaceIndex, text: str) -> Location:
    """Where the place or address in `text` is. pool: a pool or a connection; None: only the names of the network file are known.

    Never fails on what people write; when the gazetteer cannot be asked, its names are not known.
    """
    found = index.find(text)
    candidates = tuple(
        Candidate(
            m.area,
            m.place,
            m.place or network.area_name(m.area),
            m.lat,
            m.lon,
            m.score,
            Precision.PLACE if m.place else Precision.AREA,
        )
        for m in found
    )
    return Location(candidates, is_clear=bool(candidates))


def locate_position(network: Network, lat: float, lon: float) -> Location:
    """Where a position (degrees, WGS 84) lies: in one area, or outside the network."""
    area = network.atlas.map.area_at(lat, lon)
    known = network.areas.get(area) if area else None
    place = network.place_near(known.key, lat, lon) if known else None
    label = place or (known.name if known else "")
    return Location((Candidate(area, place, label, lat, lon, 1.0 if area else 0.5, Precision.POSITION),), is_clear=True)
