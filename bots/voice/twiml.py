"""The call script in Twilio's words: an action as TwiML, and what their webhooks tell.

https://www.twilio.com/docs/voice/twiml. The prompts are played, not said by Twilio, so that a network sounds the same whichever
carrier it has. Every request is signed (bots/carriers/twilio.is_signed).
"""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from bots.carriers.api import LONGEST_NAME, required
from bots.inbound_message import storable
from bots.voice.actions import Action, Connect, Gather, Hangup, Play, Record
from bots.voice.heard import KEYS, Heard, Incoming, incoming_call
from bots.voice.way import Way
from dispatch.phones import read_phone

NAME = "twilio"
ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_OUTCOMES = {"completed": "answered", "answered": "answered", "busy": "busy"}
SILENCE = 5  # seconds after which a recording ends


def parse_call(form: Mapping[str, str]) -> Incoming:
    """Somebody phones the network. Raises Malformed."""
    (carrier_id,) = required(form, "CallSid")
    return incoming_call(NAME, carrier_id, form.get("From", ""), form.get("To", ""))


def parse_step(form: Mapping[str, str], expects: str) -> Heard:
    """What has come of a step. expects: "key", "outcome", "recording", or "told": who has answered."""
    if expects == "key":
        key = form.get("Digits", "").strip()
        return Heard(key=key if key in KEYS else "")
    if expects == "outcome":
        return Heard(outcome=_OUTCOMES.get(form.get("DialCallStatus", "").strip().casefold(), "failed"))
    if expects == "told":
        return Heard(answered_by=read_phone(form.get("To", "")))
    return Heard(recording=storable(form.get("RecordingUrl", ""))[:2000])


def call_id(form: Mapping[str, str]) -> str:
    """Their name for the call; what is told about one of its legs says whose leg it is."""
    return storable(form.get("ParentCallSid") or form.get("CallSid") or "").strip()[:LONGEST_NAME]


def render(action: Action, sounds: Sequence[str], way: Way) -> str:
    """The action as a TwiML document. sounds: the addresses of its prompts, in order."""
    response = Element("Response")
    match action:
        case Play():
            _play(response, sounds)
            _go_on(response, way, action.then)
        case Gather():
            for _ in range(action.repeat):
                there = way.step(action.then)
                options = {"input": "dtmf", "numDigits": "1", "timeout": str(action.timeout), "action": there, "method": "POST"}
                _play(SubElement(response, "Gather", options), sounds)
            _go_on(response, way, action.then)  # nobody has pressed a key
        case Connect():
            _play(response, sounds)
            _dial(response, action, way)
        case Record():
            _play(response, sounds)
            there = way.step(action.then)
            length, silence = str(action.limit), str(SILENCE)
            SubElement(response, "Record", {"action": there, "method": "POST", "maxLength": length, "timeout": silence})
            _go_on(response, way, action.then)  # nothing was said
        case Hangup():
            SubElement(response, "Reject", {"reason": "busy"}) if action.busy else SubElement(response, "Hangup")
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(response, encoding="unicode")


def _play(parent: Element, sounds: Sequence[str]) -> None:
    for address in sounds:
        SubElement(parent, "Play").text = address


def _go_on(response: Element, way: Way, then: str) -> None:
    if then:
        SubElement(response, "Redirect", {"method": "POST"}).text = way.step(then)
    else:
        SubElement(response, "Hangup")


def _dial(response: Element, action: Connect, way: Way) -> None:
    shows = {"callerId": action.caller_id} if action.caller_id else {}
    there = {"action": way.step(action.then), "method": "POST"}
    dial = SubElement(response, "Dial", {**shows, "timeout": str(action.timeout), **there})
    told = {"statusCallback": way.step(action.told), "statusCallbackEvent": "answered"} if action.told else {}
    for number in action.numbers:
        SubElement(dial, "Number", told).text = number
