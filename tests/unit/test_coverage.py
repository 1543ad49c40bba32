"""Which shifts lack people, who hears of it when, and who is on a shift to which they cannot come."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.coverage import Covered, Hole, Look, Told, coverage, decide_holes, why_not
from dispatch.hours import Hours
from dispatch.model import Person
from dispatch.network import ShiftRule
from dispatch.rota import Shift, decide_off
from dispatch.slots import Override, Slot, coming_slots
from service.network_file import BUILT_IN, read_network
from service.network_shifts import read_shift_days

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NETWORK = replace(
    read_network(BUILT_IN / "jonkoping.toml"),
    shifts=(ShiftRule("emergency", frozenset(range(1, 8)), time(17), time(21), 2),),
    hours=Hours(STOCKHOLM, time(21), time(7)),
)
ANNA, BO = 1, 2


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in December 2026, local, in UTC. The 24th, a Thursday, is Christmas Eve."""
    return datetime(2026, 12, day, hour, minute, tzinfo=STOCKHOLM).astimezone(UTC)


def slot(day: int, needed: int = 2, begins: int = 17, ends: int = 21) -> Slot:
    return Slot("emergency", at(day, begins), at(day, ends), needed)


def shift(person: int, day: int, begins: int = 17, ends: int = 21) -> Shift:
    return Shift(person * 100 + day, "emergency", person, at(day, begins), at(day, ends), person, at(1, 9))


def needs(day: int, needed: int, extra: bool = False) -> Override:
    return Override("emergency", at(day, 17), at(day, 21), needed, extra, None, at(1, 9))


def test_what_is_needed_and_who_is_there() -> None:
    shifts = [shift(ANNA, 1), shift(ANNA, 2), shift(BO, 2), shift(BO, 3, 16, 20)]  # the last is an import's
    covered = coverage(NETWORK, {"emergency"}, shifts, [needs(4, 0), needs(5, 1)], at(1, 9), days=7)
    assert [(c.slot.needed, len(c.on), c.missing, c.hole, c.cancelled) for c in covered[:5]] == [
        (2, 1, 1, True, False),
        (2, 2, 0, False, False),
        (2, 1, 1, False, False),  # more than two days away
        (0, 0, 0, False, True),
        (1, 0, 1, False, False),
    ]


def test_single_dates() -> None:
    one_more = Override("emergency", at(24, 10), at(24, 14), 3, True, None, at(1, 9))
    gone = Override("emergency", at(25, 10), at(25, 14), 3, False, None, at(1, 9))  # the file has this shift no longer
    found = coming_slots(NETWORK, {"emergency"}, at(24, 9), timedelta(days=2), [needs(24, 0), one_more, gone])
    assert [(s.starts_at, s.needed) for s in found] == [(at(24, 10), 3), (at(25, 17), 2)]


HOLIDAYS = [
    ("as on any such weekday", ["mon-fri"], {24: 1, 25: 1, 28: 1}),
    ("a rule for holidays takes its place", ["mon-fri", "holidays"], {24: 2, 25: 2, 26: 2, 28: 1}),
    ("working days only", ["weekdays"], {28: 1}),
    ("weekends and holidays", ["weekdays", "sat,sun,holidays"], {24: 2, 25: 2, 26: 2, 27: 2, 28: 1}),
    ("weekends on a holiday", ["weekends"], {26: 1, 27: 1}),
    ("every day", ["daily"], {24: 1, 25: 1, 26: 1, 27: 1, 28: 1}),
    ("every day, with holidays of their own", ["daily", "holidays"], {24: 2, 25: 2, 26: 2, 27: 1, 28: 1}),
]


@pytest.mark.parametrize(("rules", "days"), [row[1:] for row in HOLIDAYS], ids=[row[0] for row in HOLIDAYS])
def test_holidays(rules: list[str], days: dict[int, int]) -> None:
    """Christmas 2026: Thursday the 24th to Saturday the 26th are holidays. Which rule counts on which day."""
    made = []
    for needed, text in enumerate(rules, 1):
        on = read_shift_days(text)
        made.append(ShiftRule("emergency", on.weekdays, time(17), time(21), needed, on.holidays))
    network = replace(NETWORK, shifts=tuple(made))
    found = coming_slots(network, {"emergency"}, at(24, 9), timedelta(days=5))
    assert {s.starts_at.astimezone(STOCKHOLM).day: s.needed for s in found} == days


def look(now: datetime, *covered: Covered, known: Hole | None = None, led: bool = False, ended: tuple[Shift, ...] = ()) -> Look:
    return decide_holes(covered, {known.key: known} if known else {}, {"emergency"} if led else (), ended, NETWORK, now)


def seen(now: datetime, day: int, *on: Shift) -> Covered:
    found = coverage(NETWORK, {"emergency"}, on, (), now)
    return next(c for c in found if c.slot == slot(day))


LEAD, DESK = [Told.LEAD], [Told.COORDINATORS]
FIRST = at(2, 18)  # when the lead was told of the shift on the fourth
HOLES = [
    ("three days before: nobody", at(1, 12), False, None, [], at(2, 17)),
    ("two days before, no lead", at(2, 18), False, None, DESK, at(3, 18)),
    ("two days before, with a lead", at(2, 18), True, None, LEAD, at(3, 6)),
    ("eleven hours later: nobody", at(3, 5), True, FIRST, [], at(3, 6)),
    ("twelve hours later, at night: in the morning", at(3, 6), True, FIRST, [], at(3, 7)),
    ("in the morning: the coordinators", at(3, 7), True, FIRST, DESK, at(4, 7)),
    ("late in the evening: in the morning", at(2, 22), False, None, [], at(3, 7)),
    ("twelve hours before: both", at(4, 8), True, None, [*LEAD, *DESK], at(4, 17)),
    ("when it has begun: both", at(4, 18), True, None, [*LEAD, *DESK], at(5, 18)),
]  # fmt: skip


@pytest.mark.parametrize(("now", "led", "lead_told", "told", "again"), [r[1:] for r in HOLES], ids=[r[0] for r in HOLES])
def test_who_hears_of_a_hole(now: datetime, led: bool, lead_told: datetime | None, told: list[Told], again: datetime) -> None:
    known = Hole("emergency", at(4, 17), at(4, 21), lead_told) if lead_told else None
    found = look(now, seen(now, 4), known=known, led=led)
    assert [who for who, _ in found.told] == told
    assert found.next_at == min(again, now + timedelta(days=1))
    if told:
        twice = look(now, seen(now, 4), known=found.holes[0], led=led)
        assert (twice.told, twice.holes) == ([], [])


def test_a_hole_that_begins_before_the_morning_is_told_at_night() -> None:
    night = replace(NETWORK, shifts=(ShiftRule("emergency", frozenset(range(1, 8)), time(5), time(9), 1),))
    now = at(2, 23)
    found = decide_holes(coverage(night, {"emergency"}, (), (), now, days=1), {}, (), (), night, now)
    assert [who for who, _ in found.told] == DESK


def test_a_hole_that_is_filled_is_none() -> None:
    known = Hole("emergency", at(4, 17), at(4, 21), at(2, 18))
    found = look(at(3, 8), seen(at(3, 8), 4, shift(ANNA, 4), shift(BO, 4)), known=known, led=True)
    assert (found.told, found.filled) == ([], [known])


def test_the_last_one_goes_off_and_nobody_comes_on() -> None:
    """Told already, days before: but now somebody stands there alone, or nobody does."""
    known, before = Hole("emergency", at(4, 17), at(4, 21), None, at(2, 18)), shift(ANNA, 4, 13, 17)
    found = look(at(4, 17), seen(at(4, 17), 4), known=known, ended=(before,))
    assert [who for who, _ in found.told] == [Told.BARE]
    again = look(at(4, 17, 1), seen(at(4, 17), 4), known=found.holes[0], ended=(before,))
    assert again.told == []
    assert look(at(4, 17), seen(at(4, 17), 4, shift(BO, 4)), known=known, ended=(before,)).told == []
    assert look(at(4, 17), seen(at(4, 17), 4), known=known).told == []  # nobody was there before


PERSON = Person(ANNA, "+46701234567", at(1, 9))
CANNOT = [
    ("comes", PERSON, True, False, None),
    ("stopped", replace(PERSON, stopped_at=at(1, 9)), True, False, "stopped"),
    ("gone", None, True, False, "stopped"),
    ("paused until then", replace(PERSON, paused_until=at(4, 18)), True, False, "paused"),
    ("paused until before", replace(PERSON, paused_until=at(4, 16)), True, False, None),
    ("left the group", PERSON, False, False, "no_member"),
    ("cancelled", PERSON, True, True, "cancelled"),
]


@pytest.mark.parametrize(("person", "member", "cancelled", "why"), [r[1:] for r in CANNOT], ids=[r[0] for r in CANNOT])
def test_who_cannot_come(person: Person | None, member: bool, cancelled: bool, why: str | None) -> None:
    assert why_not(shift(ANNA, 4), person, member, cancelled, NETWORK) == why
    gone = replace(NETWORK, groups=tuple(g for g in NETWORK.groups if g.key != "emergency"))
    assert why_not(shift(ANNA, 4), person, member, cancelled, gone) == "group_gone"


def test_whoever_goes_on_at_once_does_not_go_off() -> None:
    day = replace(shift(ANNA, 4, 13, 17), off_at=at(4, 17))
    assert decide_off(day, (), at(4, 16)) == (day, False)
    assert decide_off(day, (), at(4, 17)) == (replace(day, off_at=None), True)
    assert decide_off(day, [replace(shift(ANNA, 4), id=9)], at(4, 17)) == (replace(day, off_at=None), False)
    assert decide_off(day, (), at(5, 9)) == (replace(day, off_at=None), False)  # long over
