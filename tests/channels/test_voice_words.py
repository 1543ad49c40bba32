"""One call script in two carriers' words: each action as 46elks' JSON and as Twilio's TwiML, and what they tell, as tables.

46elks: https://46elks.se/docs. Twilio: https://www.twilio.com/docs/voice/twiml.
"""

from typing import Any
from xml.etree import ElementTree

import pytest

from bots.carriers.api import Malformed
from bots.voice import elks, twiml
from bots.voice.actions import Action, Connect, Gather, Hangup, Play, Record
from bots.voice.heard import Heard, Incoming
from bots.voice.way import Way

WAY = Way("https://x/call", 3)
ONE, TWO = "https://x/voice/a.wav?say=sv:a,b", "https://x/voice/b.mp3"
ELSA, US, ANNA, BO = "+46701000001", "+46766860000", "+46701110011", "+46701110012"
STEP = "https://x/call/3"
BOTH = Connect((ANNA, BO), US, "rang", 25, "told")

ACTIONS: list[tuple[str, Action, list[str], int, dict[str, Any]]] = [
    ("play, and the end", Play(("a",)), [ONE], 0, {"play": ONE}),
    ("play, and go on", Play(("a",), "ring"), [ONE], 0, {"play": ONE, "next": f"{STEP}/ring"}),
    ("two files, the first", Play(("a", "b"), "ring"), [ONE, TWO], 0, {"play": ONE, "next": f"{STEP}/part?n=1"}),
    ("two files, the second", Play(("a", "b"), "ring"), [ONE, TWO], 1, {"play": TWO, "next": f"{STEP}/ring"}),
    ("a key", Gather(("a",), "menu", 7, 3), [ONE], 0,
     {"ivr": ONE, "digits": 1, "timeout": 7, "repeat": 3, "next": f"{STEP}/menu"}),
    ("a key after two files", Gather(("a", "b"), "menu"), [ONE, TWO], 0, {"play": ONE, "next": f"{STEP}/part?n=1"}),
    ("everybody at once", BOTH, [], 0, {"connect": f"{ANNA},{BO}", "callerid": US, "timeout": 25, "next": f"{STEP}/rang"}),
    ("before a recording", Record(("a",), "recorded"), [ONE], 0, {"play": ONE, "next": f"{STEP}/part?n=1"}),
    ("a recording", Record(("a",), "recorded", 90), [ONE], 1,
     {"record": f"{STEP}/recorded", "timelimit": 90, "silencedetection": "yes", "next": f"{STEP}/recorded"}),
    ("the end", Hangup(), [], 0, {"hangup": "reject"}),
    ("busy", Hangup(busy=True), [], 0, {"hangup": "busy"}),
    ("nothing to play, and go on", Play((), "ring"), [], 0, {"next": f"{STEP}/ring"}),
    ("nothing at all", Play(()), [], 0, {"hangup": "reject"}),
]  # fmt: skip


@pytest.mark.parametrize(("action", "sounds", "part", "expected"), [r[1:] for r in ACTIONS], ids=[r[0] for r in ACTIONS])
def test_an_action_for_46elks(action: Action, sounds: list[str], part: int, expected: dict[str, Any]) -> None:
    assert elks.render(action, sounds, WAY, part) == expected


GATHER = f'<Gather input="dtmf" numDigits="1" timeout="7" action="{STEP}/menu" method="POST"><Play>{ONE}</Play></Gather>'
TOLD = f'statusCallback="{STEP}/told" statusCallbackEvent="answered"'
TWIML: list[tuple[str, Action, list[str], str]] = [
    ("play, and the end", Play(("a",)), [ONE], f"<Play>{ONE}</Play><Hangup />"),
    ("play, and go on", Play(("a",), "ring"), [ONE, TWO],
     f'<Play>{ONE}</Play><Play>{TWO}</Play><Redirect method="POST">{STEP}/ring</Redirect>'),
    ("a key", Gather(("a",), "menu", 7, 2), [ONE], f'{GATHER}{GATHER}<Redirect method="POST">{STEP}/menu</Redirect>'),
    ("everybody at once", BOTH, [],
     f'<Dial callerId="{US}" timeout="25" action="{STEP}/rang" method="POST">'
     f"<Number {TOLD}>{ANNA}</Number><Number {TOLD}>{BO}</Number></Dial>"),
    ("one, and nobody is told", Connect((ANNA,), US, "bridged", 30), [],
     f'<Dial callerId="{US}" timeout="30" action="{STEP}/bridged" method="POST"><Number>{ANNA}</Number></Dial>'),
    ("a recording", Record(("a",), "recorded", 90), [ONE],
     f'<Play>{ONE}</Play><Record action="{STEP}/recorded" method="POST" maxLength="90" timeout="5" />'
     f'<Redirect method="POST">{STEP}/recorded</Redirect>'),
    ("the end", Hangup(), [], "<Hangup />"),
    ("busy", Hangup(busy=True), [], '<Reject reason="busy" />'),
]  # fmt: skip


@pytest.mark.parametrize(("action", "sounds", "expected"), [row[1:] for row in TWIML], ids=[row[0] for row in TWIML])
def test_an_action_for_twilio(action: Action, sounds: list[str], expected: str) -> None:
    assert twiml.render(action, sounds, WAY) == f'<?xml version="1.0" encoding="UTF-8"?><Response>{expected}</Response>'


def test_what_stands_in_an_address_is_no_markup() -> None:
    document = ElementTree.fromstring(twiml.render(Play(("a",)), ["https://x/?a=1&b=<2>"], WAY))  # noqa: S314 - our own
    assert document.findtext("Play") == "https://x/?a=1&b=<2>"


HIDDEN = ["", " ", "anonymous", "Anonymous", "+266696687", "withheld", "private", "Restricted", "unknown", "+464"]
CALLERS = [(ELSA, ELSA), ("0701000001", ELSA), ("46701000001", ELSA), ("036-10 50 00", "+4636105000"), ("ICA", None)]


@pytest.mark.parametrize(("written", "caller"), [*((h, None) for h in HIDDEN), *CALLERS])
def test_who_phones(written: str, caller: str | None) -> None:
    """A number that is hidden, each carrier's way, is nobody's number."""
    by_elks = elks.parse_call({"callid": "c1", "from": written, "to": US, "direction": "incoming"})
    assert by_elks == Incoming("46elks", "c1", caller, US)
    assert twiml.parse_call({"CallSid": "CA1", "From": written, "To": US}) == Incoming("twilio", "CA1", caller, US)


@pytest.mark.parametrize("form", [{}, {"callid": ""}, {"callid": " "}, {"callid": "x" * 201}])
def test_a_call_without_a_name_is_none(form: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        elks.parse_call(form)
    with pytest.raises(Malformed):
        twiml.parse_call({"CallSid": form["callid"]} if form else {})


def test_a_call_without_the_other_fields_is_one_from_a_hidden_number() -> None:
    assert elks.parse_call({"callid": "c1"}) == Incoming("46elks", "c1", None, "")


STEPS = [
    ("a key", "key", {"result": "3"}, {"Digits": "3"}, Heard(key="3")),
    ("a star", "key", {"result": "*"}, {"Digits": "*"}, Heard(key="*")),
    ("no key", "key", {"result": ""}, {"Digits": ""}, Heard()),
    ("no field", "key", {}, {}, Heard()),
    ("many keys", "key", {"result": "123"}, {"Digits": "123"}, Heard()),
    ("a word", "key", {"result": "failed"}, {"Digits": "timeout"}, Heard()),
    ("answered", "outcome", {"result": "success"}, {"DialCallStatus": "completed"}, Heard(outcome="answered")),
    ("busy", "outcome", {"result": "busy"}, {"DialCallStatus": "busy"}, Heard(outcome="busy")),
    ("nobody", "outcome", {"result": "failed"}, {"DialCallStatus": "no-answer"}, Heard(outcome="failed")),
    ("nothing said of it", "outcome", {}, {}, Heard(outcome="failed")),
    ("a recording", "recording", {"wav": "https://e/r.wav"}, {"RecordingUrl": "https://t/r"}, None),
    ("no recording", "recording", {}, {}, Heard()),
]


@pytest.mark.parametrize(("expects", "by_elks", "by_twilio", "heard"), [row[1:] for row in STEPS], ids=[row[0] for row in STEPS])
def test_what_has_come_of_a_step(expects: str, by_elks: dict[str, str], by_twilio: dict[str, str], heard: Heard | None) -> None:
    assert elks.parse_step(by_elks, expects) == (heard or Heard(recording="https://e/r.wav"))
    assert twiml.parse_step(by_twilio, expects) == (heard or Heard(recording="https://t/r"))


def test_twilio_tells_who_has_answered() -> None:
    form = {"CallSid": "CA2", "ParentCallSid": "CA1", "To": ANNA, "CallStatus": "in-progress"}
    assert (twiml.parse_step(form, "told"), twiml.call_id(form)) == (Heard(answered_by=ANNA), "CA1")
    assert elks.call_id({"id": "c1", "state": "success"}) == elks.call_id({"callid": "c1"}) == "c1"
