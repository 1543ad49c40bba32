"""What follows for its neighbours when an area is drawn anew. Pure.

An area takes what its new outline covers, from whoever had it; what it gives up goes to the area beside it with the longest edge
along it. So the areas go on dividing the network between them, whoever moves a corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from geo.area_map import AreaMap
from geo.cells import FlatMap, square_kilometres
from geo.geojson import polygons_of

GRID = 1e-5  # of a degree: drawings are kept to about a metre
LEAST_KM2 = 0.01  # of an area, and of a piece that is worth telling of
_SLIVER_KM2 = 0.0005  # what is left between two lines that are nearly the same is so small,
_THIN_KM = 0.003  # or so thin: a few times what rounding moves a line


class CannotRedraw(ValueError):
    """An area cannot look like this. why: "no_polygon", "too_small", "outside", or "covers" with the area that nothing would be
    left of."""

    def __init__(self, why: str, area: str | None = None) -> None:
        super().__init__(why)
        self.why, self.area = why, area


@dataclass(frozen=True, slots=True)
class Change:
    """What a new drawing changes. before, after: the two maps. areas: square kilometres before and after, by key, of those that
    change. places: (name, from, to). neighbours: pairs that are beside each other from now on (new) and no longer (lost)."""

    before: AreaMap
    after: AreaMap
    areas: Mapping[str, tuple[float, float]]
    places: tuple[tuple[str, str, str], ...]
    new: tuple[tuple[str, str], ...]
    lost: tuple[tuple[str, str], ...]


def redrawn(map_: AreaMap, key: str, outline: BaseGeometry) -> dict[str, BaseGeometry]:
    """What must be drawn, by area key, so that `key` looks like `outline`; empty when it does already.

    outline: (longitude, latitude) in WGS 84; what crosses itself is repaired, what lies outside the network is cut off. An area
    that is not among the answers stays as it is, to the metre. Raises CannotRedraw; KeyError for an area that is not there.
    """
    if all(area.key != key for area in map_.geography.areas):
        raise KeyError(key)
    mine = _usable(map_, outline)
    had = map_.outlines.get(key, shapely.Polygon())
    if _is_sliver(shapely.symmetric_difference(mine, had, grid_size=GRID)):
        return {}
    new = {key: mine}
    for other, shape in map_.outlines.items():
        if other != key and not _is_sliver(shapely.intersection(shape, mine, grid_size=GRID)):
            new[other] = polygons_of(shapely.difference(shape, mine, grid_size=GRID))
            if square_kilometres(new[other]) < LEAST_KM2:
                raise CannotRedraw("covers", other)
    for piece in shapely.get_parts(polygons_of(shapely.difference(had, mine, grid_size=GRID))):
        if (heir := _heir(map_, key, new, piece)) is not None:
            new[heir] = polygons_of(shapely.union(new.get(heir, map_.outlines[heir]), piece, grid_size=GRID))
        elif map_.geography.outline is not None:  # nobody is beside it: the area keeps it
            new[key] = polygons_of(shapely.union(new[key], piece, grid_size=GRID))
    return new


def change(before: AreaMap, after: AreaMap) -> Change:
    """What is different on the second map."""
    sizes = {
        area.key: (_size(before, area.key), _size(after, area.key))
        for area in before.geography.areas
        if not _is_sliver(shapely.symmetric_difference(_outline(before, area.key), _outline(after, area.key), grid_size=GRID))
    }
    then, now = before.areas, after.areas
    was = {(p.name, p.lat, p.lon): p.area for area in then.values() for p in area.places}
    places = [(p.name, was[p.name, p.lat, p.lon], p.area) for area in now.values() for p in area.places]
    pairs_then, pairs_now = _pairs(before), _pairs(after)
    return Change(
        before,
        after,
        sizes,
        tuple(sorted(moved for moved in places if moved[1] != moved[2])),
        tuple(sorted(pairs_now - pairs_then)),
        tuple(sorted(pairs_then - pairs_now)),
    )


def pieces(changed: Change) -> tuple[tuple[str, str, BaseGeometry], ...]:
    """What goes from one area to another: (from, to, polygons as (longitude, latitude) in WGS 84)."""
    found = []
    for before in changed.areas:
        for after in changed.areas:
            if before == after:
                continue
            both = shapely.intersection(_outline(changed.before, before), _outline(changed.after, after), grid_size=GRID)
            if not _is_sliver(piece := polygons_of(both)):
                found.append((before, after, piece))
    return tuple(found)


def _usable(map_: AreaMap, outline: BaseGeometry) -> BaseGeometry:
    shape = polygons_of(shapely.set_precision(shapely.make_valid(shapely.force_2d(outline)), GRID))
    if shape.is_empty:
        raise CannotRedraw("no_polygon")
    if map_.geography.outline is not None:
        shape = polygons_of(shapely.intersection(shape, map_.outline, grid_size=GRID))
        if shape.is_empty:
            raise CannotRedraw("outside")
    if square_kilometres(shape) < LEAST_KM2:
        raise CannotRedraw("too_small")
    return shape


def _heir(map_: AreaMap, key: str, new: Mapping[str, BaseGeometry], piece: BaseGeometry) -> str | None:
    """The area with the longest edge along a piece that is given up."""
    edge = piece.boundary.buffer(2 * GRID)
    shared = {
        other: new.get(other, shape).boundary.intersection(edge).length
        for other, shape in map_.outlines.items()
        if other != key and shape.intersects(edge)
    }
    best = max(shared, key=lambda other: shared[other], default=None)
    return best if best is not None and shared[best] > 4 * GRID else None


def _is_sliver(shape: BaseGeometry) -> bool:
    if shape.is_empty:
        return True
    parts = shapely.get_parts(polygons_of(FlatMap.at((shape.bounds[1] + shape.bounds[3]) / 2).flat(shape)))
    return all(part.area < max(_SLIVER_KM2, _THIN_KM * part.length / 2) for part in parts)


def _outline(map_: AreaMap, key: str) -> BaseGeometry:
    return map_.outlines.get(key, shapely.Polygon())


def _size(map_: AreaMap, key: str) -> float:
    return square_kilometres(_outline(map_, key))


def _pairs(map_: AreaMap) -> set[tuple[str, str]]:
    return {(a, b) for a, others in map_.neighbours.items() for b in others if a < b}
