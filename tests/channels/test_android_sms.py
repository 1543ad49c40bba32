"""SMS Gateway for Android: in, out, reports, signature, duplicates, errors, as labelled tables. See https://docs.sms-gate.app."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bots.carriers.android_sms import AndroidSms, is_signed, parse_event
from bots.carriers.api import Malformed
from bots.inbound_message import Inbound
from dispatch.outbox import CarrierRefused, CarrierUnavailable, MessageState, Receipt, Text
from service.demo.http_carriers import PHONE_PASSWORD, PHONE_USERNAME, FakePhone

ELSA = "+46701000001"
PAYLOAD = {
    "messageId": "c4d1", "message": "Hej", "sender": ELSA, "recipient": None, "simNumber": 1,
    "receivedAt": "2024-06-22T15:46:11.000+07:00",
}  # fmt: skip


def event(kind: str = "sms:received", **changes: Any) -> dict[str, Any]:
    payload = {k: v for k, v in {**PAYLOAD, **changes}.items() if v != "absent"}
    return {"deviceId": "d", "event": kind, "id": "Ey6ECgOkVVFjz3CL48B8C", "webhookId": "w", "payload": payload}


IN = [
    ("as documented", {}, ELSA, ELSA, "Hej"),
    ("a sender without country code", {"sender": "0701000001"}, "0701000001", ELSA, "Hej"),
    ("a sender that is a name", {"sender": "Telia"}, "Telia", None, "Hej"),
    ("an empty message", {"message": ""}, ELSA, ELSA, ""),
    ("an older release's field", {"sender": "absent", "phoneNumber": ELSA}, ELSA, ELSA, "Hej"),
    ("NUL and half a surrogate pair", {"message": "a\x00b\ud83d"}, ELSA, ELSA, "ab?"),
]


@pytest.mark.parametrize(("changes", "sender", "phone", "text"), [row[1:] for row in IN], ids=[row[0] for row in IN])
def test_an_incoming_sms(changes: dict[str, Any], sender: str, phone: str | None, text: str) -> None:
    inbound = parse_event(event(**changes))
    assert isinstance(inbound, Inbound)
    assert (inbound.carrier, inbound.sender, inbound.phone, inbound.text) == ("android-sms", sender, phone, text)


def test_what_makes_two_webhooks_one_message() -> None:
    """The same id, or the same words from the same number at the same moment; two equal words a minute apart are two."""
    first, again = parse_event(event()), parse_event({**event(), "id": "other"})
    later = parse_event({**event(receivedAt="2024-06-22T15:47:11.000+07:00"), "id": "third"})
    assert isinstance(first, Inbound)
    assert isinstance(again, Inbound)
    assert isinstance(later, Inbound)
    assert first.carrier_id != again.carrier_id
    assert first.alias == again.alias
    assert first.alias != later.alias


OTHERS: list[tuple[str, dict[str, Any], Any]] = [
    ("sent", event("sms:sent", messageId="7-ab"), Receipt("android-sms", "7-ab", MessageState.SENT, 7)),
    ("delivered", event("sms:delivered", messageId="7-ab"), Receipt("android-sms", "7-ab", MessageState.DELIVERED, 7)),
    ("failed", event("sms:failed", messageId="7-ab", reason="RESULT_ERROR_NO_SERVICE"),
     Receipt("android-sms", "7-ab", MessageState.FAILED, 7, "the phone could not send it: RESULT_ERROR_NO_SERVICE")),
    ("not one of ours", event("sms:sent", messageId="zz"), Receipt("android-sms", "zz", MessageState.SENT, None)),
    ("a ping", {"event": "system:ping", "id": "x", "payload": {}}, None),
    ("something new", {"event": "call:missed", "id": "x", "payload": {}}, None),
]  # fmt: skip


@pytest.mark.parametrize(("told", "expected"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_what_else_the_phone_tells(told: dict[str, Any], expected: Any) -> None:
    assert parse_event(told) == expected


def test_a_picture_is_somebodys_message_too() -> None:
    inbound = parse_event(event("mms:received", message="absent", subject="Receptet"))
    silent = parse_event(event("mms:received", message="absent"))
    assert isinstance(inbound, Inbound)
    assert isinstance(silent, Inbound)
    assert (inbound.text, silent.text) == ("Receptet", "(bild)")


MALFORMED: list[tuple[str, dict[str, Any], str]] = [
    ("nothing", {}, "'event' is missing"),
    ("no payload", {"event": "sms:received", "id": "x"}, "'payload' is missing"),
    ("no id", {**event(), "id": None}, "'id' is missing"),
    ("no sender", event(sender=None), "'sender' is missing"),
    ("no message", event(message=None), "'message' is missing"),
    ("an endless sender", event(sender="x" * 201), "sender is empty or too long"),
    ("a report about nothing", event("sms:sent", messageId=None), "'messageId' is missing"),
]


@pytest.mark.parametrize(("told", "reason"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_a_malformed_webhook_says_why(told: dict[str, Any], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse_event(told)


NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
STAMP = int(NOW.timestamp())
SIGNED = [
    ("now", 0, "key", b"{}", True),
    ("almost five minutes ago", -299, "key", b"{}", True),
    ("a copy of an old one", -301, "key", b"{}", False),
    ("a clock ahead of ours", 299, "key", b"{}", True),
    ("a clock far ahead", 301, "key", b"{}", False),
    ("with another key", 0, "other", b"{}", False),
    ("with a changed body", 0, "key", b"[]", False),
]


@pytest.mark.parametrize(("seconds", "key", "body", "expected"), [row[1:] for row in SIGNED], ids=[row[0] for row in SIGNED])
def test_a_signature(seconds: int, key: str, body: bytes, expected: bool) -> None:
    stamp = str(STAMP + seconds)
    signature = hmac.new(key.encode(), b"{}" + stamp.encode(), hashlib.sha256).hexdigest()
    assert is_signed("key", body, stamp, signature, NOW) is expected


@pytest.mark.parametrize("stamp", ["", "yesterday", "-1", "9" * 30, "１２３"])
def test_a_timestamp_that_is_none(stamp: str) -> None:
    assert not is_signed("key", b"{}", stamp, "00", NOW)


@pytest.fixture
async def carrier() -> AsyncIterator[FakePhone]:
    fake = FakePhone()
    await fake.start()
    yield fake
    await fake.stop()


OUT: list[tuple[str, int | tuple[int, dict[str, Any]] | None, type[Exception] | None]] = [
    ("accepted", None, None),
    ("a wrong number", 400, CarrierRefused),
    ("a wrong password", 401, CarrierUnavailable),
    ("an id that was used", 409, CarrierUnavailable),
    ("too fast", 429, CarrierUnavailable),
    ("their fault", 500, CarrierUnavailable),
    ("accepted, and failed at once", (202, {"id": "x", "state": "Failed"}), CarrierRefused),
]


@pytest.mark.parametrize(("answer", "error"), [row[1:] for row in OUT], ids=[row[0] for row in OUT])
async def test_sending(
    carrier: FakePhone, answer: int | tuple[int, dict[str, Any]] | None, error: type[Exception] | None
) -> None:
    carrier.answers += [answer] if answer is not None else []
    async with aiohttp.ClientSession() as session:
        phone = AndroidSms(session, carrier.api, PHONE_USERNAME, PHONE_PASSWORD)
        if error:
            with pytest.raises(error):
                await phone.send(Text(42, ELSA, "Hej"))
            return
        sent = await phone.send(Text(42, ELSA, "Hej å ä ö"))
    (text,) = carrier.texts
    assert (text.id, text.to, text.text) == (sent.carrier_id, ELSA, "Hej å ä ö")
    assert text.id.startswith("42-")


async def test_the_projects_own_server_takes_messages_elsewhere() -> None:
    """The phone's API is at /messages, the cloud's below /3rdparty/v1: what answers once is asked from then on."""
    cloud = FakePhone(paths=("/3rdparty/v1/messages",))
    await cloud.start()
    async with aiohttp.ClientSession() as session:
        phone = AndroidSms(session, cloud.api, PHONE_USERNAME, PHONE_PASSWORD)
        await phone.send(Text(1, ELSA, "Hej"))
        await phone.send(Text(2, ELSA, "Hej igen"))
    await cloud.stop()
    assert [t.text for t in cloud.texts] == ["Hej", "Hej igen"]


async def test_a_phone_that_is_off() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(CarrierUnavailable, match="cannot be reached"):
            await AndroidSms(session, "http://127.0.0.1:9", "a", "b").send(Text(1, ELSA, "Hej"))
