"""The gate where inbound messages wait for their commit: many messages, few round trips.

A message is acknowledged to the carrier only when everything that follows from it is committed. Messages that come at the
same time are decided one by one and stored together, because round trips are what costs (deploy/adr/0002).
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog

from bots.dialogue.conversation import decide_failed, decide_inbound
from bots.dialogue.topics import with_other_topics
from bots.dialogue.understand import Understander, Understanding
from bots.dialogue.where import Finder
from bots.dialogue.words import Reply, parse
from bots.inbound_message import Inbound, without_secrets
from dispatch import store
from dispatch.changes import Changes
from dispatch.clock import Clock
from dispatch.errors import AlreadyReceived, Stale
from dispatch.mint import Mint
from dispatch.network import Network

log = structlog.get_logger()

BATCH = 64
WRITERS = 2
TRIES = 8
DATABASE_DOWN = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError,
                 asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.TooManyConnectionsError,
                 TimeoutError)  # fmt: skip


class DatabaseDown(Exception):
    """The message could not be stored; the carrier must deliver it again."""


@dataclass(slots=True)
class _Waiting:
    inbound: Inbound
    understood: Understanding
    reply: Reply | None
    done: "asyncio.Future[None]"

    @property
    def sender(self) -> store.Sender:
        number = self.reply.number if self.reply else None
        # A single number needs a single offer; whatever else may be meant needs all that is live.
        alone = self.reply is not None and number is not None and not any(c.isdigit() for c in self.reply.rest)
        i = self.inbound
        return store.Sender(i.phone, number, not alone, i.carrier, i.carrier_id, text=i.text)


@dataclass(slots=True)
class Gate:
    """Takes inbound messages and returns when they are committed. `on_commit` hears what was stored."""

    pool: Any
    network: Network
    understander: Understander
    clock: Clock
    mint: Mint
    on_commit: Callable[[Changes], None]
    finder: Finder = field(init=False)
    _waiting: list[_Waiting] = field(default_factory=list)
    _senders_at_work: set[str] = field(default_factory=set)
    _writers: set["asyncio.Task[None]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.finder = Finder(self.pool, self.network, self.understander, self.clock.now)

    async def receive(self, inbound: Inbound) -> None:
        """Decide and store one message. A message received before changes nothing and is fine.

        Raises DatabaseDown when it could not be stored: the carrier must hear that.
        """
        inbound = without_secrets(inbound)
        understood, reply = self.understander.understand(inbound.text), parse(inbound.text)
        understood = with_other_topics(self.understander, inbound.text, understood)
        waiting = _Waiting(inbound, understood, reply, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._start_writer()
        await waiting.done

    def _start_writer(self) -> None:
        if len(self._writers) < WRITERS:
            writer = asyncio.create_task(self._write())
            self._writers.add(writer)
            writer.add_done_callback(self._writer_ended)

    def _writer_ended(self, writer: "asyncio.Task[None]") -> None:
        self._writers.discard(writer)
        if self._waiting and not self._writers:  # something came while the last one was ending
            self._start_writer()

    def _next_batch(self) -> list[_Waiting]:
        """Waiting messages in order, one from each sender, none from a sender whom another writer is busy with."""
        batch: list[_Waiting] = []
        left: list[_Waiting] = []
        for waiting in self._waiting:
            key = waiting.inbound.phone or waiting.inbound.sender
            if len(batch) < BATCH and key not in self._senders_at_work:
                self._senders_at_work.add(key)
                batch.append(waiting)
            else:
                left.append(waiting)
        self._waiting = left
        return batch

    async def _write(self) -> None:
        while batch := self._next_batch():
            try:
                await self._store_batch(batch)
            except DATABASE_DOWN as error:
                log.warning("database.down", error=type(error).__name__, messages=len(batch))
                _fail(batch, DatabaseDown())
            except Exception:
                log.exception("inbound.unstored", messages=len(batch))
                _fail(batch, DatabaseDown())
            finally:
                for waiting in batch:
                    self._senders_at_work.discard(waiting.inbound.phone or waiting.inbound.sender)
                _fail(batch, DatabaseDown())  # nobody waits for ever, whatever happened

    async def _look_up(self, batch: Sequence[_Waiting]) -> None:
        """Find the messages' places, before anything is held in the database."""
        found = await asyncio.gather(*(self.finder.found(w.inbound.text, w.understood, w.reply) for w in batch))
        for waiting, understood in zip(batch, found, strict=True):
            waiting.understood = understood

    async def _store_batch(self, batch: Sequence[_Waiting]) -> None:
        await self._look_up(batch)
        async with self.pool.acquire() as connection:
            now = self.clock.now()
            contexts = await store.inbound_contexts(connection, [w.sender for w in batch], now)
            await store.fill(connection, self.mint, 2 * len(batch))
            together = Changes()
            touched: set[int] = set()
            stored: list[_Waiting] = []
            alone: list[_Waiting] = []
            for waiting, context in zip(batch, contexts, strict=True):
                if context.seen:
                    _succeed(waiting)
                    continue
                changes = self._decide(waiting, context)
                tasks = {t.id for t in changes.tasks}
                if touched & tasks or _conflicts(together, changes):
                    alone.append(waiting)
                    continue
                touched |= tasks
                together.add(changes)
                stored.append(waiting)
            if stored:
                try:
                    await store.commit(connection, together, now)
                except (Stale, AlreadyReceived, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError):
                    alone = stored + alone
                else:
                    self.on_commit(together)
                    for waiting in stored:
                        _succeed(waiting)
            for waiting in alone:
                await self._store_alone(connection, waiting)

    def _decide(self, waiting: _Waiting, context: store.Context, failed: bool = False) -> Changes:
        now = self.clock.now()
        if not failed:
            try:
                return decide_inbound(waiting.inbound, context, waiting.understood, waiting.reply, self.network, now, self.mint)
            except Exception:
                log.exception("inbound.failed", carrier=waiting.inbound.carrier)
        return decide_failed(waiting.inbound, context, self.network, now, self.mint)

    async def _store_alone(self, connection: Any, waiting: _Waiting) -> None:
        failed = False
        for attempt in range(TRIES):
            now = self.clock.now()
            (context,) = await store.inbound_contexts(connection, [waiting.sender], now)
            await store.fill(connection, self.mint, 2)
            if context.seen:
                break
            changes = self._decide(waiting, context, failed)
            try:
                await store.commit(connection, changes, now)
            except AlreadyReceived:
                break
            except Stale:
                await asyncio.sleep(0.005 * attempt)
                continue
            except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError):
                if failed:
                    raise
                log.exception("inbound.failed", carrier=waiting.inbound.carrier)
                failed = True
                continue
            self.on_commit(changes)
            break
        else:
            raise Stale("others were faster every time")
        _succeed(waiting)

    async def close(self) -> None:
        """Wait for the writers to finish what has come in."""
        while self._writers:
            await asyncio.gather(*self._writers, return_exceptions=True)


def _conflicts(together: Changes, changes: Changes) -> bool:
    """Would both change the same person's row? One statement can change a row only once."""
    return bool(together.people.keys() & changes.people.keys())


def _succeed(waiting: _Waiting) -> None:
    if not waiting.done.done():
        waiting.done.set_result(None)


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.done.done():
            waiting.done.set_exception(error)
            with contextlib.suppress(Exception):  # mark it as seen: the sender may have hung up meanwhile
                waiting.done.exception()
