"""Which positions are near enough to the network to be of use: files of a whole country are common."""

import math
from collections.abc import Callable

from geo.area_map import AreaMap

FAR_KM = 60.0
_CELLS = 100  # a degree of latitude: about a kilometre, which is near enough to "some 60 km"


def near_test(area_map: AreaMap, within_km: float = FAR_KM) -> Callable[[float, float], bool]:
    """A function of latitude and longitude: within so many kilometres of the network's outline? Everything is, of a network
    without one. Answers for a square kilometre are remembered."""
    if area_map.outline.is_empty:
        return lambda lat, lon: True
    known: dict[tuple[int, int], bool] = {}
    west, south, east, north = area_map.outline.bounds
    high = within_km / 111 + 0.02
    wide = within_km / (111 * max(math.cos(math.radians(max(abs(south), abs(north)) + high)), 0.05)) + 0.02

    def is_near(lat: float, lon: float) -> bool:
        if not (south - high < lat < north + high and west - wide < lon < east + wide):
            return False
        cell = (int(lat * _CELLS), int(lon * _CELLS))
        found = known.get(cell)
        if found is None:
            found = known[cell] = area_map.outside_km(cell[0] / _CELLS, cell[1] / _CELLS) <= within_km
        return found

    return is_near
