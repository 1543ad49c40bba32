"""What is filed and not answered: floods, machines that answer by themselves, the same words again and again.

An answer to a machine brings its next answer, and two machines never stop. Danger, STOPP and answers to offers are dealt with
before anything is taken for noise; whatever is noise stands in the inbox, and a human is told once.
"""

from __future__ import annotations

from bots.dialogue import said
from bots.dialogue.turn import Turn
from bots.dialogue.words import Reply
from dispatch.model import TaskState

# No person writes more in so short a time, and a carrier's repeats are known by their ids before they are counted.
FLOOD = 20  # messages within LATELY (dispatch/store.py)
SAME = 3  # times the same words within an hour that are answered
FLOODS = "flood"  # why a human must act


def is_flood(turn: Turn) -> bool:
    """Has the sender written more than anybody reads?"""
    return turn.context.lately >= FLOOD


def noise(turn: Turn, reply: Reply | None) -> str | None:
    """What the message is, when it is not to be answered; None for what somebody has written to us."""
    if turn.inbound.chat is not None:
        return None  # machines do not answer in chats, and Telegram slows down whoever writes too much
    if is_flood(turn):
        if not any(c.task.human == FLOODS and c.task.state is TaskState.OPEN for c in turn.context.own):
            turn.for_human(FLOODS)
            _unanswered(turn)
        return FLOODS
    if reply is None and said.is_automatic(turn.inbound.text):
        return "automatic"
    if turn.context.same >= SAME and turn.inbound.text.strip():
        return "repeated_again"
    return None


def _unanswered(turn: Turn) -> None:
    """A human is told, the sender is not."""
    turn.changes.messages = [m for m in turn.changes.messages if m.person_id != turn.person.id]
