"""The board itself: its page, its live stream, its map."""

from aiohttp import web

from service.board.cards import limit_of, load_cards, load_counts
from service.board.filters import read_filters
from service.board.lanes import EMPTY, LANES, URGENCIES
from service.board.live import BoardView
from service.board.overview import drawn
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
    """The areas with what waits longest in each, what nobody can cross, and where the tasks are that the viewer may see."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)
    filters = read_filters(request.query, viewer, runtime.network)
    now = runtime.clock.now()
    rows = await runtime.pool.fetch(query("board_map"), *filters.values(now))
    return answer({**drawn(runtime.network, rows, now), "tiles": runtime.settings.map_tiles})
