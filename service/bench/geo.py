"""How many positions find their area in a second on one core, beside bare shapely asked the same of the same polygons.

Bare shapely: STRtree.query with the predicate "intersects", of which the first polygon counts. The single points come one by
one, as requests do; the many come as arrays. Nothing of the database is touched.
"""

import itertools
import os
import statistics
import time
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.area_map import AreaMap
from geo.model import Area, Geography, Place
from service.bench.stage import Stage, Unverified
from service.bench.understand import pinned
from service.network_file import find_network_file, read_network

ROUNDS = 5
POINTS = 5_000  # of one round
AREAS, VERTICES = 300, 100  # of the large map
_SIDE = 20  # columns of the large map's areas


async def measure_geo(stage: Stage, seconds: float) -> dict[str, Any]:
    """Lookups a second, singly and many at once, on a small and a large map. Raises Unverified when an answer differs."""
    network = read_network(find_network_file("jonkoping"))
    before = pinned()
    try:
        maps = {"jonkoping": network.atlas.map, "large": large_map(AREAS, VERTICES, seed=1)}
        return {name: _measured(found, seconds / len(maps)) for name, found in maps.items()} | {
            "points_a_round": POINTS,
            "pinned_to_one_core": before is not None,
        }
    finally:
        if before is not None:
            os.sched_setaffinity(0, before)


def large_map(areas: int, vertices: int, seed: int) -> AreaMap:
    """A map of drawn areas side by side with winding edges, of about so many vertices each."""
    chance = Random(seed)
    steps = max(1, vertices // 4)
    edges: dict[tuple[tuple[int, int], tuple[int, int]], list[tuple[float, float]]] = {}

    def edge(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[float, float]]:
        """The winding way between two corners, the same from both sides. Without the end."""
        ends = (min(start, end), max(start, end))
        if ends not in edges:
            (x1, y1), (x2, y2) = ends
            inner = [(x1 + (x2 - x1) * n / steps, y1 + (y2 - y1) * n / steps) for n in range(1, steps)]
            moved = [(x + chance.uniform(-0.1, 0.1) * (y2 > y1), y + chance.uniform(-0.1, 0.1) * (x2 > x1)) for x, y in inner]
            edges[ends] = moved
        inner = edges[ends] if ends[0] == start else edges[ends][::-1]
        return [(float(start[0]), float(start[1])), *inner]

    drawn: dict[str, BaseGeometry] = {}
    for number in range(areas):
        x, y = number % _SIDE, number // _SIDE
        corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)]
        ring = [point for start, end in itertools.pairwise(corners) for point in edge(start, end)]
        drawn[f"a{number}"] = shapely.make_valid(shapely.Polygon([(14 + 0.05 * a, 57 + 0.03 * b) for a, b in ring]))
    parts = [Area(key, key, (Place(key, shape.centroid.y, shape.centroid.x, key),), ()) for key, shape in drawn.items()]
    return AreaMap(Geography(tuple(parts)), drawn)


def _measured(areas: AreaMap, seconds: float) -> dict[str, Any]:
    keys, shapes = list(areas.outlines), list(areas.outlines.values())
    tree = shapely.STRtree(shapes)
    west, south, east, north = shapely.total_bounds(np.array(shapes))
    random = np.random.default_rng(1)
    lons, lats = random.uniform(west, east, POINTS), random.uniform(south, north, POINTS)
    pairs = list(zip(lats.tolist(), lons.tolist(), strict=True))

    def bare(lat: float, lon: float) -> str | None:
        found = tree.query(shapely.Point(lon, lat), predicate="intersects")
        return keys[found.min()] if len(found) else None

    def bare_many() -> list[str | None]:
        points, polygons = tree.query(shapely.points(lons, lats), predicate="intersects")
        first = np.full(POINTS, len(keys))
        np.minimum.at(first, points, polygons)
        names = [*keys, None]
        return [names[number] for number in first.tolist()]

    verified = _verified(areas, pairs, [bare(*pair) for pair in pairs], bare_many(), areas.areas_at(lats, lons))
    single = _pair(
        lambda: [areas.area_at(lat, lon) for lat, lon in pairs], lambda: [bare(lat, lon) for lat, lon in pairs], seconds / 2
    )
    many = _pair(lambda: areas.areas_at(lats, lons), bare_many, seconds / 2)
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    return {"single": single, "many": many, "verified": verified, "areas": len(keys), "vertices": vertices}


def _pair(ours: Callable[[], object], floor: Callable[[], object], seconds: float) -> dict[str, float]:
    """Both by turns, so that a busy machine slows both."""
    rates: dict[str, list[float]] = {"ours": [], "floor": []}
    for _ in range(ROUNDS):
        for side, work in (("ours", ours), ("floor", floor)):
            rates[side].append(_rate(work, seconds / ROUNDS / 2))
    middle = {side: statistics.median(found) for side, found in rates.items()}
    return {**middle, "ratio": round(middle["ours"] / middle["floor"], 4)}


def _rate(work: Callable[[], object], seconds: float) -> float:
    done, began = 0, time.process_time()
    while True:
        work()
        done += POINTS
        if (took := time.process_time() - began) >= seconds:
            return done / took


def _verified(
    areas: AreaMap,
    pairs: list[tuple[float, float]],
    bare: list[str | None],
    bare_many: list[str | None],
    many: list[str | None],
) -> int:
    """How many answers are the same all four ways. Where bare shapely finds no polygon, inside the outline, ours has to."""
    for (lat, lon), key, other, ours_of_many in zip(pairs, bare, bare_many, many, strict=True):
        ours = areas.area_at(lat, lon)
        if ours != ours_of_many or key != other or (ours != key and key is not None):
            raise Unverified(f"geo: {lat}, {lon} is in {ours}, of many in {ours_of_many}, and for shapely in {key}, {other}")
    return len(pairs)
