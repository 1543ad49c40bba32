"""The running service of one network: what it is made of, and the loops that keep tasks and messages moving."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp
import structlog

from bots.carriers.gammu import Gammu
from bots.dialogue.understand import Understander
from bots.inbound import DATABASE_DOWN, Gate
from bots.telegram.api import ChatApi
from bots.telegram.bot import TelegramBot
from bots.voice.prompts import Prompts
from bots.voice.recordings import Recordings
from bots.voice.switchboard import Switchboard
from bots.wording import Wording
from dispatch.areas import redraw
from dispatch.attempts import run_attempts
from dispatch.changes import Changes
from dispatch.checks import run_checks
from dispatch.clock import Clock, SystemClock
from dispatch.dialler import Dialler
from dispatch.equipment import run_loans
from dispatch.handlers import run_due
from dispatch.mint import Mint
from dispatch.network import Network
from dispatch.office import Office
from dispatch.outbox import CHATS, TEXTS, MessageState, Outbox
from dispatch.phone_chat_desk import run_phone_chats
from dispatch.rota_watch import run_watch
from dispatch.shifts import run_rota
from dispatch.visits import run_visits
from service.carriers.danger import Danger
from service.carriers.gammu_database import embedded_gammu
from service.carriers.health import CarrierHealth
from service.carriers.modem import Modem
from service.carriers.opening import open_caller, open_carriers, open_modem, open_spool
from service.carriers.reception import Reception
from service.carriers.telephone import open_prompts, open_recordings
from service.database import Database, bring_up_to_date, open_pool
from service.geocoding.online import Online, open_online
from service.ladders.following import follow_ladders
from service.links import Links
from service.live import CALLS, CARRIERS, LADDERS, MAP, PHONE, Live, messages_of
from service.open311.courier import Courier, endpoints
from service.people import sync_network
from service.settings import Settings

log = structlog.get_logger()


@dataclass(slots=True)
class Runtime:
    """Everything that the web handlers and the loops share."""

    settings: Settings
    network: Network
    clock: Clock
    database: Database
    pool: Any
    office: Office
    gate: Gate
    outbox: Outbox
    wording: Wording
    understander: Understander
    live: Live
    links: Links
    health: CarrierHealth
    reception: Reception
    prompts: Prompts
    switchboard: Switchboard
    recordings: Recordings
    dialler: Dialler
    wake_dialler: asyncio.Event = field(default_factory=asyncio.Event)
    wake_dispatch: asyncio.Event = field(default_factory=asyncio.Event)
    wake_outbox: asyncio.Event = field(default_factory=asyncio.Event)
    modem: Modem | None = None
    geocoder: Online | None = None  # None: no address leaves the house
    courier: Courier | None = None  # None: no service group has a case system of its own
    wake_courier: asyncio.Event = field(default_factory=asyncio.Event)
    chat: TelegramBot | None = None
    chat_outbox: Outbox | None = None  # of its own, so that a carrier that hangs holds up only its own messages
    wake_chat: asyncio.Event = field(default_factory=asyncio.Event)
    wake_letters: asyncio.Event = field(default_factory=asyncio.Event)
    wake_keeper: asyncio.Event = field(default_factory=asyncio.Event)
    is_demo: bool = False
    bot_name: str | None = None  # of the bot in Telegram, as in https://t.me/NAME; None: there is none, or it is not known yet
    wall: Clock = field(default_factory=SystemClock)  # people sign in by the real time, also when the demo's runs fast

    def bot_is_called(self, name: str) -> None:
        """Telegram has said what the bot is called."""
        self.bot_name = name

    def committed(self, changes: Changes) -> None:
        """Something was stored: whoever it concerns looks at once."""
        if changes.tasks_new or changes.tasks or changes.shifts_new or changes.shifts:
            self.wake_dispatch.set()
            self.wake_keeper.set()
        if changes.phone_chats_new or changes.phone_chats or changes.attempts or changes.loans_new:
            self.wake_dispatch.set()
        if changes.moves_shifts or changes.rotas:
            self.wake_dispatch.set()
        if changes.systems_new:
            self.wake_courier.set()
        if changes.messages:
            self.wake_outbox.set()
            self.wake_letters.set()
        tasks = {t.id for t in (*changes.tasks_new, *changes.tasks)} | {e.task_id for e in changes.events}
        tasks |= {m.task_id for m in changes.messages}
        to_call = any(m.state == MessageState.TO_CALL for m in changes.messages)
        if to_call or changes.dials_new:
            self.wake_dialler.set()
        self.live.changed((t for t in tasks if t is not None), [CALLS] if to_call else ())

    def message_changed(self, task_id: int | None, state: MessageState) -> None:
        """Something became of a message: whoever looks at its task sees it, and a dead one is somebody's to phone."""
        if state is MessageState.DEAD:
            self.live.changed([task_id] if task_id else (), [CALLS])
        elif task_id:
            self.live.changed(topics=[messages_of(task_id)])

    async def follow_map(self) -> None:
        """Look at the map that the database has, when it is newer than the one that this process shows. A map that cannot be
        drawn leaves the old one, and holds nothing else up."""
        try:
            async with self.pool.acquire() as connection:
                is_newer = await redraw(connection, self.network)
        except DATABASE_DOWN:
            raise
        except Exception:
            log.exception("map.undrawn", version=self.network.atlas.version)
            return
        if is_newer:
            self.understander.know(tuple(self.network.areas.values()))
            log.info("map.redrawn", version=self.network.atlas.version)

    async def dispatch_due(self) -> int:
        """Act on the deadlines of tasks, of shifts and rotas, of weekly talks and of calls that have come. Returns how many."""
        now = self.clock.now()
        done = await run_due(self.office, now) + await run_rota(self.office, now) + await run_phone_chats(self.office, now)
        done += await run_attempts(self.office, now) + await run_visits(self.office, now) + await run_checks(self.office, now)
        done += await run_loans(self.office, now) + await run_watch(self.office, now)
        return done + await self.switchboard.end_silent(now)

    async def send_due(self) -> int:
        """Send the messages that are due. Returns how many."""
        return await self.outbox.send_due()

    async def replay_spooled(self) -> int:
        """Hand over what came in while the database was away. Returns how many texts."""
        return await self.reception.replay()

    async def dial_due(self) -> int:
        """Start the calls of ours that are due. Returns how many were looked at."""
        return await self.dialler.dial_due()

    async def ask_systems(self) -> int:
        """Post to the case systems of service groups, and look at what they have, where it is due. Returns how many requests."""
        return await self.courier.work() if self.courier else 0

    async def mind_modem(self) -> int:
        """Take what has come in by the modem, and note what became of what went out. Returns how much was done."""
        return await self.modem.work() if self.modem else 0

    async def answer_chats(self) -> int:
        """Deal with the updates from chats that wait. Returns how many."""
        return await self.chat.desk.work() if self.chat else 0

    async def send_letters(self) -> int:
        """Send the chats' messages that are due. Returns how many."""
        return await self.chat_outbox.send_due() if self.chat_outbox else 0

    async def keep_chats(self) -> int:
        """Bring what stands in chats up to date. Returns how much was done."""
        return await self.chat.keeper.work() if self.chat else 0

    async def fetch_files(self) -> int:
        """Fetch what people have sent in chats and said on the telephone. Returns how many files were tried."""
        return (await self.chat.files.work() if self.chat else 0) + await self.recordings.work()


@contextlib.asynccontextmanager
async def open_runtime(
    settings: Settings, network: Network, clock: Clock, database: Database, mint: Mint | None = None
) -> AsyncIterator[Runtime]:
    """A runtime on an open database: schema up to date, the network file's people in it, the carrier's client open."""
    await bring_up_to_date(database, network.key, clock.now())
    mint = mint or Mint()
    async with open_pool(database, network.key, settings.pool_size) as pool, aiohttp.ClientSession() as session:
        async with pool.acquire() as connection:
            await sync_network(connection, network, mint, clock.now())
        understander = Understander(tuple(network.areas.values()), tuple(network.categories), network.words)
        secret_key = settings.secret_key.get_secret_value() if settings.secret_key else ""
        links = Links(secret_key, settings.public_url)
        wording = Wording(network, links.service, links.task, links.rota)
        runtime: Runtime
        office = Office(pool, network, mint, lambda changes: runtime.committed(changes))
        gate = Gate(pool, network, understander, clock, mint, lambda changes: runtime.committed(changes))
        live = Live(database, pool, network.key)
        health = CarrierHealth(pool, clock, network.carriers, lambda: live.changed(topics=[CARRIERS]))
        modem = open_modem(settings, network, clock, await embedded_gammu(settings, network, database))
        carriers = open_carriers(settings, network, session, clock, health.sent, modem)
        danger = Danger(network, understander, wording, carriers["sms"])
        spool, prompts = open_spool(settings, network), open_prompts(settings, network)
        runtime = Runtime(
            settings, network, clock, database, pool, office, gate,
            # Without a bot its outbox takes what was meant for chats, and sends it another way.
            Outbox(pool, carriers, wording, clock.now, channels=(*TEXTS, *CHATS), numbers=network.numbers),
            wording, understander, live, links, health,
            Reception(gate.receive, lambda: pool.fetchval("SELECT 1"), spool, health.heard, danger.tell),
            prompts,
            Switchboard(office, prompts, lambda: live.changed(topics=[PHONE])),
            open_recordings(settings, session, pool, clock.now),
            Dialler(office, open_caller(settings, network, session), clock.now),
        )  # fmt: skip
        runtime.outbox.on_change = runtime.message_changed
        runtime.geocoder = await open_online(network, session, pool, secret_key, runtime.wall.now)
        _open_what_is_wanted(runtime, session, modem)
        runtime.live.first |= {MAP: runtime.follow_map, LADDERS: partial(follow_ladders, pool, network)}
        async with runtime.live.running():
            await asyncio.gather(*(follow() for follow in runtime.live.first.values()))
            yield runtime
            await _close(runtime)


async def _close(runtime: Runtime) -> None:
    """What is in hand arrives: first what comes in, then what goes out."""
    await runtime.reception.close()
    await runtime.gate.close()
    await runtime.outbox.close()
    await runtime.dialler.close()
    if runtime.modem is not None:
        await runtime.modem.carrier.tables.close()
    if runtime.chat_outbox is not None and runtime.chat is not None:
        await runtime.chat_outbox.close()
        await runtime.chat.close()


def _open_what_is_wanted(runtime: Runtime, session: aiohttp.ClientSession, modem: Gammu | None) -> None:
    """What only some networks have: a modem, service groups with a case system of their own, a bot."""
    office, health, clock = runtime.office, runtime.health, runtime.clock
    if modem is not None:
        runtime.modem = Modem(modem, runtime.pool, runtime.reception, health, runtime.message_changed)
    if runtime.network.systems:
        runtime.courier = Courier(office, endpoints(os.environ, session), runtime.links.service, clock.now)
    if runtime.settings.telegram_token is not None:
        _open_chat(runtime, runtime.settings.telegram_token.get_secret_value())


def _open_chat(runtime: Runtime, token: str) -> None:
    """The bot, and an outbox of its own, so that a Telegram that is away delays no SMS."""
    settings, office, wording, clock = runtime.settings, runtime.office, runtime.wording, runtime.clock
    api = ChatApi(token, settings.telegram_api)
    runtime.chat = TelegramBot.made(api, office, runtime.understander, wording, clock, settings.public_url)
    runtime.chat_outbox = Outbox(runtime.pool, {}, wording, clock.now, runtime.message_changed, CHATS, runtime.chat.carrier)
    runtime.outbox.channels = TEXTS
