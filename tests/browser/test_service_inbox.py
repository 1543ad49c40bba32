"""The service groups' inbox in a real browser: it follows what happens, and keeps what is being written."""

import pytest
from playwright.async_api import expect

from tests.acceptance.conftest import Town
from tests.browser.conftest import SitsDown
from tests.browser.person import Stopwatch

ELSA = "+46701000001"
GUN = "+46701000002"


async def asked(town: Town, phone: str, **fields: str) -> str:
    """A request that nobody near can take. Returns its code."""
    need = {"phone": phone, "area": "tenhult", "category": "groceries", "address": "Storgatan 1 B", **fields}
    created = await town.api("POST", "needs", need, status=201)
    await town.settle()
    return str(created["code"])


@pytest.fixture
def quiet(town: Town) -> Town:
    """A town whose texts are not what the story is about."""
    town.ignore(*(town.phone(p) for p in (ELSA, GUN)), town.service_group, town.enterprise, town.coordinator)
    return town


async def test_what_comes_is_there_within_a_second(quiet: Town, sits_down: SitsDown) -> None:
    """Without touching anything, and announced; what a colleague takes moves."""
    karin = await sits_down("service", "Karin", group="service-municipal")
    page = await karin.opens("/service")
    await expect(page.get_by_text("Inget väntar på er.")).to_be_visible()
    watch = Stopwatch(quiet)
    code = await asked(quiet, ELSA, text="mjölk")
    card = page.locator(f"#task-{code}")
    await watch.shows(card)
    await expect(page.locator("#announce")).to_have_text("Ett ärende har kommit som väntar på svar.")
    await quiet.api("POST", f"tasks/{code}/acknowledge", {"person": quiet.service_group.number})
    await watch.shows(card.get_by_role("button", name="Jag tar över det"))


async def test_what_is_being_written_is_left_alone(quiet: Town, sits_down: SitsDown) -> None:
    """Something new is told of, and shown when it is wanted, or when the reason has been given."""
    code = await asked(quiet, ELSA, text="mjölk")
    await quiet.api("POST", f"tasks/{code}/acknowledge", {"person": quiet.service_group.number})
    karin = await sits_down("service", "Karin", group="service-municipal")
    page = await karin.opens("/service")
    card = page.locator(f"#task-{code}")
    await card.get_by_text("Lämna tillbaka …").click()
    await card.get_by_label("Varför?").fill("Vi har ingen bil")
    other = await asked(quiet, GUN, text="bröd")
    await expect(page.get_by_text("Något har ändrats här")).to_be_visible()
    assert await card.get_by_label("Varför?").input_value() == "Vi har ingen bil"
    await expect(page.locator(f"#task-{other}")).to_have_count(0)
    await card.get_by_role("button", name="Lämna tillbaka").click()
    await expect(page.get_by_text(f"{code} är lämnat tillbaka")).to_be_focused()
    await expect(page.locator(f"#task-{other}")).to_be_visible()


async def test_by_keyboard_alone(quiet: Town, sits_down: SitsDown) -> None:
    """From the top of the page to a task acknowledged, with nothing but Tab and Enter."""
    code = await asked(quiet, ELSA, text="mjölk")
    karin = await sits_down("service", "Karin", group="service-municipal")
    page = await karin.opens("/service")
    await page.keyboard.press("Tab")
    await expect(page.get_by_text("Till innehållet")).to_be_focused()
    await page.keyboard.press("Enter")
    for _ in range(3):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.tagName === 'BUTTON'"):
            break
    await expect(page.get_by_role("button", name=f"Vi tar det {code}")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(f"{code} är ert")).to_be_focused()


async def test_without_scripts_it_works_too(quiet: Town, sits_down: SitsDown) -> None:
    code = await asked(quiet, ELSA, text="mjölk")
    karin = await sits_down("service", "Karin", group="service-municipal", java_script_enabled=False)
    page = await karin.opens("/service")
    await page.get_by_role("button", name="Vi tar det").click()
    await page.locator(f"#task-{code} summary", has_text="Lämna tillbaka").click()
    await page.locator(f"#task-{code}").get_by_label("Varför?").fill("fel adress")
    await page.get_by_role("button", name="Lämna tillbaka", exact=True).click()
    await karin.sees(f"{code} är lämnat tillbaka")
