"""How far it is from one place to another."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088  # the mean radius of WGS 84 (Moritz, Geodetic Reference System 1980)


def kilometres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The distance as the crow flies between two points, in degrees of WGS 84.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984), on a sphere: off by half a
    per cent at most, and good for short distances too.
    """
    north, east = radians(lat2 - lat1) / 2, radians(lon2 - lon1) / 2
    chord = sin(north) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(east) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))
