"""The script of a call that the network makes: what a webhook means for it, and what is said next. Pure.

answered ─► "press 1 when you are ready" ─key─► the other one is rung ─connected─► "nobody answers", or the end
answered ─► the message is read ─key─► 1 again, 9 a human, anything else or nothing: heard
over: the call has ended, wherever it was
"""

from collections.abc import Mapping
from datetime import datetime

from bots.voice.actions import Action, Connect, Gather, Hangup, Play
from bots.voice.outgoing import Heard
from dispatch.dialling import RING_FOR, CallState, Ended, OutgoingCall, Purpose, decide_ready
from dispatch.phone_chats import LEAST_TALK

AGAIN, HUMAN = "1", "9"
# What may be said in a call: ids of spoken.po, but for "message", which is what waits for the person.
LINES: Mapping[Purpose, tuple[str, ...]] = {
    Purpose.BRIDGE: ("out_ready", "out_silent", "out_busy"),
    Purpose.CHAT: ("out_ready", "out_silent_chat", "out_busy_chat"),
    Purpose.READ_ALOUD: ("out_read", "message", "out_keys", "out_human", "out_bye"),
}


def decide_step(call: OutgoingCall, step: str, heard: Heard, now: datetime, humans: bool = False) -> OutgoingCall:
    """What a webhook means for a call. humans: is an operator on duty, whom somebody can be connected with?

    The same webhook once more changes nothing, nor does one about an earlier try.
    """
    other = bool(heard.carrier_id and call.carrier_id and heard.carrier_id != call.carrier_id)
    if other or call.state in (CallState.QUEUED, CallState.ENDED):
        return call
    match step:
        case "key":
            return _key(call, heard.digits, now, humans)
        case "connected" if call.state is CallState.CONNECTING:
            return call.ended(_how_it_was_connected(call, heard.result), now)
        case "over":
            return call.ended(_how_it_ended(call, heard.result, now), now)
        case _:
            return call


def _how_it_was_connected(call: OutgoingCall, result: str) -> Ended:
    if call.purpose is Purpose.READ_ALOUD:  # with an operator, who says what is to be said
        return Ended.HEARD if result == "answered" else Ended.WANTS_HUMAN
    return {"answered": Ended.TALKED, "busy": Ended.SECOND_BUSY}.get(result, Ended.SECOND_SILENT)


def _key(call: OutgoingCall, digits: str, now: datetime, humans: bool) -> OutgoingCall:
    if call.purpose is not Purpose.READ_ALOUD:
        if digits:  # any key: it is a human who holds the telephone
            return decide_ready(call, now)
        return call if call.state is CallState.CONNECTING else call.ended(Ended.FIRST_SILENT, now)
    if digits == HUMAN:
        return decide_ready(call, now) if humans else call.ended(Ended.WANTS_HUMAN, now)
    return decide_ready(call, now) if digits == AGAIN else call.ended(Ended.HEARD, now)


def _how_it_ended(call: OutgoingCall, result: str, now: datetime) -> Ended:
    if call.state is not CallState.CONNECTING:
        return Ended.FIRST_BUSY if result == "busy" else Ended.FIRST_SILENT
    if call.purpose is Purpose.READ_ALOUD:
        return Ended.HEARD  # has asked to hear it again, and hung up on the way
    talked = call.talked(now)
    return Ended.TALKED if talked is not None and talked >= LEAST_TALK else Ended.SECOND_SILENT


def action_after(call: OutgoingCall, step: str, digits: str, caller_id: str, rung: tuple[str, ...]) -> Action:
    """What happens next in a call that stands as it does after this step. rung: the number of who is connected, or those of the
    operators on duty."""
    if step == "over" or (step == "connected" and call.outcome is Ended.HEARD):
        return Hangup()
    if call.state is CallState.ENDED:
        return _last_words(call)
    if call.purpose is Purpose.READ_ALOUD:
        if step == "key" and digits == HUMAN:
            return Connect(rung, caller_id, "connected", timeout=RING_FOR)
        again = step == "key"
        return Gather(("message", "out_keys") if again else ("out_read", "message", "out_keys"), "key", timeout=6, repeat=1)
    if call.state is CallState.CONNECTING:  # without a number whoever was to be rung has been forgotten meanwhile
        return Connect(rung, caller_id, "connected", timeout=RING_FOR) if rung else Hangup()
    return Gather(("out_ready",), "key", timeout=8, repeat=2)


def _last_words(call: OutgoingCall) -> Action:
    chat = "_chat" if call.purpose is Purpose.CHAT else ""
    said = {
        Ended.SECOND_SILENT: f"out_silent{chat}",
        Ended.SECOND_BUSY: f"out_busy{chat}",
        Ended.WANTS_HUMAN: "out_human",
        Ended.HEARD: "out_bye",
    }.get(call.outcome or Ended.CANCELLED)
    return Play((said,)) if said else Hangup()
