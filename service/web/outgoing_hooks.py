"""What carriers ask about calls that we make: what to do next, and the sound of it.

The sound's address has a signature, and a hash of what is said: 46elks keeps what it has fetched by its address. Nothing of it
is stored here; it is worded and spoken when it is asked for.
"""

import asyncio
import hashlib
from typing import Any

from aiohttp import web

from bots.voice.actions import Action, Gather, Play
from bots.voice.outgoing import STEPS, Heard, heard_from_elks, heard_from_twilio
from bots.voice.outgoing_calls import hear, line
from bots.voice.outgoing_render import as_elks, as_twiml
from bots.voice.speech import speak
from dispatch import store
from dispatch.dialling import OutgoingCall
from service.runtime import Runtime
from service.web.context import RUNTIME, read_form
from service.web.hooks import check_elks_key, signed_by_twilio
from sql import query

routes = web.RouteTableDef()


@routes.post("/hooks/46elks/{key}/out/{call}/{step}")
async def elks(request: web.Request) -> web.Response:
    """46elks tells how a call of ours goes, and hears what to do."""
    check_elks_key(request)
    heard = heard_from_elks(request.match_info["step"], await read_form(request))
    action, sounds = await _next(request, heard)
    base = request.path.rpartition("/")[0]
    runtime = request.app[RUNTIME]
    return web.json_response(as_elks(action, sounds.__getitem__, lambda step: f"{runtime.settings.public_url}{base}/{step}"))


@routes.post("/hooks/twilio/out/{call}/{step}")
async def twilio(request: web.Request) -> web.Response:
    """The same by Twilio."""
    form = await signed_by_twilio(request)
    action, sounds = await _next(request, heard_from_twilio(request.match_info["step"], form))
    base = request.path.rpartition("/")[0]
    runtime = request.app[RUNTIME]
    text = as_twiml(action, sounds.__getitem__, lambda step: f"{runtime.settings.public_url}{base}/{step}")
    return web.Response(text=text, content_type="text/xml")


async def _next(request: web.Request, heard: Heard) -> tuple[Action, dict[str, str]]:
    """What happens next, with the addresses of what is said in it."""
    runtime, step, number = request.app[RUNTIME], request.match_info["step"], request.match_info["call"]
    if step not in STEPS or not number.isascii() or not number.isdigit() or len(number) > 18 + 1 or int(number) >= 2**63:
        raise web.HTTPNotFound
    call, action = await hear(runtime.office, int(number), step, heard, runtime.clock.now())
    runtime.wake_dialler.set()
    prompts = action.prompts if isinstance(action, Play | Gather) else ()
    sounds: dict[str, str] = {}
    for key in prompts if call is not None else ():
        said = await line(runtime.office, runtime.wording, call, key) if call is not None else None
        sounds[key] = _address(runtime, call, key, said[0] if said else "") if call is not None else ""
    return action, sounds


def _address(runtime: Runtime, call: OutgoingCall, key: str, text: str) -> str:
    mark = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{runtime.settings.public_url}/voice/out/{runtime.links.call_token(call.id)}/{key}-{mark}.wav"


@routes.get("/voice/out/{token}/{name}")
async def sound(request: web.Request) -> web.Response:
    """What is said in a call, for whoever has the signed address that we gave the carrier."""
    runtime, key = request.app[RUNTIME], request.match_info["name"].rpartition("-")[0]
    number = runtime.links.read_call(request.match_info["token"])
    row: Any = await runtime.pool.fetchrow(query("dial_call"), number) if number is not None else None
    said = await line(runtime.office, runtime.wording, store.outgoing_call_of(row), key) if row is not None else None
    if said is None or not said[0]:
        raise web.HTTPNotFound
    headers = {"Cache-Control": "private, max-age=3600", "X-Robots-Tag": "noindex"}
    return web.Response(body=await asyncio.to_thread(speak, *said), content_type="audio/wav", headers=headers)
