"""The steps that will be tried for a task, chosen by category and urgency and then frozen on the task."""

from dataclasses import replace

from dispatch.model import Ask, Step, Urgency
from dispatch.network import LadderRule, Network

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


def choose(network: Network, category: str | None, urgency: Urgency, staff_only: bool = False) -> tuple[Step, ...]:
    """The ladder to freeze on a task. staff_only: no volunteer may be asked (dispatch/routines.py).

    The most specific rule of the network file wins: a named category counts for more than a named urgency. Two rules of
    domain.md stand above any file: what volunteers may not do starts at the service group, and an emergency goes to a
    human first. Every ladder ends with a coordinator, who is asked until somebody acknowledges.
    """
    if urgency is Urgency.EMERGENCY:
        # A rule written for all urgencies says how volunteers are asked; an emergency is not theirs.
        meant = tuple(r for r in network.ladders if r.urgency == Urgency.EMERGENCY)
        own = _most_specific(meant, category, urgency)
        steps = own.steps if own else EMERGENCY
        if staff_only:
            steps = tuple(s for s in steps if s.ask.acknowledges) or EMERGENCY
        return _ending_with_a_human(steps if steps[0].ask.acknowledges else (EMERGENCY[0], *steps))
    rule = _most_specific(network.ladders, category, urgency)
    steps = rule.steps if rule else DEFAULT
    kind = network.category(category)
    if staff_only or kind is None or not kind.volunteers:
        steps = tuple(s for s in steps if s.ask.acknowledges)
        if not any(s.ask is Ask.SERVICE for s in steps):
            steps = (SERVICE, *steps)
    return _ending_with_a_human(steps)


def human_only(urgency: Urgency) -> tuple[Step, ...]:
    """The ladder of what only a human can sort out."""
    return EMERGENCY if urgency is Urgency.EMERGENCY else HUMAN


def _most_specific(rules: tuple[LadderRule, ...], category: str | None, urgency: Urgency) -> LadderRule | None:
    fitting = [r for r in rules if r.category in ("*", category) and r.urgency in ("*", urgency.value)]
    return max(fitting, key=lambda r: (r.category != "*") * 2 + (r.urgency != "*"), default=None)


def _ending_with_a_human(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if steps and steps[-1].ask is Ask.COORDINATOR:
        return steps
    if steps and steps[-1].ask.acknowledges:  # as patient with the coordinator as with the group before
        return (*steps, replace(COORDINATOR, wait=steps[-1].every, every=steps[-1].every))
    return (*steps, COORDINATOR)
