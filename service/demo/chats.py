"""The chats of the demo: what stands in each, and the ways to write, tap and share there.

What threads.py is to the demo's phones. Telegram is the pretended one of bot_api.py.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dispatch.clock import Clock
from geo.model import Place
from service.demo.bot_api import ChatUser, FakeTelegram, Group, Sent

KEPT = 60  # messages a chat
TOAST_SECONDS = 6.0  # real ones, that what is said after a tap can be seen
ANSWERED_WITHIN = 1.5  # real seconds that a page waits for the program, so that its answer is there
FIRST_VISITOR = 6_000_001
RECEIPT = Path(__file__).with_name("receipt.jpg")
GONE = "Den knappen finns inte längre."


@dataclass(frozen=True, slots=True)
class Bubble:
    """What stands in a chat: a person's words, or the program's message (`sent`), which may change. shares: it came by a key of
    the keyboard. picture: it is the receipt."""

    at: datetime
    writer: ChatUser | None = None
    words: str = ""
    sent: Sent | None = None
    shares: bool = False
    picture: bool = False

    @property
    def text(self) -> str:
        """The words as they stand now."""
        return self.sent.text if self.sent else self.words

    @property
    def is_edited(self) -> bool:
        """Has the program changed its words?"""
        return self.sent is not None and any(before != self.sent.text for before in self.sent.edits)


class Chats:
    """Everybody's chat with the bot, and the groups. on_message hears each message of the program's, and whether it is new."""

    def __init__(self, telegram: FakeTelegram, clock: Clock) -> None:
        self.on_message: Callable[[Sent, bool], None] = lambda _sent, _is_new: None
        self.visitors: dict[int, tuple[ChatUser, str]] = {}  # those who came as somebody new, and their numbers
        self._telegram = telegram
        self._clock = clock
        self._bubbles: defaultdict[int, deque[Bubble]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._taps: dict[int, tuple[str | None, float]] = {}  # of visitors: the last tap, and until when its answer is seen
        self._changes: defaultdict[int, int] = defaultdict(int)
        telegram.on_sent = lambda sent: self._came(sent, True)
        telegram.on_edited = lambda sent: self._came(sent, False)

    def newcomer(self, first_name: str, last_name: str) -> ChatUser:
        """A visitor who has found the bot, with a number that is kept free for fiction."""
        index = len(self.visitors)
        user = ChatUser(FIRST_VISITOR + index, first_name, last_name)
        self.visitors[user.id] = (user, f"+467017406{10 + index % 90}")
        return user

    def of(self, chat: int) -> list[Bubble]:
        """What stands in a chat, oldest first."""
        return [bubble for bubble in self._bubbles.get(chat, ()) if not (bubble.sent and bubble.sent.deleted)]

    def keyboard(self, chat: int) -> list[tuple[str, str]]:
        """The keys in place of a keyboard's letters: what each says, and "contact", "location" or "" for what it gives away."""
        for bubble in reversed(self.of(chat)):
            if bubble.shares or (bubble.sent and "remove_keyboard" in bubble.sent.markup):
                return []
            if bubble.sent and bubble.sent.keyboard:
                return [key for row in bubble.sent.keyboard for key in row]
        return []

    def toast(self, user: int) -> str:
        """What the last tap was answered with, for a moment."""
        tap, until = self._taps.get(user, ("", 0.0))
        if time.monotonic() > until:
            return ""
        return GONE if tap is None else self._telegram.toasts.get(tap, "")

    def with_button(self, chat: int, data: str) -> Sent | None:
        """The newest message that has this button now."""
        sent = [bubble.sent for bubble in self.of(chat) if bubble.sent]
        return next((s for s in reversed(sent) if any(data == has for row in s.buttons for _, has in row)), None)

    async def write(self, user: ChatUser, text: str, group: Group | None = None) -> None:
        """Write to the bot, or in a group; then wait a moment for what it answers."""
        before = self._add(Bubble(self._clock.now(), user, text), group)
        await self._telegram.writes(user, text, group)
        if group is None:  # what people say to each other there is not answered
            await self._until(lambda: self._changes[user.id] > before)

    async def share_number(self, user: ChatUser, phone: str) -> None:
        """Share the own number by the keyboard."""
        before = self._add(Bubble(self._clock.now(), user, phone, shares=True))
        await self._telegram.shares_contact(user, phone)
        await self._until(lambda: self._changes[user.id] > before)

    async def share_place(self, user: ChatUser, place: Place) -> None:
        """Share the position of a place."""
        before = self._add(Bubble(self._clock.now(), user, f"Position: {place.name}", shares=True))
        await self._telegram.shares_location(user, place.lat, place.lon)
        await self._until(lambda: self._changes[user.id] > before)

    async def send_receipt(self, user: ChatUser, caption: str) -> None:
        """Send the picture of a receipt."""
        before = self._add(Bubble(self._clock.now(), user, caption, picture=True))
        await self._telegram.sends_photo(user, caption, content=await asyncio.to_thread(RECEIPT.read_bytes))
        await self._until(lambda: self._changes[user.id] > before)

    async def tap(self, user: ChatUser, chat: int, data: str) -> str | None:
        """Press the button with this data where it stands now. Returns the tap's id; None when it is gone."""
        message = self.with_button(chat, data)
        return await self._telegram.taps(user, message, data) if message else None

    async def tap_and_see(self, user: ChatUser, chat: int, data: str) -> None:
        """Press a button as a visitor does, who sees what is said for a moment."""
        before = self._changes[chat]
        tap = await self.tap(user, chat, data)
        self._taps[user.id] = tap, time.monotonic() + TOAST_SECONDS
        if tap is not None:
            await self._until(lambda: tap in self._telegram.toasts and self._changes[chat] > before)

    def _add(self, bubble: Bubble, group: Group | None = None) -> int:
        assert bubble.writer is not None  # noqa: S101 - of a person's own
        chat = group.id if group else bubble.writer.id
        self._bubbles[chat].append(bubble)
        return self._changes[chat]

    def _came(self, sent: Sent, is_new: bool) -> None:
        self._changes[sent.chat_id] += 1
        if is_new:
            self._bubbles[sent.chat_id].append(Bubble(self._clock.now(), sent=sent))
            self._telegram.forget(sent.chat_id, KEPT)
        self.on_message(sent, is_new)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + ANSWERED_WITHIN
        while not is_so() and time.monotonic() < end:  # noqa: ASYNC110 - a page that waits a moment
            await asyncio.sleep(0.02)
