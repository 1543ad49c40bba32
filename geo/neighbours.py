"""Which areas lie beside each other, for the ladder's step "ask the neighbours"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import hypot

import shapely
from shapely.geometry.base import BaseGeometry

from geo.cells import Point, holders
from geo.model import Area

_SHARED_KM = 0.05  # areas that meet in less than this (a corner, rounding) do not count as beside each other
_SHORE_KM = 0.1  # an edge this close to a barrier lies along it


def neighbours(
    areas: Sequence[Area],
    points: Mapping[str, Sequence[Point]],
    parts: Mapping[str, BaseGeometry],
    barred: BaseGeometry | None = None,
    crossed: Iterable[tuple[str, str]] = (),
) -> dict[str, tuple[str, ...]]:
    """Return for every area key the keys of its neighbours, nearest first.

    points: the areas' places, and parts: their outlines, on a flat map in kilometres. An area that names its own `neighbours`
    keeps exactly those, plus the areas that name it; the others get those that they share an edge with, outside of what is
    `barred`, and those that they are `crossed` to. The relation is symmetric. An area without an outline has only neighbours
    that somebody named.

    Raises ValueError when an area names a neighbour that does not exist.
    """
    keys = {area.key for area in areas}
    own = {area.key: area.neighbours for area in areas if area.neighbours}
    edges: set[frozenset[str]] = set()
    for key, named in own.items():
        for other in named:
            if other not in keys:
                raise ValueError(f"area {key!r} names the neighbour {other!r}, which is not an area")
            if other != key:
                edges.add(frozenset((key, other)))
    derived = {*_touching(parts, barred), *_sharing(points), *map(frozenset, crossed)}
    edges.update(pair for pair in derived if not pair & own.keys())

    result: dict[str, tuple[str, ...]] = {}
    for area in areas:
        beside = [next(iter(edge - {area.key})) for edge in edges if area.key in edge]
        beside.sort(key=lambda other: (round(_distance(area.key, other, points, parts), 3), other))
        result[area.key] = tuple(beside)
    return result


def _distance(one: str, other: str, points: Mapping[str, Sequence[Point]], parts: Mapping[str, BaseGeometry]) -> float:
    """Return the kilometres between the closest two of the areas' places, else between their outlines; infinite without both."""
    some, others = points.get(one, ()), points.get(other, ())
    if some and others:
        return min(hypot(a[0] - b[0], a[1] - b[1]) for a in some for b in others)
    if one in parts and other in parts:
        return float(parts[one].centroid.distance(parts[other].centroid))
    return float("inf")


def _sharing(points: Mapping[str, Sequence[Point]]) -> set[frozenset[str]]:
    """Areas that have a place in the very same spot are beside each other, whatever the map says."""
    return {frozenset(pair) for keys in holders(points).values() for pair in combinations(sorted(set(keys)), 2)}


def _touching(parts: Mapping[str, BaseGeometry], barred: BaseGeometry | None) -> set[frozenset[str]]:
    """Return the pairs of areas that share an edge outside of what is barred."""
    keys, shapes = list(parts), list(parts.values())
    shore = barred.buffer(_SHORE_KM) if barred is not None else None
    found: set[frozenset[str]] = set()
    if not shapes:
        return found
    # Drawings by hand leave slivers between areas: what is nearly shared counts as shared.
    wide = [shape.buffer(_SHARED_KM / 2) for shape in shapes]
    tree = shapely.STRtree(wide)
    for a, b in zip(*tree.query(wide, predicate="intersects").tolist(), strict=True):
        if a >= b:
            continue
        edge = shapes[a].boundary.intersection(wide[b])
        if shore is not None:
            edge = edge.difference(shore)
        if edge.length > 2 * _SHARED_KM:
            found.add(frozenset((keys[a], keys[b])))
    return found
