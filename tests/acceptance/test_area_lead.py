"""An area lead sees the own area's tasks, and of other areas' people no more than that somebody from there was asked."""

import pytest

from tests.acceptance.conftest import NetworkChange, Town
from tests.acceptance.test_board import asks

GUN = "070-123 45 02"
SOMEBODY = "en hjälpare från ett annat område"


@pytest.fixture
def change_network() -> NetworkChange:
    return lambda raw: raw["network"].update(quiet_hours="")


async def test_a_neighbour_who_was_asked_is_not_named_until_she_has_the_task(town: Town) -> None:
    anna, gun = await town.volunteer("Anna Berg", "granna"), await town.volunteer("Gun Alm", "kaxholmen")
    siv = await town.volunteer("Siv Ås", "kaxholmen")
    town.ignore(anna, siv)
    code = await asks(town)
    await town.forward(minutes=35)
    number = await gun.offer()
    await siv.sends("NEJ")
    async with town.signed_in() as karin, town.signed_in("area-lead", area="granna") as lead:
        await karin.sees("/board", "Frågade: Anna, Gun")
        await karin.sees(f"/board/{code}", "Gun Alm", GUN)
        await lead.sees("/board", f"Frågade: Anna, {SOMEBODY}", without=("Gun",))
        page = await lead.sees(f"/board/{code}", "Anna Berg", SOMEBODY, without=("Gun", GUN, gun.number, "Siv"))
        assert f"Till {SOMEBODY}" in page
        assert f"{SOMEBODY.capitalize()} sa nej" in page
        await gun.sends(f"JA {number}")
        await gun.expects("Kan någon handla")
        await lead.sees("/board", "Har det: Gun Alm")
        await lead.sees(f"/board/{code}", "Gun Alm tog det")


async def test_a_lead_gives_tasks_to_the_own_areas_volunteers_only(town: Town) -> None:
    """Nor can names and numbers of others be tried out."""
    for name, area in (("Anna Berg", "granna"), ("Anna Lind", "bankeryd"), ("Anna Vik", "granna")):
        town.ignore(await town.volunteer(name, area))
    town.ignore(town.phone("+46701740606"))
    code = await asks(town)
    other = await asks(town, "Kan någon hämta medicin på apoteket? Bor i Bankeryd", "+46701740606")
    await town.runtime.pool.execute("UPDATE person SET name = 'Anna Elsa' WHERE phone = '+46701740606'")
    await town.runtime.pool.execute("UPDATE person SET protected = true WHERE name = 'Anna Vik'")
    async with town.signed_in("area-lead", area="granna") as lead:
        page = await lead.sees(f"/board/{code}", without=("Anna Vik", "Anna Lind", other))
        assert "Anna Berg · 070-123 45 01" in page
        for number in ("070-123 45 02", "070-123 45 03", "070-174 06 06", "+46701110001"):
            await lead.sends(f"/board/{code}/assign", "Ingen har det numret", who=number, status=422)
        await lead.sends(f"/board/{code}/assign", "Ingen heter så", who="Anna Lind", status=422)
        await lead.sends(f"/board/{code}/assign", "får veta det nu", who="Anna")


async def test_what_a_resident_asks_for_elsewhere_is_not_told(town: Town) -> None:
    code = await asks(town)
    async with town.signed_in() as karin, town.signed_in("area-lead", area="granna") as lead:
        await karin.sends(f"/board/{code}/split", text="och hämta hunden", category="pharmacy", area="bankeryd")
        (new,) = {t["code"] for t in (await town.api("GET", "tasks?area=bankeryd"))["tasks"]}
        await karin.sees(f"/board/{code}", "och hämta hunden")
        await lead.sees(f"/board/{code}", without=("och hämta hunden",))
        await lead.sees(f"/board/{new}", status=404)


async def test_a_task_that_leaves_the_area_while_the_lead_reads_it_is_gone_in_few_words(town: Town) -> None:
    """The drawer gets a line and not a whole page with its navigation."""
    code = await asks(town)
    async with town.signed_in() as karin, town.signed_in("area-lead", area="granna") as lead:
        await lead.sees(f"/board/{code}", "Kan någon handla mat")
        await karin.sends(f"/board/{code}/change", "Ärendet är ändrat", area="bankeryd", place="")
        async with lead.web.get(f"{town.base}/board/{code}", headers={"HX-Request": "true"}) as response:
            assert response.status == 404
            part = await response.text()
        assert "Här finns ingenting" in part
        assert "<header" not in part
        assert "data-close" in part
