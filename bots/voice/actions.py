"""What a call does next, in words that every carrier's language can say.

A call is a row of these, one after the other; `then` is what the script goes on with when the step has ended
(bots/voice/script.py decides it from what the carrier tells). A renderer (bots/voice/elks.py, bots/voice/twiml.py) turns
them into what a carrier reads.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Play:
    """Plays prompts one after the other. prompts: keys of bots/voice/prompts. then: the step that follows; "" ends the call."""

    prompts: tuple[str, ...]
    then: str = ""


@dataclass(frozen=True, slots=True)
class Gather:
    """Plays prompts and waits for one key. then: the step that hears which key it was, "" when none was pressed.

    timeout: seconds of silence after the prompts. repeat: how often they are played in all.
    """

    prompts: tuple[str, ...]
    then: str
    timeout: int = 8
    repeat: int = 2


@dataclass(frozen=True, slots=True)
class Connect:
    """Rings numbers (E.164) at the same time; whoever answers first is connected. caller_id: the number that they see; "": the
    caller's own.

    then: the step that hears how it went (answered, busy, failed). timeout: seconds of ringing. told: the step that hears who
    has answered while they talk, where the carrier tells that; "" for none.
    """

    numbers: tuple[str, ...]
    caller_id: str
    then: str
    timeout: int = 25
    told: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Records what is said. prompts: what is played before. limit: seconds. then: the step that hears where the recording is."""

    prompts: tuple[str, ...]
    then: str
    limit: int = 120


@dataclass(frozen=True, slots=True)
class Hangup:
    """Ends the call. busy: before it is answered, as a busy line."""

    busy: bool = False


Action: TypeAlias = Play | Gather | Connect | Record | Hangup
