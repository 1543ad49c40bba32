"""46elks: in, out, receipts, duplicates, errors, as labelled tables. Wire format: https://46elks.com/docs."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bots.carriers.api import Malformed
from bots.carriers.elks46 import Elks46, parse_receipt, parse_sms
from bots.inbound_message import Inbound
from dispatch.outbox import CarrierRefused, CarrierUnavailable, MessageState, Receipt, Text
from service.demo.carrier import KEY, PASSWORD, USERNAME, FakeElks
from tests.acceptance.conftest import Town, carrier, change_network, environment, town  # noqa: F401 - fixtures

ELSA = "+46701000001"
SMS = {
    "direction": "incoming",
    "id": "sf8425555e5d8db61dda7a7b3f1b91bdb",
    "from": ELSA,
    "to": "+46766860000",
    "created": "2018-07-13T13:57:23.741000",
    "message": "Hej",
}

IN = [
    ("as documented", {}, Inbound("46elks", SMS["id"], ELSA, ELSA, "Hej")),
    ("a sender without country code", {"from": "070-100 00 01"}, Inbound("46elks", SMS["id"], "070-100 00 01", ELSA, "Hej")),
    ("a sender that is a name", {"from": "ICA"}, Inbound("46elks", SMS["id"], "ICA", None, "Hej")),
    ("an empty message", {"message": ""}, Inbound("46elks", SMS["id"], ELSA, ELSA, "")),
    ("NUL and half a surrogate pair", {"message": "a\x00b\ud83d"}, Inbound("46elks", SMS["id"], ELSA, ELSA, "ab?")),
    ("a new field", {"cost": "0"}, Inbound("46elks", SMS["id"], ELSA, ELSA, "Hej")),
    ("no direction", {"direction": None}, Inbound("46elks", SMS["id"], ELSA, ELSA, "Hej")),
]
MALFORMED = [
    ("no id", {"id": None}, "'id' is missing"),
    ("an empty id", {"id": " "}, "id is empty"),
    ("an endless id", {"id": "x" * 201}, "id is empty or too long"),
    ("no sender", {"from": None}, "'from' is missing"),
    ("an empty sender", {"from": ""}, "sender is empty"),
    ("no message", {"message": None}, "'message' is missing"),
    ("an outgoing one", {"direction": "outgoing"}, "'direction'"),
]


def form(changes: dict[str, str | None]) -> dict[str, str]:
    return {k: v for k, v in {**SMS, **changes}.items() if v is not None}


@pytest.mark.parametrize(("changes", "expected"), [row[1:] for row in IN], ids=[row[0] for row in IN])
def test_an_incoming_sms(changes: dict[str, str | None], expected: Inbound) -> None:
    assert parse_sms(form(changes)) == expected


@pytest.mark.parametrize(("changes", "reason"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_a_malformed_webhook_says_why(changes: dict[str, str | None], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse_sms(form(changes))


def test_a_very_long_message_is_cut_and_never_fails() -> None:
    assert len(parse_sms(form({"message": "a" * 1_000_000})).text) == 20_000


RECEIPTS = [
    ("delivered", {"id": "s1", "status": "delivered", "delivered": "2018-07-13T13:57:23"}, "7", MessageState.DELIVERED, 7),
    ("sent", {"id": "s1", "status": "sent"}, None, MessageState.SENT, None),
    ("failed", {"id": "s1", "status": "failed"}, "x", MessageState.FAILED, None),
    ("a number beyond all numbers", {"id": "s1", "status": "sent"}, "9" * 30, MessageState.SENT, None),
]


@pytest.mark.parametrize(("fields", "ours", "state", "message_id"), [r[1:] for r in RECEIPTS], ids=[r[0] for r in RECEIPTS])
def test_a_delivery_report(fields: dict[str, str], ours: str | None, state: MessageState, message_id: int | None) -> None:
    receipt = parse_receipt(fields, ours)
    assert (receipt.carrier_id, receipt.state, receipt.message_id) == ("s1", state, message_id)


@pytest.mark.parametrize("fields", [{}, {"id": "s1"}, {"id": "s1", "status": "lost"}, {"status": "sent"}])
def test_a_malformed_delivery_report(fields: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        parse_receipt(fields, None)


@pytest.fixture
async def elks(carrier: FakeElks) -> AsyncIterator[Elks46]:  # noqa: F811 - the fixture
    async with aiohttp.ClientSession() as session:
        yield Elks46(session, carrier.api, USERNAME, PASSWORD, "+46766860000", "http://127.0.0.1:1/delivery")


OUT = [
    ("accepted", None, None),
    ("a wrong number", 400, CarrierRefused),
    ("a wrong password", 401, CarrierUnavailable),
    ("not enough credits", 403, CarrierUnavailable),
    ("too fast", 429, CarrierUnavailable),
    ("their fault", 500, CarrierUnavailable),
    ("no answer", "timeout", CarrierUnavailable),
]


@pytest.mark.parametrize(("answer", "error"), [row[1:] for row in OUT], ids=[row[0] for row in OUT])
async def test_sending(elks: Elks46, carrier: FakeElks, answer: int | str | None, error: type[Exception] | None) -> None:  # noqa: F811
    carrier.reports = False
    if answer is not None:
        carrier.answers.append(answer)
    if error:
        with pytest.raises(error):
            await elks.send(Text(42, ELSA, "Hej"))
        assert not carrier.texts
    else:
        sent = await elks.send(Text(42, ELSA, "Hej å ä ö"))
        (text,) = carrier.texts
        assert (text.to, text.text, text.sender, text.id) == (ELSA, "Hej å ä ö", "+46766860000", sent.carrier_id)
        assert text.whendelivered == "http://127.0.0.1:1/delivery?message=42"


async def test_a_carrier_that_is_not_there(carrier: FakeElks) -> None:  # noqa: F811
    async with aiohttp.ClientSession() as session:
        with pytest.raises(CarrierUnavailable):
            await Elks46(session, "http://127.0.0.1:9", USERNAME, PASSWORD, "x", None).send(Text(1, ELSA, "Hej"))


HOOKS = [
    ("an unknown key", "wrong/sms", SMS, 403),
    ("no key", "/sms", SMS, 404),
    ("a form that lacks fields", f"{KEY}/sms", {"id": "1"}, 400),
    ("an empty form", f"{KEY}/sms", {}, 400),
    ("a receipt that lacks fields", f"{KEY}/delivery", {}, 400),
    ("a receipt for nothing of ours", f"{KEY}/delivery", {"id": "s9", "status": "delivered"}, 204),
]


@pytest.mark.parametrize(("path", "fields", "status"), [row[1:] for row in HOOKS], ids=[row[0] for row in HOOKS])
async def test_the_hooks_answer_what_they_are_sent(town: Town, path: str, fields: dict[str, str], status: int) -> None:  # noqa: F811
    async with town.web.post(f"{town.base}/hooks/46elks/{path}", data=fields) as response:
        assert response.status == status
        body = await response.text()
        assert (body == "") == (status == 204)


BODIES: list[tuple[str, dict[str, str], Any, int]] = [
    ("JSON", {"Content-Type": "application/json"}, b"{}", 400),
    ("no UTF-8", {"Content-Type": "application/x-www-form-urlencoded"}, b"id=1&from=%2B46701000009&message=\xff\xfe%ff", 204),
    ("an unknown charset", {"Content-Type": "application/x-www-form-urlencoded; charset=klingon"},
     b"id=2&from=%2B46701000009&message=hej", 204),
    ("Latin-1", {"Content-Type": "application/x-www-form-urlencoded; charset=iso-8859-1"},
     "id=3&from=%2B46701000009&message=Gränna".encode("latin-1"), 204),
    ("a broken multipart", {"Content-Type": "multipart/form-data; boundary=x"}, b"--y\r\nnonsense", 400),
    ("a multipart without boundary", {"Content-Type": "multipart/form-data"}, b"x", 400),
    ("two megabytes", {"Content-Type": "application/x-www-form-urlencoded"}, b"message=" + b"a" * 2_000_000, 413),
    ("a thousand fields", {"Content-Type": "application/x-www-form-urlencoded"}, b"a=1&" * 1000, 400),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "body", "status"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
async def test_a_strange_body_is_never_a_fault_of_ours(
    town: Town,  # noqa: F811
    headers: dict[str, str],
    body: bytes,
    status: int,
) -> None:
    town.ignore(town.phone("+46701000009"))
    async with town.web.post(f"{town.base}/hooks/46elks/{KEY}/sms", data=io.BytesIO(body), headers=headers) as response:
        assert response.status == status, await response.text()


async def test_a_refusal_that_passes_is_tried_again_with_growing_pauses(town: Town) -> None:  # noqa: F811
    """Nobody hears twice, and nobody misses it."""
    town.carrier.answers += [500, 403, "timeout"]
    elsa = town.phone(ELSA)
    await elsa.sends("hej")
    elsa.hears_nothing()
    await town.forward(seconds=4)
    assert town.carrier.tries == 1
    await town.forward(seconds=100)
    assert town.carrier.tries == 4
    await elsa.expects("Vad behöver du hjälp med?")


async def test_a_refusal_for_good_is_dead_and_seen(town: Town) -> None:  # noqa: F811
    """A human sees on the board who did not get what."""
    town.carrier.answers += [400]
    await town.phone(ELSA).sends("hej")
    await town.forward(minutes=5)
    assert town.carrier.tries == 1
    async with town.signed_in("operator") as olle:
        await olle.sees("/desk/calls", "Vad behöver du hjälp med?")
    events = await town.api("GET", "events?limit=1000")
    (dead,) = [e for e in events["events"] if e["kind"] == "message.dead"]
    assert dead["task"] == (await town.task())["code"]  # its history tells what was not heard


async def test_a_carrier_that_is_away_for_a_day(town: Town) -> None:  # noqa: F811
    """After about four hours of trying a message is dead, and seen."""
    town.carrier.answers += [500] * 9
    await town.phone(ELSA).sends("hej")
    await town.runtime.pool.execute("UPDATE task SET deadline_at = deadline_at + interval '2 days'")
    await town.forward(hours=8)
    row = await town.runtime.pool.fetchrow("SELECT state, attempts, error FROM outbox")
    assert (row["state"], row["attempts"]) == ("dead", 9)


async def test_delivery_reports_in_any_order(town: Town) -> None:  # noqa: F811
    """Delivered stays delivered; failed on the way is tried again."""
    town.carrier.reports = False
    elsa = town.phone(ELSA)
    await elsa.sends("hej")
    await elsa.expects("Vad behöver")
    (text,) = town.carrier.texts

    async def state() -> str:
        return str(await town.runtime.pool.fetchval("SELECT state FROM outbox ORDER BY id LIMIT 1"))

    assert await state() == "sent"
    await town.carrier.report(text, "failed")
    assert await state() == "failed"
    await town.forward(seconds=10)
    await elsa.expects("Vad behöver")
    await town.carrier.report(town.carrier.texts[1], "delivered")
    await town.carrier.report(text, "failed")
    await town.carrier.report(text, "sent")
    assert await state() == "delivered"


async def test_what_is_stored_of_a_sent_message(town: Town) -> None:  # noqa: F811
    """The words, the number of parts, the carrier's id; GSM-7 where it can be."""
    await town.phone(ELSA).sends("hej")
    text = await town.phone(ELSA).expects("Vad behöver")
    row = await town.runtime.pool.fetchrow("SELECT body, parts, carrier, carrier_id, state FROM outbox")
    assert row["body"] == text
    assert (row["parts"], row["carrier"], row["state"]) == (2 if len(text) > 160 else 1, "46elks", "delivered")


async def test_two_workers_send_each_message_once(town: Town) -> None:  # noqa: F811
    """Leases keep them apart."""
    town.ignore(*(town.phone(f"+467010003{i:02d}") for i in range(30)))
    for i in range(30):
        await town.carrier.receive(f"+467010003{i:02d}", "hej")
    await asyncio.gather(*(town.runtime.send_due() for _ in range(6)))
    await town.settle()
    assert len(town.carrier.texts) == 30
    assert len({t.to for t in town.carrier.texts}) == 30


async def test_a_worker_that_died_while_sending(town: Town) -> None:  # noqa: F811
    """Its lease runs out and another sends."""
    status = await town.carrier.receive(ELSA, "hej")
    assert status == 204
    until = town.clock.now().isoformat()
    await town.runtime.pool.execute(
        f"UPDATE outbox SET state = 'sending', attempts = 1, leased_until = '{until}'::timestamptz + interval '60 s'"
    )
    await town.forward(seconds=59)
    town.phone(ELSA).hears_nothing()
    await town.forward(seconds=2)
    await town.phone(ELSA).expects("Vad behöver")


def test_the_receipt_type_is_what_the_outbox_takes() -> None:
    assert parse_receipt({"id": "s", "status": "failed"}, None) == Receipt(
        "46elks", "s", MessageState.FAILED, None, "the carrier reported that it failed"
    )
