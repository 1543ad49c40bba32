"""The hub of live pages: what is stored, by this process or another, is on every watching page within a second.

Whoever stores something says so by `Live.changed`; that is a hint to look, and the events table is the truth. About ten
times a second at most the hub reads the events it has not seen, tells the other processes by one NOTIFY outside all
transactions, renders each distinct view once, and gives the same bytes to all who watch it. Every two seconds it reads
without being told, so that what any other writer has stored is shown too.

Each batch of changes has a position, "BOOT:NUMBER". A page takes `Live.position` before it reads the database and gives it
back when it opens its stream (as browsers do when they come back): what changed since is sent at once. When that is
not known, after a restart or a cut to the database, the page is told to read everything again.
"""

import asyncio
import contextlib
import re
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import orjson
import structlog

from bots.inbound import DATABASE_DOWN
from dispatch.events import Kind
from service.database import Database
from service.event_loop import open_files
from sql import query

log = structlog.get_logger()

COALESCE = 0.1  # seconds from the first change of a batch until it is read and rendered
POLL = 2.0  # seconds; what nobody announced is seen after this at the latest
HEARTBEAT = 15.0  # seconds of silence that proxies and browsers bear easily
MOST_STREAMS = 2_000  # in one process
OTHER_FILES = 300  # open files beside the streams: the pool, hooks, carriers
MOST_FRAMES = 64  # waiting for one client; whoever has more is too slow, and starts over
REMEMBERED = 1_000  # batches; a client that was cut off is back within seconds
MOST_MISSED = 1_000  # tasks in one batch or catching up; whoever missed more reads everything again
OVERLAP = 500  # event ids that are read again: a smaller one may be committed later
PAGE = 1_000  # events read at a time
A_PAYLOAD = 300  # ids or topics in one NOTIFY: below PostgreSQL's 8,000 bytes
AFTER_A_FAULT = 1.0
LISTENS_STILL = 15.0  # seconds between looks whether the listening connection lives
CLOSING = 2.0

CALLS = "calls"  # topic: the list of people to phone
PHONE = "phone"  # topic: who phones the network now
CARRIERS = "carriers"  # topic: one of the carriers fails, or is well again
MAP = "map"  # topic: somebody has moved a boundary, or imported addresses
LADDERS = "ladders"  # topic: somebody has saved another version of a ladder
_TOPICS = dict.fromkeys(  # of events that another process has stored
    (Kind.MESSAGE_DEAD, Kind.MESSAGE_HANDLED, Kind.CALL_TAKEN, Kind.CALL_RELEASED, Kind.CALL_NOT_ANSWERED, Kind.CALL_HANDED_ON),
    CALLS,
) | dict.fromkeys((Kind.PHONE_RANG, Kind.PHONE_TAKEN, Kind.PHONE_RELEASED, Kind.PHONE_ENDED), PHONE)
_TOPICS |= dict.fromkeys((Kind.AREA_REDRAWN, Kind.GAZETTEER_IMPORTED), MAP) | {Kind.LADDER_CHANGED: LADDERS}
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
Rows = TypeVar("Rows")


def messages_of(task_id: int) -> str:
    """The topic of one task's messages: sent, delivered, failed."""
    return f"messages:{task_id}"


def frame(event: str, data: str, position: str) -> bytes:
    """One server-sent event. data may have several lines; position is what the browser gives back when it reconnects."""
    lines = "".join(f"data: {line}\n" for line in _LINE_ENDS.split(data))
    return f"event: {event}\nid: {position}\n{lines}\n".encode()


@dataclass(slots=True, eq=False)
class Batch:
    """What has changed: tasks by id, and topics such as CALLS. Shared by all views that are rendered from it."""

    tasks: frozenset[int]
    topics: frozenset[str]
    position: str
    _loaded: dict[Callable[["Batch"], Awaitable[Any]], Any] = field(default_factory=dict)

    async def rows(self, loader: Callable[["Batch"], Awaitable[Rows]]) -> Rows:
        """What `loader` finds for this batch; it is asked once, however many views want it."""
        if loader not in self._loaded:
            self._loaded[loader] = await loader(self)
        rows: Rows = self._loaded[loader]
        return rows


class View(Hashable, Protocol):
    """What a page shows: equal for pages that show the same to people who may see the same."""

    async def render(self, batch: Batch) -> bytes | None:
        """Frames (see `frame`) that bring such a page up to date; None when the batch is of no concern to it."""
        ...


class Watcher:
    """One page that watches: frames that wait to be sent to it."""

    def __init__(self, transport: asyncio.BaseTransport | None = None) -> None:
        self._transport = transport
        self._frames: deque[bytes] = deque()
        self._news = asyncio.Event()
        self.ended = False

    @property
    def gone(self) -> bool:
        """True when the client has hung up: the web framework tells its handler only when that writes."""
        return self._transport is not None and self._transport.is_closing()

    def put(self, frames: bytes) -> None:
        """Let the page have these frames. One that is gone, or too slow to keep up, is dropped; it comes back by itself."""
        if self.ended:
            return
        if self.gone or len(self._frames) >= MOST_FRAMES:
            self.drop()
            return
        self._frames.append(frames)
        self._news.set()

    def end(self) -> None:
        """No more frames: `next` returns None."""
        self.ended = True
        self._frames.clear()
        self._news.set()

    def drop(self) -> None:
        """End, and cut the connection at once, whatever its client has not read yet."""
        self.end()
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()

    async def next(self, patience: float) -> bytes | None:
        """All frames that wait, joined; b"" when none comes within `patience` seconds; None at the end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(patience, 0)):
                await self._news.wait()
        if self.ended:
            return None
        self._news.clear()
        found = b"".join(self._frames)
        self._frames.clear()
        return found


class Live:
    """The hub of one process and network. heartbeat: seconds."""

    def __init__(self, database: Database, pool: Any, schema: str, heartbeat: float = HEARTBEAT) -> None:
        self.heartbeat = heartbeat
        self._database, self._pool = database, pool
        self._channel = f"budkavle_{schema}"
        self._boot = secrets.token_hex(6)
        self._version = self._floor = self._delivered = 0
        self._ring: deque[tuple[int, frozenset[int], frozenset[str]]] = deque()
        self._own: set[int | str] = set()  # changed here, and not told to the others yet: tasks and topics
        self._heard: set[int | str] = set()  # what other processes have told
        self._newest, self._seen = 0, set[int]()  # events
        self._wake = asyncio.Event()
        self._ending = False
        self._watchers: dict[View, set[Watcher]] = {}
        self._most = MOST_STREAMS
        self.first: dict[str, Callable[[], Awaitable[None]]] = {}  # by topic: what the process does before pages are told

    @property
    def position(self) -> str:
        """Where the hub is. What is stored after somebody has read this will be in a later batch."""
        return f"{self._boot}:{self._version}"

    @property
    def watching(self) -> int:
        """How many watch."""
        return sum(len(watchers) for watchers in self._watchers.values())

    @property
    def full(self) -> bool:
        """True when nobody more can be served, because there are too many or the process is about to end."""
        return self._ending or self.watching >= self._most

    def changed(self, tasks: Iterable[int] = (), topics: Iterable[str] = ()) -> None:
        """Something about these was stored, and is committed. Cheap: it only wakes the hub."""
        self._own.update(tasks)
        self._own.update(topics)
        if self._own:
            self._wake.set()

    @contextlib.contextmanager
    def watch(self, view: View, transport: asyncio.BaseTransport | None = None) -> Iterator[Watcher]:
        """Watch until the block is left. transport: the client's connection, cut when the client does not keep up."""
        watcher = Watcher(transport)
        self._watchers.setdefault(view, set()).add(watcher)
        try:
            yield watcher
        finally:
            mine = self._watchers[view]
            mine.discard(watcher)
            if not mine:
                del self._watchers[view]

    async def catch_up(self, view: View, position: str | None) -> bytes:
        """Frames that bring a page up to date that was right at `position`."""
        batch = self.since(position)
        if batch is None:
            return self.reread()
        if not batch.tasks and not batch.topics:
            return _at(batch.position)
        return (await view.render(batch) or b"") + _at(batch.position)

    def since(self, position: str | None) -> Batch | None:
        """What has changed since `position`; None when that is not known, or too much."""
        boot, _, number = (position or "").partition(":")
        if boot != self._boot or not number.isascii() or not number.isdigit() or len(number) > 15:
            return None
        if not self._floor <= int(number) <= self._version:
            return None
        missed = [(tasks, topics) for version, tasks, topics in self._ring if version > int(number)]
        tasks = frozenset[int]().union(*(tasks for tasks, _ in missed))
        topics = frozenset[str]().union(*(topics for _, topics in missed))
        return Batch(tasks, topics, self.position) if len(tasks) <= MOST_MISSED else None

    def reread(self) -> bytes:
        """The frame that tells a page to read everything again."""
        return frame("reread", "", self.position)

    def still_here(self) -> bytes:
        """A heartbeat for a page that has been sent all there was."""
        return _at(f"{self._boot}:{self._delivered}")

    def end(self) -> None:
        """The process is about to stop: all streams end now, and no new one begins."""
        self._ending = True
        for watcher in self._all():
            watcher.end()
        self._wake.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The hub works while this is open. Raises what the pool raises when the database cannot be read now."""
        self._most = min(MOST_STREAMS, open_files(MOST_STREAMS + OTHER_FILES) - OTHER_FILES)
        self._seen = {row["id"] for row in await self._pool.fetch(query("live_newest"), OVERLAP)}
        self._newest = max(self._seen, default=0)
        listens = asyncio.Event()
        listening = asyncio.create_task(self._listen(listens))
        working = asyncio.create_task(self._work())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(listens.wait(), CLOSING)
        try:
            yield
        finally:
            self.end()
            await asyncio.wait([working], timeout=CLOSING)
            for task in (working, listening):
                task.cancel()
            await asyncio.gather(working, listening, return_exceptions=True)

    def _all(self) -> list[Watcher]:
        return [watcher for watchers in self._watchers.values() for watcher in watchers]

    async def _work(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._wake.wait()
                if not self._ending:
                    await asyncio.sleep(COALESCE)
            self._wake.clear()
            try:
                await self._deliver()
            except DATABASE_DOWN as error:
                log.warning("database.down", loop="live", error=type(error).__name__)
                await asyncio.sleep(AFTER_A_FAULT)
                self._wake.set()
            except Exception:
                log.exception("loop.fault", loop="live")
                await asyncio.sleep(AFTER_A_FAULT)
            if self._ending:
                return

    async def _deliver(self) -> None:
        """Read, tell the others, render. What could not be done is done with the next batch."""
        own, heard = self._own, self._heard
        self._own, self._heard = set(), set()
        try:
            changed = own | heard | await self._events()
            if not changed:
                return
            for topic in changed & self.first.keys():
                await self.first[str(topic)]()
            if own:
                await self._pool.fetch(query("live_notify"), self._channel, self._payloads(own))
            tasks = frozenset(c for c in changed if isinstance(c, int))
            if len(tasks) > MOST_MISSED:
                self._gap()
            else:
                await self._render(self._remember(tasks, frozenset(c for c in changed if isinstance(c, str))))
        except BaseException:
            self._own |= own
            self._heard |= heard
            raise

    async def _events(self) -> set[int | str]:
        """Tasks and topics of the events that were not seen before."""
        changed: set[int | str] = set()
        after = self._newest - OVERLAP
        while True:
            rows = await self._pool.fetch(query("live_events"), after, PAGE)
            for row in rows:
                if row["id"] not in self._seen:
                    self._seen.add(row["id"])
                    changed |= {row["task_id"], _TOPICS.get(row["kind"])} - {None}
            if len(rows) < PAGE:
                break
            after = rows[-1]["id"]
        self._newest = max(self._seen, default=0)
        self._seen = {number for number in self._seen if number > self._newest - OVERLAP}
        return changed

    def _payloads(self, changed: set[int | str]) -> list[str]:
        all_of_it = list(changed)
        parts = [all_of_it[at : at + A_PAYLOAD] for at in range(0, len(all_of_it), A_PAYLOAD)]
        return [orjson.dumps({"boot": self._boot, "changed": part}).decode() for part in parts]

    def _remember(self, tasks: frozenset[int], topics: frozenset[str]) -> Batch:
        self._version += 1
        self._ring.append((self._version, tasks, topics))
        if len(self._ring) > REMEMBERED:
            self._floor = self._ring.popleft()[0]
        return Batch(tasks, topics, self.position)

    async def _render(self, batch: Batch) -> None:
        for view in list(self._watchers):
            try:
                frames = await view.render(batch)
            except DATABASE_DOWN:
                raise
            except Exception:
                log.exception("live.unrendered", view=type(view).__name__)
                frames = self.reread()
            if frames:
                for watcher in list(self._watchers.get(view, ())):
                    watcher.put(frames)
            await asyncio.sleep(0)  # requests are served between two views
        self._delivered = self._version

    def _gap(self) -> None:
        """It is not known, or too much, what has changed: everybody reads everything again."""
        self._version += 1
        self._ring.clear()
        self._floor = self._delivered = self._version
        for watcher in self._all():
            watcher.put(self.reread())

    async def _listen(self, listens: asyncio.Event) -> None:
        """Hear what other processes tell, on a connection of its own; made anew when it was cut."""
        was_cut = False
        while True:
            connection = None
            try:
                connection = await self._database.connection()
                cut = asyncio.Event()
                connection.add_termination_listener(lambda _connection, cut=cut: cut.set())
                await connection.add_listener(self._channel, self._hear)
                if was_cut:
                    self._gap()
                listens.set()
                await _until_cut(connection, cut)
            except DATABASE_DOWN as error:
                log.warning("database.down", loop="listen", error=type(error).__name__)
            except Exception:
                log.exception("loop.fault", loop="listen")
            finally:
                if connection is not None:
                    connection.terminate()
            was_cut = True
            await asyncio.sleep(AFTER_A_FAULT)

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        try:
            told = orjson.loads(str(payload))
            if told["boot"] == self._boot:
                return
            self._heard |= {c for c in told["changed"] if isinstance(c, int | str)}
        except (ValueError, TypeError, KeyError):
            log.warning("live.unreadable")  # whatever it was: the events say
        self._wake.set()


async def _until_cut(connection: Any, cut: asyncio.Event) -> None:
    while not cut.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(cut.wait(), LISTENS_STILL)
        if not cut.is_set():
            await asyncio.wait_for(connection.execute("SELECT 1"), 5)


def _at(position: str) -> bytes:
    """Tells the page where it is, and that somebody is there: scripts hear events, but no comments."""
    return frame("at", "", position)
