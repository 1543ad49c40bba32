"""Coordinators move boundaries at a browser: by mouse and by keys, seeing what would change before it does."""

import re
from typing import Any

import shapely
from playwright.async_api import Locator, Page, expect

from service.areas.corners import written
from tests.acceptance.conftest import Town
from tests.acceptance.test_board import asks
from tests.browser.conftest import SitsDown
from tests.browser.looks import flaws
from tests.browser.person import measured

CORNERS = "[data-handle^=corner]"
NEW_CORNERS = "[data-handle^=middle]"
MANY = 19_000  # corners of a ring
A_MOMENT = 1_500  # milliseconds until they are shown, on a slow machine
DESK = {"width": 1280, "height": 900}


async def middle_of(handle: Locator) -> tuple[float, float]:
    """Where on the screen something is."""
    box = await handle.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def drag(page: Page, handle: Locator, across: float, down: float) -> None:
    """Take a handle by the mouse and put it down so many pixels away."""
    x, y = await middle_of(handle)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + across / 2, y + down / 2)
    await page.mouse.move(x + across, y + down)
    await page.mouse.up()


async def corners_of(page: Page) -> list[str]:
    """The lines of the text field."""
    return (await page.locator("#corners").input_value()).split("\n")


async def box_around_granna(town: Town) -> Any:
    """Gränna drawn with four corners, within its outline as it was; an open task lies just inside its north-western corner."""
    outline = town.runtime.network.atlas.map.outlines["granna"]
    spot = outline.representative_point()
    return shapely.box(spot.x - 0.04, spot.y - 0.02, spot.x + 0.04, spot.y + 0.02)


async def test_a_corner_is_dragged_and_another_pushed_by_keys(town: Town, sits_down: SitsDown) -> None:
    town.ignore(await town.volunteer("Anna Berg", "granna"))
    code = await asks(town)
    box = await box_around_granna(town)
    west, _, _, north = box.bounds
    await town.runtime.pool.execute("UPDATE need SET lat = $1, lon = $2", north - 0.002, west + 0.003)
    async with town.signed_in() as before:
        await before.sends("/areas/granna", "Sparat", version="0", corners=written(box))

    karin, per = await sits_down("coordinator", "Karin", viewport=DESK), await sits_down("coordinator", "Per", viewport=DESK)
    page = await karin.opens("/areas")
    await expect(page.locator("path.task-pin")).to_have_count(1)
    await expect(page.locator("li", has_text="ritat efter sina orter →").first).to_contain_text("km²")
    await karin.screenshot("areas-overview")
    theirs = await per.opens("/areas?area=granna")
    await theirs.locator(NEW_CORNERS).first.click()
    await drag(theirs, theirs.locator("[data-handle='corner 0 1']"), 30, 20)
    drawn = await corners_of(theirs)
    await theirs.get_by_role("button", name="Se vad som ändras").click()
    await expect(theirs.get_by_role("button", name="Spara gränsen")).to_be_visible()
    await page.get_by_role("link", name="Gränna och Örserum").click()
    await expect(page.locator(CORNERS)).to_have_count(4)
    lines = await corners_of(page)
    nearest = min(range(4), key=lambda n: shapely.Point(_spot(lines[n])).distance(shapely.Point(west, north)))

    await drag(page, page.locator(f"[data-handle='corner 0 {nearest}']"), 90, 60)
    dragged = await corners_of(page)
    assert [n for n in range(4) if dragged[n] != lines[n]] == [nearest]

    other = (nearest + 2) % 4
    await page.locator(f"[data-handle='corner 0 {other}']").focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(page.locator(f"[data-handle='corner 0 {other}']")).to_be_focused()
    pushed = await corners_of(page)
    assert [n for n in range(4) if pushed[n] != dragged[n]] == [other]
    assert _spot(pushed[other])[0] < _spot(dragged[other])[0] and _spot(pushed[other])[1] > _spot(dragged[other])[1]

    await page.locator(NEW_CORNERS).first.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#corners")).to_have_value(re.compile(r"^(\S+ \S+\n){4}\S+ \S+$"))
    await page.keyboard.press("Delete")
    assert await corners_of(page) == pushed

    await page.get_by_role("button", name="Se vad som ändras").click()
    task = page.get_by_role("checkbox", name=code)
    await expect(task).to_be_checked()
    await expect(page.locator("label", has_text=code)).to_contain_text("Handla mat, söker hjälp, 1 person är redan tillfrågad")
    await expect(page.locator("path.piece.given")).not_to_have_count(0)
    assert await flaws(page) == []
    await karin.screenshot("areas-effect")
    await page.get_by_role("button", name="Spara gränsen").click()
    await karin.sees(f"Flyttade: {code}")
    area = await town.runtime.pool.fetchval("SELECT area FROM need")
    assert area != "granna"
    await karin.opens(f"/board?area={area}")
    await expect(karin.card(code)).to_be_visible()

    # Per has looked at what his boundary would change before Karin saved hers, and draws on after being told.
    await theirs.get_by_role("button", name="Spara gränsen").click()
    await per.sees("Någon annan har flyttat en gräns")
    assert await corners_of(theirs) == drawn, "what was drawn is kept"


async def test_an_area_is_chosen_on_the_map_and_one_of_many_corners_stays_quick(town: Town, sits_down: SitsDown) -> None:
    karin = await sits_down("coordinator", "Karin", viewport=DESK)
    page = await karin.opens("/areas")
    name = page.locator(".area-name", has_text="Bottnaryd")
    x, y = await middle_of(name)
    await page.mouse.click(x, y)
    await expect(page.get_by_role("heading", name="Bottnaryd, Angerdshestra och Norra Unnaryd")).to_be_visible()

    key = page.url.partition("area=")[2]
    outline = town.runtime.network.atlas.map.outlines[key]
    many = shapely.segmentize(outline, outline.length / MANY)
    took = await page.evaluate(
        """async (lines) => {
            const text = document.getElementById("corners"), began = performance.now();
            text.value = lines;
            text.dispatchEvent(new Event("input"));
            await new Promise(requestAnimationFrame);
            return performance.now() - began;
        }""",
        written(many),
    )
    handles = await page.locator("[data-handle]").count()
    assert 20 < handles <= 300 and took < A_MOMENT, (handles, took)
    measured("areas-many-corners", f"{MANY} corners are shown as {handles} handles after {took:.0f} ms")
    await karin.sees("Alla hörn får inte plats. Zooma in")
    # What has been drawn is not lost by a click on a neighbour: whoever is asked says no here.
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss())[1])
    await page.locator(".leaflet-land-pane path").first.dispatch_event("click")
    assert asked == ["Lämna området? Det du har ritat är inte sparat."] and page.url.endswith(key)


def _spot(line: str) -> tuple[float, float]:
    """A line of the text field as (longitude, latitude)."""
    lat, lon = map(float, line.split(", "))
    return lon, lat
