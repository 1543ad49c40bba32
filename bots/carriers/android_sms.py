"""SMS Gateway for Android: a spare phone as the carrier. Its webhooks parsed and checked, its API called.

Wire format: https://docs.sms-gate.app. A webhook is signed JSON `{deviceId, event, id, webhookId, payload}`. Whoever sends by the
phone itself gives its address (http://PHONE:8080); whoever sends by the project's cloud gives that server's.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from bots.carriers.api import LONGEST_NAME, Malformed, ask, incoming, our_id, read_object, required, short
from bots.inbound_message import Inbound, storable
from dispatch.outbox import CarrierRefused, CarrierUnavailable, MessageState, Receipt, Sent, Text

NAME = "android-sms"
API = "https://api.sms-gate.app/3rdparty/v1"
FRESH = timedelta(minutes=5)  # an older signature is somebody's copy
TOO_OLD = 3600  # seconds after which a phone that was off need not send any more: another carrier has, or a human
URGENT = 100  # from this priority on the phone's own limits and delays do not hold a message back
PICTURE = "(bild)"  # what a message without words is read as
_RECEIPTS = {"sms:sent": MessageState.SENT, "sms:delivered": MessageState.DELIVERED, "sms:failed": MessageState.FAILED}


def is_signed(key: str, body: bytes, timestamp: str, signature: str, now: datetime) -> bool:
    """Has the phone signed this body, and lately? timestamp: seconds since 1970, as sent; signature: hex."""
    if not key or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(now.timestamp() - int(timestamp)) > FRESH.total_seconds():
        return False
    expected = hmac.new(key.encode(), body + timestamp.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.strip().lower().encode("utf-8", "replace"))


def parse_event(event: Mapping[str, Any]) -> Inbound | Receipt | None:
    """What a webhook tells: a message, a report, or nothing that matters (a ping, a kind we do not know). Raises Malformed."""
    kind, payload = event.get("event"), event.get("payload")
    if not isinstance(kind, str):
        raise Malformed("the field 'event' is missing")
    if kind not in _RECEIPTS and kind not in ("sms:received", "mms:received", "sms:data-received"):
        return None
    if not isinstance(payload, dict):
        raise Malformed("the field 'payload' is missing")
    return _report(kind, payload) if kind in _RECEIPTS else _message(event, kind, payload)


def _message(event: Mapping[str, Any], kind: str, payload: Mapping[str, Any]) -> Inbound:
    """A message. It comes twice when the phone missed our answer, with the same id, or, when the phone itself was told twice,
    with another id and the same content at the same moment: either makes it the same message."""
    (event_id,) = required(event, "id")
    sender = payload.get("sender") or payload.get("phoneNumber")
    text = payload.get("message") if kind == "sms:received" else payload.get("subject") or payload.get("body") or PICTURE
    if not isinstance(sender, str) or not isinstance(text, str):
        raise Malformed(f"the field '{'message' if isinstance(sender, str) else 'sender'}' is missing")
    at = str(payload.get("receivedAt", event_id))
    content = hashlib.sha256("\n".join((sender, at, text)).encode("utf-8", "replace")).hexdigest()
    return incoming(NAME, event_id, storable(sender), storable(text), alias=content)


def _report(kind: str, payload: Mapping[str, Any]) -> Receipt:
    (carrier_id,) = required(payload, "messageId")
    state = _RECEIPTS[kind]
    reason = f"the phone could not send it: {short(str(payload.get('reason', '')))}" if state is MessageState.FAILED else None
    return Receipt(NAME, carrier_id[:LONGEST_NAME], state, our_id(carrier_id.partition("-")[0]), reason)


class AndroidSms:
    """Sends by a phone. api: the phone's address, or the cloud's."""

    def __init__(self, session: aiohttp.ClientSession, api: str, username: str, password: str) -> None:
        self._session = session
        self._base = api.rstrip("/")
        self._paths = ["/messages", "/3rdparty/v1/messages"]  # on the phone, and on a server of the project's
        self._headers = {"Authorization": aiohttp.encode_basic_auth(username, password)}

    async def send(self, text: Text) -> Sent:
        """Send one SMS. Raises CarrierRefused for what will never be sent, CarrierUnavailable for what may be later."""
        body = {
            "id": f"{text.id}-{secrets.token_hex(6)}",  # another for each try: a report tells which one it is about
            "textMessage": {"text": text.body},
            "phoneNumbers": [text.to],
            "withDeliveryReport": True,
            "ttl": TOO_OLD,
            "priority": URGENT if text.urgent else 0,
        }
        status, answer = 404, ""
        for path in tuple(self._paths):
            status, answer, _ = await ask(self._session, NAME, self._base + path, self._headers, json=body)
            if status != 404:
                self._paths = [path]
                break
        if status == 400:
            raise CarrierRefused(f"the phone refused it: {short(answer)}")
        if status not in (200, 201, 202):
            raise CarrierUnavailable(f"the phone answered {status}: {short(answer)}")
        reply = read_object(NAME, answer)
        if reply.get("state") == "Failed":
            raise CarrierRefused("the phone reported that it failed")
        return Sent(NAME, str(reply.get("id") or body["id"]))
