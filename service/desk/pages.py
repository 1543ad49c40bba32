"""The form for one telephone call, what is read aloud when it is saved, and "add to this one instead"."""

from typing import Any

from aiohttp import web
from babel import Locale

from dispatch import store
from dispatch.errors import AlreadyReceived, Outcome, UnknownTask
from dispatch.handlers import Act, act
from dispatch.opening import open_call
from dispatch.recurring import DAYS
from dispatch.rows import case_of
from geo.fold import fold
from service.board.history import ON_HOLIDAYS
from service.desk import spoken
from service.desk.call_form import LONGEST, REPEATS, ROWS, Draft, check, command_of, new_form, read_draft
from service.desk.live import counts
from service.desk.look import FROM, caller_of, names, panels, settle
from service.desk.ringing import caller_on_the_line
from service.origins import origin_of
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME, read_form
from service.web.outcomes import outcome_words
from service.web.render import language_of, render, texts_of
from sql import query

routes = web.RouteTableDef()


@routes.get("/desk")
async def desk(request: web.Request) -> web.Response:
    """An empty form; `?phone=` begins with a number, and with who has it; `?call=` with whoever is on the telephone."""
    runtime = request.app[RUNTIME]
    on_the_line = await caller_on_the_line(runtime, request.query.get("call", ""))
    number = (on_the_line["caller"] or "") if on_the_line else request.query.get("phone", "")
    draft = read_draft({"phone": number, "form": new_form()}, runtime.network, runtime.understander)
    return await _form(request, draft, fresh=not request.query_string)


@routes.post("/desk")
async def save_call(request: web.Request) -> web.Response:
    """A call is stored; the same form once more leads to what it has become. Without scripts, `look` and `online` only look."""
    runtime = request.app[RUNTIME]
    draft = read_draft(await read_form(request), runtime.network, runtime.understander)
    if "look" in draft.typed or "online" in draft.typed:
        return await _form(request, draft)
    check(draft, texts_of(request))
    if draft.problems:
        return await _form(request, draft, 422)
    known = await caller_of(runtime, draft)
    await settle(runtime, draft, known)
    origin = await origin_of(runtime, draft.typed.get(FROM, ""), at=draft.origin.best) if draft.is_fetched else None
    command = command_of(draft, _staff(request), known, runtime.network, runtime.understander, origin)
    try:
        await open_call(runtime.office, command, runtime.clock.now())
    except AlreadyReceived:  # sent twice: what it has become is shown again
        raise web.HTTPSeeOther(f"/desk/said/{draft.form}?again=1") from None
    except Outcome as outcome:
        draft.problems["form"] = outcome_words(outcome, texts_of(request))
        return await _form(request, draft, outcome.status)
    raise web.HTTPSeeOther(f"/desk/said/{draft.form}")


@routes.get("/desk/said/{form}")
async def said(request: web.Request) -> web.Response:
    """What happens next, to be read aloud, after a call."""
    runtime = request.app[RUNTIME]
    rows = await runtime.pool.fetch(query("desk_call"), request.match_info["form"])
    cases = [case_of(row["doc"]) for row in rows]
    if not cases:
        raise web.HTTPNotFound
    aloud = spoken.after_call(cases, runtime.network, runtime.clock.now())
    return render(
        request, "desk/said.html", aloud=aloud, cases=cases, added=None, again="again" in request.query, **await _shared(request)
    )


@routes.post("/desk/add/{code}")
async def add_to(request: web.Request) -> web.Response:
    """What has been typed becomes part of a request that goes on, in place of a new one."""
    runtime, words = request.app[RUNTIME], texts_of(request)
    draft = read_draft(await read_form(request), runtime.network, runtime.understander)
    code, text = request.match_info["code"].strip().upper(), draft.words()
    case = await _case(request, code)
    if draft.is_danger:
        draft.problems["danger"] = words.gettext(
            "Danger is never added to another request. Save this as an emergency of its own."
        )
    elif not text:
        draft.problems["text-1"] = words.gettext("Write what is to be added.")
    elif len(text) > LONGEST["text"]:
        draft.problems["text-1"] = words.gettext("At most %(n)s characters, this has %(length)s.") % {
            "n": LONGEST["text"], "length": len(text),
        }  # fmt: skip
    if draft.problems:
        return await _form(request, draft, 422)
    try:
        await _add(request, case.need.text, code, text, draft.typed.get("note", "").strip()[: LONGEST["note"]])
    except Outcome as outcome:
        draft.problems["form"] = outcome_words(outcome, words)
        return await _form(request, draft, outcome.status)
    raise web.HTTPSeeOther(f"/desk/added/{code}")


async def _add(request: web.Request, before: str, code: str, text: str, note: str) -> None:
    """Add words and note once: an impatient second click brings the same words again."""
    runtime, by = request.app[RUNTIME], _staff(request)
    now = runtime.clock.now()
    if fold(before).endswith(fold(text)):
        return
    await act(runtime.office, "add", Act(code, text=text, by=by), now)
    if note:
        await act(runtime.office, "note", Act(code, text=note, by=by), now)


@routes.get("/desk/added/{code}")
async def added(request: web.Request) -> web.Response:
    """What happens next, to be read aloud, after something was added."""
    runtime = request.app[RUNTIME]
    case = await _case(request, request.match_info["code"])
    aloud = spoken.after_adding(case, runtime.network, runtime.clock.now())
    return render(request, "desk/said.html", aloud=aloud, cases=[case], added=case, again=False, **await _shared(request))


async def _case(request: web.Request, code: str) -> Any:
    async with request.app[RUNTIME].pool.acquire() as connection:
        try:
            return await store.case_by_code(connection, code)
        except UnknownTask:
            raise web.HTTPNotFound from None


def _staff(request: web.Request) -> int:
    """The person id of the operator. Programs have the API."""
    person = viewer_of(request).person
    if person is None:
        raise web.HTTPForbidden
    return person


async def _form(request: web.Request, draft: Draft, status: int = 200, fresh: bool = False) -> web.Response:
    """The form. fresh: nothing is in it, so that a call that was begun and not saved may come back (desk.js)."""
    runtime = request.app[RUNTIME]
    return render(
        request, "desk/call.html", status, draft=draft, typed=draft.typed, problems=draft.problems, rows=ROWS, fresh=fresh,
        repeats=REPEATS, on_holidays=ON_HOLIDAYS,
        days=day_names(language_of(request)), **await panels(runtime, draft), **await _shared(request),
    )  # fmt: skip


async def _shared(request: web.Request) -> dict[str, Any]:
    runtime = request.app[RUNTIME]
    return {
        "position": runtime.live.position,
        "desk": await counts(runtime),
        **names(runtime, texts_of(request)),
    }


def day_names(language: str) -> list[tuple[str, str]]:
    """The days of the week as RRULEs know them, with their names."""
    names = Locale(language).days["stand-alone"]["wide"]
    return [(day, names[n]) for n, day in enumerate(DAYS)]
