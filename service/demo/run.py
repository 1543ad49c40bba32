"""`budkavle demo`: the real program on a fast clock, with a carrier, a Telegram and a town that are simulated."""

import asyncio
import contextlib
import fcntl
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from pydantic import SecretStr

from dispatch.clock import FastClock
from dispatch.hours import Hours
from dispatch.mint import Mint
from service.database import Database, open_database
from service.demo.bot_api import FakeTelegram
from service.demo.carrier import PASSWORD, USERNAME, FakeElks
from service.demo.chat_crowd import GROUP, GROUP_AREA, ChatCrowd
from service.demo.chat_pages import ChatPages
from service.demo.chats import Chats
from service.demo.crowd import Crowd
from service.demo.phone import PhonePages
from service.demo.story import tell
from service.demo.threads import Threads
from service.demo.town import Townsperson, build_town, people_csv
from service.gazetteer.run import Watcher, import_source, sources_of
from service.logs import set_up_logging
from service.loops import working
from service.network_file import BUILT_IN, find_network_file, read_network
from service.people import import_people
from service.runtime import Runtime, open_runtime
from service.serve import SHUTDOWN_SECONDS, stop_signal
from service.settings import Settings, SettingsError, load_settings
from service.sign_in.accounts import create_account, make_link, set_password
from service.sign_in.permissions import Role
from service.web.app import build_app
from sql import query

log = structlog.get_logger()

HOST = "127.0.0.1"
DATABASE = "budkavle_demo"
DATA_DIR = Path(".demo")  # unless BUDKAVLE_DATA_DIR says another
BEGINS = time(9)
TALK = 12.0  # real seconds that two who are connected talk
ACCOUNT = "Karin"  # who watches the board of the demo
WARNINGS = 30  # the level of the log: what happens is told by the story


async def run_demo(port: int, speed: float, seed: int) -> None:
    """Run until Ctrl-C or SIGTERM. Raises SettingsError when the port is taken or a demo runs in the data directory."""
    set_up_logging(WARNINGS)
    stop = stop_signal()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"  # whatever is asked stands on this machine
    network = read_network(find_network_file("jonkoping"))
    network = replace(network, hours=Hours(network.zone))  # a visitor at night should see something
    async with contextlib.AsyncExitStack() as stack:
        door = stack.enter_context(_reserved(port))
        carrier, telegram = FakeElks(), FakeTelegram(token=f"4242:{secrets.token_urlsafe(24)}")
        carrier.telephones.talk_for = TALK
        for pretended in (carrier, telegram):
            await pretended.start()
            stack.push_async_callback(pretended.stop)
        settings = _settings(door.getsockname()[1], carrier, telegram)
        stack.enter_context(_alone(settings.data_dir))
        database = await stack.enter_async_context(_fresh_database(settings))
        clock = FastClock(datetime.combine(datetime.now(network.zone), BEGINS, network.zone), speed)
        runtime = await stack.enter_async_context(open_runtime(settings, network, clock, database))
        runtime.is_demo = True
        town = build_town(runtime.network, seed)
        await _populate(runtime, town)
        app = build_app(runtime)
        crowd = _inhabit(app, runtime, town, carrier, telegram, seed)
        await _open(stack, app, runtime, crowd, door, stop)
        _say(await _welcome(runtime, speed))
        await stop.wait()
        _say("Stopping.")


async def _populate(runtime: Runtime, town: Mapping[str, Townsperson]) -> None:
    """Who is known to the network when the demo begins, the group chat that gets the tasks of its area, and some streets."""
    now = runtime.clock.now()
    (streets,) = sources_of([BUILT_IN / "jonkoping-places.csv"], "csv", None, None, everywhere=False)
    async with runtime.pool.acquire() as connection:
        await import_source(connection, runtime.network, streets, now, Watcher())
        await import_people(connection, people_csv(town), runtime.network, Mint(), now)
        await connection.execute(query("link_group"), GROUP.id, 0, "area", GROUP_AREA, now, None)


def _inhabit(
    app: web.Application,
    runtime: Runtime,
    town: Mapping[str, Townsperson],
    carrier: FakeElks,
    telegram: FakeTelegram,
    seed: int,
) -> Crowd:
    """The town at its phones and in its chats, and the pages on which a visitor joins it."""
    threads, chats = Threads(carrier, runtime.clock), Chats(telegram, runtime.clock)
    crowd = Crowd(town, runtime.clock, runtime.network.zone, threads.write, seed, lambda: runtime.live.watching > 0)
    threads.on_text = crowd.hear
    chat_crowd = ChatCrowd(crowd, chats, telegram, runtime.network, seed)
    PhonePages(runtime.network, crowd, threads).add_to(app)
    ChatPages(runtime.network, crowd, chats, chat_crowd).add_to(app)
    return crowd


async def _open(
    stack: contextlib.AsyncExitStack,
    app: web.Application,
    runtime: Runtime,
    crowd: Crowd,
    door: socket.socket,
    stop: asyncio.Event,
) -> None:
    """The web opens, and life begins."""
    await stack.enter_async_context(working(runtime))
    await stack.enter_async_context(_serving(app, door))
    stack.push_async_callback(crowd.stop)
    await stack.enter_async_context(_beside(crowd.live(), stop))
    await stack.enter_async_context(_beside(tell(runtime, _say), stop))


def _settings(port: int, carrier: FakeElks, telegram: FakeTelegram) -> Settings:
    """The settings of a service that can reach nobody: its own database, secrets of its own, the fake carrier and Telegram.

    Nothing of a real service's environment is used but the data directory, in which the demo has a database of its own.
    """
    settings = load_settings()
    address, key = f"http://{HOST}:{port}", secrets.token_urlsafe(16)
    carrier.hooks = f"{address}/hooks/46elks/{key}"
    return settings.model_copy(
        update={
            "database_url": None,
            "data_dir": (settings.data_dir if "data_dir" in settings.model_fields_set else DATA_DIR).expanduser().resolve(),
            "listen": f"{HOST}:{port}",
            "public_url": address,
            "secret_key": SecretStr(secrets.token_urlsafe(32)),
            "api_token": SecretStr(secrets.token_urlsafe(16)),
            "elks_api": carrier.api,
            "elks_username": USERNAME,
            "elks_password": SecretStr(PASSWORD),
            "elks_key": SecretStr(key),
            "telegram_api": telegram.api,
            "telegram_token": SecretStr(telegram.token),
            "telegram_secret": SecretStr(secrets.token_urlsafe(24)),
            "telegram_updates": "webhook",
        }
    )


@contextlib.contextmanager
def _reserved(port: int) -> Iterator[socket.socket]:
    """A socket that listens already, so that its port is known and ours before anything else begins."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
            door.listen()
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {HOST}:{port}: {error.strerror}; choose another port with --port (0: any)"
            ) from error
        yield door


@contextlib.contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Two demos would take each other's database away, so one holds this lock."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(data_dir / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise SettingsError(f"a demo runs in {data_dir} already: stop it, or set BUDKAVLE_DATA_DIR to another") from error
    finally:
        os.close(descriptor)


@contextlib.asynccontextmanager
async def _fresh_database(settings: Settings) -> AsyncIterator[Database]:
    """An empty database of the demo's own, on the embedded server."""
    async with open_database(settings, DATABASE) as database:
        if database.server is None:
            raise SettingsError("the demo has its own database")
        await asyncio.to_thread(database.server.drop_database, DATABASE)
        await asyncio.to_thread(database.server.ensure_database, DATABASE)
        yield database


@contextlib.asynccontextmanager
async def _serving(app: web.Application, door: socket.socket) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, handle_signals=False)
    await runner.setup()
    try:
        await web.SockSite(runner, door).start()
        yield
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> AsyncIterator[None]:
    """The work runs while this is open. A fault in it ends the demo, and is seen."""

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            if not isinstance(error, BrokenPipeError):  # whoever read the story has gone: that is an end, not a fault
                log.error("demo.fault", exc_info=error)
            stop.set()

    task = asyncio.create_task(work)
    task.add_done_callback(ended)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _say(line: str) -> None:
    """One line at once, also into a pipe."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains when it ends
        raise


async def _welcome(runtime: Runtime, speed: float) -> str:
    """What to open. The account is made anew at each start, with a password of its own."""
    settings, now, password = runtime.settings, runtime.wall.now(), secrets.token_hex(5)
    account = await create_account(runtime.pool, Mint(), ACCOUNT, Role.ADMINISTRATOR, None, None, now)
    await set_password(runtime.pool, account, password, None, now)
    link = await make_link(runtime.pool, account, now)
    return "\n".join(
        (
            f"{runtime.network.name}: the real program; the people, the phone company and Telegram are simulated.",
            "Nothing leaves this machine.",
            "",
            f"  sign in, once          {settings.public_url}/login?link={link}",
            f"  and again              {settings.public_url}/login   name: {ACCOUNT}   password: {password}",
            f"  the board, the desk    {settings.public_url}/board   {settings.public_url}/desk",
            f"  a phone to play with   {settings.public_url}/demo/phone",
            "                         texts, or chats as in Telegram: register there, and take a task by a tap",
            "",
            f"It is {BEGINS:%H:%M}; time goes {speed:g} times as fast as life, so an hour takes {3600 / speed:.0f} seconds.",
            "Quiet hours are off: people answer at night too. While the board is open, you are the coordinator. In its first",
            "minutes come an emergency, somebody who asks twice, and a lift that nobody takes. Ctrl-C ends the demo.",
            "",
        )
    )
