"""The pretended Telegram, asked by python-telegram-bot as it comes: what the program will meet, as stories and tables."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup, Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from service.demo.bot_api import BOT_USERNAME, SECRET, TOKEN, ChatUser, FakeTelegram, Fault, Group
from service.demo.bot_updates import SECRET_HEADER

ELSA = ChatUser(1001, "Elsa", "Lind", username="elsa")
NILS = ChatUser(1002, "Nils", language="")
CREW = Group(-1001, "Kyrkbyn")
FORUM = Group(-1_001_234_567_890, "Gränna", is_forum=True, topics=(7,))
BUTTONS = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Ja", callback_data="yes"), InlineKeyboardButton("Karta", url="https://a.example")]]
)


@pytest.fixture
async def telegram(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTelegram]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # without it, PTB warns of a change to come whenever it makes a RetryAfter
    fake = FakeTelegram()
    await fake.start()
    yield fake
    await fake.stop()


def bot_for(telegram: FakeTelegram, token: str = TOKEN) -> Bot:
    polls = HTTPXRequest(connection_pool_size=2)  # with one connection, as is usual, two cannot ask at once
    return Bot(token, base_url=f"{telegram.api}/bot", base_file_url=f"{telegram.api}/file/bot", get_updates_request=polls)


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    async with bot_for(telegram) as bot:
        yield bot


class Hook:
    """The program's webhook: what it was sent, and the statuses with which it answers before 200."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.secrets: set[str | None] = set()
        self.answers: list[int] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.secrets.add(request.headers.get(SECRET_HEADER))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.got.append(await request.json())
        return web.Response(status=status)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def test_the_bot_is_who_it_says(telegram: FakeTelegram, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.username, me.is_bot, me.id) == (BOT_USERNAME, True, 4242)
    assert telegram.calls["getMe"] == 2  # initialize asks too


async def test_a_wrong_token_and_an_unknown_method(telegram: FakeTelegram, bot: Bot) -> None:
    with pytest.raises(InvalidToken):
        async with bot_for(telegram, "4242:wrong"):
            pass
    async with aiohttp.ClientSession() as session, session.get(f"{telegram.api}/bot{TOKEN}/sendLove") as response:
        assert response.status == 404
        assert await response.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_a_message_with_buttons_is_sent_and_changed(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.knows(ELSA)
    seen: list[str] = []
    telegram.on_sent = lambda sent: seen.append(f"sent {sent.text}")
    telegram.on_edited = lambda sent: seen.append(f"edited {sent.text}")
    answer = await bot.send_message(ELSA.id, "<b>Kan du</b> handla &amp; gå?", "HTML", reply_markup=BUTTONS, protect_content=True)
    sent = telegram.last(ELSA)
    assert answer.text == sent.text == "Kan du handla & gå?"
    assert answer.reply_markup == BUTTONS
    assert (sent.message_id, sent.parse_mode, sent.protected) == (answer.message_id, "HTML", True)
    assert sent.buttons == [[("Ja", "yes"), ("Karta", "https://a.example")]]

    await bot.edit_message_text("Tack!", ELSA.id, answer.message_id)
    assert (sent.text, sent.edits, sent.buttons) == (
        "Tack!",
        ["Kan du handla & gå?"],
        [],
    )  # buttons that are not sent again are gone
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("Tack!", ELSA.id, answer.message_id)
    await bot.edit_message_reply_markup(ELSA.id, answer.message_id, reply_markup=BUTTONS)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_reply_markup(ELSA.id, answer.message_id, reply_markup=BUTTONS)
    assert seen == ["sent Kan du handla & gå?", "edited Tack!", "edited Tack!"]

    await bot.delete_message(ELSA.id, answer.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("Hej", ELSA.id, answer.message_id)
    with pytest.raises(AssertionError, match="no button 'Ja'"):
        await telegram.taps(ELSA, sent, "Ja")


def data(text: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=text)]])


ASKS = ReplyKeyboardMarkup([[KeyboardButton("Min plats", request_location=True)]])
SENDS = [
    ("64 bytes of data", {"reply_markup": data("å" * 32)}, None),
    ("65 bytes of data in 33 characters", {"reply_markup": data("å" * 32 + "a")}, "Button_data_invalid"),
    ("empty data", {"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": ""}]]}}, "Button_data_invalid"),
    ("a button for nothing", {"reply_markup": {"inline_keyboard": [[{"text": "x"}]]}}, "text buttons are unallowed"),
    ("no text", {"text": ""}, "Message text is empty"),
    ("only blanks", {"text": " \n"}, "Text must be non-empty"),
    ("as long as may be", {"text": f"<i>{'å' * 4096}</i>", "parse_mode": "HTML"}, None),
    ("too long", {"text": "a" * 4097}, "Message is too long"),
    ("an open tag", {"text": "<b>a", "parse_mode": "HTML"}, "find end tag corresponding to start tag"),
    ("tags crossed", {"text": "<b><i>a</b></i>", "parse_mode": "HTML"}, "unmatched end tag at byte offset 7"),
    (
        "a tag that Telegram does not know",
        {"text": "å<br>a", "parse_mode": "HTML"},
        'unsupported start tag "br" at byte offset 2',
    ),
    ("less than", {"text": "1 < 2", "parse_mode": "HTML"}, 'unsupported start tag ""'),
    ("less than, in no HTML", {"text": "1 < 2"}, None),
    ("known tags", {"text": '<a href="https://a.example">a</a><span class="tg-spoiler">b</span>', "parse_mode": "HTML"}, None),
    ("a stranger's group", {"chat_id": -5}, "Chat not found"),
    ("a key for the place, to one person", {"reply_markup": ASKS}, None),
    ("a key for the place, in a group", {"reply_markup": ASKS, "chat_id": CREW.id}, "private chats only"),
    ("a topic", {"chat_id": FORUM.id, "message_thread_id": 7}, None),
    ("a topic that is not there", {"chat_id": FORUM.id, "message_thread_id": 8}, "Message thread not found"),
]


@pytest.mark.parametrize(("changes", "reason"), [row[1:] for row in SENDS], ids=[row[0] for row in SENDS])
async def test_what_telegram_takes_and_refuses(
    telegram: FakeTelegram, bot: Bot, changes: dict[str, Any], reason: str | None
) -> None:
    telegram.knows(ELSA)
    telegram.joined(CREW)
    telegram.joined(FORUM)
    call = {"chat_id": ELSA.id, "text": "Hej"} | changes
    if reason is None:
        await bot.send_message(**call)
        assert len(telegram.chats[call["chat_id"]]) == 1
        return
    with pytest.raises(BadRequest, match=reason):
        await bot.send_message(**call)
    assert telegram.chats == {}


async def test_a_reply_keyboard_and_a_topic_are_seen(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.knows(ELSA)
    telegram.joined(FORUM)
    keys = [[KeyboardButton("Mitt nummer", request_contact=True), KeyboardButton("Nej")]]
    await bot.send_message(ELSA.id, "Vem?", reply_markup=ReplyKeyboardMarkup(keys))
    assert telegram.last(ELSA).keyboard == [[("Mitt nummer", "contact"), ("Nej", "")]]
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("Vem är du?", ELSA.id, telegram.last(ELSA).message_id)
    assert (await bot.send_message(FORUM.id, "Vem?", message_thread_id=7)).is_topic_message
    assert telegram.last(FORUM).thread_id == 7


async def test_who_may_be_written_to(telegram: FakeTelegram, bot: Bot) -> None:
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(ELSA.id, "Hej")
    await telegram.writes(ELSA, "/start")
    await bot.send_message(ELSA.id, "Hej")
    await telegram.blocks(ELSA)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(ELSA.id, "Hej")
    await telegram.unblocks(ELSA)
    await bot.send_chat_action(ELSA.id, "typing")
    changes = [one.my_chat_member for one in await bot.get_updates() if one.my_chat_member]
    assert [(c.old_chat_member.status, c.new_chat_member.status) for c in changes] == [("member", "kicked"), ("kicked", "member")]


async def test_a_group_adds_the_bot_migrates_and_throws_it_out(telegram: FakeTelegram, bot: Bot) -> None:
    await telegram.adds_to_group(CREW, ELSA)
    assert (await bot.get_chat_member(CREW.id, ELSA.id)).status == "creator"
    new = await telegram.migrates(CREW, FORUM.id)
    with pytest.raises(ChatMigrated) as migrated:
        await bot.send_message(CREW.id, "Hej")
    assert migrated.value.new_chat_id == new.id == FORUM.id
    await bot.send_message(new.id, "Hej")
    telegram.members[new.id][ELSA.id] = "administrator"
    assert (await bot.get_chat_member(new.id, ELSA.id)).status == "administrator"
    await telegram.removes_from_group(new, ELSA)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(new.id, "Hej")
    added, service, moved, came, kicked = await bot.get_updates()
    assert added.my_chat_member and added.my_chat_member.new_chat_member.status == "member"
    assert service.message and service.message.new_chat_members[0].username == BOT_USERNAME
    assert moved.message and (moved.message.chat_id, moved.message.migrate_to_chat_id) == (CREW.id, FORUM.id)
    assert came.message and (came.message.chat_id, came.message.migrate_from_chat_id) == (FORUM.id, CREW.id)
    assert kicked.my_chat_member and kicked.my_chat_member.chat.type == "supergroup"


async def test_the_bot_leaves_a_group(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.joined(FORUM, ELSA)
    await bot.leave_chat(FORUM.id)
    with pytest.raises(Forbidden, match="not a member of the supergroup chat"):
        await bot.send_message(FORUM.id, "Hej")


async def test_a_group_with_privacy_shows_only_commands_and_replies(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.privacy = True
    telegram.joined(CREW, ELSA)
    await bot.send_message(CREW.id, "Vem kan?")
    await telegram.writes(ELSA, "vad säger ni?", CREW)
    await telegram.writes(ELSA, "/ja@annan_bot", CREW)
    await telegram.writes(ELSA, f"/ja@{BOT_USERNAME} 47", CREW)
    await telegram.writes(ELSA, "jag kan", CREW, reply_to=telegram.last(CREW))
    messages = [update.message for update in await bot.get_updates()]
    assert [message.text for message in messages if message] == [f"/ja@{BOT_USERNAME} 47", "jag kan"]
    assert messages[1] and messages[1].reply_to_message and messages[1].reply_to_message.text == "Vem kan?"


FAULTS: list[tuple[str, Fault | int | str, type[TelegramError], str]] = [
    ("a proxy's error page", 502, NetworkError, "Bad Gateway"),
    ("too many", Fault(429, retry_after=17), RetryAfter, "0:00:17"),
    ("forbidden", 403, Forbidden, "blocked"),
    ("an error of Telegram's", 500, NetworkError, "Internal Server Error"),
    ("closed without an answer", "timeout", NetworkError, "RemoteProtocolError"),
    ("never an answer", "hang", TimedOut, "Timed out"),
]


@pytest.mark.parametrize(("fault", "error", "words"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
async def test_faults_on_demand(
    telegram: FakeTelegram, bot: Bot, fault: Fault | int | str, error: type[Exception], words: str
) -> None:
    telegram.knows(ELSA)
    telegram.answers = [fault]
    with pytest.raises(error, match=words) as raised:
        await bot.send_message(ELSA.id, "Hej", read_timeout=0.2)
    if isinstance(raised.value, RetryAfter):
        assert raised.value.retry_after == timedelta(seconds=17)
    assert telegram.chats == {}
    await bot.send_message(ELSA.id, "Hej")
    assert telegram.calls["sendMessage"] == 2


async def test_a_fault_for_one_method_or_chat_and_an_answer_that_is_lost(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.knows(ELSA)
    telegram.knows(NILS)
    telegram.answers = [Fault(403, "sendMessage", NILS.id), Fault("lost", "sendMessage")]
    await bot.get_me()
    with pytest.raises(NetworkError):
        await bot.send_message(ELSA.id, "Hej")
    assert telegram.last(ELSA).text == "Hej"
    with pytest.raises(Forbidden):
        await bot.send_message(NILS.id, "Hej")
    telegram.down = True
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.get_me()


async def test_the_limits_of_telegram(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.limits = True
    telegram.knows(ELSA)
    telegram.joined(CREW)
    await bot.send_message(ELSA.id, "Hej")
    with pytest.raises(RetryAfter) as one:
        await bot.send_message(ELSA.id, "Hej igen")
    assert one.value.retry_after == timedelta(seconds=1)
    for number in range(20):
        await bot.send_message(CREW.id, f"Hej {number}")
    with pytest.raises(RetryAfter) as two:
        await bot.send_message(CREW.id, "Hej 20")
    assert timedelta(seconds=50) <= two.value.retry_after <= timedelta(seconds=60)


async def test_a_tap_is_answered_with_a_toast(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.knows(ELSA)
    await bot.send_message(ELSA.id, "Kan du?", reply_markup=BUTTONS)
    query = await telegram.taps(ELSA, telegram.last(ELSA), "Ja")
    (update,) = await bot.get_updates()
    tap = update.callback_query
    assert tap and (tap.id, tap.data, tap.from_user.full_name) == (query, "yes", "Elsa Lind")
    assert tap.message and tap.message.is_accessible and tap.message.message_id == telegram.last(ELSA).message_id
    await bot.answer_callback_query(query, "Tack!")
    assert telegram.toasts == {query: "Tack!"}
    with pytest.raises(BadRequest):
        await bot.answer_callback_query(query, "a" * 201)
    with pytest.raises(AssertionError, match="no button 'Karta'"):
        await telegram.taps(ELSA, telegram.last(ELSA), "Karta")


async def test_a_tap_grows_too_old(telegram: FakeTelegram, bot: Bot) -> None:
    first, second = await telegram.forges(ELSA, "made up", 99), await telegram.forges(ELSA, "made up")
    telegram.expire(first)
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
        await bot.answer_callback_query(first)
    await bot.answer_callback_query(second)
    telegram.query_seconds = 0
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
        await bot.answer_callback_query(second)
    old, _new = await bot.get_updates()
    assert old.callback_query and old.callback_query.message and not old.callback_query.message.is_accessible


async def test_updates_are_asked_for(telegram: FakeTelegram, bot: Bot) -> None:
    asking = asyncio.create_task(bot.get_updates(timeout=2))
    await asyncio.sleep(0.05)
    await telegram.writes(ELSA, "Hej")
    (first,) = await asking
    await telegram.writes(ELSA, "📦 /lista")
    again, second = await bot.get_updates()  # the first has not been confirmed
    assert first.message and again.update_id == first.update_id and second.update_id == first.update_id + 1
    assert first.message.from_user and first.message.from_user.language_code == "sv" and first.message.chat.type == "private"
    assert second.message and second.message.parse_entities(["bot_command"]).popitem()[1] == "/lista"
    assert [one.update_id for one in await bot.get_updates(offset=second.update_id)] == [second.update_id]
    assert await bot.get_updates(offset=second.update_id + 1) == ()
    telegram.hook = "http://127.0.0.1:1/hook"
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()


async def test_only_one_may_ask(telegram: FakeTelegram, bot: Bot) -> None:
    asking = asyncio.create_task(bot.get_updates(timeout=2))
    await asyncio.sleep(0.05)
    assert await bot.get_updates() == ()
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await asking


async def test_updates_come_to_the_webhook_in_order(telegram: FakeTelegram, bot: Bot, hook: Hook) -> None:
    telegram.attempts = 2
    await bot.set_webhook(hook.url, secret_token=SECRET)
    await telegram.writes(ELSA, "ett")
    assert (hook.texts, hook.secrets) == (["ett"], {SECRET})
    hook.answers = [500, 500, 403, 500]  # two tries of "två", and two more when "tre" is written: nothing passes it
    await telegram.writes(ELSA, "två")
    await telegram.writes(ELSA, "tre")
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, hook.texts) == (hook.url, 2, ["ett"])
    assert info.last_error_message and "500" in info.last_error_message
    assert await telegram.deliver()
    assert hook.texts == ["ett", "två", "tre"]
    assert Update.de_json(hook.got[2], bot).update_id == hook.got[0]["update_id"] + 2

    await bot.delete_webhook()
    await telegram.writes(ELSA, "fyra")
    assert [update.message.text for update in await bot.get_updates() if update.message] == ["fyra"]


async def test_a_webhook_takes_over_what_waits(telegram: FakeTelegram, bot: Bot, hook: Hook) -> None:
    await telegram.writes(ELSA, "ett")
    with pytest.raises(BadRequest, match="https"):
        await bot.set_webhook("http://budkavle.example/hook")
    await bot.set_webhook(hook.url, allowed_updates=["message"])
    assert await telegram.deliver()
    await telegram.forges(ELSA, "not asked for")
    assert (hook.texts, len(hook.got), hook.secrets) == (["ett"], 1, {None})


People = Callable[[FakeTelegram], Awaitable[object]]
SAYS: list[tuple[str, People, Callable[[Any], object], object]] = [
    ("their number", lambda t: t.shares_contact(ELSA, "+46701"), lambda m: m.contact.user_id, ELSA.id),
    ("somebody else's number", lambda t: t.shares_contact(ELSA, "+46702", NILS.id), lambda m: m.contact.user_id, NILS.id),
    ("a number without Telegram", lambda t: t.shares_contact(ELSA, "+46703", 0), lambda m: m.contact.user_id, None),
    (
        "where they are",
        lambda t: t.shares_location(ELSA, 57.8, 14.1),
        lambda m: (m.location.latitude, m.location.longitude),
        (57.8, 14.1),
    ),
    ("a picture", lambda t: t.sends_photo(ELSA, "Listan"), lambda m: (m.caption, len(m.photo)), ("Listan", 2)),
    ("talk", lambda t: t.sends_voice(ELSA, 9), lambda m: m.to_dict()["voice"]["duration"], 9),
    ("in a topic", lambda t: t.writes(ELSA, "Hej", FORUM, 7), lambda m: (m.chat.is_forum, m.message_thread_id), (True, 7)),
]


@pytest.mark.parametrize(("does", "seen", "expected"), [row[1:] for row in SAYS], ids=[row[0] for row in SAYS])
async def test_what_people_send(
    telegram: FakeTelegram, bot: Bot, does: People, seen: Callable[[Any], object], expected: object
) -> None:
    await does(telegram)
    (update,) = await bot.get_updates()
    assert seen(update.message) == expected


async def test_somebody_changes_what_they_wrote(telegram: FakeTelegram, bot: Bot) -> None:
    await telegram.edits(ELSA, await telegram.writes(ELSA, "mjölk"), "mjölk och smör")
    first, second = await bot.get_updates()
    assert first.message and first.message.text == "mjölk"
    assert second.edited_message and second.edited_message.text == "mjölk och smör"


async def test_a_file_is_fetched(telegram: FakeTelegram, bot: Bot) -> None:
    await telegram.sends_photo(ELSA, content=b"\xff\xd8" * 100)
    await telegram.sends_photo(ELSA, size=21 * 1024 * 1024)
    one, other = await bot.get_updates()
    assert one.message and other.message
    assert bytes(await (await bot.get_file(one.message.photo[-1])).download_as_bytearray()) == b"\xff\xd8" * 100
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(other.message.photo[-1])


async def test_commands_and_descriptions_are_kept(telegram: FakeTelegram, bot: Bot) -> None:
    await bot.set_my_commands([("start", "Börja")], language_code="sv")
    await bot.set_my_description("Grannar som hjälper")
    assert telegram.commands == {("default", "sv"): [{"command": "start", "description": "Börja"}]}
    assert telegram.descriptions == {"": "Grannar som hjälper"}
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("Start", "Börja")])


async def test_json_and_forms_mean_the_same(telegram: FakeTelegram) -> None:
    telegram.knows(ELSA)
    url, markup = f"{telegram.api}/bot{TOKEN}/sendMessage", {"inline_keyboard": [[{"text": "Ja", "callback_data": "yes"}]]}
    call = {"chat_id": ELSA.id, "text": "Hej"}
    parts = aiohttp.FormData(
        {k: str(v) for k, v in call.items()} | {"reply_markup": json.dumps(markup)}, default_to_multipart=True
    )
    async with aiohttp.ClientSession() as session:
        for body in (
            {"json": {**call, "reply_markup": markup}},
            {"data": {**call, "reply_markup": json.dumps(markup)}},
            {"data": parts},
        ):
            async with session.post(url, **body) as response:  # type: ignore[arg-type]
                assert (await response.json())["ok"]
    assert [sent.buttons for sent in telegram.chats[ELSA.id]] == [[[("Ja", "yes")]]] * 3
