"""Calls that we make, on the wire: what 46elks and Twilio are asked, what their answers mean, and what their webhooks tell."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.voice.outgoing import ElksCaller, Heard, TwilioCaller, heard_from_elks, heard_from_twilio
from dispatch.outbox import CarrierRefused, CarrierUnavailable

TO, FROM = "+46701234567", "+46366800000"
CALL = 4_611_686_018_427_387_904


class Answering:
    """A carrier that answers what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, "{}", {}
        self.asked: list[tuple[str, Mapping[str, str], str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append((request.path, form, request.headers["Authorization"]))
        if self.status == 0:
            assert request.transport
            request.transport.close()
        return web.Response(status=self.status or 500, text=self.body, headers=self.headers)


@pytest.fixture
async def carrier() -> AsyncIterator[tuple[Answering, str, aiohttp.ClientSession]]:
    """The carrier, its address, and a session to reach it."""
    answering, app = Answering(), web.Application()
    app.router.add_post("/{path:.*}", answering.answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield answering, str(server.make_url("")).rstrip("/"), session


def callers(address: str, session: aiohttp.ClientSession) -> dict[str, Any]:
    """One of each, as a network has them."""
    return {
        "46elks": ElksCaller(session, f"{address}/a1", "user", "secret", FROM, "https://x.se/hooks/46elks/key"),
        "twilio": TwilioCaller(session, address, "AC1", "secret", FROM, "https://x.se/hooks/twilio"),
    }


ASKED = {
    "46elks": (
        "/a1/calls",
        {
            "from": FROM,
            "to": TO,
            "timeout": "25",
            "voice_start": f"https://x.se/hooks/46elks/key/out/{CALL}/0/answered",
            "whenhangup": f"https://x.se/hooks/46elks/key/out/{CALL}/0/over",
        },
        "Basic dXNlcjpzZWNyZXQ=",
    ),
    "twilio": (
        "/2010-04-01/Accounts/AC1/Calls.json",
        {
            "From": FROM,
            "To": TO,
            "Timeout": "25",
            "Url": f"https://x.se/hooks/twilio/out/{CALL}/0/answered",
            "StatusCallback": f"https://x.se/hooks/twilio/out/{CALL}/0/over",
        },
        "Basic QUMxOnNlY3JldA==",
    ),
}
TAKEN = {
    "46elks": (200, '{"id": "c01", "state": "ongoing", "direction": "outgoing"}', "c01"),
    "twilio": (201, '{"sid": "CA01", "status": "queued"}', "CA01"),
}


@pytest.mark.parametrize("name", ["46elks", "twilio"])
async def test_a_call_is_asked_for(carrier: tuple[Answering, str, aiohttp.ClientSession], name: str) -> None:
    answering, address, session = carrier
    answering.status, answering.body, expected = TAKEN[name]
    assert await callers(address, session)[name].call(TO, CALL) == expected
    assert answering.asked == [ASKED[name]]


ANSWERS = [
    ("46elks: the number is none", "46elks", 400, "Invalid to", CarrierRefused),
    ("46elks: wrong password", "46elks", 401, "Authorization failed", CarrierUnavailable),
    ("46elks: no money", "46elks", 403, "Not enough credits", CarrierUnavailable),
    ("46elks: down", "46elks", 503, "", CarrierUnavailable),
    ("46elks: failed at once", "46elks", 200, '{"id": "c01", "state": "failed"}', CarrierRefused),
    ("46elks: no id", "46elks", 200, '{"state": "ongoing"}', CarrierUnavailable),
    ("46elks: no JSON", "46elks", 200, "<html>", CarrierUnavailable),
    ("46elks: a list", "46elks", 200, "[]", CarrierUnavailable),
    ("46elks: hangs up", "46elks", 0, "", CarrierUnavailable),
    ("Twilio: the number is none", "twilio", 400, '{"code": 21211}', CarrierRefused),
    ("Twilio: our own number is none", "twilio", 400, '{"code": 21212}', CarrierUnavailable),
    ("Twilio: wrong token", "twilio", 401, '{"code": 20003}', CarrierUnavailable),
    ("Twilio: too many", "twilio", 429, "{}", CarrierUnavailable),
    ("Twilio: down", "twilio", 503, "", CarrierUnavailable),
    ("Twilio: failed at once", "twilio", 201, '{"sid": "CA1", "status": "failed"}', CarrierRefused),
    ("Twilio: no sid", "twilio", 201, "{}", CarrierUnavailable),
    ("Twilio: hangs up", "twilio", 0, "", CarrierUnavailable),
]


@pytest.mark.parametrize(("name", "status", "body", "error"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
async def test_what_an_answer_means(
    carrier: tuple[Answering, str, aiohttp.ClientSession], name: str, status: int, body: str, error: type[Exception]
) -> None:
    answering, address, session = carrier
    answering.status, answering.body = status, body
    with pytest.raises(error) as raised:
        await callers(address, session)[name].call(TO, CALL)
    assert TO not in str(raised.value)


async def test_twilio_says_when_to_come_again(carrier: tuple[Answering, str, aiohttp.ClientSession]) -> None:
    answering, address, session = carrier
    answering.status, answering.headers = 429, {"Retry-After": "30"}
    with pytest.raises(CarrierUnavailable) as raised:
        await callers(address, session)["twilio"].call(TO, CALL)
    assert raised.value.after is not None
    assert raised.value.after.total_seconds() == 30


ELKS = [
    ("answered", {"callid": "c1", "direction": "outgoing", "to": TO}, Heard(carrier_id="c1")),
    ("key", {"callid": "c1", "result": "1"}, Heard("1", "", "c1")),
    ("key", {"callid": "c1", "result": "failed"}, Heard("", "", "c1")),
    ("key", {"callid": "c1"}, Heard("", "", "c1")),
    ("connected", {"callid": "c1", "result": "success"}, Heard("", "answered", "c1")),
    ("connected", {"callid": "c1", "result": "busy"}, Heard("", "busy", "c1")),
    ("connected", {"callid": "c1", "result": "failed"}, Heard("", "failed", "c1")),
    ("connected", {"callid": "c1", "result": "something new"}, Heard("", "failed", "c1")),
    ("over", {"id": "c1", "state": "success", "duration": "120", "cost": "1200"}, Heard("", "answered", "c1")),
    ("over", {"id": "c1", "state": "busy"}, Heard("", "busy", "c1")),
    ("over", {"id": "c1", "state": "failed"}, Heard("", "failed", "c1")),
    ("over", {}, Heard("", "failed", "")),
]
TWILIO = [
    ("answered", {"CallSid": "CA1", "CallStatus": "in-progress"}, Heard(carrier_id="CA1")),
    ("key", {"CallSid": "CA1", "Digits": "9"}, Heard("9", "", "CA1")),
    ("key", {"CallSid": "CA1"}, Heard("", "", "CA1")),
    ("key", {"CallSid": "CA1", "Digits": "<script>"}, Heard("", "", "CA1")),
    ("connected", {"CallSid": "CA1", "DialCallStatus": "completed", "DialCallDuration": "60"}, Heard("", "answered", "CA1")),
    ("connected", {"CallSid": "CA1", "DialCallStatus": "busy"}, Heard("", "busy", "CA1")),
    ("connected", {"CallSid": "CA1", "DialCallStatus": "no-answer"}, Heard("", "failed", "CA1")),
    ("connected", {"CallSid": "CA1", "DialCallStatus": "canceled"}, Heard("", "failed", "CA1")),
    ("over", {"CallSid": "CA1", "CallStatus": "completed", "CallDuration": "61"}, Heard("", "answered", "CA1")),
    ("over", {"CallSid": "CA1", "CallStatus": "busy"}, Heard("", "busy", "CA1")),
    ("over", {"CallSid": "CA1", "CallStatus": "no-answer"}, Heard("", "failed", "CA1")),
]


@pytest.mark.parametrize(("step", "form", "expected"), ELKS)
def test_what_46elks_tells(step: str, form: dict[str, str], expected: Heard) -> None:
    assert heard_from_elks(step, form) == expected


@pytest.mark.parametrize(("step", "form", "expected"), TWILIO)
def test_what_twilio_tells(step: str, form: dict[str, str], expected: Heard) -> None:
    assert heard_from_twilio(step, form) == expected
