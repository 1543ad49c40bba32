"""The rota and staff: holes that are told, people who cannot come, stand-ins, rotas that repeat, and going off."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from dispatch.duty_desk import (
    RotaWish,
    Staff,
    duty_of,
    end_rota,
    end_stand_in,
    make_rota,
    put_on,
    replace_person,
    set_needed,
    take_off,
)
from dispatch.errors import (
    AlreadyOnShift,
    BadRequest,
    CannotComeThen,
    NoSuchRota,
    NoSuchShift,
    NotAMember,
    NotYourGroup,
    Outcome,
    ShiftFull,
    StandsInAlready,
)
from dispatch.rota_watch import run_watch
from dispatch.shifts import sign_off, sign_up
from dispatch.slots import SlotKey
from service.people import sync_network
from tests.acceptance.conftest import NetworkChange, Phone, Town
from tests.acceptance.forgetting import forget

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DESK = Staff(None)


@pytest.fixture
def change_network() -> NetworkChange:
    """The emergency group's evenings, needed by one; the weekend group's, half over them; Gränna's, by two; nights are quiet."""

    def change(raw: dict[str, Any]) -> None:
        raw["network"]["quiet_hours"] = "21:00-07:00"
        raw["shift"] = [
            {"group": "emergency", "days": "daily", "from": "17:00", "to": "21:00", "needed": 1},
            {"group": "weekend", "days": "daily", "from": "19:00", "to": "23:00", "needed": 1},
            {"area": "granna", "days": "daily", "from": "10:00", "to": "14:00", "needed": 2},
        ]

    return change


def at(day: int, hour: int) -> datetime:
    """An hour of an April day."""
    return datetime(2020, 4, day, hour, tzinfo=STOCKHOLM).astimezone(UTC)


def key(day: int, hour: int = 17, group: str = "emergency") -> SlotKey:
    return group, at(day, hour)


async def who(town: Town, phone: Phone) -> int:
    found = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", phone.number)
    assert isinstance(found, int)
    return found


async def on_evenings(town: Town, phone: Phone, *days: int) -> None:
    """Somebody has signed up for these evenings."""
    for day in days:
        await sign_up(town.runtime.office, await who(town, phone), key(day), town.clock.now())


async def rota_of(town: Town, group: str = "emergency") -> dict[int, list[int]]:
    """Who is on the group's coming shifts, by the day of April on which they begin."""
    duty = await duty_of(town.runtime.office, [group], town.clock.now())
    return {c.slot.starts_at.astimezone(STOCKHOLM).day: [s.person_id for s in c.on] for c in duty.slots if not c.cancelled}


def silent(town: Town, *phones: Phone) -> None:
    """What these phones hear is another story's."""
    town.ignore(town.coordinator, *phones)


async def test_a_hole_is_told_once(town: Town) -> None:
    """Two days before, in one message; what begins tonight at once, and nobody who hears of it hears again."""
    anna = await town.volunteer("Anna Berg", group="emergency")
    town.ignore(anna)
    await town.settle()
    town.coordinator.hears_nothing()  # nobody uses the rota yet: everybody is on duty
    await on_evenings(town, anna, 11)
    await town.settle()
    await town.coordinator.expects("Akutgrupp, ons 8/4 kl 17-21", "Så många till behövs: 1", "Andra pass som saknar folk: 1")
    await asyncio.gather(*(run_watch(town.runtime.office, town.clock.now()) for _ in range(3)))
    await town.forward(hours=7)
    town.coordinator.hears_nothing()
    await town.forward(hours=2)
    await town.coordinator.expects("Akutgrupp, fre 10/4 kl 17-21")
    await town.forward(days=1)
    town.coordinator.hears_nothing()  # the evening after is Anna's


async def test_a_lead_hears_first_and_may_fill_the_hole(town: Town) -> None:
    gry, siv = await town.volunteer("Gry Hall", "granna"), await town.volunteer("Siv Ek", "granna")
    town.ignore(gry, siv)
    office, lead = town.runtime.office, town.phone("+46705550001")
    async with town.signed_in("area-lead", "Lisa Lead", area="granna"):
        pass
    account = await town.runtime.pool.fetchval("SELECT person_id FROM account WHERE name = 'Lisa Lead'")
    await town.runtime.pool.execute("UPDATE person SET phone = $2 WHERE id = $1", account, lead.number)
    by = Staff(account, "granna")
    for day in (8, 9, 10):
        await put_on(office, key(day, 10, "area:granna"), await who(town, gry), by, town.clock.now())
    await put_on(office, key(8, 10, "area:granna"), await who(town, siv), by, town.clock.now())
    await town.settle()
    await lead.expects("Gränna", "tors 9/4 kl 10-14", "Så många till behövs: 1")
    town.coordinator.hears_nothing()
    await put_on(office, key(9, 10, "area:granna"), await who(town, siv), by, town.clock.now())
    await town.forward(hours=11)
    await lead.expects("fre 10/4 kl 10-14")
    town.coordinator.hears_nothing()  # the ninth is filled
    await town.forward(hours=14)
    await town.coordinator.expects("fre 10/4 kl 10-14")  # twelve hours later it was night
    await town.forward(hours=1)
    town.ignore(lead, town.coordinator)
    with pytest.raises(NotYourGroup):
        await put_on(office, key(9), await who(town, gry), by, town.clock.now())
    with pytest.raises(NotYourGroup):
        await set_needed(office, key(9, 17, "choir"), 1, DESK, town.clock.now())


async def test_staff_put_somebody_on_and_off(town: Town) -> None:
    anna, bo = await town.volunteer("Anna Berg", group="emergency"), await town.volunteer("Bo Ek", group="emergency;weekend")
    silent(town)
    office, now = town.runtime.office, town.clock.now()
    tries = [put_on(office, key(10), await who(town, p), DESK, now) for p in (anna, bo)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(d).__name__ for d in done) == ["Shift", "ShiftFull"]
    first, second = (anna, bo) if not isinstance(done[0], ShiftFull) else (bo, anna)
    await town.settle()
    await first.expects("Du står nu på passet i Akutgrupp, fre 10/4 kl 17-21")
    await take_off(office, key(10), await who(town, first), DESK, now)
    await town.settle()
    await first.expects("Du står inte längre på passet i Akutgrupp, fre 10/4")
    assert (await rota_of(town))[10] == []
    second.hears_nothing()
    with pytest.raises(NotAMember):
        await put_on(office, key(10, 19, "weekend"), await who(town, anna), DESK, now)
    with pytest.raises(NoSuchShift):
        await put_on(office, key(10, 18), await who(town, anna), DESK, now)
    await town.runtime.pool.execute("UPDATE person SET paused_until = $2 WHERE id = $1", await who(town, anna), at(12, 9))
    with pytest.raises(CannotComeThen):
        await put_on(office, key(10), await who(town, anna), DESK, now)


async def test_nobody_is_in_two_places_whoever_puts_them_there(town: Town) -> None:
    """A person in two groups: also by the desk and by the person at the same moment, and by an import. The answer says where."""
    bo = await town.volunteer("Bo Ek", group="emergency;weekend")
    silent(town, bo)
    office, now, person = town.runtime.office, town.clock.now(), await who(town, bo)
    both = [put_on(office, key(10), person, DESK, now), sign_up(office, person, key(10, 19, "weekend"), now)]
    done = await asyncio.gather(*both, return_exceptions=True)
    lost = next(d for d in done if isinstance(d, Outcome))
    assert isinstance(lost, AlreadyOnShift) and lost.params["group"] in ("Akutgrupp", "Helgadministration", "Helggrupp")
    with pytest.raises(asyncpg.ExclusionViolationError):
        await town.runtime.pool.execute(
            "INSERT INTO shift (group_key, person_id, starts_at, ends_at) VALUES ('coordination', $1, $2, $3)",
            person, at(10, 20), at(10, 22),
        )  # fmt: skip


async def test_christmas_eve_is_cancelled_and_one_day_needs_more(town: Town) -> None:
    anna, bo = await town.volunteer("Anna Berg", group="emergency"), await town.volunteer("Bo Ek", group="emergency")
    silent(town)
    office, now = town.runtime.office, town.clock.now()
    await on_evenings(town, anna, 10, 11)
    await asyncio.gather(*(set_needed(office, key(10), n, DESK, now) for n in (0, 0)))
    await town.settle()
    await anna.expects("Passet i Akutgrupp, fre 10/4 kl 17-21, är inställt")
    with pytest.raises(NoSuchShift):
        await on_evenings(town, bo, 10)
    await set_needed(office, key(11), 2, DESK, now)
    await on_evenings(town, bo, 11)
    await set_needed(office, key(12, 9), 1, DESK, now, ends_at=at(12, 12))
    await sign_up(office, await who(town, bo), key(12, 9), now)
    assert 10 not in await rota_of(town)
    for wrong, ends in ((key(12, 11), at(12, 13)), (key(12, 16), at(12, 18))):
        with pytest.raises(AlreadyOnShift):
            await set_needed(office, wrong, 1, DESK, now, ends_at=ends)
    with pytest.raises(NoSuchShift):
        await set_needed(office, key(7), 1, DESK, now)
    with pytest.raises(BadRequest):
        await set_needed(office, key(12, 6), 1, DESK, now, ends_at=at(13, 7))
    await set_needed(office, key(10), 1, DESK, now)  # after all
    await on_evenings(town, bo, 10)


WAYS = ["stopp", "pause", "left", "erased"]


@pytest.mark.parametrize("way", WAYS)
async def test_whoever_cannot_come_leaves_a_hole(town: Town, way: str) -> None:
    anna, bo = await town.volunteer("Anna Berg", group="emergency"), await town.volunteer("Bo Ek", group="emergency")
    town.ignore(bo)
    person, now = await who(town, anna), town.clock.now()
    await on_evenings(town, anna, 9)
    for day in (8, 10):
        await on_evenings(town, bo, day)
    await town.settle()
    town.coordinator.hears_nothing()
    if way == "stopp":
        await anna.sends("STOPP")
        await anna.expects("inga fler")
    elif way == "erased":
        await forget(town, person)
    else:
        async with town.signed_in("coordinator") as desk:
            if way == "pause":
                await desk.sends(f"/people/{person}/pause", until="day", day="2020-04-20")
            else:
                await town.runtime.pool.execute("DELETE FROM group_member WHERE person_id = $1", person)
                await town.runtime.pool.execute("UPDATE rota_watch SET next_at = $1, version = version + 1", now)
        await town.settle()
        await anna.expects("Du står inte längre på passet i Akutgrupp, tors 9/4")
    assert (await rota_of(town))[9] == []
    await town.coordinator.expects("Det saknas folk på passet i Akutgrupp, tors 9/4 kl 17-21")
    await town.settle()
    why = await town.runtime.pool.fetchval("SELECT count(*) FROM events WHERE kind = 'shift.left'")
    assert why == 1


async def test_a_rota_repeats_and_fills_by_itself(town: Town) -> None:
    """One week Anna, the next Bo; what Cia has signed up for stays hers, and a day without anybody is a hole that is seen."""
    people = [await town.volunteer(name, group="emergency") for name in ("Anna Berg", "Bo Ek", "Cia Dal")]
    anna, bo, cia = people
    a, b, c = [await who(town, p) for p in people]
    silent(town, cia)
    office, now = town.runtime.office, town.clock.now()
    await on_evenings(town, cia, 9)
    rota = await make_rota(office, RotaWish("emergency", [[a], [b]], date(2020, 4, 8)), DESK, now)
    await town.settle()
    await anna.expects("Du är med i ett schema i Akutgrupp", "ons 8/4 kl 17-21", "14 dagarna: 6")
    await bo.expects("Du är med i ett schema i Akutgrupp", "ons 15/4 kl 17-21")
    first = await rota_of(town)
    assert [first[day] for day in (8, 9, 14, 15, 21)] == [[a], [c], [a], [b], [b]]
    town.ignore(anna, bo)
    await take_off(office, key(12), a, DESK, now)
    await town.forward(days=3)
    assert sum(await asyncio.gather(*(run_watch(office, town.clock.now()) for _ in range(3)))) >= 0
    later = await rota_of(town)
    assert [later[day] for day in (12, 21, 22, 24)] == [[], [b], [a], [a]]  # what staff changed stays
    await end_rota(office, rota.id, DESK, town.clock.now(), date(2020, 4, 21))
    assert [(await rota_of(town))[day] for day in (21, 22, 24)] == [[b], [], []]
    assert (
        await town.runtime.pool.fetchval("SELECT count(*) FROM shift WHERE rota_id = $1 AND starts_at > $2", rota.id, at(22, 0))
        == 0
    )
    for wrong in (RotaWish("emergency", [[]], date(2020, 4, 8)), RotaWish("emergency", [[a]], date(2020, 4, 8), 0)):
        with pytest.raises(BadRequest):
            await make_rota(office, wrong, DESK, now)
    with pytest.raises(NoSuchShift):
        await make_rota(office, RotaWish("coordination", [[a]], date(2020, 4, 8)), DESK, now)
    with pytest.raises(NotAMember):
        await make_rota(office, RotaWish("weekend", [[a]], date(2020, 4, 8)), DESK, now)
    with pytest.raises(NoSuchRota):
        await end_rota(office, 77, DESK, now)


async def test_somebody_stands_in(town: Town) -> None:
    """Bo takes Anna's shifts from the 10th to the 12th; on the 11th Bo is elsewhere, and that is told, not lost."""
    anna, bo = await town.volunteer("Anna Berg", group="emergency"), await town.volunteer("Bo Ek", group="emergency;weekend")
    a, b = await who(town, anna), await who(town, bo)
    silent(town)
    office, now = town.runtime.office, town.clock.now()
    await make_rota(office, RotaWish("emergency", [[a]], date(2020, 4, 8)), DESK, now)
    await town.settle()
    await anna.expects("schema")
    await sign_up(office, b, key(11, 19, "weekend"), now)
    span = (date(2020, 4, 10), date(2020, 4, 12))
    tries = [replace_person(office, "emergency", a, b, *span, DESK, now) for _ in range(2)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(d).__name__ for d in done) == ["Replaced", "StandsInAlready"]
    replaced = next(d for d in done if not isinstance(d, StandsInAlready))
    assert not isinstance(replaced, BaseException)
    assert [s.starts_at for s in replaced.moved] == [at(10, 17), at(12, 17)]
    assert [s.starts_at for s in replaced.holes] == [at(11, 17)]
    await town.settle()
    await bo.expects("Du tar över pass i Akutgrupp från en kollega", "fre 10/4 kl 17-21", "Antal pass nu: 2")
    await anna.expects("En kollega tar över dina pass i Akutgrupp", "fre 10/4", "Antal pass: 3")
    assert [(await rota_of(town))[day] for day in (9, 10, 11, 12, 13)] == [[a], [b], [], [b], [a]]
    later = await replace_person(office, "emergency", a, b, date(2020, 4, 23), date(2020, 4, 23), DESK, now)
    assert later.moved == ()
    town.ignore(anna, bo)
    await town.forward(days=3)
    assert [(await rota_of(town))[day] for day in (22, 23, 24)] == [[a], [b], [a]]
    await end_stand_in(office, later.stand_in.id, DESK, town.clock.now())
    with pytest.raises(NoSuchRota):
        await end_stand_in(office, later.stand_in.id, DESK, town.clock.now())
    with pytest.raises(BadRequest):
        await replace_person(office, "emergency", a, a, *span, DESK, now)


async def test_whoever_goes_off_hears_what_they_still_have(town: Town) -> None:
    gry, elsa = await town.volunteer("Gry Hall", "granna"), town.phone("+46701000001")
    silent(town, elsa)
    await put_on(town.runtime.office, key(8, 10, "area:granna"), await who(town, gry), DESK, town.clock.now())
    await town.settle()
    await gry.expects("Du står nu på passet")
    await gry.expects("Snart börjar ditt pass") if town.unread(gry.number) else None
    await town.forward(hours=1)
    await gry.expects("Nu börjar ditt pass")
    await elsa.sends("Kan någon handla mat? Bor i Gränna. Elsa Ek, Storgatan 1")
    number = await gry.offer("handla mat")
    await gry.sends(f"JA {number}")
    await gry.expects("Elsa")
    await town.forward(hours=3, minutes=59)
    gry.hears_nothing()
    code = (await town.task())["code"]
    await town.forward(minutes=1)
    await gry.expects("Hur går det")
    await gry.expects("Ditt pass i Gränna och Örserum är slut", f"{code} ({number})", "kvar hos dig", "KAN INTE")
    town.ignore(gry)


async def test_the_last_one_goes_off_and_nobody_comes_on(town: Town) -> None:
    """One more shift right after the other, that somebody left: told long ago, and once more when the place is empty."""
    anna, bo = await town.volunteer("Anna Berg", group="emergency"), await town.volunteer("Bo Ek", group="emergency")
    town.ignore(anna, bo)
    office, now = town.runtime.office, town.clock.now()
    for day in (8, 9, 10):
        await on_evenings(town, anna, day)
    await set_needed(office, key(8, 21), 1, DESK, now, ends_at=at(8, 23))
    await town.settle()
    await town.coordinator.expects("Akutgrupp, ons 8/4 kl 21-23")
    await town.forward(hours=12, minutes=1)
    await town.coordinator.expects("Ingen har gått på passet i Akutgrupp, ons 8/4 kl 21-23")
    await town.forward(hours=2)
    town.ignore(town.coordinator)


async def test_a_group_that_the_network_file_has_no_longer(town: Town) -> None:
    """Its shifts end, the people and the coordinators hear of it, and what somebody has taken stays theirs."""
    anna = await town.volunteer("Anna Berg", group="emergency")
    await on_evenings(town, anna, 8, 9)
    await town.settle()
    town.ignore(town.coordinator)
    await town.forward(hours=8, minutes=30)  # on duty
    while town.unread(anna.number):
        await anna.expects("")
    network = town.runtime.network
    object.__setattr__(network, "groups", tuple(g for g in network.groups if g.key != "emergency"))
    async with town.runtime.pool.acquire() as connection:
        await sync_network(connection, network, town.runtime.office.mint, town.clock.now())
    await town.settle()
    await anna.expects("har inga pass längre", "Borttagna pass: 2, det första ons 8/4", "Ärenden som du har är kvar")
    anna.hears_nothing()
    assert "finns inte längre i nätverket. Borttagna pass: 2" in town.unread(town.coordinator.number)[-1]
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM shift") == 0
    await town.forward(days=1)
    anna.hears_nothing()


async def test_a_look_that_cannot_be_dealt_with_comes_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await town.volunteer("Anna Berg", group="emergency")
    town.ignore(anna)

    def broken(*_: Any) -> Any:
        raise RuntimeError("broken")

    with monkeypatch.context() as patched:
        patched.setattr("dispatch.rota_watch.decide_holes", broken)
        await on_evenings(town, anna, 8)
        await town.settle()
    faults = [entry for entry in town.log if entry["log_level"] == "error"]
    assert faults and all(entry["event"] == "watch.failed" for entry in faults)
    town.log[:] = [entry for entry in town.log if entry not in faults]
    await town.forward(minutes=2)
    await town.coordinator.expects("tors 9/4")
    await sign_off(town.runtime.office, await who(town, anna), key(8), town.clock.now())
    await town.settle()
    await town.coordinator.expects("Ingen är kvar på passet i Akutgrupp, ons 8/4")
    assert town.clock.now() < at(8, 17) - timedelta(hours=1)
    town.coordinator.hears_nothing()  # told by the one who left, not by the look as well


async def test_whoever_is_forgotten_moves_nobody_elses_week(town: Town) -> None:
    """Anna has the first week and Bo the second; Anna stands in one day. Afterwards Anna's weeks are empty, Bo's stay Bo's."""
    anna, bo = await town.volunteer("Anna Berg", group="emergency"), await town.volunteer("Bo Ek", group="emergency")
    silent(town, anna, bo)
    a, b = await who(town, anna), await who(town, bo)
    office, now = town.runtime.office, town.clock.now()
    await make_rota(office, RotaWish("emergency", [[a], [b]], date(2020, 4, 8)), DESK, now)
    await replace_person(office, "emergency", b, a, date(2020, 4, 16), date(2020, 4, 16), DESK, now)
    assert [(await rota_of(town))[day] for day in (14, 15, 16)] == [[a], [b], [a]]
    await forget(town, a)
    await town.forward(days=14)
    assert [(await rota_of(town))[day] for day in (22, 28, 29)] == [[], [], [b]]
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM stand_in") == 0


async def test_a_duplicate_has_the_turns_of_the_one_that_is_kept(town: Town) -> None:
    anna, double = await town.volunteer("Anna Berg", group="emergency"), await town.volunteer("Anna B", group="emergency")
    bo = await town.volunteer("Bo Ek", group="emergency")
    silent(town, anna, double, bo)
    a, d, b = [await who(town, phone) for phone in (anna, double, bo)]
    office, now = town.runtime.office, town.clock.now()
    await make_rota(office, RotaWish("emergency", [[d], [b]], date(2020, 4, 8)), DESK, now)
    await replace_person(office, "emergency", b, d, date(2020, 4, 16), date(2020, 4, 16), DESK, now)
    await replace_person(office, "emergency", d, a, date(2020, 4, 10), date(2020, 4, 10), DESK, now)
    async with town.signed_in("coordinator") as desk:
        page = await desk.sees(f"/people/{a}/merge?other={d}")
        seen = re.search(r'name="seen" value="([^"]*)"', page)
        assert seen
        await desk.sends(f"/people/{a}/merge", other=str(d), seen=seen[1])
    assert [(await rota_of(town))[day] for day in (9, 10, 15, 16)] == [[a], [a], [b], [a]]
    rows = await town.runtime.pool.fetch("SELECT person_id, stand_in_id FROM stand_in")
    assert [tuple(row) for row in rows] == [(b, a)]
    await town.forward(days=14)
    assert (await rota_of(town))[22] == [a]


async def test_a_pause_is_told_once_for_all_shifts(town: Town) -> None:
    anna = await town.volunteer("Anna Berg", group="emergency")
    silent(town)
    person = await who(town, anna)
    await on_evenings(town, anna, 9, 10, 11, 12)
    async with town.signed_in("coordinator") as desk:
        await desk.sends(f"/people/{person}/pause", length="day", day="2020-04-11")
    await anna.expects("Du står inte längre på dina pass i Akutgrupp. Antal pass: 3, det första tors 9/4")
    assert [(await rota_of(town))[day] for day in (9, 10, 11, 12)] == [[], [], [], [person]]
