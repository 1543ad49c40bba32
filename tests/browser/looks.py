"""What a page must be for everybody: axe-core finds nothing, and nothing is wider than the screen. And what it looks like."""

from typing import Any

from playwright.async_api import Page

from tests.axe import AXE

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = {"width": 1280, "height": 800}
SIZES = {"wide": WIDE, "phone": {"width": 390, "height": 844}, "zoomed": {"width": 640, "height": 400}}  # 1280 at 200 %
FIND = """async (only) => {
    const also = {"target-size": {enabled: true}};
    const found = await axe.run({resultTypes: ["violations"], preload: false, runOnly: only, rules: also});
    return found.violations.flatMap((v) => v.nodes.map((n) => [v.id, n.html.slice(0, 300), n.failureSummary.slice(0, 300)]));
}"""
COLOURS = {"type": "rule", "values": ["color-contrast"]}  # all that the dark scheme changes
# All that depends on how wide the screen is, where the page has been looked at in full already.
LAYOUT = {"type": "rule", "values": ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]}
# What sticks out to the right of the screen, when the page can be scrolled sideways.
TOO_WIDE = """() => document.scrollingElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 160)).slice(-4)"""


async def flaws(page: Page, only: dict[str, Any] | None = None) -> list[Any]:
    """What axe-core finds, WCAG 2.2 AA: rule, HTML, what to do."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[Any] = await page.evaluate(FIND, only or {"type": "tag", "values": WCAG})
    return found


async def too_wide(page: Page) -> list[str]:
    """Elements that make the page scroll sideways."""
    found: list[str] = await page.evaluate(TOO_WIDE)
    return found
