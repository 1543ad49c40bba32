"""Telegram's Bot API through python-telegram-bot: what is sent, and what its answers mean. Nothing is decided here.

Only the library's `Bot` is used. Its Application keeps updates in memory and swallows what handlers raise; here updates wait
in the inbox (bots/telegram/inbox.py) and conversations are rows (deploy/adr/0008).
"""

import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bots.telegram import API
from bots.telegram.buttons import Rows
from dispatch.outbox import CarrierRefused, CarrierUnavailable, ChatUnreachable

os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's times as timedelta, as it will be; without it each one warns
# Their own words about failures and requests hold addresses with the token in them, and whole pages of proxies; ours do not.
logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
logging.getLogger("httpx").setLevel(logging.WARNING)

LONGEST_TEXT, LONGEST_TOAST = 4096, 200  # characters
POLL_SECONDS = 20
MOST_BYTES = 20_000_000  # of a file that the Bot API gives out
WANTED = ["message", "edited_message", "callback_query", "my_chat_member"]
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


GONE = (
    "message to edit not found", "message can't be edited", "message_id_invalid", "message to delete not found",
    "message can't be deleted",
)  # fmt: skip


class ChatMoved(CarrierUnavailable):
    """The group has another id now."""

    def __init__(self, to: int) -> None:
        super().__init__("the group has become a supergroup")
        self.to = to


class TokenRefused(CarrierUnavailable):
    """The bot's token is not, or no longer, a bot's: somebody mends that, and then messages go out."""


class NeverStarted(ChatUnreachable):
    """The person's account is known, but nobody has pressed Start: no refusal, only no chat yet."""


class MessageGone(CarrierRefused):
    """The message cannot be edited any more: somebody has deleted it, or it is too old."""


class ChatApi:
    """One bot. api: the base, such as https://api.telegram.org."""

    def __init__(self, token: str, api: str = API) -> None:
        quick = HTTPXRequest(connection_pool_size=64, connect_timeout=5, read_timeout=15, write_timeout=15, pool_timeout=15)
        patient = HTTPXRequest(connection_pool_size=2, connect_timeout=5, read_timeout=POLL_SECONDS + 10, pool_timeout=5)
        base = api.rstrip("/")
        self._bot = Bot(
            token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=quick, get_updates_request=patient
        )

    async def close(self) -> None:
        """Close the connections."""
        for request in self._bot._request:  # the Bot closes them only when it has been initialized, which asks Telegram
            await request.shutdown()

    async def ask_name(self) -> str:
        """The bot's user name. Raises CarrierUnavailable."""
        async with _named():
            return (await self._bot.get_me()).username or ""

    async def send(
        self, chat: int, text: str, rows: Rows = (), asks: str = "", ask_label: str = "", topic: int = 0, private: bool = False
    ) -> int:
        """Send a text. asks: "contact" or "position" for a button that shares it, "nothing" to take such a button away.
        private: it cannot be forwarded. Returns the message's id.

        Raises ChatUnreachable, ChatMoved, CarrierRefused, CarrierUnavailable.
        """
        markup = _inline(rows) if rows else _keyboard(asks, ask_label)
        async with _named():
            sent = await self._bot.send_message(
                chat,
                text[:LONGEST_TEXT],
                reply_markup=markup,
                message_thread_id=topic or None,
                link_preview_options=_NO_PREVIEW,
                protect_content=private or None,
            )
            return sent.message_id

    async def edit(self, chat: int, message: int, text: str, rows: Rows = ()) -> None:
        """Make a message say something else. That it says so already is fine. Raises MessageGone and as `send` does."""
        async with _named():
            await self._bot.edit_message_text(
                text[:LONGEST_TEXT],
                chat_id=chat,
                message_id=message,
                reply_markup=_inline(rows) if rows else None,
                link_preview_options=_NO_PREVIEW,
            )

    async def delete(self, chat: int, message: int) -> None:
        """Take a message away. Raises MessageGone when it is gone or too old (Telegram: 48 hours), and as `send` does."""
        async with _named():
            await self._bot.delete_message(chat, message)

    async def set_commands(self, commands: Mapping[str, str], language: str) -> None:
        """The menu of commands: what each does. language "": for everybody without one of their own. Raises as `send` does."""
        async with _named():
            await self._bot.set_my_commands(list(commands.items()), language_code=language or None)

    async def edit_buttons(self, chat: int, message: int, rows: Rows) -> None:
        """Make a message have other buttons. Raises as `edit` does."""
        async with _named():
            await self._bot.edit_message_reply_markup(
                chat_id=chat, message_id=message, reply_markup=_inline(rows) if rows else None
            )

    async def answer_tap(self, tap: str, text: str) -> None:
        """Say something for a moment to whoever has tapped a button; "" only ends the waiting. Raises as `send` does."""
        async with _named():
            await self._bot.answer_callback_query(tap, text[:LONGEST_TOAST] or None, show_alert=len(text) > 60)

    async def updates(self, after: int | None) -> list[dict[str, Any]]:
        """What has come since, raw, after at most POLL_SECONDS. after: the last number that is stored; it is confirmed.

        Raises CarrierUnavailable, also when a webhook is set.
        """
        asked: dict[str, Any] = {"limit": 100, "timeout": POLL_SECONDS, "allowed_updates": WANTED}
        if after is not None:
            asked["offset"] = after + 1
        async with _named():
            # Not get_updates, which reads them: one that it cannot read would come again for ever, and nothing after it.
            found = await self._bot._post("getUpdates", asked)
            return found if isinstance(found, list) else []

    async def set_webhook(self, url: str, secret: str) -> None:
        """From now on updates come to this address. Raises as `send` does."""
        async with _named():
            await self._bot.set_webhook(url, allowed_updates=WANTED, secret_token=secret)

    async def delete_webhook(self) -> None:
        """From now on updates are fetched. Raises as `send` does."""
        async with _named():
            await self._bot.delete_webhook()

    async def fetch(self, file_id: str) -> bytes:
        """A file's content. Raises CarrierRefused for one that is too big or gone, CarrierUnavailable."""
        async with _named():
            file = await self._bot.get_file(file_id)
            if (file.file_size or 0) > MOST_BYTES:
                raise CarrierRefused("the file is too big")
            return bytes(await file.download_as_bytearray())


def _inline(rows: Rows) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(b.label, url=b.url) if b.url else InlineKeyboardButton(b.label, callback_data=b.data)
                for b in row
            ]
            for row in rows
        ]
    )


def _keyboard(asks: str, label: str) -> ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    if asks in ("contact", "position"):
        button = KeyboardButton(label, request_contact=asks == "contact", request_location=asks == "position")
        return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
    return ReplyKeyboardRemove() if asks == "nothing" else None


@asynccontextmanager
async def _named() -> AsyncIterator[None]:
    """Telegram's refusals by the names that the outbox knows. Their words may hold the text: only the kind is kept."""
    try:
        yield
    except RetryAfter as error:
        wait = error.retry_after
        after = wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
        raise CarrierUnavailable("Telegram says to wait", after) from error
    except ChatMigrated as error:
        raise ChatMoved(error.new_chat_id) from error
    except Forbidden as error:
        if "initiate conversation" in error.message.casefold():
            raise NeverStarted("the person has not begun a chat with the bot") from error
        raise ChatUnreachable("the bot may not write there: blocked, or put out") from error
    except InvalidToken:
        raise TokenRefused("Telegram refuses the token") from None  # its words spell the token out
    except TimedOut as error:
        raise CarrierUnavailable("Telegram did not answer in time") from error
    except BadRequest as error:
        _raise_for(error)
    except NetworkError as error:
        raise CarrierUnavailable("Telegram cannot be reached") from error
    except TelegramError as error:
        raise CarrierUnavailable(f"Telegram: {type(error).__name__}") from error


def _raise_for(error: BadRequest) -> None:
    said = error.message.casefold()
    if "not modified" in said:
        return
    if "chat not found" in said or "user not found" in said or "peer_id_invalid" in said:
        raise ChatUnreachable("there is no such chat") from error
    if any(gone in said for gone in GONE):
        raise MessageGone("the message is gone") from error
    raise CarrierRefused("Telegram does not take it") from error
