"""The board when something else is wrong: the line has gone silent, the service is away, the button that was pressed is gone."""

import secrets

from playwright.async_api import Route, expect

from tests.acceptance.conftest import Town
from tests.browser.conftest import SitsDown
from tests.browser.test_board_live import CUT, ELSA, SENT_WHILE_AWAY, at_the_board, cut, fills_in, is_live


async def test_a_line_that_has_gone_silent_is_opened_anew(town: Town, sits_down: SitsDown) -> None:
    """A router, or a machine that slept, has forgotten the connection; for the browser it is open still."""
    hub = town.runtime.live
    hub.heartbeat = 0.4
    karin = await at_the_board(sits_down, "Karin")
    karin.forgiven += CUT
    hub.heartbeat = 3600
    async with karin.page.expect_request(lambda r: "/board/live" in r.url, timeout=8000):
        cut(town)  # the next stream is one that says nothing
    async with karin.page.expect_request(lambda r: "/board/live" in r.url, timeout=8000):
        pass
    await is_live(karin.page)


async def test_a_board_waits_for_a_service_that_is_away(town: Town, sits_down: SitsDown) -> None:
    """What a proxy says meanwhile does not take the board's place; when the service is back, the board is right by itself."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    karin = await at_the_board(sits_down, "Karin")
    karin.forgiven += [*CUT, "502", "MIME type"]

    async def away(route: Route) -> None:
        await route.fulfill(status=502, body="Bad gateway", content_type="text/html")

    await karin.page.route("**/board**", away)
    town.runtime.live._boot = secrets.token_hex(6)
    async with karin.page.expect_response(lambda r: r.status == 502 and r.url.endswith("/board"), timeout=20_000):
        cut(town)
    await town.phone(ELSA).sends(SENT_WHILE_AWAY)
    await expect(karin.page.locator("#live-state")).to_have_class("off")
    await expect(karin.page.locator(".lane")).to_have_count(6)
    await karin.page.unroute("**/board**")
    await expect(karin.card("Gränna", "open")).to_be_visible(timeout=15_000)
    await is_live(karin.page)


async def test_after_an_action_the_cursor_is_where_its_answer_stands(town: Town, sits_down: SitsDown) -> None:
    """And stays there when the change itself arrives by the stream."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    await town.phone(ELSA).sends(SENT_WHILE_AWAY)
    karin = await at_the_board(sits_down, "Karin")
    await karin.card("Gränna").click()
    await fills_in(karin.page, "note", "text", "Ring dottern")
    async with karin.page.expect_response(lambda r: r.request.method == "GET" and "/board/" in r.url):  # the change arrives
        await karin.page.get_by_role("button", name="Spara anteckningen").press("Enter")
        await expect(karin.page.locator("#drawer .success")).to_be_focused()
    await expect(karin.page.locator("#drawer .history")).to_contain_text("Ring dottern")
    await expect(karin.page.locator("#drawer .success")).to_be_focused()


async def test_what_was_written_stays_when_it_does_not_get_through(town: Town, sits_down: SitsDown) -> None:
    """The network is away, then the database is: each is said, and the words stand there still."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    await town.phone(ELSA).sends(SENT_WHILE_AWAY)
    karin = await at_the_board(sits_down, "Karin")
    karin.forgiven += ["net::ERR_FAILED", "503", "403", "htmx:sendError", "htmx:afterRequest"]
    await karin.card("Gränna").click()
    await fills_in(karin.page, "note", "text", "Ring dottern")
    fault = karin.page.locator("#drawer .fault")
    part = '<article class="task warning"><h1>Nu</h1><p>Databasen kan inte nås</p></article>'

    async def broken(route: Route) -> None:
        await (route.abort() if not await fault.count() else route.fulfill(status=503, body=part, content_type="text/html"))

    await karin.page.route("**/note", broken)
    for said in ("Det skickades inte", "Databasen kan inte nås"):
        await karin.page.get_by_role("button", name="Spara anteckningen").press("Enter")
        await expect(fault).to_contain_text(said)
        await expect(fault).to_be_focused()
        await expect(karin.page.locator("#note-text")).to_have_value("Ring dottern")
    await karin.page.unroute("**/note")
    await karin.page.get_by_role("button", name="Spara anteckningen").press("Enter")
    await expect(karin.page.locator("#drawer .success")).to_be_visible()
    await expect(fault).to_have_count(0)
