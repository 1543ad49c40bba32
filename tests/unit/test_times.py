"""Times that people write, read against a clock: never in the past, right on the days when the clocks change."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bots.dialogue.times import When, read_when, say_back
from dispatch.recurring import check_rule

STOCKHOLM = ZoneInfo("Europe/Stockholm")
THURSDAY = datetime(2026, 11, 26, 13, 30, tzinfo=STOCKHOLM)


def read(text: str, now: datetime = THURSDAY) -> When:
    """What `text` says, which says something."""
    when = read_when(text, now, STOCKHOLM)
    assert when is not None, text
    return when


def local(day: int, month: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    """A local time."""
    return datetime(year, month, day, hour, minute, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("på torsdag kl 10", local(3, 12, 10)),
        ("Skjuts imorgon kl. 9.15 tack", local(27, 11, 9, 15)),
        ("kl 10", local(27, 11, 10)),  # ten o'clock is past: tomorrow's
        ("kl 15", local(26, 11, 15)),
        ("kl 3", local(26, 11, 15)),  # nobody wants help at three in the night
        ("klockan tre på fredag", local(27, 11, 15)),
        ("halv fyra", local(26, 11, 15, 30)),
        ("kvart över tre på måndag", local(30, 11, 15, 15)),
        ("kvart i åtta imorgon", local(27, 11, 7, 45)),
        ("kl 8 på kvällen imorgon", local(27, 11, 20)),
        ("om två timmar", local(26, 11, 15, 30)),
        ("om en halvtimme", local(26, 11, 14)),
        ("den 12 maj kl 9", local(12, 5, 9, year=2027)),
        ("tomorrow at 3pm", local(27, 11, 15)),
        ("next Tuesday at half past three", local(1, 12, 15, 30)),
        ("in two hours", local(26, 11, 15, 30)),
        ("huomenna klo 10", local(27, 11, 10)),
        ("kahden tunnin päästä", local(26, 11, 15, 30)),
        ("غدا الساعة 10", local(27, 11, 10)),
        ("بعد ساعتين", local(26, 11, 15, 30)),
        ("завтра о 10", local(27, 11, 10)),
        ("через дві години", local(26, 11, 15, 30)),
    ],
)
def test_when_it_begins(text: str, starts: datetime) -> None:
    assert read(text).starts == starts


def test_a_time_by_which_and_a_time_between() -> None:
    assert read("snöröjning gärna före kl 8") == When(date(2026, 11, 27), ends=local(27, 11, 8))
    between = read("imorgon mellan 10 och 12")
    assert (between.starts, between.ends) == (local(27, 11, 10), local(27, 11, 12))
    assert read("kl 10-12 imorgon") == between
    assert read("between 9 and 11 tomorrow").starts == local(27, 11, 9)


@pytest.mark.parametrize(
    ("text", "day", "until", "part"),
    [
        ("imorgon förmiddag", date(2026, 11, 27), None, "forenoon"),
        ("i kväll", date(2026, 11, 26), None, "evening"),
        ("på lördag", date(2026, 11, 28), None, None),
        ("pa lordag", date(2026, 11, 28), None, None),
        ("i övermorgon", date(2026, 11, 28), None, None),
        ("den 12 maj", date(2027, 5, 12), None, None),
        ("den tolfte maj", date(2027, 5, 12), None, None),
        ("12/5", date(2027, 5, 12), None, None),
        ("2026-12-24", date(2026, 12, 24), None, None),
        ("29/2", date(2028, 2, 29), None, None),
        ("om en vecka", date(2026, 12, 3), None, None),
        ("nästa vecka", date(2026, 11, 30), date(2026, 12, 6), None),
        ("i helgen", date(2026, 11, 28), date(2026, 11, 29), None),
        ("den här veckan", date(2026, 11, 26), date(2026, 11, 29), None),
        ("on Monday morning", date(2026, 11, 30), None, "morning"),
        ("maanantaina", date(2026, 11, 30), None, None),
        ("يوم الجمعة", date(2026, 11, 27), None, None),
        ("у п'ятницю вранці", date(2026, 11, 27), None, "morning"),
    ],
)
def test_the_day(text: str, day: date, until: date | None, part: str | None) -> None:
    assert read(text) == When(day, until, part)


def test_on_thursday_said_on_a_thursday_is_the_next_one() -> None:
    assert read("på torsdag", local(26, 11, 20)).day == date(2026, 12, 3)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("varje fredag", "FREQ=WEEKLY;BYDAY=FR"),
        ("handla varje måndag åt min fru", "FREQ=WEEKLY;BYDAY=MO"),
        ("varje måndag, onsdag och fredag", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
        ("tisdagar", "FREQ=WEEKLY;BYDAY=TU"),
        ("varannan tisdag", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
        ("första måndagen i månaden", "FREQ=MONTHLY;BYDAY=1MO"),
        ("sista fredagen i månaden", "FREQ=MONTHLY;BYDAY=-1FR"),
        ("vardagar", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("varje dag", "FREQ=DAILY"),
        ("every Friday", "FREQ=WEEKLY;BYDAY=FR"),
        ("joka perjantai", "FREQ=WEEKLY;BYDAY=FR"),
        ("كل يوم", "FREQ=DAILY"),
        ("щопонеділка", "FREQ=WEEKLY;BYDAY=MO"),
    ],
)
def test_what_repeats_is_a_rule_that_needs_can_have(text: str, rule: str) -> None:
    assert read(text).repeats == rule
    assert check_rule(rule) == rule


def test_the_first_of_what_repeats_is_not_past() -> None:
    """Every Thursday at nine, said on a Thursday afternoon, begins in a week."""
    assert read("varje torsdag kl 9") == When(date(2026, 12, 3), starts=local(3, 12, 9), repeats="FREQ=WEEKLY;BYDAY=TH")


@pytest.mark.parametrize("text", ["behöver mat", "i fredags var det bra", "förra torsdagen", "2 liter mjölk till 10 personer",
                                  "på morgonen", "", "31/2", "kl 25"])  # fmt: skip
def test_no_time_to_come(text: str) -> None:
    assert read_when(text, THURSDAY, STOCKHOLM) is None


def test_an_hour_that_the_clocks_leave_out_and_one_that_comes_twice() -> None:
    spring = read("på söndag kl 02.30", datetime(2027, 3, 25, 12, tzinfo=STOCKHOLM)).starts
    assert spring is not None and (spring.hour, spring.minute) == (3, 30)
    autumn = read("på söndag kl 10", datetime(2026, 10, 22, 12, tzinfo=STOCKHOLM)).starts
    assert autumn is not None and autumn.astimezone(UTC).hour == 9  # winter time, although it is said in summer
    later = read("om två timmar", datetime(2027, 3, 28, 0, 30, tzinfo=UTC)).starts
    assert later is not None and later.astimezone(UTC) == datetime(2027, 3, 28, 2, 30, tzinfo=UTC)


def test_said_back_with_its_date() -> None:
    when = read("på torsdag kl 10")
    assert say_back(when, "sv") == "torsdag 3 december kl 10"
    assert say_back(when, "en") == "Thursday 3 December at 10"
    assert say_back(when, "so") == say_back(when, "en")
    assert say_back(read("imorgon förmiddag"), "sv") == "fredag 27 november på förmiddagen"
    assert say_back(read("före kl 8.30"), "sv") == "fredag 27 november före kl 8.30"
    assert say_back(read("mellan 10 och 12 imorgon"), "sv") == "fredag 27 november kl 10–12"
    assert say_back(read("nästa vecka"), "sv") is None
