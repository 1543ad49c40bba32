"""Service groups that keep office hours: what is ordinary waits for the opening, and nothing stands unseen meanwhile."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.conftest import NetworkChange, Town

ELSA = "+46701000001"
OFFICE = "mon-fri 08:00-16:30"
WEEKEND = "+46701110009"


@pytest.fixture
def hours() -> dict[str, str]:
    """The office hours of each service group."""
    return {"service-municipal": OFFICE, "service-enterprise": OFFICE}


@pytest.fixture
def first() -> dict[str, str]:
    """Which category names which group."""
    return {}


@pytest.fixture
def change_network(hours: dict[str, str], first: dict[str, str]) -> NetworkChange:
    def change(raw: dict[str, Any]) -> None:
        for group in raw["group"]:
            group["office_hours"] = hours.get(group["key"], "")
        for category in raw["category"]:
            if category["key"] in first:
                category["service"] = first[category["key"]]

    return change


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Stockholm"))


async def at(town: Town, moment: datetime) -> None:
    """The clock is moved while nothing is on its way."""
    town.clock.move_to(moment.astimezone(UTC))
    await town.settle()


async def until(town: Town, moment: datetime) -> None:
    """Everything happens until then."""
    await town.forward(seconds=(moment - town.clock.now()).total_seconds())


async def test_over_christmas_it_waits_for_monday_and_a_coordinator_knows(town: Town) -> None:
    """Wednesday 23 December 2026, half past four: nobody is there before Monday the 28th at eight."""
    await at(town, local(2026, 12, 23, 16, 31))
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat, Tenhult")
    await elsa.expects("letar")
    number = await town.coordinator.offer("stängt till mån 28/12 kl 08:00", "Tenhult", "handla mat")
    town.service_group.hears_nothing()
    task = await town.task()
    assert (task["state"], task["step"]) == ("open", "service")
    assert task["deadline_at"] == task["service_opens_at"] == "2026-12-28T08:00:00+01:00"
    async with town.signed_in("coordinator") as siv:
        await siv.sees("/board", "Hos servicegruppen från måndag 28 december kl 8")
        await siv.sees(f"/board/{task['code']}", "Servicegrupperna har stängt", "måndag 28 december kl 8")
    await until(town, local(2026, 12, 28, 7, 59))
    town.service_group.hears_nothing()
    town.coordinator.hears_nothing()  # told once
    await until(town, local(2026, 12, 28, 8, 1))
    theirs = await town.service_group.offer("Tenhult")
    await town.enterprise.offer("Tenhult")
    await town.service_group.sends(f"OK {theirs}")
    await town.service_group.expects("är ditt")
    for other in (town.enterprise, town.coordinator):
        await other.expects("redan omhändertaget", *([f"nr {number}"] if other == town.coordinator else []))
    await elsa.expects("tar hand om")


async def test_a_coordinator_may_take_what_waits(town: Town) -> None:
    await at(town, local(2026, 12, 23, 17))
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    number = await town.coordinator.offer("stängt till")
    await town.coordinator.sends(f"OK {number} imorgon 10")
    await town.coordinator.expects("torsdag 24 december kl 10")
    await town.phone(ELSA).expects("torsdag 24 december kl 10")
    assert (await town.task())["state"] == "with_service"


async def test_the_weekend_administration_hears_of_it_in_place_of_the_coordinators(town: Town) -> None:
    """If somebody of the staff is in that group, and on duty."""
    await town.import_people(
        "name,phone,area,group,skills,languages,telegram_id,role,organisation\n"
        f"Wiva,{WEEKEND},,weekend,,,,coordinator,Helgadministration\n"
        "Volle,+46701110010,,weekend,,,,volunteer,\n"
    )
    await at(town, local(2026, 11, 27, 18))  # a Friday
    town.ignore(town.phone("+46701110010"))
    await town.phone(ELSA).sends("behöver hjälp med stödstrumporna, bor i Tenhult")
    await town.phone(ELSA).expects("kommunens servicegrupp", "De öppnar mån 30/11 kl 08:00")
    await town.phone(WEEKEND).offer("stängt till mån 30/11")
    town.coordinator.hears_nothing()


async def test_over_a_night_nobody_else_is_told(town: Town) -> None:
    """The office opens in the morning as always: the ladder's clock goes on then."""
    await at(town, local(2026, 11, 25, 17))  # a Wednesday
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    town.coordinator.hears_nothing()
    assert (await town.task())["deadline_at"] == "2026-11-26T08:00:00+01:00"
    await until(town, local(2026, 11, 26, 8, 29))
    await town.service_group.offer("Tenhult")
    await town.enterprise.offer("Tenhult")
    town.coordinator.hears_nothing()
    await town.forward(minutes=2)
    await town.coordinator.offer("Tenhult")
    town.ignore(town.service_group, town.enterprise)


async def test_asked_shortly_before_closing(town: Town) -> None:
    """A quarter of an hour is left on Friday, the rest of the half hour passes on Monday; the weekend is not theirs, but somebody
    knows."""
    await at(town, local(2026, 11, 27, 16, 15))
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    for group in (town.service_group, town.enterprise):
        await group.offer("Tenhult")
    await town.forward(minutes=14)
    town.coordinator.hears_nothing()
    await town.forward(minutes=2)
    number = await town.coordinator.offer("stängt till mån 30/11 kl 08:00")
    await until(town, local(2026, 11, 30, 8, 1))
    for group in (town.service_group, town.enterprise):
        await group.offer("Ingen har svarat än")
    town.coordinator.hears_nothing()
    await until(town, local(2026, 11, 30, 8, 16))
    assert await town.coordinator.offer("Ingen har svarat än") == number
    town.ignore(town.service_group, town.enterprise)


@pytest.mark.parametrize("urgent", ["bråttom, måste ha min hjärtmedicin i natt, bor i Tenhult"])
async def test_what_is_urgent_does_not_wait(town: Town, urgent: str) -> None:
    await at(town, local(2026, 12, 23, 20))
    town.ignore(town.enterprise)
    await town.phone(ELSA).sends(urgent)
    await town.phone(ELSA).expects("letar")
    await town.service_group.offer("BRÅTTOM")
    await town.forward(minutes=31)
    await town.coordinator.offer("BRÅTTOM")
    town.ignore(town.service_group, town.coordinator)


async def test_a_question_goes_on_to_the_coordinator(town: Town) -> None:
    """A human's matter does not wait for an office: the coordinators are asked again and again."""
    await at(town, local(2026, 11, 27, 17))
    await town.phone(ELSA).sends("Kan ni ringa mig?")
    town.ignore(town.phone(ELSA))
    await town.coordinator.offer()
    await town.forward(minutes=92)
    for _ in range(6):
        await town.coordinator.offer("Ingen har svarat än")
    town.service_group.hears_nothing()


@pytest.mark.parametrize("hours", [{"service-municipal": OFFICE}])
async def test_of_two_groups_the_open_one_is_asked_and_the_other_joins(town: Town) -> None:
    """The enterprise is always there; the municipality joins in the morning, for still nobody has answered."""
    await at(town, local(2026, 11, 25, 18))
    town.ignore(town.coordinator)
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    await town.enterprise.offer("Tenhult")
    town.service_group.hears_nothing()
    town.ignore(town.enterprise)
    await until(town, local(2026, 11, 26, 7, 59))
    town.service_group.hears_nothing()
    await until(town, local(2026, 11, 26, 8, 14))
    number = await town.service_group.offer("Tenhult")
    await town.service_group.sends(f"OK {number}")
    await town.service_group.expects("är ditt")
    await town.phone(ELSA).expects("tar hand om")


async def test_what_is_taken_on_friday_is_not_asked_about_on_saturday(town: Town) -> None:
    """A day is a working day: half an hour of it is on Friday, the rest on Monday."""
    await at(town, local(2026, 11, 27, 16))
    town.ignore(town.enterprise, town.phone(ELSA))
    await town.phone(ELSA).sends("handla mat, Tenhult")
    number = await town.service_group.offer("Tenhult")
    await town.service_group.sends(f"OK {number}")
    await town.service_group.expects("är ditt")
    assert (await town.task())["deadline_at"] == "2026-11-30T16:00:00+01:00"
    await until(town, local(2026, 11, 30, 15, 59))
    town.service_group.hears_nothing()
    await town.forward(minutes=2)
    await town.service_group.expects("Hur går det")
    await until(town, local(2026, 12, 1, 16, 1))
    await town.service_group.offer("Tenhult")
    assert (await town.task())["state"] == "open"


@pytest.mark.parametrize("hours", [{}])
@pytest.mark.parametrize("first", [{"groceries": "service-enterprise"}])
async def test_the_group_that_the_category_names_is_asked_first(town: Town) -> None:
    """The others after its acknowledge time, and the coordinator after another; at once when it says no."""
    town.ignore(town.phone(ELSA))
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.enterprise.offer("Tenhult")
    async with town.signed_in("coordinator") as siv:
        await siv.sees("/board", "Servicegrupp socialt företag", "Frågade:")
    await town.forward(minutes=29)
    town.service_group.hears_nothing()
    await town.forward(minutes=2)
    await town.service_group.offer("Tenhult")
    await town.enterprise.offer("Ingen har svarat än")
    town.coordinator.hears_nothing()
    await town.forward(minutes=30)
    await town.coordinator.offer("Tenhult")
    town.ignore(town.service_group, town.enterprise, town.coordinator)
    await town.phone("+46701000002").sends("handla mat, Tenhult")
    town.ignore(town.phone("+46701000002"))
    other = town.unread(town.enterprise.number)[-1].rsplit("Svara OK ", 1)[1].split()[0]
    before = len(town.unread(town.service_group.number))
    await town.enterprise.sends(f"KAN INTE {other}")
    assert "Svara OK" in town.unread(town.service_group.number)[before]


@pytest.mark.parametrize("hours", [{}])
@pytest.mark.parametrize("first", [{"groceries": "service-enterprise"}])
async def test_the_named_group_says_no_and_nobody_is_in_the_other(town: Town) -> None:
    """Then the coordinator is asked at once."""
    await town.runtime.pool.execute("DELETE FROM group_member WHERE group_key = 'service-municipal'")
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    await town.enterprise.sends(f"KAN INTE {await town.enterprise.offer('Tenhult')}")
    await town.enterprise.expects("Tack för svaret")
    await town.coordinator.offer("Tenhult")
    town.enterprise.hears_nothing()


async def test_next_step_now_ends_the_wait(town: Town) -> None:
    """A coordinator who wants it done sends it on."""
    await at(town, local(2026, 11, 25, 17))
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    await town.api("POST", f"tasks/{(await town.task())['code']}/escalate")
    await town.settle()
    await town.coordinator.offer("Tenhult")
    town.service_group.hears_nothing()
    town.ignore(town.coordinator)
