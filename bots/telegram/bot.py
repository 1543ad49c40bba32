"""The network's Telegram bot, complete: what goes out, what comes in, and what is kept true meanwhile."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from bots.dialogue.understand import Understander
from bots.inbound import DATABASE_DOWN
from bots.telegram.answers import Answers
from bots.telegram.api import ChatApi
from bots.telegram.carrier import TelegramCarrier
from bots.telegram.files import Files
from bots.telegram.inbox import NAME, UpdateDesk, named, store_update
from bots.telegram.keeper import Keeper
from bots.telegram.updates import update_id
from bots.wording import Wording, languages, texts
from dispatch.chats import block_chat
from dispatch.clock import Clock
from dispatch.office import Office
from dispatch.outbox import CarrierRefused, CarrierUnavailable

log = structlog.get_logger()
MENU = ("mina", "pass", "paus", "igen", "sprak", "hjalp", "radera")
AFTER_A_FAULT = 5.0  # real seconds before Telegram is asked again


@dataclass(slots=True)
class TelegramBot:
    """answers, desk: what comes in. carrier, keeper, files: what goes out, stays true, and is fetched."""

    api: ChatApi
    pool: Any
    answers: Answers
    desk: UpdateDesk
    carrier: TelegramCarrier
    keeper: Keeper
    files: Files

    @classmethod
    def made(
        cls, api: ChatApi, office: Office, understander: Understander, wording: Wording, clock: Clock, public_url: str | None
    ) -> "TelegramBot":
        """The bot of one network."""

        async def blocked(person_id: int) -> None:
            await block_chat(office, person_id, clock.now())

        now: Callable[[], datetime] = clock.now
        answers = Answers(office, understander, clock, api, wording, public_url)
        return cls(
            api,
            office.pool,
            answers,
            UpdateDesk(office.pool, now, answers.answer, answers.give_up),
            TelegramCarrier(api, office.pool, office.network, wording, now, blocked),
            Keeper(api, office.pool, office.network, wording, now, public_url),
            Files(api, office.pool, now),
        )

    async def begin(
        self, webhook: tuple[str, str] | None, polls: bool, stopping: asyncio.Event, is_called: Callable[[str], None]
    ) -> None:
        """Tell Telegram where updates go (address and secret), learn the bot's name, show its menu: each for as long as it takes,
        what matters most first. Telegram being away stops nothing. is_called: hears the name."""

        async def learn_name() -> None:
            is_called(await self.api.ask_name())

        steps: list[Callable[[], Awaitable[object]]] = [learn_name, self._show_menu]
        if webhook is not None:
            steps.insert(0, partial(self.api.set_webhook, *webhook))
        elif polls:
            steps.insert(0, self.api.delete_webhook)
        while steps and not stopping.is_set():
            steps = [step for step in steps if not await self._done(step)]
            if steps:
                await _pause(stopping)

    async def _done(self, step: Callable[[], Awaitable[object]]) -> bool:
        try:
            await step()
        except (CarrierUnavailable, CarrierRefused) as error:
            log.warning("telegram.away", error=str(error))
            return False
        except Exception as error:  # an answer that the library cannot read: the other steps, and polling, go on
            log.warning("telegram.strange", **named(error))
            return False
        return True

    async def _show_menu(self) -> None:
        """The commands as the chat's menu, in every language that there are texts for."""
        for language in ("", *sorted(languages(NAME))):
            t = texts(language or self.answers.office.network.languages[0], NAME)
            await self.api.set_commands({name: t[f"cmd_{name}"] for name in MENU}, language)

    async def poll(self, clock: Clock, heard: Callable[[], None], stopping: asyncio.Event) -> None:
        """Fetch updates until it is time to stop. They are confirmed, by asking for the next, only when they are stored.

        What was stored before this process began is not asked for by number: after a quiet week Telegram goes on from any
        number it likes. What comes twice is known by its own.
        """
        newest: int | None = None
        while not stopping.is_set():
            try:
                found = await self.api.updates(newest)
                for raw in found:
                    await store_update(self.pool, raw, clock.now())
                    newest = update_id(raw) or newest
                if found:
                    heard()
            except DATABASE_DOWN as error:
                log.warning("database.down", loop="polling", error=type(error).__name__)
                await _pause(stopping)
            except CarrierUnavailable as error:
                log.warning("telegram.away", error=str(error))
                await _pause(stopping)
            except Exception:
                log.exception("polling.fault")
                await _pause(stopping)

    async def close(self) -> None:
        """Finish what was begun, and hang up."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.answers.settled(), 2)
        await self.keeper.close()
        await self.api.close()


async def _pause(stopping: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), AFTER_A_FAULT)
