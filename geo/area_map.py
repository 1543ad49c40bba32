"""The map of a network's areas: what each looks like, in which one a position lies, and which lie beside each other.

An area looks as somebody has drawn it; one that nobody has drawn gets, of what is left of the network's outline, all that is
closer to one of its places (or of its postcodes' addresses) than to any other area's. So the areas divide the outline between
them: every point in it belongs to exactly one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.cells import FlatMap, Point, cells, holders
from geo.geojson import mended, polygons_of
from geo.grid import Grid
from geo.model import Area, Geography, Spot
from geo.neighbours import neighbours

_THREAD_KM = 0.003  # half the width of what is no part of an area, but a line drawn twice


class AreaMap:
    """The areas as they are now. Immutable, safe to share between tasks and threads.

    outlines: by area key, as (longitude, latitude) in WGS 84, none over another; an area without a drawing, places and
    addresses has none. outline: the network's, around them all. drawn: what somebody has drawn, as it was drawn.
    neighbours: area keys by area key, nearest first (geo/neighbours.py). areas: by key, each with the places that lie in
    it: where an area is drawn, its outline says more of a place than the list that the network file has it in.
    """

    def __init__(
        self,
        geography: Geography,
        drawn: Mapping[str, BaseGeometry] | None = None,
        postcode_spots: Mapping[str, Sequence[Spot]] | None = None,
    ) -> None:
        """drawn: polygons by area key, (longitude, latitude) in WGS 84, valid. postcode_spots: by area key, where addresses
        with the area's postcodes are."""
        self.geography = geography
        keys = [area.key for area in geography.areas]
        self.drawn = {key: drawn[key] for key in keys if drawn and key in drawn}
        self._plan = _plan_of(geography, self.drawn)
        points = self._plan.points(geography.areas)
        for key, spots in (postcode_spots or {}).items():
            if key in points:
                points[key] = list(dict.fromkeys([*points[key], *(self._plan.point(*spot) for spot in spots)]))
        whole, parts = _divide(geography, self._plan, points, {key: self._plan.flat(shape) for key, shape in self.drawn.items()})
        ordered = [key for key in keys if key in parts]
        # Not rounded: GEOS cannot round all that people draw, and who shows an outline rounds it (geo/geojson.py).
        self.outlines = {key: mended(self._plan.degrees(parts[key])) for key in ordered}
        self.outline = mended(self._plan.degrees(whole))
        self._flat_outline = whole
        self._keys = list(self.outlines)
        self._flat = [self._plan.flat(shape) for shape in self.outlines.values()]
        self._flat_tree = shapely.STRtree(self._flat)
        self._grid = Grid(self.outlines)
        shapely.prepare(self.outline)
        self.neighbours = neighbours(geography.areas, points, parts, self._barred(), self._crossed())
        self.areas = self._with_their_places()

    def area_at(self, lat: float, lon: float) -> str | None:
        """The area that a position lies in; None outside the network's outline. On an edge it is the first of the areas that
        meet there, in a gap between them the nearest one: inside the outline there is always exactly one."""
        key = self._grid.area_at(lat, lon)
        if key is None and self._keys and shapely.intersects_xy(self.outline, lon, lat):
            return self.nearest(lat, lon)[0]
        return key

    def areas_at(self, lats: NDArray[np.float64], lons: NDArray[np.float64]) -> list[str | None]:
        """As `area_at`, for many positions at once."""
        found = self._grid.numbers_at(lats, lons)
        open_ = np.flatnonzero(found < 0)
        if self._keys and open_.size:
            gaps = open_[shapely.intersects_xy(self.outline, lons[open_], lats[open_])]
            for at in gaps.tolist():
                found[at] = self._keys.index(self.nearest(float(lats[at]), float(lons[at]))[0])
        names = [*self._keys, None]
        return [names[number] for number in found.tolist()]

    def nearest(self, lat: float, lon: float) -> tuple[str, float]:
        """The area nearest to a position, and how many kilometres away it is, 0 inside. Raises LookupError on an empty map."""
        if not self._keys:
            raise LookupError("the map has no areas")
        here = shapely.Point(self._plan.point(lat, lon))
        found, distance = self._flat_tree.query_nearest(here, return_distance=True, all_matches=True)
        return self._keys[int(found.min())], float(distance[0])

    def outside_km(self, lat: float, lon: float) -> float:
        """How many kilometres outside the network's outline a position lies; 0 inside it."""
        return float(self._flat_outline.distance(shapely.Point(self._plan.point(lat, lon))))

    def _with_their_places(self) -> dict[str, Area]:
        places = [place for area in self.geography.areas for place in area.places]
        if self.drawn:
            keys = [self.area_at(place.lat, place.lon) for place in places]
            places = [replace(p, area=key) if key in self.drawn and key else p for p, key in zip(places, keys, strict=True)]
        return {area.key: replace(area, places=tuple(p for p in places if p.area == area.key)) for area in self.geography.areas}

    def _barred(self) -> BaseGeometry | None:
        barriers = [self._plan.flat(barrier.outline) for barrier in self.geography.barriers]
        return shapely.union_all(barriers) if barriers else None

    def _crossed(self) -> list[tuple[str, str]]:
        """The pairs of areas that a crossing leads between."""
        ends = [
            (self.area_at(*crossing.start), self.area_at(*crossing.end))
            for barrier in self.geography.barriers
            for crossing in barrier.crossings
        ]
        return [(a, b) for a, b in ends if a is not None and b is not None and a != b]


def _plan_of(geography: Geography, drawn: Mapping[str, BaseGeometry]) -> FlatMap:
    lats = [place.lat for area in geography.areas for place in area.places]
    shapes = [geography.outline] if geography.outline is not None else list(drawn.values())
    for shape in () if lats else shapes:
        lats += [shape.bounds[1], shape.bounds[3]]
    return FlatMap.at(sum(lats) / len(lats) if lats else None)


def _divide(
    geography: Geography, plan: FlatMap, points: Mapping[str, Sequence[Point]], drawn: Mapping[str, BaseGeometry]
) -> tuple[BaseGeometry, dict[str, BaseGeometry]]:
    """The network's outline, and each area's part of it, on the flat map. Where two drawings lie over each other, the area that
    comes first has it."""
    parts: dict[str, BaseGeometry] = {}
    for key, shape in drawn.items():
        others = [part for part in parts.values() if part.intersects(shape)]
        parts[key] = shape.difference(shapely.union_all(others)) if others else shape
    left = [area for area in geography.areas if area.key not in drawn]
    # A spot that several areas name belongs to the first of them.
    spots = {point: keys[:1] for point, keys in holders({area.key: points[area.key] for area in left}).items()}
    around, undrawn = cells(spots) if spots else (shapely.Polygon(), {})
    taken = shapely.union_all(list(parts.values())) if parts else shapely.Polygon()
    if geography.outline is None:
        whole = shapely.union_all([taken, around]) if parts else around
    else:
        whole = plan.flat(geography.outline)
        around, undrawn = cells(spots, whole) if spots else (around, undrawn)
    for key, shape in undrawn.items():
        parts[key] = _without_threads(shape.difference(taken)) if drawn else shape
    if geography.outline is not None:
        parts = {key: shape.intersection(whole) for key, shape in parts.items()}
    # Shapes that only touch leave lines and points behind.
    parts = {key: polygons_of(shape) for key, shape in parts.items()}
    return whole, {key: shape for key, shape in parts.items() if not shape.is_empty}


def _without_threads(shape: BaseGeometry) -> BaseGeometry:
    """Without the threads that are left between a drawing and a line that it nearly follows: they would make neighbours of areas
    that are far apart. Whoever is nearest has them."""
    parts = [part for part in shapely.get_parts(polygons_of(shape)) if not part.buffer(-_THREAD_KM).is_empty]
    return shapely.union_all(parts) if parts else shapely.Polygon()
