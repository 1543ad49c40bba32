"""Needs that repeat: their rules, said in words, and the next occasion."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import BadRequest
from dispatch.escalation import decide_close
from dispatch.events import Kind
from dispatch.intake import Request, decide_request
from dispatch.mint import Mint
from dispatch.model import Case, Deadline, Person, Task, TaskState, Urgency
from dispatch.offers import decide_cancel
from dispatch.recurring import (
    check_rule,
    confirm_by,
    expected_from,
    first_occasion,
    follow_on,
    in_words,
    next_occasion,
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


def test_the_first_occasion_may_be_today() -> None:
    assert first_occasion("FREQ=WEEKLY;BYDAY=WE", WEDNESDAY, STOCKHOLM) == date(2020, 4, 8)
    assert first_occasion("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", WEDNESDAY, STOCKHOLM) == date(2020, 4, 14)


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
