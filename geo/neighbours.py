"""Which areas lie beside each other, for the ladder's step "ask the neighbours"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import cos, hypot, radians

import shapely
from shapely.geometry import MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from geo.model import Area

_KM_PER_DEGREE = 111.2
_MARGIN = 0.05  # the map's edge lies this share of the hull's diameter outside the outermost places
_SHARED_KM = 0.05  # cells that meet in less than this (a corner, rounding) do not count as beside each other

Point = tuple[float, float]


def neighbours(areas: Sequence[Area]) -> dict[str, tuple[str, ...]]:
    """Return for every area key the keys of its neighbours, nearest first.

    An area that names its own `neighbours` keeps exactly those, plus the areas that name it; the others get those whose
    Voronoi cells (all places' cells merged) share an edge inside the hull of the map. The relation is symmetric. An area
    without places has only neighbours that somebody named.

    Raises ValueError when an area names a neighbour that does not exist.
    """
    keys = {area.key for area in areas}
    points = _points(areas)
    own = {area.key: area.neighbours for area in areas if area.neighbours}
    edges: set[frozenset[str]] = set()
    for key, named in own.items():
        for other in named:
            if other not in keys:
                raise ValueError(f"area {key!r} names the neighbour {other!r}, which is not an area")
            if other != key:
                edges.add(frozenset((key, other)))
    edges.update(pair for pair in _touching(points) if not pair & own.keys())

    result: dict[str, tuple[str, ...]] = {}
    for area in areas:
        beside = [next(iter(edge - {area.key})) for edge in edges if area.key in edge]
        beside.sort(key=lambda other: (round(_distance(points[area.key], points[other]), 3), other))
        result[area.key] = tuple(beside)
    return result


def _points(areas: Sequence[Area]) -> dict[str, list[Point]]:
    """Return each area's places as (x, y) in kilometres on a flat map: good to a few per mille inside one municipality."""
    lats = [place.lat for area in areas for place in area.places]
    width = _KM_PER_DEGREE * cos(radians(sum(lats) / len(lats))) if lats else 1.0
    return {area.key: [(place.lon * width, place.lat * _KM_PER_DEGREE) for place in area.places] for area in areas}


def _distance(some: Iterable[Point], others: Sequence[Point]) -> float:
    """Return the kilometres between the closest two of the points; infinite when either side has none."""
    return min((hypot(a[0] - b[0], a[1] - b[1]) for a in some for b in others), default=float("inf"))


def _touching(points: dict[str, list[Point]]) -> set[frozenset[str]]:
    """Return the pairs of areas whose merged Voronoi cells share an edge."""
    holders: dict[Point, list[str]] = {}
    for key, own in points.items():
        for point in own:
            holders.setdefault(point, []).append(key)
    if len(holders) < 2:  # no map to draw: areas in the very same spot are beside each other
        here = {key for keys in holders.values() for key in keys}
        return {frozenset(pair) for pair in combinations(sorted(here), 2)}
    cells = _cells(holders)
    return {
        frozenset((a, b))
        for a, b in combinations(cells, 2)
        if cells[a].intersects(cells[b]) and cells[a].intersection(cells[b]).length > _SHARED_KM
    }


def _cells(holders: dict[Point, list[str]]) -> dict[str, BaseGeometry]:
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
