"""What is stored is on every watching page within a second, whoever stored it; a page that missed something is told so."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from service import live as hub
from service.database import Database, open_pool
from service.live import CALLS, MAP, Batch, Live, Watcher, frame
from service.serve import listening
from service.web.stream import set_up, stream
from tests.conftest import SCHEMA
from tests.ports import free_port

NOW = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
SOON = 1.0  # seconds within which a change must be seen


@dataclass(frozen=True)
class Board:
    """A view that shows which tasks and topics have changed."""

    name: str = "all"
    rendered: list[Batch] = field(default_factory=list, compare=False)

    async def render(self, batch: Batch) -> bytes | None:
        self.rendered.append(batch)
        shown = ",".join([*map(str, sorted(batch.tasks)), *sorted(batch.topics)])
        return frame("tasks", shown, batch.position)


@contextlib.asynccontextmanager
async def process(database: dict[str, Any]) -> AsyncIterator[Live]:
    """A process of the service, as far as live pages are concerned."""
    place = Database(database, None)
    async with open_pool(place, SCHEMA, 4) as pool:
        live = Live(place, pool, SCHEMA)
        async with live.running():
            yield live


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub looks at the events oftener than in life, so that these tests need not wait."""
    monkeypatch.setattr(hub, "POLL", 0.3)


@pytest.fixture
async def live(database: dict[str, Any]) -> AsyncIterator[Live]:
    """One process."""
    async with process(database) as live:
        yield live


@pytest.fixture
async def writer(database: dict[str, Any]) -> AsyncIterator[Any]:
    """Somebody at the database who tells nobody what they do."""
    connection = await asyncpg.connect(**database, server_settings={"search_path": f"{SCHEMA}, public"})
    yield connection
    await connection.close()


async def happens(writer: Any, *tasks: int | None, kind: str = "task.noted") -> None:
    for task in tasks:
        await writer.execute("INSERT INTO events (at, kind, task_id) VALUES ($1, $2, $3)", NOW, kind, task)


def told(frames: bytes | None) -> list[str]:
    """The events in what was sent: "reread", or what the board shows. Not "at": that somebody is there."""
    found = []
    for block in (frames or b"").decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if lines.get("event", "at") != "at":
            found.append("reread" if lines["event"] == "reread" else lines["data"])
    return found


async def hears(watcher: Watcher, patience: float = SOON) -> list[str]:
    """What the next frames say."""
    return told(await watcher.next(patience))


async def test_a_change_is_seen_by_who_watches_here_within_a_second(live: Live) -> None:
    with live.watch(Board()) as watcher:
        live.changed([47], [CALLS])
        assert await hears(watcher) == ["47,calls"]


async def test_a_burst_is_one_batch_and_a_view_is_rendered_once_for_all_who_watch_it(live: Live) -> None:
    board = Board()
    with live.watch(board) as one, live.watch(Board(rendered=board.rendered)) as other, live.watch(Board("granna")) as third:
        for task in (1, 2, 3, 2):
            live.changed([task])
            await asyncio.sleep(0)
        assert await hears(one) == await hears(other) == await hears(third) == ["1,2,3"]
        assert len(board.rendered) == 1


async def test_views_share_what_is_read_for_a_batch(live: Live) -> None:
    asked = []

    async def load(batch: Batch) -> int:
        asked.append(batch.tasks)
        return len(asked)

    @dataclass(frozen=True)
    class Sharing:
        name: str

        async def render(self, batch: Batch) -> bytes:
            return frame("tasks", f"{self.name} {await batch.rows(load)}", batch.position)

    with live.watch(Sharing("a")) as a, live.watch(Sharing("b")) as b:
        live.changed([1])
        assert (await hears(a), await hears(b)) == (["a 1"], ["b 1"])
        live.changed([2])
        assert (await hears(a), await hears(b)) == (["a 2"], ["b 2"])
    assert asked == [{1}, {2}]


async def test_another_process_on_the_same_database_shows_it_too(database: dict[str, Any], live: Live) -> None:
    async with process(database) as other:
        with other.watch(Board()) as there, live.watch(Board()) as here:
            many = list(range(1, 901))  # more than one NOTIFY carries
            live.changed(many, [CALLS])
            wanted = {*map(str, many), CALLS}
            heard: set[str] = set()
            begun = time.monotonic()
            while heard != wanted:
                assert time.monotonic() - begun < SOON
                heard |= {word for data in await hears(there) for word in data.split(",")}
            assert await hears(here) == [",".join([*map(str, many), CALLS])]
            await asyncio.sleep(0.3)
            assert await hears(here, 0.1) == [], "its own notification is no news"


@pytest.mark.usefixtures("looks_often")
async def test_what_was_written_by_somebody_who_tells_nobody_is_seen_at_the_next_look(live: Live, writer: Any) -> None:
    with live.watch(Board()) as watcher:
        await happens(writer, 7, None)
        assert await hears(watcher, hub.POLL + SOON) == ["7"]
        await happens(writer, 8, kind="message.dead")
        assert await hears(watcher, hub.POLL + SOON) == ["8,calls"]
        assert await hears(watcher, hub.POLL + 0.5) == [], "once is enough"


@pytest.mark.usefixtures("looks_often")
async def test_the_process_acts_on_a_topic_before_pages_hear_of_it(live: Live, writer: Any) -> None:
    """Another process has moved a boundary: the map is read anew, and only then do boards draw it."""
    board, seen = Board(), list[int]()

    async def redraw() -> None:
        seen.append(len(board.rendered))

    live.first[MAP] = redraw
    with live.watch(board) as watcher:
        await happens(writer, None, kind="area.redrawn")
        assert await hears(watcher, 4.0) == ["map"]
    assert seen == [0]


async def test_an_event_that_is_committed_after_a_later_one_is_not_missed(
    live: Live, database: dict[str, Any], writer: Any
) -> None:
    slow = await asyncpg.connect(**database, server_settings={"search_path": f"{SCHEMA}, public"})
    with live.watch(Board()) as watcher:
        async with slow.transaction():
            await happens(slow, 1)
            await happens(writer, 2)
            assert await hears(watcher, hub.POLL + SOON) == ["2"]
        assert await hears(watcher, hub.POLL + SOON) == ["1"]
    await slow.close()


async def test_what_happened_before_the_start_is_no_news(database: dict[str, Any], writer: Any) -> None:
    await happens(writer, 1, 2, 3)
    async with process(database) as live:
        with live.watch(Board()) as watcher:
            live.changed([9])
            assert await hears(watcher) == ["9"]


@pytest.mark.usefixtures("looks_often")
async def test_more_at_once_than_can_be_sent_is_read_again(live: Live, writer: Any) -> None:
    await writer.execute("INSERT INTO events (at, kind, task_id) SELECT $1, 'task.noted', n FROM generate_series(1, 2500) n", NOW)
    with live.watch(Board()) as watcher:
        before = live.position
        assert await hears(watcher, hub.POLL + SOON) == ["reread"]
        live.changed([3])
        assert await hears(watcher) == ["3"]
        assert live.since(before) is None


async def test_a_cut_listening_connection_means_reading_again_and_then_all_goes_on(
    database: dict[str, Any], live: Live, writer: Any
) -> None:
    async with process(database) as other:
        with other.watch(Board()) as watcher, capture_logs() as log:
            listens = "query LIKE 'LISTEN%' AND datname = current_database()"
            cut = await writer.fetch(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {listens}")
            assert len(cut) == 2
            assert await hears(watcher, hub.AFTER_A_FAULT + SOON) == ["reread"]
            live.changed([5])
            assert await hears(watcher) == ["5"]
        assert not [entry for entry in log if entry["log_level"] == "error"]


async def test_a_database_that_is_away_loses_nothing(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = live._pool.fetch, []

    async def away(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) < 3:
            raise ConnectionResetError
        return await real(*arguments)

    monkeypatch.setattr(type(live._pool), "fetch", lambda _pool, *arguments: away(*arguments))
    monkeypatch.setattr(hub, "AFTER_A_FAULT", 0.05)
    with live.watch(Board()) as watcher, capture_logs() as log:
        live.changed([5], [CALLS])
        assert await hears(watcher) == ["5,calls"]  # though nobody wakes the hub again
    assert {entry["event"] for entry in log} == {"database.down"}


async def test_a_view_with_a_fault_rereads_and_the_others_go_on(live: Live) -> None:
    class Faulty:
        async def render(self, batch: Batch) -> bytes | None:
            raise ZeroDivisionError

    class Unconcerned:
        async def render(self, batch: Batch) -> bytes | None:
            return None

    with live.watch(Faulty()) as faulty, live.watch(Unconcerned()) as calm, live.watch(Board()) as well, capture_logs() as log:
        live.changed([1])
        assert await hears(well) == ["1"]
        assert await hears(faulty) == ["reread"]
        assert await hears(calm, 0.05) == []
    assert [entry["event"] for entry in log] == ["live.unrendered"]


async def test_who_comes_back_gets_what_was_missed_if_that_is_known(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "REMEMBERED", 3)
    board = Board()
    positions = [live.position]
    with live.watch(board) as watcher:
        for task in (1, 2, 3, 4):
            live.changed([task], [CALLS] if task == 4 else [])
            assert await hears(watcher)
            positions.append(live.position)
    oldest, second, *_, newest = positions

    assert told(await live.catch_up(board, second)) == ["2,3,4,calls"]
    assert told(await live.catch_up(board, newest)) == []
    assert f"id: {newest}\n".encode() in await live.catch_up(board, newest)
    boot = newest.partition(":")[0]
    for unknown in (oldest, None, "", "nonsense", f"{boot}:", f"{boot}:99", f"{boot}:-1", f"{boot}:²", "0123456789ab:2"):
        assert told(await live.catch_up(board, unknown)) == ["reread"], unknown


async def test_a_slow_client_is_dropped_and_the_others_are_served(live: Live) -> None:
    board = Board()
    slow = Watcher()
    live._watchers.setdefault(board, set()).add(slow)
    with live.watch(board) as quick:
        for number in range(hub.MOST_FRAMES + 1):
            await live._render(live._remember(frozenset([number]), frozenset()))
            assert await hears(quick) == [str(number)]
        assert slow.ended and await slow.next(0) is None
        assert not quick.ended


def test_a_frame_keeps_its_lines() -> None:
    assert (
        frame("card", "<p>\r\n\r\na\u2028b</p>\n", "x:1")
        == "event: card\nid: x:1\ndata: <p>\ndata: \ndata: a\u2028b</p>\ndata: \n\n".encode()
    )


# By real HTTP.


@dataclass
class Site:
    """A server with one address, /stream, where everybody sees the same board until their session is revoked."""

    live: Live
    base: str = ""
    revoked: bool = False
    asked: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        async def allowed() -> bool:
            self.asked += 1
            return not self.revoked

        return await stream(request, self.live, Board(), request.query.get("since"), allowed)


@pytest.fixture
async def site(live: Live) -> AsyncIterator[Site]:
    """It is stopped as the service is."""
    found = Site(live)
    app = web.Application()
    app.router.add_get("/stream", found.handle)
    set_up(app, live)
    server = TestServer(app)
    await server.start_server()
    found.base = str(server.make_url("/stream"))
    yield found
    await server.close()


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """Opens as many connections as it likes."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


async def until(answer: aiohttp.ClientResponse, done: Callable[[bytes], bool], patience: float = 3.0) -> bytes:
    """Read the stream until what came is enough, or it ends."""
    found = b""
    async with asyncio.timeout(patience):
        while not done(found):
            some = await answer.content.readany()
            if not some:
                break
            found += some
    return found


async def until_none(some: Callable[[], object]) -> None:
    """Wait until there is none."""
    for _ in range(100):
        if not some():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(some())


async def test_a_page_is_told_what_it_missed_and_then_what_happens(site: Site, browser: aiohttp.ClientSession) -> None:
    before = site.live.position
    with site.live.watch(Board()) as elsewhere:
        site.live.changed([1])
        await hears(elsewhere)
    async with browser.get(site.base, params={"since": before}) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert told(await until(answer, lambda found: b"data: 1\n" in found)) == ["1"]
        site.live.changed([2])
        assert told(await until(answer, lambda found: b"data: 2\n" in found)) == ["2"]
        after = site.live.position
    # A browser that comes back opens the same address, and says where it was.
    async with browser.get(site.base, params={"since": before}, headers={"Last-Event-ID": after}) as answer:
        assert told(await until(answer, lambda found: after.encode() in found)) == []
    async with browser.get(site.base) as answer:
        assert told(await until(answer, lambda found: b"reread" in found)) == ["reread"]


async def test_a_heartbeat_keeps_the_place_and_ends_what_is_no_longer_allowed(site: Site, browser: aiohttp.ClientSession) -> None:
    site.live.heartbeat = 0.1
    async with browser.get(site.base, params={"since": site.live.position}) as answer:
        found = await until(answer, lambda found: found.count(b"event: at\n") >= 3)
        assert f"event: at\nid: {site.live.position}\n".encode() in found
        assert site.asked >= 2
        site.revoked = True
        await until(answer, lambda _found: False)  # to its end
        assert answer.content.at_eof()


async def test_who_has_gone_is_forgotten_at_the_next_heartbeat(site: Site, browser: aiohttp.ClientSession) -> None:
    site.live.heartbeat = 0.1
    answer = await browser.get(site.base)
    assert site.live.watching == 1
    answer.close()
    await until_none(lambda: site.live.watching)


async def test_too_many_are_asked_to_come_back_later(site: Site, browser: aiohttp.ClientSession) -> None:
    site.live._most = 1
    async with browser.get(site.base) as answer:
        assert answer.status == 200
        async with browser.get(site.base) as refused:
            assert refused.status == 503
            assert refused.headers["Retry-After"] == "10"


async def test_a_client_that_reads_nothing_is_cut_off_and_delays_nobody(site: Site, browser: aiohttp.ClientSession) -> None:
    host, port = site.base.removeprefix("http://").partition("/")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(f"GET /stream HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    await reader.readuntil(b"reread")
    (watchers,) = site.live._watchers.values()
    (stuck,) = watchers
    stuck.put(frame("tasks", "x" * 20_000_000, "x:1"))  # more than fits into a connection's buffers
    async with browser.get(site.base) as answer:
        for number in range(hub.MOST_FRAMES + 2):
            await site.live._render(site.live._remember(frozenset([number]), frozenset()))
            await until(answer, lambda found, number=number: f"data: {number}\n".encode() in found)
        assert stuck.ended
        await until_none(lambda: stuck in watchers)
        assert site.live.watching == 1
    writer.close()


async def test_five_hundred_boards_see_a_change_within_a_second_and_all_end_at_once(
    live: Live, browser: aiohttp.ClientSession
) -> None:
    site = Site(live)
    app = web.Application()
    app.router.add_get("/stream", site.handle)
    set_up(app, live)
    port = free_port()
    async with contextlib.AsyncExitStack() as stack:
        service = contextlib.AsyncExitStack()
        await service.enter_async_context(listening(app, "127.0.0.1", port))
        address = f"http://127.0.0.1:{port}/stream?since={live.position}"
        answers = [await stack.enter_async_context(browser.get(address)) for _ in range(500)]
        assert live.watching == 500
        begun = time.monotonic()
        live.changed([47])
        seen = await asyncio.gather(*(until(answer, lambda found: b"data: 47\n" in found) for answer in answers))
        took = time.monotonic() - begun
        assert [told(frames) for frames in seen] == [["47"]] * 500
        assert took < SOON, took
        begun = time.monotonic()
        await service.aclose()
        assert time.monotonic() - begun < 2
        assert live.watching == 0
