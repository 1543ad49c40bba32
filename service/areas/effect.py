"""What a new drawing would change, before it is stored: areas, places, neighbours, open tasks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.area_map import AreaMap
from geo.redraw import Change, change, redrawn
from service.runtime import Runtime
from sql import query

MOST_TASKS = 80  # that are moved at once: a form has few fields


@dataclass(frozen=True, slots=True)
class Moving:
    """An open task that lies in another area on the new map."""

    code: str
    category: str | None
    state: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Effect:
    """drawings: what is to be stored, by area. unplaced: how many open tasks of the areas concerned have no position."""

    drawings: Mapping[str, BaseGeometry]
    change: Change
    tasks: tuple[Moving, ...]
    unplaced: int


async def effect_of(runtime: Runtime, key: str, outline: BaseGeometry) -> Effect:
    """What follows when this area is drawn like that. Raises CannotRedraw."""
    before = runtime.network.atlas.map
    # In a thread: the map is drawn anew for it.
    drawings, changed = await asyncio.to_thread(_drawn, before, key, outline)
    rows = await runtime.pool.fetch(query("areas_open_tasks"), list(changed.areas))
    placed = [(row, spot) for row in rows if (spot := _spot(before, row)) is not None]
    tasks = [
        Moving(row["code"], row["category"], row["state"], row["area"], now)
        for row, spot in placed
        if (now := changed.after.area_at(*spot)) is not None and now != row["area"] and before.area_at(*spot) == row["area"]
    ]
    return Effect(drawings, changed, tuple(tasks[:MOST_TASKS]), len(rows) - len(placed))


def _drawn(before: AreaMap, key: str, outline: BaseGeometry) -> tuple[dict[str, BaseGeometry], Change]:
    drawings = redrawn(before, key, outline)
    return drawings, change(before, AreaMap(before.geography, {**before.drawn, **drawings}))


def _spot(areas: AreaMap, row: Any) -> tuple[float, float] | None:
    """Where a task is: its own position, else its place's."""
    if row["lat"] is not None:
        return row["lat"], row["lon"]
    known = (p for area in areas.geography.areas for p in area.places if p.name == row["place"])
    return next(((p.lat, p.lon) for p in known if areas.area_at(p.lat, p.lon) == row["area"]), None)
