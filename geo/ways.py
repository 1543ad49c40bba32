"""How far it is when a lake lies in between: around it, or over it where there is a ferry or a bridge.

As the crow flies where nothing is in the way. Else the shortest way over the corners of what is in the way, and over its
crossings: the corners that see each other are found once (a visibility graph, with the shortest way between any two of them),
so that a question costs only to look which corners its two ends see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import hypot

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.cells import FlatMap, Point
from geo.distance import kilometres
from geo.model import Barrier, Spot
from geo.travel import Travel, minutes, minutes_a_km

_LINE_KM = 0.03  # half the width of a barrier that is drawn as a line
_SLACK_KM = 0.02  # along a shore is not over the lake
_SHORE_KM = 1.0  # so far from land something in a lake is on the shore, drawn roughly; further out it is on an island
_MOST_CORNERS = 160  # of all barriers: their outlines are simplified until they have no more
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Way:
    """A way from one spot to another. road_km: as the crow flies, around what is in the way. crossing_km: of it by a ferry,
    which takes crossing_minutes, the usual wait included."""

    road_km: float = 0.0
    crossing_km: float = 0.0
    crossing_minutes: float = 0.0

    @property
    def km(self) -> float:
        """How long the whole way is."""
        return self.road_km + self.crossing_km

    @property
    def effort_km(self) -> float:
        """How far it feels: a ferry counts as what a car would drive in its time."""
        return self.road_km + self.crossing_minutes / minutes_a_km(Travel.CAR)

    def __add__(self, other: Way) -> Way:
        return Way(
            self.road_km + other.road_km,
            self.crossing_km + other.crossing_km,
            self.crossing_minutes + other.crossing_minutes,
        )

    def minutes(self, travel: Travel) -> float:
        """How long it takes, in minutes."""
        return minutes(self.road_km, travel) + self.crossing_minutes


class Ways:
    """The ways in a network with these barriers. Immutable but for what it remembers; safe to share."""

    def __init__(self, barriers: Sequence[Barrier]) -> None:
        lats = [lat for b in barriers for lat in (b.outline.bounds[1], b.outline.bounds[3])]
        self._plan = FlatMap.at(sum(lats) / len(lats) if lats else None)
        solid = shapely.union_all([self._solid(barrier) for barrier in barriers]) if barriers else shapely.Polygon()
        self._whole = _with_few_corners(solid)
        self._inside = self._whole.buffer(-_SLACK_KM)
        shapely.prepare(self._inside)
        self.way = lru_cache(maxsize=_REMEMBERED)(self._way)
        self._seen = lru_cache(maxsize=_REMEMBERED)(self._seen_from)
        self._corners = np.empty((0, 2))
        if not self._inside.is_empty:
            self._link(barriers)

    def _solid(self, barrier: Barrier) -> BaseGeometry:
        shape = self._plan.flat(barrier.outline)
        return shape if shape.area > 0 else shape.buffer(_LINE_KM)

    def _link(self, barriers: Sequence[Barrier]) -> None:
        """Find the corners and the ends of crossings, which of them see each other, and the shortest way between any two."""
        crossings = [c for barrier in barriers for c in barrier.crossings]
        ends = [self._ashore(self._plan.point(*spot)) for c in crossings for spot in (c.start, c.end)]
        corners = [*_corners(self._whole), *ends]
        self._corners = np.array(corners).reshape(-1, 2)
        self._is_end = np.arange(len(corners)) >= len(corners) - len(ends)
        # road, crossing_km and minutes of the best way known between two corners; chosen by effort.
        legs = np.stack([np.array([self._sight(corner) for corner in corners]), *np.zeros((2, len(corners), len(corners)))])
        for number, crossing in enumerate(crossings):
            a, b = len(corners) - len(ends) + 2 * number, len(corners) - len(ends) + 2 * number + 1
            length = hypot(*(self._corners[a] - self._corners[b]))
            leg = (0.0, length, crossing.minutes) if crossing.minutes > 0 else (length, 0.0, 0.0)
            legs[:, a, b] = legs[:, b, a] = leg
        self._legs = _shortest(legs)

    def _ashore(self, point: Point) -> Point:
        """The point itself, or the shore if it lies a little out in the water."""
        if not self._is_out(point) or shapely.Point(point).distance(self._whole.boundary) > _SHORE_KM:
            return point
        return self._nearest_shore(point)

    def _is_out(self, point: Point) -> bool:
        return bool(shapely.intersects_xy(self._inside, *point))

    def _nearest_shore(self, point: Point) -> Point:
        x, y = shapely.shortest_line(shapely.Point(point), self._whole.boundary).coords[-1]
        return x, y

    def _sight(self, point: Point) -> NDArray[np.float64]:
        """Kilometres straight to each corner, infinite where something is in the way. Whoever is on an island that nobody has
        drawn sees the ends of crossings that are out in the same water."""
        lines = shapely.linestrings(np.stack([np.broadcast_to(point, self._corners.shape), self._corners], axis=1))
        barred = shapely.intersects(self._inside, lines)
        if self._is_out(point):
            barred &= ~(self._is_end & shapely.intersects_xy(self._inside, self._corners[:, 0], self._corners[:, 1]))
        far = np.hypot(*(self._corners - np.array(point)).T)
        return np.where(barred, np.inf, far)

    def _seen_from(self, spot: Spot) -> tuple[Point, NDArray[np.float64]]:
        """Where one begins, and how far it is to each corner that one sees from there."""
        point = self._ashore(self._plan.point(*spot))
        sight = self._sight(point)
        if np.isinf(sight).all():  # far out in the water, and nothing leads there
            point = self._nearest_shore(point)
            sight = self._sight(point)
        return point, sight

    def _way(self, start: Spot, end: Spot) -> Way:
        """The way between two spots (latitude and longitude, degrees in WGS 84); as the crow flies when no way is known."""
        straight = Way(kilometres(*start, *end))
        line = [self._plan.point(*start), self._plan.point(*end)]
        if not len(self._corners) or not shapely.intersects(self._inside, shapely.LineString(line)):
            return straight
        (here, near), (there, far) = self._seen(start), self._seen(end)
        if not shapely.intersects(self._inside, shapely.LineString([here, there])):
            return straight
        if self._is_out(here) and self._is_out(there) and np.isfinite(near + far).any():
            return straight  # on the same island, which nobody has drawn
        first, last = np.flatnonzero(np.isfinite(near)), np.flatnonzero(np.isfinite(far))
        if not len(first) or not len(last):
            return straight
        legs = self._legs[:, first[:, None], last[None, :]].copy()
        legs[0] += near[first][:, None] + far[last][None, :]
        ways = legs.reshape(3, -1)
        road, crossing, took = ways[:, int(np.argmin(_effort(ways)))].tolist()
        return Way(road, crossing, took) if np.isfinite(road) else straight


def _effort(legs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Way.effort_km of many ways at once. legs: (3, …), road, crossing_km, minutes."""
    effort: NDArray[np.float64] = legs[0] + legs[2] / minutes_a_km(Travel.CAR)
    return effort


def _shortest(legs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The way of least effort between any two corners (R. W. Floyd, "Algorithm 97: Shortest Path", CACM 5, 1962)."""
    effort = _effort(legs)
    np.fill_diagonal(effort, 0.0)
    for index in range(legs.shape[1]):
        legs[:, index, index] = 0.0
    for by in range(legs.shape[1]):
        through = effort[:, by, None] + effort[None, by, :]
        better = through < effort
        effort = np.where(better, through, effort)
        legs = np.where(better, legs[:, :, by, None] + legs[:, None, by, :], legs)
    return legs


def _with_few_corners(shape: BaseGeometry) -> BaseGeometry:
    """The shape, with its outline simplified as little as is needed, and without ponds and islets smaller than that."""
    tolerance = 0.05
    while shapely.get_num_coordinates(shape) > _MOST_CORNERS and tolerance < 100:
        least = tolerance**2
        parts = [
            shapely.Polygon(polygon.exterior, [ring for ring in polygon.interiors if shapely.Polygon(ring).area > least])
            for polygon in shapely.get_parts(shapely.simplify(shape, tolerance))
            if polygon.area > least
        ]
        shape, tolerance = shapely.union_all(parts), tolerance * 1.5
    return shape


def _corners(shape: BaseGeometry) -> list[Point]:
    """The corners that a shortest way can bend around: those that point out into the land."""
    found: list[Point] = []
    for polygon in shapely.get_parts(shapely.orient_polygons(shape)):
        for ring in (polygon.exterior, *polygon.interiors):
            at = np.array(ring.coords)[:-1]
            before, after = at - np.roll(at, 1, axis=0), np.roll(at, -1, axis=0) - at
            turns = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0] > 0  # to the left: the lake is on the left side
            found += [(float(x), float(y)) for x, y in at[turns]]
    return found
