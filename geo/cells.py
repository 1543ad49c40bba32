"""Each area's part of the map: the cells of its places, where a cell is all that is closer to that place than to any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

import shapely
from shapely.geometry import MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from geo.model import Area

_KM_PER_DEGREE = 111.2
_MARGIN = 0.05  # the map's edge lies this share of the hull's diameter outside the outermost places

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class FlatMap:
    """A flat map in kilometres, good to a few per mille inside one municipality. width: kilometres a degree of longitude."""

    width: float

    @classmethod
    def at(cls, lat: float | None) -> FlatMap:
        """The map that is true at this latitude (degrees); None: nothing is on it."""
        return cls(1.0 if lat is None else _KM_PER_DEGREE * cos(radians(lat)))

    def point(self, lat: float, lon: float) -> Point:
        """A position as (x, y) in kilometres."""
        return lon * self.width, lat * _KM_PER_DEGREE

    def points(self, areas: Sequence[Area]) -> dict[str, list[Point]]:
        """Return each area's places as (x, y) in kilometres."""
        return {area.key: [self.point(place.lat, place.lon) for place in area.places] for area in areas}

    def flat(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry of longitudes and latitudes on this map."""
        return shapely.transform(geometry, lambda xy: xy * (self.width, _KM_PER_DEGREE))

    def degrees(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry on the map as longitudes and latitudes in WGS 84."""
        return shapely.transform(geometry, lambda xy: xy / (self.width, _KM_PER_DEGREE))


def holders(points: Mapping[str, Sequence[Point]]) -> dict[Point, list[str]]:
    """Return for every point the keys of the areas that have a place there."""
    found: dict[Point, list[str]] = {}
    for key, own in points.items():
        for point in own:
            found.setdefault(point, []).append(key)
    return found


def cells(spots: Mapping[Point, Sequence[str]], edge: BaseGeometry | None = None) -> tuple[BaseGeometry, dict[str, BaseGeometry]]:
    """Return the map's edge, and by key each area's part of what is inside it. spots: points, and who has a place there; a point
    that two areas share belongs to both. edge: None draws one around the points."""
    sites = MultiPoint(list(spots))
    if edge is None:
        box = sites.bounds
        edge = sites.convex_hull.buffer(max(1.0, _MARGIN * hypot(box[2] - box[0], box[3] - box[1])))
    drawn = shapely.voronoi_polygons(sites, extend_to=edge)
    tree = shapely.STRtree(list(drawn.geoms))
    mine: dict[str, list[Polygon]] = {}
    for point, keys in spots.items():
        cell = drawn.geoms[int(tree.nearest(shapely.Point(point)))]
        for key in keys:
            mine.setdefault(key, []).append(cell)
    return edge, {key: shapely.union_all(parts).intersection(edge) for key, parts in mine.items()}


def square_kilometres(geometry: BaseGeometry) -> float:
    """How large a geometry of longitudes and latitudes is."""
    if geometry.is_empty:
        return 0.0
    _, south, _, north = geometry.bounds
    return float(FlatMap.at((south + north) / 2).flat(geometry).area)
