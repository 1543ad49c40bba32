"""What a new drawing would change, before it is stored: areas, places, neighbours, open tasks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.area_map import AreaMap
from geo.model import Spot
from geo.redraw import Change, change, pieces, redrawn
from service.runtime import Runtime
from sql import query

MOST_TASKS = 80  # that are moved at once: a form has few fields


@dataclass(frozen=True, slots=True)
class Moving:
    """An open task that lies in another area on the new map. asked: how many people have been asked and not answered yet."""

    code: str
    category: str | None
    state: str
    before: str
    after: str
    asked: int


@dataclass(frozen=True, slots=True)
class Effect:
    """drawings: what is to be stored, by area. unplaced: how many open tasks of the areas concerned have no position.
    more: how many lie in another area, too, and are too many to be moved at once. pieces: (from, to, shape)."""

    drawings: Mapping[str, BaseGeometry]
    change: Change
    tasks: tuple[Moving, ...]
    unplaced: int
    more: int
    pieces: tuple[tuple[str, str, BaseGeometry], ...]


async def effect_of(runtime: Runtime, key: str, outline: BaseGeometry) -> Effect:
    """What follows when this area is drawn like that. Raises CannotRedraw."""
    before = runtime.network.atlas.map
    # In a thread: the map is drawn anew for it.
    drawings, changed, moving_pieces = await asyncio.to_thread(_drawn, before, key, outline)
    rows = await runtime.pool.fetch(query("areas_open_tasks"), list(changed.areas))
    places = places_of(before)
    placed = [(row, spot) for row in rows if (spot := spot_of(places, row)) is not None]
    tasks = [
        Moving(row["code"], row["category"], row["state"], row["area"], now, row["asked"])
        for row, spot in placed
        if (now := changed.after.area_at(*spot)) is not None and now != row["area"] and before.area_at(*spot) == row["area"]
    ]
    more = max(len(tasks) - MOST_TASKS, 0)
    return Effect(drawings, changed, tuple(tasks[:MOST_TASKS]), len(rows) - len(placed), more, moving_pieces)


def _drawn(
    before: AreaMap, key: str, outline: BaseGeometry
) -> tuple[dict[str, BaseGeometry], Change, tuple[tuple[str, str, BaseGeometry], ...]]:
    drawings = redrawn(before, key, outline)
    changed = change(before, AreaMap(before.geography, {**before.drawn, **drawings}))
    return drawings, changed, pieces(changed)


def places_of(areas: AreaMap) -> dict[tuple[str, str], Spot]:
    """Where the places are, by the key of the area that they lie in and their name."""
    return {(key, place.name): (place.lat, place.lon) for key, area in areas.areas.items() for place in area.places}


def spot_of(places: Mapping[tuple[str, str], Spot], row: Any, *, coarse: bool = False) -> Spot | None:
    """Where a task is: its own position, else its place's. coarse: its place's only, if it has one."""
    if row["lat"] is not None and not coarse:
        return row["lat"], row["lon"]
    return places.get((row["area"], row["place"]))
