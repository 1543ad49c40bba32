"""Calls that the network makes: the carriers' APIs to start one, and what their webhooks say of it. Nothing is decided here.

46elks: https://46elks.se/docs/make-call. POST /calls (form: from, to, voice_start, whenhangup, timeout), JSON back with `id`.
Twilio: https://www.twilio.com/docs/voice/api/call-resource. POST /2010-04-01/Accounts/{Sid}/Calls.json (form: From, To, Url,
StatusCallback, Timeout), 201 with JSON that has `sid`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from bots.carriers import elks46, twilio
from bots.carriers.api import ask, read_object, short
from bots.voice import elks, twiml
from bots.voice.heard import Heard as Told
from dispatch.dialling import RING_FOR
from dispatch.outbox import CarrierRefused, CarrierUnavailable

STEPS = ("answered", "key", "connected", "over")  # what webhooks tell of a call
_EXPECTS = {"key": "key", "connected": "outcome", "over": "outcome"}
NOTHING = Told()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a webhook says. digits: the key that was pressed, "" for none. result: how a connection, or the whole call, went:
    answered, busy, failed; "" where it says nothing of that. carrier_id: the carrier's name for the call."""

    digits: str = ""
    result: str = ""
    carrier_id: str = ""


def heard_from_elks(step: str, form: Mapping[str, str]) -> Heard:
    """46elks' `result` is the digits, or success, failed, busy; the last word has `state`."""
    said = {"result": form.get("state", "")} if step == "over" else form
    told = elks.parse_step(said, _EXPECTS[step]) if step in _EXPECTS else NOTHING
    return Heard(told.key, told.outcome, elks.call_id(form))


def heard_from_twilio(step: str, form: Mapping[str, str]) -> Heard:
    """Twilio has a field for each: Digits, DialCallStatus, CallStatus."""
    said = {"DialCallStatus": form.get("CallStatus", "")} if step == "over" else form
    told = twiml.parse_step(said, _EXPECTS[step]) if step in _EXPECTS else NOTHING
    return Heard(told.key, told.outcome, twiml.call_id(form))


class ElksCaller:
    """Phones by 46elks. hooks: the address of its webhooks, with the key."""

    name = elks46.NAME

    def __init__(self, session: aiohttp.ClientSession, api: str, username: str, password: str, sender: str, hooks: str) -> None:
        self._session, self._url, self._sender, self._hooks = session, f"{api.rstrip('/')}/calls", sender, hooks
        self._headers = {"Authorization": aiohttp.encode_basic_auth(username, password)}

    async def call(self, to: str, call_id: int) -> str:
        """Ring `to`. 400 is about this call; what else is no 200 (403 "Not enough credits") is about the account."""
        form = {
            "from": self._sender, "to": to, "timeout": str(RING_FOR), "voice_start": f"{self._hooks}/out/{call_id}/0/answered",
            "whenhangup": f"{self._hooks}/out/{call_id}/0/over",
        }  # fmt: skip
        status, answer, _ = await ask(self._session, self.name, self._url, self._headers, data=form)
        if status == 400:
            raise CarrierRefused(f"46elks refused it: {short(answer)}")
        if status != 200:
            raise CarrierUnavailable(f"46elks answered {status}: {short(answer)}")
        return _taken(self.name, answer, "id", "state")


class TwilioCaller:
    """Phones by Twilio. hooks: the address of its webhooks (…/hooks/twilio)."""

    name = twilio.NAME

    def __init__(self, session: aiohttp.ClientSession, api: str, account: str, token: str, sender: str, hooks: str) -> None:
        self._session, self._sender, self._hooks = session, sender, hooks
        self._url = f"{api.rstrip('/')}/2010-04-01/Accounts/{account}/Calls.json"
        self._headers = {"Authorization": aiohttp.encode_basic_auth(account, token)}

    async def call(self, to: str, call_id: int) -> str:
        """Ring `to`. What is refused for good, and what is about the account, is told apart as for texts."""
        form = {
            "From": self._sender, "To": to, "Timeout": str(RING_FOR), "Url": f"{self._hooks}/out/{call_id}/0/answered",
            "StatusCallback": f"{self._hooks}/out/{call_id}/0/over",
        }  # fmt: skip
        status, answer, headers = await ask(self._session, self.name, self._url, self._headers, data=form)
        if status not in (200, 201):
            raise twilio.refusal(status, answer, headers)
        return _taken(self.name, answer, "sid", "status")


def _taken(carrier: str, answer: str, name: str, state: str) -> str:
    """The carrier's name for a call that it has taken. Raises CarrierUnavailable, CarrierRefused."""
    reply = read_object(carrier, answer)
    if not reply.get(name):
        raise CarrierUnavailable(f"{carrier} answered without an id")
    if reply.get(state) == "failed":
        raise CarrierRefused(f"{carrier} reported that it failed")
    return str(reply[name])
