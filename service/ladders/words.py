"""Ladders in plain words: what one is for, its steps with their times, and what is to be said about it."""

from dataclasses import dataclass

from babel.units import format_unit

from dispatch.ladder import ending_with_a_human
from dispatch.ladder_check import Fault, Finding
from dispatch.ladder_rules import ANY, LadderKey, When
from dispatch.model import Ask, Step, Urgency
from dispatch.network import Network
from service.board.lanes import STEPS, URGENCIES
from service.web.texts import N_, Texts

HOURS = {
    When.HOLIDAY: N_("Holidays"),
    When.WEEKEND: N_("Weekends"),
    When.NIGHT: N_("Nights"),
    When.EVENING: N_("Evenings"),
    When.OFFICE: N_("Office hours"),
    When.DAY: N_("Days"),
}
ALL = (N_("All that is needed"), N_("All areas"), N_("Ordinary and urgent"), N_("All hours"))
FAULTS = {
    Fault.NOT_HUMAN_FIRST: N_("An emergency must begin with the service groups or the coordinators, not with volunteers."),
    Fault.NO_SERVICE_GROUP: N_("Step %(step)s asks the service groups, and the network has none: add one to the network file."),
    Fault.NO_SUCH_GROUP: N_("Step %(step)s asks %(ask)s, and the network has none: it is always passed over."),
    Fault.NO_MEMBERS: N_("Step %(step)s asks %(ask)s, where there is nobody: it is passed over until people have joined."),
    Fault.NEVER_ON_DUTY: N_(
        "Step %(step)s asks %(ask)s, where only those are asked who have signed up, and there is no shift at these hours."
    ),
    Fault.OFFICE_CLOSED: N_("Step %(step)s asks the service groups, and none of them works at these hours."),
    Fault.TOO_SHORT: N_("Step %(step)s gives people less than a minute to answer."),
    Fault.TOO_LONG: N_("If nobody answers it takes %(long)s until a human must answer. That is long (%(urgency)s)."),
    Fault.COMPLETED: N_("It does not end with the coordinator. One is asked after the last step, until somebody answers."),
    Fault.NEVER_CHOSEN: N_(
        "It is never used: its area or category is not in the network file, or ordinary requests wait for the morning then."
    ),
}


@dataclass(frozen=True, slots=True)
class StepTold:
    """One step as a page shows it. added: nobody wrote it; the program adds a coordinator to what ends without one."""

    text: str
    acknowledges: bool
    added: bool = False


def length(seconds: float, words: Texts) -> str:
    """Exactly how long: "90 minutes", "2 hours", "30 seconds"."""
    for size, unit in ((3600, "duration-hour"), (60, "duration-minute")):
        if seconds >= size and seconds % size == 0:
            return format_unit(int(seconds // size), unit, locale=words.language)
    if seconds > 60:
        return format_unit(round(seconds / 60, 1), "duration-minute", locale=words.language)
    return format_unit(round(seconds, 1), "duration-second", locale=words.language)


def passed(seconds: float, words: Texts) -> str:
    """How long ago: "4 hours 30 minutes"."""
    hours = int(seconds // 3600)
    if not hours or seconds % 3600 == 0:
        return length(seconds, words)
    return f"{length(hours * 3600, words)} {length(seconds - hours * 3600, words)}"


def steps_told(steps: tuple[Step, ...], words: Texts) -> list[StepTold]:
    """The steps in words, with the coordinator that the program adds."""
    whole = ending_with_a_human(steps)
    last = len(whole) - 1
    return [StepTold(_told(s, n == last, words), s.ask.acknowledges, n >= len(steps)) for n, s in enumerate(whole)]


def _told(step: Step, is_last: bool, words: Texts) -> str:
    filled = {"n": step.wave, "every": length(step.every, words), "long": length(step.wait, words)}
    if is_last:
        said = words.gettext(N_("asked every %(every)s until somebody answers for it"))
    elif step.ask.acknowledges and step.every >= step.wait:
        said = words.gettext(N_("must answer for it; after %(long)s the next are asked too"))
    elif step.ask.acknowledges:
        said = words.gettext(N_("must answer for it: asked every %(every)s, for %(long)s; then the next are asked too"))
    elif step.ask is Ask.FIXED_CONTACT:
        said = words.gettext(N_("waited for %(long)s"))
    elif step.every < step.wait:
        said = words.gettext(N_("%(n)s at a time every %(every)s, for %(long)s"))
    else:
        said = words.gettext(N_("%(n)s people, waited for %(long)s"))
    who = words.gettext(STEPS[step.ask])
    return f"{who[:1].upper()}{who[1:]}: {said % filled}"


def title(key: LadderKey, network: Network, words: Texts) -> str:
    """What a ladder is for: "Groceries, Gränna, Urgent"."""
    told = [name for name, part in zip(parts_told(key, network, words), key, strict=True) if part != ANY]
    return ", ".join(told) or words.gettext(N_("Everything else"))


def parts_told(key: LadderKey, network: Network, words: Texts) -> tuple[str, str, str, str]:
    """Category, area, urgency and hours in words."""
    category = network.category(key.category)
    everything = [words.gettext(name) for name in ALL]
    return (
        everything[0] if key.category == ANY else category.name(words.language) if category else key.category,
        everything[1] if key.area == ANY else network.area_name(key.area) or key.area,
        everything[2] if key.urgency == ANY else words.gettext(URGENCIES[Urgency(key.urgency)]),
        everything[3] if key.hours == ANY else words.gettext(HOURS[When(key.hours)]),
    )


def finding_told(finding: Finding, steps: tuple[Step, ...], words: Texts) -> str:
    """What is to be said about a ladder."""
    step = steps[finding.step] if finding.step is not None else None
    return words.gettext(FAULTS[finding.fault]) % {
        "step": finding.step + 1 if finding.step is not None else "",
        "ask": words.gettext(STEPS[step.ask]) if step else "",
        "long": length(finding.seconds, words),
        "urgency": words.gettext(URGENCIES[finding.urgency]) if finding.urgency else "",
    }
