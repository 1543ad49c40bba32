"""What carriers call. A message that is answered 2xx is committed."""

import json

from aiohttp import web

from bots.elks46 import Malformed, parse_receipt, parse_sms
from bots.telegram.inbox import store_update
from dispatch.outbox import receive_receipt
from service.web.context import RUNTIME, problem, read_form, same

routes = web.RouteTableDef()


def _check_key(request: web.Request) -> None:
    settings = request.app[RUNTIME].settings
    secret = settings.elks_key.get_secret_value() if settings.elks_key else ""
    if not same(request.match_info["key"], secret):
        raise web.HTTPForbidden(reason="unknown key")


@routes.post("/hooks/46elks/{key}/sms")
async def elks_sms(request: web.Request) -> web.Response:
    """An incoming SMS. 204 without a body: 46elks would send a body to the resident."""
    _check_key(request)
    try:
        inbound = parse_sms(await read_form(request))
    except Malformed as error:
        return problem(400, "malformed", str(error))
    await request.app[RUNTIME].gate.receive(inbound)
    return web.Response(status=204)


@routes.post("/hooks/46elks/{key}/delivery")
async def elks_delivery(request: web.Request) -> web.Response:
    """A delivery report. One about a message that is not ours is answered 204 too: nobody can mend it by trying again."""
    _check_key(request)
    runtime = request.app[RUNTIME]
    try:
        receipt = parse_receipt(await read_form(request), request.query.get("message"))
    except Malformed as error:
        return problem(400, "malformed", str(error))
    if await receive_receipt(runtime.pool, receipt, runtime.clock.now(), runtime.message_changed):
        runtime.wake_outbox.set()
    return web.Response(status=204)


@routes.post("/hooks/telegram")
async def telegram(request: web.Request) -> web.Response:
    """An update, known by its secret header (https://core.telegram.org/bots/api#setwebhook). 200 says that it is stored as it
    came; what is no update is answered 200 too, for Telegram would send nothing else until it is taken."""
    runtime = request.app[RUNTIME]
    secret = runtime.settings.telegram_secret
    given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    if runtime.chat is None or not same(given, secret.get_secret_value() if secret else ""):
        raise web.HTTPForbidden(reason="unknown secret")
    try:
        raw = json.loads(await request.read())  # not orjson, which refuses the halves of surrogate pairs
    except (ValueError, RecursionError):
        return problem(400, "malformed", "this is no JSON")
    if isinstance(raw, dict) and await store_update(runtime.pool, raw, runtime.clock.now()):
        runtime.wake_chat.set()
    return web.Response(status=200)
