"""A household where somebody is infected: left at the door, with a list of what to do, and nobody told what it is."""

from datetime import date

from tests.acceptance.conftest import Town
from tests.acceptance.test_task_link import link_of

ELSA = "+46701000001"


async def test_it_is_left_at_the_door(town: Town) -> None:
    """Known before a yes; after it what to do, in the SMS in short and on the page to tick. Never a diagnosis."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await elsa.sends("Jag har fått covid. Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    text = (offered := town.unread(anna.number))[0]
    number = await anna.offer("handla mat", "lämnas vid dörren")
    assert "covid" not in text.casefold() and len(offered) == 1
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sees(link, "lämnas vid dörren, ingen går in", without=("covid", "Tvätta händerna"))
        await anna.sends(f"JA {number}")
        await anna.expects(ELSA, "Lämna vid dörren, gå inte in", "/t/")
        await elsa.expects("Anna")
        page = await browser.sees(link, "Checklista", "Tvätta händerna efteråt", "Spara kvittot och fotografera det")
        assert 'name="i-infection-1" value="1">' in page
        ticks = {"i-infection-1": "1", "i-groceries-2": "1"}
        page = await browser.sends(link, "Förkryssat", action="tick", csrf="", **ticks)
        assert 'name="i-infection-1" value="1" checked>' in page
        assert 'name="i-infection-2" value="1">' in page
        await browser.sends(link, action="tick", csrf="", **{"i-made-up": "1"}, status=422)
    task = await town.task()
    assert (task["leave_at_door"], task["routine"]) == (True, None)
    events = await town.api("GET", "events")
    assert "covid" not in str(events).casefold()


async def test_staff_know_until_when(town: Town) -> None:
    """A day on the person's page: until it has passed, company is the municipality's, and shopping is left at the door."""
    anna, elsa = await town.volunteer("Anna Berg", "granna", skills="vetted"), town.phone(ELSA)
    need = {"phone": elsa.number, "name": "Elsa Dahl", "category": "groceries", "area": "granna", "infected_until": "2020-04-10"}
    await town.api("POST", "needs", need, status=201)
    await town.settle()
    await elsa.expects("letar")
    await anna.offer("handla mat", "lämnas vid dörren")
    await town.api("POST", "needs", {**need, "category": "company"}, status=201)
    await town.settle()
    await elsa.expects("går volontärer inte in")
    await town.service_group.offer("Smitta i hemmet")
    await town.enterprise.offer("Smitta i hemmet")
    person = await town.runtime.pool.fetchrow("SELECT id, infected_until FROM person WHERE phone = $1", ELSA)
    assert person["infected_until"] == date(2020, 4, 10)
    async with town.signed_in() as karin:
        await karin.sees(f"/people/{person['id']}/edit", "Hushållet smittat till och med", "2020-04-10")
    town.ignore(town.service_group, town.enterprise, town.coordinator, elsa, anna)
    await town.forward(days=3)
    made = await town.api("POST", "needs", {"phone": elsa.number, "category": "pet", "area": "granna"}, status=201)
    assert made["leave_at_door"] is False


async def test_a_helper_hears_of_it_afterwards(town: Town) -> None:
    """An operator is told by telephone: whoever has the task is told to leave it at the door."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    await anna.sends(f"JA {await anna.offer('handla mat')}")
    await anna.expects(ELSA)
    await elsa.expects("Anna")
    code = (await town.task())["code"]
    async with town.signed_in("operator") as olle:
        await olle.sends(f"/board/{code}/change", "Ärendet är ändrat", infection="yes")
        await anna.expects("Ändrat", "lämnas vid dörren")
        await olle.sees(f"/board/{code}", "lämnas vid dörren, ingen går in", "om hushållet är smittat")
