"""The areas' page: how each is drawn, what a moved boundary would change, and moving it."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from dispatch.actions import Act
from dispatch.areas import store_outlines
from dispatch.errors import MapMoved, Outcome
from dispatch.handlers import act
from geo.redraw import CannotRedraw
from service.areas import corners
from service.areas.effect import Effect, effect_of
from service.areas.shown import finding_told, findings, findings_drawn, pieces_drawn, pins, task_told
from service.board.overview import still
from service.runtime import Runtime
from service.sign_in.guard import viewer_of
from service.sign_in.permissions import COORDINATORS
from service.web.context import RUNTIME, answer, read_form
from service.web.render import render, texts_of
from service.web.texts import N_, Texts
from sql import query

routes = web.RouteTableDef()

PROBLEMS = {
    "no_polygon": N_("An area needs at least three corners."),
    "too_small": N_("This would be too small to be an area."),
    "outside": N_("This lies outside the network."),
    "covers": N_("Nothing would be left of %(area)s. Leave some of it."),
    "corner": N_("Line %(line)s is no corner. Write latitude, comma, longitude, like 57.78000, 14.16000."),
    "moved": N_("Somebody else has moved a boundary meanwhile. What you drew is still here: look at what changes, then save."),
}


@routes.get("/areas")
async def areas(request: web.Request) -> web.Response:
    """The map and the list; `area` in the address is the one whose corners are shown."""
    return await _page(request, request.query.get("area"))


@routes.get("/areas/map.json")
async def areas_map(request: web.Request) -> web.Response:
    """The areas as they are now, the places as dots, what nobody can cross, and for those who may edit the open tasks."""
    runtime = request.app[RUNTIME]
    network = runtime.network
    features, barriers = still(network.atlas.map)
    places = [[p.name, p.lat, p.lon] for area in network.atlas.areas.values() for p in area.places]
    told = {"type": "FeatureCollection", "features": features, "barriers": barriers, "places": places}
    may_edit = viewer_of(request).role in COORDINATORS
    seen = await pins(runtime, texts_of(request)) if may_edit else []
    return answer({**told, "pins": seen, "tiles": runtime.settings.map_tiles})


@routes.post("/areas/preview")
async def preview(request: web.Request) -> web.Response:
    """What would change if the area looked like that. Nothing is stored."""
    form = await read_form(request)
    key, runtime = _area(request, form.get("area", "")), request.app[RUNTIME]
    await runtime.follow_map()
    # Who drew on an older map is told now, for the page that answers has the newest.
    return await _shown(request, key, form, "moved" if _version(form) < runtime.network.atlas.version else None)


@routes.post("/areas/{key}")
async def save(request: web.Request) -> web.Response:
    """Store what was looked at, and move the tasks that are ticked; or, with "again", draw the area from its places."""
    runtime, form = request.app[RUNTIME], await read_form(request)
    key = _area(request, request.match_info["key"])
    await runtime.follow_map()  # this process may show an older map than the one that was looked at
    try:
        effect = None if "again" in form else await _effect(runtime, key, form)
        version = _version(form)
        async with runtime.pool.acquire() as connection:
            await store_outlines(
                connection, runtime.network, effect.drawings if effect else {key: None}, "page", viewer_of(request).person,
                version, runtime.clock.now(),
            )  # fmt: skip
    except MapMoved:
        await runtime.follow_map()
        return await _shown(request, key, form, "moved", status=409)
    except (CannotRedraw, corners.BadCorner):
        return await _shown(request, key, form)
    await runtime.follow_map()
    moved, stayed = await _move(request, effect, form)
    return await _page(request, key, saved=True, moved=moved, stayed=stayed)


async def _move(request: web.Request, effect: Effect | None, form: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Each ticked task gets its new area on its own: one that has ended meanwhile does not stop the rest."""
    runtime, moved, stayed = request.app[RUNTIME], [], []
    for task in effect.tasks if effect else ():
        if f"move-{task.code}" not in form:
            continue
        command = Act(task.code, by=viewer_of(request).person, details={"area": task.after})
        try:
            await act(runtime.office, "change", command, runtime.clock.now())
        except Outcome:
            stayed.append(task.code)
        else:
            moved.append(task.code)
    return moved, stayed


def _area(request: web.Request, key: str) -> str:
    if key not in request.app[RUNTIME].network.areas:
        raise web.HTTPNotFound
    return key


def _version(form: Mapping[str, str]) -> int:
    given = form.get("version", "")
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise web.HTTPBadRequest
    return int(given)


async def _effect(runtime: Runtime, key: str, form: Mapping[str, str]) -> Effect:
    return await effect_of(runtime, key, corners.read(form.get("corners", "")))


async def _shown(
    request: web.Request, key: str, form: Mapping[str, str], problem: str | None = None, status: int = 200
) -> web.Response:
    """The page with what was drawn, and what that changes or what is wrong with it."""
    runtime, words, drawn = request.app[RUNTIME], texts_of(request), form.get("corners", "")
    told = words.gettext(PROBLEMS[problem]) if problem else None
    try:
        effect = await _effect(runtime, key, form)
    except CannotRedraw as error:
        told = words.gettext(PROBLEMS[error.why]) % {"area": runtime.network.area_name(error.area)}
    except corners.BadCorner as error:
        said = PROBLEMS["corner"]
        told = words.gettext(said) % {"line": error.line}
    else:
        return await _page(request, key, status, drawn=drawn, effect=effect, problem=told)
    return await _page(request, key, 422, drawn=drawn, problem=told)


async def _page(request: web.Request, key: str | None, status: int = 200, **more: Any) -> web.Response:
    runtime, words = request.app[RUNTIME], texts_of(request)
    atlas, network = runtime.network.atlas, runtime.network
    rows = {row["area"]: row for row in await runtime.pool.fetch(query("areas_drawn"))}
    may_edit = viewer_of(request).role in COORDINATORS
    chosen = network.areas.get(key or "") if may_edit else None
    outline = atlas.map.outlines.get(chosen.key) if chosen else None
    context: dict[str, Any] = {"drawn": corners.written(outline) if outline is not None else "", "effect": None, "problem": None}
    context |= {"saved": False, "moved": [], "stayed": [], "shapes": None, "findings": [], "history": []} | more
    if chosen and context["effect"]:
        context["shapes"] = pieces_drawn(context["effect"], chosen.key, runtime, words)
    elif not chosen and may_edit:
        context |= await _overview(runtime, words)
    return render(
        request, "areas/areas.html", status, areas=list(network.areas.values()), rows=rows, chosen=chosen,
        version=atlas.version, may_edit=may_edit, task_told=lambda task: task_told(task, runtime, words), **context,
    )  # fmt: skip


async def _overview(runtime: Runtime, words: Texts) -> dict[str, Any]:
    """What is said of all areas: what is wrong with them, and who moved boundaries lately."""
    network = runtime.network
    names = {area.key: area.name for area in network.areas.values()}
    told = [(finding, finding_told(finding, network.atlas.map, names, words)) for finding in await findings(runtime)]
    history = await runtime.pool.fetch(query("areas_history"))
    return {"findings": told, "shapes": findings_drawn(told), "history": history}
