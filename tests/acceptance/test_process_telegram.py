"""The program as an operator runs it, with a bot: by webhook, by polling, killed, and with Telegram away at the start."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.demo.bot_api import SECRET, TOKEN, ChatUser, FakeTelegram, Sent
from service.demo.carrier import FakeElks
from tests.acceptance.test_process import Program
from tests.conftest import scratch_directory

ELSA = "+46701000001"
ANNA = ChatUser(1001, "Anna", "Berg")
PEOPLE = f"name,phone,area,telegram_id\nAnna Berg,+46701234567,granna,{ANNA.id}\n"


class ChattingProgram(Program):
    """The program with a bot, and the Telegram that it speaks to."""

    def __init__(self, directory: Path, carrier: FakeElks, telegram: FakeTelegram) -> None:
        super().__init__(directory, carrier)
        self.telegram = telegram
        text = (directory / "network.toml").read_text(encoding="utf-8")
        (directory / "network.toml").write_text(text.replace('wait = "2s"', 'wait = "30s"'), encoding="utf-8")
        (directory / "people.csv").write_text(PEOPLE, encoding="utf-8")
        self.environment |= {
            "BUDKAVLE_TELEGRAM_API": telegram.api,
            "BUDKAVLE_TELEGRAM_TOKEN": TOKEN,
            "BUDKAVLE_TELEGRAM_SECRET": SECRET,
        }

    async def message(self, *words: str) -> Sent:
        """Anna's newest message, once it has these words."""
        for _ in range(400):
            sent = self.telegram.chats.get(ANNA.id, [])
            if sent and all(word in sent[-1].text for word in words):
                return sent[-1]
            await asyncio.sleep(0.05)
        raise AssertionError(f"{words} did not come; Anna's chat has {[m.text for m in self.telegram.chats.get(ANNA.id, [])]}")

    async def tap(self, message: Sent, label: str) -> str:
        """Tap a button and wait for what is said for a moment."""
        tap = await self.telegram.taps(ANNA, message, label)
        for _ in range(400):
            if tap in self.telegram.toasts:
                return self.telegram.toasts[tap]
            await asyncio.sleep(0.05)
        raise AssertionError("the tap was not answered")


@pytest.fixture
async def program() -> AsyncIterator[ChattingProgram]:
    carrier, telegram = FakeElks(), FakeTelegram()
    await carrier.start()
    await telegram.start()
    telegram.knows(ANNA)
    with scratch_directory() as directory:
        yield ChattingProgram(Path(directory), carrier, telegram)
    await telegram.stop()
    await carrier.stop()


async def imported(program: ChattingProgram) -> None:
    status, said = await program.run("people", "import", "people.csv")
    assert status == 0, said


async def test_by_webhook(program: ChattingProgram) -> None:
    """The program tells Telegram where updates go, and everything works from there."""
    await imported(program)
    async with program.serving():
        for _ in range(200):
            if program.telegram.hook:
                break
            await asyncio.sleep(0.05)
        assert program.telegram.hook == f"{program.base}/hooks/telegram"
        await program.carrier.receive(ELSA, "Är det bråttom? Ja, handla mat idag, bor i Gränna")
        offer = await program.message("Handla mat", "Gränna")
        assert "Tack" in await program.tap(offer, "Ja, jag kan")
        await program.message(ELSA)


async def test_by_polling_without_a_public_address(program: ChattingProgram) -> None:
    """A laptop behind a router: updates are fetched, and confirmed only when they are stored."""
    del program.environment["BUDKAVLE_PUBLIC_URL"]
    await imported(program)
    await program.telegram.writes(ANNA, "/hjalp")
    async with program.serving():
        await program.message("/mina")
        await program.telegram.writes(ANNA, "/paus")
        await program.message("Hur länge")
        assert not program.telegram.hook
    assert program.telegram.calls["setWebhook"] == 0


async def test_telegram_may_be_away_at_the_start(program: ChattingProgram) -> None:
    """The service starts and serves SMS; when Telegram is there again, the chat goes on by itself."""
    await imported(program)
    program.telegram.down = True
    async with program.serving():
        await program.carrier.receive(ELSA, "Är det bråttom? Ja, handla mat idag, bor i Gränna")
        await program.hears(ELSA, "letar")
        program.telegram.down = False
        await program.message("Handla mat")


async def test_what_was_stored_is_answered_after_a_kill(program: ChattingProgram) -> None:
    """SIGKILL right after the update was taken: the next process deals with it."""
    await imported(program)
    async with program.serving("web"):  # takes updates and answers none
        program.telegram.hook = f"{program.base}/hooks/telegram"
        await program.telegram.writes(ANNA, "/hjalp")
        assert not program.telegram.waiting
    assert not program.telegram.chats.get(ANNA.id)
    async with program.serving():
        await program.message("/mina")


@pytest.mark.parametrize(
    ("without", "named"), [("TELEGRAM_SECRET", "BUDKAVLE_TELEGRAM_SECRET"), ("TELEGRAM_TOKEN", "BUDKAVLE_TELEGRAM_TOKEN")]
)
async def test_half_a_configuration_stops_the_start(program: ChattingProgram, without: str, named: str) -> None:
    """One line says what is missing; with nothing of Telegram there simply is no bot."""
    del program.environment[f"BUDKAVLE_{without}"]
    status, said = await program.run("serve")
    assert (status, said.count("\n")) == (1, 1)
    assert f"missing in the environment: {named}" in said


async def test_doctor_looks_at_the_bot(program: ChattingProgram) -> None:
    """Does Telegram know the token? What is the bot called?"""
    _, said = await program.run("doctor")
    assert "ok    Telegram: @budkavle_fake_bot" in said
    _, said = await program.run("doctor", BUDKAVLE_TELEGRAM_TOKEN="1:wrong")
    assert "WRONG Telegram: refuses the token" in said
    program.telegram.down = True
    _, said = await program.run("doctor")
    assert "WRONG Telegram: cannot be reached" in said
    assert TOKEN not in said
