"""/duty: who is on duty now, the coming two weeks as a picture, what each group does; one shift, one group, and changing them."""

from urllib.parse import quote

from aiohttp import web

from dispatch.duty_desk import Staff
from dispatch.errors import NotYourGroup, Outcome
from dispatch.slots import SlotKey
from service.duty.actions import OF_GROUP, OF_SLOT, TOGETHER, TURNS, Asked, path_of_slot, slot_key
from service.duty.feeds import address_of
from service.duty.history import happened
from service.duty.look import days_ahead, one_group, one_slot, whole_page
from service.duty.words import DONE, refusal
from service.ladders.shown import WEEKDAYS
from service.sign_in.guard import viewer_of
from service.sign_in.permissions import Role
from service.web.context import RUNTIME, read_form
from service.web.render import render, texts_of, wants_part

routes = web.RouteTableDef()


@routes.get("/duty")
async def duty(request: web.Request) -> web.Response:
    """Who is on duty, now and in the coming two weeks."""
    runtime, words = request.app[RUNTIME], texts_of(request)
    picture, groups = await whole_page(runtime, viewer_of(request), words, runtime.clock.now())
    return render(request, "duty/duty.html", picture=picture, groups=groups)


@routes.get("/duty/slot")
async def slot(request: web.Request) -> web.Response:
    """One shift: who is on it, and what can be done about it."""
    key = slot_key(request.query)
    if key is None:
        raise web.HTTPNotFound
    return await _slot(request, key)


@routes.get("/duty/group/{key}")
async def group(request: web.Request) -> web.Response:
    """One group: rotas, stand-ins, one more shift, and its calendar."""
    return await _group(request, request.match_info["key"])


@routes.post("/duty/{action}")
async def change(request: web.Request) -> web.Response:
    """What staff decide. What cannot be done is said on the page that follows."""
    runtime, form, action = request.app[RUNTIME], await read_form(request), request.match_info["action"]
    do = OF_SLOT.get(action) or OF_GROUP.get(action)
    if do is None:
        raise web.HTTPNotFound
    key = slot_key(form) if action in OF_SLOT else None
    try:
        await do(Asked(runtime, form, _staff(request), runtime.clock.now()))
    except NotYourGroup:
        raise
    except Outcome as outcome:
        problem = refusal(outcome, runtime, texts_of(request))
        if key is not None:
            return await _slot(request, key, problem, outcome.status)
        return await _group(request, form.get("group", ""), problem, outcome.status, action)
    if key is not None:
        raise web.HTTPSeeOther(path_of_slot(key, action))
    raise web.HTTPSeeOther(f"/duty/group/{quote(form.get('group', ''), safe='')}?did={action}")


def _staff(request: web.Request) -> Staff:
    viewer = viewer_of(request)
    return Staff(viewer.person, (viewer.area or "") if viewer.role is Role.AREA_LEAD else None)


async def _slot(request: web.Request, key: SlotKey, problem: str = "", status: int = 200) -> web.Response:
    runtime, words, now = request.app[RUNTIME], texts_of(request), request.app[RUNTIME].clock.now()
    shown = await one_slot(runtime, viewer_of(request), key, words, now)
    if shown is None:
        raise web.HTTPNotFound
    template = "duty/slot_part.html" if wants_part(request) else "duty/slot.html"
    response = render(request, template, status, slot=shown, problem=problem, done=_done(request))
    if wants_part(request) and (problem or _done(request)):
        response.headers["HX-Trigger"] = "duty-changed"  # the picture beside it looks again
    return response


async def _group(request: web.Request, key: str, problem: str = "", status: int = 200, failed: str = "") -> web.Response:
    runtime, words, now = request.app[RUNTIME], texts_of(request), request.app[RUNTIME].clock.now()
    shown = await one_group(runtime, viewer_of(request), key, words, now)
    if shown is None:
        raise web.HTTPNotFound
    return render(
        request, "duty/group.html", status, group=shown, problem=problem, done=_done(request), failed=failed,
        typed=await read_form(request) if failed else {}, calendar=await address_of(runtime, group=key),
        history=await happened(runtime, viewer_of(request), key, words),
        today=days_ahead(runtime.network, now), tomorrow=days_ahead(runtime.network, now, 1),
        weekdays=[(n, words.gettext(name)) for n, name in enumerate(WEEKDAYS, 1)],
        turns=range(1, TURNS + 1), together=range(1, min(max(shown.most, 2), TOGETHER) + 1),
    )  # fmt: skip


def _done(request: web.Request) -> str:
    said = DONE.get(request.query.get("did", "")) if request.method == "GET" else None
    return texts_of(request).gettext(said) if said else ""
