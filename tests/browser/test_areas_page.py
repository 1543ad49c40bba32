"""Coordinators move boundaries at a browser: by mouse and by keys, seeing what would change before it does."""

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
PHONE = {"width": 390, "height": 844}
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


def differing(lines: list[str], others: list[str]) -> list[int]:
    """Which corners are elsewhere."""
    return [n for n, (one, other) in enumerate(zip(lines, others, strict=True)) if one != other]


async def granna_is_a_box(town: Town) -> tuple[str, Any]:
    """Gränna drawn with four corners, and an open task just inside its north-western one. The task's code, and the box."""
    town.ignore(await town.volunteer("Anna Berg", "granna"))
    code = await asks(town)
    spot = town.runtime.network.atlas.map.outlines["granna"].representative_point()
    box = shapely.box(spot.x - 0.04, spot.y - 0.02, spot.x + 0.04, spot.y + 0.02)
    await town.runtime.pool.execute("UPDATE need SET lat = $1, lon = $2", spot.y + 0.018, spot.x - 0.037)
    async with town.signed_in() as somebody:
        await somebody.sends("/areas/granna", "Sparat", version="0", corners=written(box))
    return code, box


async def pushes_by_keys(page: Page, corner: int) -> None:
    """The arrows move one corner and no other; Enter on a dot adds one, and Delete removes it."""
    handle, lines = page.locator(f"[data-handle='corner 0 {corner}']"), await corners_of(page)
    await handle.focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(handle).to_be_focused()
    pushed = await corners_of(page)
    assert differing(lines, pushed) == [corner]
    (lon, lat), (was_lon, was_lat) = _spot(pushed[corner]), _spot(lines[corner])
    assert lon < was_lon and lat > was_lat and was_lon - lon > lat - was_lat, "with Shift it goes further"

    await page.locator(NEW_CORNERS).first.focus()
    await page.keyboard.press("Enter")
    assert len(await corners_of(page)) == len(lines) + 1
    await page.keyboard.press("Delete")
    assert await corners_of(page) == pushed


async def test_a_corner_is_dragged_and_another_pushed_by_keys(town: Town, sits_down: SitsDown) -> None:
    code, box = await granna_is_a_box(town)
    karin = await sits_down("coordinator", "Karin", viewport=DESK)
    page = await karin.opens("/areas")
    await expect(page.locator("path.task-pin")).to_have_count(1)
    await expect(page.locator("li", has_text="ritat efter sina orter →").first).to_contain_text("km²")
    await karin.screenshot("areas-overview")
    await page.get_by_role("link", name="Gränna och Örserum").click()
    await expect(page.locator(CORNERS)).to_have_count(4)
    lines = await corners_of(page)
    north_west = shapely.Point(box.bounds[0], box.bounds[3])
    nearest = min(range(4), key=lambda n: shapely.Point(_spot(lines[n])).distance(north_west))
    await drag(page, page.locator(f"[data-handle='corner 0 {nearest}']"), 90, 60)
    assert differing(lines, await corners_of(page)) == [nearest]
    await pushes_by_keys(page, (nearest + 2) % 4)

    await page.get_by_role("button", name="Se vad som ändras").click()
    await expect(page.get_by_role("checkbox", name=code)).to_be_checked()
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


async def test_who_saves_later_is_told(town: Town, sits_down: SitsDown) -> None:
    """Per has looked at what his boundary would change; before he saves it, Karin saves hers."""
    _, box = await granna_is_a_box(town)
    per = await sits_down("coordinator", "Per", viewport=PHONE)
    page = await per.opens("/areas?area=granna")
    await drag(page, page.locator(CORNERS).first, 30, -20)
    drawn = await corners_of(page)
    await page.get_by_role("button", name="Se vad som ändras").click()
    await expect(page.get_by_role("button", name="Spara gränsen")).to_be_visible()
    await per.screenshot("areas-effect-phone")
    async with town.signed_in() as karin:
        await karin.sends(
            "/areas/granna", "Sparat", version=str(town.runtime.network.atlas.version), corners=written(box.buffer(0.01))
        )
    await page.get_by_role("button", name="Spara gränsen").click()
    await per.sees("Någon annan har flyttat en gräns")
    assert await corners_of(page) == drawn, "what was drawn is kept"
    await page.get_by_role("button", name="Spara gränsen").click()
    await per.sees("Sparat. Kartan är den nya nu.")


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
