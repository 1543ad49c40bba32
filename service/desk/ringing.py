"""Who is on the telephone now: one operator takes a caller, so that two do not speak over each other, and gives them back."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from dispatch.errors import AlreadyHandled, Outcome, TakenByOther
from dispatch.phone_calls import CallState, release_phone_call, take_phone_call
from service.desk.live import counts
from service.desk.look import names
from service.live import PHONE
from service.runtime import Runtime
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME, read_form
from service.web.render import render, texts_of, wants_part
from service.web.texts import N_, Texts
from sql import query

routes = web.RouteTableDef()

ENDED = N_("This call has ended.")
OTHER = N_("%(name)s talks with this caller already.")
A_COLLEAGUE = N_("A colleague")


@routes.get("/desk/phone")
async def phone(request: web.Request) -> web.Response:
    """Who phones, longest waiting first, danger before all; only the list for a page that is open."""
    return await _list(request)


async def _list(request: web.Request, problem: str = "", status: int = 200) -> web.Response:
    runtime, me = request.app[RUNTIME], viewer_of(request).person
    position = runtime.live.position
    rows = await runtime.pool.fetch(query("phone_calls_now"))
    calls = [_shown(row, me) for row in rows]
    opens = next((call["id"] for call in calls if call["mine"] or call["rings_only_here"]), None)
    template = "desk/phone_list.html" if wants_part(request) else "desk/phone.html"
    return render(
        request, template, status, phone_calls=sorted(calls, key=lambda call: not call["mine"]), problem=problem,
        opens=opens, position=position, desk=await counts(runtime), **names(runtime, texts_of(request)),
    )  # fmt: skip


def _shown(row: Mapping[str, Any], me: int | None) -> dict[str, Any]:
    """One caller. rings_here: at the viewer's own telephone, among others' perhaps; only there, nobody else can answer."""
    return {
        **row,
        "rings_only_here": row["operator_id"] is None and list(row["ringing"]) == [me],
        "mine": me is not None and row["operator_id"] == me,
        "rings_here": me in row["ringing"],
        "records": row["state"] == CallState.RECORDING,
    }


@routes.post("/desk/phone/{id}/{action}")
async def do(request: web.Request) -> web.Response:
    """Take a caller: their page opens. Or give them back."""
    runtime, by, action = request.app[RUNTIME], viewer_of(request).person, request.match_info["action"]
    call = _id(request.match_info["id"])
    if by is None or call is None or action not in ("take", "release"):
        raise web.HTTPNotFound
    form = await read_form(request)
    try:
        if action == "take":
            await take_phone_call(runtime.office, call, by, runtime.clock.now(), anyway=bool(form.get("anyway")))
        else:
            await release_phone_call(runtime.office, call, by, runtime.clock.now())
    except Outcome as outcome:
        if outcome.status == 404:
            raise web.HTTPNotFound from None
        return await _list(request, _words(outcome, texts_of(request)), outcome.status)
    runtime.live.changed(topics=[PHONE])
    raise web.HTTPSeeOther(f"/desk?call={call}" if action == "take" else "/desk/phone")


def _words(outcome: Outcome, words: Texts) -> str:
    if isinstance(outcome, TakenByOther):
        return words.gettext(OTHER) % {"name": outcome.params["helper"] or words.gettext(A_COLLEAGUE)}
    return words.gettext(ENDED) if isinstance(outcome, AlreadyHandled) else str(outcome)


async def caller_on_the_line(runtime: Runtime, call: str) -> Any:
    """The call that a form is opened for; None when there is none."""
    number = _id(call)
    return await runtime.pool.fetchrow(query("phone_call_shown"), number) if number is not None else None


def _id(text: str) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
    return number if number is not None and number < 2**63 else None
