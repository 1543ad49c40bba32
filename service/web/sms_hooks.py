"""Where carriers bring texts. One that is answered 2xx is stored: in the database, or on disk while that is away.

These handlers need no database, and so they also stand in the porch (service/porch.py), before there is one.
"""

import json
from dataclasses import dataclass

from aiohttp import web

from bots.carriers import android_sms, elks46, twilio
from bots.carriers.api import Malformed
from bots.inbound_message import Inbound
from dispatch.clock import Clock
from service.carriers.reception import Reception
from service.settings import Settings
from service.web.context import note_receipt, problem, read_form, same

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class Door:
    """What taking a text needs. wall: the real time, by which signatures are fresh."""

    settings: Settings
    reception: Reception
    wall: Clock


DOOR: web.AppKey[Door] = web.AppKey("door", Door)


def check_key(request: web.Request) -> None:
    """Raises 403 without the secret part of the address that 46elks calls."""
    settings = request.app[DOOR].settings
    secret = settings.elks_key.get_secret_value() if settings.elks_key else ""
    if not same(request.match_info["key"], secret):
        raise web.HTTPForbidden(reason="unknown key")


@routes.post("/hooks/46elks/{key}/sms")
async def elks_sms(request: web.Request) -> web.Response:
    """An incoming SMS. 204 without a body: 46elks would send a body to the resident."""
    check_key(request)
    try:
        inbound = elks46.parse_sms(await read_form(request))
    except Malformed as error:
        return problem(400, "malformed", str(error))
    await request.app[DOOR].reception.receive(inbound)
    return web.Response(status=204)


async def signed_by_twilio(request: web.Request) -> dict[str, str]:
    """The form that Twilio has sent. Raises 403 without its signature, which is about the address that it called."""
    settings = request.app[DOOR].settings
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
    door = request.app[DOOR]
    try:
        inbound = twilio.parse_sms(form, door.settings.twilio_account or "")
    except Malformed as error:
        return problem(400, "malformed", str(error))
    await door.reception.receive(inbound)
    return _twiml()


@routes.post("/hooks/android-sms/{key}")
async def android(request: web.Request) -> web.Response:
    """An event on the phone, signed lately. A copy of an old one is refused: 403."""
    door = request.app[DOOR]
    secret = door.settings.android_sms_key
    key = secret.get_secret_value() if secret else ""
    body, headers = await request.read(), request.headers
    signed = android_sms.is_signed(key, body, headers.get("X-Timestamp", ""), headers.get("X-Signature", ""), door.wall.now())
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
        await door.reception.receive(told)
    elif told is not None:
        await note_receipt(request, told)
    else:
        await door.reception.on_heard(android_sms.NAME)
    return web.Response(status=204)
