"""Boards: from a note that is sent to the API until the last of 500 open boards shows it, on the real program.

`python -m service.bench.boards` is the floor: a server that knows nothing and writes one finished chunk, as large as the
program's, to 500 plain streams in a loop.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web

from service.bench.intake import SERVE
from service.bench.stage import API_TOKEN, Server, Stage, Unverified, json_child, listens, median, web_child
from service.live import COALESCE, frame
from service.serve import listening, stop_signal
from service.settings import load_settings

STREAMS = 500
VIEWS = ("", "area=granna", "area=oster", "area=norra", "area=huskvarna", "category=groceries", "category=pharmacy",
         "urgency=high", "q=medicin", "lane=open")  # fmt: skip
TASKS = 200  # on the board
ROUNDS = 10  # at least; more until the seconds are over
WARM_UP = 3
EVENT = "event: cards\n"
AREAS = ("granna", "oster", "norra", "huskvarna")
FLOOR = ("-m", "service.bench.boards")
_BEARER = {"Authorization": f"Bearer {API_TOKEN}"}
Ask = Callable[..., Awaitable[Any]]


async def measure_boards(stage: Stage, seconds: float) -> dict[str, Any]:
    """Rounds of floor and program in turns until the program was measured for `seconds`. Raises Unverified."""
    async with contextlib.AsyncExitStack() as stack:
        program, plain = [await stack.enter_async_context(web_child(stage, what)) for what in (SERVE, FLOOR)]
        await asyncio.gather(listens(program), listens(plain))
        code = await _fill(program)
        ours = _Side(await _open(stack, stage, program, "/board/live?{}"), f"/api/v1/tasks/{code}/note")
        floor = _Side(await _open(stack, stage, plain, "/stream"), "/change")
        size = int((await ours.play({"text": "uppvärmning"}))["bytes"]) // STREAMS
        found: dict[str, list[dict[str, float]]] = {"floor": [], "ours": []}
        ends = time.monotonic() + 2 * seconds
        while len(found["ours"]) < WARM_UP + ROUNDS or time.monotonic() < ends:
            found["floor"].append(await floor.play({"size": size}))
            found["ours"].append(await ours.play({"text": f"anteckning {len(found['ours'])}"}))
    floors, ours_ms = ([r["last_ms"] for r in found[side][WARM_UP:]] for side in ("floor", "ours"))
    return _told(floors, ours_ms, size)


def _told(floors: list[float], ours: list[float], size: int) -> dict[str, Any]:
    gathered = COALESCE * 1000
    last, floor = median(ours, 1), median(floors, 1)
    return {
        "unit": "ms until the last board has it",
        "ours": last,
        "gathered": gathered,
        "floor": floor,
        "ratio": round(floor / max(last - gathered, 0.1), 3),
        "slowest": round(max(ours), 1),
        "floor_slowest": round(max(floors), 1),
        "streams": STREAMS,
        "views": len(VIEWS),
        "bytes_a_stream": size,
        "rounds": len(ours),
        "verified": {"frames": STREAMS * len(ours)},
    }


async def _fill(server: Server) -> str:
    """Open requests for the board to show. Returns the code of the first."""
    codes = []
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", headers=_BEARER) as session:
        for number in range(TASKS):
            need = {"phone": f"+46701{number:06}", "text": "Behöver mat och medicin", "category": "groceries"}
            async with session.post("/api/v1/needs", json=need | {"area": AREAS[number % len(AREAS)]}) as answer:
                if answer.status != 201:
                    raise Unverified(f"a request was answered {answer.status}: {(await answer.text())[:300]}")
                codes.append(str((await answer.json())["code"]))
    return codes[0]


async def _open(stack: contextlib.AsyncExitStack, stage: Stage, server: Server, path: str) -> Ask:
    ask = await stack.enter_async_context(json_child(stage, "service.bench.watchers"))
    requests = [_request("GET", path.format(VIEWS[n % len(VIEWS)])) for n in range(STREAMS)]
    opened = await ask(port=server.port, requests=requests, wanted="retry: ")
    if opened["served"] != STREAMS:
        raise Unverified(f"{opened['served']} of {STREAMS} streams were opened; {server.log.read_text()[-1000:]}")
    return ask


def _request(method: str, path: str, body: str = "") -> str:
    length = len(body.encode())
    kind = f"Authorization: Bearer {API_TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {length}"
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{kind}\r\n\r\n{body}"


class _Side:
    """One of the two servers, with all its streams open."""

    def __init__(self, ask: Ask, path: str) -> None:
        self._ask, self._path = ask, path

    async def play(self, change: dict[str, Any]) -> dict[str, float]:
        """One change: milliseconds until the last stream had it, and the bytes that came. Raises Unverified."""
        found: dict[str, float] = await self._ask(post=_request("POST", self._path, json.dumps(change)), wanted=EVENT)
        if found["served"] != STREAMS:
            raise Unverified(f"{self._path}: a change reached {found['served']:.0f} of {STREAMS} streams")
        return found


async def _floor() -> None:
    streams: list[web.StreamResponse] = []

    async def watch(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"retry: 2000\n\n")
        streams.append(response)
        await asyncio.Event().wait()
        return response

    async def change(request: web.Request) -> web.Response:
        chunk = frame("cards", "x" * int((await request.json())["size"]), "1")
        for response in streams:
            await response.write(chunk)
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/stream", watch)
    app.router.add_post("/change", change)
    stop, settings = stop_signal(), load_settings()
    async with listening(app, settings.host, settings.port):
        await stop.wait()


if __name__ == "__main__":
    from service.event_loop import run_async

    run_async(_floor())
