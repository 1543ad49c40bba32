"""Service groups and their hours: which of them a step asks now, when the next one opens, and a clock that counts office hours.

The rules are in deploy/adr/0022. A network whose service groups have no office hours meets none of them, nor does anything that
is urgent or that a coordinator has sent on by hand: that is asked about at any hour.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dispatch.days import OfficeHours
from dispatch.duty import Candidate, Roster
from dispatch.matching import keys_for
from dispatch.model import ESCALATED, Ask, Case, Offer, OfferKind, OfferState, Step, TaskState, Urgency
from dispatch.network import COORDINATORS, Group, Network

_A_DAY = timedelta(days=1)


def asks_at_once(case: Case) -> bool:
    """Is it asked about whatever the hour?"""
    return case.need.urgency is not Urgency.NORMAL or case.task.human == ESCALATED


def keys_at(case: Case, index: int, network: Network) -> tuple[str, ...]:
    """All of the roster's keys that may matter for a step, at whatever hour."""
    keys = keys_for(case, case.task.ladder[index], network)
    return (*network.groups_for(Ask.SERVICE, None), *keys) if _follows_service(case, index) else keys


def members_now(case: Case, index: int, roster: Roster, network: Network, now: datetime) -> list[Candidate]:
    """Those on duty whom a step turns to now. The roster must hold `keys_at`.

    Of service groups only the open ones, and none that has handed the task back. The one that the category names is asked alone
    at first, when somebody is on duty there. A coordinator's step after theirs also asks the groups that a hand-back leaves, and
    those that have opened since.
    """
    step = case.task.ladder[index]
    keys = keys_for(case, step, network)
    if step.ask is Ask.SERVICE:
        keys = _askable(case, network, now)
        first = preferred(case, network)
        if first in keys and _is_first_round(case, index) and (alone := roster.members([first])):
            return alone
    elif _follows_service(case, index):
        keys = (*_joining(case, network, now), *keys)
    return roster.members(keys)


def preferred(case: Case, network: Network) -> str | None:
    """The key of the service group that the category names, if it is not the only one."""
    category = network.category(case.need.category)
    keys = network.groups_for(Ask.SERVICE, None)
    return category.service if category and category.service in keys and len(keys) > 1 else None


def asks_one_first(case: Case, index: int, network: Network) -> bool:
    """Is only the group asked so far that the category names, or will it be?"""
    is_service = case.task.ladder[index].ask is Ask.SERVICE
    return is_service and preferred(case, network) is not None and _is_first_round(case, index)


def all_said_no(case: Case, index: int, members: Iterable[Candidate]) -> bool:
    """Has everybody on a step that others come after said no, so that nobody is waited for? members: whom it would ask."""
    if case.task.step_ends is None:
        return False
    asked = [o for o in case.offers if o.kind is OfferKind.ACKNOWLEDGE and o.step <= index]
    said_no = {o.person_id for o in asked if o.state is OfferState.DECLINED or o.handed_back}
    return not any(o.state is OfferState.SENT for o in asked) and all(c.person.id in said_no for c in members)


def _is_first_round(case: Case, index: int) -> bool:
    return case.task.step != index or case.task.rounds <= 1


def _follows_service(case: Case, index: int) -> bool:
    """Is it the coordinators' turn after that of the service groups? What a human has sent on to them is theirs alone."""
    ladder = case.task.ladder
    follows = index > 0 and ladder[index].ask is Ask.COORDINATOR and ladder[index - 1].ask is Ask.SERVICE
    return follows and case.task.human != ESCALATED


def _askable(case: Case, network: Network, now: datetime) -> tuple[str, ...]:
    return tuple(g.key for g in _groups(case, network) if asks_at_once(case) or _is_open(g, network, now))


def _joining(case: Case, network: Network, now: datetime) -> tuple[str, ...]:
    """After a hand-back all other groups; else those that were closed when the others were asked."""
    if any(o.handed_back for o in case.offers):
        return _askable(case, network, now)
    asked = {o.group_key for o in case.offers}
    found = [g for g in _groups(case, network) if g.office_hours is not None and g.key not in asked]
    return tuple(g.key for g in found if _is_open(g, network, now))


def _groups(case: Case, network: Network) -> list[Group]:
    """The service groups that may still have the task."""
    back = {o.group_key for o in case.offers if o.handed_back}
    return [g for g in network.groups if g.kind == Ask.SERVICE and g.key not in back]


def _is_open(group: Group, network: Network, now: datetime) -> bool:
    return group.office_hours is None or group.office_hours.closes(network.days, now) is not None


def closed_until(case: Case, step: Step, network: Network, now: datetime) -> datetime | None:
    """When the first of the step's service groups opens, if all are closed now; None for steps that need not care."""
    offices = _offices(case, step, network)
    if not offices or any(o.closes(network.days, now) for o in offices):
        return None
    opens = min(o.open_from(network.days, now) for o in offices)
    return opens if opens > now else None


def closes_at(case: Case, step: Step, network: Network, now: datetime) -> datetime | None:
    """When the last of the step's service groups closes; None for steps that need not care, and when all are closed."""
    moment, closes = now, None
    while open_ones := [c for o in _offices(case, step, network) if (c := o.closes(network.days, moment))]:
        moment = closes = max(open_ones)
    return closes


def waits_for_opening(case: Case, index: int) -> bool:
    """May the ladder wait for the service groups? Not where a coordinator has been asked before them: that is a human's matter,
    and goes on to the coordinator."""
    return all(step.ask is not Ask.COORDINATOR for step in case.task.ladder[:index])


def opening(case: Case, network: Network, now: datetime) -> datetime | None:
    """When the service groups open that an open task waits for; None when it waits for something else."""
    task = case.task
    step = task.current
    if task.state is not TaskState.OPEN or step is None or not waits_for_opening(case, task.step):
        return None
    return closed_until(case, step, network, now)


def told_of_closing(network: Network, roster: Roster) -> list[Candidate]:
    """Who hears that a task waits for long: the weekend administration on duty, else the coordinators. Whoever is asked to answer
    for it sees who the resident is: members of the weekend group who are no staff are not told."""
    weekend = roster.members(network.groups_for(Ask.WEEKEND, None))
    return [c for c in weekend if c.person.is_staff] or roster.members([COORDINATORS])


def closing_keys(network: Network) -> tuple[str, ...]:
    """The roster's keys of those who hear of it."""
    return (*network.groups_for(Ask.WEEKEND, None), COORDINATORS)


def step_time(case: Case, step: Step, seconds: float, network: Network, now: datetime) -> datetime:
    """`seconds` from now on the step's clock, which for service groups with office hours counts the time that one is open."""
    span, offices = timedelta(seconds=seconds), _offices(case, step, network)
    return _in_office_time(offices, span, network, now) if offices else network.after(now, span, case.need.urgency)


def holders_time(case: Case, span: timedelta, network: Network, now: datetime) -> datetime:
    """When `span` has passed on the clock of whoever answers for the task: a group's office hours, or the network's."""
    held: Offer | None = next((o for o in case.takers if o.kind is OfferKind.ACKNOWLEDGE), None)
    group = network.group(held.group_key) if held and held.group_key else None
    if group is None or group.office_hours is None or case.need.urgency is not Urgency.NORMAL:
        return network.after(now, span, case.need.urgency)
    return _in_office_time([group.office_hours], span, network, now)


def _offices(case: Case, step: Step, network: Network) -> list[OfficeHours]:
    """The hours of the step's service groups; empty when they do not matter, as when one of them is always there."""
    if step.ask is not Ask.SERVICE or asks_at_once(case):
        return []
    groups = _groups(case, network)
    offices = [g.office_hours for g in groups if g.office_hours is not None]
    return offices if len(offices) == len(groups) else []


def _in_office_time(offices: list[OfficeHours], span: timedelta, network: Network, now: datetime) -> datetime:
    """The moment when one of the offices has been open for `span` since now. A day of it is a working day, as long as theirs."""
    days, rest = divmod(span, _A_DAY)
    working = max(_length(o) for o in offices)
    moment, left = now, days * working + min(rest, working)
    while True:
        moment = min(o.open_from(network.days, moment) for o in offices)
        closes = [c for o in offices if (c := o.closes(network.days, moment))]
        if not closes or moment + left <= max(closes):
            return moment + left
        left -= max(closes) - moment
        moment = max(closes)


def _length(office: OfficeHours) -> timedelta:
    begins, ends = (timedelta(hours=t.hour, minutes=t.minute) for t in (office.begins, office.ends))
    return ends - begins
