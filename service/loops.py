"""The loops of a running service: each does its part of the work whenever something is due, or somebody wakes it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import structlog

from bots.inbound import DATABASE_DOWN
from bots.telegram.bot import TelegramBot
from service.runtime import Runtime
from sql import query

log = structlog.get_logger()

LONGEST_SLEEP = 1.0  # seconds; what another process has stored is seen after this at the latest
SHORTEST_SLEEP = 0.02
AFTER_A_FAULT = 2.0
FILES_REST = 1.0
KEEPERS_REST = 0.2  # it compares all that stands in chats with its tasks: changes that come together are one look


@contextlib.asynccontextmanager
async def working(runtime: Runtime) -> AsyncIterator[None]:
    """The loops run while this is open. Leaving it lets each finish what it has in hand."""
    stopping = asyncio.Event()
    loops = [
        asyncio.create_task(_loop(runtime, "dispatch", runtime.dispatch_due, runtime.wake_dispatch, stopping)),
        asyncio.create_task(_loop(runtime, "outbox", runtime.send_due, runtime.wake_outbox, stopping)),
        asyncio.create_task(_loop(runtime, "dialler", runtime.dial_due, runtime.wake_dialler, stopping)),
        asyncio.create_task(_loop(runtime, "files", runtime.fetch_files, runtime.wake_chat, stopping, FILES_REST)),
        *_chat_loops(runtime, stopping),
    ]
    if runtime.modem is not None:
        loops.append(asyncio.create_task(_loop(runtime, "modem", runtime.mind_modem, asyncio.Event(), stopping)))
    if runtime.courier is not None:
        loops.append(asyncio.create_task(_loop(runtime, "systems", runtime.ask_systems, runtime.wake_courier, stopping)))
    try:
        yield
    finally:
        stopping.set()
        for wake in (
            runtime.wake_dispatch, runtime.wake_outbox, runtime.wake_dialler, runtime.wake_chat, runtime.wake_letters,
            runtime.wake_keeper, runtime.wake_courier,
        ):  # fmt: skip
            wake.set()
        _, unfinished = await asyncio.wait(loops, timeout=2)
        for task in unfinished:  # a carrier that does not answer; the lease gives the message to the next process
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


@contextlib.asynccontextmanager
async def replaying(runtime: Runtime) -> AsyncIterator[None]:
    """What lies on this process's disk is handed over while this is open, whatever else the process does."""

    async def replay() -> None:
        while True:
            try:
                await runtime.replay_spooled()
            except Exception:
                log.exception("loop.fault", loop="spool")
            await asyncio.sleep(LONGEST_SLEEP)

    task = asyncio.create_task(replay())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def knowing_the_bot(runtime: Runtime) -> AsyncIterator[None]:
    """For a process without loops: the bot's name, which pages show, is learnt as soon as Telegram says it."""
    stopping = asyncio.Event()
    task = asyncio.create_task(_learn_name(runtime, stopping))
    try:
        yield
    finally:
        stopping.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _learn_name(runtime: Runtime, stopping: asyncio.Event) -> None:
    if runtime.chat is not None:
        await runtime.chat.begin(None, False, stopping, runtime.bot_is_called)


def _chat_loops(runtime: Runtime, stopping: asyncio.Event) -> list["asyncio.Task[None]"]:
    bot, settings = runtime.chat, runtime.settings
    if bot is None:
        return []
    polls = settings.telegram_webhook is None and settings.telegram_updates != "webhook"
    work = [
        _loop(runtime, "chats", runtime.answer_chats, runtime.wake_chat, stopping),
        _loop(runtime, "letters", runtime.send_letters, runtime.wake_letters, stopping),
        _loop(runtime, "keeper", runtime.keep_chats, runtime.wake_keeper, stopping, KEEPERS_REST),
        _meet_telegram(runtime, bot, polls, stopping),
    ]
    return [asyncio.create_task(part) for part in work]


async def _meet_telegram(runtime: Runtime, bot: TelegramBot, polls: bool, stopping: asyncio.Event) -> None:
    work = [bot.begin(runtime.settings.telegram_webhook, polls, stopping, runtime.bot_is_called)]
    if polls:
        work.append(bot.poll(runtime.clock, runtime.wake_chat.set, stopping))
    await asyncio.gather(*work)


async def _loop(
    runtime: Runtime,
    name: str,
    work: Callable[[], Awaitable[int]],
    wake: asyncio.Event,
    stopping: asyncio.Event,
    rest: float = 0.0,
) -> None:
    """Do `work` whenever it is due or somebody wakes us; `rest`: real seconds between, at least."""
    while not stopping.is_set():
        await asyncio.sleep(rest)
        wake.clear()
        try:
            if await work():
                continue
            pause = await _until_next(runtime, name)
        except DATABASE_DOWN as error:
            log.warning("database.down", loop=name, error=type(error).__name__)
            await _revive(runtime)
            pause = AFTER_A_FAULT
        except Exception:
            log.exception("loop.fault", loop=name)
            pause = AFTER_A_FAULT
        if stopping.is_set():
            break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), pause)


async def _until_next(runtime: Runtime, name: str) -> float:
    if name == "modem":
        return LONGEST_SLEEP
    if kind := {"chats": "update", "keeper": "message", "files": "file"}.get(name):
        row = await runtime.pool.fetchrow(query("chat_next"))
        moments = [row[kind]]
    else:
        row = await runtime.pool.fetchrow(query("next_deadline"))
        letters = [row["message" if name == "outbox" else "chat"], row["leased"]]
        moments = {
            "dispatch": [row["task"], row["rota"], row["phone"], row["talk"], row["attempt"], row["visit"]],
            "dialler": [row["dial"]],
            "systems": [row["system"]],
        }.get(name, letters)
    due = min((m for m in moments if m is not None), default=None)
    if due is None:
        return LONGEST_SLEEP
    wait = max(due - runtime.clock.now(), timedelta(0))
    # What is due but held by another process is not asked for without end.
    return min(max(runtime.clock.real_seconds(wait), SHORTEST_SLEEP), LONGEST_SLEEP)


async def _revive(runtime: Runtime) -> None:
    """An embedded server that has died is started again."""
    server = runtime.database.server
    if server is not None:
        try:
            await asyncio.to_thread(server.ensure_running)
        except Exception as error:
            log.warning("database.not_revived", error=str(error))
