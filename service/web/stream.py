"""Server-sent events: one open answer a page, fed by the hub (service/live.py)."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from bots.inbound import DATABASE_DOWN
from service.live import Live, View, Watcher

HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # a proxy that gathers answers would keep the events
}
COME_BACK = b"retry: 2000\n\n"  # milliseconds until a browser that was cut off tries again
SEND_PATIENCE = 30.0  # seconds until a client that reads nothing is dropped


def set_up(app: web.Application, live: Live) -> None:
    """When the application stops, its streams end first: it would wait for them."""

    async def end(_app: web.Application) -> None:
        live.end()

    app.on_shutdown.append(end)


async def stream(
    request: web.Request, live: Live, view: View, since: str | None, still_allowed: Callable[[], Awaitable[bool]]
) -> web.StreamResponse:
    """Keep a page up to date until it goes, may not watch any more, or the process stops.

    since: `live.position` as it was before the page was read; a browser that comes back says itself where it was. The page
    gets the event "reread" when what it missed is not known. still_allowed is asked at every heartbeat. 503 when there are
    too many streams. Raises what `view.render` raises before anything was sent.
    """
    if live.full:
        raise web.HTTPServiceUnavailable(reason="too many pages are watching", headers={"Retry-After": "10"})
    response = web.StreamResponse(headers=HEADERS)
    with live.watch(view, request.transport) as watcher:
        missed = await live.catch_up(view, request.headers.get("Last-Event-ID") or since)
        try:
            await response.prepare(request)
            if request.method != "HEAD":
                await _feed(response, live, watcher, COME_BACK + missed, still_allowed)
        except (ConnectionError, TimeoutError):
            watcher.drop()
    return response


async def _feed(
    response: web.StreamResponse, live: Live, watcher: Watcher, first: bytes, still_allowed: Callable[[], Awaitable[bool]]
) -> None:
    loop = asyncio.get_running_loop()
    heartbeat = loop.time() + live.heartbeat
    frames: bytes | None = first
    while frames is not None and not watcher.gone:
        if frames:
            async with asyncio.timeout(SEND_PATIENCE):
                await response.write(frames)
        frames = await watcher.next(heartbeat - loop.time())
        if frames is not None and loop.time() >= heartbeat:
            heartbeat = loop.time() + live.heartbeat
            if not await _allowed(still_allowed):
                return
            frames = frames or live.still_here()


async def _allowed(still_allowed: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await still_allowed()
    except DATABASE_DOWN:
        return True  # nothing new can be read meanwhile either
