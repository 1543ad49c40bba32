"""Which steps a task gets, and the rules that stand above any network file."""

from dataclasses import replace
from datetime import datetime

import pytest

from dispatch.ladder import DEFAULT, human_only
from dispatch.ladder import choose as choose_at
from dispatch.ladder_rules import LadderRule, Ladders
from dispatch.model import Ask, Step, Urgency
from dispatch.network import Network
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
AREA, SERVICE = Step(Ask.AREA, 60, 60), Step(Ask.SERVICE, 60, 60)


WEDNESDAY = datetime(2020, 4, 8, 9, 0, tzinfo=NETWORK.zone)


def choose(
    network: Network, category: str | None, urgency: Urgency, staff_only: bool = False, now: datetime = WEDNESDAY
) -> tuple[Step, ...]:
    """For something in Gränna, on a Wednesday morning unless another time is said."""
    return choose_at(network, category, urgency, staff_only, area="granna", now=now)


def asks(steps: tuple[Step, ...]) -> list[str]:
    return [step.ask.value for step in steps]


def with_rules(*rules: LadderRule) -> Network:
    return replace(NETWORK, ladders=Ladders(rules))


def test_the_most_specific_rule_wins() -> None:
    rules = (
        LadderRule("*", "*", (AREA,)),
        LadderRule("*", "high", (AREA, AREA)),
        LadderRule("pharmacy", "*", (AREA, AREA, AREA)),
        LadderRule("pharmacy", "high", (AREA, AREA, AREA, AREA)),
    )
    network = with_rules(*rules)
    for category, urgency, length in (
        ("groceries", Urgency.NORMAL, 1),
        ("groceries", Urgency.HIGH, 2),
        ("pharmacy", Urgency.NORMAL, 3),
        ("pharmacy", Urgency.HIGH, 4),
    ):
        assert len(choose(network, category, urgency)) == length + 1  # and the coordinator


def test_every_ladder_ends_with_a_coordinator() -> None:
    assert asks(choose(with_rules(LadderRule("*", "*", (AREA,))), "groceries", Urgency.NORMAL)) == ["area", "coordinator"]
    ending = choose(with_rules(LadderRule("*", "*", (AREA, SERVICE))), "groceries", Urgency.NORMAL)
    assert asks(ending) == ["area", "service", "coordinator"]
    assert ending[-1].every == SERVICE.every


def test_without_a_rule_the_typical_ladder() -> None:
    assert choose(with_rules(), "groceries", Urgency.NORMAL) == DEFAULT


@pytest.mark.parametrize("rules", [(), (LadderRule("*", "*", (AREA,)),)])
def test_what_volunteers_may_not_do_goes_to_the_service_group(rules: tuple[LadderRule, ...]) -> None:
    assert asks(choose(with_rules(*rules), "care", Urgency.NORMAL))[0] == "service"
    assert "area" not in asks(choose(with_rules(*rules), "care", Urgency.HIGH))


def test_an_emergency_goes_to_a_human_first() -> None:
    for rules in (
        (),
        (LadderRule("*", "*", (AREA,)),),
        (LadderRule("groceries", "*", (AREA,)),),
        (LadderRule("*", "emergency", (AREA, SERVICE)),),
    ):
        steps = choose(with_rules(*rules), "groceries", Urgency.EMERGENCY)
        assert steps[0].ask is Ask.COORDINATOR
    own = choose(
        with_rules(LadderRule("groceries", "*", (AREA,)), LadderRule("*", "emergency", (SERVICE,))),
        "groceries",
        Urgency.EMERGENCY,
    )
    assert asks(own) == ["service", "coordinator"]


def test_what_only_a_human_can_sort_out_is_never_offered() -> None:
    for urgency in Urgency:
        assert all(step.ask.acknowledges for step in human_only(urgency))


@pytest.mark.parametrize("urgency", list(Urgency))
@pytest.mark.parametrize("category", ["groceries", "care", None])
@pytest.mark.parametrize(
    "rules",
    [
        (),
        (LadderRule("*", "*", (AREA,)),),
        (LadderRule("*", "*", (AREA, SERVICE)),),
        (LadderRule("*", "emergency", (AREA, SERVICE, AREA)),),
    ],
)
def test_a_protected_identity_never_leaves_staff(rules: tuple[LadderRule, ...], category: str | None, urgency: Urgency) -> None:
    """Skyddad identitet: whatever a network file says, only those who must answer for a task are asked."""
    steps = choose(with_rules(*rules), category, urgency, staff_only=True)
    assert all(step.ask.acknowledges for step in steps)
    assert steps[-1].ask is Ask.COORDINATOR
