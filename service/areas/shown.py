"""What the areas' page shows beside outlines: open tasks as pins, what a drawing would move, what is wrong with the map."""

import asyncio
from collections.abc import Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from dispatch.areas import load_outlines
from dispatch.model import TaskState
from geo.area_check import Finding, check_areas
from geo.area_map import AreaMap
from geo.cells import square_kilometres
from geo.geojson import geometry_as_geojson
from service.areas.effect import Effect, Moving, places_of, spot_of
from service.board.cards import category_name
from service.board.lanes import STATES
from service.runtime import Runtime
from service.web.texts import N_, Texts
from sql import query

# By the kind of a finding (geo/area_check.py) and how many areas it has.
FINDINGS = {
    ("overlap", 2): N_("%(one)s and %(other)s overlap in %(km2)s km² near %(at)s. It goes to %(one)s. Move one of the edges."),
    ("sliver", 2): N_("%(one)s and %(other)s overlap in a sliver near %(at)s. It goes to %(one)s, and harms nobody."),
    ("sliver", 1): N_("A sliver near %(at)s is in no area. It goes to %(one)s, and harms nobody."),
    ("hole", 1): N_("%(km2)s km² near %(at)s are in no area. Requests from there go to %(one)s. Draw it into one."),
    ("place", 2): N_(
        "%(place)s is a place of %(one)s, but lies in %(other)s, which is asked. Move the boundary, or mend the file."
    ),
    ("place", 1): N_("%(place)s is a place of %(one)s, but lies outside the network. Mend its position, or the outline."),
    ("nothing", 1): N_("%(one)s is nowhere on the map. Draw it, or give it places that lie in it."),
    ("unknown", 1): N_("%(one)s is drawn, and is no area of the network file. The drawing is not used."),
    ("island", 1): N_("%(one)s has parts apart from the rest, %(km2)s km² in all, near %(at)s."),
}


async def pins(runtime: Runtime, words: Texts) -> list[dict[str, Any]]:
    """The open tasks that have a spot; one of a resident with a protected identity only at its place."""
    areas = runtime.network.atlas.map
    places, told = places_of(areas), []
    for row in await runtime.pool.fetch(query("areas_open_tasks"), list(areas.outlines)):
        spot = spot_of(places, row, coarse=row["protected"])
        if spot is not None:
            say = f"{row['code']}: {category_name(runtime, row['category'], words)}, {_state(row['state'], words)}"
            told.append({"lat": spot[0], "lon": spot[1], "say": say})
    return told


def task_told(task: Moving, runtime: Runtime, words: Texts) -> str:
    """A task that a drawing moves, on one line: category, state, and how many are asked already."""
    told = f"{category_name(runtime, task.category, words)}, {_state(task.state, words)}"
    if not task.asked:
        return told
    asked = words.ngettext("%(n)s person is asked already", "%(n)s people are asked already", task.asked) % {"n": task.asked}
    return f"{told}, {asked}"


def _state(state: str, words: Texts) -> str:
    said = words.gettext(STATES[TaskState(state)])
    return said[:1].lower() + said[1:]


def pieces_drawn(effect: Effect, key: str, runtime: Runtime, words: Texts) -> dict[str, Any]:
    """What goes from one area to another, as GeoJSON with `say` and `kind`: "won" or "given" by the area, or "other"."""
    name, said = runtime.network.area_name, words.gettext("from %(before)s to %(after)s")

    def kind(before: str, after: str) -> str:
        return "won" if after == key else "given" if before == key else "other"

    return _collection(
        (said % {"before": name(before), "after": name(after)}, kind(before, after), shape)
        for before, after, shape in effect.pieces
    )


async def findings(runtime: Runtime) -> tuple[Finding, ...]:
    """What `budkavle areas check` says of the map as it is."""
    async with runtime.pool.acquire() as connection:
        _, drawn = await load_outlines(connection)
    # In a thread: every edge is laid over every other.
    return await asyncio.to_thread(check_areas, runtime.network.atlas.map, drawn)


def finding_told(finding: Finding, areas: AreaMap, names: Mapping[str, str], words: Texts) -> str:
    """A finding in the reader's language."""
    shape = finding.where
    spot = shape.representative_point() if shape is not None else None
    known = (p.name for a in areas.geography.areas for p in a.places if spot is not None and (p.lat, p.lon) == (spot.y, spot.x))
    said = words.gettext(FINDINGS[finding.kind, len(finding.areas)])
    return said % {
        "one": names.get(finding.areas[0], finding.areas[0]),
        "other": names.get(finding.areas[-1], finding.areas[-1]),
        "km2": f"{square_kilometres(shape):.2f}" if shape is not None and shape.area else "",
        "at": f"{spot.y:.4f}, {spot.x:.4f}" if spot is not None else "",
        "place": next(known, ""),
    }


def findings_drawn(told: list[tuple[Finding, str]]) -> dict[str, Any]:
    """The findings that have an extent, as GeoJSON with `say` and the kind "wrong"."""
    return _collection((say, "wrong", f.where) for f, say in told if f.is_wrong and f.where is not None and f.where.area)


def _collection(shapes: Any) -> dict[str, Any]:
    def feature(say: str, kind: str, shape: BaseGeometry) -> dict[str, Any]:
        return {"type": "Feature", "properties": {"say": say, "kind": kind}, "geometry": geometry_as_geojson(shape)}

    return {"type": "FeatureCollection", "features": [feature(*one) for one in shapes]}
