"""Telegram's updates, read: what somebody has written, tapped, shared or sent. Pure; nothing is decided here.

Wire format: https://core.telegram.org/bots/api#update. python-telegram-bot reads the objects, so that fields which appear
without notice do no harm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update, User

from bots.inbound_message import storable

LONGEST = 4096  # characters of a text
LONGEST_NAME = 80


class Sort(StrEnum):
    """What an update is about."""

    TEXT = "text"
    TAP = "tap"  # a button under a message
    CONTACT = "contact"
    POSITION = "position"
    PHOTO = "photo"
    VOICE = "voice"
    UNREADABLE = "unreadable"  # a sticker, a film, a document: a person's words all the same
    BLOCKED = "blocked"  # in a private chat: the bot may not write any more
    UNBLOCKED = "unblocked"
    LEFT = "left"  # the bot was put out of a group
    MIGRATED = "migrated"  # a group has become a supergroup with another id
    NOTHING = "nothing"  # nothing that is for us


@dataclass(frozen=True, slots=True)
class Writer:
    """Who it is from, as Telegram says. language: a code such as "sv", or ""."""

    id: int
    first_name: str
    last_name: str = ""
    language: str = ""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class File:
    """A photograph or a voice note that can be fetched by its id. size: bytes, as Telegram says."""

    id: str
    mime: str
    size: int


@dataclass(frozen=True, slots=True)
class ChatUpdate:
    """One update. chat: where; topic: a group's topic, 0 for none; private: a chat with one person.

    text: the words, a caption, or a button's data. message: the message's id. tap: the callback's id, to be answered.
    contact: a phone number and the account that it belongs to, if any. position: latitude and longitude in degrees.
    to: the new chat id of a group that has moved.
    """

    sort: Sort
    chat: int = 0
    topic: int = 0
    private: bool = False
    writer: Writer | None = None
    text: str = ""
    message: int = 0
    tap: str = ""
    contact: tuple[str, int | None] | None = None
    position: tuple[float, float] | None = None
    file: File | None = None
    to: int = 0
    edited: bool = False


NOTHING = ChatUpdate(Sort.NOTHING)


def update_id(raw: Mapping[str, Any]) -> int | None:
    """The update's number; None for what is no update at all."""
    number = raw.get("update_id")
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**62 else None


def chat_of(raw: Mapping[str, Any]) -> int:
    """In which chat it has happened, without reading the rest of it: 0 when it says none that we understand.

    Called before anything else is, and so on whatever comes.
    """
    for key in ("message", "edited_message", "my_chat_member", "callback_query"):
        part = raw.get(key)
        if isinstance(part, dict):
            where = part.get("message") if key == "callback_query" and isinstance(part.get("message"), dict) else part
            chat = where.get("chat") if isinstance(where, dict) else None
            chat = chat if isinstance(chat, dict) else part.get("from")
            number = chat.get("id") if isinstance(chat, dict) else None
            return number if isinstance(number, int) and abs(number) < 2**62 else 0
    return 0


def read_update(raw: dict[str, Any]) -> ChatUpdate:
    """The update. Raises whatever reading a malformed one raises: the caller keeps it for a human."""
    update = Update.de_json(raw, None)
    if update.callback_query is not None:
        return _tap(update.callback_query)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    message = update.message or update.edited_message
    if message is None:
        return NOTHING
    return _message(message, edited=update.message is None)


def _writer(user: User | None) -> Writer | None:
    if user is None or user.is_bot:
        return None
    first, last = storable(user.first_name or "")[:LONGEST_NAME], storable(user.last_name or "")[:LONGEST_NAME]
    return Writer(user.id, first, last, (user.language_code or "")[:2].casefold())


def _tap(query: CallbackQuery) -> ChatUpdate:
    chat = query.message.chat if query.message is not None else None
    topic = getattr(query.message, "message_thread_id", None) if getattr(query.message, "is_topic_message", False) else None
    return ChatUpdate(
        Sort.TAP,
        chat=chat.id if chat else query.from_user.id,
        topic=topic or 0,
        private=chat is None or chat.type == "private",
        writer=_writer(query.from_user),
        text=storable(query.data or ""),
        message=query.message.message_id if query.message is not None else 0,
        tap=query.id,
    )


def _membership(change: ChatMemberUpdated) -> ChatUpdate:
    private, gone = change.chat.type == "private", change.new_chat_member.status in ("left", "kicked")
    sort = (Sort.BLOCKED if gone else Sort.UNBLOCKED) if private else Sort.LEFT if gone else Sort.NOTHING
    return ChatUpdate(sort, chat=change.chat.id, private=private, writer=_writer(change.from_user))


def _message(m: Message, edited: bool) -> ChatUpdate:
    if m.migrate_to_chat_id is not None:
        return ChatUpdate(Sort.MIGRATED, chat=m.chat.id, to=m.migrate_to_chat_id)
    writer = _writer(m.from_user)
    if writer is None:
        return NOTHING
    sort, contact, position, file = Sort.UNREADABLE, None, None, None
    words = storable(m.text or m.caption or "")[:LONGEST]
    if m.contact is not None:
        # One that was forwarded may be an old number of theirs, and somebody else's by now.
        owner = m.contact.user_id if m.forward_origin is None else None
        sort, contact = Sort.CONTACT, (m.contact.phone_number[:40], owner)
    elif m.location is not None:
        sort, position = Sort.POSITION, (m.location.latitude, m.location.longitude)
    elif m.photo:
        biggest = m.photo[-1]
        sort, file = Sort.PHOTO, File(biggest.file_id, "image/jpeg", biggest.file_size or 0)
    elif m.voice is not None:
        sort, file = Sort.VOICE, File(m.voice.file_id, m.voice.mime_type or "audio/ogg", m.voice.file_size or 0)
    elif m.text is not None:
        sort = Sort.TEXT
    private = m.chat.type == "private"
    if (edited or not private) and sort is not Sort.TEXT:
        return NOTHING  # such as a live position, which is "edited" for as long as it moves
    topic = m.message_thread_id if m.is_topic_message else None
    return ChatUpdate(
        sort, m.chat.id, topic or 0, private, writer, words, m.message_id, "", contact, position, file, edited=edited
    )
