"""The whole program with a carrier that is simulated, a real database, and a clock that stands still until it is moved.

At the end of each story a message that nobody expected fails the test, and so does any error in the log.
"""

import asyncio
import contextlib
import html
import os
import re
import tempfile
import tomllib
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.test_utils
import aiohttp.web_app
import pytest
import structlog
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from dispatch.clock import ManualClock
from dispatch.mint import Mint
from service.database import Database
from service.demo.carrier import KEY, PASSWORD, USERNAME, FakeElks
from service.network_file import BUILT_IN, build_network
from service.people import import_people
from service.runtime import Runtime, open_runtime
from service.settings import Settings
from service.sign_in.accounts import create_account, make_link
from service.sign_in.permissions import Role
from service.web.app import build_app
from sql import query
from tests.ports import free_port

# A Wednesday at nine in the morning in Jönköping, in the month when the network began.
MORNING = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
TOKEN = "test-token"
PROMPTS = Path(tempfile.gettempdir()) / f"budkavle-prompts-{os.getuid()}"
HEADER = "name,phone,area,group,skills,languages,telegram_id,role,organisation\n"


@dataclass
class Town:
    """A network at work. Phones send and expect; `forward` moves the clock and lets everything happen on the way."""

    runtime: Runtime
    carrier: FakeElks
    clock: ManualClock
    web: aiohttp.ClientSession
    base: str
    log: list[Any]
    read: dict[str, int] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=set)
    _volunteers: int = 0

    def phone(self, number: str) -> "Phone":
        """The phone with this number."""
        return Phone(self, number)

    async def volunteer(self, name: str, area: str = "", **columns: str) -> "Phone":
        """A volunteer of an area (or of `group=…`), with a number of their own."""
        self._volunteers += 1
        number = f"+467012345{self._volunteers:02d}"
        row = [name, number, area, *(columns.get(c, "") for c in HEADER.strip().split(",")[3:])]
        await self.import_people(HEADER + ",".join(row))
        return self.phone(number)

    async def import_people(self, text: str) -> Any:
        """Import a CSV as the command does."""
        async with self.runtime.pool.acquire() as connection:
            return await import_people(connection, text, self.runtime.network, self.runtime.office.mint, self.clock.now())

    @property
    def service_group(self) -> "Phone":
        """The municipal service group's contact."""
        return self.phone("+46701110002")

    @property
    def enterprise(self) -> "Phone":
        """The other service group: the contracted social enterprise."""
        return self.phone("+46701110003")

    @property
    def coordinator(self) -> "Phone":
        """The coordinator."""
        return self.phone("+46701110001")

    async def settle(self) -> None:
        """Let everything happen that is due now, until nothing is."""
        while True:
            worked = await self.runtime.dispatch_due() + await self.runtime.send_due() + await self._in_chats()
            worked += await self.runtime.fetch_files()
            worked += await self.runtime.dial_due()
            worked += await self.runtime.ask_systems()
            while self.carrier._tasks:
                await asyncio.gather(*self.carrier._tasks, return_exceptions=True)
                worked += 1
            if not worked:
                return

    async def _in_chats(self) -> int:
        chat = self.runtime.chat
        if chat is None:
            return 0
        worked = await self.runtime.answer_chats() + await self.runtime.send_letters() + await self.runtime.keep_chats()
        await chat.answers.settled()
        return worked

    async def forward(self, **span: float) -> None:
        """Move the clock by a timedelta's words, stopping wherever something is due."""
        target = self.clock.now() + timedelta(**span)
        while True:
            await self.settle()
            rows = [await self.runtime.pool.fetchrow(query(name)) for name in ("next_deadline", "chat_next")]
            due = [m for row in rows for m in row.values() if m is not None and m <= target]
            if not due:
                break
            self.clock.move_to(max(min(due), self.clock.now()))
        self.clock.move_to(target)
        await self.settle()

    async def api(self, method: str, path: str, body: Any = None, token: str = TOKEN, status: int = 200) -> Any:
        """Call the API and check the status."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self.web.request(method, f"{self.base}/api/v1/{path}", json=body, headers=headers) as response:
            assert response.status == status, await response.text()
            return await response.json(content_type=None)

    async def task(self, **filters: str) -> Any:
        """The one task there is (that fits the filters)."""
        listed = await self.api("GET", "tasks?" + "&".join(f"{k}={v}" for k, v in filters.items()))
        assert len(listed["tasks"]) == 1, [(t["code"], t["state"]) for t in listed["tasks"]]
        return await self.api("GET", f"tasks/{listed['tasks'][0]['code']}")

    @contextlib.asynccontextmanager
    async def signed_in(
        self, role: str = "coordinator", name: str = "", area: str | None = None, group: str | None = None
    ) -> AsyncIterator["Visitor"]:
        """Somebody of the staff at a browser, signed in by a one-time link as `budkavle user add` prints it."""
        name, now = name or f"{role.title()} {self.runtime.office.mint.id()}", self.runtime.wall.now()
        account = await create_account(self.runtime.pool, self.runtime.office.mint, name, Role(role), area, group, now)
        link = await make_link(self.runtime.pool, account, now)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"Accept-Language": "sv"}) as web:
            visitor = Visitor(self, web)
            await visitor.sees(f"/login?link={link}")
            yield visitor

    @contextlib.asynccontextmanager
    async def at_a_browser(self) -> AsyncIterator["Visitor"]:
        """Somebody who has no account, or has not signed in."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"Accept-Language": "sv"}) as web:
            yield Visitor(self, web)

    def unread(self, number: str) -> list[str]:
        """Texts to a number that no expectation has met yet."""
        return [t.text for t in self.carrier.texts if t.to == number][self.read.get(number, 0) :]

    def ignore(self, *phones: "Phone") -> None:
        """Whatever these phones get is not part of this story."""
        self.allowed.update(p.number for p in phones)


@dataclass(frozen=True)
class Phone:
    """Somebody's phone in a story."""

    town: Town
    number: str

    async def sends(self, text: str, message_id: str | None = None) -> None:
        """Text the network, and let happen what follows at once."""
        status = await self.town.carrier.receive(self.number, text, message_id)
        assert status == 204, status
        await self.town.settle()

    async def expects(self, *words: str) -> str:
        """The next text to this phone has all these words (case does not matter). Returns it."""
        unread = self.town.unread(self.number)
        assert unread, f"{self.number} was expected to get a text with {words}"
        text = unread[0]
        for word in words:
            assert word.casefold() in text.casefold(), f"{word!r} is not in {text!r}"
        self.town.read[self.number] = self.town.read.get(self.number, 0) + 1
        return text

    async def offer(self, *words: str) -> int:
        """The next text is an offer or a request to acknowledge with these words. Returns its number."""
        text = await self.expects("Svara", *words)
        found = re.search(r"Svara (?:JA|OK) (\d+)", text)
        assert found, text
        return int(found[1])

    def hears_nothing(self) -> None:
        """No text that has not been expected."""
        assert self.town.unread(self.number) == []


@dataclass(frozen=True)
class Visitor:
    """Somebody at a browser without scripts: pages are read and forms are sent, as they stand."""

    town: Town
    web: aiohttp.ClientSession

    async def sees(self, path: str, *words: str, status: int = 200, without: tuple[str, ...] = ()) -> str:
        """Open a page; it has these words, and not those. Returns its text as it stands in HTML, entities resolved."""
        async with self.web.get(self.town.base + path) as response:
            return _checked(await response.text(), response.status, words, status, without)

    async def sends(self, path: str, *words: str, status: int = 200, without: tuple[str, ...] = (), **fields: str) -> str:
        """Send a form with the session's token; the page that follows has these words."""
        if "csrf" not in fields:
            fields["csrf"] = await self.csrf()
        async with self.web.post(self.town.base + path, data=fields) as response:
            text = _checked(await response.text(), response.status, words, status, without)
        await self.town.settle()
        return text

    async def csrf(self) -> str:
        """The token that this session's forms carry."""
        found = re.search(r'name="csrf" value="([^"]*)"', await self.sees("/account"))
        assert found
        return found[1]


def _checked(raw: str, got: int, words: tuple[str, ...], status: int, without: tuple[str, ...]) -> str:
    text = html.unescape(raw)
    assert got == status, f"{got}: {text[:2000]}"
    for word in words:
        assert word in text, f"{word!r} is not on the page: {text}"
    for word in without:
        assert word not in text, f"{word!r} is on the page"
    return text


NetworkChange = Callable[[dict[str, Any]], None]


@pytest.fixture
def change_network() -> NetworkChange:
    """How this module's or test's network differs from Jönköping's. Override by parametrization or in the module."""
    return lambda raw: None


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((Path(BUILT_IN) / "jonkoping.toml").read_text(encoding="utf-8"))


def jonkoping(change: NetworkChange) -> Any:
    """Jönköping's network with changes to its file's contents."""
    raw = deepcopy(_file())
    change(raw)
    return build_network(raw, "jonkoping.toml")


@pytest.fixture
def environment() -> dict[str, Any]:
    """Settings beside those of the carrier and the address. Override in the module."""
    return {}


def settings_for(carrier: FakeElks, public_url: str, **more: Any) -> Settings:
    """The environment of a service that speaks through the simulated carrier."""
    return Settings(
        secret_key="test-secret-key", api_token=TOKEN, elks_api=carrier.api, elks_username=USERNAME,
        elks_password=PASSWORD, elks_key=KEY, public_url=public_url, **more,
    )  # fmt: skip


@pytest.fixture
async def carrier() -> AsyncIterator[FakeElks]:
    """The simulated carrier."""
    fake = FakeElks()
    await fake.start()
    yield fake
    await fake.stop()


@contextlib.asynccontextmanager
async def open_town(
    database: dict[str, Any], carrier: FakeElks, change_network: NetworkChange, environment: dict[str, Any]
) -> AsyncIterator[Town]:
    """Jönköping on a Wednesday morning, with a municipal service group and a coordinator, and no volunteers yet.

    Raises AssertionError at the end for a message that nobody expected, and for an error in the log.
    """
    clock = ManualClock(MORNING)
    network = jonkoping(change_network)
    server_port = free_port()
    base = f"http://127.0.0.1:{server_port}"
    carrier.hooks = f"{base}/hooks/46elks/{KEY}"
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(capture_logs(processors=[structlog.processors.format_exc_info]))
        data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="budkavle-test-")))
        settings = settings_for(carrier, base, **{"data_dir": data_dir, **environment})
        async with open_runtime(settings, network, clock, Database(database, None), Mint(seed=1)) as runtime:
            runtime.prompts.folder = PROMPTS  # what has been spoken is spoken once for all stories
            server = TestServer(build_app(runtime), port=server_port)
            await server.start_server()
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as web:
                story = Town(runtime, carrier, clock, web, base, log)
                yield story
                await story.settle()
            await server.close()
            # aiohttp keeps each application that has served a request: hundreds of towns would fill the memory.
            aiohttp.web_app._cached_build_middleware.cache_clear()
    unexpected = {t.to: story.unread(t.to) for t in carrier.texts if t.to not in story.allowed and story.unread(t.to)}
    assert not unexpected, f"messages that nobody expected: {unexpected}"
    faults = [entry for entry in log if entry["log_level"] in ("error", "critical", "exception")]
    assert not faults, faults


@pytest.fixture
async def town(
    database: dict[str, Any], carrier: FakeElks, change_network: NetworkChange, environment: dict[str, Any]
) -> AsyncIterator[Town]:
    """A town for one story."""
    async with open_town(database, carrier, change_network, environment) as story:
        yield story
