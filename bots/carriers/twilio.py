"""Twilio: their webhooks parsed and checked, their API called. Nothing is decided here.

Wire format: https://www.twilio.com/docs/messaging. An incoming SMS is a signed form POST (`MessageSid, AccountSid, From, To,
Body, NumMedia, …`), answered by an empty TwiML document; one that is answered 5xx does not come again.
"""

from collections.abc import Mapping
from datetime import timedelta

import aiohttp
from twilio.request_validator import RequestValidator

from bots.carriers.api import LONGEST_NAME, Malformed, ask, incoming, our_id, read_object, required, short
from bots.inbound_message import Inbound, storable
from dispatch.outbox import CarrierRefused, CarrierUnavailable, MessageState, Receipt, Sent, Text

NAME = "twilio"
API = "https://api.twilio.com"
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'  # an answer that says nothing to anybody
PICTURE = "(bild)"  # what a message without words is read as
_STATES = {
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.DELIVERED,
    "undelivered": MessageState.FAILED,
    "failed": MessageState.FAILED,
}
_ON_THEIR_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "receiving", "received", "canceled"})
# Errors about the account or its number, which somebody mends: https://www.twilio.com/docs/api/errors. All other answers of
# status 400 are about this message or this recipient.
_OF_THE_ACCOUNT = frozenset({20003, 20005, 21212, 21408, 21606, 21611, 21612, 21659, 21660, 21661, 30001, 30002})


def is_signed(token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Has Twilio signed this request? url: the public address that was called, with its query."""
    return bool(token and signature) and bool(RequestValidator(token).validate(url, dict(form), signature))


def parse_sms(form: Mapping[str, str], account: str) -> Inbound:
    """An incoming SMS for our account. Raises Malformed."""
    carrier_id, sender = required(form, "MessageSid", "From")
    if form.get("AccountSid", account) != account:
        raise Malformed("the message is for another account")
    text = storable(form.get("Body", ""))
    has_media = form.get("NumMedia", "0") not in ("", "0")
    return incoming(NAME, carrier_id, sender, text or (PICTURE if has_media else ""))


def parse_receipt(form: Mapping[str, str], message_id: str | None) -> Receipt | None:
    """A status report; None for one that says nothing that matters. message_id: ours, from the address that we gave.

    Raises Malformed.
    """
    carrier_id, status = required(form, "MessageSid", "MessageStatus")
    if status in _ON_THEIR_WAY:
        return None
    state = _STATES.get(status)
    if state is None:
        raise Malformed("the field 'MessageStatus' is none that is known")
    error = f"Twilio reported {status}, error {short(form.get('ErrorCode', ''))}" if state is MessageState.FAILED else None
    return Receipt(NAME, carrier_id[:LONGEST_NAME], state, our_id(message_id), error)


class Twilio:
    """Sends by Twilio. status_url: where reports go; None when the service has no public address."""

    def __init__(
        self, session: aiohttp.ClientSession, api: str, account: str, token: str, sender: str, status_url: str | None
    ) -> None:
        self._session = session
        self._url = f"{api.rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json"
        self._headers = {"Authorization": aiohttp.encode_basic_auth(account, token)}
        self._sender = sender
        self._status_url = status_url

    async def send(self, text: Text) -> Sent:
        """Send one SMS. Raises CarrierRefused for what will never be sent, CarrierUnavailable for what may be later."""
        form = {"From": self._sender, "To": text.to, "Body": text.body}
        if self._status_url:
            form["StatusCallback"] = f"{self._status_url}?message={text.id}"
        status, answer, headers = await ask(self._session, NAME, self._url, self._headers, data=form)
        if status not in (200, 201):
            raise refusal(status, answer, headers)
        reply = read_object(NAME, answer)
        if not reply.get("sid"):
            raise CarrierUnavailable("Twilio answered without an id")
        if reply.get("status") in ("failed", "undelivered"):
            raise CarrierRefused(f"Twilio reported that it failed: {short(str(reply.get('error_message') or ''))}")
        return Sent(NAME, str(reply["sid"]))


def refusal(status: int, answer: str, headers: Mapping[str, str]) -> CarrierRefused | CarrierUnavailable:
    """What an answer that is no success means: never, or not now."""
    said = f"Twilio answered {status}: {short(answer)}"
    if status == 429:
        after = headers.get("Retry-After", "")
        return CarrierUnavailable(said, timedelta(seconds=int(after)) if after.isdigit() and len(after) < 5 else None)
    if status != 400:
        return CarrierUnavailable(said)
    try:
        code = read_object(NAME, answer).get("code")
    except CarrierUnavailable as unreadable:
        return unreadable
    return CarrierUnavailable(said) if code in _OF_THE_ACCOUNT else CarrierRefused(said)
