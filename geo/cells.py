"""Each area's part of the map: the cells of its places, where a cell is all that is closer to that place than to any other."""

from __future__ import annotations

from collections.abc import Sequence
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
    def of(cls, areas: Sequence[Area]) -> FlatMap:
        """The map on which these areas are least distorted."""
        lats = [place.lat for area in areas for place in area.places]
        return cls(_KM_PER_DEGREE * cos(radians(sum(lats) / len(lats))) if lats else 1.0)

    def points(self, areas: Sequence[Area]) -> dict[str, list[Point]]:
        """Return each area's places as (x, y) in kilometres."""
        return {area.key: [(place.lon * self.width, place.lat * _KM_PER_DEGREE) for place in area.places] for area in areas}

    def degrees(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry on the map as longitudes and latitudes in WGS 84."""
        return shapely.transform(geometry, lambda xy: xy / (self.width, _KM_PER_DEGREE))


def holders(points: dict[str, list[Point]]) -> dict[Point, list[str]]:
    """Return for every point the keys of the areas that have a place there."""
    found: dict[Point, list[str]] = {}
    for key, own in points.items():
        for point in own:
            found.setdefault(point, []).append(key)
    return found


def cells(holders: dict[Point, list[str]]) -> dict[str, BaseGeometry]:
    """Return each area's part of the map. A point that two areas share belongs to both, so they overlap there."""
    sites = MultiPoint(list(holders))
    box = sites.bounds
    diameter = hypot(box[2] - box[0], box[3] - box[1])
    edge = sites.convex_hull.buffer(max(1.0, _MARGIN * diameter))
    drawn = shapely.voronoi_polygons(sites, extend_to=edge)
    tree = shapely.STRtree(list(drawn.geoms))
    mine: dict[str, list[Polygon]] = {}
    for point, keys in holders.items():
        cell = drawn.geoms[int(tree.nearest(shapely.Point(point)))]
        for key in keys:
            mine.setdefault(key, []).append(cell)
    return {key: shapely.union_all(parts).intersection(edge) for key, parts in mine.items()}
