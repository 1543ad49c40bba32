"""Two people who are not to meet: written down on the page of either, and ended there. No reason is asked for, nobody is told."""

from aiohttp import web

from bots.inbound_message import storable
from dispatch.events import Kind
from service.directory.changing import record
from service.directory.named import Ambiguous, person_named
from service.directory.pages import load, number_of, show_person
from service.runtime import Runtime
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME, read_form
from service.web.render import texts_of
from sql import query

routes = web.RouteTableDef()


@routes.post("/people/{id}/apart")
async def keep_apart(request: web.Request) -> web.Response:
    """This person and the one who is named are not to meet. whose: "other" when it is the other one's wish."""
    runtime, viewer, row, data = request.app[RUNTIME], viewer_of(request), await load(request), await read_form(request)
    written, words = storable(data.get("who", "")), texts_of(request)
    try:
        other = await person_named(runtime, viewer, written, words)
    except Ambiguous as error:
        return await show_person(request, row, {"who": error.said}, 422, choices=error.choices, who=written[:200])
    if other == row["id"]:
        problem = words.gettext("This is the person whose page it is.")
        return await show_person(request, row, {"who": problem}, 422, who=written[:200])
    wish = (other, row["id"]) if data.get("whose") == "other" else (row["id"], other)
    await _store(runtime, "apart_begin", wish, viewer.person, (*wish, viewer.person, runtime.clock.now()))
    raise web.HTTPSeeOther(f"/people/{row['id']}#apart")


@routes.post("/people/{id}/apart/{other}/end")
async def end_apart(request: web.Request) -> web.Response:
    """They may meet again."""
    runtime, viewer, row = request.app[RUNTIME], viewer_of(request), await load(request)
    pair = (row["id"], number_of(request, request.match_info["other"]))
    await _store(runtime, "apart_end", pair, viewer.person, pair)
    raise web.HTTPSeeOther(f"/people/{row['id']}#apart")


async def _store(runtime: Runtime, change: str, pair: tuple[int, int], by: int | None, given: tuple[object, ...]) -> None:
    """Carry the change out, and write down on both that something about whom they meet has changed: not what, nor whom."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(query(change), *given):
            for person in pair:
                await record(connection, runtime.clock.now(), Kind.PERSON_CHANGED, person, by, fields=["apart"])
