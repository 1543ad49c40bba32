"""Twilio: in, out, reports, signature, duplicates, errors, as labelled tables. Wire format: https://www.twilio.com/docs."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bots.carriers.api import Malformed
from bots.carriers.twilio import Twilio, is_signed, parse_receipt, parse_sms
from bots.inbound_message import Inbound
from dispatch.outbox import CarrierRefused, CarrierUnavailable, MessageState, Text
from service.demo.http_carriers import TWILIO_ACCOUNT, TWILIO_TOKEN, FakeTwilio

ELSA = "+46701000001"
SMS = {
    "ToCountry": "SE", "MessageSid": "SM1", "SmsSid": "SM1", "AccountSid": TWILIO_ACCOUNT, "From": ELSA, "To": "+46766860001",
    "Body": "Hej", "NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01",
}  # fmt: skip

IN = [
    ("as documented", {}, Inbound("twilio", "SM1", ELSA, ELSA, "Hej")),
    ("a new field", {"WhatsNew": "yes"}, Inbound("twilio", "SM1", ELSA, ELSA, "Hej")),
    ("a sender that is a name", {"From": "TELIA"}, Inbound("twilio", "SM1", "TELIA", None, "Hej")),
    ("a picture with words", {"NumMedia": "1"}, Inbound("twilio", "SM1", ELSA, ELSA, "Hej")),
    ("a picture without", {"Body": "", "NumMedia": "1"}, Inbound("twilio", "SM1", ELSA, ELSA, "(bild)")),
    ("an empty message", {"Body": ""}, Inbound("twilio", "SM1", ELSA, ELSA, "")),
    ("no body at all", {"Body": None}, Inbound("twilio", "SM1", ELSA, ELSA, "")),
    ("NUL and half a surrogate pair", {"Body": "a\x00b\ud83d"}, Inbound("twilio", "SM1", ELSA, ELSA, "ab?")),
]
MALFORMED = [
    ("no id", {"MessageSid": None}, "'MessageSid' is missing"),
    ("an empty id", {"MessageSid": " "}, "id is empty"),
    ("no sender", {"From": None}, "'From' is missing"),
    ("another account's", {"AccountSid": "AC9"}, "another account"),
]


def form(changes: dict[str, str | None]) -> dict[str, str]:
    return {k: v for k, v in {**SMS, **changes}.items() if v is not None}


@pytest.mark.parametrize(("changes", "expected"), [row[1:] for row in IN], ids=[row[0] for row in IN])
def test_an_incoming_sms(changes: dict[str, str | None], expected: Inbound) -> None:
    assert parse_sms(form(changes), TWILIO_ACCOUNT) == expected


@pytest.mark.parametrize(("changes", "reason"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_a_malformed_webhook_says_why(changes: dict[str, str | None], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse_sms(form(changes), TWILIO_ACCOUNT)


RECEIPTS: list[tuple[str, dict[str, str], MessageState | None]] = [
    ("on its way", {"MessageStatus": "queued"}, None),
    ("being sent", {"MessageStatus": "sending"}, None),
    ("sent", {"MessageStatus": "sent"}, MessageState.SENT),
    ("delivered", {"MessageStatus": "delivered"}, MessageState.DELIVERED),
    ("read", {"MessageStatus": "read"}, MessageState.DELIVERED),
    ("undelivered", {"MessageStatus": "undelivered", "ErrorCode": "30005"}, MessageState.FAILED),
    ("failed", {"MessageStatus": "failed", "ErrorCode": "30008"}, MessageState.FAILED),
]


@pytest.mark.parametrize(("fields", "state"), [row[1:] for row in RECEIPTS], ids=[row[0] for row in RECEIPTS])
def test_a_status_report(fields: dict[str, str], state: MessageState | None) -> None:
    receipt = parse_receipt({"MessageSid": "SM1", **fields}, "7")
    assert (receipt.state if receipt else None) == state
    if receipt is not None:
        assert (receipt.carrier, receipt.carrier_id, receipt.message_id) == ("twilio", "SM1", 7)
        assert (receipt.error is not None) == (state is MessageState.FAILED)


@pytest.mark.parametrize(
    "fields", [{}, {"MessageSid": "SM1"}, {"MessageStatus": "sent"}, {"MessageSid": "S", "MessageStatus": "lost"}]
)
def test_a_malformed_status_report(fields: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        parse_receipt(fields, None)


def test_the_signature_of_the_documentation() -> None:
    """The example of https://www.twilio.com/docs/usage/security: address, sorted fields, HMAC-SHA1."""
    fields = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030", "To": "+18005551212",
    }  # fmt: skip
    address = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert is_signed("12345", address, fields, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    assert not is_signed("12345", address, {**fields, "Digits": "1235"}, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    assert not is_signed("12346", address, fields, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    assert not is_signed("", address, fields, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    assert not is_signed("12345", address, fields, "")


@pytest.fixture
async def carrier() -> AsyncIterator[FakeTwilio]:
    fake = FakeTwilio()
    await fake.start()
    yield fake
    await fake.stop()


OUT: list[tuple[str, int | tuple[int, dict[str, Any]] | None, type[Exception] | None]] = [
    ("accepted", None, None),
    ("a wrong number", (400, {"code": 21211, "message": "Invalid 'To' Phone Number"}), CarrierRefused),
    ("a number that gets no SMS", (400, {"code": 21614, "message": "not a mobile number"}), CarrierRefused),
    ("somebody who has said STOP to Twilio", (400, {"code": 21610, "message": "unsubscribed"}), CarrierRefused),
    ("a country that the account may not text", (400, {"code": 21408, "message": "permission"}), CarrierUnavailable),
    ("a sender that is not ours", (400, {"code": 21606, "message": "'From' is not valid"}), CarrierUnavailable),
    ("a wrong password", 401, CarrierUnavailable),
    ("an account that is closed", (403, {"code": 20005}), CarrierUnavailable),
    ("too fast", 429, CarrierUnavailable),
    ("their fault", 500, CarrierUnavailable),
    ("accepted, and failed at once", (201, {"sid": "SM1", "status": "failed", "error_message": "no"}), CarrierRefused),
    ("accepted, without an id", (201, {"status": "queued"}), CarrierUnavailable),
]


@pytest.mark.parametrize(("answer", "error"), [row[1:] for row in OUT], ids=[row[0] for row in OUT])
async def test_sending(
    carrier: FakeTwilio, answer: int | tuple[int, dict[str, Any]] | None, error: type[Exception] | None
) -> None:
    carrier.answers += [answer] if answer is not None else []
    async with aiohttp.ClientSession() as session:
        twilio = Twilio(session, carrier.api, TWILIO_ACCOUNT, TWILIO_TOKEN, "+46766860001", "https://x/hooks/twilio/status")
        if error:
            with pytest.raises(error):
                await twilio.send(Text(42, ELSA, "Hej"))
            return
        sent = await twilio.send(Text(42, ELSA, "Hej å ä ö & co"))
    (text,) = carrier.texts
    assert (text.id, text.sender, text.to, text.text) == (sent.carrier_id, "+46766860001", ELSA, "Hej å ä ö & co")
    assert text.report == "https://x/hooks/twilio/status?message=42"


async def test_a_carrier_that_says_when_to_come_again(carrier: FakeTwilio) -> None:
    async with aiohttp.ClientSession() as session:
        twilio = Twilio(session, carrier.api, TWILIO_ACCOUNT, "wrong", "+46766860001", None)
        with pytest.raises(CarrierUnavailable) as refused:
            await twilio.send(Text(42, ELSA, "Hej"))
        assert refused.value.after is None
        with pytest.raises(CarrierUnavailable, match="cannot be reached"):
            await Twilio(session, "http://127.0.0.1:9", TWILIO_ACCOUNT, "x", "+46766860001", None).send(Text(1, ELSA, "Hej"))


def test_how_long_to_wait_is_told() -> None:
    from bots.carriers.twilio import refusal

    told = refusal(429, "{}", {"Retry-After": "7"})
    assert isinstance(told, CarrierUnavailable)
    assert told.after == timedelta(seconds=7)
