"""A network with three carriers: 46elks, Twilio, and a spare phone. Each answer leaves the way the question came."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from service.demo.http_carriers import (
    PHONE_KEY,
    PHONE_PASSWORD,
    PHONE_USERNAME,
    TWILIO_ACCOUNT,
    TWILIO_TOKEN,
    FakePhone,
    FakeTwilio,
)
from tests.acceptance.conftest import NetworkChange, Town

ELSA, BO = "+46701000001", "+46701000002"


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    fake = FakeTwilio()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def phone() -> AsyncIterator[FakePhone]:
    fake = FakePhone()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def change_network() -> NetworkChange:
    def change(raw: dict[str, Any]) -> None:
        raw["network"]["carriers"] = ["46elks", "twilio", "android-sms"]
        raw["network"]["sms_numbers"] = {"twilio": "+46766860001"}

    return change


@pytest.fixture
def environment(twilio: FakeTwilio, phone: FakePhone) -> dict[str, Any]:
    return {
        "twilio_api": twilio.api, "twilio_account": TWILIO_ACCOUNT, "twilio_token": TWILIO_TOKEN,
        "android_sms_api": phone.api, "android_sms_username": PHONE_USERNAME, "android_sms_password": PHONE_PASSWORD,
        "android_sms_key": PHONE_KEY,
    }  # fmt: skip


@pytest.fixture
async def three(town: Town, twilio: FakeTwilio, phone: FakePhone) -> Town:
    """The town, known to all of its carriers."""
    twilio.public = phone.public = town.base
    return town


async def test_the_answer_leaves_the_way_the_question_came(three: Town, twilio: FakeTwilio, phone: FakePhone) -> None:
    """Elsa texts the Twilio number and Bo the spare phone; Anna, who is asked, has never written and hears by the first."""
    anna = await three.volunteer("Anna Berg", "granna")
    assert await twilio.receive(ELSA, "Kan någon handla? Bor i Gränna") == 200
    await three.settle()
    (answer,) = twilio.to(ELSA)
    assert "letar" in answer
    assert twilio.texts[0].sender == "+46766860001"
    number = await anna.offer("handla mat")
    await anna.sends(f"JA {number}")
    await anna.expects("Tack", ELSA)
    assert len(twilio.to(ELSA)) == 2  # who comes is told the same way
    assert await phone.receive("070-100 00 02", "hej") == 204
    await three.settle()
    (question,) = phone.to(BO)
    assert "Vad behöver du hjälp med?" in question
    assert not [t for t in three.carrier.texts if t.to in (ELSA, BO)]


async def test_when_a_carrier_fails_the_next_one_sends(three: Town, twilio: FakeTwilio, phone: FakePhone) -> None:
    """Elsa hears at once, by another number; the board says which carrier fails, and when it is well again."""
    twilio.answers = [500]
    async with three.signed_in("coordinator") as karin:
        await karin.sees("/board", "twilio</b> inte använd än")
        await twilio.receive(ELSA, "hej")
        await three.settle()
        await three.phone(ELSA).expects("Vad behöver du hjälp med?")
        await karin.sees("/board", "46elks</b> fungerar", "twilio</b> skickar inget sedan 09:00", "Twilio answered 500")
        async with three.web.get(f"{three.base}/metrics") as response:
            assert 'budkavle_carrier_failing{carrier="twilio"} 1.0' in await response.text()
        await three.forward(minutes=1)
        await twilio.receive(ELSA, "handla mat i gränna")
        await three.settle()
        assert len(twilio.to(ELSA)) == 1
        await karin.sees("/board", "twilio</b> fungerar")
    three.ignore(three.service_group, three.enterprise)


async def test_a_text_that_is_lost_on_the_way_goes_another_way(three: Town, twilio: FakeTwilio) -> None:
    """Twilio took it and could not bring it: the next try is another carrier's."""
    await twilio.receive(ELSA, "hej")
    await three.settle()
    (first,) = twilio.texts
    assert await twilio.report(first, "undelivered", ErrorCode="30005") == 204
    await three.forward(seconds=10)
    await three.phone(ELSA).expects("Vad behöver du hjälp med?")
    assert len(twilio.texts) == 1
    assert await twilio.report(first, "delivered") == 204  # late, about the first try


async def test_the_phone_reports_what_became_of_a_text(three: Town, phone: FakePhone) -> None:
    """Sent, delivered part by part; one that fails goes another way."""
    await phone.receive(BO, "hej")
    await three.settle()
    (sent,) = phone.texts

    async def state() -> str:
        return str(await three.runtime.pool.fetchval("SELECT state FROM outbox ORDER BY id LIMIT 1"))

    assert await phone.report(sent, "sms:sent") == 204
    assert await state() == "sent"
    assert await phone.report(sent, "sms:failed", reason="RESULT_ERROR_NO_SERVICE") == 204
    assert await state() == "failed"
    await three.forward(seconds=10)
    await three.phone(BO).expects("Vad behöver")
    assert await phone.tell("system:ping", {}) == 204


async def test_what_comes_twice_is_one_message(three: Town, twilio: FakeTwilio, phone: FakePhone) -> None:
    """Twilio's MessageSid, the phone's id, and the same words at the same moment under another id."""
    for _ in range(2):
        assert await twilio.receive(ELSA, "hej", MessageSid="SM77") == 200
        assert await phone.receive(BO, "hej", event="ev-same") == 204
    assert await phone.receive(BO, "hej", event="ev-other") == 204
    await three.settle()
    assert (len(twilio.to(ELSA)), len(phone.to(BO))) == (1, 1)
    assert len((await three.api("GET", "tasks"))["tasks"]) == 2


async def test_what_is_not_signed_is_refused(three: Town, twilio: FakeTwilio, phone: FakePhone) -> None:
    """A forged text, a changed one, a copy of an old one: 403, and nothing has happened."""
    fields = {"MessageSid": "SM1", "AccountSid": TWILIO_ACCOUNT, "From": ELSA, "Body": "hej"}
    assert await twilio.call("/hooks/twilio/sms", fields, signature="") == 403
    assert await twilio.call("/hooks/twilio/sms", fields, signature="AAAA") == 403
    assert await twilio.call("/hooks/twilio/status", {"MessageSid": "SM1", "MessageStatus": "sent"}, signature="x") == 403
    payload = {"messageId": "a", "message": "hej", "sender": BO, "receivedAt": "2020-04-08T09:00:00"}
    assert await phone.tell("sms:received", payload, seconds_ago=400) == 403
    assert await phone.post(b"{}", {}) == 403
    assert await phone.post(b"{}", {"X-Timestamp": "1", "X-Signature": "00"}, key="wrong") == 403
    assert not (await three.api("GET", "tasks"))["tasks"]


async def test_a_signed_webhook_that_makes_no_sense(three: Town, twilio: FakeTwilio, phone: FakePhone) -> None:
    """400 with the reason, so that whoever sets it up sees what is wrong."""
    assert await twilio.call("/hooks/twilio/sms", {"From": ELSA}) == 400
    assert await twilio.call("/hooks/twilio/sms", {"MessageSid": "S", "From": ELSA, "AccountSid": "AC9", "Body": "hej"}) == 400
    assert await twilio.call("/hooks/twilio/status", {"MessageSid": "S"}) == 400
    assert await phone.tell("sms:received", {"message": "hej"}) == 400


async def test_somebody_abroad_is_phoned_by_a_human_and_not_texted(three: Town, twilio: FakeTwilio) -> None:
    """The network file allows no other country: whoever decides to phone there is a person. Danger is answered all the same."""
    await twilio.receive("+4520123456", "hej")
    await three.settle()
    assert not twilio.texts
    async with three.signed_in("operator") as olle:
        await olle.sees("/desk/calls", "Vad behöver du hjälp med?", "Numret är i ett annat land")
    await twilio.receive("+4520123457", "min man andas inte")
    await three.settle()
    assert "112" in twilio.to("+4520123457")[0]
    await three.coordinator.offer("andas inte")


async def test_a_number_that_costs_extra_is_never_answered(three: Town, twilio: FakeTwilio) -> None:
    """Not even danger: an 0900 number that texts is somebody's machine. A coordinator hears of it."""
    await twilio.receive("+469001234567", "det brinner")
    await three.settle()
    assert not twilio.texts
    await three.coordinator.offer("brinner")
