"""What goes to and fro in a pretended Telegram: users, groups, the program's messages, and what Telegram takes of them. Pure."""

import html
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "4242:fake-bot-token"  # noqa: S105 - of a bot that does not exist
BOT_USERNAME = "budkavle_fake_bot"
LONGEST = 4096  # characters of a text, when its tags have been taken away

Json = dict[str, Any]

BOT: Json = {"id": int(TOKEN.partition(":")[0]), "is_bot": True, "first_name": "Budkavle", "username": BOT_USERNAME}
_TAG = re.compile(r"<(/?)([^\s<>/]*)([^<>]*)(>?)")
_TAGS = frozenset("b strong i em u ins s strike del span tg-spoiler a code pre blockquote tg-emoji".split())
_ESCAPE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


@dataclass(frozen=True, slots=True)
class ChatUser:
    """Somebody with Telegram; the private chat with them has the same number."""

    id: int
    first_name: str
    last_name: str = ""
    language: str = "sv"
    username: str = ""

    def names(self) -> Json:
        """The fields that a user and a private chat have in common."""
        names = {"first_name": self.first_name, "last_name": self.last_name, "username": self.username}
        return {"id": self.id} | {key: name for key, name in names.items() if name}

    def user(self) -> Json:
        """As Telegram writes a user."""
        return {**self.names(), "is_bot": False} | ({"language_code": self.language} if self.language else {})

    def chat(self) -> Json:
        """As Telegram writes the private chat with them."""
        return {**self.names(), "type": "private"}


@dataclass(frozen=True, slots=True)
class Group:
    """A group chat: its number is negative, a supergroup's begins with -100. topics: the forum's message_thread_ids."""

    id: int
    title: str
    is_forum: bool = False
    topics: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        """As Telegram names it: only a supergroup has topics, and only a plain group can migrate."""
        return "supergroup" if self.id < -1_000_000_000_000 else "group"

    def chat(self) -> Json:
        """As Telegram writes the chat."""
        return {"id": self.id, "type": self.kind, "title": self.title} | ({"is_forum": True} if self.is_forum else {})


@dataclass(slots=True)
class Sent:
    """A message of the program's, as it stands now.

    text: what a person reads. source: what the program wrote, with its tags. edits: the texts that it had before.
    """

    message_id: int
    chat_id: int
    text: str
    source: str
    parse_mode: str = ""
    markup: Json = field(default_factory=dict)
    thread_id: int | None = None
    reply_to: int | None = None
    protected: bool = False
    silent: bool = False
    deleted: bool = False
    edits: list[str] = field(default_factory=list)

    @property
    def buttons(self) -> list[list[tuple[str, str]]]:
        """Rows of the buttons under it: the text, and its callback data or address."""
        rows = self.markup.get("inline_keyboard", [])
        return [[(b["text"], b.get("callback_data") or b.get("url", "")) for b in row] for row in rows]

    @property
    def keyboard(self) -> list[list[tuple[str, str]]]:
        """Rows of the keyboard that it put up: the text, and "contact", "location" or "" for what the key gives away."""
        rows = self.markup.get("keyboard", [])
        return [[(key["text"], _gives(key)) for key in row] for row in rows]

    def message(self, chat: Json) -> Json:
        """As Telegram writes it."""
        message = {"message_id": self.message_id, "from": BOT, "chat": chat, "date": int(time.time()), "text": self.text}
        if self.thread_id is not None:
            message |= {"message_thread_id": self.thread_id, "is_topic_message": True}
        if "inline_keyboard" in self.markup:
            message["reply_markup"] = self.markup
        return message | ({"edit_date": int(time.time())} if self.edits else {})


def _gives(key: Json) -> str:
    return "contact" if key.get("request_contact") else "location" if key.get("request_location") else ""


class Refused(Exception):
    """What Telegram says instead of doing what the program asked for."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters

    def response(self) -> web.Response:
        """As Telegram writes it."""
        body = {"ok": False, "error_code": self.status, "description": self.description}
        return web.json_response(body | ({"parameters": self.parameters} if self.parameters else {}), status=self.status)


def bad(description: str, **parameters: int) -> Refused:
    """What a call with something wrong in it is answered with."""
    return Refused(400, f"Bad Request: {description}", **parameters)


@dataclass(frozen=True, slots=True)
class Fault:
    """What a call is answered with instead. method, chat: which calls; without them the next call that is not getUpdates.

    what: an HTTP status, "timeout" (closed without an answer), "lost" (done, but the answer is lost) or "hang" (no answer ever).
    """

    what: int | str
    method: str = ""
    chat: int = 0
    retry_after: int = 3
    description: str = ""

    def meets(self, method: str, chat: int) -> bool:
        """Is it for this call?"""
        return (self.method or method) == method and (self.chat or chat) == chat and (method != "getUpdates" or bool(self.method))

    def refusal(self, chat: int) -> Refused:
        """The answer, as Telegram words it."""
        status = int(self.what)
        by_default = {
            400: "Bad Request: chat not found",
            401: "Unauthorized",
            403: "Forbidden: bot was blocked by the user" if chat >= 0 else "Forbidden: bot was kicked from the supergroup chat",
            429: f"Too Many Requests: retry after {self.retry_after}",
        }
        parameters = {"retry_after": self.retry_after} if status == 429 else {}
        return Refused(status, self.description or by_default.get(status, "Internal Server Error"), **parameters)


def read_object(value: Any, kind: type, what: str) -> Any:
    """A list or an object, which in a form is text with JSON in it."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, kind):
        raise bad(f"can't parse {what} JSON object")
    return found


def number_of(value: Any) -> int:
    """0 for what is no number, such as the @name of a channel: nothing has that number."""
    return int(value) if re.fullmatch(r"-?\d{1,18}", str(value)) else 0


def is_true(value: Any) -> bool:
    """A yes, as JSON or a form has it."""
    return str(value).lower() in ("true", "1", "yes")


def text_of(parameters: Json) -> tuple[str, str, str]:
    """The text as people read it, as the program wrote it, and its parse_mode."""
    source, mode = str(parameters.get("text") or ""), str(parameters.get("parse_mode") or "")
    if not source:
        raise bad("message text is empty")
    if mode.lower() not in ("", "html", "markdown", "markdownv2"):
        raise bad("unsupported parse_mode")
    text = (plain(source) if mode.lower() == "html" else source).strip()
    if not text:
        raise bad("text must be non-empty")
    if len(text) > LONGEST:
        raise bad("message is too long")
    return text, source, mode


def plain(source: str) -> str:
    """What people read of a text in HTML. Telegram takes only the tags that it knows, each of them closed, in order."""
    open_tags: list[str] = []
    for found in _TAG.finditer(source):
        closes, name, rest, end = found[1], found[2].lower(), found[3], found[4]
        where = f"at byte offset {len(source[: found.start()].encode(errors='replace'))}"
        if not end and (closes or not rest or name in _TAGS):
            raise bad(f"can't parse entities: Unclosed {'end' if closes else 'start'} tag {where}")
        if not closes:
            if name not in _TAGS:
                raise bad(f'can\'t parse entities: Unsupported start tag "{name}" {where}')
            if name == "span" and "tg-spoiler" not in rest:
                raise bad(f'can\'t parse entities: Tag "span" must have class "tg-spoiler" {where}')
            open_tags.append(name)
        elif not open_tags:
            raise bad(f"can't parse entities: Unexpected end tag {where}")
        elif (expected := open_tags.pop()) != name and name:
            raise bad(f'can\'t parse entities: Unmatched end tag {where}, expected "</{expected}>", found "</{name}>"')
    if open_tags:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1]}\"")
    return _ESCAPE.sub(lambda found: html.unescape(found[0]), _TAG.sub("", source))


def markup_of(parameters: Json) -> Json:
    """The keyboard under a message, or one that it puts up. Raises Refused."""
    markup: Json = read_object(parameters.get("reply_markup") or {}, dict, "reply keyboard markup")
    rows = markup.get("inline_keyboard", markup.get("keyboard", []))
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("can't parse reply keyboard markup JSON object")
    if "keyboard" in markup:  # a key may be a text alone
        markup["keyboard"] = [[{"text": key} if isinstance(key, str) else key for key in row] for row in rows]
    if "inline_keyboard" in markup:
        markup["inline_keyboard"] = [row for row in rows if row]
    return markup


def check_keyboard(markup: Json, chat: int) -> None:
    """Raises Refused for what Telegram does not take."""
    keys = [key for row in markup.get("inline_keyboard", []) for key in row]
    if len(keys) > 100:
        raise bad("reply markup is too long")
    for key in keys:
        if "callback_data" in key and not 1 <= len(str(key["callback_data"]).encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
        if not key.get("text") or not {"callback_data", "url", "web_app"} & key.keys():
            raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    for key in (key for row in markup.get("keyboard", []) for key in row):
        if chat < 0 and (key.get("request_contact") or key.get("request_location")):
            what = "phone number" if key.get("request_contact") else "location"
            raise bad(f"{what} can be requested in private chats only")
