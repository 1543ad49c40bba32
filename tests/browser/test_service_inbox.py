"""The service groups' inbox in a real browser: it follows what happens, keeps what is being written, and reads well."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.acceptance.conftest import Town
from tests.axe import AXE
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


async def flaws(page: Page) -> list[Any]:
    """What axe-core finds on the page, WCAG 2.2 AA."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = await page.evaluate("(tags) => axe.run({runOnly: tags})", tags)
    return [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]]


async def filled(town: Town) -> tuple[str, str]:
    """An inbox as on a busy morning. Returns the code of what waits, and of what a group has."""
    await asked(town, GUN, name="Gun Ek", text="Kan någon storhandla åt mig? Potatis, mjölk, kaffe och kattmat.")
    held = await asked(town, GUN, name="Gun Ek", category="pharmacy", text="Min medicin ligger på apoteket i Tenhult.")
    need = {"phone": ELSA, "text": "Behöver hjälp med stödstrumporna på morgonen, bor i Gränna", "name": "Elsa Andersson"}
    await town.api("POST", "needs", need, status=201)
    await town.settle()
    await town.api("POST", f"tasks/{held}/acknowledge", {"person": town.service_group.number})
    await town.api(
        "POST",
        f"tasks/{held}/note",
        {"person": town.coordinator.number, "text": "Porttelefonen är trasig: ring när du står utanför."},
    )
    done = await asked(town, ELSA, name="Elsa Andersson", text="hämta ett paket", category="errand")
    await town.api("POST", f"tasks/{done}/acknowledge", {"person": town.service_group.number})
    await town.api("POST", f"tasks/{done}/done", {"person": town.service_group.number})
    waits = await asked(town, ELSA, name="Elsa Andersson", text="jag har ont i bröstet", category="other")
    await town.forward(minutes=6)
    return waits, held


LOOKS: list[tuple[str, dict[str, Any]]] = [
    ("wide-light", {"color_scheme": "light"}),
    ("wide-dark", {"color_scheme": "dark"}),
    ("phone-light", {"color_scheme": "light", "viewport": {"width": 360, "height": 740}}),
    ("phone-dark", {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}}),
    ("zoomed", {"color_scheme": "light", "viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}),
]


@pytest.mark.parametrize(("look", "options"), LOOKS, ids=[row[0] for row in LOOKS])
async def test_the_pages_read_well(quiet: Town, sits_down: SitsDown, look: str, options: dict[str, Any]) -> None:
    """Light and dark, at a desk, on a phone and at 200 %: axe-core finds nothing, and nothing is wider than the screen."""
    waits, held = await filled(quiet)
    karin = await sits_down("service", "Karin", group="service-municipal", **options)
    page = await karin.opens("/service")
    await expect(page.get_by_role("heading", name=waits)).to_be_visible()
    await page.screenshot(path=f"build/screenshots/service-{look}.png", full_page=True)
    assert await flaws(page) == []
    await page.locator(f"#task-{held} summary").first.click()
    assert await flaws(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    offer = await quiet.runtime.pool.fetchval(
        "SELECT o.id FROM offer o JOIN task t ON t.id = o.task_id WHERE t.code = $1 AND o.live LIMIT 1", waits
    )
    visitor = await sits_down(None, **options)
    page = await visitor.opens(str(quiet.runtime.links.service(offer)).removeprefix(quiet.base))
    await page.screenshot(path=f"build/screenshots/service-link-{look}.png", full_page=True)
    assert await flaws(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="Vi tar det").click()
    await expect(page.get_by_text("är ert")).to_be_focused()
    assert await flaws(page) == []


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
