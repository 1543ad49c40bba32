"""The board itself: its page, its live stream, its map."""

from typing import Any

from aiohttp import web

from geo.geojson import as_geojson
from service.board.cards import limit_of, load_cards, load_counts
from service.board.filters import read_filters
from service.board.lanes import EMPTY, LANES, URGENCIES
from service.board.live import BoardView
from service.runtime import Runtime
from service.sign_in.guard import current_viewer, viewer_of
from service.sign_in.permissions import Role
from service.web.context import RUNTIME, answer
from service.web.render import language_of, render, texts_of
from service.web.stream import stream
from sql import query

routes = web.RouteTableDef()


@routes.get("/board")
async def board(request: web.Request) -> web.Response:
    """Everything that is not ended, by column."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)
    position = runtime.live.position  # before the database is read: what comes later is told by the stream
    now, words = runtime.clock.now(), texts_of(request)
    filters = read_filters(request.query, viewer, runtime.network)
    lanes = await load_cards(runtime, filters, words, now)
    counts = await load_counts(runtime, filters, now)
    alerts = await runtime.pool.fetchrow(query("board_alerts"))
    return render(
        request, "board/board.html", filters=filters, lanes=lanes, counts=counts, lane_names=LANES, empty=EMPTY,
        urgencies=URGENCIES, position=position, calls=alerts["calls"], limit=limit_of(filters),
        is_lead=viewer.role is Role.AREA_LEAD, heartbeat=runtime.live.heartbeat,
        carriers=await runtime.health.states(), put_aside=runtime.reception.spool.put_aside,
    )  # fmt: skip


@routes.get("/board/live")
async def live(request: web.Request) -> web.StreamResponse:
    """What changes on the board as it changes (server-sent events); `since` is where the page was read."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)
    filters = read_filters(request.query, viewer, runtime.network)
    view = BoardView(runtime, filters, language_of(request))

    async def still_allowed() -> bool:
        now_there = await current_viewer(request)
        return now_there is not None and (now_there.role, now_there.area) == (viewer.role, viewer.area)

    return await stream(request, runtime.live, view, request.query.get("since"), still_allowed)


@routes.get("/board/map.json")
async def board_map(request: web.Request) -> web.Response:
    """The areas with what waits longest in each, and where the tasks are that the viewer may see."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)
    filters = read_filters(request.query, viewer, runtime.network)
    now = runtime.clock.now()
    rows = await runtime.pool.fetch(query("board_map"), *filters.values(now))
    waiting: dict[str | None, list[Any]] = {}
    for row in rows:
        if row["lane"] in ("human", "open"):
            waiting.setdefault(row["area"], []).append(row)
    shape = as_geojson(tuple(runtime.network.areas.values()), runtime.network.atlas.map.outlines)
    features = []
    for feature in shape["features"]:
        key = feature["properties"]["key"]
        here = waiting.get(key, [])
        oldest = min((row["created_at"] for row in here), default=None)
        minutes = int((now - oldest).total_seconds() // 60) if oldest else None
        properties = {**feature["properties"], "open": len(here), "minutes": minutes}
        features.append({**feature, "properties": properties})
    pins = [pin for row in rows if (pin := _pin(runtime, row))]
    return answer({"type": "FeatureCollection", "features": features, "pins": pins, "tiles": runtime.settings.map_tiles})


def _pin(runtime: Runtime, row: Any) -> dict[str, Any] | None:
    """A task on the map, at the place that the network knows; an address is not looked up anywhere."""
    area = runtime.network.areas.get(row["area"] or "")
    place = next((p for p in area.places if p.name == row["place"]), None) if area else None
    if place is None:
        return None
    return {"code": row["code"], "lat": place.lat, "lon": place.lon, "lane": row["lane"], "urgency": row["urgency"],
            "place": place.name}  # fmt: skip
