"""What else carriers call: reports of what became of messages, and Telegram's updates."""

import json

from aiohttp import web

from bots.carriers import elks46, twilio
from bots.carriers.api import Malformed
from bots.telegram.inbox import store_update
from service.web.context import RUNTIME, note_receipt, problem, read_form, same
from service.web.sms_hooks import check_key, signed_by_twilio

routes = web.RouteTableDef()


@routes.post("/hooks/46elks/{key}/delivery")
async def elks_delivery(request: web.Request) -> web.Response:
    """A delivery report. One about a message that is not ours is answered 204 too: nobody can mend it by trying again."""
    check_key(request)
    try:
        receipt = elks46.parse_receipt(await read_form(request), request.query.get("message"))
    except Malformed as error:
        return problem(400, "malformed", str(error))
    await note_receipt(request, receipt)
    return web.Response(status=204)


@routes.post("/hooks/twilio/status")
async def twilio_status(request: web.Request) -> web.Response:
    """What became of a message."""
    form = await signed_by_twilio(request)
    try:
        receipt = twilio.parse_receipt(form, request.query.get("message"))
    except Malformed as error:
        return problem(400, "malformed", str(error))
    if receipt is not None:
        await note_receipt(request, receipt)
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
