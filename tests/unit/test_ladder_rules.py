"""Which rule wins, and which hours a moment belongs to."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import product

import pytest

from dispatch.amend import decide_change
from dispatch.days import Days
from dispatch.hours import Hours
from dispatch.intake import Request, decide_request
from dispatch.ladder import choose, rule_in_force
from dispatch.ladder_hours import hours_at
from dispatch.ladder_rules import ANY, LadderKey, LadderRule, Ladders, When, rule_for
from dispatch.mint import Mint
from dispatch.model import Ask, Case, Deadline, Person, Step, Urgency
from dispatch.network import Network
from dispatch.recurring import Planned, one_more
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")  # quiet from 21 to 7
ELSA, MINT = "+46701000001", Mint(seed=1)
MINT.stock(range(100))
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
def test_the_hours_of_a_moment(network: Network, local: str, words: str) -> None:
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


BY_HOURS = {When.DAY: 1, When.NIGHT: 2, When.WEEKEND: 3}  # how many steps, beside the coordinator
WITH_HOURS = replace(NETWORK, ladders=Ladders(rule_for(LadderKey(hours=when), AREA * n) for when, n in BY_HOURS.items()))


@pytest.mark.parametrize(
    ("told", "local", "urgency", "when"),
    [
        ("by day", WEDNESDAY, Urgency.NORMAL, When.DAY),
        ("what waits for the morning has the morning's", WEDNESDAY_NIGHT, Urgency.NORMAL, When.DAY),
        ("what is urgent does not wait", WEDNESDAY_NIGHT, Urgency.HIGH, When.NIGHT),
        ("told on Friday night, begun on Saturday", "2020-04-17T23:00", Urgency.NORMAL, When.WEEKEND),
    ],
)
def test_the_hours_are_those_when_the_ladder_begins(told: str, local: str, urgency: Urgency, when: When) -> None:
    case = opened(datetime.fromisoformat(local).replace(tzinfo=NETWORK.zone), urgency)
    assert len(case.task.ladder) == BY_HOURS[when] + 1, told


def test_an_occasion_has_the_hours_of_its_own_day() -> None:
    """A need of every Saturday: the next task is made on a weekday, and has the weekend's ladder."""
    now = datetime(2020, 4, 8, 9, tzinfo=NETWORK.zone)
    case = opened(now, Urgency.NORMAL)
    saturday, _ = one_more(case, Planned(date(2020, 4, 11)), WITH_HOURS, now, MINT)
    tuesday, _ = one_more(case, Planned(date(2020, 4, 14)), WITH_HOURS, now, MINT)
    assert (len(saturday.ladder), len(tuesday.ladder)) == (BY_HOURS[When.WEEKEND] + 1, BY_HOURS[When.DAY] + 1)


def test_a_request_that_is_changed_has_the_hours_when_it_begins_anew() -> None:
    """Put off by hand until Saturday, and changed on Wednesday."""
    now = datetime(2020, 4, 8, 9, tzinfo=NETWORK.zone)
    case = opened(now, Urgency.NORMAL)
    later, _ = decide_change(case, replace(case.need, area="tenhult"), None, WITH_HOURS, now + timedelta(hours=14))
    assert len(later.task.ladder) == BY_HOURS[When.DAY] + 1
    held = replace(case, task=replace(case.task, deadline=Deadline.HELD, deadline_at=now + timedelta(days=3)))
    saturday, _ = decide_change(held, replace(case.need, area="tenhult"), None, WITH_HOURS, now)
    assert len(saturday.task.ladder) == BY_HOURS[When.WEEKEND] + 1


def opened(now: datetime, urgency: Urgency) -> Case:
    resident = Person(1, ELSA, now, roles=("resident",))
    case, _ = decide_request(resident, Request("Mjölk", "api", "groceries", "granna", urgency=urgency), WITH_HOURS, now, MINT)
    return case
