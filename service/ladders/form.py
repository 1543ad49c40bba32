"""The form in which a ladder is edited: steps as they are typed, moved by buttons, and read when they make sense."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dispatch.ladder import COORDINATOR
from dispatch.model import Ask, Step
from service.web.texts import N_

MOST_STEPS = 15
MOST_MINUTES = 7 * 24 * 60
MOST_AT_A_TIME = 100
NUMBER_WANTED = N_("Write a number of minutes, more than 0, at most a week.")
COUNT_WANTED = N_("Write how many people, 1 to 100.")
SOMEBODY_WANTED = N_("Choose who is asked.")
NEW = {"ask": Ask.AREA.value, "wave": "3", "every": "10", "wait": "30"}
FIELDS = tuple(NEW)


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form. steps: each as it was typed, by FIELDS. wrong: what to say, by the field's name, "wait-2"."""

    steps: tuple[Mapping[str, str], ...]
    wrong: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> "tuple[Draft, tuple[Step, ...]]":
        """The steps, or a draft that says what cannot be read, and no steps."""
        wrong: dict[str, str] = {}
        steps = tuple(_step(n, typed, wrong) for n, typed in enumerate(self.steps, 1))
        return replace(self, wrong=wrong), () if wrong else steps

    def after(self, button: str) -> "Draft":
        """The draft when a button was pressed: "add", "remove-2", "up-2", "down-2". Others change nothing."""
        what, _, number = button.partition("-")
        steps, at = list(self.steps), int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 3 else -1
        if what == "add" and len(steps) < MOST_STEPS:
            steps.insert(len(steps) - _ends_with_coordinator(steps), NEW)
        elif 0 <= at < len(steps):
            moved = steps.pop(at)
            if what in ("up", "down"):
                steps.insert(max(at + (1 if what == "down" else -1), 0), moved)
            elif what != "remove" or not steps:  # a ladder has at least one step
                steps.insert(at, moved)
        return Draft(tuple(steps))


def _ends_with_coordinator(steps: list[Mapping[str, str]]) -> bool:
    return bool(steps) and steps[-1]["ask"] == Ask.COORDINATOR


def draft_of(steps: tuple[Step, ...]) -> Draft:
    """The form of a ladder as it is."""
    return Draft(
        tuple({"ask": s.ask.value, "wave": str(s.wave), "every": _minutes(s.every), "wait": _minutes(s.wait)} for s in steps)
    )


def typed_draft(form: Mapping[str, str]) -> Draft:
    """The form as it was sent."""
    numbers = [n for n in range(1, MOST_STEPS + 1) if f"ask-{n}" in form]
    return Draft(tuple({name: form.get(f"{name}-{n}", "")[:20].strip() for name in FIELDS} for n in numbers) or (NEW,))


def _step(number: int, typed: Mapping[str, str], wrong: dict[str, str]) -> Step:
    try:
        ask = Ask(typed["ask"])
    except ValueError:
        wrong[f"ask-{number}"] = SOMEBODY_WANTED
        return COORDINATOR
    wait = _seconds(typed["wait"])
    every = wait if ask is Ask.FIXED_CONTACT else _seconds(typed["every"])
    for name, value in (("every", every), ("wait", wait)):
        if value is None and not (name == "every" and ask is Ask.FIXED_CONTACT):
            wrong[f"{name}-{number}"] = NUMBER_WANTED
    count = typed["wave"]
    wave = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    if not 1 <= wave <= MOST_AT_A_TIME:
        wrong[f"wave-{number}"] = COUNT_WANTED
    return Step(ask, wait or 0.0, every or 0.0, wave)


def _seconds(typed: str) -> float | None:
    try:
        minutes = float(typed.replace(",", "."))
    except ValueError:
        return None
    return round(minutes * 60, 3) if 0 < minutes <= MOST_MINUTES else None


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.6g}"
