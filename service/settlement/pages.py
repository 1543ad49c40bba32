"""/settlement: a month's expenses, approved, paid back, rejected, their receipts asked for; and the same as a file."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from babel.dates import format_date

from bots.inbound_message import storable
from dispatch.errors import BadRequest, Outcome
from dispatch.money import in_kronor
from dispatch.settlement import LONGEST_REASON, Action, Month, Settle, month_of, read_month, settle
from service.runtime import Runtime
from service.settlement.view import STATES, WAYS, as_csv, months, organisations, total
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME, read_form
from service.web.outcomes import outcome_words
from service.web.render import render, texts_of
from service.web.texts import N_
from sql import query

routes = web.RouteTableDef()

LONGEST_NAME = 200  # characters of an organisation's name
# What a button of the form does: the action, and how it is paid.
BUTTONS: Mapping[str, tuple[Action, str | None]] = {
    "approve": (Action.APPROVE, None),
    "swish": (Action.PAY, "swish"),
    "invoice": (Action.PAY, "invoice"),
    "reject": (Action.REJECT, None),
}
DONE = {
    Action.APPROVE: N_("Approved."),
    Action.PAY: N_("Noted as paid back. The helper is told."),
    Action.REJECT: N_("Rejected. The helper is told why."),
    Action.ASK: N_("The helper is asked for the receipt."),
}
NOTHING = N_("Tick what it is about, and write why when you reject something.")


@routes.get("/settlement")
async def overview(request: web.Request) -> web.Response:
    """A month's expenses, by organisation and helper."""
    return await _page(request, request.query)


@routes.get("/settlement.csv")
async def download(request: web.Request) -> web.Response:
    """The same as a file for a spreadsheet."""
    runtime = request.app[RUNTIME]
    month, organisation = _chosen(runtime, request.query)
    rows, name = await _rows(runtime, month, organisation), f"{runtime.network.key}-{month}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    body = as_csv(rows, runtime.network.zone, texts_of(request))
    return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=headers)


@routes.post("/settlement")
async def act(request: web.Request) -> web.Response:
    """One action on what is ticked."""
    runtime, form = request.app[RUNTIME], await read_form(request)
    try:
        command = _command(form, viewer_of(request).person)
        await settle(runtime.office, command, runtime.clock.now())
    except BadRequest:
        return await _page(request, form, texts_of(request).gettext(NOTHING), 422)
    except Outcome as outcome:
        return await _page(request, form, outcome_words(outcome, texts_of(request)), outcome.status)
    month, organisation = _chosen(runtime, form)
    raise web.HTTPSeeOther("/settlement?" + _query(month, organisation, did=command.action))


def _command(form: Mapping[str, str], by: int | None) -> Settle:
    """Raises BadRequest for a form without an action."""
    if asked := form.get("ask"):
        return Settle(_ids([asked]), Action.ASK, by)
    if form.get("do") not in BUTTONS:
        raise BadRequest("do: which?")
    action, how = BUTTONS[form["do"]]
    ticked = _ids([name.removeprefix("e-") for name in form if name.startswith("e-")])
    return Settle(ticked, action, by, how, storable(form.get("reason", "")))


def _ids(texts: list[str]) -> tuple[int, ...]:
    return tuple(int(t) for t in texts if t.isascii() and t.isdigit() and len(t) <= 19 and int(t) < 2**63)


def _chosen(runtime: Runtime, given: Mapping[str, str]) -> tuple[Month, str | None]:
    """The month and the organisation (None: all) that a page or a form is about; this month when it says none."""
    month = read_month(given.get("month", "")) or month_of(runtime.clock.now(), runtime.network.zone)
    wanted = given.get("organisation")
    return month, storable(wanted)[:LONGEST_NAME] if wanted else None


async def _rows(runtime: Runtime, month: Month, organisation: str | None) -> list[Any]:
    zone = runtime.network.zone
    rows: list[Any] = await runtime.pool.fetch(query("settlement"), month.begins(zone), month.ends(zone), organisation)
    return rows


def _query(month: Month, organisation: str | None, **more: str) -> str:
    return urlencode({"month": month, **({"organisation": organisation} if organisation else {}), **more})


async def _page(request: web.Request, given: Mapping[str, str], problem: str = "", status: int = 200) -> web.Response:
    runtime, words = request.app[RUNTIME], texts_of(request)
    zone, now = runtime.network.zone, runtime.clock.now()
    month, organisation = _chosen(runtime, given)
    rows = await _rows(runtime, month, None)
    shown = [row for row in rows if organisation is None or row["organisation"] == organisation]
    oldest = await runtime.pool.fetchval(query("oldest_expense"))
    done = DONE.get(Action(did), "") if (did := request.query.get("did", "")) in set(Action) else ""
    return render(
        request, "settlement/month.html", status, month=month, organisation=organisation or "", problem=problem,
        done=words.gettext(done) if done else "", organisations=organisations(shown), sum=total(shown),
        names=sorted({row["organisation"] for row in rows if row["organisation"]}),
        months=[(str(m), month_name(m, words.language)) for m in sorted({month, *months(oldest, now, zone)}, reverse=True)],
        title=month_name(month, words.language), file="/settlement.csv?" + _query(month, organisation),
        kronor=lambda ore: in_kronor(ore, words.language), states=STATES, ways=WAYS, longest=LONGEST_REASON,
        local_day=lambda moment: format_date(moment.astimezone(zone), "d MMM", locale=words.language),
    )  # fmt: skip


def month_name(month: Month, language: str) -> str:
    """ "november 2026"."""
    return format_date(month.begins_on, "LLLL yyyy", locale=language)
