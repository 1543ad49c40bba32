"""Coordinates as they stand in files: degrees or metres, and the two of them in each other's place.

Metres are SWEREF 99 TM unless somebody says otherwise: northing 6 100 000–7 700 000, easting 250 000–950 000 in Sweden. RT 90
2.5 gon V has eastings of 1 200 000–1 900 000, the twelve local zones of SWEREF 99 have 50 000–250 000 (Lantmäteriet,
"Tvådimensionella system").
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from service.gazetteer.files import Refused

SWEREF = "EPSG:3006"
SWAPPED = "latitude and longitude stood in each other's column and were put right"
NOT_DEGREES = "lat and lon are no degrees on earth"
Floats = NDArray[np.float64]


@cache
def transformer(crs: str) -> Transformer:
    """From a system, named as "EPSG:3006", to degrees. Raises Refused for one that is unknown."""
    try:
        return Transformer.from_crs(CRS.from_user_input(crs), "EPSG:4326", always_xy=True)
    except CRSError as error:
        raise Refused(f'"{crs}" is no coordinate system; write for example EPSG:3006') from error


def to_degrees(northings: Floats, eastings: Floats, crs: str) -> tuple[Floats, Floats]:
    """Latitudes and longitudes; infinite where there are none."""
    lon, lat = transformer(crs).transform(eastings, northings)
    return np.asarray(lat), np.asarray(lon)


def read_degrees(lat: float, lon: float, crs: str | None = None) -> tuple[float, float, bool] | None:
    """Latitude, longitude and whether they were swapped; None for what is no position on earth.

    crs: what they are in when it is known; metres that look like SWEREF 99 TM are taken as that.
    """
    if crs is None and looks_swapped_degrees(lat, lon):
        return lon, lat, True
    if crs is None and abs(lat) <= 90 and abs(lon) <= 180:
        return (lat, lon, False) if (lat, lon) != (0, 0) else None
    system = crs or system_of(lat, lon)
    if system is None:
        return None
    swapped = crs is None and lon > lat
    north, east = (lon, lat) if swapped else (lat, lon)
    lats, lons = to_degrees(np.array([north]), np.array([east]), system)
    return (float(lats[0]), float(lons[0]), swapped) if np.isfinite(lats[0]) and abs(lats[0]) <= 90 else None


def looks_swapped_degrees(lat: float, lon: float) -> bool:
    """Is it a place in the Nordic countries with latitude and longitude in each other's place?"""
    return 4 <= lat <= 32 and 54 <= lon <= 72


def system_of(northing: float, easting: float) -> str | None:
    """The system in metres that a Swedish position is in, in whichever order; None: in none that can be told."""
    north, east = max(northing, easting), min(northing, easting)
    if 6_100_000 <= north <= 7_700_000 and 250_000 <= east <= 950_000:
        return SWEREF
    if 6_100_000 <= north <= 7_700_000 and 1_200_000 <= east <= 1_900_000:
        return "EPSG:3021"  # RT 90 2.5 gon V
    return None
