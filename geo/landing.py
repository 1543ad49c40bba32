"""Where coordinates of a file land: in which system they are, whether their two numbers are in each other's place, and whether
it is anywhere near the network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry.base import BaseGeometry

from geo.model import Geography

# What Swedish files come in (Lantmäteriet, "Tvådimensionella system"), and what web maps do.
_USUAL = {
    "EPSG:3006": "SWEREF 99 TM",
    "EPSG:3857": "web Mercator",
    "EPSG:3021": "RT 90 2.5 gon V",
    **{
        f"EPSG:{3007 + number}": f"SWEREF 99 {zone}"
        for number, zone in enumerate(
            ("12 00", "13 30", "15 00", "16 30", "18 00", "14 15", "15 45", "17 15", "18 45", "20 15", "21 45", "23 15")
        )
    },
}
_NEAR = 0.3  # degrees around the network that its areas may reach into


class UnknownSystem(ValueError):
    """Nobody knows a coordinate system of this name."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the network is, in degrees; None: its file does not say."""

    box: BaseGeometry | None

    @classmethod
    def of(cls, geography: Geography) -> Home:
        """Around the network's places and outline."""
        spots = [shapely.Point(p.lon, p.lat) for area in geography.areas for p in area.places]
        known = [*spots, *([geography.outline] if geography.outline is not None else [])]
        return cls(shapely.box(*shapely.total_bounds(known)).envelope if known else None)

    def holds(self, geometry: BaseGeometry) -> bool:
        """Does something, in degrees, lie in the network or just beside it?"""
        if not _is_degrees(geometry) or self.box is None:
            return _is_degrees(geometry)
        return bool(shapely.dwithin(self.box, shapely.box(*geometry.bounds), _NEAR))

    def distance(self, geometry: BaseGeometry) -> float:
        """From the middle of the one to the middle of the other, in degrees."""
        return 0.0 if self.box is None else float(self.box.centroid.distance(shapely.box(*geometry.bounds).centroid))


def check_system(crs: str) -> None:
    """Raises UnknownSystem for a name such as "EPSG:3006" that nobody knows."""
    _transformer(crs)


def to_degrees(geometry: BaseGeometry, crs: str) -> BaseGeometry:
    """As (longitude, latitude) in WGS 84; empty when the system has not all of it. Raises UnknownSystem."""
    xy = shapely.get_coordinates(geometry)
    try:
        degrees = np.column_stack(_transformer(crs).transform(xy[:, 0], xy[:, 1]))
    except ProjError:
        return shapely.Polygon()
    return shapely.transform(geometry, lambda _: degrees) if np.isfinite(degrees).all() else shapely.Polygon()


def swapped(geometry: BaseGeometry) -> BaseGeometry:
    """With the two numbers of each position in each other's place."""
    return shapely.transform(geometry, lambda xy: xy[:, ::-1])


def put_down(geometry: BaseGeometry, crs: str | None, home: Home) -> tuple[BaseGeometry, bool] | None:
    """Where a feature lies, in degrees, and whether its numbers were swapped; None when neither way leads to the network."""
    for turned in (False, True) if home.box is not None else (False,):
        tried = swapped(geometry) if turned else geometry
        landed = to_degrees(tried, crs) if crs else tried
        if home.holds(landed) and not (home.box is None and _looks_swapped(landed)):
            return landed, turned
    return None


def guess(geometry: BaseGeometry, home: Home) -> tuple[str, str] | None:
    """The system whose numbers these may be, as ("EPSG:3006", "SWEREF 99 TM"): the one that leads closest to the network."""
    found: list[tuple[float, str]] = []
    for crs in _USUAL if home.box is not None else ():
        for tried in (geometry, swapped(geometry)):
            landed = to_degrees(tried, crs)
            if home.holds(landed):
                found.append((home.distance(landed), crs))
    return (crs := min(found)[1], _USUAL[crs]) if found else None


def is_degrees(geometry: BaseGeometry) -> bool:
    """Can these numbers be degrees, in one order or the other?"""
    return _is_degrees(geometry) or _is_degrees(swapped(geometry))


def _is_degrees(geometry: BaseGeometry) -> bool:
    west, south, east, north = geometry.bounds
    return bool(np.isfinite(geometry.bounds).all() and west >= -180 and east <= 180 and south >= -90 and north <= 90)


def _looks_swapped(geometry: BaseGeometry) -> bool:
    """Is it a place in the Nordic countries with latitude and longitude in each other's place?"""
    west, south, east, north = geometry.bounds
    return bool(west >= 54 and east <= 72 and south >= 4 and north <= 32)


@cache
def _transformer(crs: str) -> Transformer:
    try:
        return Transformer.from_crs(CRS.from_user_input(crs), "EPSG:4326", always_xy=True)
    except CRSError as error:
        raise UnknownSystem(f'"{crs}" is no coordinate system; write for example EPSG:3006') from error
