"""46elks: their webhooks parsed, their API called. Nothing is decided here.

Wire format: https://46elks.com/docs. An incoming SMS is a form POST (`direction, id, from, to, created, message`); a 2xx
with a body would be sent back to the resident as an SMS, so answers have none. There is no signature: the key in the
path is the secret.
"""

from collections.abc import Mapping

import aiohttp

from bots.inbound_message import Inbound, storable
from dispatch.outbox import CarrierRefused, CarrierUnavailable, MessageState, Receipt, Sent
from dispatch.phones import read_phone

NAME = "46elks"
API = "https://api.46elks.com/a1"
TIMEOUT = aiohttp.ClientTimeout(total=20)
LONGEST = 20_000  # characters of a text that are kept; no SMS is near
_STATES = {"sent": MessageState.SENT, "delivered": MessageState.DELIVERED, "failed": MessageState.FAILED}


class Malformed(Exception):
    """A webhook lacks what it must have; str() says what."""


def parse_sms(form: Mapping[str, str]) -> Inbound:
    """An incoming SMS. Raises Malformed. A sender that is no phone number is kept as it is written."""
    for field in ("id", "from", "message"):
        if field not in form:
            raise Malformed(f"the field '{field}' is missing")
    carrier_id, sender = storable(form["id"]).strip(), storable(form["from"]).strip()
    if not carrier_id or len(carrier_id) > 200:
        raise Malformed("the field 'id' is empty or too long")
    if not sender or len(sender) > 200:
        raise Malformed("the field 'from' is empty or too long")
    if form.get("direction", "incoming") != "incoming":
        raise Malformed("the field 'direction' is not 'incoming'")
    return Inbound(NAME, carrier_id, sender, read_phone(sender), storable(form["message"])[:LONGEST])


def parse_receipt(form: Mapping[str, str], message_id: str | None) -> Receipt:
    """A delivery report. message_id: ours, from the address that we gave with the message. Raises Malformed."""
    for field in ("id", "status"):
        if not form.get(field):
            raise Malformed(f"the field '{field}' is missing")
    state = _STATES.get(form["status"])
    if state is None:
        raise Malformed("the field 'status' is not sent, delivered or failed")
    ours = int(message_id) if message_id and message_id.isascii() and message_id.isdigit() and len(message_id) < 19 else None
    error = "the carrier reported that it failed" if state is MessageState.FAILED else None
    return Receipt(NAME, storable(form["id"])[:200], state, ours, error)


class Elks46:
    """Sends by 46elks. delivery_url: where reports go; None when the service has no public address."""

    def __init__(
        self, session: aiohttp.ClientSession, api: str, username: str, password: str, sender: str, delivery_url: str | None
    ) -> None:
        self._session = session
        self._url = api.rstrip("/") + "/sms"
        self._headers = {"Authorization": aiohttp.encode_basic_auth(username, password)}
        self._sender = sender
        self._delivery_url = delivery_url

    async def send(self, to: str, text: str, message_id: int, subject: str = "") -> Sent:
        """Send one SMS; it shows no subject. Raises CarrierRefused for what will never be sent, CarrierUnavailable for what
        may be later.

        400 is about this message. 401 and 403 ("Not enough credits") are about the account: somebody mends that, and then
        the messages go out.
        """
        form = {"from": self._sender, "to": to, "message": text}
        if self._delivery_url:
            form["whendelivered"] = f"{self._delivery_url}?message={message_id}"
        try:
            async with self._session.post(self._url, data=form, headers=self._headers, timeout=TIMEOUT) as response:
                if response.status == 400:
                    raise CarrierRefused(f"46elks refused it: {_short(await response.text())}")
                if response.status != 200:
                    raise CarrierUnavailable(f"46elks answered {response.status}: {_short(await response.text())}")
                reply = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise CarrierUnavailable(f"46elks cannot be reached: {type(error).__name__}") from error
        if not isinstance(reply, dict) or not reply.get("id"):
            raise CarrierUnavailable("46elks answered without an id")
        if reply.get("status") == "failed":
            raise CarrierRefused("46elks reported that it failed")
        return Sent(NAME, str(reply["id"]))


def _short(text: str) -> str:
    return " ".join(text.split())[:120]
