"""The call script in 46elks' words: an action as the JSON that answers their webhook, and what their webhooks tell.

https://46elks.se/docs/receive-call and the pages on `connect`, `ivr`, `play`, `record`. An action plays one file: what is to be
played before another action, and what cannot be one file, is a part of its own, which goes on at the address `next`.
There is no signature; the key in the path is the secret.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bots.carriers.api import LONGEST_NAME, required
from bots.inbound_message import storable
from bots.voice.actions import Action, Connect, Gather, Hangup, Play, Record
from bots.voice.heard import KEYS, Heard, Incoming, incoming_call
from bots.voice.way import Way

NAME = "46elks"
_OUTCOMES = {"success": "answered", "answered": "answered", "busy": "busy"}


def parse_call(form: Mapping[str, str]) -> Incoming:
    """Somebody phones the network. Raises Malformed."""
    (carrier_id,) = required(form, "callid")
    return incoming_call(NAME, carrier_id, form.get("from", ""), form.get("to", ""))


def parse_step(form: Mapping[str, str], expects: str) -> Heard:
    """What has come of a step. expects: "key", "outcome" or "recording". `result` is the digits, or how a connection went;
    a recording is the address in `wav`."""
    result = form.get("result", "").strip()
    if expects == "key":
        return Heard(key=result if result in KEYS else "")
    if expects == "outcome":
        return Heard(outcome=_OUTCOMES.get(result.casefold(), "failed"))
    return Heard(recording=storable(form.get("wav", ""))[:2000])


def call_id(form: Mapping[str, str]) -> str:
    """Their name for the call: `callid` on the way, `id` when it has ended."""
    return storable(form.get("callid") or form.get("id") or "").strip()[:LONGEST_NAME]


def render(action: Action, sounds: Sequence[str], way: Way, part: int = 0) -> dict[str, Any]:
    """The action as 46elks reads it. sounds: the addresses of its prompts, in order. part: how many of them are done with."""
    alone = isinstance(action, Record)  # it plays nothing itself
    left = sounds[part:]
    if len(left) > (0 if alone else 1):
        return {"play": left[0], "next": way.part(part + 1)}
    match action:
        case Play():
            said = {"play": left[0]} if left else {}
            return said | ({"next": way.step(action.then)} if action.then else {}) or {"hangup": "reject"}
        case Gather():
            heard = {"digits": 1, "timeout": action.timeout, "repeat": action.repeat, "next": way.step(action.then)}
            return {"ivr": left[0], **heard}
        case Connect():
            shows = {"callerid": action.caller_id} if action.caller_id else {}
            return {"connect": ",".join(action.numbers), **shows, "timeout": action.timeout, "next": way.step(action.then)}
        case Record():
            there = way.step(action.then)
            return {"record": there, "timelimit": action.limit, "silencedetection": "yes", "next": there}
        case Hangup():
            return {"hangup": "busy" if action.busy else "reject"}
