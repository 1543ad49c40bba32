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
    for phone in (anna, bo):
        await phone.expects("Tack")
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


async def a_pair(town: Town) -> tuple[Phone, Phone, Phone, str, int]:
    """Anna, who leads, and Bo have it. All that was said until then has been read. Returns the code, and Anna's number."""
    (anna, bo), elsa, code = await asked(town, "Anna Berg", "Bo Ek")
    number = await says_yes(anna)
    await anna.expects("söker 1 till")
    await says_yes(bo)
    for phone in (anna, bo):
        await phone.expects("Du hjälper")
    await anna.expects("Du leder")
    await bo.expects("Anna leder")
    await elsa.expects("Anna och Bo kommer")
    return anna, bo, elsa, code, number


async def test_somebody_who_is_given_a_full_task_takes_one_place_of_it(town: Town) -> None:
    """The pair stays a pair: the last in line is thanked, the lead keeps it."""
    anna, bo, elsa, code, _ = await a_pair(town)
    town.ignore(elsa)
    cia = await town.volunteer("Cia Dal", "granna")
    async with town.signed_in() as karin:
        await karin.sends(f"/board/{code}/assign", "2 av 2 har sagt ja", seen="999999", who=f"Cia Dal · {cia.number}")
    await bo.expects("någon annan gör det nu")
    for phone in (anna, cia):
        await phone.expects("Du hjälper")
    await anna.expects("Du leder", "Cia")
    await cia.expects("Anna leder")
    task = await town.task()
    assert (task["state"], [t["name"] for t in task["takers"]]) == ("taken", ["Anna Berg", "Cia Dal"])


async def test_nobody_fills_two_places(town: Town) -> None:
    """Whoever waits for others cannot be asked to be the other one."""
    (anna, bo), elsa, code = await asked(town, "Anna Berg", "Bo Ek")
    town.ignore(bo)
    await says_yes(anna)
    await anna.expects("söker 1 till")
    await town.api("POST", f"tasks/{code}/offer", {"person": anna.number}, status=409)
    await town.api("POST", f"tasks/{code}/assign", {"person": anna.number}, status=409)
    assert (await town.task())["state"] == "open"
    elsa.hears_nothing()


async def test_what_is_too_much_for_one_of_two_is_too_much_for_both(town: Town) -> None:
    """The other one is told, who has the address and would go there alone."""
    anna, bo, elsa, code, _ = await a_pair(town)
    await town.api("POST", f"tasks/{code}/need_service", {"person": bo.number, "text": "för tungt"})
    await town.settle()
    await bo.expects("servicegrupp tar över")
    await anna.expects("någon annan gör det nu")
    await elsa.expects("servicegrupp tar över")
    await town.service_group.expects(code)
    await town.enterprise.expects(code)


async def test_one_of_two_who_was_silent_is_welcome_again(town: Town) -> None:
    """PÅ VÄG from one alone: a place is filled, and nobody goes before there are two."""
    anna, bo, elsa, _, number = await a_pair(town)
    town.ignore(bo, elsa, town.coordinator, town.service_group, town.enterprise)
    await town.forward(hours=8, minutes=5)
    await anna.expects("Hur går det")
    await anna.sends(f"PÅ VÄG {number}")
    await anna.expects("söker 1 till", "Gå inte dit ensam")
    task = await town.task()
    assert (task["state"], [t["name"] for t in task["takers"]]) == ("open", ["Anna Berg"])


async def test_what_two_have_done_counts_for_both(town: Town) -> None:
    anna, bo, elsa, _, number = await a_pair(town)
    await anna.sends(f"KLAR {number}")
    for phone in (anna, bo):
        await phone.expects("Tack för hjälpen")
    await elsa.expects("Fick du hjälp")
    helped = "SELECT helped_total FROM person WHERE phone = ANY ($1) ORDER BY phone"
    rows = await town.runtime.pool.fetch(helped, [anna.number, bo.number])
    assert [row["helped_total"] for row in rows] == [1, 1]


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
