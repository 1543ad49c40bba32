"""How many are asked at a time, and who comes first among equals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.answers import EVENLY, FEWEST, SELDOM, USUALLY, Answers, Tally, wave_size
from dispatch.matching import Order
from dispatch.model import Ask, Step
from tests.unit.test_matching import CHECKED, NOW, case, member

STEP = Step(Ask.AREA, 60, 60, 3)


@pytest.mark.parametrize(
    ("yes", "asked", "places", "size"),
    [
        (0, 0, 1, 3),  # nothing is known: as the ladder says
        (0, FEWEST - 1, 1, 3),  # nearly nothing
        (30, 30, 1, 3),  # never fewer than the ladder says
        (20, 60, 1, 3),  # one of three: a wave of three
        (10, 60, 1, 6),  # one of five and a half
        (8, 60, 1, 7),
        (0, 60, 1, 9),  # nobody: as many as may be
        (20, 60, 2, 6),  # two are needed
        (60, 60, 4, 5),
        (0, 60, 4, 9),
    ],
)
def test_so_many_are_asked_that_one_yes_can_be_expected(yes: int, asked: int, places: int, size: int) -> None:
    assert wave_size(STEP, Tally(yes, asked), places) == size


def test_a_step_may_turn_it_off() -> None:
    assert wave_size(replace(STEP, widen=False), Tally(0, 99), 1) == 3


@pytest.mark.parametrize(
    ("yes", "asked", "habit"),
    [
        (0, 0, EVENLY),
        (1, 1, EVENLY),
        (2, 2, USUALLY),
        (3, 4, EVENLY),
        (9, 10, USUALLY),
        (0, 2, EVENLY),
        (0, 3, SELDOM),
        (1, 9, SELDOM),
    ],
)
def test_few_answers_say_little(yes: int, asked: int, habit: int) -> None:
    assert Answers(people={(1, "pet"): Tally(yes, asked)}).habit(1, "pet") == habit


def test_what_was_counted_holds_for_ten_minutes() -> None:
    now = datetime(2020, 4, 8, 7, tzinfo=UTC)
    counted = Answers(read_at=now)
    assert counted.is_fresh(now + timedelta(minutes=9))
    assert not counted.is_fresh(now + timedelta(minutes=10))
    assert not Answers().is_fresh(now)


def test_a_yes_breaks_ties_and_nothing_else() -> None:
    """Whoever mostly says yes comes first among those asked on the same day; newcomers come before all of them."""
    answers = Answers(people={(11, "pet"): Tally(0, 9), (12, "pet"): Tally(9, 9), (14, "pet"): Tally(9, 9)})
    yesterday = NOW - timedelta(days=1)
    often_no = member(11, asked_at=yesterday)
    often_yes = member(12, asked_at=yesterday + timedelta(hours=1))
    newcomer = member(13)
    busy = replace(member(14), holds=1)
    order = Order(case("pet"), CHECKED, NOW, answers)
    line = sorted([often_no, often_yes, newcomer, busy], key=order.place)
    assert [c.person.id for c in line] == [13, 12, 11, 14]


def test_the_fixed_contact_comes_first() -> None:
    task = case("pet")
    task = replace(task, resident=replace(task.resident, fixed_contact=12))
    order = Order(task, CHECKED, NOW)
    helped = member(12, helped=50, today=3)
    assert [c.person.id for c in sorted([member(11), helped], key=order.place)] == [12, 11]
    assert order.reasons(helped)[0] == "fixed"


def test_the_reasons_say_what_counts_and_name_nobody() -> None:
    task = case("pet")
    task = replace(task, resident=replace(task.resident, language="ar"), need=replace(task.need, place="Gränna"))
    answers = Answers(people={(11, "pet"): Tally(3, 4)})
    order = Order(task, CHECKED, NOW, answers)
    anna = member(11, languages=("sv", "ar"), asked_at=NOW - timedelta(days=9))
    assert order.reasons(anna) == ["language", "place", "km:2", "days:9", "yes:3/4"]
    assert order.reasons(member(12, area="bankeryd", place=None, today=2, asked_at=NOW)) == ["today:2"]
    assert order.reasons(member(13, area=None, place=None, avoids=("category:pet",), standby_since=NOW)) == [
        "standby",
        "avoids",
        "never",
    ]
