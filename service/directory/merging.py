"""The page on which two rows become one person: found by search, shown beside each other, merged."""

from aiohttp import web

from bots.inbound_message import storable
from service.directory import listing
from service.directory import person as form
from service.directory.listing import Filters
from service.directory.merge import CannotMerge, Pair, kept_values, merge, pair_of, require_mergeable
from service.directory.pages import load, number_of
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME, read_form
from service.web.render import render, texts_of
from sql import query

routes = web.RouteTableDef()

MOST_FOUND = 20


@routes.get("/people/{id}/merge")
async def merge_page(request: web.Request) -> web.Response:
    """Choose the other one (`?q=`), or look at both (`?other=`)."""
    runtime, row = request.app[RUNTIME], await load(request)
    if other := request.query.get("other"):
        return await _both(request, row["id"], number_of(request, other))
    asked = storable(request.query.get("q", row["name"])).strip()[: listing.LONGEST]
    found = []
    if asked:
        async with runtime.pool.acquire() as connection:
            listed = await listing.page(
                connection, Filters(q=asked), viewer_of(request), runtime.clock.now(), runtime.network, size=MOST_FOUND
            )
        found = [other for other in listed.rows if other["id"] != row["id"]]
    return render(request, "people/choose.html", row=row, q=asked, found=found)


@routes.post("/people/{id}/merge")
async def merge_people(request: web.Request) -> web.Response:
    """Merge the other one into this one. Whoever is second hears that it is done already."""
    runtime, kept, data = request.app[RUNTIME], number_of(request), await read_form(request)
    duplicate = number_of(request, data.get("other", ""))
    try:
        await merge(runtime, kept, duplicate, storable(data.get("seen", "")), viewer_of(request).person)
    except CannotMerge as error:
        return await _both(request, kept, duplicate, error)
    raise web.HTTPSeeOther(f"/people/{kept}")


async def _both(request: web.Request, kept: int, duplicate: int, refused: CannotMerge | None = None) -> web.Response:
    runtime, words = request.app[RUNTIME], texts_of(request)
    async with runtime.pool.acquire() as connection:
        pair = await pair_of(connection, kept, duplicate)
        if pair is None:
            raise web.HTTPNotFound
        counts = await connection.fetchrow(query("merge_counts"), duplicate)
    if refused is None:
        try:
            require_mergeable(pair)
        except CannotMerge as error:
            refused = error
    gone = pair.kept["merged_into"] or pair.duplicate["merged_into"]
    return render(
        request,
        "people/merge.html",
        409 if refused else 200,
        pair=pair,
        rows=_compared(request, pair),
        counts=counts,
        refused=words.gettext(refused.text) % refused.params if refused else "",
        gone=gone,
        same=kept == duplicate,
    )


def _compared(request: web.Request, pair: Pair) -> list[tuple[str, list[str]]]:
    """Each field: its name, what both say, and what will be kept. Fields that are empty on both sides are left out."""
    runtime, words = request.app[RUNTIME], texts_of(request)
    today = runtime.network.local_date(runtime.clock.now())
    three = (pair.kept, pair.duplicate, {**pair.kept, **kept_values(pair.kept, pair.duplicate, today)})
    rows = []
    for field, label in form.FIELDS.items():
        values = [form.shown(row, words.language)[field] for row in three]
        if any(values):
            rows.append((words.gettext(label), [form.told(field, value, runtime.network, words) for value in values]))
    if three[2]["stopped_at"]:
        stopped = [words.gettext("yes") if row["stopped_at"] else words.gettext("no") for row in three]
        rows.append((words.gettext("Said STOPP"), stopped))
    return rows
