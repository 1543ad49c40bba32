"""What carriers ask about calls that we make: what to do next, and the sound of it.

The sound's address has a signature, and a hash of what is said: 46elks keeps what it has fetched by its address. Nothing of it
is stored here; it is worded and spoken when it is asked for.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from bots.voice import elks, speech, twiml
from bots.voice.actions import Action, Gather, Play
from bots.voice.outgoing import STEPS, Heard, heard_from_elks, heard_from_twilio
from bots.voice.outgoing_calls import hear, said_in
from bots.voice.way import Way
from dispatch.dialling import OutgoingCall
from dispatch.rows import outgoing_call_of
from service.runtime import Runtime
from service.web.context import RUNTIME, read_form
from service.web.sms_hooks import check_key, signed_by_twilio
from sql import query

routes = web.RouteTableDef()


@routes.post("/hooks/46elks/{key}/out/{call}/{turn}/{step}")
async def elks_call(request: web.Request) -> web.Response:
    """46elks tells how a call of ours goes, and hears what to do."""
    check_key(request)
    heard = heard_from_elks(request.match_info["step"], await read_form(request))
    action, sounds = await _next(request, heard)
    return web.json_response(elks.render(action, sounds, _way(request)))


@routes.post("/hooks/twilio/out/{call}/{turn}/{step}")
async def twilio_call(request: web.Request) -> web.Response:
    """The same by Twilio."""
    form = await signed_by_twilio(request)
    action, sounds = await _next(request, heard_from_twilio(request.match_info["step"], form))
    return web.Response(text=twiml.render(action, sounds, _way(request)), content_type="text/xml")


def _way(request: web.Request) -> Way:
    base = request.path.rsplit("/", 2)[0]
    return Way(f"{request.app[RUNTIME].settings.public_url}{base}")


async def _next(request: web.Request, heard: Heard) -> tuple[Action, list[str]]:
    """What happens next, with the address of what is said in it: one sound."""
    runtime, step, number = request.app[RUNTIME], request.match_info["step"], request.match_info["call"]
    if step not in STEPS or not number.isascii() or not number.isdigit() or len(number) > 19 or int(number) >= 2**63:
        raise web.HTTPNotFound
    call, action = await hear(runtime.office, int(number), step, heard, runtime.clock.now())
    runtime.wake_dialler.set()
    prompts = action.prompts if isinstance(action, Play | Gather) else ()
    if call is None or not prompts:
        return action, []
    said = await said_in(runtime.office, runtime.wording, call, prompts)
    return action, [_address(runtime, call, prompts, said[0] if said else "")]


def _address(runtime: Runtime, call: OutgoingCall, keys: Sequence[str], text: str) -> str:
    mark = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{runtime.settings.public_url}/voice/out/{runtime.links.call_token(call.id)}/{'.'.join(keys)}-{mark}.wav"


@routes.get("/voice/out/{token}/{name}")
async def sound(request: web.Request) -> web.Response:
    """What is said in a call, for whoever has the signed address that we gave the carrier."""
    runtime, keys = request.app[RUNTIME], request.match_info["name"].rpartition("-")[0].split(".")
    number = runtime.links.read_call(request.match_info["token"])
    row: Any = await runtime.pool.fetchrow(query("dial_call"), number) if number is not None else None
    said = await said_in(runtime.office, runtime.wording, outgoing_call_of(row), keys) if row is not None else None
    if said is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": "private, max-age=3600", "X-Robots-Tag": "noindex"}
    return web.Response(body=await asyncio.to_thread(speech.speak, *said), content_type="audio/wav", headers=headers)
