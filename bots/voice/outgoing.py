"""Calls that the network makes: the carriers' APIs to start one, and what their webhooks say of it. Nothing is decided here.

46elks: https://46elks.se/docs/make-call. POST /calls (form: from, to, voice_start, whenhangup, timeout), JSON back with `id`.
Twilio: https://www.twilio.com/docs/voice/api/call-resource. POST /2010-04-01/Accounts/{Sid}/Calls.json (form: From, To, Url,
StatusCallback, Timeout), 201 with JSON that has `sid`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from bots.inbound_message import storable
from dispatch.dialling import RING_FOR
from dispatch.outbox import CarrierRefused, CarrierUnavailable

TIMEOUT = aiohttp.ClientTimeout(total=20)
STEPS = ("answered", "key", "connected", "over")  # what webhooks tell of a call
_RESULTS = {
    "46elks": {"success": "answered", "answered": "answered", "busy": "busy"},
    "twilio": {"completed": "answered", "answered": "answered", "busy": "busy"},
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a webhook says. digits: the key that was pressed, "" for none. result: how a connection, or the whole call, went:
    answered, busy, failed; "" where it says nothing of that. carrier_id: the carrier's name for the call."""

    digits: str = ""
    result: str = ""
    carrier_id: str = ""


def heard_from_elks(step: str, form: Mapping[str, str]) -> Heard:
    """46elks' `result` is the digits, or success, failed, busy; the last word has `state`."""
    said = form.get("state" if step == "over" else "result", "").strip().casefold()
    return _heard("46elks", step, said, said, form.get("callid") or form.get("id") or "")


def heard_from_twilio(step: str, form: Mapping[str, str]) -> Heard:
    """Twilio has a field for each: Digits, DialCallStatus, CallStatus."""
    said = form.get("DialCallStatus" if step == "connected" else "CallStatus", "").strip().casefold()
    return _heard("twilio", step, form.get("Digits", "").strip(), said, form.get("CallSid", ""))


def _heard(carrier: str, step: str, digits: str, said: str, carrier_id: str) -> Heard:
    pressed = digits if step == "key" and digits.isascii() and digits.isdigit() and len(digits) < 5 else ""
    result = _RESULTS[carrier].get(said, "failed") if step in ("connected", "over") else ""
    return Heard(pressed, result, storable(carrier_id)[:200])


class ElksCaller:
    """Phones by 46elks. hooks: the address of its webhooks, with the key."""

    name = "46elks"

    def __init__(self, session: aiohttp.ClientSession, api: str, username: str, password: str, sender: str, hooks: str) -> None:
        self._session, self._url, self._sender, self._hooks = session, f"{api.rstrip('/')}/calls", sender, hooks
        self._headers = {"Authorization": aiohttp.encode_basic_auth(username, password)}

    async def call(self, to: str, call_id: int) -> str:
        """Ring `to`. 400 is about this call; what else is no 200 (403 "Not enough credits") is about the account."""
        form = {
            "from": self._sender, "to": to, "timeout": str(RING_FOR), "voice_start": f"{self._hooks}/out/{call_id}/answered",
            "whenhangup": f"{self._hooks}/out/{call_id}/over",
        }  # fmt: skip
        try:
            async with self._session.post(self._url, data=form, headers=self._headers, timeout=TIMEOUT) as response:
                if response.status == 400:
                    raise CarrierRefused("46elks refused the call")
                if response.status != 200:
                    raise CarrierUnavailable(f"46elks answered {response.status}")
                reply = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise CarrierUnavailable(f"46elks cannot be reached: {type(error).__name__}") from error
        if not isinstance(reply, dict) or not reply.get("id"):
            raise CarrierUnavailable("46elks answered without an id")
        if reply.get("state") == "failed":
            raise CarrierRefused("46elks reported that it failed")
        return str(reply["id"])


class TwilioCaller:
    """Phones by Twilio. hooks: the address of its webhooks (…/hooks/twilio)."""

    name = "twilio"

    def __init__(self, session: aiohttp.ClientSession, api: str, account: str, token: str, sender: str, hooks: str) -> None:
        self._session, self._sender, self._hooks = session, sender, hooks
        self._url = f"{api.rstrip('/')}/2010-04-01/Accounts/{account}/Calls.json"
        self._headers = {"Authorization": aiohttp.encode_basic_auth(account, token)}

    async def call(self, to: str, call_id: int) -> str:
        """Ring `to`. 400 is about this call (code 21211: no valid number); 401, 403 and 5xx are mended; 429 says when."""
        form = {
            "From": self._sender, "To": to, "Timeout": str(RING_FOR), "Url": f"{self._hooks}/out/{call_id}/answered",
            "StatusCallback": f"{self._hooks}/out/{call_id}/over",
        }  # fmt: skip
        try:
            async with self._session.post(self._url, data=form, headers=self._headers, timeout=TIMEOUT) as response:
                if response.status == 400:
                    raise CarrierRefused("Twilio refused the call")
                if response.status == 429:
                    raise CarrierUnavailable("Twilio answered 429", _after(response.headers.get("Retry-After", "")))
                if response.status not in (200, 201):
                    raise CarrierUnavailable(f"Twilio answered {response.status}")
                reply = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise CarrierUnavailable(f"Twilio cannot be reached: {type(error).__name__}") from error
        if not isinstance(reply, dict) or not reply.get("sid"):
            raise CarrierUnavailable("Twilio answered without a sid")
        if reply.get("status") == "failed":
            raise CarrierRefused("Twilio reported that it failed")
        return str(reply["sid"])


def _after(seconds: str) -> timedelta | None:
    return timedelta(seconds=min(int(seconds), 3600)) if seconds.isascii() and seconds.isdigit() and len(seconds) < 9 else None
