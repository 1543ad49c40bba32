"""What is wrong, or worth knowing, about a ladder, before a night shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from dispatch.days import Days
from dispatch.ladder import ending_with_a_human
from dispatch.ladder_hours import hours_at
from dispatch.ladder_rules import ANY, LadderRule, When, most_specific
from dispatch.model import Ask, Step, Urgency
from dispatch.network import Group, Network
from dispatch.slots import coming_slots

SHORTEST = 60.0  # seconds: nobody reads a message, decides and answers faster
LONGEST = {Urgency.NORMAL: timedelta(hours=24), Urgency.HIGH: timedelta(hours=1)}  # until a human must answer
MONDAY = datetime(2024, 1, 15)  # of the week that is looked at in place of all weeks; which one does not matter
HALF_HOUR = timedelta(minutes=30)
OF_A_KIND = frozenset({Ask.EMERGENCY, Ask.REGULARS, Ask.WEEKEND})  # steps that turn to the groups of one kind


class Fault(StrEnum):
    """What may be found. See `wrong` for those that no ladder may have."""

    NOT_HUMAN_FIRST = "not_human_first"  # an emergency's ladder begins with volunteers
    NO_SERVICE_GROUP = "no_service_group"  # it asks the service groups, and the network has none
    NO_SUCH_GROUP = "no_such_group"  # it asks groups of a kind that the network has none of
    NO_MEMBERS = "no_members"  # the groups that it asks have nobody in them
    NEVER_ON_DUTY = "never_on_duty"  # those who are asked must have signed up, and there is no shift at these hours
    OFFICE_CLOSED = "office_closed"  # no service group works at these hours
    TOO_SHORT = "too_short"  # to answer
    TOO_LONG = "too_long"  # until a human must answer
    COMPLETED = "completed"  # it does not end with a coordinator: one is added
    NEVER_CHOSEN = "never_chosen"  # nothing that it is for can be


WRONG = frozenset({Fault.NOT_HUMAN_FIRST, Fault.NO_SERVICE_GROUP})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a ladder. step: the index of the step that it is about. seconds: how long, of what takes too long; urgency:
    for whom."""

    fault: Fault
    step: int | None = None
    seconds: float = 0.0
    urgency: Urgency | None = None

    @property
    def is_wrong(self) -> bool:
        """Must it be mended? The others are to be known."""
        return self.fault in WRONG


def check_ladder(rule: LadderRule, network: Network, members: Mapping[str, int] | None = None) -> list[Finding]:
    """What is to be said about a rule; those that must be mended first. members: how many people each group has, by its key; None
    when nobody knows."""
    found = [*_about_all(rule, network)]
    for index, step in enumerate(rule.steps):
        found += _about_step(rule, index, step, network, members)
    return sorted(found, key=lambda finding: not finding.is_wrong)


def time_to_a_human(steps: tuple[Step, ...]) -> float:
    """Seconds from the beginning until somebody is asked who must answer, if every step has somebody and nobody answers."""
    total = 0.0
    for step in ending_with_a_human(steps):
        if step.ask.acknowledges:
            break
        total += step.wait
    return total


def _about_all(rule: LadderRule, network: Network) -> Iterator[Finding]:
    if rule.urgency == Urgency.EMERGENCY and not rule.steps[0].ask.acknowledges:
        yield Finding(Fault.NOT_HUMAN_FIRST, 0)
    if rule.steps[-1].ask is not Ask.COORDINATOR:
        yield Finding(Fault.COMPLETED)
    unknown = rule.area not in (ANY, *network.areas) or rule.category not in (ANY, *network.categories)
    sleeps = rule.urgency == Urgency.NORMAL and rule.hours == When.NIGHT and network.hours.begin != network.hours.end
    if unknown or sleeps:
        yield Finding(Fault.NEVER_CHOSEN)
    takes = time_to_a_human(rule.steps)
    for urgency, longest in LONGEST.items():
        if takes > longest.total_seconds() and _is_for(rule, urgency, network):
            yield Finding(Fault.TOO_LONG, None, takes, urgency)


def _is_for(rule: LadderRule, urgency: Urgency, network: Network) -> bool:
    """Is it the one for this urgency, where the others are for less than it is?"""
    category, area = (None if named == ANY else named for named in (rule.category, rule.area))
    hours = () if rule.hours == ANY else (rule.hours,)
    others = tuple(r for r in network.ladders.rules if r.key != rule.key)
    return most_specific((*others, rule), category, area, urgency, hours) is rule


def _about_step(
    rule: LadderRule, index: int, step: Step, network: Network, members: Mapping[str, int] | None
) -> Iterator[Finding]:
    if min(step.wait, step.every) < SHORTEST:
        yield Finding(Fault.TOO_SHORT, index)
    if step.ask is Ask.FIXED_CONTACT:
        return
    groups = _groups_of(step, rule, network)
    if not groups:
        if step.ask is Ask.SERVICE:
            yield Finding(Fault.NO_SERVICE_GROUP, index)
        elif step.ask in OF_A_KIND or step.ask is Ask.NEIGHBOURS:
            yield Finding(Fault.NO_SUCH_GROUP, index)
        return
    if members is not None and not any(members.get(group.key) for group in groups):
        yield Finding(Fault.NO_MEMBERS, index)
    elif not any(_may_be_on_duty(group, rule.hours, network) for group in groups):
        yield Finding(Fault.NEVER_ON_DUTY, index)
    elif step.ask is Ask.SERVICE and not any(_may_be_open(group, rule.hours, network) for group in groups):
        yield Finding(Fault.OFFICE_CLOSED, index)


def _groups_of(step: Step, rule: LadderRule, network: Network) -> list[Group]:
    areas = network.areas if rule.area == ANY else (rule.area,)
    keys = dict.fromkeys(key for area in areas for key in network.groups_for(step.ask, area))
    return [group for key in keys if (group := network.group(key)) is not None]


def _may_be_on_duty(group: Group, hours: str, network: Network) -> bool:
    """Can anybody of the group be on duty at these hours, by the shifts of the network file?"""
    has_shifts = any(shift.group == group.key for shift in network.shifts)
    if group.duty == "everyone" or (group.duty is None and not has_shifts):
        return True
    if not has_shifts or hours in (ANY, When.HOLIDAY):  # a holiday falls on any weekday
        return has_shifts
    begins = MONDAY.replace(tzinfo=network.zone)
    return any(
        hours in hours_at(_ordinary(network), slot.starts_at + n * HALF_HOUR)
        for slot in coming_slots(network, {group.key}, begins, timedelta(days=7))
        for n in range(int((slot.ends_at - slot.starts_at) / HALF_HOUR))
    )


def _may_be_open(group: Group, hours: str, network: Network) -> bool:
    """Does a service group work at any of these hours?"""
    if group.office_hours is None or hours == ANY:
        return True
    if hours == When.HOLIDAY:
        return False
    ordinary = _ordinary(network)
    midnight = datetime.combine(MONDAY, time(), network.zone)
    moments = (midnight + n * HALF_HOUR for n in range(7 * 48))
    return any(
        group.office_hours.closes(ordinary.days, moment) is not None and hours in hours_at(ordinary, moment) for moment in moments
    )


def _ordinary(network: Network) -> Network:
    """The network in a week without holidays."""
    return replace(network, days=Days(network.zone, None))
