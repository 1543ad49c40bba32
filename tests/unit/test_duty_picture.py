"""The picture of two weeks: where bars stand, also over midnight and when clocks change, and how a shift is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.coverage import Covered
from dispatch.network import ShiftRule
from dispatch.rota import Shift
from dispatch.slots import Slot, coming_slots
from service.duty.picture import DAYS, Bar, Look, Picture, look_of, midnight, picture_of
from service.network_file import BUILT_IN, read_network

ZONE = ZoneInfo("Europe/Stockholm")
EVERY_DAY = frozenset(range(1, 8))
BASE = read_network(BUILT_IN / "jonkoping.toml")
NETWORK = replace(BASE, shifts=(ShiftRule("emergency", EVERY_DAY, time(22), time(6), 2),))
NOW = datetime(2026, 10, 20, 10, tzinfo=ZONE).astimezone(UTC)


def somebody(slot: Slot) -> Shift:
    return Shift(1, slot.group, 1, slot.starts_at, slot.ends_at, 1)


def two_weeks(now: datetime, signed: int = 1, used: bool = True) -> Picture:
    slots = coming_slots(NETWORK, {"emergency"}, midnight(NETWORK, now), timedelta(days=15))
    covered = [Covered(slot, (somebody(slot),) * signed, False) for slot in slots]
    return picture_of(NETWORK, ["emergency", "weekend"], covered, {"emergency"} if used else set(), now, "sv")


def test_a_night_goes_on_in_the_next_column() -> None:
    picture = two_weeks(NOW)
    (row,), (first, second, *_) = picture.rows, picture.rows[0].cells
    assert len(row.cells) == DAYS
    # This morning's end of the night that is over, and the beginning of the coming one, of which half has people.
    assert first.bars == (Bar(0.0, 6.0, 3.0, Look.PAST), Bar(22.0, 2.0, 1.0, Look.HOLE))
    assert second.bars[0] == Bar(0.0, 6.0, 3.0, Look.HOLE)
    assert [mark.hours for mark in second.marks] == ["22–06"]
    assert picture.without == (NETWORK.group_name("weekend"),)


def test_the_hands_of_the_clock_count_when_clocks_change() -> None:
    """The night to 25 October 2026 is an hour longer, and looks like the others: people read the clock."""
    cells = {cell.column.day: cell for cell in two_weeks(NOW).rows[0].cells}
    assert cells[date(2026, 10, 25)].bars[0].width == 6.0
    assert len({cell.marks[0].hours for cell in cells.values()}) == 1
    assert [len(cell.marks) for cell in list(cells.values())[1:]] == [1] * 13


def test_holidays_are_named() -> None:
    columns = {c.day: c for c in two_weeks(datetime(2026, 12, 20, 10, tzinfo=UTC)).columns}
    assert columns[date(2026, 12, 24)].holiday == "Julafton"
    assert columns[date(2026, 12, 24)].is_free
    assert [c.is_today for c in columns.values()] == [True] + [False] * 13


SOON = Slot("emergency", NOW + timedelta(hours=47), NOW + timedelta(hours=50), 1)


@pytest.mark.parametrize(
    ("slot", "signed", "used", "look"),
    [
        pytest.param(SOON, 0, True, Look.HOLE, id="within 48 hours"),
        pytest.param(replace(SOON, starts_at=NOW + timedelta(hours=49)), 0, True, Look.MISSING, id="later"),
        pytest.param(SOON, 0, False, Look.MISSING, id="in a group where everybody is on duty"),
        pytest.param(SOON, 1, True, Look.FULL, id="has who it needs"),
        pytest.param(replace(SOON, needed=0), 0, True, Look.CANCELLED, id="called off"),
        pytest.param(replace(SOON, starts_at=NOW - timedelta(hours=2), ends_at=NOW), 0, True, Look.PAST, id="over"),
        pytest.param(replace(SOON, starts_at=NOW - timedelta(hours=2)), 0, True, Look.HOLE, id="goes on without anybody"),
    ],
)
def test_how_a_shift_stands(slot: Slot, signed: int, used: bool, look: Look) -> None:
    assert look_of(Covered(slot, (somebody(slot),) * signed, False), used, NOW) is look


def test_what_lacks_people_is_listed_the_soonest_first() -> None:
    missing = two_weeks(NOW, signed=0).missing
    assert [m.look for m in missing][:3] == [Look.HOLE, Look.HOLE, Look.MISSING]
    assert [m.slot.starts_at for m in missing] == sorted(m.slot.starts_at for m in missing)
    assert two_weeks(NOW, signed=2).missing == ()
