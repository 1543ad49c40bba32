"""Somebody at a browser: signed in as staff are, and watched for whatever a page must not do."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from service.sign_in.accounts import create_account, make_link
from service.sign_in.permissions import Role
from tests.acceptance.conftest import Town

SCREENSHOTS = Path("build/screenshots")
PATIENCE = 10_000  # milliseconds until something that must be on a page is missed
A_SECOND = 1.0  # what is stored is on every watching page within this
# Browser and htmx write every answer of 400 and more into the console. These are pages that say what is wrong with a form.
ANSWERS = ("responded with a status of 409", "responded with a status of 422", "Error Code 409", "Error Code 422")

expect.set_options(timeout=PATIENCE)


@dataclass
class Person:
    """One person's browser with one page. faults: what its pages did that they must not. forgiven: parts of expected ones."""

    town: Town
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=lambda: list(ANSWERS))

    async def opens(self, path: str) -> Page:
        """Go to a page of the town."""
        await self.page.goto(self.town.base + path)
        return self.page

    def card(self, words: str, lane: str | None = None) -> Locator:
        """A card of the board that has these words, in one column or in any."""
        inside = self.page.locator(f'.lane[data-lane="{lane}"]' if lane else "#board")
        return inside.locator(".card", has_text=words)

    async def sees(self, words: str) -> None:
        """The page shows these words, now or soon."""
        await expect(self.page.get_by_text(words).first).to_be_visible(timeout=PATIENCE)

    async def screenshot(self, name: str) -> None:
        """Keep what the page looks like, for people to look at."""
        # To hide the caret a style would be written into the page, which its Content-Security-Policy rightly stops.
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled", caret="initial")

    def watch(self, page: Page) -> None:
        """Write down errors, and requests that leave the origin."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.blame(f"an error on {page.url}: {error}"))
        page.on("request", self._request)

    def blame(self, fault: str) -> None:
        """Remember a fault, unless the story expects it."""
        if not any(part in fault for part in self.forgiven):
            self.faults.append(fault)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.blame(f"the console of {self.page.url}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.town.base}/", "data:")):
            self.blame(f"{self.page.url} asks for {request.url}")


async def sit_down(
    browser: Browser, town: Town, role: str | None, name: str = "", area: str | None = None, group: str | None = None, **more: Any
) -> Person:
    """A person at a browser with Swedish settings; with a role, signed in by the link that `budkavle user add` prints."""
    options = {"locale": "sv-SE", "timezone_id": "Europe/Stockholm", "viewport": {"width": 1280, "height": 800}} | more
    context = await browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    person = Person(town, context, page)
    person.watch(page)
    if role is not None:
        now, mint = town.runtime.wall.now(), town.runtime.office.mint
        account = await create_account(town.runtime.pool, mint, name or f"{role} {mint.id()}", Role(role), area, group, now)
        await person.opens(f"/login?link={await make_link(town.runtime.pool, account, now)}")
    return person


@dataclass
class Stopwatch:
    """How long after the last change in the database a page shows something."""

    town: Town
    stored_at: float = 0.0

    def __post_init__(self) -> None:
        told = self.town.runtime.live.changed

        def changed(*given: Any, **more: Any) -> None:
            self.stored_at = time.perf_counter()
            told(*given, **more)

        self.town.runtime.live.changed = changed  # type: ignore[method-assign]

    async def shows(self, *what: Locator) -> float:
        """All of these are shown within a second of the last change. Returns the seconds that it took."""
        await asyncio.gather(*(locator.wait_for(timeout=PATIENCE) for locator in what))
        seen_at = time.perf_counter()
        took = max(seen_at - self.stored_at, 0.0)
        await what[0].page.evaluate("() => new Promise(requestAnimationFrame)")  # how late a busy machine makes everything
        late = time.perf_counter() - seen_at
        assert took < A_SECOND + late, f"{what} was shown only after {took:.2f} s"
        return took


def measured(name: str, words: str) -> None:
    """Leave a figure beside the screenshots, and in what `pytest -s` prints."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / f"{name}.txt").write_text(f"{words}\n", encoding="utf-8")
    print(f"\n{words}")
