"""/equipment: what there is, who has it and until when; lent, brought back, added, taken out of use."""

from collections.abc import Mapping
from datetime import date, timedelta

from aiohttp import web

from bots.inbound_message import storable
from dispatch import equipment, store
from dispatch.errors import BadRequest, Outcome, UnknownPerson, UnknownTask
from dispatch.phones import read_phone
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME, read_form
from service.web.outcomes import outcome_words
from service.web.render import render, texts_of
from service.web.texts import N_
from sql import query

routes = web.RouteTableDef()

USUAL = timedelta(days=14)  # how long something is lent, until somebody writes another day
LONGEST = 200
DONE = {
    "added": N_("Added."),
    "lend": N_("Lent. Whoever has it is told until when."),
    "back": N_("It is back. Thank you!"),
    "retire": N_("It is not lent any more."),
}
WRONG = N_("Say what it is, in a few words; who has it, by telephone number; and until which day.")
NOBODY = N_("Nobody has this number. Add the person first, under People.")
NO_TASK = N_("There is no task with this code.")


@routes.get("/equipment")
async def overview(request: web.Request) -> web.Response:
    """What is out, overdue first, and what is in."""
    return await _page(request)


@routes.post("/equipment")
async def add(request: web.Request) -> web.Response:
    """A thing that can be lent from now on."""
    runtime, form = request.app[RUNTIME], await read_form(request)
    try:
        name, label = (storable(form.get(field, ""))[:LONGEST] for field in ("name", "label"))
        await equipment.add_item(runtime.office, name, label, runtime.clock.now())
    except Outcome as outcome:
        return await _refused(request, outcome, form)
    raise web.HTTPSeeOther("/equipment?did=added")


@routes.post("/equipment/{id}/{action}")
async def act(request: web.Request) -> web.Response:
    """Lend a thing (its id), note that it is back (the loan's id), or take it out of use."""
    runtime, action, number = request.app[RUNTIME], request.match_info["action"], _id(request.match_info["id"])
    if number is None or action not in ("lend", "back", "retire"):
        raise web.HTTPNotFound
    form, now, by = await read_form(request), runtime.clock.now(), viewer_of(request).person
    try:
        if action == "lend":
            await _lend(request, number, form)
        elif action == "back":
            await equipment.give_back(runtime.office, number, by, now)
        else:
            await equipment.retire(runtime.office, number, now)
    except Outcome as outcome:
        return await _refused(request, outcome, form)
    raise web.HTTPSeeOther(f"/equipment?did={action}")


async def _lend(request: web.Request, item: int, form: Mapping[str, str]) -> None:
    """Raises UnknownPerson, UnknownTask, BadRequest, and what lending raises."""
    runtime = request.app[RUNTIME]
    phone, code = read_phone(form.get("phone", "")[:LONGEST]), storable(form.get("code", "")).strip().upper()
    async with runtime.pool.acquire() as connection:
        person = await store.person_by_phone(connection, phone) if phone else None
        if person is None:
            raise UnknownPerson("nobody has this number")
        task = (await store.case_by_code(connection, code)).task.id if code else None
    try:
        due_on = date.fromisoformat(form.get("due_on", ""))
    except ValueError as error:
        raise BadRequest("due_on: no day") from error
    by, now = viewer_of(request).person, runtime.clock.now()
    await equipment.lend(runtime.office, item, person.id, task, due_on, by, now)


async def _refused(request: web.Request, outcome: Outcome, form: Mapping[str, str]) -> web.Response:
    words = texts_of(request)
    own = {UnknownPerson: NOBODY, UnknownTask: NO_TASK, BadRequest: WRONG}.get(type(outcome))
    return await _page(request, words.gettext(own) if own else outcome_words(outcome, words), outcome.status, form)


async def _page(
    request: web.Request, problem: str = "", status: int = 200, typed: Mapping[str, str] | None = None
) -> web.Response:
    runtime, words = request.app[RUNTIME], texts_of(request)
    rows = await runtime.pool.fetch(query("equipment_list"))
    today = runtime.network.local_date(runtime.clock.now())
    done = DONE.get(request.query.get("did", ""), "")
    return render(
        request, "equipment/list.html", status, problem=problem, done=words.gettext(done) if done else "",
        out=[row for row in rows if row["loan"] is not None], within=[row for row in rows if row["loan"] is None],
        today=today, usual=(today + USUAL).isoformat(), latest=(today + equipment.LONGEST_LOAN).isoformat(), typed=typed or {},
    )  # fmt: skip


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 and int(text) < 2**63 else None
