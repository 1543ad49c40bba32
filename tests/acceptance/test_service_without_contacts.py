"""A service group that has accounts, and neither a telephone nor an address that messages reach."""

import pytest

from tests.acceptance.conftest import NetworkChange, Town
from tests.acceptance.test_service_inbox import ELSA, asked


@pytest.fixture
def change_network() -> NetworkChange:
    def without_contacts(raw: dict[str, list[dict[str, object]]]) -> None:
        for group in raw["group"]:
            if group["kind"] == "service":
                group.pop("contacts", None)

    return without_contacts


async def test_what_it_is_asked_stands_on_its_page(town: Town) -> None:
    """Nobody is texted or phoned; the page asks, and whoever takes it is introduced by the group's name."""
    town.ignore(town.phone(ELSA), town.coordinator)
    async with (
        town.signed_in("service", "Karin", group="service-municipal") as karin,
        town.signed_in("service", "Eva", group="service-enterprise") as eva,
    ):
        code = await asked(town)
        await karin.sees("/service", "Väntar på ert svar", code, "Elsa")
        await eva.sends(f"/service/{code}/decline", "ni kan inte ta")
        await karin.sends(f"/service/{code}/acknowledge", f"{code} är ert")
        await eva.sees("/service", without=("Elsa",))
    assert "Karin från Servicegrupp kommunen" in town.unread(ELSA)[-1]
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM outbox WHERE channel = 'call'") == 0
