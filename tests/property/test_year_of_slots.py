"""A year of a rota around the clock, with holidays and both nights in which clocks change: never a gap, never an overlap."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.network import ShiftRule
from dispatch.slots import Slot, coming_slots
from service.network_file import BUILT_IN, read_network
from service.network_shifts import read_shift_days

JONKOPING = read_network(BUILT_IN / "jonkoping.toml")
STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEGIN = datetime(2026, 10, 1, tzinfo=STOCKHOLM).astimezone(UTC)
END = datetime(2028, 1, 1, tzinfo=STOCKHOLM).astimezone(UTC)
# How a file may divide the days among rules that together are on each day.
DIVISIONS = [("daily",), ("mon-fri", "sat,sun"), ("weekdays", "weekends", "holidays"), ("weekdays", "sat,sun,holidays")]


def rules(boundaries: list[time], division: tuple[str, ...]) -> list[ShiftRule]:
    found = []
    for days in map(read_shift_days, division):
        for begins, ends in zip(boundaries, [*boundaries[1:], boundaries[0]], strict=True):
            found.append(ShiftRule("emergency", days.weekdays, begins, ends, 2, days.holidays))
    return found


def year_of(rota: list[ShiftRule], step: timedelta) -> list[Slot]:
    """All slots, as somebody sees them who looks every `step`."""
    network, now, found = replace(JONKOPING, shifts=tuple(rota)), BEGIN, {}
    while now < END:
        found.update({slot.key: slot for slot in coming_slots(network, {"emergency"}, now, step + timedelta(days=1))})
        now += step
    return sorted(found.values(), key=lambda s: s.starts_at)


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 59), st.integers(1, 10), st.integers(1, 10), st.sampled_from(DIVISIONS), st.sampled_from([7, 13, 14]))
def test_a_rota_around_the_clock_has_neither_gap_nor_overlap(
    minute: int, first: int, second: int, division: tuple[str, ...], step: int
) -> None:
    boundaries = [time(first - 1, minute), time(first + second, minute), time(first + second + 2, minute)]
    slots = year_of(rules(boundaries, division), timedelta(days=step))
    assert all(one.ends_at == following.starts_at for one, following in pairwise(slots))
    assert slots[0].starts_at <= BEGIN and slots[-1].ends_at >= END
    covered = sum((min(s.ends_at, END) - max(s.starts_at, BEGIN) for s in slots if s.starts_at < END), timedelta(0))
    assert covered == END - BEGIN == timedelta(days=457, hours=1)  # October, March, October


def test_the_nights_in_which_clocks_change_are_as_long_as_they_are() -> None:
    boundaries = [time(6), time(14), time(22)]
    slots = year_of(rules(boundaries, ("weekdays", "weekends", "holidays")), timedelta(days=14))
    lengths = {s.starts_at: s.ends_at - s.starts_at for s in slots}
    odd = {at.astimezone(STOCKHOLM).date(): span for at, span in lengths.items() if span != timedelta(hours=8)}
    assert odd == {
        date(2026, 10, 24): timedelta(hours=9),
        date(2027, 3, 27): timedelta(hours=7),
        date(2027, 10, 30): timedelta(hours=9),
    }
