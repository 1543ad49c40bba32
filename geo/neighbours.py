"""Which areas lie beside each other, for the ladder's step "ask the neighbours"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import hypot

from geo.cells import FlatMap, Point, cells, holders
from geo.model import Area

_SHARED_KM = 0.05  # cells that meet in less than this (a corner, rounding) do not count as beside each other


def neighbours(areas: Sequence[Area]) -> dict[str, tuple[str, ...]]:
    """Return for every area key the keys of its neighbours, nearest first.

    An area that names its own `neighbours` keeps exactly those, plus the areas that name it; the others get those whose
    Voronoi cells (all places' cells merged) share an edge inside the hull of the map. The relation is symmetric. An area
    without places has only neighbours that somebody named.

    Raises ValueError when an area names a neighbour that does not exist.
    """
    keys = {area.key for area in areas}
    points = FlatMap.of(areas).points(areas)
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


def _distance(some: Iterable[Point], others: Sequence[Point]) -> float:
    """Return the kilometres between the closest two of the points; infinite when either side has none."""
    return min((hypot(a[0] - b[0], a[1] - b[1]) for a in some for b in others), default=float("inf"))


def _touching(points: dict[str, list[Point]]) -> set[frozenset[str]]:
    """Return the pairs of areas whose merged Voronoi cells share an edge."""
    spots = holders(points)
    if len(spots) < 2:  # no map to draw: areas in the very same spot are beside each other
        here = {key for keys in spots.values() for key in keys}
        return {frozenset(pair) for pair in combinations(sorted(here), 2)}
    parts = cells(spots)
    return {
        frozenset((a, b))
        for a, b in combinations(parts, 2)
        if parts[a].intersects(parts[b]) and parts[a].intersection(parts[b]).length > _SHARED_KM
    }
