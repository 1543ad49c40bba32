"""How it goes with what helpers have promised: on a person's page, and a list of those whom a coordinator may want to phone.

It is no mark and no punishment: whoever is asked is not chosen by it. When somebody has talked with the helper, it begins anew.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from dispatch.events import Kind
from service.directory.changing import record
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME
from service.web.render import render
from service.web.texts import N_
from sql import query

routes = web.RouteTableDef()

ON_A_PAGE = timedelta(days=90)  # how far back a person's page looks
IN_THE_LIST = timedelta(days=30)
MOST = 200
KINDS: Mapping[str, str] = {
    "taken": N_("Has taken"),
    "done": N_("Has done"),
    "withdrawn": N_("Gave back"),
    "late": N_("Came later than said"),
    "silent": N_("Was not heard of"),
    "denied": N_("Did not come, says the resident"),
}


async def pattern_of(connection: Any, person: int, now: datetime) -> list[tuple[str, int]]:
    """What became of a helper's promises in the last 90 days, or since somebody talked with them: labels with how many."""
    rows = await connection.fetch(query("pattern_of"), person, now - ON_A_PAGE)
    found = {row["kind"]: row["n"] for row in rows}
    return [(label, found[kind]) for kind, label in KINDS.items() if found.get(kind)]


@routes.get("/people/patterns")
async def worth_a_call(request: web.Request) -> web.Response:
    """Helpers who have not come, or have given back, again and again."""
    runtime = request.app[RUNTIME]
    rows = await runtime.pool.fetch(query("patterns"), runtime.clock.now() - IN_THE_LIST, MOST)
    return render(request, "people/patterns.html", rows=rows)


@routes.post("/people/{id}/talked")
async def talked(request: web.Request) -> web.Response:
    """A coordinator has talked with the helper: it begins anew."""
    runtime, person = request.app[RUNTIME], request.match_info["id"]
    if not person.isdigit() or len(person) > 18:
        raise web.HTTPNotFound
    async with runtime.pool.acquire() as connection, connection.transaction():
        if not await connection.fetch(query("directory_lock"), [int(person)]):
            raise web.HTTPNotFound
        await record(connection, runtime.clock.now(), Kind.PERSON_TALKED_WITH, int(person), viewer_of(request).person)
    raise web.HTTPSeeOther(f"/people/{person}")
