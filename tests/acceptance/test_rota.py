"""The volunteers' rota: signing up, two at once, swapping, and what people hear before and when a shift begins."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import AlreadyOnShift, NoSuchShift, NotAMember, NotOnShift, Outcome, OwnSwap, ShiftFull, SwapGone
from dispatch.rota import Coming, Shift, decide_due
from dispatch.shifts import ask_swap, coming_shifts, run_rota, sign_off, sign_up, take_swap
from dispatch.slots import SlotKey
from sql import query
from tests.acceptance.conftest import NetworkChange, Phone, Town

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ELSA = "+46701000001"


@pytest.fixture
def change_network() -> NetworkChange:
    """The emergency group's evenings, needed by two; a weekend group's Friday; Gränna's nights."""

    def change(raw: dict[str, Any]) -> None:
        raw["shift"] = [
            {"group": "emergency", "days": "daily", "from": "17:00", "to": "21:00", "needed": 2},
            {"group": "weekend", "days": "fri", "from": "16:00", "to": "18:00", "needed": 1},
            {"area": "granna", "days": "thu", "from": "22:00", "to": "06:00", "needed": 1},
        ]

    return change


@pytest.fixture(autouse=True)
def coordinators_hear_of_holes(town: Town) -> None:
    """Which shifts lack people is tests/acceptance/test_coverage.py's story."""
    town.ignore(town.coordinator)


def evening(day: int, hour: int = 17) -> datetime:
    """An hour of an April day, the emergency group's shift when nothing else is said."""
    return datetime(2020, 4, day, hour, tzinfo=STOCKHOLM).astimezone(UTC)


def key(day: int) -> SlotKey:
    return "emergency", evening(day)


async def who(town: Town, phone: Phone) -> int:
    found = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", phone.number)
    assert isinstance(found, int)
    return found


async def on(town: Town, phone: Phone, day: int) -> Shift:
    """Somebody signs up for an evening."""
    return await sign_up(town.runtime.office, await who(town, phone), key(day), town.clock.now())


async def seen(town: Town, phone: Phone) -> list[Coming]:
    return await coming_shifts(town.runtime.office, await who(town, phone), town.clock.now())


async def happened(town: Town) -> list[str]:
    rows = await town.runtime.pool.fetch(
        "SELECT kind FROM events WHERE kind LIKE 'shift.%' AND kind <> 'shift.hole_told' ORDER BY id"
    )
    return [row["kind"] for row in rows]


async def three(town: Town) -> tuple[Phone, Phone, Phone]:
    """Three volunteers of the emergency group."""
    anna = await town.volunteer("Anna Berg", group="emergency")
    bo = await town.volunteer("Bo Ek", group="emergency")
    return anna, bo, await town.volunteer("Cia Dal", group="emergency")


async def test_everyone_sees_where_the_need_is_greatest(town: Town) -> None:
    anna, bo, cia = await three(town)
    coming = await seen(town, anna)
    assert len(coming) == 14
    assert [c.slot.starts_at for c in coming if c.neediest] == [evening(8)]
    shift = await on(town, anna, 8)
    await on(town, bo, 9)
    coming = await seen(town, bo)
    assert [(c.signed, c.missing, c.mine is not None) for c in coming[:3]] == [(1, 1, False), (1, 1, True), (0, 2, False)]
    assert [c.slot.starts_at for c in coming if c.neediest] == [evening(10)]
    assert [c.mine for c in await seen(town, anna) if c.mine] == [shift]
    assert all(c.mine is None for c in await seen(town, cia))
    assert await happened(town) == ["shift.taken", "shift.taken"]
    stored = await town.runtime.pool.fetchval("SELECT data->>'starts_at' FROM events WHERE kind = 'shift.taken' LIMIT 1")
    assert datetime.fromisoformat(stored) == evening(8)


async def test_whoever_is_in_no_group_with_shifts_sees_none(town: Town) -> None:
    eva = await town.volunteer("Eva Fors", "tenhult")
    assert await seen(town, eva) == []
    with pytest.raises(NotAMember):
        await on(town, eva, 8)


async def test_the_last_place_goes_to_one(town: Town) -> None:
    """Three tap at the same moment, and there are two places."""
    people = await three(town)
    taken = await asyncio.gather(*(on(town, p, 10) for p in people), return_exceptions=True)
    assert sorted(type(t).__name__ for t in taken) == ["Shift", "Shift", "ShiftFull"]
    assert sorted(t.place for t in taken if isinstance(t, Shift)) == [1, 2]
    assert await happened(town) == ["shift.taken", "shift.taken"]
    lost = next(p for p, t in zip(people, taken, strict=True) if isinstance(t, ShiftFull))
    won = next(p for p, t in zip(people, taken, strict=True) if isinstance(t, Shift))
    await sign_off(town.runtime.office, await who(town, won), key(10), town.clock.now())
    assert isinstance(await on(town, lost, 10), Shift)


async def test_nobody_is_in_two_places(town: Town) -> None:
    """Twice the same shift, or two groups' at once, also by two taps at the same moment."""
    dag = await town.volunteer("Dag Ås", group="emergency;weekend")
    person, now = await who(town, dag), town.clock.now()
    both = [key(10), key(10), ("weekend", evening(10, 16))]
    taken = await asyncio.gather(*(sign_up(town.runtime.office, person, k, now) for k in both), return_exceptions=True)
    assert sorted(type(t).__name__ for t in taken) == ["AlreadyOnShift", "AlreadyOnShift", "Shift"]
    with pytest.raises(AlreadyOnShift):
        await on(town, dag, 10)
    assert [c.slot.starts_at.astimezone(STOCKHOLM).day for c in await seen(town, dag) if c.neediest] == [8]


async def test_what_there_is_not_cannot_be_taken_or_left(town: Town) -> None:
    anna, bo, _ = await three(town)
    person, now = await who(town, anna), town.clock.now()
    with pytest.raises(NoSuchShift):
        await sign_up(town.runtime.office, person, ("emergency", evening(8, 16)), now)
    with pytest.raises(NoSuchShift):
        await on(town, anna, 7)
    await on(town, bo, 8)
    with pytest.raises(NotOnShift):
        await sign_off(town.runtime.office, person, key(8), now)
    await sign_off(town.runtime.office, await who(town, bo), key(8), evening(8, 5))
    await town.settle()
    assert any("Ingen är kvar" in text for text in town.unread(town.coordinator.number))


async def test_a_hole_soon_is_told_to_the_coordinators(town: Town) -> None:
    anna, bo, _ = await three(town)
    for phone, day in ((anna, 8), (bo, 8), (anna, 10)):
        await on(town, phone, day)
    for phone, day in ((anna, 10), (anna, 8)):  # days ahead; with Bo still there
        await sign_off(town.runtime.office, await who(town, phone), key(day), town.clock.now())
        await town.settle()
        assert not any("Ingen är kvar" in text for text in town.unread(town.coordinator.number))
    await sign_off(town.runtime.office, await who(town, bo), key(8), town.clock.now())
    await town.settle()
    assert "Ingen är kvar på passet i Akutgrupp, ons 8/4 kl 17-21" in town.unread(town.coordinator.number)[-1]
    assert (await happened(town)).count("shift.left") == 3


async def test_a_shift_is_swapped(town: Town) -> None:
    """Those who are free then hear of it; whoever is fastest has it, and the one who asked need not come."""
    anna, bo, cia = await three(town)
    dag = await town.volunteer("Dag Ås", group="emergency")
    shift = await on(town, anna, 10)
    await on(town, dag, 10)
    office, now = town.runtime.office, town.clock.now()
    await ask_swap(office, shift.id, await who(town, anna), now)
    await ask_swap(office, shift.id, await who(town, anna), now)  # a second tap
    await town.settle()
    for phone in (bo, cia):
        await phone.expects("En kollega i Akutgrupp", "fre 10/4 kl 17-21")
    assert next(c for c in await seen(town, bo) if c.swaps).swaps[0].id == shift.id
    assert next(c for c in await seen(town, anna) if c.mine).signed == 2  # it stays Anna's meanwhile
    with pytest.raises(OwnSwap):
        await take_swap(office, shift.id, await who(town, anna), now)
    with pytest.raises(AlreadyOnShift):
        await take_swap(office, shift.id, await who(town, dag), now)
    tries = [take_swap(office, shift.id, await who(town, p), now) for p in (bo, cia)]
    taken = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(t).__name__ for t in taken) == ["Shift", "SwapGone"]
    await town.settle()
    await anna.expects("En kollega har tagit ditt pass i Akutgrupp, fre 10/4 kl 17-21")
    assert not any(c.mine for c in await seen(town, anna))
    winner = bo if isinstance(taken[0], Shift) else cia
    assert [c.mine.id for c in await seen(town, winner) if c.mine] == [shift.id]
    assert (await happened(town))[2:] == ["shift.swap_asked", "shift.swapped"]


async def test_a_swap_and_a_leaving_at_once(town: Town) -> None:
    """Either Bo has the shift and Anna has nothing to leave, or it is gone for both."""
    anna, bo, cia = await three(town)
    town.ignore(anna, bo, cia)
    shift, office, now = await on(town, anna, 10), town.runtime.office, town.clock.now()
    await ask_swap(office, shift.id, await who(town, anna), now)
    left, taken = await asyncio.gather(
        sign_off(office, await who(town, anna), key(10), now), take_swap(office, shift.id, await who(town, bo), now),
        return_exceptions=True,
    )  # fmt: skip
    rows = await town.runtime.pool.fetch("SELECT person_id FROM shift")
    if isinstance(taken, SwapGone):
        assert isinstance(left, Shift) and rows == []
    else:
        assert isinstance(left, NotOnShift) and [r["person_id"] for r in rows] == [await who(town, bo)]
    with pytest.raises(Outcome):
        await take_swap(office, shift.id, await who(town, cia), now)


async def test_in_the_night_nobody_is_asked_to_swap(town: Town) -> None:
    """Quiet hours end at seven. Who has got a shift of their own by then is not asked."""
    anna, bo, cia = await three(town)
    shift = await on(town, anna, 10)
    await town.forward(hours=13)
    await ask_swap(town.runtime.office, shift.id, await who(town, anna), town.clock.now())
    await town.forward(hours=8)
    bo.hears_nothing()
    await on(town, bo, 10)
    await town.forward(hours=2)
    await cia.expects("En kollega i Akutgrupp")
    bo.hears_nothing()


async def test_what_is_heard_before_a_shift_and_when_it_begins(town: Town) -> None:
    anna, bo, _ = await three(town)
    await on(town, anna, 9)
    await town.forward(hours=8, minutes=59)  # a minute to six
    anna.hears_nothing()
    await town.forward(minutes=1)
    await anna.expects("Påminnelse", "Akutgrupp, tors 9/4 kl 17-21")
    await on(town, bo, 9)  # later than the evening's reminder
    await town.forward(hours=22)
    for phone in (anna, bo):
        await phone.expects("Snart börjar ditt pass")
    await town.forward(hours=1)
    for phone in (anna, bo):
        await phone.expects("Nu börjar ditt pass i Akutgrupp", "Ingen väntar")
    await town.forward(hours=12)  # the end is nothing that anybody needs to be told


async def test_whoever_goes_on_hears_what_is_open_and_nothing_of_whom(town: Town) -> None:
    anna, _, _ = await three(town)
    town.ignore(town.service_group, town.enterprise, town.coordinator, town.phone(ELSA))
    gry = await town.volunteer("Gry Hall", "granna")
    town.ignore(gry)
    await on(town, anna, 8)
    await town.forward(hours=7)
    await anna.expects("Snart börjar")
    await town.phone(ELSA).sends("Kan någon handla mat? Bor i Gränna. Elsa Ek, Storgatan 1")
    await town.forward(hours=1)
    said = await anna.expects("Ärenden som ingen har tagit: 0", "behöver en person hos oss: 1", "1 timme")
    assert "Elsa" not in said and "Gränna" not in said


async def test_an_areas_shift_counts_the_areas_tasks(town: Town) -> None:
    """A night in Gränna: whoever joins when it has begun hears at once how it stands, and another area's task is not theirs."""
    gry = await town.volunteer("Gry Hall", "granna")
    town.ignore(town.service_group, town.enterprise, town.coordinator, town.phone(ELSA))
    await town.forward(hours=38)
    await town.phone(ELSA).sends("handla mat, Tenhult")
    shift = await sign_up(town.runtime.office, await who(town, gry), ("area:granna", evening(9, 22)), town.clock.now())
    assert shift.ends_at == evening(10, 6)
    await town.settle()
    await gry.expects("Nu börjar ditt pass i Gränna och Örserum", "Ingen väntar")


async def test_an_imported_shift_is_reminded_of_and_counts(town: Town) -> None:
    anna, bo, _ = await three(town)
    await town.runtime.pool.execute(
        "INSERT INTO shift (group_key, person_id, starts_at, ends_at) VALUES ('emergency', $1, $2, $3)",
        await who(town, anna), evening(9, 16), evening(9, 20),
    )  # fmt: skip
    assert [(c.slot.starts_at, c.signed) for c in await seen(town, bo)][:2] == [(evening(8), 0), (evening(9), 1)]
    mine = next(c for c in await seen(town, anna) if c.mine)
    assert mine.slot.starts_at == evening(9, 16)
    await town.forward(hours=9)
    await anna.expects("Påminnelse", "tors 9/4 kl 16-20")
    await sign_off(town.runtime.office, await who(town, anna), mine.slot.key, town.clock.now())
    await town.forward(days=2)


async def test_nobody_who_said_stopp_is_reminded(town: Town) -> None:
    anna, _, _ = await three(town)
    await on(town, anna, 9)
    await anna.sends("STOPP")
    await anna.expects("inga fler")
    await town.forward(days=2)
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM outbox WHERE state = 'to_call'") == 0


async def test_a_deadline_that_two_processes_see_is_told_once_and_late(town: Town) -> None:
    anna, _, _ = await three(town)
    await on(town, anna, 9)
    office, late = town.runtime.office, evening(9, 16) + timedelta(minutes=30)
    town.clock.move_to(late)
    assert sum(await asyncio.gather(*(run_rota(office, late) for _ in range(4)))) >= 1
    await town.settle()
    await anna.expects("Snart börjar")  # the evening before is over
    anna.hears_nothing()


async def test_one_shift_that_cannot_be_dealt_with_stops_no_other(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, bo, _ = await three(town)
    broken = await on(town, anna, 9)
    await on(town, bo, 9)

    def decide(shift: Shift, zone: ZoneInfo, now: datetime) -> Any:
        if shift.id == broken.id and now < evening(8, 18) + timedelta(minutes=2):
            raise RuntimeError("broken")
        return decide_due(shift, zone, now)

    monkeypatch.setattr("dispatch.shifts.decide_due", decide)
    await town.forward(hours=9)
    await bo.expects("Påminnelse")
    await town.forward(minutes=5)
    await anna.expects("Påminnelse")
    faults = [entry for entry in town.log if entry["log_level"] == "error"]
    assert faults and all(entry["event"] == "shift.failed" for entry in faults)
    town.log[:] = [entry for entry in town.log if entry not in faults]


async def test_two_rows_of_one_person_are_merged_with_their_shifts(town: Town) -> None:
    """The duplicate's shift at the same time goes, also another group's; the others go over, and are still reminded of."""
    anna, bo, _ = await three(town)
    double = await town.volunteer("Anna B", group="emergency;weekend")
    kept, gone, now = await who(town, anna), await who(town, double), town.clock.now()
    await on(town, anna, 10)
    for slot in (("weekend", evening(10, 16)), key(9)):
        await sign_up(town.runtime.office, gone, slot, now)
    for name in ("merge_groups", "merge_leave", "merge_shifts"):
        await town.runtime.pool.execute(query(name), kept, gone)
    assert [(c.slot.key, c.signed) for c in await seen(town, anna) if c.mine] == [(key(9), 1), (key(10), 1)]
    await town.forward(hours=9)
    await anna.expects("Påminnelse", "tors 9/4")
    bo.hears_nothing()
