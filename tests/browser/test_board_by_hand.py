"""The board under somebody's hands: its keys, its first paint, without scripts, and with whatever people may send."""

import math
import re
from typing import Any

from playwright.async_api import Page, expect

from tests.acceptance.conftest import Town
from tests.browser.conftest import SitsDown
from tests.browser.looks import too_wide
from tests.browser.person import Person, measured

ELSA = "+46701000001"
BERTIL = "+46701000002"
CILLA = "+46701000003"
OPEN_TASKS = 2_000
FIRST_PAINT = 1_000  # milliseconds
TRIES = 3
WEIGHT = 200_000  # bytes, with scripts and styles
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)><b>Elsa</b>"

# Two thousand residents' requests beside one that came by the front door, spread over areas, categories and urgencies.
MANY = """
WITH r AS (
    INSERT INTO person (id, phone, name, roles, area, created_at)
    SELECT i, '+4670' || 2000000 + i, 'Boende Andersson ' || i, '{resident}', NULL, now() FROM generate_series(1, $2::int) i
    RETURNING id, name
), n AS (
    INSERT INTO need (id, resident_id, category, area, place, address, text, wanted, urgency, source, created_at)
    SELECT r.id, r.id, (ARRAY['groceries', 'pharmacy', 'transport', 'pet'])[1 + r.id % 4], n.area, n.place, n.address,
           'Kan någon hjälpa mig i veckan, jag har svårt att ta mig ut. Hälsningar ' || r.name, n.wanted,
           CASE r.id % 9 WHEN 0 THEN 'high' ELSE 'normal' END, n.source, n.created_at
    FROM r, need n JOIN task t ON t.need_id = n.id WHERE t.code = $1
    RETURNING id
)
INSERT INTO task (id, need_id, code, state, human, code_word, ladder, step, deadline, deadline_at, created_at, changed_at)
SELECT n.id, n.id, 'X' || n.id, 'open', CASE n.id % 7 WHEN 0 THEN 'question' END, t.code_word, t.ladder, n.id % 5, 'advance',
       t.deadline_at + n.id * interval '1 minute', t.created_at, t.changed_at
FROM n, task t WHERE t.code = $1
"""


async def focused(page: Page) -> str:
    """The card that has the focus, by its code; or what else has it."""
    return str(
        await page.evaluate(
            "document.activeElement.closest('.card')?.querySelector('b').textContent ?? document.activeElement.id"
        )
    )


async def three_requests(town: Town) -> list[str]:
    """Two that are looked for and one that waits for a human; their codes in the order of the board."""
    town.ignore(*(town.phone(p) for p in (ELSA, BERTIL, CILLA)), town.service_group, town.enterprise, town.coordinator)
    town.ignore(await town.volunteer("Anna Berg", "granna"), await town.volunteer("Bo Ek", "bankeryd"))
    await town.phone(ELSA).sends("Kan någon handla mat? Bor i Gränna")
    await town.forward(minutes=2)
    await town.phone(BERTIL).sends("Kan någon handla mat? Bor i Bankeryd")
    await town.phone(CILLA).sends("Vad kostar det att få hjälp?")
    by_phone = {t["resident"]["phone"]: t["code"] for t in (await town.api("GET", "tasks"))["tasks"]}
    return [by_phone[phone] for phone in (CILLA, ELSA, BERTIL)]


async def test_keys_reach_everything(town: Town, sits_down: SitsDown) -> None:
    """j, k, h and l walk; Enter opens; Esc goes back to where one was; / searches; ? lists the keys."""
    asks, elsa, bertil = await three_requests(town)
    karin = await sits_down("coordinator", "Karin")
    page = await karin.opens("/board")
    press = page.keyboard.press
    for key, card in (("j", asks), ("j", elsa), ("j", bertil), ("j", bertil), ("k", elsa), ("h", asks), ("h", asks), ("l", elsa)):
        await press(key)
        assert await focused(page) == card, key
    outline = "getComputedStyle(document.activeElement.closest('.card')).outlineStyle"
    assert await page.evaluate(outline) == "solid", "whoever uses keys sees where they are"

    await press("Enter")
    drawer = page.locator("#drawer")
    await expect(drawer.get_by_role("heading", level=1)).to_contain_text(elsa)
    await expect(drawer).to_be_focused()
    await page.locator("#act-note summary").click()
    await page.locator("#note-text").press_sequentially("jk/?")  # letters in a field are letters
    await expect(page.locator("#note-text")).to_have_value("jk/?")
    await press("Escape")
    await expect(drawer).to_be_hidden()
    assert await focused(page) == elsa

    await press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await press("j")
    await press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    assert await focused(page) == elsa
    await press("/")
    assert await focused(page) == "q"
    await page.keyboard.type("Bankeryd")
    await press("Enter")
    await expect(page).to_have_url(re.compile(r"q=Bankeryd"))
    await expect(page.locator("#board .card")).to_have_count(1)
    await expect(karin.card(bertil)).to_be_visible()


async def test_what_is_wrong_is_said_where_the_cursor_is(town: Town, sits_down: SitsDown) -> None:
    """A name that several people have: they stand beside the field to be chosen from, and what was typed stays."""
    _, elsa, _ = await three_requests(town)
    town.ignore(await town.volunteer("Anna Lind", "bankeryd"))
    karin = await sits_down("coordinator", "Karin")
    page = await karin.opens("/board")
    await karin.card(elsa).click()
    await page.locator("#act-offer summary").click()
    await page.locator("#offer-who").fill("Anna")
    await page.keyboard.press("Enter")
    field = page.locator("#offer-who")
    await expect(page.locator("#offer-who-problem")).to_have_text("Flera heter så. Välj en:")
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-describedby", "offer-who-problem")
    await expect(field).to_have_value("Anna")
    await expect(page.locator("#act-offer button", has_text="Anna Lind")).to_be_in_viewport()
    await karin.screenshot("board-several-people")
    await page.locator("#act-offer button", has_text="Anna Lind").press("Enter")
    await expect(page.locator("#drawer .success")).to_have_text("Personen är frågad.")


async def test_tab_reaches_a_card_and_shows_where_it_is(town: Town, sits_down: SitsDown) -> None:
    """Everything that Tab stops at has an outline, from the link past the navigation to the first card."""
    asks, *_ = await three_requests(town)
    karin = await sits_down("coordinator", "Karin")
    page = await karin.opens("/board")
    looks = """() => { const on = document.activeElement, seen = on.closest(".card") ?? on;
                       return getComputedStyle(seen).outlineStyle }"""
    stops = 0
    while await focused(page) != asks:
        await page.keyboard.press("Tab")
        assert await page.evaluate(looks) != "none", await page.evaluate("document.activeElement.outerHTML")
        stops += 1
        assert stops < 40
    await expect(karin.card(asks).locator("a")).to_be_focused()


async def test_times_count_by_themselves(town: Town, sits_down: SitsDown) -> None:
    """How long ago, and how long until the next step, on the clock of the network."""
    _, elsa, _ = await three_requests(town)
    karin = await sits_down("coordinator", "Karin")
    page = await karin.opens("/board")
    until = karin.card(elsa).locator("time.until")
    first = await until.inner_text()
    await expect(until).not_to_have_text(first)
    assert re.fullmatch(r"om \d+ (sek|min|tim)\.?", " ".join((await until.inner_text()).split()))
    assert await page.evaluate("document.querySelector('[aria-live] time, [role=status] time')") is None, "nobody hears them tick"


async def test_the_board_opens_at_once_with_two_thousand_open_tasks(town: Town, sits_down: SitsDown) -> None:
    """A browser that was never here: the first paint within a second, with all that was fetched below 200 kB.

    The best of a few times counts, for this machine may be doing something else meanwhile.
    """
    _, elsa, _ = await three_requests(town)
    await town.runtime.pool.execute(MANY, elsa, OPEN_TASKS)
    karin = await sits_down("coordinator", "Karin")
    session = await karin.context.new_cdp_session(karin.page)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    carried: list[float] = []
    session.on("Network.loadingFinished", lambda event: carried.append(event["encodedDataLength"]))
    paint = weight = math.inf
    for _ in range(TRIES):
        if paint < FIRST_PAINT:
            break
        carried.clear()
        page = await karin.opens("/board")
        await expect(page.locator("#live-state")).to_have_class("on")
        await expect(page.locator('[data-lane="open"] .count')).to_have_text(re.compile(r"^1[67]\d\d$"))
        paint = min(paint, await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        weight = sum(carried)
        assert len(carried) >= 5  # the page, styles and scripts
    measured(
        "board-2000",
        f"first paint of {OPEN_TASKS} open tasks after {paint:.0f} ms, {weight / 1000:.0f} kB in {len(carried)} answers",
    )
    await karin.screenshot("board-2000")
    assert paint < FIRST_PAINT
    assert weight < WEIGHT


async def test_the_map_needs_nobody_elses_server(town: Town, sits_down: SitsDown) -> None:
    """Areas are drawn from the network's own places, and a pin stands where somebody waits."""
    await three_requests(town)
    karin = await sits_down("coordinator", "Karin")
    page = await karin.opens("/board")
    await page.keyboard.press("m")
    await expect(page.locator("#map path.leaflet-interactive")).to_have_count(11 + 2)
    await karin.screenshot("board-map")
    await page.reload()  # the choice is kept
    await expect(page.locator("#map")).to_be_visible()


async def test_without_scripts_a_coordinator_can_do_all_of_it(town: Town, sits_down: SitsDown) -> None:
    """Links and forms: filter, open, act, be told what is wrong, with what was typed kept."""
    asks, elsa, _ = await three_requests(town)
    karin = await sits_down("coordinator", "Karin", java_script_enabled=False)
    page = await karin.opens("/board")
    await page.get_by_label("Område").select_option("granna")
    await page.get_by_role("button", name="Visa", exact=True).click()
    await expect(karin.card(elsa)).to_be_visible()
    await expect(karin.card(asks)).to_have_count(0)
    await karin.card(elsa).get_by_role("link").click()
    await page.locator("#act-assign summary").click()
    await page.locator("#assign-who").fill("Sixten")
    await page.locator("#act-assign button").click()
    await karin.sees("Ingen heter så")
    await expect(page.locator("#assign-who")).to_have_value("Sixten")
    await page.locator("#assign-who").fill("Anna Berg")
    await page.locator("#act-assign button").click()
    await karin.sees("Personen har fått ärendet")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="What has happened")).to_be_visible()


async def test_whatever_is_sent_is_shown_as_text(town: Town, sits_down: SitsDown) -> None:
    """A script in a name, ten thousand letters without a blank: the page shows them, and stays as wide as the screen."""
    need: dict[str, Any] = {"phone": ELSA, "name": HOSTILE, "area": "granna", "category": "groceries", "address": HOSTILE}
    await town.api("POST", "needs", need | {"text": HOSTILE + "a" * 4_000}, status=201)
    await town.settle()
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    karin = await sits_down("coordinator", "Karin", viewport={"width": 390, "height": 844})
    code = (await town.task())["code"]
    resident = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", ELSA)
    await town.runtime.pool.execute("UPDATE person SET name = $1, notes = $1 WHERE phone = $2", "x" * 10_000 + HOSTILE, ELSA)
    for path in ("/board", f"/board/{code}", "/people", f"/people/{resident}", f"/desk?phone={ELSA.replace('+', '%2B')}"):
        page = await karin.opens(path)
        await is_text(karin, path)
        assert await page.evaluate("document.querySelector('main img, main script, main b > b')") is None, path
    page = await karin.opens("/board")
    await karin.card(code).click()
    await expect(page.locator("#drawer blockquote")).to_contain_text("<script>alert(1)</script>")
    await is_text(karin, "drawer")


async def is_text(person: Person, where: str) -> None:
    """The words of the script are there to be read, and nothing is wider than the screen."""
    assert await too_wide(person.page) == [], where
    assert "<script>alert(1)</script>" in await person.page.inner_text("main"), where
