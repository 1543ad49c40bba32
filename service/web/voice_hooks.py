"""What carriers call when somebody phones, and the sounds that they fetch for it.

A carrier that is answered anything but 2xx hangs up on the caller. So a fault of ours, and a database that is away, are answered
in the carrier's words too: the caller hears it, and a coordinator's telephone rings.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web

from bots.carriers.api import Malformed
from bots.inbound import DATABASE_DOWN
from bots.voice import elks, twiml
from bots.voice.actions import Action, Connect, Hangup
from bots.voice.prompts import UnknownPrompt
from bots.voice.script import EXPECTS, STEPS
from bots.voice.speech import SpeechUnavailable
from bots.voice.switchboard import Said, fault
from bots.voice.way import Way
from dispatch.errors import Stale
from service.carriers.telephone import Telephone
from service.web.context import problem, read_form
from service.web.sms_hooks import check_key, signed_by_twilio

routes = web.RouteTableDef()
log = structlog.get_logger()

TELEPHONE: web.AppKey[Telephone] = web.AppKey("telephone", Telephone)
FOREVER = "public, max-age=31536000, immutable"
FAULTS = ("fault", "fault_end")
MOST_PARTS = 32


@dataclass(frozen=True, slots=True)
class _Line:
    """A carrier on the line, with where its webhooks lie below the public address."""

    request: web.Request
    carrier: str
    path: str

    @property
    def telephone(self) -> Telephone:
        return self.request.app[TELEPHONE]

    @property
    def base(self) -> str:
        """The public address of the service; where there is none, the one that was called."""
        request = self.request
        return self.telephone.settings.public_url or f"{request.scheme}://{request.host}"

    async def answer(self, wanted: Awaitable[Said | None], part: int = 0) -> web.Response:
        """In the carrier's words; whatever goes wrong is said to the caller."""
        try:
            said = await wanted
        except (*DATABASE_DOWN, Stale) as error:
            log.warning("phone_call.unstored", carrier=self.carrier, error=type(error).__name__)
            said = None
        except Exception:
            log.exception("phone_call.failed", carrier=self.carrier)
            said = None
        return await self.say(said or self.fault(""), part)

    def fault(self, step: str) -> Said:
        """What is said when nothing can be looked up."""
        network = self.telephone.network
        phones = [contact for contact in network.coordinators if contact.startswith("+")]
        return Said(fault(phones, step), self.telephone.prompts.language(None), 0)

    async def say(self, said: Said, part: int = 0) -> web.Response:
        """The action, in this carrier's words. Without a voice the telephones ring without a word."""
        action = said.action
        try:
            sounds = [s.address(self.base) for s in await self._sounds(said)]
        except (SpeechUnavailable, UnknownPrompt, OSError) as error:
            log.error("prompts.unavailable", error=f"{type(error).__name__}: {error}")
            action, sounds = self.fault("fault").action, []
            if not isinstance(action, Connect):
                action = Hangup()
        return self._rendered(action, sounds, Way(f"{self.base}{self.path}", said.turn), part)

    async def _sounds(self, said: Said) -> tuple[Any, ...]:
        prompts = getattr(said.action, "prompts", ())
        return await self.telephone.prompts.say(prompts, said.language) if prompts else ()

    def _rendered(self, action: Action, sounds: list[str], way: Way, part: int) -> web.Response:
        if self.carrier == twiml.NAME:
            return web.Response(text=twiml.render(action, sounds, way), content_type="text/xml")
        return web.json_response({**elks.render(action, sounds, way, part), "whenhangup": f"{way.base}/hangup"})


def _elks(request: web.Request) -> _Line:
    return _Line(request, elks.NAME, f"/hooks/46elks/{request.match_info['key']}/call")


def _twilio(request: web.Request) -> _Line:
    return _Line(request, twiml.NAME, "/hooks/twilio/call")


@routes.post("/hooks/46elks/{key}/call")
async def elks_call(request: web.Request) -> web.Response:
    """Somebody phones (46elks: voice_start)."""
    check_key(request)
    form = await read_form(request)
    try:
        incoming = elks.parse_call(form)
    except Malformed as error:
        return problem(400, "malformed", str(error))
    telephone = request.app[TELEPHONE]
    return await _elks(request).answer(telephone.begin(incoming))


@routes.post("/hooks/46elks/{key}/call/hangup")
async def elks_hangup(request: web.Request) -> web.Response:
    """The call is over (46elks: whenhangup)."""
    check_key(request)
    form = await read_form(request)
    await request.app[TELEPHONE].hang_up(elks.NAME, elks.call_id(form))
    return web.Response(status=204)


@routes.post("/hooks/46elks/{key}/call/{turn}/{step}")
async def elks_step(request: web.Request) -> web.Response:
    """A step of the script has ended."""
    check_key(request)
    form = await read_form(request)
    return await _step(request, _elks(request), elks.call_id(form), form)


@routes.post("/hooks/twilio/call")
async def twilio_call(request: web.Request) -> web.Response:
    """Somebody phones, or the call is over: Twilio's "a call comes in" and "call status changes" have this address."""
    form = await signed_by_twilio(request)
    telephone = request.app[TELEPHONE]
    if form.get("CallStatus", "") in twiml.ENDED:
        await telephone.hang_up(twiml.NAME, twiml.call_id(form))
        return web.Response(status=204)
    try:
        incoming = twiml.parse_call(form)
    except Malformed as error:
        return problem(400, "malformed", str(error))
    return await _twilio(request).answer(telephone.begin(incoming))


@routes.post("/hooks/twilio/call/{turn}/{step}")
async def twilio_step(request: web.Request) -> web.Response:
    """A step of the script has ended, or somebody who was rung has answered."""
    form = await signed_by_twilio(request)
    return await _step(request, _twilio(request), twiml.call_id(form), form)


async def _step(request: web.Request, line: _Line, call_id: str, form: Mapping[str, str]) -> web.Response:
    turn, step = request.match_info["turn"], request.match_info["step"]
    if not turn.isascii() or not turn.isdigit() or len(turn) > 6 or step not in (*STEPS, *FAULTS, "part", "told"):
        raise web.HTTPNotFound
    telephone = line.telephone
    if step in FAULTS:
        return await line.say(_after_fault(line, step, form))
    if step == "part":
        part = request.query.get("n", "")
        number = int(part) if part.isascii() and part.isdigit() and len(part) < 3 else 0
        return await line.answer(telephone.read_again(line.carrier, call_id, int(turn)), min(number, MOST_PARTS))
    parse = twiml.parse_step if line.carrier == twiml.NAME else elks.parse_step
    heard = parse(form, EXPECTS.get(step, ""))
    if step == "told":
        await telephone.told(line.carrier, call_id, heard.answered_by)
        return web.Response(status=204)
    return await line.answer(telephone.go_on(line.carrier, call_id, int(turn), step, heard))


def _after_fault(line: _Line, step: str, form: Mapping[str, str]) -> Said:
    """After "something is wrong": a coordinator's telephone rings; when nobody has answered there, the end."""
    said = line.fault(step)
    if step == "fault_end":
        parse = twiml.parse_step if line.carrier == twiml.NAME else elks.parse_step
        if parse(form, "outcome").outcome == "answered":
            return Said(Hangup(), said.language, 0)
    return said


@routes.get("/voice/{name}")
async def voice(request: web.Request) -> web.Response:
    """A sound, by its name; `?say=` tells what it is made of (bots/voice/prompts.py). Carriers keep it for good."""
    found = await request.app[TELEPHONE].prompts.find(request.match_info["name"], request.query.get("say", "")[:2000])
    if found is None:
        raise web.HTTPNotFound
    return web.Response(body=found.content, content_type=found.mime, headers={"Cache-Control": FOREVER})
