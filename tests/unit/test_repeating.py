"""Rotas that repeat: whose turn it is, whom a rota puts on which shift, and who stands in for whom."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from dispatch.model import FURTHER_NOTICE, Person
from dispatch.repeating import Filling, RepeatingRota, StandIn, decide_end, decide_fill, decide_replace, whose
from dispatch.rota import Shift, Source
from dispatch.slots import Slot

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)
ANNA, BO, CIA, DAG = 1, 2, 3, 4
PEOPLE = {key: Person(key, f"+4670000000{key}", MONDAY) for key in (ANNA, BO, CIA, DAG)}


def slot(day: int, hour: int = 17, needed: int = 2, group: str = "emergency") -> Slot:
    """An evening, so many days after the Monday."""
    begins = datetime(2026, 11, 30, hour, tzinfo=STOCKHOLM) + timedelta(days=day)
    return Slot(group, begins.astimezone(UTC), (begins + timedelta(hours=4)).astimezone(UTC), needed)


EVENINGS = [slot(day) for day in range(14)]


def rota(*turns: Sequence[int], every_days: int = 7, **more: object) -> RepeatingRota:
    made = RepeatingRota(9, "emergency", tuple(map(tuple, turns)), date(2026, 11, 30), every_days, MONDAY, MONDAY, MONDAY)
    return replace(made, **more)


def shift(person: int, on: Slot, place: int = 1, number: int = 500) -> Shift:
    return Shift(number, on.group, person, on.starts_at, on.ends_at, place, MONDAY)


def filled(
    made: RepeatingRota,
    *shifts: Shift,
    slots: Sequence[Slot] = EVENINGS,
    stand_ins: Sequence[StandIn] = (),
    members: dict[int, Person] = PEOPLE,
    now: datetime = MONDAY,
) -> tuple[RepeatingRota, list[tuple[int, int]]]:
    """The rota afterwards, and who was put on which day."""
    after, new, events = decide_fill(made, Filling(slots, shifts, stand_ins, members), count(1000), STOCKHOLM, now)
    assert [e.data["shift"] for e in events] == [s.id for s in new]
    assert all((s.source, s.rota_id, s.off_at) == (Source.ROTA, 9, s.ends_at) for s in new)
    first = date(2026, 11, 30)
    return after, [((s.starts_at.astimezone(STOCKHOLM).date() - first).days, s.person_id) for s in new]


TURNS = [
    ("the first week", 0, [[ANNA, BO], [CIA]], 7, (ANNA, BO)),
    ("its last day", 6, [[ANNA, BO], [CIA]], 7, (ANNA, BO)),
    ("the second week", 7, [[ANNA, BO], [CIA]], 7, (CIA,)),
    ("the first again", 14, [[ANNA, BO], [CIA]], 7, (ANNA, BO)),
    ("before it begins", -1, [[ANNA]], 7, ()),
    ("every other day", 3, [[ANNA], [BO]], 1, (BO,)),
    ("a year later", 364, [[ANNA], [BO]], 7, (ANNA,)),
]


@pytest.mark.parametrize(("day", "turns", "every", "who"), [row[1:] for row in TURNS], ids=[row[0] for row in TURNS])
def test_whose_turn_it_is(day: int, turns: list[list[int]], every: int, who: tuple[int, ...]) -> None:
    assert rota(*turns, every_days=every).turn_on(date(2026, 11, 30) + timedelta(days=day)) == who


def test_a_rota_fills_what_comes_once() -> None:
    after, who = filled(rota([ANNA, BO], [CIA]))
    assert who == [(day, p) for day in range(7) for p in (ANNA, BO)] + [(day, CIA) for day in range(7, 14)]
    assert after.next_at == MONDAY + timedelta(days=1)
    again, more = filled(replace(after, next_at=MONDAY))
    assert more == [] and again.filled_until == after.filled_until
    tomorrow = MONDAY + timedelta(days=1)
    assert filled(after, slots=[*EVENINGS[1:], slot(14)], now=tomorrow)[1] == [(14, ANNA), (14, BO)]


NOT_PUT_ON = [
    ("stopped", PEOPLE | {ANNA: replace(PEOPLE[ANNA], stopped_at=MONDAY)}, []),
    ("paused without an end", PEOPLE | {ANNA: replace(PEOPLE[ANNA], paused_until=FURTHER_NOTICE)}, []),
    ("no member any more", {BO: PEOPLE[BO]}, []),
    (
        "paused until the third day",
        PEOPLE | {ANNA: replace(PEOPLE[ANNA], paused_until=slot(2).starts_at)},
        [(2, ANNA), (3, ANNA)],
    ),
]


@pytest.mark.parametrize(("members", "who"), [row[1:] for row in NOT_PUT_ON], ids=[row[0] for row in NOT_PUT_ON])
def test_whoever_cannot_come_is_not_put_on(members: dict[int, Person], who: list[tuple[int, int]]) -> None:
    assert filled(rota([ANNA]), slots=EVENINGS[:4], members=members)[1] == who


def test_what_people_have_signed_up_for_stays() -> None:
    elsewhere = slot(0, hour=16, group="weekend")
    full = [shift(CIA, EVENINGS[1], 1), shift(DAG, EVENINGS[1], 2, 501)]
    half = shift(CIA, EVENINGS[2], 1, 502)
    who = filled(rota([ANNA, BO]), shift(ANNA, elsewhere, 1, 503), *full, half, slots=EVENINGS[:3])[1]
    assert who == [(0, BO), (2, ANNA)]


def test_a_rota_is_for_some_of_the_shifts() -> None:
    slots = sorted([*EVENINGS, *(slot(day, hour=9) for day in range(14))], key=lambda s: s.starts_at)
    assert filled(rota([ANNA], weekdays=(6, 7), begins=time(9)), slots=slots)[1] == [(d, ANNA) for d in (5, 6, 12, 13)]
    ended, who = filled(rota([ANNA], last_on=date(2026, 12, 2)))
    assert who == [(0, ANNA), (1, ANNA), (2, ANNA)] and ended.next_at is None


def standing(person: int, by: int, first: int, last: int) -> StandIn:
    day = date(2026, 11, 30)
    return StandIn(7, "emergency", person, by, day + timedelta(days=first), day + timedelta(days=last), None, MONDAY)


def test_a_stand_in_has_the_turn() -> None:
    who = filled(rota([ANNA]), slots=EVENINGS[:4], stand_ins=[standing(ANNA, BO, 1, 2)])[1]
    assert who == [(0, ANNA), (1, BO), (2, BO), (3, ANNA)]
    both = [standing(ANNA, BO, 0, 9), standing(BO, CIA, 0, 9)]
    assert whose(ANNA, "emergency", date(2026, 12, 1), both) == CIA
    around = [standing(ANNA, BO, 0, 9), standing(BO, ANNA, 0, 9)]
    assert whose(ANNA, "emergency", date(2026, 12, 1), around) == ANNA
    assert whose(ANNA, "weekend", date(2026, 12, 1), both) == ANNA


def test_what_a_stand_in_cannot_take_is_a_hole() -> None:
    mine = [shift(ANNA, EVENINGS[day], 1, 600 + day) for day in range(4)]
    busy = shift(BO, slot(1, hour=18, group="weekend"), 1, 700)
    done, events = decide_replace(standing(ANNA, BO, 1, 2), PEOPLE[BO], [*mine, busy], STOCKHOLM, MONDAY)
    assert [(s.id, s.person_id, s.source) for s in done.moved] == [(602, BO, Source.STAFF)]
    assert [s.id for s in done.holes] == [601]
    assert [e.kind for e in events] == ["stand_in.made", "shift.swapped", "shift.left"]


def test_a_rota_ends_with_a_day() -> None:
    made = replace(rota([ANNA]), filled_until=MONDAY + timedelta(days=14))
    shifts = [replace(shift(ANNA, EVENINGS[day], 1, 600 + day), rota_id=9) for day in range(4)]
    other = shift(BO, EVENINGS[3], 2, 700)
    ended, gone, events = decide_end(made, date(2026, 12, 1), [*shifts, other], STOCKHOLM, MONDAY, None)
    assert [s.id for s in gone] == [602, 603] and ended.next_at is None
    assert len(events) == 3
    assert decide_end(ended, date(2026, 12, 1), [], STOCKHOLM, MONDAY, None) == (ended, [], [])
