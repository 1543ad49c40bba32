"""What each group does at which hours, in words, and who of it is on duty now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dispatch.duty import on_duty
from dispatch.ladder import DEFAULT, EMERGENCY
from dispatch.ladder_rules import ANY, LadderKey, LadderRule, rule_for
from dispatch.model import Ask, Person, Urgency
from dispatch.network import COORDINATORS, Group, Network
from service.ladders.shown import office_told
from service.ladders.words import title
from service.web.texts import N_, Texts

MOST_NAMED = 3  # ladders that are named; what is more is counted
DOES = {
    "area": N_("Volunteers of one area: asked first about what is needed there."),
    "regulars": N_("Regular volunteers of the whole network: asked after the area."),
    "emergency": N_("Can come at short notice: asked when nobody in the area has answered."),
    "weekend": N_("Looks after the desk at weekends and on holidays."),
    "service": N_("The municipality's: gets what volunteers cannot or may not do, and must answer."),
    "coordination": N_("Keeps the network together; is asked about no ordinary request."),
    COORDINATORS: N_("Gets everything that nobody else has answered, and what only a human can decide."),
}
KINDS = {
    "area": N_("Area group"),
    "regulars": N_("Regular volunteers"),
    "emergency": N_("Emergency group"),
    "weekend": N_("Weekend group"),
    "service": N_("Service group"),
    "coordination": N_("Coordination"),
    COORDINATORS: N_("Coordinators"),
}
RULES = {
    "everyone": N_("Everybody is on duty, always."),
    "signed-up": N_("Whoever has signed up for a shift is on duty."),
    None: N_("Everybody is on duty, until somebody signs up for a shift; then those who have."),
}
OWN = (Ask.AREA, Ask.NEIGHBOURS)  # an area's group is asked by these, for its own area and for those beside it


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group. may_be_asked: has neither paused nor said STOPP. on_shift: now."""

    person: Person
    may_be_asked: bool
    on_shift: bool


@dataclass(frozen=True, slots=True)
class GroupNow:
    """A group as the page shows it. by_shift: are only those on shifts on duty? on: who is on duty now. hours: of its office.
    asked: when ladders ask it."""

    group: Group
    kind: str
    does: str
    rule: str
    by_shift: bool
    on: tuple[Member, ...]
    members: int
    lead: str
    hours: str
    asked: tuple[str, ...]


def group_now(group: Group, members: Sequence[Member], has_shifts: bool, network: Network, words: Texts) -> GroupNow:
    """A group now. has_shifts: has somebody signed up for a shift that has not ended?"""
    by_shift = group.duty == "signed-up" or (group.duty is None and has_shifts)
    on = tuple(m for m in members if m.may_be_asked and on_duty(group.duty, has_shifts, m.on_shift))
    area = network.areas.get(group.area or "")
    name = COORDINATORS if group.key == COORDINATORS else group.kind
    return GroupNow(
        group,
        words.gettext(KINDS[name]),
        words.gettext(DOES[name]),
        words.gettext(RULES[group.duty]),
        by_shift,
        on,
        len(members),
        (area.lead if area else None) or "",
        _hours(group, words),
        tuple(asked_by(group, network, words)),
    )


def _hours(group: Group, words: Texts) -> str:
    if group.office_hours is not None:
        return office_told(group.office_hours, words)
    return words.gettext(N_("Works at any time.")) if group.kind == "service" else ""


def asked_by(group: Group, network: Network, words: Texts) -> Iterable[str]:
    """When ladders ask the group: "Step 2: All that is needed"."""
    steps: dict[tuple[int, bool], list[str]] = {}
    for rule in _rules(network):
        for number, step in enumerate(rule.steps, 1):
            if _asks(step.ask, rule, group, network):
                steps.setdefault((number, step.ask is Ask.NEIGHBOURS), []).append(title(rule.key, network, words))
    for (number, as_neighbour), titles in sorted(steps.items()):
        said = N_("Step %(step)s, for the areas beside it: %(ladders)s") if as_neighbour else N_("Step %(step)s: %(ladders)s")
        yield words.gettext(said) % {"step": number, "ladders": _listed(titles, words)}


def _rules(network: Network) -> list[LadderRule]:
    rules = list(network.ladders.rules)
    for key, steps in ((LadderKey(urgency=Urgency.EMERGENCY.value), EMERGENCY), (LadderKey(), DEFAULT)):
        if network.ladders.rule(key) is None:
            rules.append(rule_for(key, steps))
    return rules


def _asks(ask: Ask, rule: LadderRule, group: Group, network: Network) -> bool:
    if ask in OWN and group.area is None:
        return False
    areas = [rule.area] if rule.area != ANY else [group.area or "", *network.neighbours.get(group.area or "", ())]
    return any(group.key in network.groups_for(ask, area) for area in areas)


def _listed(titles: list[str], words: Texts) -> str:
    more = len(titles) - MOST_NAMED
    told = "; ".join(titles[:MOST_NAMED])
    return told + " " + words.ngettext("and %(num)s more", "and %(num)s more", more) % {"num": more} if more > 0 else told
