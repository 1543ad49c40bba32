"""The board follows what happens, and two coordinators at it do not tread on each other."""

from playwright.async_api import expect

from tests.acceptance.conftest import Town
from tests.browser.conftest import SitsDown
from tests.browser.person import Stopwatch

ELSA = "+46701000001"


async def test_a_task_walks_over_the_board_while_a_coordinator_watches(town: Town, sits_down: SitsDown) -> None:
    """A text comes, nobody in the area answers, the service group does not either: it waits for the coordinator."""
    karin = await sits_down("coordinator", "Karin")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator, await town.volunteer("Anna", "granna"))
    await karin.opens("/board")
    await expect(karin.page.locator("#live-state")).to_have_class("on")
    clock = Stopwatch(town)

    await town.phone(ELSA).sends("Kan någon hämta medicin på apoteket? Bor i Gränna")
    await clock.shows(karin.card("Gränna", "open"))
