"""/rota/{token}: a volunteer's own shifts and those that need somebody, by signed link, without an account. Looking changes
nothing; forms do, with the commands that the chat has too (dispatch/shifts.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aiohttp import web

from dispatch.errors import BadRequest, Outcome
from dispatch.model import Person
from dispatch.rota import Coming
from dispatch.rows import person_of
from dispatch.shifts import ask_swap, coming_shifts, sign_off, sign_up, take_swap
from service.duty.actions import number_of, slot_key
from service.duty.feeds import address_of, renew
from service.duty.picture import hours_of
from service.duty.words import OWN_DONE, refusal
from service.runtime import Runtime
from service.task_by_link import USED, go, private, too_often, wrong_link
from service.web.context import RUNTIME, read_form
from service.web.render import render, texts_of
from service.web.texts import N_
from sql import query

routes = web.RouteTableDef()

_GONE = N_("You do not get messages from us now, so there are no shifts here. Phone %(phone)s to begin again.")


@dataclass(frozen=True, slots=True)
class OwnSlot:
    """A coming shift as the page shows it. at: when it begins, seconds since 1970. is_free: has the person no other then?"""

    coming: Coming
    group: str
    at: int
    day: date
    holiday: str
    hours: str
    is_free: bool


@routes.get("/rota/{token}")
async def look(request: web.Request) -> web.Response:
    """The coming shifts of the person's groups."""
    person = await _person(request)
    return wrong_link(request) if person is None else await _page(request, person)


@routes.post("/rota/{token}")
async def answer(request: web.Request) -> web.Response:
    """One action; the field `action` says which."""
    runtime, person = request.app[RUNTIME], await _person(request)
    if person is None:
        return wrong_link(request)
    if not request.app[USED].allows(request.match_info["token"], runtime.wall.now()):
        return too_often(request)
    form = await read_form(request)
    if form.get("action") not in OWN_DONE:
        raise web.HTTPBadRequest(reason="there is no such action")
    if person.stopped_at is not None:
        return await _page(request, person)
    try:
        await _act(runtime, person, form, runtime.clock.now())
    except Outcome as outcome:
        said = refusal(outcome, runtime, texts_of(request), own=True)
        return await _page(request, person, said, outcome.status)
    return go(f"{request.path}?did={form['action']}")


async def _act(runtime: Runtime, person: Person, form: Mapping[str, str], now: datetime) -> None:
    """Carry out what a button says. Raises the outcomes of dispatch/shifts.py, and BadRequest for what no button sends."""
    action, office = form["action"], runtime.office
    if action == "calendar":
        await renew(runtime, person=person.id)
        return
    if action in ("sign-up", "leave"):
        if (key := slot_key(form)) is None:
            raise BadRequest("which shift?")
        await (sign_up if action == "sign-up" else sign_off)(office, person.id, key, now)
        return
    if (shift := number_of(form.get("shift", ""))) is None:
        raise BadRequest("which shift?")
    await (ask_swap if action == "swap" else take_swap)(office, shift, person.id, now)


async def _person(request: web.Request) -> Person | None:
    """Whose link it is; of a duplicate, the one that it has become part of. None for no link of ours, and for whoever is gone."""
    runtime = request.app[RUNTIME]
    person_id = runtime.links.read_rota(request.match_info["token"])
    row: Any = await runtime.pool.fetchrow(query("rota_holder"), person_id) if person_id is not None else None
    return person_of(row) if row else None


async def _page(request: web.Request, person: Person, problem: str = "", status: int = 200) -> web.Response:
    runtime, words = request.app[RUNTIME], texts_of(request)
    if person.stopped_at is not None:
        said = words.gettext(_GONE) % {"phone": runtime.network.phone}
        return private(render(request, "service/finished.html", 410, ended=said, said="", refused="", failed={}))
    coming = await coming_shifts(runtime.office, person.id, runtime.clock.now())
    done = OWN_DONE.get(request.query.get("did", "")) if request.method == "GET" else None
    page = render(
        request, "duty/own.html", status, person=person, slots=_shown(coming, runtime, words.language), target=request.path,
        said=words.gettext(done) if done else "", refused=problem, calendar=await address_of(runtime, person=person.id),
    )  # fmt: skip
    return private(page)


def _shown(coming: list[Coming], runtime: Runtime, language: str) -> list[OwnSlot]:
    network, mine = runtime.network, [c.mine for c in coming if c.mine]
    shown = []
    for one in coming:
        day = one.slot.starts_at.astimezone(network.zone).date()
        shown.append(
            OwnSlot(
                one, network.group_name(one.slot.group), int(one.slot.starts_at.timestamp()), day,
                network.days.holiday(day, language) or "", hours_of(one.slot, network),
                not any(shift.overlaps(one.slot) for shift in mine),
            )
        )  # fmt: skip
    return shown
