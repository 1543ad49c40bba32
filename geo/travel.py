"""Where a volunteer roughly is, and how long somebody is on the way.

A volunteer's position is never kept: only the middle of the cell of a fixed grid that it lies in, about a kilometre each way.
Everybody in the cell gets the same, every time, so that no number of positions says more of a home than one of them. (Noise
would not do: the mean of many positions would find the home.)
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from math import ceil, cos, floor, radians

from geo.model import Spot

CELL_DEGREES = 0.009  # of latitude: 1.0 km
FAR_SOUTH, FAR_NORTH = -90.0, 90.0


class Travel(StrEnum):
    """How somebody gets about."""

    CAR = "car"
    BICYCLE = "bicycle"
    FOOT = "foot"


# Kilometres an hour. A rule of thumb: not a young person's walk, a town bicycle, a car on main and on minor roads.
SPEED_KMH = {Travel.CAR: 70.0, Travel.BICYCLE: 15.0, Travel.FOOT: 4.5}
CAR_BEGINS = 5.0  # minutes to the car, out of the streets and to a place to park. A rule of thumb too
# Roads are this much longer than the way as the crow flies. A rule of thumb as well: 1.2 to 1.5 is what is found for most
# countries (R. H. Ballou et al., "Selected country circuity factors for road travel distance estimation", Transportation
# Research A 36, 2002).
DETOUR = 1.3
WALKS_KM = 2  # who has said nothing is taken to walk so far, and to go by bicycle further away
_STEP = 5  # minutes that times are told in: nobody should believe that they are exact


@lru_cache(maxsize=8192)  # the same people are ranked again and again
def rounded(lat: float, lon: float) -> Spot:
    """The middle of the grid's cell that a position (degrees, WGS 84) lies in.

    Cells are 1.0 km high and, at any latitude of Sweden, 1.0 km wide, so that it is at most 0.71 km from the position. What is
    rounded already stays where it is.
    """
    row = floor(min(max(lat, FAR_SOUTH), FAR_NORTH) / CELL_DEGREES)
    middle = (row + 0.5) * CELL_DEGREES
    around = max(1, ceil(360 * max(cos(radians(middle)), 0.0) / CELL_DEGREES))  # how many cells stand in this row
    column = floor((lon + 180) % 360 * around / 360)
    return round(middle, 6), round((column + 0.5) * 360 / around - 180, 6)


def travel_of(said: str | None, skills: tuple[str, ...] | frozenset[str], km: float) -> Travel:
    """How somebody goes `km` kilometres: as they have said, else by car or bicycle if that is among their skills, else on foot
    up to WALKS_KM, and by bicycle further away."""
    if said:
        return Travel(said)
    if Travel.CAR.value in skills:
        return Travel.CAR
    return Travel.BICYCLE if Travel.BICYCLE.value in skills or km > WALKS_KM else Travel.FOOT


def minutes(km: float, travel: Travel) -> float:
    """How long `km` kilometres as the crow flies take by road, in minutes."""
    return km * minutes_a_km(travel) + (CAR_BEGINS if travel is Travel.CAR else 0.0)


def minutes_a_km(travel: Travel) -> float:
    """How long each kilometre as the crow flies takes, on the way."""
    return DETOUR / SPEED_KMH[travel] * 60


def told_minutes(exact: float) -> int:
    """Minutes as they are told: in steps of five, and never none."""
    return max(_STEP, round(exact / _STEP) * _STEP)
