"""What webhooks mean for a call that we make, in any order and twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots.voice.actions import Connect, Gather, Hangup, Play
from bots.voice.outgoing import Heard
from bots.voice.outgoing_script import action_after, decide_step
from dispatch.dialling import (
    CallState,
    Ended,
    OutgoingCall,
    Purpose,
    decide_ready,
    decide_silent,
    decide_started,
    decide_unstarted,
)

NOW = datetime(2020, 4, 8, 12, 0, tzinfo=UTC)
CALL = OutgoingCall(1, Purpose.BRIDGE, 2, 3, NOW, NOW, task_id=4, state=CallState.STARTING, tries=1)
RINGING = decide_started(CALL, "46elks", "c1", NOW)
CONNECTING = decide_ready(RINGING, NOW)
READING = replace(RINGING, purpose=Purpose.READ_ALOUD, second_id=None)

STORIES = [
    ("somebody presses a key", RINGING, "key", Heard("1"), CallState.CONNECTING, None),
    ("another key is a human too", RINGING, "key", Heard("5"), CallState.CONNECTING, None),
    ("no key", RINGING, "key", Heard(), CallState.ENDED, Ended.FIRST_SILENT),
    ("the key comes before the carrier's answer is stored", CALL, "key", Heard("1"), CallState.CONNECTING, None),
    ("the key once more", CONNECTING, "key", Heard("1"), CallState.CONNECTING, None),
    ("silence after the key", CONNECTING, "key", Heard(), CallState.CONNECTING, None),
    ("connected and over", CONNECTING, "connected", Heard("", "answered"), CallState.ENDED, Ended.TALKED),
    ("connected before any key is nonsense", RINGING, "connected", Heard("", "answered"), CallState.RINGING, None),
    ("busy", RINGING, "over", Heard("", "busy"), CallState.ENDED, Ended.FIRST_BUSY),
    ("no answer", RINGING, "over", Heard("", "failed"), CallState.ENDED, Ended.FIRST_SILENT),
    ("the helper hangs up while it rings", CONNECTING, "over", Heard("", "answered"), CallState.ENDED, Ended.SECOND_SILENT),
    ("a word about an earlier try", RINGING, "over", Heard("", "busy", "c0"), CallState.RINGING, None),
    ("a word about a call that waits to be tried again", replace(CALL, state=CallState.QUEUED), "over", Heard("", "busy"),
     CallState.QUEUED, None),
    ("read, and hung up", READING, "over", Heard("", "answered"), CallState.ENDED, Ended.FIRST_SILENT),
    ("read to the end", READING, "key", Heard(), CallState.ENDED, Ended.HEARD),
    ("read, and a human is wanted", READING, "key", Heard("9"), CallState.ENDED, Ended.WANTS_HUMAN),
    ("read once more", READING, "key", Heard("1"), CallState.CONNECTING, None),
    ("hung up when it was read once more", decide_ready(READING, NOW), "over", Heard(), CallState.ENDED, Ended.HEARD),
]  # fmt: skip


@pytest.mark.parametrize(("call", "step", "heard", "state", "outcome"), [r[1:] for r in STORIES], ids=[r[0] for r in STORIES])
def test_what_a_webhook_means(call: OutgoingCall, step: str, heard: Heard, state: CallState, outcome: Ended | None) -> None:
    after = decide_step(call, step, heard, NOW + timedelta(seconds=20))
    assert (after.state, after.outcome) == (state, outcome)
    assert (after.due_at is None) == (after.state is CallState.ENDED)
    again = decide_step(after, step, heard, NOW + timedelta(seconds=21))
    assert again.outcome == outcome


def test_a_talk_that_the_helper_ends_is_a_talk() -> None:
    after = decide_step(CONNECTING, "over", Heard("", "answered"), NOW + timedelta(minutes=5))
    assert (after.outcome, after.talked(NOW + timedelta(minutes=5))) == (Ended.TALKED, timedelta(minutes=5))


def test_what_is_done_next() -> None:
    number, network = "+46701234567", "+46366800000"
    assert action_after(RINGING, "answered", "", network, (number,)) == Gather(("out_ready",), "key", 8, 2)
    assert action_after(CONNECTING, "key", "1", network, (number,)) == Connect((number,), network, "connected", 25)
    assert action_after(CONNECTING, "key", "1", network, ()) == Hangup()
    assert action_after(CONNECTING.ended(Ended.TALKED, NOW), "connected", "", network, (number,)) == Hangup()
    assert action_after(CONNECTING.ended(Ended.SECOND_BUSY, NOW), "connected", "", network, (number,)) == Play(("out_busy",))
    chat = replace(CONNECTING, purpose=Purpose.CHAT).ended(Ended.SECOND_SILENT, NOW)
    assert action_after(chat, "connected", "", network, (number,)) == Play(("out_silent_chat",))
    assert action_after(RINGING.ended(Ended.FIRST_SILENT, NOW), "over", "", network, (number,)) == Hangup()
    assert action_after(RINGING.ended(Ended.CANCELLED, NOW), "answered", "", network, (number,)) == Hangup()


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_carrier_that_cannot_is_asked_again_and_then_given_up(purpose: Purpose) -> None:
    call, waited = replace(CALL, purpose=purpose, tries=0, state=CallState.QUEUED), timedelta(0)
    for tries in range(1, 20):
        call = decide_unstarted(call.to(CallState.STARTING, tries=tries), False, NOW + waited)
        if call.due_at is None:
            break
        waited += call.due_at - (NOW + waited)
    assert call.outcome is Ended.LINE_DOWN
    assert waited <= timedelta(hours=1)
    assert decide_unstarted(CALL, True, NOW).outcome is Ended.REFUSED


def test_a_carrier_that_says_nothing_more() -> None:
    assert decide_silent(RINGING, NOW).outcome is Ended.FIRST_SILENT
    assert decide_silent(CONNECTING, NOW).outcome is Ended.LINE_DOWN


def test_the_carriers_answer_after_its_webhooks_changes_nothing() -> None:
    over = CALL.ended(Ended.FIRST_BUSY, NOW)
    assert decide_started(over, "46elks", "c1", NOW).outcome is Ended.FIRST_BUSY
    assert decide_ready(over, NOW) is over
    with pytest.raises(ValueError, match="cannot become"):
        over.to(CallState.RINGING)


def test_whoever_wants_a_human_is_connected_with_an_operator_on_duty() -> None:
    """And is phoned later when none is, or none answers."""
    network, operators = "+46366800000", ("+46701110009", "+46701110008")
    waits = decide_step(READING, "key", Heard("9"), NOW, humans=True)
    assert action_after(waits, "key", "9", network, operators) == Connect(operators, network, "connected", 25)
    talked = decide_step(waits, "connected", Heard("", "answered"), NOW)
    assert (talked.outcome, action_after(talked, "connected", "", network, ())) == (Ended.HEARD, Hangup())
    nobody = decide_step(waits, "connected", Heard("", "failed"), NOW)
    assert (nobody.outcome, action_after(nobody, "connected", "", network, ())) == (Ended.WANTS_HUMAN, Play(("out_human",)))
