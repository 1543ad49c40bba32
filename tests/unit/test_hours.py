"""Quiet hours, and the clock that stands still in them."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.hours import Hours

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NIGHTS = Hours(STOCKHOLM, time(21), time(7))
LUNCH = Hours(STOCKHOLM, time(12), time(13))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (NIGHTS, "2020-04-08 20:59:59", None),
        (NIGHTS, "2020-04-08 21:00:00", "2020-04-09 07:00"),
        (NIGHTS, "2020-04-09 03:00:00", "2020-04-09 07:00"),
        (NIGHTS, "2020-04-09 07:00:00", None),
        (LUNCH, "2020-04-08 12:30:00", "2020-04-08 13:00"),
        (LUNCH, "2020-04-08 13:00:00", None),
        (Hours(STOCKHOLM), "2020-04-08 03:00:00", None),
    ],
)
def test_when_it_is_quiet(hours: Hours, now: str, until: str | None) -> None:
    assert hours.quiet_until(local(now)) == (local(until) if until else None)


@pytest.mark.parametrize(
    ("now", "minutes", "expected"),
    [
        ("2020-04-08 20:00", 30, "2020-04-08 20:30"),
        ("2020-04-08 20:45", 30, "2020-04-09 07:15"),
        ("2020-04-09 03:00", 30, "2020-04-09 07:30"),
        ("2020-04-08 20:00", 60, "2020-04-09 07:00"),
        ("2020-04-08 09:00", 14 * 60 * 3, "2020-04-11 09:00"),
        ("2020-03-28 20:00", 120, "2020-03-29 08:00"),  # an hour shorter night
        ("2020-10-24 20:00", 120, "2020-10-25 08:00"),  # an hour longer one
    ],
)
def test_waking_time(now: str, minutes: int, expected: str) -> None:
    assert NIGHTS.add(local(now), timedelta(minutes=minutes)) == local(expected)


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2021, 12, 31), timezones=st.just(UTC)),
    minutes=st.integers(0, 5000),
    more=st.integers(0, 5000),
)
def test_waking_time_only_passes_while_awake(now: datetime, minutes: int, more: int) -> None:
    """Whatever the night, clock changes among them: never quiet at the end, never earlier, and parts add up."""
    end = NIGHTS.add(now, timedelta(minutes=minutes))
    assert NIGHTS.quiet_until(end) is None
    assert end >= now + timedelta(minutes=minutes)
    assert NIGHTS.add(end, timedelta(minutes=more)) == NIGHTS.add(now, timedelta(minutes=minutes + more))
