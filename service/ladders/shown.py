"""What the ladders' pages show: each ladder with where it comes from, and the network's own rules about time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dispatch.days import OfficeHours
from dispatch.hours import Hours
from dispatch.ladder import DEFAULT, EMERGENCY
from dispatch.ladder_check import check_ladder, time_to_a_human
from dispatch.ladder_edits import Edit, newest_edits
from dispatch.ladder_rules import LadderKey, LadderRule, rule_for
from dispatch.model import Urgency
from dispatch.network import Network
from service.ladders.words import StepTold, finding_told, length, steps_told, title
from service.runtime import Runtime
from service.web.texts import N_, Texts
from service.web.times import day
from sql import query

FOR_ALL, FOR_EMERGENCIES = LadderKey(), LadderKey(urgency=Urgency.EMERGENCY.value)
HOLIDAYS_SHOWN = 5
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


@dataclass(frozen=True, slots=True)
class LadderTold:
    """One ladder as a page shows it. edit: the newest version, None for one that nobody has edited. of_file: has the network file
    one for the same? findings: what is to be said, and whether it must be mended. of_program: written nowhere."""

    key: LadderKey
    title: str
    steps: list[StepTold]
    human: str
    findings: list[tuple[str, bool]]
    edit: Edit | None = None
    of_file: bool = False
    of_program: bool = False


async def ladders_told(runtime: Runtime, words: Texts) -> list[LadderTold]:
    """Every ladder in force, in the order in which they win, the program's own at the end."""
    network, members = runtime.network, await members_of(runtime)
    async with runtime.pool.acquire() as connection:
        _, edits = await newest_edits(connection)
    rules = sorted(network.ladders.rules, key=lambda rule: rule.key.specific, reverse=True)
    told = [ladder_told(rule, network, members, words, edits.get(rule.key)) for rule in rules]
    for key, steps in ((FOR_EMERGENCIES, EMERGENCY), (FOR_ALL, DEFAULT)):
        if network.ladders.rule(key) is None:
            told.append(ladder_told(rule_for(key, steps), network, members, words, of_program=True))
    return told


def ladder_told(
    rule: LadderRule,
    network: Network,
    members: Mapping[str, int],
    words: Texts,
    edit: Edit | None = None,
    of_program: bool = False,
) -> LadderTold:
    """A ladder in words. edit: its newest version, if it was ever edited."""
    findings = [] if of_program else check_ladder(rule, network, members)
    return LadderTold(
        rule.key,
        title(rule.key, network, words),
        steps_told(rule.steps, words),
        length(time_to_a_human(rule.steps), words) if time_to_a_human(rule.steps) else words.gettext(N_("at once")),
        [(finding_told(finding, rule.steps, words), finding.is_wrong) for finding in findings],
        edit if edit is not None and edit.steps is not None else None,
        rule.key in network.ladders.of_file,
        of_program,
    )


async def members_of(runtime: Runtime) -> dict[str, int]:
    """How many people each group has."""
    return {row["group_key"]: row["n"] for row in await runtime.pool.fetch(query("ladder_members"))}


def times_told(network: Network, today: date, words: Texts) -> dict[str, Any]:
    """The network's rules about time: quiet hours, office hours, the coming holidays, and when service groups work."""
    days = (today + timedelta(days=n) for n in range(400))
    holidays = [(day(d, words.language), name) for d in days if (name := network.days.holiday(d, words.language))]
    return {
        "quiet": _span(network.hours) if network.hours.begin != network.hours.end else "",
        "office": office_told(network.office, words),
        "holidays": holidays[:HOLIDAYS_SHOWN],
        "holidays_are_weekends": network.holidays_are_weekends,
        "services": [
            (g.name, office_told(g.office_hours, words) if g.office_hours else "") for g in network.groups if g.kind == "service"
        ],
    }


def office_told(office: OfficeHours, words: Texts) -> str:
    """ "Mon-Fri 08:00-16:30"."""
    numbers = sorted(office.weekdays)
    names = [words.gettext(WEEKDAYS[n - 1]) for n in numbers]
    in_a_row = len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1))
    days = f"{names[0]}–{names[-1]}" if in_a_row else ", ".join(names)
    return f"{days} {office.begins:%H:%M}–{office.ends:%H:%M}"


def _span(hours: Hours) -> str:
    return f"{hours.begin:%H:%M}–{hours.end:%H:%M}"
