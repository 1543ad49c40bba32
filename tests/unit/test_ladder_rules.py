"""Which rule wins, and which hours a moment belongs to."""

from dataclasses import replace
from datetime import date, datetime, time
from itertools import product

import pytest

from dispatch.days import Days
from dispatch.hours import Hours
from dispatch.ladder import choose, rule_in_force
from dispatch.ladder_hours import hours_at
from dispatch.ladder_rules import ANY, LadderKey, LadderRule, Ladders, When, rule_for
from dispatch.model import Ask, Step, Urgency
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")  # quiet from 21 to 7
AREA = (Step(Ask.AREA, 60, 60),)
OWN_DAY = replace(NETWORK, days=Days(NETWORK.zone, "SE", {date(2020, 4, 8): "Marknadsdagen"}))
AWAKE = replace(NETWORK, hours=Hours(NETWORK.zone))
LATE = replace(NETWORK, hours=Hours(NETWORK.zone, time(1), time(6)))
STRICT = replace(NETWORK, holidays_are_weekends=False)


@pytest.mark.parametrize(
    ("network", "local", "words"),
    [
        (NETWORK, "2020-04-08T09:00", "day office"),  # a Wednesday
        (NETWORK, "2020-04-08T07:30", "day"),
        (NETWORK, "2020-04-08T17:00", "evening"),
        (NETWORK, "2020-04-08T20:59", "evening"),
        (NETWORK, "2020-04-08T21:00", "night"),
        (NETWORK, "2020-04-08T06:59", "night"),
        (NETWORK, "2020-04-11T09:00", "day weekend"),  # a Saturday
        (NETWORK, "2020-04-17T23:00", "night"),  # a Friday
        (NETWORK, "2020-04-18T01:00", "night weekend"),  # the same night, on Saturday
        (NETWORK, "2020-04-20T01:00", "night"),  # Monday
        (NETWORK, "2020-04-10T10:00", "day weekend holiday"),  # Good Friday
        (NETWORK, "2020-12-24T03:00", "night weekend holiday"),
        (STRICT, "2020-12-24T03:00", "night holiday"),
        (STRICT, "2020-12-26T10:00", "day weekend holiday"),  # Boxing Day on a Saturday
        (OWN_DAY, "2020-04-08T09:00", "day weekend holiday"),
        (AWAKE, "2020-04-08T22:00", "night"),
        (AWAKE, "2020-04-08T21:59", "evening"),
        (LATE, "2020-04-09T00:30", "evening"),
        (LATE, "2020-04-09T06:00", "day"),
        (NETWORK, "2020-03-29T03:30", "night weekend"),  # the clock goes forward
    ],
)
def test_the_hours_of_a_moment(network, local: str, words: str) -> None:  # type: ignore[no-untyped-def]
    moment = datetime.fromisoformat(local).replace(tzinfo=NETWORK.zone)
    assert hours_at(network, moment) == set(words.split())


RULES = {
    "all": LadderKey(),
    "night": LadderKey(hours="night"),
    "weekend": LadderKey(hours="weekend"),
    "holiday": LadderKey(hours="holiday"),
    "high": LadderKey(urgency="high"),
    "high at night": LadderKey(urgency="high", hours="night"),
    "granna": LadderKey(area="granna"),
    "granna by day": LadderKey(area="granna", hours="day"),
    "pharmacy": LadderKey("pharmacy"),
    "pharmacy in granna": LadderKey("pharmacy", "granna"),
    "pharmacy in norrahammar, high": LadderKey("pharmacy", "norrahammar", "high"),
    "emergency": LadderKey(urgency="emergency"),
    "emergency at night": LadderKey(urgency="emergency", hours="night"),
}
WEDNESDAY, WEDNESDAY_NIGHT, SATURDAY_NIGHT, CHRISTMAS = (
    "2020-04-08T09:00", "2020-04-08T23:00", "2020-04-18T01:00", "2020-12-24T03:00",
)  # fmt: skip


@pytest.mark.parametrize(
    ("category", "area", "urgency", "local", "wins"),
    [
        ("groceries", "tenhult", Urgency.NORMAL, WEDNESDAY, "all"),
        ("groceries", None, Urgency.HIGH, WEDNESDAY, "high"),
        ("groceries", "tenhult", Urgency.HIGH, WEDNESDAY_NIGHT, "high at night"),
        ("groceries", "tenhult", Urgency.NORMAL, WEDNESDAY_NIGHT, "night"),
        ("groceries", "tenhult", Urgency.NORMAL, SATURDAY_NIGHT, "weekend"),  # what day it is, then the time of day
        ("groceries", "tenhult", Urgency.NORMAL, CHRISTMAS, "holiday"),
        ("groceries", "granna", Urgency.HIGH, WEDNESDAY_NIGHT, "granna"),  # the area before urgency and hours
        ("groceries", "granna", Urgency.HIGH, WEDNESDAY, "granna by day"),
        ("pharmacy", "tenhult", Urgency.HIGH, WEDNESDAY_NIGHT, "pharmacy"),  # the category before all
        ("pharmacy", "granna", Urgency.HIGH, WEDNESDAY, "pharmacy in granna"),
        ("pharmacy", "norrahammar", Urgency.HIGH, WEDNESDAY, "pharmacy in norrahammar, high"),
        ("pharmacy", "norrahammar", Urgency.NORMAL, WEDNESDAY, "pharmacy"),
        ("pharmacy", "granna", Urgency.EMERGENCY, WEDNESDAY, "emergency"),  # an emergency has rules of its own only
        (None, None, Urgency.EMERGENCY, WEDNESDAY_NIGHT, "emergency at night"),
        ("magic", "mars", Urgency.NORMAL, WEDNESDAY, "all"),
    ],
)
def test_the_most_specific_rule_wins(category: str | None, area: str | None, urgency: Urgency, local: str, wins: str) -> None:
    moment = datetime.fromisoformat(local).replace(tzinfo=NETWORK.zone)
    for order in (1, -1):  # whatever the order in the file
        rules = [rule_for(key, AREA) for key in RULES.values()][::order]
        found = rule_in_force(replace(NETWORK, ladders=Ladders(rules)), category, urgency, area, moment)
        assert found is not None
        assert found.key == RULES[wins]


def test_no_two_keys_that_fit_the_same_are_equally_specific() -> None:
    keys = [LadderKey(*parts) for parts in product(("*", "pharmacy"), ("*", "granna"), ("*", "high"), ("*", *When))]
    assert len({key.specific for key in keys}) == len(keys)


def test_an_edit_stands_over_the_file_until_it_is_taken_back() -> None:
    book = Ladders([LadderRule(ANY, ANY, AREA)])
    edited = LadderRule(ANY, ANY, AREA * 2)
    book.follow(1, [edited, LadderRule("pharmacy", ANY, AREA * 3)])
    assert book.rule(LadderKey()) == edited
    assert [len(rule.steps) for rule in book.rules] == [2, 3]
    book.follow(2, [])
    assert [len(rule.steps) for rule in book.rules] == [1]
    assert book.version == 2


def test_a_ladder_that_was_chosen_does_not_change_with_the_book() -> None:
    network = replace(NETWORK, ladders=Ladders([LadderRule(ANY, ANY, AREA)]))
    now = datetime(2020, 4, 8, 9, tzinfo=NETWORK.zone)
    before = choose(network, "groceries", Urgency.NORMAL, area="granna", now=now)
    network.ladders.follow(1, [LadderRule(ANY, ANY, AREA * 2)])
    after = choose(network, "groceries", Urgency.NORMAL, area="granna", now=now)
    assert (len(before), len(after)) == (2, 3)
