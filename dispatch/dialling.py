"""A call that the network makes itself: whom it rings, and what came of it. Pure; dispatch/dialler.py starts the calls.

    queued ─due─► starting ─the carrier has it─► ringing ─a key is pressed─► connecting ─► ended
                     └ the carrier cannot now: again, and then ended

The first one must press a key, so that an answering machine is nobody. A call that the carrier says nothing more about ends by
its own time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

RINGING_AT_MOST = timedelta(minutes=10)  # from the carrier's yes to a key that is pressed
TALKING_AT_MOST = timedelta(hours=3)
RING_FOR = 25  # seconds, before a call counts as not answered
LEASE = timedelta(seconds=60)  # longer than a carrier's time-out


class Purpose(StrEnum):
    """What a call is for."""

    BRIDGE = "bridge"  # a helper and the resident of a task
    READ_ALOUD = "read_aloud"  # what no SMS can say
    CHAT = "chat"  # a phone chat's two


class CallState(StrEnum):
    """Where a call is. See CALL_TRANSITIONS."""

    QUEUED = "queued"
    STARTING = "starting"
    RINGING = "ringing"
    CONNECTING = "connecting"
    ENDED = "ended"


_C = CallState
CALL_TRANSITIONS: dict[CallState, frozenset[CallState]] = {
    _C.QUEUED: frozenset({_C.STARTING, _C.ENDED}),
    # The first webhook may come before the carrier's answer to us has been stored.
    _C.STARTING: frozenset({_C.STARTING, _C.QUEUED, _C.RINGING, _C.CONNECTING, _C.ENDED}),
    _C.RINGING: frozenset({_C.CONNECTING, _C.ENDED}),
    _C.CONNECTING: frozenset({_C.ENDED}),
    _C.ENDED: frozenset(),
}


class Ended(StrEnum):
    """What came of a call."""

    TALKED = "talked"
    HEARD = "heard"
    WANTS_HUMAN = "wants_human"
    FIRST_SILENT = "first_silent"  # no answer, or nobody pressed a key
    FIRST_BUSY = "first_busy"
    SECOND_SILENT = "second_silent"
    SECOND_BUSY = "second_busy"
    LINE_DOWN = "line_down"  # the carrier could not, for so long that it is given up
    REFUSED = "refused"  # the carrier will never ring this number
    CANCELLED = "cancelled"  # not wanted any more before it began


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """One call. Field names are the columns of the table. second_id: who is connected, None: nobody. messages: what is read
    aloud. due_at: when it is started, or given up."""

    id: int
    purpose: Purpose
    first_id: int
    second_id: int | None
    due_at: datetime | None
    created_at: datetime
    task_id: int | None = None
    phone_chat_id: int | None = None
    messages: tuple[int, ...] = ()
    state: CallState = CallState.QUEUED
    tries: int = 0
    carrier: str | None = None
    carrier_id: str | None = None
    connected_at: datetime | None = None
    outcome: Ended | None = None
    ended_at: datetime | None = None

    def to(self, state: CallState, **changes: Any) -> "OutgoingCall":
        """Move to `state`. Raises ValueError when CALL_TRANSITIONS has no such move: a fault of ours."""
        if state not in CALL_TRANSITIONS[self.state]:
            raise ValueError(f"a call that is {self.state} cannot become {state}")
        return replace(self, state=state, **changes)

    def ended(self, outcome: Ended, now: datetime) -> "OutgoingCall":
        """The call, over."""
        return self.to(CallState.ENDED, outcome=outcome, ended_at=now, due_at=None)

    def talked(self, now: datetime) -> timedelta | None:
        """How long since the second one's telephone rang first; None when it never did."""
        return now - self.connected_at if self.connected_at else None


# How long until the carrier is asked again. A helper waits with the telephone in the hand; a weekly talk has an hour.
PAUSES: dict[Purpose, tuple[timedelta, ...]] = {
    Purpose.BRIDGE: tuple(timedelta(seconds=s) for s in (10, 30)),
    Purpose.READ_ALOUD: tuple(timedelta(minutes=m) for m in (1, 5, 15)),
    Purpose.CHAT: tuple(timedelta(minutes=m) for m in (1, 4, 10, 15, 20)),
}


def decide_unstarted(call: OutgoingCall, refused: bool, now: datetime, after: timedelta | None = None) -> OutgoingCall:
    """The carrier has not taken the call. refused: it never will. after: it says itself when to ask again."""
    pauses = PAUSES[call.purpose]
    if refused:
        return call.ended(Ended.REFUSED, now)
    if call.tries > len(pauses):
        return call.ended(Ended.LINE_DOWN, now)
    return call.to(CallState.QUEUED, due_at=now + (after or pauses[call.tries - 1]))


def decide_started(call: OutgoingCall, carrier: str, carrier_id: str, now: datetime) -> OutgoingCall:
    """The carrier has the call. What its webhooks have said meanwhile stands."""
    if call.state is not CallState.STARTING:
        return replace(call, carrier=call.carrier or carrier, carrier_id=call.carrier_id or carrier_id)
    return call.to(CallState.RINGING, carrier=carrier, carrier_id=carrier_id, due_at=now + RINGING_AT_MOST)


def decide_ready(call: OutgoingCall, now: datetime) -> OutgoingCall:
    """The first one has pressed a key: the second one is rung now. Once more changes nothing."""
    if call.state not in (CallState.STARTING, CallState.RINGING):
        return call
    return call.to(CallState.CONNECTING, connected_at=now, due_at=now + TALKING_AT_MOST)


def decide_silent(call: OutgoingCall, now: datetime) -> OutgoingCall:
    """The call's time is over and the carrier has said nothing more: a word of its has been lost."""
    return call.ended(Ended.FIRST_SILENT if call.state is CallState.RINGING else Ended.LINE_DOWN, now)
