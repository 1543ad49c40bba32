"""The board follows what happens, and two coordinators at it do not tread on each other."""

import re
import secrets

import pytest
import shapely
from playwright.async_api import Page, expect

from dispatch.areas import store_outlines
from tests.acceptance.conftest import NetworkChange, Town
from tests.browser.conftest import SitsDown
from tests.browser.person import Person, Stopwatch, measured

ELSA = "+46701000001"
BERTIL = "+46701000002"
SENT_WHILE_AWAY = "Kan någon hämta medicin på apoteket? Bor i Gränna"
CUT = ["net::ERR_INTERNET_DISCONNECTED", "net::ERR_INCOMPLETE_CHUNKED_ENCODING", "[object Event]"]  # as browser and htmx say it


@pytest.fixture
def change_network() -> NetworkChange:
    """No quiet hours: a whole ladder takes a morning and an afternoon."""
    return lambda raw: raw["network"].update(quiet_hours="")


async def at_the_board(sits_down: SitsDown, name: str) -> Person:
    """A coordinator whose board is live."""
    person: Person = await sits_down("coordinator", name)
    await person.opens("/board")
    await is_live(person.page)
    return person


async def is_live(page: Page) -> None:
    await expect(page.locator("#live-state")).to_have_class("on", timeout=12_000)


async def fills_in(page: Page, action: str, field: str, words: str) -> None:
    """Open one of the forms beside a task and write in it."""
    form = page.locator(f"#act-{action}")
    await form.locator("summary").click()
    await form.locator(f"#{action}-{field}").fill(words)


def cut(town: Town) -> None:
    """Every open stream is torn off, as by a proxy that restarts."""
    for watcher in town.runtime.live._all():
        watcher.drop()


async def test_two_coordinators_give_the_same_task_away(town: Town, sits_down: SitsDown) -> None:
    """Karin gives it to Anna while Olle writes another name: he reads what has happened, and nothing is overwritten."""
    anna, bo = await town.volunteer("Anna Berg", "granna"), await town.volunteer("Bo Ek", "granna")
    elsa = town.phone(ELSA)
    town.ignore(anna, bo, elsa)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    code = (await town.task())["code"]
    karin, olle = await at_the_board(sits_down, "Karin"), await at_the_board(sits_down, "Olle")
    for person in (karin, olle):
        await person.card(code).click()
        await expect(person.page.locator("#drawer h1")).to_contain_text(code)
    await fills_in(olle.page, "assign", "who", "Bo Ek")
    clock = Stopwatch(town)

    await fills_in(karin.page, "assign", "who", "Anna Berg")
    await karin.page.keyboard.press("Enter")
    await expect(karin.page.locator("#drawer .success")).to_have_text("Personen har fått ärendet och får veta det nu.")
    await clock.shows(*(p.card("Anna Berg", "taken") for p in (karin, olle)), olle.page.locator(".changed-since"))
    await expect(olle.page.locator("#assign-who")).to_have_value("Bo Ek")

    await olle.page.locator("#assign-who").press("Enter")
    alert = olle.page.locator("#drawer [role=alert]")
    await expect(alert).to_contain_text("Någon har gjort något med ärendet")
    await expect(alert).to_contain_text("Anna Berg tog det")
    await expect(alert).to_be_focused()
    await expect(olle.page.locator("#assign-who")).to_have_value("Bo Ek")
    assert [t["name"] for t in (await town.task())["takers"]] == ["Anna Berg"]
    await olle.screenshot("board-changed-since")

    await olle.page.locator("#act-assign button").click()  # now he knows, and means it
    await expect(olle.page.locator("#drawer .success")).to_be_visible()
    await clock.shows(*(p.card("Bo Ek", "taken") for p in (karin, olle)))
    assert [t["name"] for t in (await town.task())["takers"]] == ["Bo Ek"]
    await expect(karin.page.locator("#drawer")).to_contain_text(re.compile(r"Bo Ek · 070-123 45 02: sa ja"))


async def test_a_task_walks_over_the_board_while_a_coordinator_watches(town: Town, sits_down: SitsDown) -> None:
    """A text comes; nobody in the area answers, nor does the service group: it waits for the coordinator, who takes it."""
    anna, granne = await town.volunteer("Anna Berg", "granna"), await town.volunteer("Gun Alm", "kaxholmen")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator, anna, granne)
    karin = await at_the_board(sits_down, "Karin")
    clock = Stopwatch(town)
    waited = []

    await town.phone(ELSA).sends("Kan någon hämta medicin på apoteket? Bor i Gränna")
    card = karin.card("Gränna")
    waited.append(await clock.shows(karin.card("områdets grupp", "open"), karin.card("Frågade: Anna", "open")))
    await town.forward(minutes=35)
    waited.append(await clock.shows(karin.card("grannomr", "open"), karin.card("Gun", "open")))
    for _ in range(12):  # until the ladder has reached its end
        await town.forward(minutes=30)
        if (await town.task())["step"] == "coordinator":
            break
    waited.append(await clock.shows(karin.card("Gränna", "human")))
    await expect(karin.page).to_have_title(re.compile(r"\(1\)"))
    await expect(karin.page.locator("#announce")).to_contain_text("Behöver dig")
    await expect(card).to_have_count(1)

    await karin.page.keyboard.press("j")
    await expect(card.locator("a")).to_be_focused()
    await karin.page.keyboard.press("Enter")
    take = karin.page.get_by_role("button", name="Jag tar det")
    while not await take.evaluate("button => button === document.activeElement"):
        await karin.page.keyboard.press("Tab")
    await karin.page.keyboard.press("Enter")
    await expect(karin.page.locator("#drawer .success")).to_have_text("Ärendet är ditt.")
    waited.append(await clock.shows(karin.card("Har det: Karin", "service")))
    await karin.page.get_by_role("button", name="Klart", exact=True).press("Enter")
    await expect(karin.page.locator("#drawer .success")).to_be_visible()
    waited.append(await clock.shows(karin.card("Gränna", "done")))
    await karin.page.keyboard.press("Escape")
    await expect(card.locator("a")).to_be_focused()
    await expect(karin.page).to_have_title(re.compile(r"^[^()]*$"))
    measured("board-live", f"shown after {', '.join(f'{seconds * 1000:.0f}' for seconds in waited)} ms")


async def test_a_board_that_was_cut_off_catches_up(town: Town, sits_down: SitsDown) -> None:
    """The network is away for a while. The board says so, and shows what it has missed when it is back."""
    town.ignore(town.phone(ELSA), town.phone(BERTIL), town.service_group, town.enterprise, town.coordinator)
    await town.phone(BERTIL).sends("Kan någon handla mat? Bor i Bankeryd")
    karin = await at_the_board(sits_down, "Karin")
    karin.forgiven += CUT
    await karin.context.set_offline(True)
    cut(town)
    await expect(karin.page.locator("#live-state")).to_have_text("Ingen kontakt. Försöker igen …")
    await town.phone(ELSA).sends(SENT_WHILE_AWAY)
    await town.api("POST", f"tasks/{(await town.task(area='bankeryd'))['code']}/cancel", {"text": "Löste sig"})
    await town.settle()
    await expect(karin.card("Gränna")).to_have_count(0)
    await karin.context.set_offline(False)
    await is_live(karin.page)
    await expect(karin.card("Gränna", "open")).to_be_visible()
    await expect(karin.card("Bankeryd", "done")).to_be_visible()
    await expect(karin.page.locator('[data-lane="open"] .count')).to_have_text("1")


async def test_the_map_is_drawn_anew_when_somebody_moves_a_boundary(town: Town, sits_down: SitsDown) -> None:
    """Another process has stored it; the open map follows, with the lake and a task outside the network still on it."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    await town.phone(ELSA).sends("Kan någon handla mat? Bor i Gränna")
    await town.runtime.pool.execute("UPDATE need SET area = NULL, place = NULL, lat = 57.9, lon = 14.65")
    karin = await at_the_board(sits_down, "Karin")
    await karin.page.keyboard.press("m")
    lines, pin = karin.page.locator("#map .leaflet-boundaries-pane path"), karin.page.locator("#map .leaflet-pins-pane path")
    await expect(lines).to_have_count(len(town.runtime.network.areas))
    await expect(karin.page.locator("#map .leaflet-water-pane path")).to_have_count(1)
    await expect(pin).to_have_attribute("fill", "#fff")
    await pin.hover()
    await expect(karin.page.locator("#map .leaflet-tooltip")).to_contain_text("utanför nätverket: ")
    await karin.screenshot("board-map")
    before = await lines.evaluate_all("paths => paths.map((path) => path.getAttribute('d'))")
    async with town.runtime.pool.acquire() as elsewhere:
        larger = {"granna": shapely.box(14.0, 57.86, 14.8, 58.2)}
        await store_outlines(elsewhere, town.runtime.network, larger, "import", None, None, town.clock.now())
    await karin.page.wait_for_function(
        "before => !before.includes(document.querySelector('#map .leaflet-boundaries-pane path').getAttribute('d'))", arg=before
    )


async def test_a_board_reads_everything_again_when_the_service_was_restarted(town: Town, sits_down: SitsDown) -> None:
    """The new process does not know what the page has seen."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    karin = await at_the_board(sits_down, "Karin")
    karin.forgiven += CUT
    hub = town.runtime.live
    hub._boot = secrets.token_hex(6)
    hub._ring.clear()
    async with karin.page.expect_response(lambda r: r.url.endswith("/board") and r.ok):
        cut(town)
        await town.phone(ELSA).sends(SENT_WHILE_AWAY)
    await expect(karin.card("Gränna", "open")).to_be_visible()
    await is_live(karin.page)


async def test_a_board_whose_session_was_ended_goes_to_the_sign_in(town: Town, sits_down: SitsDown) -> None:
    """An administrator has ended the session: the stream is not opened again, and the page does not stay as if it were live."""
    karin = await at_the_board(sits_down, "Karin")
    karin.forgiven += [*CUT, "EventSource's response has a MIME type"]
    await town.runtime.pool.execute("UPDATE session SET revoked_at = now()")
    cut(town)
    await expect(karin.page.get_by_role("heading", name="Logga in")).to_be_visible(timeout=15_000)
