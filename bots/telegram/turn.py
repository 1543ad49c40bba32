"""One update from a private chat being answered: a Turn that also knows what the person was being asked there."""

from dataclasses import dataclass, field
from typing import Any

from bots.dialogue.turn import Turn
from bots.telegram.buttons import Rows
from bots.telegram.updates import ChatUpdate
from dispatch.changes import Conversation

Buttons = list[list[tuple[str, str]]]  # rows of label (a text id, or "=" and words) and data


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody is being asked. flow "": nothing."""

    flow: str = ""
    step: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that is done at once when all is stored, and is no loss when it fails: the buttons of the message that was
    tapped, or words for a moment (`toast`, a text id)."""

    toast: str = ""
    rows: Rows | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ChatTurn:
    """The turn, the update, and what has been asked before. needed: areas' keys that need volunteers."""

    turn: Turn
    update: ChatUpdate
    asked: Asked
    effect: Effect = field(default_factory=Effect)

    def say(self, kind: str, buttons: Buttons | None = None, shares: str = "", **params: Any) -> None:
        """Answer with a text, buttons under it, or a button that shares a contact or a position."""
        more: dict[str, Any] = {"buttons": buttons} if buttons else {}
        if shares:
            more["shares"] = shares
        # After STOPP too: whoever writes a command or taps wants this answer. Otherwise in its turn, as what is forced is not.
        self.turn.say(kind, force=self.turn.person.stopped_at is not None, **params, **more)

    def ask(self, flow: str, step: str, data: dict[str, Any]) -> None:
        """From now on this is what the person is being asked."""
        self.asked = Asked(flow, step, data)
        chat = self.update.chat
        self.turn.changes.conversations = [Conversation(chat, flow, step, data, self.turn.now)]

    def done_asking(self) -> None:
        """Nothing is being asked any more."""
        if self.asked.flow:
            self.ask("", "", {})
