"""An operator with somebody on the line: hands on the keyboard, a minute at most."""

import re
import time
from dataclasses import dataclass

import pytest
from playwright.async_api import Locator, Route, expect

from service.sign_in.accounts import make_link
from tests.acceptance.conftest import NetworkChange, Town
from tests.browser.conftest import SitsDown
from tests.browser.person import Person, Stopwatch, measured

GRETA = "+46701112233"
A_KEY = 80  # milliseconds: a fast typist
A_CALL = 60.0  # seconds


@pytest.fixture
def change_network() -> NetworkChange:
    return lambda raw: raw["network"].update(quiet_hours="")


@dataclass
class Hands:
    """Somebody who types, and never takes the mouse."""

    person: Person
    keys: int = 0

    async def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            await self.person.page.keyboard.press(key, delay=A_KEY)
            self.keys += 1

    async def type(self, words: str) -> None:
        await self.person.page.keyboard.type(words, delay=A_KEY)
        self.keys += len(words)

    async def tab_to(self, where: Locator) -> None:
        """Tab on until this has the focus."""
        for _ in range(25):
            if await where.evaluate("e => e === document.activeElement"):
                return
            await self.press("Tab")
        await expect(where).to_be_focused(timeout=1)


async def at_the_desk(sits_down: SitsDown, **more: bool) -> Hands:
    olle: Person = await sits_down("operator", "Olle", **more)
    await olle.opens("/desk")
    return Hands(olle)


async def test_a_call_is_taken_by_keyboard_alone_in_less_than_a_minute(town: Town, sits_down: SitsDown) -> None:
    """Greta has texted us before. She wants two things; where she lives, and that she agrees, is new."""
    town.ignore(town.phone(GRETA), await town.volunteer("Anna Berg", "granna"))
    await town.api(
        "POST",
        "needs",
        {"phone": GRETA, "name": "Greta Ek", "category": "company", "area": "granna", "text": "Prata"},
        status=201,
    )
    hands = await at_the_desk(sits_down)
    page = hands.person.page
    await expect(page.locator("#danger-no")).to_be_focused()
    began = time.monotonic()

    await hands.press("Tab")  # nobody is in danger
    await hands.type("070-111 22 33")
    await expect(page.locator("#name")).to_have_value("Greta Ek")
    await expect(page.locator("#caller-summary")).to_contain_text("Greta Ek")
    await expect(page.locator("#same")).to_contain_text("samma nummer")
    await hands.tab_to(page.locator("#address"))
    await hands.type("Storgatan 4, grä")
    await hands.press("ArrowDown")
    await hands.press("Enter")
    await expect(page.locator("#address")).to_have_value("Storgatan 4, Gränna")
    await hands.tab_to(page.locator("#text-1"))
    await hands.type("mjölk och bröd")
    await hands.tab_to(page.locator("details.more-row summary").first)
    await hands.press("Enter")
    await expect(page.locator("#text-2")).to_be_focused()
    await hands.type("hämta medicin")
    await hands.tab_to(page.locator("#consent"))
    await hands.press("Space")
    await hands.press("Control+Enter")
    aloud = page.locator(".aloud")
    await expect(aloud).to_contain_text("Jag har skrivit upp: handla mat, Gränna")
    took = time.monotonic() - began
    measured("desk-call", f"a call of {hands.keys} keys took {took:.1f} s")
    assert took < A_CALL

    await expect(aloud).to_contain_text("apotek")
    assert len(re.findall(r"Kodordet är \w+", await aloud.inner_text())) == 2
    await hands.person.screenshot("desk-call-read-aloud")
    opened = {t["category"]: t for t in (await town.api("GET", "tasks"))["tasks"]}
    assert opened.keys() == {"company", "groceries", "pharmacy"}
    assert {t["resident"]["name"] for t in opened.values()} == {"Greta Ek"}
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM consent") == 1
    await expect(page.locator("#next-call")).to_be_focused()
    await hands.press("Enter")
    await expect(page.locator("#danger-no")).to_be_focused()
    await expect(page.locator("#phone")).to_have_value("")


async def test_danger_to_life_is_the_first_question(town: Town, sits_down: SitsDown) -> None:
    """One key, and the operator reads aloud to ring 112; a coordinator sees it within a second of its being saved."""
    town.ignore(town.service_group, town.enterprise, town.coordinator, town.phone(GRETA))
    karin = await sits_down("coordinator", "Karin")
    await karin.opens("/board")
    await expect(karin.page.locator("#live-state")).to_have_class("on")
    hands = await at_the_desk(sits_down)
    page = hands.person.page
    began = time.monotonic()
    await hands.press("ArrowRight")
    await expect(page.locator("#alarm-words")).to_be_visible()
    await expect(page.locator("#announce")).to_contain_text("112")
    await hands.person.screenshot("desk-emergency")
    await hands.press("Tab")
    await hands.type("0701112233")
    clock = Stopwatch(town)
    await hands.press("Control+Enter")
    await expect(page.locator(".aloud")).to_contain_text("112")
    measured("desk-emergency", f"an emergency of {hands.keys} keys took {time.monotonic() - began:.1f} s")
    await clock.shows(karin.card("070-111 22 33", "human"))
    await expect(karin.page.locator("#announce")).to_contain_text("Kan vara fara för liv")
    assert (await town.task())["urgency"] == "emergency"


async def test_a_request_that_is_there_already_is_seen_while_typing_and_added_to(town: Town, sits_down: SitsDown) -> None:
    """Greta's neighbour phones about her shopping, which her daughter has asked for. Nothing is opened twice."""
    town.ignore(town.phone(GRETA), town.service_group, town.enterprise, town.coordinator)
    need = {"phone": GRETA, "name": "Greta Ek", "category": "groceries", "area": "granna", "address": "Storgatan 4, Gränna"}
    await town.api("POST", "needs", need | {"text": "Mjölk"}, status=201)
    await town.settle()
    code = (await town.task())["code"]
    hands = await at_the_desk(sits_down)
    page = hands.person.page
    await hands.tab_to(page.locator("#address"))
    await hands.type("storgatan 4 gränna")
    same = page.locator("#same li", has_text=code)
    await expect(same).to_contain_text("samma adress")
    await hands.tab_to(page.locator("#text-1"))
    await hands.type("och potatis")
    await hands.tab_to(same.get_by_role("button"))
    await hands.press("Enter")
    await hands.person.sees("Tillagt. Läs upp:")
    await expect(page.locator(".aloud")).to_contain_text(code)
    task = await town.task()
    assert task["code"] == code
    assert task["text"].splitlines() == ["Mjölk", "och potatis"]


async def test_what_was_forgotten_is_said_beside_it_and_nothing_is_lost(town: Town, sits_down: SitsDown) -> None:
    """A call that is sent too early comes back as it was, with the cursor where something is missing."""
    hands = await at_the_desk(sits_down)
    page = hands.person.page
    await hands.tab_to(page.locator("#name"))
    await hands.type("Greta")
    await hands.press("Control+Enter")
    await expect(page.get_by_role("alert")).to_contain_text("finns kvar")
    await expect(page.locator("#name")).to_have_value("Greta")
    field = page.locator("[aria-invalid=true]").first
    await expect(field).to_be_focused()
    described = await field.get_attribute("aria-describedby")
    assert described and await page.locator(f"#{described.split()[-1]}").inner_text()


async def test_a_call_without_scripts(town: Town, sits_down: SitsDown) -> None:
    """The same form: who it is comes by a button, and what to read aloud on the next page."""
    town.ignore(town.phone(GRETA), town.service_group, town.enterprise, town.coordinator)
    need = {"phone": GRETA, "name": "Greta Ek", "category": "company", "area": "granna", "text": "Prata en stund"}
    await town.api("POST", "needs", need, status=201)
    await town.settle()
    olle = (await at_the_desk(sits_down, java_script_enabled=False)).person
    page = olle.page
    await page.locator("#phone").fill("070-111 22 33")
    await page.get_by_role("button", name="Se vem det är").click()
    await expect(page.locator("#caller-summary")).to_contain_text("Greta Ek")
    await expect(page.locator("#name")).to_have_value("Greta Ek")
    await expect(page.locator("#same")).to_contain_text("Prata en stund")
    await page.locator("#text-1").fill("Mjölk")
    await page.locator("#address").fill("Storgatan 4, Gränna")
    await page.locator("#save").click()
    await expect(page.locator(".aloud")).to_contain_text("handla mat, Gränna")


async def test_two_operators_share_the_inbox(town: Town, sits_down: SitsDown) -> None:
    """A question comes in; Olle takes it, which Olga sees at once, and it leaves both their lists when he has answered."""
    olle, olga = await sits_down("operator", "Olle"), await sits_down("operator", "Olga")
    greta = town.phone(GRETA)
    town.ignore(town.service_group, town.enterprise, town.coordinator, greta)
    for person in (olle, olga):
        await person.opens("/desk/inbox")
    clock = Stopwatch(town)
    await greta.sends("Vad kostar det att få hjälp?")
    waits = [person.page.locator("#inbox-list", has_text="Vad kostar det") for person in (olle, olga)]
    await clock.shows(*waits)
    await olle.page.get_by_role("button", name="Ta").first.click()
    await expect(olle.page.locator("#answer")).to_be_visible()
    await clock.shows(olga.page.locator("#inbox-list", has_text="Olle"))
    await olga.screenshot("desk-inbox-taken")
    await olle.page.locator("#answer").fill("Det kostar ingenting.")
    await olle.page.locator("form", has=olle.page.locator("#answer")).get_by_role("button").first.click()
    await olle.sees("är besvarat")
    await expect(waits[1]).to_have_count(0)
    await town.settle()
    assert "Det kostar ingenting." in " ".join(town.unread(GRETA))


async def test_a_call_that_is_being_typed_outlives_what_happens_around_it(town: Town, sits_down: SitsDown) -> None:
    """The session ends in the middle of the words, then the database is away when the call is saved: nothing is typed twice."""
    town.ignore(town.phone(GRETA), await town.volunteer("Anna Berg", "granna"))
    hands = await at_the_desk(sits_down)
    olle, page = hands.person, hands.person.page
    olle.forgiven += ["401", "503", "Error Code"]
    await page.locator("#phone").fill("070-111 22 33")
    await page.locator("#name").fill("Greta Ek")
    await page.locator("#address").fill("Storgatan 4, Gränna")
    await expect(page.locator("#address-found")).to_contain_text("Gränna")
    await page.get_by_text("En sak till").first.click()
    await page.locator("#text-2").fill("Hämta medicin")
    await town.runtime.pool.execute("UPDATE session SET revoked_at = now()")
    await page.locator("#text-1").fill("Handla mjölk")
    await expect(page).to_have_url(re.compile("/login"))
    account = await town.runtime.pool.fetchval("SELECT id FROM account WHERE name = 'Olle'")
    await olle.opens(f"/login?link={await make_link(town.runtime.pool, account, town.runtime.wall.now())}")
    await olle.opens("/desk")
    await olle.sees("samtalet som du hade börjat på")
    await expect(page.locator("#text-1")).to_have_value("Handla mjölk")
    await expect(page.locator("#text-2")).to_have_value("Hämta medicin")
    await expect(page.locator("#text-1")).to_be_focused()  # where it was
    await expect(page.locator("details.more-row[open]")).to_have_count(1)
    await expect(page.locator("#caller-summary")).to_contain_text("Ett nytt nummer")

    async def away(route: Route) -> None:
        await (
            route.fulfill(status=503, content_type="text/html", body='<link rel="icon" href="data:,">away')
            if route.request.method == "POST"
            else route.continue_()
        )

    await page.route(re.compile("/desk(/look)?$"), away)
    await page.locator("#text-1").fill("Handla mjölk och bröd")
    await expect(page.locator("#caller-summary")).to_contain_text("Det går inte att slå upp")
    await page.keyboard.press("Control+Enter")
    await olle.sees("away")
    await page.unroute_all()
    await page.go_back()
    await expect(page.locator("#text-1")).to_have_value("Handla mjölk och bröd")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".aloud")).to_contain_text("apotek, Gränna")
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM need") == 2
    await page.locator("#next-call").click()
    await expect(page.locator("#text-1")).to_have_value("")
    await expect(page.locator("#kept")).to_be_hidden()
