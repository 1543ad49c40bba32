"""The steps that will be tried for a task, chosen by what it is, where, how urgent and when, and then frozen on the task."""

from dataclasses import replace
from datetime import datetime

from dispatch.ladder_hours import hours_at
from dispatch.ladder_rules import LadderRule, most_specific
from dispatch.model import Ask, Need, Step, Urgency
from dispatch.network import Network

MINUTE = 60.0
COORDINATOR = Step(ask=Ask.COORDINATOR, wait=15 * MINUTE, every=15 * MINUTE)
SERVICE = Step(ask=Ask.SERVICE, wait=30 * MINUTE, every=30 * MINUTE)
# Danger: a coordinator at once; the service groups too when none has answered in five minutes, or when there is none.
EMERGENCY = tuple(Step(ask=ask, wait=5 * MINUTE, every=5 * MINUTE) for ask in (Ask.COORDINATOR, Ask.SERVICE, Ask.COORDINATOR))
# What only a human can sort out.
HUMAN = (replace(COORDINATOR, wait=60 * MINUTE), SERVICE, COORDINATOR)
# For a network file without a ladder: the one that design's "The ladder" calls typical.
DEFAULT = (
    Step(ask=Ask.FIXED_CONTACT, wait=15 * MINUTE, every=15 * MINUTE),
    Step(ask=Ask.AREA, wait=30 * MINUTE, every=10 * MINUTE),
    Step(ask=Ask.NEIGHBOURS, wait=30 * MINUTE, every=10 * MINUTE),
    Step(ask=Ask.EMERGENCY, wait=15 * MINUTE, every=10 * MINUTE),
    SERVICE,
    COORDINATOR,
)


def choose(
    network: Network, category: str | None, urgency: Urgency, staff_only: bool = False, *, area: str | None, now: datetime
) -> tuple[Step, ...]:
    """The ladder to freeze on a task. staff_only: no volunteer may be asked (dispatch/routines.py). now: when the task opens, or
    the occasion that it is for begins.

    The most specific rule wins (ladder_rules.py). Two rules of domain.md stand above any: what volunteers may not do starts at
    the service group, and an emergency goes to a human first. Every ladder ends with a coordinator, who is asked until
    somebody acknowledges.
    """
    rule = rule_in_force(network, category, urgency, area, now)
    if urgency is Urgency.EMERGENCY:
        steps = rule.steps if rule else EMERGENCY
        if staff_only:
            steps = tuple(s for s in steps if s.ask.acknowledges) or EMERGENCY
        return ending_with_a_human(steps if steps[0].ask.acknowledges else (EMERGENCY[0], *steps))
    steps = rule.steps if rule else DEFAULT
    kind = network.category(category)
    if staff_only or kind is None or not kind.volunteers:
        steps = tuple(s for s in steps if s.ask.acknowledges)
        if not any(s.ask is Ask.SERVICE for s in steps):
            steps = (SERVICE, *steps)
    return ending_with_a_human(steps)


def choose_for(need: Need, staff_only: bool, network: Network, now: datetime) -> tuple[Step, ...]:
    """The ladder for a request as it is. now: when the task opens, or the occasion that it is for begins; for what waits for the
    morning it is the morning's."""
    begins = network.hours.awake_from(now) if network.waits_for_morning(need.urgency) else now
    return choose(network, need.category, need.urgency, staff_only, area=need.area, now=begins)


def rule_in_force(network: Network, category: str | None, urgency: Urgency, area: str | None, now: datetime) -> LadderRule | None:
    """The rule that says which steps there are; None: the program's own. A rule written for all urgencies says how volunteers are
    asked, and an emergency is not theirs: it has rules of its own only."""
    rules = network.ladders.rules
    if urgency is Urgency.EMERGENCY:
        rules = tuple(rule for rule in rules if rule.urgency == Urgency.EMERGENCY)
    return most_specific(rules, category, area, urgency, hours_at(network, now))


def human_only(urgency: Urgency) -> tuple[Step, ...]:
    """The ladder of what only a human can sort out."""
    return EMERGENCY if urgency is Urgency.EMERGENCY else HUMAN


def ending_with_a_human(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps, and a coordinator at the end when there is none."""
    if steps and steps[-1].ask is Ask.COORDINATOR:
        return steps
    if steps and steps[-1].ask.acknowledges:  # as patient with the coordinator as with the group before
        return (*steps, replace(COORDINATOR, wait=steps[-1].every, every=steps[-1].every))
    return (*steps, COORDINATOR)
