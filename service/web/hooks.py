"""What carriers call. A message that is answered 2xx is stored: in the database, or on disk while that is away."""

import json

from aiohttp import web

from bots.carriers import android_sms, elks46, twilio
from bots.carriers.api import Malformed
from bots.inbound_message import Inbound
from bots.telegram.inbox import store_update
from dispatch.outbox import Receipt, receive_receipt
from service.web.context import RUNTIME, problem, read_form, same

routes = web.RouteTableDef()


def check_elks_key(request: web.Request) -> None:
    """Raises 403 without the secret in the path."""
    settings = request.app[RUNTIME].settings
    secret = settings.elks_key.get_secret_value() if settings.elks_key else ""
    if not same(request.match_info["key"], secret):
        raise web.HTTPForbidden(reason="unknown key")


@routes.post("/hooks/46elks/{key}/sms")
async def elks_sms(request: web.Request) -> web.Response:
    """An incoming SMS. 204 without a body: 46elks would send a body to the resident."""
    check_elks_key(request)
    try:
        inbound = elks46.parse_sms(await read_form(request))
    except Malformed as error:
        return problem(400, "malformed", str(error))
    await request.app[RUNTIME].reception.receive(inbound)
    return web.Response(status=204)


@routes.post("/hooks/46elks/{key}/delivery")
async def elks_delivery(request: web.Request) -> web.Response:
    """A delivery report. One about a message that is not ours is answered 204 too: nobody can mend it by trying again."""
    check_elks_key(request)
    try:
        receipt = elks46.parse_receipt(await read_form(request), request.query.get("message"))
    except Malformed as error:
        return problem(400, "malformed", str(error))
    await _note(request, receipt)
    return web.Response(status=204)


async def _note(request: web.Request, receipt: Receipt) -> None:
    """Note a delivery report; a message that failed on its way is sent again."""
    runtime = request.app[RUNTIME]
    if await receive_receipt(runtime.pool, receipt, runtime.clock.now(), runtime.message_changed):
        runtime.wake_outbox.set()


async def signed_by_twilio(request: web.Request) -> dict[str, str]:
    """The form that Twilio has sent. Raises 403 without its signature, which is about the address that it called."""
    settings = request.app[RUNTIME].settings
    form = await read_form(request)
    token = settings.twilio_token.get_secret_value() if settings.twilio_token else ""
    # Without PUBLIC_URL, the address that was asked for. The signature needs our token whichever it is about.
    bases = [settings.public_url] if settings.public_url else [f"https://{request.host}", f"http://{request.host}"]
    signature = request.headers.get("X-Twilio-Signature", "")
    if not any(twilio.is_signed(token, f"{base}{request.raw_path}", form, signature) for base in bases):
        raise web.HTTPForbidden(reason="not signed by Twilio for the address that is BUDKAVLE_PUBLIC_URL")
    return form


def _twiml() -> web.Response:
    return web.Response(text=twilio.NOTHING, content_type="text/xml")


@routes.post("/hooks/twilio/sms")
async def twilio_sms(request: web.Request) -> web.Response:
    """An incoming SMS. One that comes twice has the same MessageSid and changes nothing."""
    form = await signed_by_twilio(request)
    runtime = request.app[RUNTIME]
    try:
        inbound = twilio.parse_sms(form, runtime.settings.twilio_account or "")
    except Malformed as error:
        return problem(400, "malformed", str(error))
    await runtime.reception.receive(inbound)
    return _twiml()


@routes.post("/hooks/twilio/status")
async def twilio_status(request: web.Request) -> web.Response:
    """What became of a message."""
    form = await signed_by_twilio(request)
    try:
        receipt = twilio.parse_receipt(form, request.query.get("message"))
    except Malformed as error:
        return problem(400, "malformed", str(error))
    if receipt is not None:
        await _note(request, receipt)
    return web.Response(status=204)


@routes.post("/hooks/android-sms/{key}")
async def android(request: web.Request) -> web.Response:
    """An event on the phone, signed lately. A copy of an old one is refused: 403."""
    runtime = request.app[RUNTIME]
    secret = runtime.settings.android_sms_key
    key = secret.get_secret_value() if secret else ""
    body, headers = await request.read(), request.headers
    signed = android_sms.is_signed(key, body, headers.get("X-Timestamp", ""), headers.get("X-Signature", ""), runtime.wall.now())
    if not same(request.match_info["key"], key) or not signed:
        raise web.HTTPForbidden(reason="not signed by the phone, or not lately")
    try:
        event = json.loads(body)
        told = android_sms.parse_event(event if isinstance(event, dict) else {})
    except (ValueError, RecursionError):
        return problem(400, "malformed", "this is no JSON")
    except Malformed as error:
        return problem(400, "malformed", str(error))
    if isinstance(told, Inbound):
        await runtime.reception.receive(told)
    elif told is not None:
        await _note(request, told)
    else:
        await runtime.health.heard(android_sms.NAME)
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
