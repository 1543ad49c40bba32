"""The shared inbox: words that only a human can deal with. One operator at a time takes them, and nothing leaves the inbox
without an answer, a request, or somebody to whom it was handed on."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from aiohttp import web

from bots.inbound_message import storable
from dispatch import store
from dispatch.errors import Outcome
from dispatch.handlers import Act, act
from service.board.lanes import OTHER_REASON, REASONS
from service.desk.live import MATTERS, counts
from service.desk.look import names
from service.desk.where import found_for_change
from service.runtime import Runtime
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME, read_form
from service.web.outcomes import field_of, outcome_words
from service.web.render import render, texts_of, wants_part
from service.web.texts import N_
from sql import query

routes = web.RouteTableDef()

SHOWN = 200
TALK_SHOWN = 40
LONGEST = 2000  # characters of a note
# How something may leave the inbox, and what is said then.
ENDED = {
    "answer": N_("%(code)s is answered and closed."),
    "said": N_("%(code)s is answered and closed."),
    "request": N_("%(code)s is a request now, and somebody is looked for."),
    "merge": N_("%(code)s is part of the other request now."),
    "hand-on": N_("%(code)s is handed on to the coordinator."),
    "release": N_("%(code)s is back in the inbox for somebody else."),
}


@routes.get("/desk/inbox")
async def inbox(request: web.Request) -> web.Response:
    """What waits, danger first, then longest waiting first; only the list for a page that is open."""
    runtime = request.app[RUNTIME]
    position = runtime.live.position
    rows = await runtime.pool.fetch(query("desk_inbox"), list(MATTERS), SHOWN, None)
    how, code = request.query.get("how", ""), request.query.get("ended", "")[:12]
    ended = texts_of(request).gettext(ENDED[how]) % {"code": code} if how in ENDED and code else ""
    template = "desk/inbox_list.html" if wants_part(request) else "desk/inbox.html"
    return render(
        request, template, rows=rows, ended=ended, me=viewer_of(request).person, position=position,
        **await _context(request),
    )  # fmt: skip


async def _context(request: web.Request) -> dict[str, Any]:
    runtime = request.app[RUNTIME]
    return {
        "reasons": REASONS, "other_reason": OTHER_REASON, "desk": await counts(runtime), **names(runtime, texts_of(request)),
    }  # fmt: skip


@routes.get("/desk/inbox/{code}")
async def item(request: web.Request) -> web.Response:
    """One of them: who wrote, the whole conversation, and what can be done."""
    return await _item(request, request.match_info["code"].upper())


async def _item(
    request: web.Request, code: str, problems: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.Response:  # fmt: skip
    runtime = request.app[RUNTIME]
    position = runtime.live.position
    row = await runtime.pool.fetchrow(query("desk_inbox"), list(MATTERS), 1, code)
    if row is None:
        if problems:  # it has left the inbox meanwhile: whoever tried hears why nothing happened
            return render(request, "desk/gone.html", status, code=code, problem=next(iter(problems.values())),
                          position=position, **await _context(request))  # fmt: skip
        raise web.HTTPNotFound
    talk = await runtime.pool.fetch(query("desk_talk"), row["person_id"], TALK_SHOWN)
    others = await runtime.pool.fetch(query("desk_others"), row["person_id"], row["id"])
    files = await runtime.pool.fetch(query("desk_files"), row["id"])
    return render(
        request, "desk/item.html", status, row=row, talk=[_said(runtime, line, row["language"]) for line in reversed(talk)],
        others=others, files=files, me=viewer_of(request).person, problems=problems or {}, typed=typed or {}, position=position,
        **await _context(request),
    )  # fmt: skip


def _said(runtime: Runtime, line: Any, language: str) -> dict[str, Any]:
    """One message in words; one that is not worded yet is worded now."""
    return {**line, "words": words_of(runtime, line, language)}


def words_of(runtime: Runtime, line: Any, language: str) -> str:
    """What a message of the outbox says, or will say; what was written, for one of the inbox."""
    if line["body"] is not None:
        return str(line["body"])
    in_chat = line.get("channel") == "telegram"
    try:
        return runtime.wording(line["kind"], orjson.loads(line["params"]), language, "telegram" if in_chat else "sms")
    except (KeyError, IndexError, ValueError):  # a text that an older release knew
        return str(line["kind"])


@routes.post("/desk/inbox/{code}/{action}")
async def do(request: web.Request) -> web.Response:
    """Take it, or end it."""
    code, action = request.match_info["code"].upper(), request.match_info["action"]
    carry_out = ACTIONS.get(action)
    by = viewer_of(request).person
    if carry_out is None or by is None:
        raise web.HTTPNotFound
    form = {name: storable(value).strip() for name, value in (await read_form(request)).items()}
    words = texts_of(request)
    try:
        if problems := {name: words.gettext(said) for name, said in _problems(action, form).items()}:
            return await _item(request, code, problems, form, 422)
        await carry_out(request.app[RUNTIME], code, form, by)
    except Outcome as outcome:
        name = field_of(outcome) or "form"
        if outcome.status == 404:
            raise web.HTTPNotFound from None
        return await _item(request, code, {name: outcome_words(outcome, words)}, form, outcome.status)
    if action in ENDED:
        raise web.HTTPSeeOther(f"/desk/inbox?how={action}&ended={code}")
    raise web.HTTPSeeOther(f"/desk/inbox/{code}")


def _problems(action: str, form: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if action in ("answer", "said") and not form.get("text"):
        found["text"] = N_("Write what the answer is.")
    if action == "request" and not form.get("category"):
        found["category"] = N_("Choose the kind of help.")
    if action == "request" and not form.get("area"):
        found["area"] = N_("Choose the area.")
    if action == "merge" and not form.get("into"):
        found["into"] = N_("Choose the request.")
    if action == "hand-on" and not form.get("note"):
        found["note"] = N_("Write what the coordinator should know.")
    for name in ("text", "note"):
        if len(form.get(name, "")) > LONGEST:
            found[name] = N_("That is too long.")
    return found


def _seen(form: Mapping[str, str]) -> int | None:
    """The last event that the page showed."""
    seen = form.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 18 else None


async def _take(runtime: Runtime, code: str, form: Mapping[str, str], by: int) -> None:
    details = {"anyway": True} if form.get("anyway") else {}
    await act(runtime.office, "acknowledge", Act(code, by=by, details=details), runtime.clock.now())


async def _answer(runtime: Runtime, code: str, form: Mapping[str, str], by: int) -> None:
    await act(runtime.office, "answer", Act(code, text=form["text"], by=by, seen=_seen(form)), runtime.clock.now())


async def _phoned(runtime: Runtime, code: str, form: Mapping[str, str], by: int) -> None:
    command = Act(code, text=form["text"], by=by, seen=_seen(form), details={"said": True})
    await act(runtime.office, "answer", command, runtime.clock.now())


async def _make_request(runtime: Runtime, code: str, form: Mapping[str, str], by: int) -> None:
    details: dict[str, Any] = {name: form[name] for name in ("category", "area", "address", "wanted") if form.get(name)}
    details["urgency"] = "high" if form.get("urgent") else "normal"
    details["as_request"] = True
    async with runtime.pool.acquire() as connection:
        details = await found_for_change(runtime, details, (await store.case_by_code(connection, code)).need)
    await act(runtime.office, "change", Act(code, by=by, seen=_seen(form), details=details), runtime.clock.now())


async def _merge(runtime: Runtime, code: str, form: Mapping[str, str], by: int) -> None:
    command = Act(code, by=by, seen=_seen(form), details={"into": form["into"]})
    await act(runtime.office, "merge", command, runtime.clock.now())


async def _release(runtime: Runtime, code: str, form: Mapping[str, str], by: int) -> None:
    await act(runtime.office, "release", Act(code, text=form.get("note", ""), by=by), runtime.clock.now())


async def _hand_on(runtime: Runtime, code: str, form: Mapping[str, str], by: int) -> None:
    command = Act(code, text=form["note"], by=by, details={"to_coordinator": True})
    await act(runtime.office, "release", command, runtime.clock.now())


ACTIONS: Mapping[str, Callable[[Runtime, str, Mapping[str, str], int], Awaitable[None]]] = {
    "take": _take,
    "answer": _answer,
    "said": _phoned,
    "request": _make_request,
    "merge": _merge,
    "hand-on": _hand_on,
    "release": _release,
}
