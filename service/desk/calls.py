"""Whom to phone, because no SMS reaches them: one operator at a time takes a call on, and it ends reached, tried or handed on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from bots.inbound_message import storable
from dispatch.calls import TAKEN_FOR, end_call, release_call, take_call
from dispatch.errors import Outcome
from dispatch.handlers import Act, act
from dispatch.phones import ABROAD, DEAR
from service.desk.inbox import LONGEST, words_of
from service.desk.live import counts
from service.desk.look import names
from service.runtime import Runtime
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME, read_form
from service.web.outcomes import outcome_words
from service.web.render import render, texts_of, wants_part
from service.web.texts import N_
from sql import query

routes = web.RouteTableDef()

# What a helper and the coordinators write to each other is not for others to read aloud.
IN_CONFIDENCE = N_("A coordinator has something to say in confidence: hand it on.")

SHOWN = 200
ENDS = {"reached": "reached", "no-answer": "no_answer", "hand-on": "handed_on"}
# How things stand with a task: what comes after it makes it old.
NEWS = frozenset(
    {
        "received", "received_night", "received_service", "coming", "on_the_way", "with_service", "planned", "plan_changed",
        "waits_for_service", "helper_withdrew",
    }
)  # fmt: skip
# Why it is for a human to decide whether to phone such a number.
WARNINGS = {
    DEAR: N_("The number costs extra to phone."),
    ABROAD: N_("The number is abroad, in a country that this network does not text or phone by itself."),
}
ANSWERS = {"helped": "confirm", "not-helped": "deny"}


@routes.get("/desk/calls")
async def calls(request: web.Request) -> web.Response:
    """The list, longest waiting first; only the list for a page that is open."""
    return await _list(request)


async def _list(request: web.Request, problem: str = "", status: int = 200) -> web.Response:
    runtime, me = request.app[RUNTIME], viewer_of(request).person
    position, now = runtime.live.position, runtime.clock.now()
    rows = await runtime.pool.fetch(query("calls"), now, SHOWN)
    secret = texts_of(request).gettext(IN_CONFIDENCE)
    told = [{**row, "words": secret if row["is_confidential"] else words_of(runtime, row, row["language"])} for row in rows]
    found = _by_person(told, me, now)
    template = "desk/calls_list.html" if wants_part(request) else "desk/calls.html"
    return render(
        request, template, status, calls=found, problem=problem, position=position, desk=await counts(runtime),
        **names(runtime, texts_of(request)),
    )  # fmt: skip


def _by_person(rows: list[dict[str, Any]], me: int | None, now: datetime) -> list[dict[str, Any]]:
    """One call for each person, with everything that is to be said in it in order; it goes by its oldest message."""
    people: dict[int, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["id"]):
        people.setdefault(row["person_id"], []).append(row)
    found = [_call(waiting, me, now) for waiting in people.values()]
    return sorted(found, key=lambda call: (not call["mine"], call["later"]))


def _call(waiting: list[dict[str, Any]], me: int | None, now: datetime) -> dict[str, Any]:
    """One person with who phones now. A call that was taken long ago is free again."""
    row = waiting[0]
    taken = [w for w in waiting if w["taken_by"] is not None and w["taken_at"] > now - TAKEN_FOR]
    other = next((w for w in taken if w["taken_by"] != me), None)
    return {
        **row,
        "number": row["phone"] or row["told_by_phone"] or row["phone_raw"],
        "mine": bool(taken) and other is None,
        "other": (other["taken_by_name"] or "?") if other else "",
        "taken_at": other["taken_at"] if other else None,
        "later": row["call_at"] is not None and row["call_at"] > now,
        "waiting": [{**w, "is_old": _is_old(w, waiting)} for w in waiting],
        "warning": next((WARNINGS[w["error"]] for w in waiting if w["error"] in WARNINGS), ""),
        "others": " ".join(str(w["id"]) for w in waiting[1:]),
    }


def _is_old(message: Mapping[str, Any], waiting: list[dict[str, Any]]) -> bool:
    """Has the task gone on since, so that nobody needs to hear this any more?"""
    later = any(w["task"] == message["task"] and w["id"] > message["id"] for w in waiting)
    return message["kind"] in NEWS and (later or message["task_state"] in ("done", "closed", "cancelled"))


@routes.post("/desk/calls/{id}/{action}")
async def do(request: web.Request) -> web.Response:
    """Take a call on, give it back, or say how it ended."""
    by, action, call = viewer_of(request).person, request.match_info["action"], _id(request.match_info["id"])
    if by is None or call is None or action not in ("take", "release", *ANSWERS, *ENDS):
        raise web.HTTPNotFound
    try:
        await _do(request.app[RUNTIME], action, call, by, await read_form(request))
    except Outcome as outcome:
        if outcome.status == 404:
            raise web.HTTPNotFound from None
        return await _list(request, outcome_words(outcome, texts_of(request)), outcome.status)
    raise web.HTTPSeeOther("/desk/calls")


async def _do(runtime: Runtime, action: str, call: int, by: int, form: Mapping[str, str]) -> None:
    office, now, note = runtime.office, runtime.clock.now(), storable(form.get("note", ""))[:LONGEST]
    others = [number for number in map(_id, form.get("others", "").split()[:SHOWN]) if number is not None]
    if action == "take":
        await take_call(office, call, by, now)
    elif action == "release":
        await release_call(office, call, by, now)
    elif action in ANSWERS:  # to the question whether help came: only that is over, whatever else is to be said
        await act(office, ANSWERS[action], Act(storable(form.get("code", "")), by=by), now)
        await end_call(office, call, "reached", by, now, note)
        if others:
            await take_call(office, others[0], by, now)
    else:
        await end_call(office, call, ENDS[action], by, now, note, others)


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
