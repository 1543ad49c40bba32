"""People at real browsers. A page fails its story when its console has an error, when the strict Content-Security-Policy
stops something, or when it asks for anything outside its own origin.

Without a Chromium on the machine these tests are skipped, and the summary says so; where CI=true they fail.
Screenshots are left in build/screenshots.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from pytest_asyncio import is_async_test

from service.demo.carrier import FakeElks
from tests.acceptance.conftest import NetworkChange, Town, change_network, environment, open_town
from tests.browser.chromium import MISSING, find_chromium
from tests.browser.person import Person, sit_down

__all__ = ["change_network", "environment"]  # fixtures

HERE = Path(__file__).parent
SitsDown = Callable[..., Awaitable[Person]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All stories of this folder share one event loop, for they share one browser."""
    together = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if item.path.is_relative_to(HERE) and is_async_test(item):
            item.add_marker(together, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all stories; everybody in them has cookies of their own."""
    program = find_chromium()
    if program is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(MISSING)
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's own sandbox refuses to be started by root
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"] if as_root else [])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def town(database: dict[str, Any], change_network: NetworkChange, environment: dict[str, Any]) -> AsyncIterator[Town]:
    """The same town as in tests/acceptance, in the event loop of the browser."""
    carrier = FakeElks()
    await carrier.start()
    try:
        async with open_town(database, carrier, change_network, environment) as story:
            yield story
    finally:
        await carrier.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def sits_down(chromium: Browser, town: Town) -> AsyncIterator[SitsDown]:
    """Somebody of the staff at a browser of their own: `await sits_down("coordinator", "Karin")`."""
    people: list[Person] = []

    async def at_a_browser(role: str | None = "coordinator", name: str = "", **more: Any) -> Person:
        people.append(await sit_down(chromium, town, role, name, **more))
        return people[-1]

    yield at_a_browser
    for person in people:
        await person.context.close()
    faults = [fault for person in people for fault in person.faults]
    assert not faults, faults
