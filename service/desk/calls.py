"""Whom to phone, because no SMS reaches them: one operator at a time takes a call on, and it ends reached, tried or handed on."""

from datetime import datetime
from typing import Any

from aiohttp import web

from bots.inbound_message import storable
from dispatch.calls import TAKEN_FOR, end_call, release_call, take_call
from dispatch.errors import Outcome
from service.desk.inbox import LONGEST, words_of
from service.desk.live import counts
from service.desk.look import names
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME, read_form
from service.web.outcomes import outcome_words
from service.web.render import render, texts_of, wants_part
from sql import query

routes = web.RouteTableDef()

SHOWN = 200
ENDS = {"reached": "reached", "no-answer": "no_answer", "hand-on": "handed_on"}


@routes.get("/desk/calls")
async def calls(request: web.Request) -> web.Response:
    """The list, longest waiting first; only the list for a page that is open."""
    return await _list(request)


async def _list(request: web.Request, problem: str = "", status: int = 200) -> web.Response:
    runtime, me = request.app[RUNTIME], viewer_of(request).person
    position, now = runtime.live.position, runtime.clock.now()
    rows = await runtime.pool.fetch(query("calls"), now, SHOWN)
    found = [_call(row, me, now) for row in rows]
    for call in found:
        call["words"] = words_of(runtime, call, call["language"])
    found.sort(key=lambda call: (not call["mine"], call["later"]))
    template = "desk/calls_list.html" if wants_part(request) else "desk/calls.html"
    return render(
        request, template, status, calls=found, problem=problem, position=position, desk=await counts(runtime),
        **names(runtime, texts_of(request)),
    )  # fmt: skip


def _call(row: Any, me: int | None, now: datetime) -> dict[str, Any]:
    """A row with who has it now. A call that was taken long ago is free again."""
    taken = row["taken_by"] is not None and row["taken_at"] > now - TAKEN_FOR
    return {
        **row,
        "number": row["phone"] or row["told_by_phone"] or row["phone_raw"],
        "mine": taken and row["taken_by"] == me,
        "other": (row["taken_by_name"] or "?") if taken and row["taken_by"] != me else "",
        "later": row["call_at"] is not None and row["call_at"] > now,
    }


@routes.post("/desk/calls/{id}/{action}")
async def do(request: web.Request) -> web.Response:
    """Take a call on, give it back, or say how it ended."""
    runtime, by = request.app[RUNTIME], viewer_of(request).person
    number, action = request.match_info["id"], request.match_info["action"]
    if by is None or not (number.isascii() and number.isdigit() and len(number) < 19):
        raise web.HTTPNotFound
    call, now = int(number), runtime.clock.now()
    note = storable((await read_form(request)).get("note", ""))[:LONGEST]
    try:
        if action == "take":
            await take_call(runtime.office, call, by, now)
        elif action == "release":
            await release_call(runtime.office, call, by, now)
        elif action in ENDS:
            await end_call(runtime.office, call, ENDS[action], by, now, note)
        else:
            raise web.HTTPNotFound
    except Outcome as outcome:
        if outcome.status == 404:
            raise web.HTTPNotFound from None
        return await _list(request, outcome_words(outcome, texts_of(request)), outcome.status)
    raise web.HTTPSeeOther("/desk/calls")
