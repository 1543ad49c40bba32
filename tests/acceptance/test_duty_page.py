"""Who is on duty, on a page: staff see holes and fill them, an area's lead the own area's; volunteers sign up by a link."""

import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.shifts import sign_up
from dispatch.slots import SlotKey
from tests.acceptance.conftest import NetworkChange, Phone, Town

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.fixture
def change_network() -> NetworkChange:
    """The emergency group's evenings, needed by two; Gränna's Thursday nights. Gränna is led by a church."""

    def change(raw: dict[str, Any]) -> None:
        next(area for area in raw["area"] if area["key"] == "granna")["lead"] = "Equmeniakyrkan Gränna"
        raw["shift"] = [
            {"group": "emergency", "days": "daily", "from": "17:00", "to": "21:00", "needed": 2},
            {"area": "granna", "days": "thu", "from": "22:00", "to": "06:00", "needed": 1},
        ]

    return change


@pytest.fixture(autouse=True)
def coordinators_hear_of_holes(town: Town) -> None:
    """Who hears of holes is another story."""
    town.ignore(town.coordinator)


def key(day: int, hour: int = 17, group: str = "emergency") -> SlotKey:
    return group, datetime(2020, 4, day, hour, tzinfo=STOCKHOLM).astimezone(UTC)


def at(slot: SlotKey) -> dict[str, str]:
    """The fields of a form about a shift."""
    return {"group": slot[0], "at": str(int(slot[1].timestamp()))}


def panel(slot: SlotKey) -> str:
    return "/duty/slot?" + "&".join(f"{name}={value}" for name, value in at(slot).items())


async def who(town: Town, phone: Phone) -> int:
    found = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", phone.number)
    assert isinstance(found, int)
    return found


async def on(town: Town, phone: Phone, slot: SlotKey) -> Any:
    return await sign_up(town.runtime.office, await who(town, phone), slot, town.clock.now())


async def two(town: Town) -> tuple[Phone, Phone]:
    """Two volunteers of the emergency group."""
    return await town.volunteer("Anna Berg", group="emergency"), await town.volunteer("Bo Ek", group="emergency")


async def happened(town: Town) -> list[str]:
    rows = await town.runtime.pool.fetch("SELECT kind FROM events WHERE kind ~ '^(shift|rota|stand_in)' ORDER BY id")
    return [row["kind"] for row in rows if row["kind"] != "shift.hole_told"]


async def test_a_coordinator_sees_holes_and_fills_them(town: Town) -> None:
    """Easter is named at its days; a hole within 48 hours says so in words; whoever is put on hears of it."""
    anna, bo = await two(town)
    await on(town, anna, key(8))
    bo_id = str(await who(town, bo))
    async with town.signed_in() as staff:
        page = await staff.sees("/duty", "Akutgrupp", "Långfredagen", "Annandag påsk", "1 saknas", "2 saknas")
        assert page.count("mark hole") == 2  # tonight, tomorrow
        await staff.sees(panel(key(8)), "Anna Berg", "070-123 45 01", "1 av 2 är anmälda", "Lediga då", "Bo Ek")
        await staff.sends("/duty/put-on", "Klart", "2 av 2 är anmälda", **at(key(8)), person=bo_id)
        await bo.expects("Akutgrupp", "ons 8/4 kl 17")
        page = await staff.sees("/duty")
        assert page.count("mark hole") == 1
        await staff.sends("/duty/take-off", "Klart", "1 av 2 är anmälda", **at(key(8)), person=bo_id)
        await bo.expects("Akutgrupp", "behöver inte komma")
    assert await happened(town) == ["shift.taken", "shift.taken", "shift.left"]


async def test_two_at_once_and_what_cannot_be(town: Town) -> None:
    """A colleague was faster, the shift is full, the person cannot: each is said kindly on the shift's own page."""
    anna, bo = await two(town)
    cia = await town.volunteer("Cia Dal", group="emergency")
    dag = await town.volunteer("Dag Alm", "bankeryd")
    await on(town, anna, key(9))
    async with town.signed_in() as staff:
        person = {name: str(await who(town, phone)) for name, phone in (("anna", anna), ("bo", bo), ("cia", cia), ("dag", dag))}
        await staff.sends("/duty/put-on", "redan ett pass då", status=409, **at(key(9)), person=person["anna"])
        await staff.sends("/duty/put-on", "inte med i Akutgrupp", status=409, **at(key(9)), person=person["dag"])
        await staff.sends("/duty/put-on", "Klart", **at(key(9)), person=person["bo"])
        await bo.expects("Akutgrupp")
        await staff.sends("/duty/put-on", "passet är fullt", status=409, **at(key(9)), person=person["cia"])
        await staff.sends("/duty/take-off", "inte på passet längre", status=409, **at(key(9)), person=person["cia"])
        await staff.sends("/duty/put-on", "Något saknas", status=422, **at(key(9)), person="nobody")
        await staff.sees("/duty/slot?group=emergency&at=17", status=404)
        await staff.sends("/duty/jump", status=404, **at(key(9)))


async def test_a_date_is_cancelled_and_comes_back_with_more(town: Town) -> None:
    anna, _ = await two(town)
    await on(town, anna, key(10))
    async with town.signed_in() as staff:
        await staff.sends("/duty/cancel", "Passet är inställt", **at(key(10)))
        await anna.expects("inställt")
        await staff.sees("/duty", "inställt")
        await staff.sends("/duty/needed", "0 av 3 är anmälda", **at(key(10)), needed="3")
        await staff.sends("/duty/extra", "Klart", group="emergency", day="2020-04-11", begins="09:00", ends="12:30", needed="1")
        await staff.sees("/duty", "09–12:30")
        wrong = {"group": "emergency", "day": "2020-04-11", "begins": "11:00", "ends": "12:00", "needed": "1"}
        await staff.sends("/duty/extra", "redan ett pass då", status=409, **wrong)


async def test_a_rota_repeats_and_somebody_stands_in(town: Town) -> None:
    anna, bo = await two(town)
    ids = {"anna": str(await who(town, anna)), "bo": str(await who(town, bo))}
    group = {"group": "emergency"}
    async with town.signed_in() as staff:
        turns = {"turn-1-1": ids["anna"], "turn-2-1": ids["bo"], "every": "1", "first_on": "2020-04-09"}
        await staff.sends("/duty/rota", "Klart", "Anna Berg → Bo Ek", **group, **turns, begins="17:00")
        await anna.expects("Akutgrupp")
        await bo.expects("Akutgrupp")
        await staff.sees(panel(key(9)), "Anna Berg", "1 av 2")
        away = {"absent": ids["anna"], "comes": ids["bo"], "first_on": "2020-04-11", "last_on": "2020-04-12"}
        await staff.sends("/duty/stand-in", "Bo Ek för Anna Berg", **group, **away)
        await anna.expects("Akutgrupp")
        await bo.expects("Akutgrupp")
        await staff.sees(panel(key(11)), "Bo Ek")
        await staff.sends("/duty/stand-in", "redan ersättare", status=409, **group, **away)
        await staff.sends("/duty/rota", "Något saknas", status=422, **group, every="7", first_on="2020-04-09")
        rota, stand_in = [await town.runtime.pool.fetchval(f"SELECT id FROM {t}") for t in ("rota", "stand_in")]
        await staff.sends("/duty/end-stand-in", "Klart", **group, stand_in=str(stand_in))
        await staff.sends("/duty/end-rota", "Klart", **group, rota=str(rota), last_on="2020-04-09")
        await anna.expects("Akutgrupp")
        await bo.expects("Akutgrupp")
        await staff.sends("/duty/end-stand-in", "redan avslutat", status=404, **group, stand_in=str(stand_in))
        told = ("Ett schema gjordes, från torsdag 9 april", "Bo Ek är ersättare för Anna Berg", "Av Coordinator")
        await staff.sees("/duty/group/emergency", *told, "Bo Ek tog över passet lördag 11 april 17–21 från Anna Berg")
    assert {"rota.made", "stand_in.made", "stand_in.ended", "rota.ended"} <= set(await happened(town))


async def test_a_lead_has_the_own_area_only(town: Town) -> None:
    """Gränna's lead sees Gränna's nights and nobody with a protected identity; the emergency group does not exist there."""
    eva = await town.volunteer("Eva Lind", "granna")
    await town.volunteer("Siv Gömd", "granna")
    await town.runtime.pool.execute("UPDATE person SET protected = true WHERE name = 'Siv Gömd'")
    anna, _ = await two(town)
    night = key(9, 22, "area:granna")
    async with town.signed_in("area-lead", area="granna") as lead:
        await lead.sees("/duty", "Gränna", "22–06", "Equmeniakyrkan Gränna", without=("Akutgrupp", "Bankeryd", "Siv Gömd"))
        await lead.sees(panel(night), "Eva Lind", without=("Siv Gömd",))
        await lead.sees(panel(key(9)), status=404)
        await lead.sees("/duty/group/emergency", status=404)
        await lead.sends("/duty/put-on", status=404, **at(key(9)), person=str(await who(town, anna)))
        await lead.sends("/duty/calendar", status=404, group="emergency")
        await lead.sends("/duty/put-on", "Klart", **at(night), person=str(await who(town, eva)))
        await eva.expects("Gränna")
    async with town.signed_in("service", group="service-municipal") as service:
        await service.sees("/duty", status=403)


async def test_who_is_on_duty_now_and_what_groups_do(town: Town) -> None:
    anna, _ = await two(town)
    await town.volunteer("Eva Lind", "granna")
    async with town.signed_in("operator") as staff:
        await staff.sees("/duty", "Alla i:", "grupper har ingen", "tills någon anmäler sig till ett pass", "Steg 2: Allt annat")
        await on(town, anna, key(8))
        page = await staff.sees("/duty", "Ingen, mellan två pass")
        await town.forward(hours=8.5)
        await anna.expects("Snart börjar")
        await anna.expects("Nu börjar")
        page = await staff.sees("/duty", "Anna Berg")
        assert date(2020, 4, 8) == town.runtime.network.local_date(town.clock.now())
        assert "Ingen, mellan två pass" not in page


async def test_a_volunteer_signs_up_by_link(town: Town) -> None:
    """Without an account: sign up, ask to swap, take over, leave; and kind words when somebody was faster."""
    anna, bo = await two(town)
    links = town.runtime.links
    of_anna, of_bo = f"/rota/{links.rota_token(await who(town, anna))}", f"/rota/{links.rota_token(await who(town, bo))}"
    async with town.at_a_browser() as web:

        async def press(path: str, action: str, *words: str, status: int = 200, **fields: str) -> str:
            return await web.sends(path, *words, status=status, csrf="", action=action, **fields)

        await web.sees(of_anna, "Pass för Anna", "0 av 2 är anmälda", "behövs mest", "Långfredagen", without=("Bo Ek",))
        await press(of_anna, "sign-up", "Tack! Du är med på passet", "ditt", **at(key(9)))
        await press(of_anna, "sign-up", "redan ett pass då", status=409, **at(key(9)))
        shift = str(await town.runtime.pool.fetchval("SELECT id FROM shift"))
        await press(of_anna, "swap", "Kollegor som är lediga tillfrågas", shift=shift)
        await bo.expects("byta bort")
        await web.sees(of_bo, "en kollega vill ge bort det")
        await press(of_bo, "take", "Passet är ditt", shift=shift)
        await anna.expects("har tagit")
        await press(of_anna, "leave", "inte ditt längre", status=409, **at(key(9)))
        await press(of_bo, "leave", "inte med på passet längre", **at(key(9)))
        await press(of_anna, "jump", status=400)
        await press(of_anna, "sign-up", status=404, **at(key(9, 3)))
        await web.sees("/rota/wrong", status=404)
        await web.sees(f"/rota/{links.task_token(await who(town, anna))}", status=404)
        await town.runtime.pool.execute("UPDATE person SET stopped_at = $1 WHERE name = 'Bo Ek'", town.clock.now())
        await web.sees(of_bo, "finns inga pass", status=410)


async def test_the_page_bears_names_that_look_like_code(town: Town) -> None:
    odd = await town.volunteer("<b>Anna</b> &amp", group="emergency")
    await on(town, odd, key(9))
    async with town.signed_in() as staff, staff.web.get(town.base + panel(key(9))) as response:
        raw = await response.text()
    assert "<b>Anna" not in raw
    assert re.search("&lt;b&gt;Anna", raw)


async def test_the_link_comes_with_the_reminder_and_by_a_word(town: Town) -> None:
    """PASS by SMS answers with the link; a reminder has it too. A resident who writes the word gets none."""
    anna, _ = await two(town)
    path = f"/rota/{town.runtime.links.rota_token(await who(town, anna))}"
    await anna.sends("Pass")
    await anna.expects(f"{town.base}{path}")
    await on(town, anna, key(8))
    await town.forward(hours=7.5)
    await anna.expects("Snart börjar", f"Ändra själv: {town.base}{path}")
