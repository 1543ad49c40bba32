"""Which ladder is for what: rules, the order in which they win, and the book of those that are in force.

A rule is for a category, an area, an urgency and certain hours; "*" matches all of one kind. Of the rules that match, the one
wins that names the category; among those the one that names the area, then the urgency, then the hours. Several hours hold at
once (Christmas Eve at three in the morning is holiday, weekend and night): the first of `When` wins. So no two different rules
are ever equally specific, and two for the very same thing are an error (deploy/adr/0016).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from dispatch.model import Step, Urgency

ANY = "*"


class When(StrEnum):
    """The hours that a ladder may be for, in local time, in the order in which they win: what day it is, then the time of day."""

    HOLIDAY = "holiday"  # a holiday of the country or of the network's own, the whole day
    WEEKEND = "weekend"  # Saturday and Sunday; holidays too, unless the network says otherwise
    NIGHT = "night"  # the quiet hours; in a network without any, 22 to 7
    EVENING = "evening"  # from 17 until the night
    OFFICE = "office"  # when offices work: the network's office hours, not on holidays
    DAY = "day"  # from the night's end until 17


_ORDER = {when.value: place for place, when in enumerate(reversed(When), 1)}


class LadderKey(NamedTuple):
    """What a ladder is for. Each is a key, a value of Urgency, a value of When, or ANY."""

    category: str = ANY
    area: str = ANY
    urgency: str = ANY
    hours: str = ANY

    @property
    def specific(self) -> tuple[bool, bool, bool, int]:
        """How specific: the greater wins."""
        return self.category != ANY, self.area != ANY, self.urgency != ANY, _ORDER.get(self.hours, 0)

    def fits(self, category: str | None, area: str | None, urgency: Urgency, hours: Collection[str]) -> bool:
        """Is it for this? None is in no rule that names one."""
        return (
            self.category in (ANY, category)
            and self.area in (ANY, area)
            and self.urgency in (ANY, urgency.value)
            and (self.hours == ANY or self.hours in hours)
        )


@dataclass(frozen=True, slots=True)
class LadderRule:
    """The steps for tasks that match. ANY matches all; the most specific rule wins."""

    category: str
    urgency: str
    steps: tuple[Step, ...]
    area: str = ANY
    hours: str = ANY

    @property
    def key(self) -> LadderKey:
        """What it is for."""
        return LadderKey(self.category, self.area, self.urgency, self.hours)


def rule_for(key: LadderKey, steps: tuple[Step, ...]) -> LadderRule:
    """The rule that has these steps for this."""
    return LadderRule(key.category, key.urgency, steps, key.area, key.hours)


def most_specific(
    rules: Iterable[LadderRule], category: str | None, area: str | None, urgency: Urgency, hours: Collection[str]
) -> LadderRule | None:
    """The rule that wins, None when none matches."""
    fitting = (rule for rule in rules if rule.key.fits(category, area, urgency, hours))
    return max(fitting, key=lambda rule: rule.key.specific, default=None)


class Ladders:
    """The rules in force: those of the network file, and over them what has been edited on the page.

    Replaced as a whole when somebody has edited one. version: of the edits that it shows; 0 is the network file alone.
    """

    def __init__(self, of_file: Iterable[LadderRule] = ()) -> None:
        self.of_file = {rule.key: rule for rule in of_file}
        self.edited: Mapping[LadderKey, LadderRule] = {}
        self.version = 0
        self._rules = tuple(self.of_file.values())

    @property
    def rules(self) -> tuple[LadderRule, ...]:
        """The rules as they are now, those of the file in its order first."""
        return self._rules

    def rule(self, key: LadderKey) -> LadderRule | None:
        """The rule in force for exactly this."""
        return self.edited.get(key) or self.of_file.get(key)

    def follow(self, version: int, edited: Iterable[LadderRule]) -> None:
        """From now on these edits stand over the network file."""
        self.edited = {rule.key: rule for rule in edited}
        self._rules = tuple({**self.of_file, **self.edited}.values())
        self.version = version
