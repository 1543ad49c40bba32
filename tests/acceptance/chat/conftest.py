"""Stories in Telegram: the whole program with a Bot API that is the project's own, and python-telegram-bot unmodified.

A new message in a chat that nobody expected fails the story, as an SMS does; edits of messages that stand are looked at by
`shows`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from service.demo.bot_api import SECRET, TOKEN, ChatUser, FakeTelegram, Group, Sent
from tests.acceptance.conftest import Town

ANNA, BO, CIA = (
    ChatUser(1000 + n, first, last) for n, (first, last) in enumerate((("Anna", "Berg"), ("Bo", "Ek"), ("Cia", "Dal")))
)


@dataclass
class Telegram:
    """Telegram, and the town that its people write to."""

    town: Town
    api: FakeTelegram
    read: dict[int, int] = field(default_factory=dict)
    ignored: set[int] = field(default_factory=set)

    def member(self, user: ChatUser) -> "Member":
        """Somebody's private chat with the bot."""
        return Member(self, user)

    async def volunteer(self, user: ChatUser, area: str = "granna", **columns: str) -> "Member":
        """Somebody who has pressed Start some time ago and is a volunteer of the area."""
        self.api.knows(user)
        await self.town.volunteer(f"{user.first_name} {user.last_name}", area, telegram_id=str(user.id), **columns)
        return self.member(user)

    async def coordinator(self, user: ChatUser) -> "Member":
        """A coordinator who is known in Telegram."""
        self.api.knows(user)
        number = f"+46701119{user.id % 1000:03d}"
        await self.town.import_people(
            "name,phone,role,telegram_id\n" + f"{user.first_name} {user.last_name},{number},coordinator,{user.id}\n"
        )
        return self.member(user)

    def unread(self, chat: int) -> list[Sent]:
        """Messages to a chat that no expectation has met yet."""
        return self.api.chats.get(chat, [])[self.read.get(chat, 0) :]

    def in_group(self, group: Group) -> "Posts":
        """What the bot has posted in a group."""
        return Posts(self, group)


@dataclass(frozen=True)
class Posts:
    """A group in a story."""

    telegram: Telegram
    group: Group

    async def expects(self, *words: str) -> Sent:
        """The next new post has these words."""
        return _next(self.telegram, self.group.id, words)

    def shows(self, *words: str) -> Sent:
        """The newest post says this now."""
        return _has(self.telegram.api.last(self.group), words)

    def hears_nothing(self) -> None:
        """No post that has not been expected."""
        assert not self.telegram.unread(self.group.id)


@dataclass(frozen=True)
class Member:
    """Somebody's chat in a story."""

    telegram: Telegram
    user: ChatUser

    async def writes(self, text: str, group: Group | None = None, topic: int | None = None) -> None:
        """Write to the bot, or in a group."""
        await self.telegram.api.writes(self.user, text, group, topic)
        await self.telegram.town.settle()

    async def taps(self, label: str, message: Sent | None = None) -> str:
        """Tap a button of the newest message that has it, or of `message`. Returns what was said for a moment."""
        if message is None:
            labelled = [m for m in self.telegram.api.chats[self.user.id] if any(label == b for row in m.buttons for b, _ in row)]
            assert labelled, f"{label!r} is on none of {[m.buttons for m in self.telegram.api.chats[self.user.id]]}"
            message = labelled[-1]
        tap = await self.telegram.api.taps(self.user, message, label)
        await self.telegram.town.settle()
        return self.telegram.api.toasts.get(tap, "")

    async def forges(self, data: str, message: Sent | None = None) -> str:
        """Send a button's data without such a button. Returns what was said for a moment."""
        tap = await self.telegram.api.forges(self.user, data, message)
        await self.telegram.town.settle()
        return self.telegram.api.toasts.get(tap, "")

    async def shares_number(self, phone: str, of: int | None = None) -> None:
        """Share a contact: the own one, or somebody else's."""
        await self.telegram.api.shares_contact(self.user, phone, of)
        await self.telegram.town.settle()

    async def shares_position(self, lat: float, lon: float) -> None:
        """Share where one is."""
        await self.telegram.api.shares_location(self.user, lat, lon)
        await self.telegram.town.settle()

    async def photographs(self, caption: str = "", **how: Any) -> None:
        """Send a photograph."""
        await self.telegram.api.sends_photo(self.user, caption, **how)
        await self.telegram.town.settle()

    async def speaks(self, content: bytes = b"OggS") -> None:
        """Send a voice note."""
        await self.telegram.api.sends_voice(self.user, 3, content)
        await self.telegram.town.settle()

    async def expects(self, *words: str) -> Sent:
        """The next new message has these words. Returns it."""
        return _next(self.telegram, self.user.id, words)

    def shows(self, *words: str, without: tuple[str, ...] = ()) -> Sent:
        """The newest message says this now, and not that."""
        return _has(self.telegram.api.last(self.user), words, without)

    def hears_nothing(self) -> None:
        """No new message that has not been expected."""
        assert not self.telegram.unread(self.user.id), [m.text for m in self.telegram.unread(self.user.id)]


def labels(message: Sent) -> list[str]:
    """What a message's buttons say."""
    return [label for row in message.buttons for label, _ in row]


def _next(telegram: Telegram, chat: int, words: tuple[str, ...]) -> Sent:
    unread = telegram.unread(chat)
    assert unread, f"{chat} was expected to get a message with {words}"
    telegram.read[chat] = telegram.read.get(chat, 0) + 1
    return _has(unread[0], words)


def _has(message: Sent, words: tuple[str, ...], without: tuple[str, ...] = ()) -> Sent:
    for word in words:
        assert word.casefold() in message.text.casefold(), f"{word!r} is not in {message.text!r}"
    for word in without:
        assert word.casefold() not in message.text.casefold(), f"{word!r} is in {message.text!r}"
    return message


@pytest.fixture
async def bot_api() -> AsyncIterator[FakeTelegram]:
    """The simulated Bot API."""
    fake = FakeTelegram()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def environment(bot_api: FakeTelegram) -> dict[str, Any]:
    """A service with a bot."""
    return {"telegram_api": bot_api.api, "telegram_token": TOKEN, "telegram_secret": SECRET}


@pytest.fixture
async def telegram(bot_api: FakeTelegram, town: Town) -> AsyncIterator[Telegram]:
    """Telegram and a town for one story."""
    bot_api.hook = f"{town.base}/hooks/telegram"
    story = Telegram(town, bot_api)
    yield story
    await town.settle()
    unexpected = {chat: [m.text for m in story.unread(chat)] for chat in bot_api.chats if chat not in story.ignored}
    assert not any(unexpected.values()), f"messages that nobody expected: {unexpected}"
    assert not bot_api.waiting, "updates that were not taken"
