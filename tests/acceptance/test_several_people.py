"""Tasks that several do together: nobody goes alone, one leads, whoever cannot is replaced; and helpers who do not come."""

import asyncio
from typing import Any

import pytest

from tests.acceptance.conftest import NetworkChange, Phone, Town

ELSA = "+46701000001"


@pytest.fixture
def change_network() -> NetworkChange:
    """What is done at home is done in pairs."""

    def change(raw: dict[str, Any]) -> None:
        next(c for c in raw["category"] if c["key"] == "home")["people"] = 2

    return change


async def asked(town: Town, *names: str, **need: Any) -> tuple[list[Phone], Phone, str]:
    """Elsa needs a wardrobe moved; the volunteers of Gränna have been asked."""
    helpers, elsa = [await town.volunteer(name, "granna") for name in names], town.phone(ELSA)
    told = {"phone": ELSA, "category": "home", "area": "granna", "text": "Flytta ett skåp", "address": "Storgatan 4", **need}
    code = (await town.api("POST", "needs", told, status=201))["code"]
    await town.settle()
    await elsa.expects("letar")
    return helpers, elsa, str(code)


async def says_yes(phone: Phone) -> int:
    number = await phone.offer()
    await phone.sends(f"JA {number}")
    return number


async def test_two_go_together_and_one_of_them_leads(town: Town) -> None:
    (anna, bo, cia), elsa, code = await asked(town, "Anna Berg", "Bo Ek", "Cia Dal")
    number = await says_yes(anna)
    text = await anna.expects("behövs 2 personer", "söker 1 till", "Gå inte dit ensam")
    assert "Storgatan" not in text
    elsa.hears_nothing()
    assert (await town.task())["state"] == "open"
    await anna.sends(f"PÅ VÄG {number}")
    await anna.expects("Gå inte dit ensam")
    await anna.sends(f"KLAR {number}")
    await anna.expects("Gå inte dit ensam")
    await says_yes(bo)
    for phone in (anna, bo):
        await phone.expects("Du hjälper", "Storgatan 4")
    await anna.expects("Du leder", "Bo", bo.number)
    await bo.expects("Anna leder", anna.number)
    await elsa.expects("Anna och Bo kommer", "Anna säger kodordet")
    await cia.offer()
    await cia.expects("behövs inte längre")
    task = await town.task()
    assert (task["state"], task["people"], len(task["takers"])) == ("taken", 2, 2)
    async with town.signed_in() as karin:
        await karin.sees(f"/board/{code}", "2 av 2 har sagt ja")
    await anna.sends(f"KLAR {number}")
    await anna.expects("Tack")
    await elsa.expects("Fick du hjälp")
    assert (await town.task())["state"] == "done"


async def test_the_last_place_goes_to_one(town: Town) -> None:
    helpers, elsa, _ = await asked(town, "Anna Berg", "Bo Ek", "Cia Dal")
    town.ignore(elsa, *helpers)
    numbers = [await phone.offer() for phone in helpers]
    await asyncio.gather(*[phone.sends(f"JA {n}") for phone, n in zip(helpers, numbers, strict=True)])
    task = await town.task()
    assert (task["state"], len(task["takers"])) == ("taken", 2)


async def test_one_of_two_cannot_and_another_is_looked_for(town: Town) -> None:
    (anna, bo), elsa, _ = await asked(town, "Anna Berg", "Bo Ek")
    number = await says_yes(anna)
    await anna.expects("söker 1 till")
    await says_yes(bo)
    town.read.update({phone.number: len([t for t in town.carrier.texts if t.to == phone.number]) for phone in (anna, bo, elsa)})
    cia = await town.volunteer("Cia Dal", "granna")
    await anna.sends(f"KAN INTE {number}")
    await anna.expects("Tack")
    await elsa.expects("Anna kan tyvärr inte komma")
    await bo.expects("inte längre tillräckligt många", "söker 1 till")
    await says_yes(cia)
    await cia.expects("Du hjälper")
    await bo.expects("Du hjälper")
    await bo.expects("Du leder", "Cia")  # who has been there longest leads now
    await cia.expects("Bo leder")
    await elsa.expects("Bo och Cia kommer")


async def test_whoever_waits_may_change_their_mind(town: Town) -> None:
    (anna, bo), elsa, _ = await asked(town, "Anna Berg", "Bo Ek")
    await bo.offer()
    number = await says_yes(anna)
    await anna.expects("söker 1 till")
    await anna.sends(f"KAN INTE {number}")
    await anna.expects("Tack")
    elsa.hears_nothing()
    bo.hears_nothing()
    assert len((await town.task())["takers"]) == 0


async def test_when_only_one_is_found_the_service_group_gets_it(town: Town) -> None:
    (anna,), elsa, _ = await asked(town, "Anna Berg")
    await says_yes(anna)
    await anna.expects("söker 1 till")
    await town.forward(minutes=95)
    number = await town.service_group.offer("Praktiskt i hemmet")
    town.ignore(town.enterprise, town.service_group, town.coordinator, elsa)
    await town.service_group.sends(f"OK {number}")
    await anna.expects("någon annan")
    task = await town.task()
    assert (task["state"], len(task["takers"])) == ("with_service", 1)


async def test_staff_say_how_many_it_needs_and_who_leads(town: Town) -> None:
    (anna, bo), elsa, code = await asked(town, "Anna Berg", "Bo Ek", category="groceries")
    town.ignore(elsa)
    await says_yes(anna)
    await anna.expects("Du hjälper")
    await bo.offer()
    await bo.expects("behövs inte längre")
    async with town.signed_in() as karin:
        await karin.sends(f"/board/{code}/people", status=422, people="0")
        await karin.sends(f"/board/{code}/people", "Noterat hur många", "1 av 2 har sagt ja", people="2")
        await anna.expects("söker 1 till")
        await says_yes(bo)
        for phone in (anna, bo):
            await phone.expects("Du hjälper")
        await anna.expects("Du leder")
        await bo.expects("Anna leder")
        await karin.sends(f"/board/{code}/lead", "får veta vem som leder", who=f"Bo Ek · {bo.number}")
        await bo.expects("Du leder")
        await anna.expects("Bo leder")
        await karin.sends(f"/board/{code}/people", status=422, people="1")  # two have said yes
    await town.api("POST", f"tasks/{code}/lead", {"person": ELSA}, status=409)


async def test_the_link_says_that_others_are_looked_for(town: Town) -> None:
    (anna,), elsa, _ = await asked(town, "Anna Berg")
    await says_yes(anna)
    await anna.expects("söker 1 till")
    link = town.runtime.links.task(await town.runtime.pool.fetchval("SELECT id FROM offer"))
    assert link is not None
    path = link.split("/t/")[1]
    async with town.at_a_browser() as somebody:
        await somebody.sees(f"/t/{path}", "Du har sagt ja", "Gå inte dit ensam", without=("Storgatan",))
    elsa.hears_nothing()


# Who does not come


async def test_a_helper_who_is_silent_is_replaced_by_the_next(town: Town) -> None:
    (anna, bo), elsa, code = await asked(town, "Anna Berg", "Bo Ek", category="groceries")
    number = await says_yes(anna)
    await anna.expects("Du hjälper")
    await elsa.expects("Anna")
    await bo.offer()
    await bo.expects("behövs inte längre")
    await town.forward(hours=4)
    await anna.expects("Hur går det", f"KAN INTE {number}")
    await town.forward(hours=4)
    await town.coordinator.offer("Volontären hör inte av sig")
    bo.hears_nothing()  # the coordinator may know what to do
    await town.forward(minutes=16)
    await bo.offer("handla mat")
    town.ignore(town.coordinator, town.service_group, town.enterprise)
    async with town.signed_in() as karin:
        await karin.sees("/board", code, "Hjälparen har inte hörts av")
        person = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", anna.number)
        await karin.sees(f"/people/{person}", "Hördes inte av", "1")
    await anna.sends(f"KLAR {number}")  # after all
    await anna.expects("Tack")
    await bo.expects("behövs inte längre")
    await elsa.expects("Fick du hjälp")
