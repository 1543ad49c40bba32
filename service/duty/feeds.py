"""/calendar/{token}.ics: a person's own shifts, or a group's, for calendar programs. These cannot sign in: the address is secret.

An address is signed over the id of a row (`calendar_feed`). A new address is a new id; the old one answers 410 from then on.
Nothing of a resident is in a calendar, and in a group's only first names.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from dispatch.coverage import coverage
from dispatch.duty_store import overrides_of, people_of, shifts_of
from dispatch.network import Network
from dispatch.slots import AHEAD, SlotKey
from service.duty.calendar import calendar_of, group_entries, own_entries
from service.runtime import Runtime
from service.task_by_link import WRONG
from service.web.context import RUNTIME, client_address
from service.web.texts import N_, page_languages, texts
from sql import query

routes = web.RouteTableDef()

KEPT = timedelta(days=30)  # past shifts that a person's calendar goes on showing
KEPT_OF_GROUP = timedelta(days=7)
# The address is the secret: only the program that fetched it keeps the answer, and it goes into no index.
HEADERS = {"Cache-Control": "private, max-age=900", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}


@routes.get("/calendar/{token}.ics")
async def feed(request: web.Request) -> web.Response:
    """The calendar, 304 when the program has it as it is, 410 when the address has been renewed."""
    runtime = request.app[RUNTIME]
    feed_id = runtime.links.read_calendar(request.match_info["token"])
    if feed_id is None:
        if not request.app[WRONG].allows(client_address(request), runtime.wall.now()):
            raise web.HTTPTooManyRequests
        raise web.HTTPNotFound
    async with runtime.pool.acquire() as connection:
        row = await connection.fetchrow(query("feed_by_id"), feed_id)
        body = await _body(connection, runtime.network, row, runtime.clock.now()) if row else None
    if body is None:
        raise web.HTTPGone
    response = web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=HEADERS)
    response.etag = hashlib.sha256(body).hexdigest()[:32]
    known = request.if_none_match or ()
    if any(tag.value in (response.etag.value, "*") for tag in known):  # type: ignore[union-attr]
        return web.Response(status=304, headers={**HEADERS, "ETag": response.headers["ETag"]})
    response.headers["Content-Disposition"] = 'inline; filename="duty.ics"'
    return response


async def _body(connection: Any, network: Network, row: Any, now: datetime) -> bytes | None:
    if row["person_id"] is not None:
        return await _of_person(connection, network, row, now)
    return await _of_group(connection, network, row["group_key"], row["made_at"], now)


async def _of_person(connection: Any, network: Network, row: Any, now: datetime) -> bytes:
    words = texts(row["language"] if row["language"] in page_languages() else "en")
    shifts = await shifts_of(connection, [], [row["person_id"]], now - KEPT)
    changed = await _changes(connection, {s.group_key for s in shifts}, now - KEPT - AHEAD)
    name = words.gettext(N_("My shifts, %(network)s")) % {"network": network.name}
    return calendar_of(name, own_entries(shifts, network, changed, row["made_at"], words))


async def _of_group(connection: Any, network: Network, group: str, since: datetime, now: datetime) -> bytes | None:
    if network.group(group) is None:
        return None
    words, start = texts(network.languages[0]), now - KEPT_OF_GROUP
    shifts = await shifts_of(connection, [group], (), start)
    overrides = await overrides_of(connection, [group], start)
    covered = coverage(network, [group], shifts, overrides, start, (AHEAD + KEPT_OF_GROUP).days)
    people = await people_of(connection, {s.person_id for s in shifts})
    changed = await _changes(connection, {group}, start - AHEAD)
    name = words.gettext(N_("Shifts of %(group)s")) % {"group": network.group_name(group)}
    return calendar_of(name, group_entries(covered, people, network, changed, since, words))


async def _changes(connection: Any, groups: set[str], since: datetime) -> dict[SlotKey, datetime]:
    rows = await connection.fetch(query("feed_changes"), sorted(groups), since)
    return {(row["group_key"], row["starts_at"]): row["at"] for row in rows}


async def address_of(runtime: Runtime, person: int | None = None, group: str | None = None) -> str | None:
    """Where a person's, or a group's, calendar is; None when nobody has asked for an address."""
    name, owner = ("feed_of_group", group) if group is not None else ("feed_of_person", person)
    row = await runtime.pool.fetchrow(query(name), owner)
    return runtime.links.calendar(row["id"]) if row else None


async def renew(runtime: Runtime, person: int | None = None, group: str | None = None) -> None:
    """A new address, or the first; the old one answers 410 from now on."""
    name, owner = ("renew_group_feed", group) if group is not None else ("renew_person_feed", person)
    await runtime.pool.execute(query(name), runtime.office.mint.id(), owner, runtime.clock.now())
