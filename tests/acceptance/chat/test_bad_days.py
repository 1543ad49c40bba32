"""Telegram away, slow, refusing; forged, doubled and poisoned updates; floods. Nothing stops, is lost or doubled."""

import asyncio
from typing import Any

import pytest

from service.demo.bot_api import SECRET, ChatUser, Fault
from tests.acceptance.chat.conftest import ANNA, BO, Telegram
from tests.acceptance.conftest import Town

ELSA = "+46701000001"


async def post(town: Town, body: Any, secret: str | None = SECRET) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
    async with town.web.post(f"{town.base}/hooks/telegram", json=body, headers=headers) as response:
        return response.status


async def asked(town: Town) -> None:
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")


async def test_without_the_secret_nothing_is_taken(town: Town, telegram: Telegram) -> None:
    """A forged update is refused before it is read."""
    update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "hej", "chat": {"id": 5, "type": "private"}}}
    assert [await post(town, update, s) for s in (None, "", "wrong", SECRET[:-1])] == [403] * 4
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_an_update_that_comes_twice_counts_once(town: Town, telegram: Telegram) -> None:
    """Telegram delivers again when our answer was lost."""
    user = {"id": 5, "is_bot": False, "first_name": "Elsa"}
    chat = {"id": 5, "type": "private", "first_name": "Elsa"}
    message = {"message_id": 1, "date": 1, "text": "Kan någon handla mat? Bor i Gränna", "chat": chat, "from": user}
    telegram.api.knows(ChatUser(5, "Elsa"))
    for _ in range(3):
        assert await post(town, {"update_id": 71, "message": message}) == 200
        await town.settle()
    assert len((await town.api("GET", "tasks"))["tasks"]) == 1
    telegram.ignored.add(5)
    town.ignore(town.service_group, town.enterprise)


POISON: list[Any] = [
    [], "text", {"message": {}}, {"update_id": True}, {"update_id": 2**70}, {"update_id": 9001},
    {"update_id": 9002, "message": {"message_id": "x"}},
    {"update_id": 9003, "message": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}}},
    {"update_id": 9004, "callback_query": {"id": "1", "from": {"id": 5, "is_bot": False, "first_name": "x"}}},
    {"update_id": 9005, "message": {"message_id": 1, "date": 1, "chat": {"id": 2**70, "type": "private"}, "text": "x"}},
    {"update_id": 9006, "message": {"message_id": 1, "date": 1, "chat": None, "from": None}},
    {"update_id": 9007, "channel_post": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "channel"}, "text": "x"}},
    {"update_id": 9008, "message": {"message_id": 1, "date": 1, "text": "\u0000\ud800 hej",
                                    "chat": {"id": 5, "type": "private"}, "from": {"id": 5, "is_bot": True, "first_name": "b"}}},
]  # fmt: skip


async def test_poison_is_taken_and_stops_nobody(town: Town, telegram: Telegram) -> None:
    """Never 500: what cannot be read is kept or dropped by rule, and the next update is dealt with."""
    for body in POISON:
        assert await post(town, body) == 200, body
    await town.forward(minutes=1)
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM inbox WHERE outcome = 'waiting'") == 0
    await telegram.member(ANNA).writes("/start")
    await telegram.member(ANNA).expects("Behöver du hjälp")
    faults = [entry for entry in town.log if entry["event"] == "update.given_up"]
    assert len(faults) <= 3
    town.log[:] = [entry for entry in town.log if entry["event"] != "update.given_up"]


async def test_a_fault_of_ours_gives_the_words_to_a_human(
    town: Town, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong in answering: the words are kept, and somebody reads them."""

    def broken(*_: object) -> str:
        raise RuntimeError("a fault that a test has planted")

    monkeypatch.setattr("bots.telegram.answers.answer_turn", broken)
    telegram.ignored.add(ANNA.id)
    await telegram.member(ANNA).writes("Kan någon hjälpa mig med taket?")
    await town.forward(seconds=30)
    await town.coordinator.expects("Kan någon hjälpa mig med taket?")
    assert [e["event"] for e in town.log if e["log_level"] == "error"] == ["update.given_up"]
    town.log.clear()


async def test_whoever_blocks_the_bot_is_paused_and_the_coordinators_hear(town: Town, telegram: Telegram) -> None:
    """403: not asked any more, the offer counts as no, what is held is told by SMS, and writing again ends it."""
    anna, bo = await telegram.volunteer(ANNA), await telegram.volunteer(BO, "kaxholmen")
    telegram.api.standing[ANNA.id] = "kicked"
    await asked(town)
    await town.coordinator.expects("Anna Berg", "chatt")
    await bo.expects("Handla mat")  # nobody else in the area: the ladder has gone on at once
    row = await town.runtime.pool.fetchrow("SELECT paused_until, chat_blocked_at FROM person WHERE telegram_id = $1", ANNA.id)
    assert row["paused_until"] is not None
    assert row["chat_blocked_at"] is not None
    anna.hears_nothing()
    town.phone("+46701234501").hears_nothing()
    await telegram.api.unblocks(ANNA)
    await anna.writes("/igen")
    await anna.expects("Välkommen tillbaka")
    row = await town.runtime.pool.fetchrow("SELECT paused_until, chat_blocked_at FROM person WHERE telegram_id = $1", ANNA.id)
    assert (row["paused_until"], row["chat_blocked_at"]) == (None, None)


async def test_whoever_holds_a_task_and_blocks_the_bot_is_reached_by_sms(town: Town, telegram: Telegram) -> None:
    """What must be said goes another way."""
    anna = await telegram.volunteer(ANNA)
    await asked(town)
    await anna.expects("Handla mat")
    await anna.taps("Ja, jag kan")
    await town.phone(ELSA).expects("Anna")
    await telegram.api.blocks(ANNA)
    await town.settle()
    await town.coordinator.expects("Anna Berg")
    await town.phone(ELSA).sends("glömde kaffe")
    await town.phone(ELSA).expects("lagt till")
    await town.phone("+46701234501").expects("Tillägg", "kaffe")


async def test_telegrams_wish_to_wait_is_obeyed(town: Town, telegram: Telegram) -> None:
    """429 with retry_after: not before, and then at once; others are not held up."""
    anna, bo = await telegram.volunteer(ANNA), await telegram.volunteer(BO)
    telegram.api.answers = [Fault(429, method="sendMessage", chat=ANNA.id, retry_after=37)]
    await asked(town)
    anna.hears_nothing()
    await bo.expects("Handla mat")
    tries = telegram.api.calls["sendMessage"]
    await town.forward(seconds=36)
    assert telegram.api.calls["sendMessage"] == tries
    await town.forward(seconds=1)
    await anna.expects("Handla mat")


async def test_ten_minutes_without_telegram_lose_nothing(town: Town, telegram: Telegram) -> None:
    """Down, and up again: what was to be said is said once, and what stands is true."""
    anna, bo = await telegram.volunteer(ANNA), await telegram.volunteer(BO)
    telegram.api.down = True
    await asked(town)
    await town.forward(minutes=9)
    telegram.api.down = False
    await town.forward(minutes=1)
    await anna.expects("Handla mat")
    await bo.expects("Handla mat")
    telegram.api.down = True
    await town.phone(ELSA).sends("avboka")
    await town.phone(ELSA).expects("avbokat")
    await town.forward(minutes=5)
    assert "avbokat" not in anna.shows().text.casefold()
    telegram.api.down = False
    await town.forward(minutes=1)
    anna.shows("avbokat")
    anna.hears_nothing()


async def test_a_day_without_telegram_goes_by_sms(town: Town, telegram: Telegram) -> None:
    """After a quarter of an hour the message takes the other way: somebody waits for it."""
    await telegram.volunteer(ANNA)
    telegram.api.down = True
    await asked(town)
    await town.forward(minutes=17)
    await town.phone("+46701234501").offer("Handla mat")
    town.ignore(town.service_group, town.enterprise)


async def test_a_chat_that_hangs_holds_up_nobody(town: Town, telegram: Telegram) -> None:
    """One call that is never answered: the others, and the SMS, leave at once."""
    anna, bo = await telegram.volunteer(ANNA), await telegram.volunteer(BO)
    telegram.ignored.add(ANNA.id)
    telegram.api.answers = [Fault("hang", method="sendMessage", chat=ANNA.id)]
    await asked(town)
    await bo.expects("Handla mat")
    assert anna is not None


async def test_a_flood_is_not_answered_but_danger_is(town: Town, telegram: Telegram) -> None:
    """A program that writes without end: kept, not answered. "Ring 112" is always answered."""
    anna = telegram.member(ANNA)
    for _ in range(60):
        await telegram.api.writes(ANNA, "/hjalp")
    await town.settle()
    assert len(telegram.unread(ANNA.id)) == 30
    telegram.read[ANNA.id] = 30
    await anna.writes("Min man har svimmat och andas inte")
    await anna.expects("RING 112")
    await anna.expects("ringa dig")
    await town.coordinator.offer("FARA FÖR LIV")
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM inbox WHERE outcome = 'flood'") == 30


async def test_a_dead_database_keeps_updates_at_telegram(town: Town, telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not stored, not confirmed: Telegram delivers them again, in order."""

    class Away:
        async def execute(self, *_: object) -> None:
            raise ConnectionRefusedError

    real = town.runtime.pool
    town.runtime.pool = Away()
    update = {"update_id": 72, "message": {"message_id": 1, "date": 1, "text": "hej", "chat": {"id": 5, "type": "private"}}}
    assert await post(town, update) == 503
    town.runtime.pool = real
    assert await post(town, update) == 200
    await asyncio.sleep(0)
