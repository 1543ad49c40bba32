"""A Telegram that stands where api.telegram.org would: it takes a bot's calls over the same API and sends it the same updates.

The demo and the tests speak through it; the program does not know the difference. What people do stands in
`service/demo/bot_updates.py`, what messages and keyboards may be in `service/demo/bot_messages.py`.
"""

import asyncio
import inspect
import math
import re
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from service.demo.bot_messages import (
    BOT,
    BOT_USERNAME,
    TOKEN,
    ChatUser,
    Fault,
    Group,
    Json,
    Refused,
    Sent,
    bad,
    check_keyboard,
    is_true,
    markup_of,
    number_of,
    read_object,
    text_of,
)
from service.demo.bot_updates import SECRET, People
from service.demo.local_server import LocalServer

__all__ = ["BOT_USERNAME", "SECRET", "TOKEN", "ChatUser", "FakeTelegram", "Fault", "Group", "Sent"]

LARGEST = 20 * 1024 * 1024  # bytes of a file that a bot may fetch
_RIGHTS = (
    "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members "
    "can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories"
).split()
_PROXY = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"


@dataclass(slots=True)
class FakeTelegram(People):
    """Telegram's Bot API for one bot, and the people and groups behind it.

    api: what stands for https://api.telegram.org; `{api}/bot` and `{api}/file/bot` are PTB's base_url and base_file_url.
    answers: what the next calls are answered with, in order, instead of success: `Fault`s, or just what they would hold.
    down: every call is answered 502. limits: count as Telegram does, and answer 429. asked: every call, with its parameters.
    on_sent, on_edited: called with every message that was accepted, and when it has been changed or deleted.
    """

    api: str = ""
    token: str = TOKEN
    answers: list[Fault | int | str] = field(default_factory=list)
    down: bool = False
    limits: bool = False
    calls: Counter[str] = field(default_factory=Counter)
    asked: list[tuple[str, Json]] = field(default_factory=list)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)  # by scope and language
    descriptions: dict[str, str] = field(default_factory=dict)  # by language
    on_sent: Callable[[Sent], None] = lambda _sent: None
    on_edited: Callable[[Sent], None] = lambda _sent: None
    _sends: deque[tuple[float, int]] = field(default_factory=deque)
    _polls: int = 0
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Listen on a free port of this machine; `api` is the address to give the program."""
        app = web.Application(client_max_size=LARGEST)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self.api = await self.serve(app)

    async def stop(self) -> None:
        """Close everything."""
        self._closing.set()
        self._news.set()
        await LocalServer.stop(self)  # a class with slots is made anew by its decorator, so that super() would not find it

    def forget(self, chat: int, kept: int) -> None:
        """What a long demo need not remember: calls, taps that nobody can answer any more, all but a chat's newest messages."""
        self.asked.clear()
        del self.chats.get(chat, [])[:-kept]
        too_old = time.monotonic() - self.query_seconds
        for query in [query for query, at in self._queries.items() if at < too_old]:
            del self._queries[query]
            self.toasts.pop(query, None)

    async def _call(self, request: web.Request) -> web.Response:
        name, work = _METHODS.get(request.match_info["method"].lower(), (request.match_info["method"], None))
        self.calls[name] += 1
        if self.down:
            return _proxy_error(502)
        if request.match_info["token"] != self.token:
            return Refused(401, "Unauthorized").response()
        if work is None:
            return Refused(404, "Not Found").response()
        try:
            parameters = await _parameters(request)
            self.asked.append((name, parameters))
            fault = self._fault(name, number_of(parameters.get("chat_id")))
            if fault and fault.what != "lost":
                return await self._fail(request, fault, number_of(parameters.get("chat_id")))
            result = work(self, parameters)
            result = await result if inspect.isawaitable(result) else result
            if fault:
                return await self._fail(request, Fault("timeout"), 0)
        except Refused as refused:
            return refused.response()
        return web.json_response({"ok": True, "result": result})

    def _fault(self, method: str, chat: int) -> Fault | None:
        for index, answer in enumerate(self.answers):
            fault = answer if isinstance(answer, Fault) else Fault(answer)
            if fault.meets(method, chat):
                del self.answers[index]
                return fault
        return None

    async def _fail(self, request: web.Request, fault: Fault, chat: int) -> web.Response:
        while fault.what == "hang" and request.transport and not self._closing.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # aiohttp has no event for a client that has gone
        if isinstance(fault.what, str):
            request.transport.close() if request.transport else None
            return web.Response(status=500)
        return _proxy_error(fault.what) if fault.what in (502, 503, 504) else fault.refusal(chat).response()

    async def _download(self, request: web.Request) -> web.Response:
        if self.down:
            return _proxy_error(502)
        found = [content for path, content, _size in self.files.values() if path == request.match_info["path"]]
        if request.match_info["token"] != self.token or not found:
            return Refused(404, "Not Found").response()
        return web.Response(body=found[0], content_type="application/octet-stream")

    def _reach(self, parameters: Json) -> int:
        """The chat that a call is for, if the bot may do something there."""
        if not str(parameters.get("chat_id") or ""):
            raise bad("chat_id is empty")
        chat = number_of(parameters["chat_id"])
        if chat in self._migrated:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self._migrated[chat])
        if chat not in self.standing:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user") if chat > 0 else bad("chat not found")
        kind = self.groups[chat].kind if chat in self.groups else "private"
        if self.standing[chat] == "kicked":
            raise Refused(403, "Forbidden: bot was " + ("blocked by the user" if chat > 0 else f"kicked from the {kind} chat"))
        if self.standing[chat] == "left":
            raise Refused(403, f"Forbidden: bot is not a member of the {kind} chat")
        return chat

    def _count(self, chat: int) -> None:
        """Does the chat, or do all together, get more than Telegram allows?"""
        now = time.monotonic()
        while self._sends and self._sends[0][0] < now - 60:
            self._sends.popleft()
        here = [when for when, where in self._sends if where == chat]
        rules = [(30, 1, [when for when, _where in self._sends]), (1, 1, here) if chat > 0 else (20, 60, here)]
        waits = [seconds - (now - times[-many]) for many, seconds, times in rules if len(times) >= many]
        if self.limits and max(waits, default=0) > 0:
            retry_after = math.ceil(max(waits))
            raise Refused(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
        self._sends.append((now, chat))

    def _get_me(self, _parameters: Json) -> Json:
        allows = {"can_join_groups": True, "can_read_all_group_messages": not self.privacy, "supports_inline_queries": False}
        return BOT | allows | {"can_connect_to_business": False, "has_main_web_app": False}

    def _set_webhook(self, parameters: Json) -> bool:
        url, secret = str(parameters.get("url") or ""), str(parameters.get("secret_token") or "")
        if url and not re.match(
            r"https://|http://(127\.0\.0\.1|localhost)[:/]", url
        ):  # Telegram takes no http; here it is this machine
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise bad("secret token contains unallowed characters")
        if url:
            self.secret = secret
            self._allow(parameters)
        return self._hook_to(url, parameters)

    def _delete_webhook(self, parameters: Json) -> bool:
        return self._hook_to("", parameters)

    def _hook_to(self, url: str, parameters: Json) -> bool:
        self.hook, self.last_error = url, ""
        if parameters.get("drop_pending_updates") in (True, "true", "True"):
            self.waiting.clear()
        self._polls += 1  # whoever asks with getUpdates is told
        self._news.set()
        self.spawn(self.deliver())
        return True

    def _get_webhook_info(self, _parameters: Json) -> Json:
        info: Json = {"url": self.hook, "has_custom_certificate": False, "pending_update_count": len(self.waiting)}
        if self.last_error:
            info |= {"last_error_date": int(time.time()), "last_error_message": self.last_error}
        return info | ({"allowed_updates": self.allowed} if self.allowed else {})

    async def _get_updates(self, parameters: Json) -> list[Json]:
        if self.hook:
            raise Refused(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
            )
        self._polls += 1
        mine = self._polls
        self._news.set()
        self._allow(parameters)
        offset, limit = number_of(parameters.get("offset")), number_of(parameters.get("limit")) or 100
        self.waiting[:] = [one for one in self.waiting if one["update_id"] >= offset] if offset >= 0 else self.waiting[offset:]
        until = time.monotonic() + number_of(parameters.get("timeout"))
        while not self.waiting and time.monotonic() < until and not self._closing.is_set():
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), until - time.monotonic())
            except TimeoutError:
                break
            if mine != self._polls:
                raise Refused(
                    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
                )
        return self.waiting[: min(max(limit, 1), 100)]

    def _allow(self, parameters: Json) -> None:
        """Which kinds of updates the program wants: remembered until it says something else."""
        if parameters.get("allowed_updates") is not None:
            self.allowed = list(read_object(parameters["allowed_updates"], list, "allowed_updates"))

    def _send_message(self, parameters: Json) -> Json:
        text, source, mode = text_of(parameters)
        markup, chat = markup_of(parameters), self._reach(parameters)
        check_keyboard(markup, chat)
        thread = number_of(parameters.get("message_thread_id")) or None
        if thread and (chat not in self.groups or thread not in self.groups[chat].topics):
            raise bad("message thread not found")
        self._count(chat)
        reply_to = read_object(parameters.get("reply_parameters") or {}, dict, "reply parameters").get("message_id")
        number = self._new_message({"id": chat})["message_id"]
        sent = Sent(number, chat, text, source, mode, markup, thread, reply_to)
        sent.protected, sent.silent = is_true(parameters.get("protect_content")), is_true(parameters.get("disable_notification"))
        self.chats.setdefault(chat, []).append(sent)
        self.on_sent(sent)
        return sent.message(self._chat(chat))

    def _find(self, parameters: Json, purpose: str) -> Sent:
        chat, number = self._reach(parameters), number_of(parameters.get("message_id"))
        for sent in self.chats.get(chat, []):
            if sent.message_id == number and not sent.deleted:
                return sent
        if (chat, number) in self._received:
            raise bad(f"message can't be {'deleted' if purpose == 'delete' else 'edited'}")
        raise bad(f"message to {purpose} not found")

    def _edit_text(self, parameters: Json) -> Json:
        text, source, mode = text_of(parameters)
        return self._edit(parameters, text, source, mode)

    def _edit_markup(self, parameters: Json) -> Json:
        sent = self._find(parameters, "edit")
        return self._edit(parameters, sent.text, sent.source, sent.parse_mode)

    def _edit(self, parameters: Json, text: str, source: str, mode: str) -> Json:
        markup, sent = markup_of(parameters), self._find(parameters, "edit")
        if markup and "inline_keyboard" not in markup:
            raise bad("inline keyboard expected")
        check_keyboard(markup, sent.chat_id)
        if sent.markup and "inline_keyboard" not in sent.markup:  # what put up a keyboard of keys stays as it is
            raise bad("message can't be edited")
        old = sent.markup if sent.markup.get("inline_keyboard") else {}
        if (text, source, markup if markup.get("inline_keyboard") else {}) == (sent.text, sent.source, old):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        if sent.chat_id < 0:  # in a private chat Telegram counts only what makes the phone ring
            self._count(sent.chat_id)
        sent.edits.append(sent.text)
        sent.text, sent.source, sent.parse_mode, sent.markup = text, source, mode, markup
        self.on_edited(sent)
        return sent.message(self._chat(sent.chat_id))

    def _delete(self, parameters: Json) -> bool:
        sent = self._find(parameters, "delete")
        sent.deleted = True
        self.on_edited(sent)
        return True

    def _answer_query(self, parameters: Json) -> bool:
        query, text = str(parameters.get("callback_query_id", "")), str(parameters.get("text") or "")
        if time.monotonic() - self._queries.get(query, -math.inf) > self.query_seconds:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.toasts[query] = text
        return True

    def _set_commands(self, parameters: Json) -> bool:
        commands = read_object(parameters.get("commands"), list, "commands")
        for one in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", one.get("command", "")):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(one.get("description", "")) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        scope = read_object(parameters.get("scope") or {}, dict, "scope").get("type", "default")
        self.commands[scope, str(parameters.get("language_code") or "")] = commands
        return True

    def _set_description(self, parameters: Json) -> bool:
        if len(str(parameters.get("description") or "")) > 512:
            raise bad("description is too long")
        self.descriptions[str(parameters.get("language_code") or "")] = str(parameters.get("description") or "")
        return True

    def _chat_action(self, parameters: Json) -> bool:
        if not parameters.get("action"):
            raise bad("wrong parameter action in request")
        return bool(self._reach(parameters))

    def _get_file(self, parameters: Json) -> Json:
        name = str(parameters.get("file_id", ""))
        if name not in self.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        path, _content, size = self.files[name]
        if size > LARGEST:
            raise bad("file is too big")
        return {"file_id": name, "file_unique_id": f"u{name.rpartition('-')[2]}", "file_size": size, "file_path": path}

    def _get_member(self, parameters: Json) -> Json:
        chat, number = self._reach(parameters), number_of(parameters.get("user_id"))
        if number == BOT["id"]:
            return self._bot_as(self.standing[chat])
        if number not in self.users:
            raise bad("user not found")
        status = "member" if chat == number else self.members.get(chat, {}).get(number, "left")
        also = {"creator": ["is_anonymous"], "administrator": _RIGHTS}.get(status, [])
        return {"status": status, "user": self.users[number].user()} | dict.fromkeys(also, False)

    def _leave(self, parameters: Json) -> bool:
        chat = self._reach(parameters)
        if chat > 0:
            raise bad("chat is not a group or channel")  # nobody leaves a private chat
        self.spawn(self._stands(chat, ChatUser(BOT["id"], BOT["first_name"]), "left"))
        return True


_METHODS: dict[str, tuple[str, Callable[[FakeTelegram, Json], Any]]] = {
    name.lower(): (name, work) for name, work in {
        "getMe": FakeTelegram._get_me, "getUpdates": FakeTelegram._get_updates, "setWebhook": FakeTelegram._set_webhook,
        "deleteWebhook": FakeTelegram._delete_webhook, "getWebhookInfo": FakeTelegram._get_webhook_info,
        "sendMessage": FakeTelegram._send_message, "editMessageText": FakeTelegram._edit_text,
        "editMessageReplyMarkup": FakeTelegram._edit_markup, "deleteMessage": FakeTelegram._delete,
        "answerCallbackQuery": FakeTelegram._answer_query, "sendChatAction": FakeTelegram._chat_action,
        "setMyCommands": FakeTelegram._set_commands, "setMyDescription": FakeTelegram._set_description,
        "getFile": FakeTelegram._get_file, "getChatMember": FakeTelegram._get_member, "leaveChat": FakeTelegram._leave,
    }.items()
}  # fmt: skip


def _proxy_error(status: int) -> web.Response:
    reason = {502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable"}.get(status, "504 Gateway Time-out")
    return web.Response(status=status, text=_PROXY.format(reason), content_type="text/html")


async def _parameters(request: web.Request) -> Json:
    """The parameters of a call, whichever way they came: in the address, as a form, or as JSON."""
    parameters: Json = dict(request.query)
    if request.content_type == "application/json":
        parameters |= read_object(await request.text() or "{}", dict, "request body")
        return parameters
    return parameters | {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
