"""46elks: their webhooks parsed, their API called. Nothing is decided here.

Wire format: https://46elks.com/docs. An incoming SMS is a form POST (`direction, id, from, to, created, message`); a 2xx
with a body would be sent back to the resident as an SMS, so answers have none. There is no signature: the key in the
path is the secret.
"""

from collections.abc import Mapping

import aiohttp

from bots.carriers.api import LONGEST_NAME, Malformed, ask, incoming, our_id, read_object, required, short
from bots.inbound_message import Inbound, storable
from dispatch.outbox import CarrierRefused, CarrierUnavailable, MessageState, Receipt, Sent, Text

NAME = "46elks"
API = "https://api.46elks.com/a1"
_STATES = {"sent": MessageState.SENT, "delivered": MessageState.DELIVERED, "failed": MessageState.FAILED}


def parse_sms(form: Mapping[str, str]) -> Inbound:
    """An incoming SMS. Raises Malformed."""
    carrier_id, sender, text = required(form, "id", "from", "message")
    if form.get("direction", "incoming") != "incoming":
        raise Malformed("the field 'direction' is not 'incoming'")
    return incoming(NAME, carrier_id, sender, text)


def parse_receipt(form: Mapping[str, str], message_id: str | None) -> Receipt:
    """A delivery report. message_id: ours, from the address that we gave with the message. Raises Malformed."""
    carrier_id, status = required(form, "id", "status")
    state = _STATES.get(status)
    if state is None or not carrier_id:
        raise Malformed("the field 'status' is not sent, delivered or failed" if carrier_id else "the field 'id' is empty")
    error = "the carrier reported that it failed" if state is MessageState.FAILED else None
    return Receipt(NAME, storable(carrier_id)[:LONGEST_NAME], state, our_id(message_id), error)


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

    async def send(self, text: Text) -> Sent:
        """Send one SMS. Raises CarrierRefused for what will never be sent, CarrierUnavailable for what may be later.

        400 is about this message. 401 and 403 ("Not enough credits") are about the account: somebody mends that, and then
        the messages go out.
        """
        form = {"from": self._sender, "to": text.to, "message": text.body}
        if self._delivery_url:
            form["whendelivered"] = f"{self._delivery_url}?message={text.id}"
        status, answer, _ = await ask(self._session, NAME, self._url, self._headers, data=form)
        if status == 400:
            raise CarrierRefused(f"46elks refused it: {short(answer)}")
        if status != 200:
            raise CarrierUnavailable(f"46elks answered {status}: {short(answer)}")
        reply = read_object(NAME, answer)
        if not reply.get("id"):
            raise CarrierUnavailable("46elks answered without an id")
        if reply.get("status") == "failed":
            raise CarrierRefused("46elks reported that it failed")
        return Sent(NAME, str(reply["id"]))
