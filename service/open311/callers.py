"""Who calls by a key: programs that may open and read requests, and case systems that answer for their own tasks."""

import hashlib

from aiohttp import web

from bots.inbound_message import storable
from dispatch import store
from dispatch.case_systems import contact_of
from dispatch.errors import NotYours
from service.sign_in.guard import is_program
from service.web.context import RUNTIME, same
from sql import query

MAY = frozenset({"acknowledge", "plan", "start", "done", "note", "withdraw"})  # what a case system may do to what it was asked


def digest(key: str) -> str:
    """As the network file holds a key. Keys are long and random: nobody finds one from this."""
    return hashlib.sha256(key.strip().encode("utf-8", "replace")).hexdigest()


def may_report(request: web.Request, key: str) -> bool:
    """May whoever asks open requests, and read what they are about? key: the parameter api_key."""
    runtime = request.app[RUNTIME]
    token = runtime.settings.api_token
    if is_program(request) or same(key, token.get_secret_value() if token else ""):
        return True
    return any(digest(given) in runtime.network.reporters for given in (key, _bearer(request)) if given)


async def calling_system(request: web.Request, action: str) -> int | None:
    """The contact, as a person's id, of the case system that acts on a task by a key of its own; None for anybody else.

    Raises 403 for what it may not do, UnknownTask, and NotYours for what its group's system has not been asked.
    """
    runtime, given = request.app[RUNTIME], _bearer(request)
    group = next((key for key, s in runtime.network.systems.items() if given and s.caller == digest(given)), None)
    if group is None:
        return None
    if action not in MAY:
        raise web.HTTPForbidden(reason=f"a case system may not do this: only {', '.join(sorted(MAY))}")
    async with runtime.pool.acquire() as connection:
        case = await store.case_by_code(connection, storable(request.match_info["code"]))
        if contact_of(case, group) is None:
            raise NotYours(case.task.code)
        return int(await connection.fetchval(query("system_contact"), group))


def _bearer(request: web.Request) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if scheme.casefold() == "bearer" else ""
