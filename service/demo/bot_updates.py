"""The people and groups of a pretended Telegram: what they do becomes updates, in order, for the program.

`service/demo/bot_api.py` answers the program's own calls; both make one `FakeTelegram`.
"""

import asyncio
import itertools
import re
import time
from dataclasses import dataclass, field, replace

import aiohttp

from service.demo.bot_messages import BOT, BOT_USERNAME, ChatUser, Group, Json, Sent
from service.demo.local_server import LocalServer

SECRET = "fake-webhook-secret"  # noqa: S105 - of a bot that does not exist
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
_COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@(\w+))?")


def _commands(text: str) -> list[Json]:
    """The commands in a text. Telegram counts in UTF-16, so an emoji before one moves it by two."""
    return [
        {"type": "bot_command", "offset": _units(text[: found.start()]), "length": _units(found.group())}
        for found in _COMMAND.finditer(text)
    ]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class People(LocalServer):
    """People with Telegram, their chats with the bot, and the queue of updates to the program.

    hook: the program's webhook, or "" while it asks with getUpdates. waiting: updates that the program has not confirmed.
    standing: what the bot is in a chat: member, kicked (in a private chat: blocked) or left. members: who is what in a group.
    privacy: the bot sees in groups only commands and replies to it, as BotFather has it until somebody turns it off.
    """

    hook: str = ""
    secret: str = SECRET
    waiting: list[Json] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)  # kinds of updates that the program asked for; empty: all
    chats: dict[int, list[Sent]] = field(default_factory=dict)
    users: dict[int, ChatUser] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    members: dict[int, dict[int, str]] = field(default_factory=dict)
    standing: dict[int, str] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes, int]] = field(default_factory=dict)  # by file_id: path, content, claimed size
    toasts: dict[str, str] = field(default_factory=dict)  # by callback id: what the tap was answered with
    privacy: bool = False
    attempts: int = 5  # of each update, before delivery gives up until the next `deliver`
    query_seconds: float = 150  # how long a tap can be answered
    last_error: str = ""  # of the webhook
    _migrated: dict[int, int] = field(default_factory=dict)
    _queries: dict[str, float] = field(default_factory=dict)
    _received: dict[tuple[int, int], Json] = field(default_factory=dict)
    _message_ids: dict[int, int] = field(default_factory=dict)
    _update_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(700_001))
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _order: asyncio.Lock = field(default_factory=asyncio.Lock)

    def knows(self, user: ChatUser | int) -> None:
        """The user pressed Start some time ago."""
        user = user if isinstance(user, ChatUser) else self.users.get(user) or ChatUser(user, f"User {user}")
        self.users[user.id] = user
        self.standing[user.id] = "member"

    def joined(self, chat: Group, *people: ChatUser) -> None:
        """The bot has been in the group for a while, and these people too."""
        self.groups[chat.id] = chat
        self.standing[chat.id] = "member"
        for person in people:
            self.users.setdefault(person.id, person)
            self.members.setdefault(chat.id, {}).setdefault(person.id, "member")

    def last(self, chat: ChatUser | Group | int) -> Sent:
        """The newest message of the program's in a chat."""
        sent = [one for one in self.chats.get(chat if isinstance(chat, int) else chat.id, []) if not one.deleted]
        assert sent, f"nothing has been sent to {chat}"  # noqa: S101
        return sent[-1]

    async def writes(
        self, user: ChatUser, text: str, chat: Group | None = None, topic: int | None = None, reply_to: Sent | int | None = None
    ) -> int:
        """Somebody writes to the bot, or in a group. Returns the message's number."""
        entities = _commands(text)
        return await self._says(user, {"text": text} | ({"entities": entities} if entities else {}), chat, topic, reply_to)

    async def edits(self, user: ChatUser, message: int, text: str, chat: Group | None = None) -> None:
        """Somebody changes what they have written."""
        known = self._received.get((chat.id if chat else user.id, message))
        assert known and known["from"]["id"] == user.id, f"{user.first_name} has not written message {message}"  # noqa: S101
        known |= {"text": text, "entities": _commands(text), "edit_date": int(time.time())}
        await self._push("edited_message", dict(known))

    async def taps(self, user: ChatUser, message: Sent, button: str) -> str:
        """Somebody presses a button, by its text or its callback data, as the message stands now. Returns the callback's id."""
        keys = [key for row in message.markup.get("inline_keyboard", []) for key in row if not message.deleted]
        data = [key["callback_data"] for key in keys if "callback_data" in key and button in (key["text"], key["callback_data"])]
        assert data, f"no button {button!r} under {message.text!r}, only {message.buttons}"  # noqa: S101
        return await self.forges(user, data[0], message)

    async def forges(self, user: ChatUser, data: str, message: Sent | int | None = None) -> str:
        """A tap with any callback data, as a changed client or an old message may send it. Returns the callback's id."""
        query = str(4_242_000_000_000 + next(self._numbers))
        self._queries[query] = time.monotonic()
        self.users.setdefault(user.id, user)
        body: Json = {"id": query, "from": user.user(), "chat_instance": str(user.id), "data": data}
        if isinstance(message, Sent) and not message.deleted:
            body["message"] = message.message(self._chat(message.chat_id))
        elif message is not None:  # Telegram no longer has it: the date is 0 and the content is gone
            number, chat_id = (message.message_id, message.chat_id) if isinstance(message, Sent) else (message, user.id)
            body["message"] = {"message_id": number, "chat": self._chat(chat_id), "date": 0}
        await self._push("callback_query", body)
        return query

    def expire(self, *queries: str) -> None:
        """More than 150 seconds have passed since these taps, or since all."""
        for query in queries or list(self._queries):
            self._queries.pop(query, None)

    async def shares_contact(self, user: ChatUser, phone: str, of: int | None = None, chat: Group | None = None) -> int:
        """Somebody sends a number: their own, with `of` another user's, or with 0 one of nobody with Telegram."""
        owner = user.id if of is None else of
        contact = {"phone_number": phone, "first_name": user.first_name} | ({"user_id": owner} if owner else {})
        return await self._says(user, {"contact": contact}, chat)

    async def shares_location(self, user: ChatUser, lat: float, lon: float, chat: Group | None = None) -> int:
        """Somebody sends where they are."""
        return await self._says(user, {"location": {"latitude": lat, "longitude": lon}}, chat)

    async def sends_photo(
        self,
        user: ChatUser,
        caption: str = "",
        size: int | None = None,
        content: bytes = b"\xff\xd8photo",
        chat: Group | None = None,
    ) -> int:
        """Somebody sends a picture, in two sizes as Telegram makes them. size: what Telegram says that the larger one takes."""
        small, large = self._file("photos", "jpg", content[:64]), self._file("photos", "jpg", content, size)
        sizes = [{**small, "width": 90, "height": 67}, {**large, "width": 1280, "height": 960}]
        return await self._says(user, {"photo": sizes} | ({"caption": caption} if caption else {}), chat)

    async def sends_voice(self, user: ChatUser, duration: int = 3, content: bytes = b"OggS", chat: Group | None = None) -> int:
        """Somebody talks instead of writing."""
        voice = {**self._file("voice", "oga", content), "duration": duration, "mime_type": "audio/ogg"}
        return await self._says(user, {"voice": voice}, chat)

    async def blocks(self, user: ChatUser) -> None:
        """Somebody stops the bot."""
        await self._stands(user.id, user, "kicked")

    async def unblocks(self, user: ChatUser) -> None:
        """Somebody starts the bot again."""
        await self._stands(user.id, user, "member")

    async def adds_to_group(self, chat: Group, by: ChatUser) -> None:
        """Somebody adds the bot to their group."""
        self.joined(chat, by)
        self.standing.pop(chat.id)
        self.members[chat.id][by.id] = "creator"
        await self._stands(chat.id, by, "member")
        await self._says(by, {"new_chat_members": [BOT]}, chat)

    async def removes_from_group(self, chat: Group, by: ChatUser) -> None:
        """Somebody throws the bot out."""
        await self._stands(chat.id, by, "kicked")

    async def migrates(self, chat: Group, new_id: int) -> Group:
        """A group becomes a supergroup with another number. Returns it as it is now."""
        new = replace(chat, id=new_id)
        self._migrated[chat.id] = new_id
        self.groups[new_id] = new
        self.standing[new_id] = self.standing.pop(chat.id, "member")
        self.members[new_id] = self.members.pop(chat.id, {})
        await self._push("message", self._new_message(chat.chat()) | {"migrate_to_chat_id": new_id})
        await self._push("message", self._new_message(new.chat()) | {"migrate_from_chat_id": chat.id})
        return new

    async def raw(self, update: Json) -> None:
        """Any update at all, with the next update_id unless it has one."""
        self.waiting.append({"update_id": next(self._update_ids)} | update)
        self._news.set()
        await self.deliver()

    async def deliver(self) -> bool:
        """Deliver what waits, the oldest first: nothing passes an update that the program has not taken. Is nothing left?"""
        async with self._order:
            while self.hook and self.waiting:
                head = self.waiting[0]
                if not await self._takes(head):
                    break
                if head in self.waiting:  # the program may have dropped it meanwhile
                    self.waiting.remove(head)
        return not self.waiting

    async def _takes(self, update: Json) -> bool:
        for attempt in range(self.attempts):
            if 200 <= await self._post(update) < 300:
                self.last_error = ""
                return True
            if attempt + 1 < self.attempts:
                await asyncio.sleep(0.05 * 2**attempt)
        return False

    async def _post(self, update: Json) -> int:
        headers = {SECRET_HEADER: self.secret} if self.secret else {}
        try:
            within = aiohttp.ClientTimeout(total=10)
            async with self.client.post(self.hook, json=update, headers=headers, timeout=within) as response:
                self.last_error = f"Wrong response from the webhook: {response.status} {response.reason}"
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            self.last_error = "Connection failed"
            return 0

    async def _push(self, kind: str, body: Json) -> None:
        if not self.allowed or kind in self.allowed:
            await self.raw({kind: body})

    async def _says(
        self,
        user: ChatUser,
        content: Json,
        chat: Group | None = None,
        topic: int | None = None,
        reply_to: Sent | int | None = None,
    ) -> int:
        self.users[user.id] = user
        place = chat or user
        assert self.standing.setdefault(place.id, "member") == "member", f"the bot is not in the chat {place.id}"  # noqa: S101
        if chat:
            self.groups.setdefault(chat.id, chat)
            self.members.setdefault(chat.id, {}).setdefault(user.id, "member")
        message = self._new_message(place.chat()) | {"from": user.user()} | content
        if topic is not None:
            message |= {"message_thread_id": topic, "is_topic_message": True}
        if reply_to is not None:
            message["reply_to_message"] = self._replied(message["chat"], reply_to)
        self._received[message["chat"]["id"], message["message_id"]] = message
        if chat and self.privacy and not self._concerns_bot(message):
            return int(message["message_id"])
        await self._push("message", dict(message))
        return int(message["message_id"])

    def _replied(self, chat: Json, to: Sent | int) -> Json:
        if isinstance(to, Sent):
            return to.message(chat)
        return {key: value for key, value in self._received[chat["id"], to].items() if key != "reply_to_message"}

    def _concerns_bot(self, message: Json) -> bool:
        """Does a bot with privacy mode see this message of a group?"""
        text = message.get("text")
        if (
            text is None
            and "contact" not in message
            and "location" not in message
            and "photo" not in message
            and "voice" not in message
        ):
            return True  # a service message
        if message.get("reply_to_message", {}).get("from", {}).get("id") == BOT["id"]:
            return True
        command = _COMMAND.match(text or "")
        return command is not None and (command[1] or BOT_USERNAME) == BOT_USERNAME

    def _new_message(self, chat: Json) -> Json:
        number = self._message_ids[chat["id"]] = self._message_ids.get(chat["id"], 0) + 1
        return {"message_id": number, "chat": chat, "date": int(time.time())}

    def _chat(self, chat_id: int) -> Json:
        if chat_id in self.groups:
            return self.groups[chat_id].chat()
        return (self.users.get(chat_id) or ChatUser(chat_id, f"User {chat_id}")).chat()

    def _file(self, folder: str, ending: str, content: bytes, size: int | None = None) -> Json:
        number = next(self._numbers)
        name = f"fake-{folder}-{number}"
        size = len(content) if size is None else size
        self.files[name] = (f"{folder}/file_{number}.{ending}", content, size)
        return {"file_id": name, "file_unique_id": f"u{number}", "file_size": size}

    async def _stands(self, chat_id: int, by: ChatUser, status: str) -> None:
        old = self.standing.get(chat_id, "left" if chat_id < 0 else "member")
        self.users[by.id] = by
        self.standing[chat_id] = status
        change = {"old_chat_member": self._bot_as(old), "new_chat_member": self._bot_as(status)}
        await self._push("my_chat_member", {"chat": self._chat(chat_id), "from": by.user(), "date": int(time.time()), **change})

    @staticmethod
    def _bot_as(status: str) -> Json:
        return {"user": BOT, "status": status} | ({"until_date": 0} if status == "kicked" else {})
