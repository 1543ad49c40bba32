"""What is said about a ladder before it is needed."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from dispatch.ladder_check import Fault, check_ladder, time_to_a_human
from dispatch.ladder_rules import LadderRule, Ladders
from dispatch.model import Ask, Step
from service.network_file import BUILT_IN, build_network, read_network
from tests.jonkoping import raw_network

MINUTE, HOUR = 60.0, 3600.0
AREA, EMERGENCY, REGULARS = (Step(ask, 30 * MINUTE, 10 * MINUTE) for ask in (Ask.AREA, Ask.EMERGENCY, Ask.REGULARS))
SERVICE, COORDINATOR = (Step(ask, 15 * MINUTE, 15 * MINUTE) for ask in (Ask.SERVICE, Ask.COORDINATOR))
EVENINGS = {"group": "emergency", "days": "mon-fri", "from": "17:00", "to": "21:00", "needed": 2}
EVERYBODY = {"area:granna": 3, "area:kaxholmen": 1, "emergency": 2, "service-municipal": 1, "coordinators": 1}
File = Callable[[dict[str, Any]], object]


def as_it_is(raw: dict[str, Any]) -> None:
    pass


def no_service_group(raw: dict[str, Any]) -> None:
    raw["group"] = [group for group in raw["group"] if group["kind"] != "service"]


def office_hours(raw: dict[str, Any]) -> None:
    for group in raw["group"]:
        if group["kind"] == "service":
            group["office_hours"] = "mon-fri 08:00-16:30"


def signs_up(raw: dict[str, Any]) -> None:
    raw["shift"] = [EVENINGS]
    next(g for g in raw["group"] if g["key"] == "emergency")["duty"] = "signed-up"


def rule(*steps: Step, category: str = "*", urgency: str = "*", area: str = "*", hours: str = "*") -> LadderRule:
    return LadderRule(category, urgency, steps, area, hours)


@pytest.mark.parametrize(
    ("told", "change", "ladder", "faults"),
    [
        ("nothing to say", as_it_is, rule(AREA, EMERGENCY, SERVICE, COORDINATOR), []),
        ("no coordinator at the end", as_it_is, rule(AREA, SERVICE), [Fault.COMPLETED]),
        ("volunteers first in danger", as_it_is, rule(AREA, COORDINATOR, urgency="emergency"), [Fault.NOT_HUMAN_FIRST]),
        ("a human first in danger", as_it_is, rule(COORDINATOR, AREA, COORDINATOR, urgency="emergency"), []),
        ("no service group", no_service_group, rule(SERVICE, COORDINATOR), [Fault.NO_SERVICE_GROUP]),
        ("no group of the kind", as_it_is, rule(REGULARS, COORDINATOR), [Fault.NO_MEMBERS]),
        ("nobody in the area's group", as_it_is, rule(AREA, COORDINATOR, area="bankeryd"), [Fault.NO_MEMBERS]),
        ("somebody in the area's group", as_it_is, rule(AREA, COORDINATOR, area="granna"), []),
        ("no time to answer", as_it_is, rule(Step(Ask.AREA, 30, 30), COORDINATOR), [Fault.TOO_SHORT]),
        ("more than a day", as_it_is, rule(Step(Ask.AREA, 25 * HOUR, HOUR), COORDINATOR), [Fault.TOO_LONG]),
        ("an hour for what is urgent", as_it_is, rule(*[AREA] * 3, COORDINATOR, urgency="high"), [Fault.TOO_LONG]),
        ("90 minutes for all: what is urgent has its own", as_it_is, rule(*[AREA] * 3, COORDINATOR), []),
        ("90 minutes for what is urgent there too", as_it_is, rule(*[AREA] * 3, COORDINATOR, area="granna"), [Fault.TOO_LONG]),
        ("ordinary tasks sleep", as_it_is, rule(AREA, COORDINATOR, urgency="normal", hours="night"), [Fault.NEVER_CHOSEN]),
        ("an area that is no more", as_it_is, rule(COORDINATOR, area="mars"), [Fault.NEVER_CHOSEN]),
        ("shifts at other hours", signs_up, rule(EMERGENCY, COORDINATOR, hours="night"), [Fault.NEVER_ON_DUTY]),
        ("shifts on other days", signs_up, rule(EMERGENCY, COORDINATOR, hours="weekend"), [Fault.NEVER_ON_DUTY]),
        ("shifts at these hours", signs_up, rule(EMERGENCY, COORDINATOR, hours="evening"), []),
        ("a holiday may be a weekday", signs_up, rule(EMERGENCY, COORDINATOR, hours="holiday"), []),
        ("the office is closed", office_hours, rule(SERVICE, COORDINATOR, hours="night"), [Fault.OFFICE_CLOSED]),
        ("closed on holidays", office_hours, rule(SERVICE, COORDINATOR, hours="holiday"), [Fault.OFFICE_CLOSED]),
        ("open by day", office_hours, rule(SERVICE, COORDINATOR, hours="day"), []),
        ("open some time", office_hours, rule(SERVICE, COORDINATOR), []),
    ],
)
def test_what_is_found(told: str, change: File, ladder: LadderRule, faults: list[Fault]) -> None:
    raw = deepcopy(raw_network())
    change(raw)
    assert [finding.fault for finding in check_ladder(ladder, build_network(raw, told), EVERYBODY)] == faults


def test_a_ladder_is_compared_with_the_others_as_they_are() -> None:
    """Without a ladder of its own what is urgent waits as long as all."""
    network = build_network(raw_network(), "jonkoping.toml")
    slow = rule(*[AREA] * 3, COORDINATOR)
    assert check_ladder(slow, network) == []
    (finding,) = check_ladder(slow, replace(network, ladders=Ladders([slow])))
    assert (finding.fault, finding.seconds, finding.urgency) == (Fault.TOO_LONG, 90 * MINUTE, "high")


@pytest.mark.parametrize("name", ["jonkoping", "starter"])
def test_the_ladders_that_come_along_are_well(name: str) -> None:
    network = read_network(BUILT_IN / f"{name}.toml")
    assert [check_ladder(ladder, network) for ladder in network.ladders.rules] == [[]] * len(network.ladders.rules)


def test_how_long_until_a_human_must_answer() -> None:
    assert time_to_a_human((AREA, EMERGENCY, SERVICE)) == 60 * MINUTE
    assert time_to_a_human((AREA,)) == 30 * MINUTE
    assert time_to_a_human((COORDINATOR,)) == 0
