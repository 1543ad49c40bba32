"""`budkavle serve`: one process from start to a clean stop."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from dispatch.clock import Clock, SystemClock
from dispatch.network import Network
from service.carriers.telephone import speaking
from service.database import open_database
from service.loops import knowing_the_bot, replaying, working
from service.open311.courier import require_keys
from service.porch import database_answers, porch, until_it_answers
from service.runtime import open_runtime
from service.settings import Settings, SettingsError, require_secrets
from service.web.app import build_app

log = structlog.get_logger()
SHUTDOWN_SECONDS = 3.0  # for requests in hand; with the loops' own limit the whole stop stays below ten


@contextlib.asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[None]:
    """The application answers on host:port while this is open. Raises SettingsError when the port is taken."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, handle_signals=False)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, backlog=512).start()
        except OSError as error:
            raise SettingsError(f"cannot listen on {host}:{port}: {error.strerror}") from error
        yield
    finally:
        await runner.cleanup()


async def serve(settings: Settings, network: Network, role: str, clock: Clock | None = None) -> None:
    """Run until SIGTERM or SIGINT, then finish what is in hand. role: "web", "worker" or "all"."""
    require_secrets(settings, network.carriers, network.writes_mail)
    require_keys(network.systems, os.environ)
    stop = stop_signal()
    clock = clock or SystemClock()
    await _wait_for_database(settings, network, role, clock, stop)
    if stop.is_set():
        return
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        runtime = await stack.enter_async_context(open_runtime(settings, network, clock, database))
        await stack.enter_async_context(replaying(runtime))
        if role in ("all", "worker"):
            await stack.enter_async_context(working(runtime))
        elif runtime.chat is not None:
            await stack.enter_async_context(knowing_the_bot(runtime))
        if role in ("all", "web"):
            await stack.enter_async_context(speaking(runtime.prompts))
            await stack.enter_async_context(listening(build_app(runtime), settings.host, settings.port))
            log.info("service.listening", network=network.key, role=role, listen=settings.listen)
        await stop.wait()
        log.info("service.stopping")


async def _wait_for_database(settings: Settings, network: Network, role: str, clock: Clock, stop: asyncio.Event) -> None:
    """Returns when the database can be reached, or the process is to stop. Texts are taken meanwhile."""
    if await database_answers(settings):
        return
    log.warning("database.down", at="start")
    async with contextlib.AsyncExitStack() as stack:
        if role in ("all", "web"):
            app = await stack.enter_async_context(porch(settings, network, clock))
            await stack.enter_async_context(listening(app, settings.host, settings.port))
        await until_it_answers(settings, stop)


def stop_signal() -> asyncio.Event:
    """An event that is set by SIGTERM or SIGINT (Ctrl-C)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
