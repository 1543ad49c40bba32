"""Ladders as a network file has them."""

from collections.abc import Iterable

from dispatch.ladder_rules import ANY, LadderRule
from dispatch.model import Step

WAVE = 3  # what a step that does not say has
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"))


def as_toml(rules: Iterable[LadderRule]) -> str:
    """The rules as [[ladder]] tables, which service/network_file.py reads as the same rules."""
    return "\n".join(_ladder(rule) for rule in rules)


def _ladder(rule: LadderRule) -> str:
    lines = ["[[ladder]]", f'category = "{rule.category}"', f'urgency = "{rule.urgency}"']
    lines += [f'{name} = "{value}"' for name, value in (("area", rule.area), ("hours", rule.hours)) if value != ANY]
    for step in rule.steps:
        lines += ["[[ladder.step]]", f'ask = "{step.ask}"', *_times(step)]
    return "\n".join(lines) + "\n"


def _times(step: Step) -> list[str]:
    told = [] if step.wave == WAVE else [f"wave = {step.wave}"]
    if step.ask.acknowledges:
        told.append(f'acknowledge = "{duration(step.every)}"')
        return told if step.wait == step.every else [*told, f'wait = "{duration(step.wait)}"']
    if step.every != step.wait:
        told.append(f'every = "{duration(step.every)}"')
    return [*told, f'wait = "{duration(step.wait)}"']


def duration(seconds: float) -> str:
    """As the network file writes it: "90m", "2h", "2.5s"."""
    for size, unit in _UNITS:
        if seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:f}".rstrip("0").rstrip(".") + "s"
