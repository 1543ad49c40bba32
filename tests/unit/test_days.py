"""Which days are holidays, and when an office is open: over Christmas, weekends, and the nights when clocks change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.days import DayKind, Days
from service.network_file import NetworkFileError, build_network
from service.network_schema import read_office_hours
from tests.jonkoping import raw_network

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAYS = Days(STOCKHOLM)
OFFICE = read_office_hours("mon-fri 08:00-16:30")


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    ("day", "name", "kind"),
    [
        (date(2026, 12, 24), "Julafton", DayKind.HOLIDAY),  # by custom, not by law
        (date(2026, 12, 25), "Juldagen", DayKind.HOLIDAY),
        (date(2026, 6, 19), "Midsommarafton", DayKind.HOLIDAY),
        (date(2027, 3, 26), "Långfredagen", DayKind.HOLIDAY),
        (date(2026, 11, 29), None, DayKind.WEEKEND),  # a Sunday as others
        (date(2026, 11, 26), None, DayKind.WEEKDAY),
        (date(2026, 6, 6), "Nationaldagen", DayKind.HOLIDAY),  # a Saturday, and a holiday nevertheless
    ],
)
def test_days_of_sweden(day: date, name: str | None, kind: DayKind) -> None:
    assert (DAYS.holiday(day), DAYS.kind(day)) == (name, kind)


def test_a_holiday_has_a_name_in_english_too() -> None:
    assert DAYS.holiday(date(2026, 12, 25), "en") == "Christmas Day"
    assert DAYS.holiday(date(2026, 12, 25), "ar") == "Christmas Day"


def test_a_network_has_holidays_of_its_own() -> None:
    raw = raw_network()
    raw["holiday"] = [{"date": date(2026, 5, 15), "name": "Klämdag"}]
    days = build_network(raw, "test").days
    assert (days.holiday(date(2026, 5, 15)), days.kind(date(2026, 5, 15))) == ("Klämdag", DayKind.HOLIDAY)


def test_without_a_country_only_weekends_are_no_working_days() -> None:
    raw = raw_network()
    raw["network"]["holidays"] = ""
    days = build_network(raw, "test").days
    assert days.kind(date(2026, 12, 25)) is DayKind.WEEKDAY


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("holidays", "Sverige", "is no country whose holidays are known"),
        ("office_hours", "08-16", "is no office hours"),
        ("office_hours", "mon-fri 16:00-08:00", "closes on the day on which it opens"),
        ("office_hours", "mån-fre 08:00-16:00", "is no days"),
        ("office_hours", 8, "is no office hours"),
    ],
)
def test_what_the_file_says_wrong_is_said(part: str, value: Any, said: str) -> None:
    raw = raw_network()
    if part == "holidays":
        raw["network"]["holidays"] = value
    else:
        next(g for g in raw["group"] if g["kind"] == "service")["office_hours"] = value
    with pytest.raises(NetworkFileError, match=said):
        build_network(raw, "test")


def test_only_a_service_group_has_office_hours() -> None:
    raw = raw_network()
    next(g for g in raw["group"] if g["kind"] == "regulars")["office_hours"] = "mon-fri 08:00-16:00"
    with pytest.raises(NetworkFileError, match="only a service group"):
        build_network(raw, "test")


def test_an_office_is_closed_over_christmas() -> None:
    """Christmas Eve 2026 is a Thursday: from Wednesday afternoon until Monday nobody is there."""
    assert OFFICE is not None
    wednesday = local(2026, 12, 23, 16)
    assert OFFICE.closes(DAYS, wednesday) == local(2026, 12, 23, 16, 30)
    assert OFFICE.open_from(DAYS, local(2026, 12, 24, 3)) == local(2026, 12, 28, 8)
    assert OFFICE.add(DAYS, wednesday, timedelta(hours=1)) == local(2026, 12, 28, 8, 30)


def test_an_office_that_never_opens_is_not_waited_for() -> None:
    raw = raw_network()
    service = next(g for g in raw["group"] if g["kind"] == "service")
    service["office_hours"] = "sun 08:00-09:00"
    raw["holiday"] = [{"date": date(2026, 11, 29) + timedelta(weeks=n), "name": "Stängt"} for n in range(60)]
    network = build_network(raw, "test")
    group = network.group(service["key"])
    assert group is not None and group.office_hours is not None
    now = local(2026, 11, 27, 12)
    assert group.office_hours.add(network.days, now, timedelta(hours=1)) == now + timedelta(hours=1)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_office_time_is_later_and_in_the_office(now: datetime, span: timedelta) -> None:
    assert OFFICE is not None
    then = OFFICE.add(DAYS, now, span)
    assert then >= OFFICE.open_from(DAYS, now)
    assert then >= now + span or span == timedelta(0)
    assert OFFICE.closes(DAYS, then - timedelta(microseconds=1)) or span == timedelta(0) or then == OFFICE.open_from(DAYS, then)
