"""Where somebody is, found by an operator who never takes the hands off the keyboard: which of several places, and on a map."""

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Page, expect

from dispatch.network import Geocoder, Network
from geo.location import Candidate, Location, Precision
from geo.places import PlaceIndex
from service.geocoding.online import open_online
from tests.acceptance.conftest import NetworkChange, Town
from tests.browser.conftest import SitsDown
from tests.browser.looks import LAYOUT, SIZES, flaws, too_wide
from tests.browser.person import SCREENSHOTS, measured
from tests.browser.test_desk_calls import A_CALL, GRETA, at_the_desk
from tests.fake_geocoder import fake_geocoder, nominatim_place

HOUSE = Candidate("granna", "Gränna", "Storgatan 4, Gränna", 58.0211, 14.4676, 0.95, Precision.ADDRESS)
OTHER = Candidate("kaxholmen", "Skärstad", "Storgatan 4, Skärstad", 57.8847, 14.3683, 0.9, Precision.ADDRESS)


@pytest.fixture
def change_network() -> NetworkChange:
    return lambda raw: raw["network"].update(quiet_hours="")


@pytest.fixture(autouse=True)
def two_streets_of_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from dispatch.gazetteer import locate as by_names

    async def locate(pool: Any, network: Network, index: PlaceIndex, text: str, near: str | None = None) -> Location:
        found = text.casefold() == "storgatan 4"
        return Location((HOUSE, OTHER)) if found else await by_names(None, network, index, text)

    monkeypatch.setattr("service.desk.where.locate", locate)


async def looks_right(page: Page) -> None:
    assert await flaws(page) == []
    await page.set_viewport_size(SIZES["phone"])
    assert [*await flaws(page, LAYOUT), *await too_wide(page)] == []
    await page.screenshot(path=SCREENSHOTS / "desk-map-phone.png", full_page=True, animations="disabled", caret="initial")
    await page.set_viewport_size(SIZES["wide"])


async def test_a_street_in_two_places_then_a_house_without_an_address(town: Town, sits_down: SitsDown) -> None:
    town.ignore(town.phone(GRETA), town.service_group, town.enterprise, town.coordinator)
    hands = await at_the_desk(sits_down)
    page, began = hands.person.page, time.monotonic()
    found, which = page.locator("#address-found"), page.locator(".which")
    await hands.tab_to(page.locator("#phone"))
    await hands.type("0701112233")
    await hands.tab_to(page.locator("#address"))
    await hands.type("storgatan 4")
    await expect(which).to_contain_text("Storgatan 4, Skärstad")
    await hands.person.screenshot("desk-which-street")
    await hands.press("ArrowDown")
    await expect(found).to_contain_text("Område: Gränna")
    await expect(page.locator("#address-pick-1")).to_be_focused()
    await hands.press("2")
    await expect(found).to_contain_text("Storgatan 4, Skärstad")
    await expect(page.locator("#address-pick-2")).to_be_focused()
    await expect(page.locator("#address-pick-2")).to_be_checked()
    # The map shows it; the caller says that it is the house to the north of it.
    await hands.press("Alt+M")
    cross = page.locator(".where-map")
    await expect(cross).to_be_focused()
    await expect(cross.locator("path.leaflet-interactive").last).to_be_visible()
    await hands.press("ArrowUp")
    await page.wait_for_timeout(400)  # the map glides
    await hands.person.screenshot("desk-map")
    await hands.press("Enter")
    await expect(found).to_contain_text("läge på kartan")
    await looks_right(page)
    await hands.press("Alt+M")
    await expect(cross).to_be_hidden()
    await expect(page.locator("#address")).to_be_focused()
    await hands.tab_to(page.locator("#text-1"))
    await hands.type("handla")
    await hands.press("Control+Enter")
    await expect(page.locator(".aloud")).to_contain_text("handla mat, Skärstad")
    took = time.monotonic() - began
    measured("desk-where", f"a call of {hands.keys} keys, with a street in two places and a map, took {took:.1f} s")
    assert took < A_CALL
    row = await town.runtime.pool.fetchrow("SELECT area, lat, lon, located, address FROM need")
    assert (row["area"], row["located"], row["address"]) == ("kaxholmen", "position", "storgatan 4")
    assert OTHER.lat is not None and 0.001 < row["lat"] - OTHER.lat < 0.03


async def test_what_was_picked_and_pointed_out_outlives_the_page(town: Town, sits_down: SitsDown) -> None:
    town.ignore(town.phone(GRETA))
    hands = await at_the_desk(sits_down)
    page = hands.person.page
    found = page.locator("#address-found")
    await page.locator("#phone").fill("0701112233")
    await page.locator("#address").fill("Storgatan 4")
    await page.locator("#address-pick-2").check()
    await expect(found).to_contain_text("huset är hittat")
    await page.goto("about:blank")
    await hands.person.opens("/desk")
    await expect(found).to_contain_text("Storgatan 4, Skärstad")
    await expect(page.locator("#address-pick-2")).to_be_checked()
    # The mouse does as well as the keys.
    await page.get_by_role("button", name=re.compile("karta")).click()
    await page.locator(".where-map").click(position={"x": 100, "y": 100})
    await expect(found).to_contain_text("läge på kartan")
    await page.goto("about:blank")
    await hands.person.opens("/desk")
    await expect(found).to_contain_text("läge på kartan")
    await page.get_by_role("button", name="Ta bort läget").click()
    await expect(page.locator(".which")).to_be_visible()
    await expect(page.locator("#address")).to_be_focused()


async def test_an_address_is_looked_up_online_by_one_key(town: Town, sits_down: SitsDown) -> None:
    town.ignore(town.phone(GRETA))
    async with fake_geocoder("nominatim") as there:
        there.places["Okända vägen 7, Gränna"] = [nominatim_place("Okända vägen", "7", "Gränna", 58.0211, 14.4676)]
        config = Geocoder("nominatim", there.url, 1.0, 0.0)
        network, now = replace(town.runtime.network, geocoder=config), town.runtime.wall.now
        town.runtime.geocoder = await open_online(network, town.web, town.runtime.pool, "key", now)
        hands = await at_the_desk(sits_down)
        page = hands.person.page
        await page.locator("#address").fill("Okända vägen 7, lgh 3, Gränna")
        await expect(page.locator(".online")).to_contain_text("Skickar ”Okända vägen 7, Gränna”, och inget annat")
        await page.locator("#address").press("Alt+O")
        await expect(page.locator("#address-found")).to_contain_text("Hittat på nätet")
        assert await flaws(page) == []
        await hands.person.screenshot("desk-online")
        await page.locator("#address").press("ArrowDown")
        await expect(page.locator("#address-found")).to_contain_text("huset är hittat")
        assert len(there.asked) == 1
