"""What goes wrong between people, accounts, groups and machines: nothing stands still, nothing of a resident is left."""

import asyncio
import time

from bots.telegram.buttons import data
from service.demo.bot_api import ChatUser, Fault, Sent
from tests.acceptance.chat.conftest import ANNA, BO, Member, Telegram
from tests.acceptance.chat.test_bad_days import post
from tests.acceptance.chat.test_groups import GROUP, KARIN, linked
from tests.acceptance.conftest import Town

ELSA = "+46701000001"
ADDRESS = "Brahegatan"


def never_mind_messages(town: Town, telegram: Telegram, *chats: int) -> None:
    """These stories are about what stands in chats, not about who hears what."""
    telegram.ignored.update({ANNA.id, BO.id, KARIN.id, GROUP.id, *chats})
    town.ignore(town.service_group, town.enterprise, town.coordinator, town.phone(ELSA))
    town.allowed.update(f"+467012345{n:02d}" for n in range(1, 20))


async def taken(town: Town, telegram: Telegram) -> tuple[Member, Sent]:
    """Anna has Elsa's shopping, and the message that says where."""
    anna = await telegram.volunteer(ANNA)
    await town.phone(ELSA).sends("Kan någon handla mat? Bor på Brahegatan 20 i Gränna. Elsa")
    await anna.taps("Ja, jag kan")
    return anna, next(m for m in telegram.api.chats[ANNA.id] if ADDRESS in m.text)


def says(message: Sent, word: str) -> bool:
    return not message.deleted and word in message.text


async def test_many_ask_for_the_rota_at_once(town: Town, telegram: Telegram) -> None:
    """Nobody waits for a second connection while holding one."""
    users = [ChatUser(5000 + n, f"U{n}") for n in range(24)]
    never_mind_messages(town, telegram, *(user.id for user in users))
    for user in users:
        await telegram.api.writes(user, "/pass")
    await asyncio.wait_for(town.settle(), 20)
    assert all(len(telegram.api.chats[user.id]) == 1 for user in users)


async def test_a_slow_chat_keeps_no_other_waiting(town: Town, telegram: Telegram) -> None:
    """The last word to somebody who is forgotten hangs; the next update is dealt with at once."""
    never_mind_messages(town, telegram)
    anna = await telegram.volunteer(ANNA)
    await anna.writes("/radera")
    telegram.api.answers = [Fault("hang", method="sendMessage", chat=ANNA.id)]
    await telegram.api.forges(ANNA, data("erase", 0, "yes"), telegram.api.last(ANNA))
    begun = time.monotonic()
    await town.runtime.answer_chats()
    assert time.monotonic() - begun < 3
    assert town.runtime.chat is not None
    for hanging in list(town.runtime.chat.answers._effects):
        hanging.cancel()


async def test_what_is_not_posted_cannot_be_taken_in_the_group(town: Town, telegram: Telegram) -> None:
    """A made-up button for a matter that only a human may see."""
    await linked(telegram)
    never_mind_messages(town, telegram)
    await telegram.volunteer(BO, "bankeryd")
    telegram.api.joined(GROUP, BO)
    await town.phone(ELSA).sends("Jag vill att någon ringer upp mig, mitt namn är Elsa")
    task = await town.runtime.pool.fetchval("SELECT id FROM task")
    await telegram.api.forges(BO, data("join", task), telegram.api.last(GROUP))
    await town.settle()
    assert (await town.task())["state"] == "open"
    assert not telegram.api.chats.get(BO.id)


async def test_an_account_that_moves_takes_nothing_along(town: Town, telegram: Telegram) -> None:
    """Anna's account shows another number: what stood there about the first one's task is gone."""
    never_mind_messages(town, telegram)
    anna, card = await taken(town, telegram)
    await town.volunteer("Anna Berg", "granna")
    await anna.shares_number("+46701234502")
    await town.forward(minutes=1)
    assert not says(card, ADDRESS)


async def test_a_card_behind_a_block_is_cleaned_when_it_is_lifted(town: Town, telegram: Telegram) -> None:
    """Nothing could be edited while the bot was blocked; afterwards nothing of Elsa is left."""
    never_mind_messages(town, telegram)
    anna, card = await taken(town, telegram)
    await telegram.api.blocks(ANNA)
    await town.settle()
    await town.phone("+46701234501").sends("KLAR")
    await town.phone(ELSA).sends("ja")
    await town.forward(minutes=1)
    assert says(card, ADDRESS)
    await telegram.api.unblocks(ANNA)
    await anna.writes("/igen")
    await town.forward(minutes=1)
    assert not says(card, ADDRESS)


async def test_what_comes_late_is_not_told_to_whoever_has_left(town: Town, telegram: Telegram) -> None:
    """The door code was on its way when Anna gave the task back."""
    never_mind_messages(town, telegram)
    await taken(town, telegram)
    telegram.api.down = True
    await town.phone(ELSA).sends("glömde säga att portkoden är HEMLIG4711")
    await town.phone("+46701234501").sends("KAN INTE")
    await town.forward(minutes=2)
    telegram.api.down = False
    await town.forward(minutes=2)
    assert not any("HEMLIG4711" in m.text for m in telegram.api.chats[ANNA.id])


async def test_a_group_that_moved_may_be_linked_anew(town: Town, telegram: Telegram) -> None:
    """Nobody told us of the move, and somebody has linked the new one: one post there, and the old link is over."""
    await linked(telegram)
    never_mind_messages(town, telegram)
    await telegram.volunteer(ANNA)
    telegram.api.allowed = ["callback_query"]
    new = await telegram.api.migrates(GROUP, -1001000000056)
    telegram.api.allowed = []
    telegram.ignored.add(new.id)
    telegram.api.joined(new, KARIN)
    await telegram.member(KARIN).writes("/koppla granna", new)
    await town.phone(ELSA).sends("handla mat i Gränna")
    await town.forward(minutes=1)
    posts = [m for m in telegram.api.chats[new.id] if "Handla mat" in m.text]
    assert len(posts) == 1
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM group_chat WHERE left_at IS NULL") == 1


async def test_a_post_that_telegram_refuses_is_left_for_an_hour(town: Town, telegram: Telegram) -> None:
    """Not tried again and again: that would bring "wait" for every chat."""
    await linked(telegram)
    never_mind_messages(town, telegram)
    await telegram.volunteer(ANNA)
    refused = Fault(400, method="sendMessage", chat=GROUP.id, description="Bad Request: not enough rights to send text messages")
    telegram.api.answers = [refused] * 50
    before = telegram.api.calls["sendMessage"]
    await town.phone(ELSA).sends("handla mat i Gränna")
    await town.forward(minutes=30)
    assert telegram.api.calls["sendMessage"] - before < 10
    telegram.api.answers = []


async def test_a_live_position_is_one_message(town: Town, telegram: Telegram) -> None:
    """It is "edited" for as long as it moves."""
    never_mind_messages(town, telegram, 5)
    telegram.api.knows(ChatUser(5, "Elsa"))
    who = {"id": 5, "is_bot": False, "first_name": "Elsa"}
    message = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private", "first_name": "Elsa"}, "from": who}
    for n in range(5):
        where = {"latitude": 58.0167, "longitude": 14.4667 + n / 1000, "live_period": 900}
        kind = {"edit_date": n} if n else {}
        await post(town, {"update_id": 100 + n, "edited_message" if n else "message": {**message, **kind, "location": where}})
        await town.settle()
    assert len(telegram.api.chats[5]) == 1


async def test_a_moment_without_the_database_kills_no_letter(town: Town, telegram: Telegram) -> None:
    """The offer is tried again a little later, once."""
    anna = await telegram.volunteer(ANNA)
    assert town.runtime.chat is not None
    carrier = town.runtime.chat.carrier
    real, away = carrier.pool, iter([True])

    class Hiccup:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def acquire(self) -> object:
            if next(away, False):
                raise ConnectionRefusedError
            return real.acquire()

    carrier.pool = Hiccup()
    await town.phone(ELSA).sends("handla mat i Gränna")
    await town.phone(ELSA).expects("letar")
    await town.forward(seconds=5)
    carrier.pool = real
    await anna.expects("Handla mat")


async def test_an_account_that_never_pressed_start_is_asked_by_sms(town: Town, telegram: Telegram) -> None:
    """An import may know somebody's account before the bot does: that is no refusal."""
    await town.volunteer("Dag Ask", "granna", telegram_id="7777")
    await town.phone(ELSA).sends("handla mat i Gränna")
    await town.phone(ELSA).expects("letar")
    await town.phone("+46701234501").offer("Handla mat")
    assert await town.runtime.pool.fetchval("SELECT paused_until FROM person WHERE telegram_id = 7777") is None
