"""How far it is from one place to another."""

from __future__ import annotations

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt

from geo.model import Place

EARTH_RADIUS_KM = 6371.0088  # the mean radius of WGS 84 (Moritz, Geodetic Reference System 1980)


def kilometres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The distance as the crow flies between two points, in degrees of WGS 84.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984), on a sphere: off by half a
    per cent at most, and good for short distances too.
    """
    north, east = radians(lat2 - lat1) / 2, radians(lon2 - lon1) / 2
    chord = sin(north) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(east) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def nearest_place(places: Sequence[Place], lat: float, lon: float) -> Place | None:
    """The place that is nearest to a position; None when there is none.

    On a flat map around the position, which is true where it matters, close by, and a tenth of the work of `kilometres`.
    """
    width = cos(radians(lat)) ** 2
    best, least = None, float("inf")
    for place in places:
        far = (place.lat - lat) ** 2 + (place.lon - lon) ** 2 * width
        if far < least:
            best, least = place, far
    return best
