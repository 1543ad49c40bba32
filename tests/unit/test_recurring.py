"""Needs that repeat: their rules, said in words, and the next occasion."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import BadRequest, IllegalMove
from dispatch.escalation import decide_close
from dispatch.events import Kind
from dispatch.intake import Request, decide_request
from dispatch.mint import Mint
from dispatch.model import Case, Deadline, Person, Task, TaskState, Urgency
from dispatch.offers import decide_cancel
from dispatch.recurring import (
    Planned,
    check_rule,
    confirm_by,
    decide_holidays,
    decide_skip_occasion,
    expected_from,
    first_day,
    follow_on,
    in_words,
    next_occasion,
    plan_occasion,
    repeat_rule,
)
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
STOCKHOLM = ZoneInfo("Europe/Stockholm")
WEDNESDAY = datetime(2020, 4, 8, 7, tzinfo=UTC)  # nine in the morning


def at(day: int, hour: int, month: int = 4) -> datetime:
    return datetime(2020, month, day, hour, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    ("every", "weekday", "rule", "swedish", "english"),
    [
        ("day", "MO", "FREQ=DAILY", "varje dag", "every day"),
        ("week", "FR", "FREQ=WEEKLY;BYDAY=FR", "varje fredag", "every Friday"),
        ("two-weeks", "TU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "varannan tisdag", "every other Tuesday"),
        ("month", "WE", "FREQ=MONTHLY;BYDAY=1WE", "första onsdagen i månaden", "the first Wednesday of the month"),
    ],
)
def test_what_an_operator_may_choose(every: str, weekday: str, rule: str, swedish: str, english: str) -> None:
    assert repeat_rule(every, weekday) == rule
    assert (in_words(rule, "sv"), in_words(rule, "en")) == (swedish, english)
    assert in_words(rule, "ar") == english  # no words here yet


def test_rules_that_programs_may_write() -> None:
    assert in_words("FREQ=WEEKLY;BYDAY=MO,WE,FR", "sv") == "varje måndag, onsdag och fredag"
    assert in_words("FREQ=MONTHLY;BYDAY=-1FR", "en") == "the last Friday of the month"


@pytest.mark.parametrize(
    "rule",
    ["", "every friday", "FREQ=SECONDLY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY\nFREQ=DAILY",
     "FREQ=MONTHLY;BYDAY=5FR", "FREQ=DAILY;COUNT=3", "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2"],
)  # fmt: skip
def test_a_rule_that_is_not_kept_is_a_bad_request(rule: str) -> None:
    with pytest.raises(BadRequest):
        check_rule(rule)
    with pytest.raises(BadRequest):
        next_occasion(rule, WEDNESDAY, STOCKHOLM)


@pytest.mark.parametrize(("every", "weekday"), [("never", "FR"), ("week", "Friday"), ("week", "FR,XX"), ("month", "")])
def test_a_choice_that_is_none(every: str, weekday: str) -> None:
    with pytest.raises(BadRequest):
        repeat_rule(every, weekday)


@pytest.mark.parametrize(
    ("rule", "after", "since", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=FR", WEDNESDAY, None, at(10, 9)),
        ("FREQ=WEEKLY;BYDAY=FR", at(10, 8), None, at(17, 9)),  # on the day itself: the next one
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", at(10, 12), date(2020, 4, 10), at(24, 9)),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", at(18, 12), date(2020, 4, 10), at(24, 9)),  # closed late: no drift
        ("FREQ=WEEKLY;BYDAY=MO,FR", at(10, 12), date(2020, 4, 10), at(13, 9)),
        ("FREQ=MONTHLY;BYDAY=1WE", WEDNESDAY, None, at(6, 9, month=5)),
        ("FREQ=DAILY", at(8, 23), None, at(9, 9)),
    ],
)
def test_the_next_occasion(rule: str, after: datetime, since: date | None, expected: datetime) -> None:
    assert next_occasion(rule, after, STOCKHOLM, since) == expected


def test_an_occasion_begins_at_nine_in_winter_and_in_summer() -> None:
    """The clocks change on 29 March and on 25 October."""
    for before in (datetime(2020, 3, 28, 12, tzinfo=UTC), datetime(2020, 10, 24, 12, tzinfo=UTC)):
        assert next_occasion("FREQ=DAILY", before, STOCKHOLM).astimezone(STOCKHOLM).hour == 9


def test_the_first_day_may_be_today() -> None:
    assert first_day("FREQ=WEEKLY;BYDAY=WE", WEDNESDAY, STOCKHOLM) == date(2020, 4, 8)
    assert first_day("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", WEDNESDAY, STOCKHOLM) == date(2020, 4, 14)


def done(repeats: str | None, now: datetime = WEDNESDAY, protected: bool = False) -> tuple[Case, Mint]:
    """A request that somebody has carried out."""
    mint = Mint(seed=1)
    mint.stock(range(10))
    resident = Person(1, "+46701000001", now, name="Elsa", protected=protected)
    request = Request("mat", "desk", "groceries", "granna", repeats=repeats)
    case, _ = decide_request(resident, request, NETWORK, now, mint)
    task = replace(case.task, state=TaskState.DONE, deadline=Deadline.CONFIRM, deadline_at=now + timedelta(days=1))
    return replace(case, task=task), mint


def closed(repeats: str | None, at: datetime) -> Task | None:
    """The task that follows when an occasion is closed `at`."""
    case, mint = done(repeats)
    more = follow_on(*decide_close(case, at), NETWORK, at, mint)
    return more[0] if more else None


def test_when_an_occasion_is_closed_the_next_is_on_hold_until_the_day_before() -> None:
    case, mint = done("FREQ=WEEKLY;BYDAY=FR")
    assert case.task.occasion == date(2020, 4, 10)
    after, events = decide_close(case, at(11, 12))
    more = follow_on(after, events, NETWORK, at(11, 12), mint)
    assert more is not None
    task, event = more
    assert (task.state, task.deadline, task.deadline_at, task.occasion) == (
        TaskState.OPEN, Deadline.HELD, at(16, 9), date(2020, 4, 17),
    )  # fmt: skip
    assert task.need_id == case.need.id
    assert task.id != case.task.id
    assert task.code != case.task.code
    assert task.ladder == case.task.ladder
    assert (event.kind, event.data["repeats"]) == (Kind.TASK_OPENED, True)


def test_done_early_the_same_occasion_does_not_come_twice() -> None:
    """Elsa says on Thursday that Friday's food has come: the next is the Friday after."""
    task = closed("FREQ=WEEKLY;BYDAY=FR", at(9, 15))
    assert task is not None
    assert task.occasion == date(2020, 4, 17)


def test_closed_weeks_late_the_next_is_the_next_from_now() -> None:
    task = closed("FREQ=WEEKLY;BYDAY=FR", at(23, 15))
    assert task is not None
    assert (task.occasion, task.deadline_at) == (date(2020, 4, 24), at(23, 15))


def test_what_does_not_repeat_has_no_next() -> None:
    assert closed(None, at(9, 15)) is None


def test_cancelling_is_how_a_repetition_is_stopped() -> None:
    case, mint = done("FREQ=DAILY")
    case = replace(case, task=replace(case.task, state=TaskState.OPEN))
    after, events = decide_cancel(case, None, "resident", WEDNESDAY)
    assert follow_on(after, events, NETWORK, WEDNESDAY, mint) is None


def test_the_next_occasion_of_a_protected_resident_is_not_for_volunteers() -> None:
    case, mint = done("FREQ=DAILY", protected=True)
    after, events = decide_close(case, WEDNESDAY)
    more = follow_on(after, events, NETWORK, WEDNESDAY, mint)
    assert more is not None
    assert all(step.ask.acknowledges for step in more[0].ladder)


def test_an_emergency_does_not_repeat() -> None:
    mint = Mint(seed=1)
    mint.stock(range(10))
    request = Request("hon andas inte", "desk", urgency=Urgency.EMERGENCY, repeats="FREQ=DAILY")
    case, _ = decide_request(Person(1, None, WEDNESDAY), request, NETWORK, WEDNESDAY, mint)
    assert (case.need.repeats, case.task.occasion) == (None, None)


def test_silence_closes_a_daily_task_in_time_for_the_next() -> None:
    """A day's patience would make every day into every second day."""
    daily, _ = done("FREQ=DAILY")
    assert confirm_by(daily, NETWORK, at(8, 15)) == at(8, 17)
    weekly, _ = done("FREQ=WEEKLY;BYDAY=FR")
    once, _ = done(None)
    assert confirm_by(weekly, NETWORK, at(10, 15)) == confirm_by(once, NETWORK, at(10, 15)) > at(11, 15)


def test_nobody_is_nudged_before_the_day_that_was_agreed() -> None:
    friday, _ = done("FREQ=WEEKLY;BYDAY=FR")
    assert expected_from(friday.task, NETWORK, WEDNESDAY) == at(10, 9)
    assert expected_from(friday.task, NETWORK, at(10, 14)) == at(10, 14)
    assert expected_from(done(None)[0].task, NETWORK, WEDNESDAY) == WEDNESDAY


# Holidays: Christmas Eve 2026 is a Thursday, Christmas Day a Friday, New Year's Day a Friday too

DAYS = NETWORK.days
FRIDAYS = "FREQ=WEEKLY;BYDAY=FR"


def day(month: int, number: int, year: int = 2026) -> date:
    return date(year, month, number)


XMAS = (day(12, 24), day(12, 25), day(12, 26))


@pytest.mark.parametrize(
    ("rule", "since", "holidays", "planned"),
    [
        (FRIDAYS, day(12, 18), None, Planned(day(12, 25))),
        (FRIDAYS, day(12, 18), "skip", Planned(day(1, 8, 2027), None, (day(12, 25), day(1, 1, 2027)))),
        (FRIDAYS, day(12, 18), "before", Planned(day(12, 23), day(12, 25))),  # the eve is a holiday too
        (FRIDAYS, day(12, 18), "after", Planned(day(12, 28), day(12, 25))),  # past the weekend
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", day(12, 11), "after", Planned(day(12, 28), day(12, 25))),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", day(12, 25), "after", Planned(day(1, 8, 2027))),  # counted from the rule's own day
        ("FREQ=DAILY", day(12, 23), "after", Planned(day(12, 27), None, XMAS)),  # the next comes anyway
        ("FREQ=DAILY", day(12, 23), "before", Planned(day(12, 27), None, XMAS)),
        (FRIDAYS, day(12, 11), "skip", Planned(day(12, 18))),
    ],
)  # fmt: skip
def test_what_happens_on_a_holiday(rule: str, since: date, holidays: str | None, planned: Planned) -> None:
    assert plan_occasion(rule, since, since + timedelta(1), holidays, DAYS) == planned


def coming(holidays: str | None = None) -> Case:
    """The occasion of Christmas Day, on hold."""
    now = datetime(2026, 12, 18, 12, tzinfo=UTC)
    case, mint = done(FRIDAYS, now)
    case = replace(case, need=replace(case.need, holidays=holidays))
    after, events = decide_close(case, now)
    more = follow_on(after, events, NETWORK, now, mint)
    assert more is not None
    return replace(case, task=more[0])


NOON = datetime(2026, 12, 19, 12, tzinfo=UTC)


def test_a_visit_is_left_out_and_on_a_holiday_all_holidays_are() -> None:
    after, events = decide_skip_occasion(coming(), 1, NETWORK, NOON)
    assert (after.task.occasion, after.need.holidays) == (day(1, 8, 2027), "skip")
    assert after.task.deadline_at == datetime(2027, 1, 7, 9, tzinfo=STOCKHOLM)
    assert events[0].data["skipped"] == ["2026-12-25", "2027-01-01"]
    again, _ = decide_skip_occasion(after, 1, NETWORK, NOON)
    assert (again.task.occasion, again.need.holidays) == (day(1, 15, 2027), "skip")


def test_the_choice_for_holidays_moves_what_is_to_come_and_can_be_taken_back() -> None:
    case = coming()
    moved, _ = decide_holidays(case, "after", 1, NETWORK, NOON)
    assert (moved.task.occasion, moved.task.by_rule) == (day(12, 28), day(12, 25))
    back, _ = decide_holidays(moved, None, 1, NETWORK, NOON)
    assert (back.task.occasion, back.task.by_rule) == (day(12, 25), None)
    out, _ = decide_holidays(moved, "skip", 1, NETWORK, NOON)
    assert out.task.occasion == day(1, 8, 2027)
    with pytest.raises(BadRequest):
        decide_holidays(case, "sometimes", 1, NETWORK, NOON)


def test_what_somebody_has_been_asked_about_is_not_left_out_so() -> None:
    case = coming()
    with pytest.raises(IllegalMove):
        decide_skip_occasion(replace(case, task=replace(case.task, deadline=Deadline.ADVANCE)), 1, NETWORK, NOON)


def test_the_next_occasion_after_a_moved_one_is_the_rules() -> None:
    moved, _ = decide_holidays(coming(), "after", 1, NETWORK, NOON)
    task = replace(moved.task, state=TaskState.DONE, deadline=Deadline.CONFIRM)
    mint = Mint(seed=1)
    mint.stock(range(10))
    monday = datetime(2026, 12, 28, 15, tzinfo=UTC)
    more = follow_on(*decide_close(replace(moved, task=task), monday), NETWORK, monday, mint)
    assert more is not None
    assert (more[0].occasion, more[0].by_rule) == (day(1, 4, 2027), day(1, 1, 2027))
