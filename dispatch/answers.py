"""How people have answered lately, and what follows from it: how many are asked at a time, and who comes first among equals.
Pure.

Deliberately coarse. An area with little history is asked as its ladder says, and a person with little history stands between
those who mostly say yes and those who mostly say no.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil

from dispatch.model import Step

LATELY = timedelta(days=60)  # answers older than this say little about today
TIME_TO_ANSWER = timedelta(minutes=10)  # whoever has had less is not counted as silent
RENEWED = timedelta(minutes=10)  # how old what is known may be
FEWEST = 30  # offers of an area and a kind of step, before its rate counts
WIDEST = 3  # times the ladder's wave
PRIOR_YES, PRIOR_ASKED = 2, 6  # as if two of six had said yes: what a wave of three stands for
PERSON_YES, PERSON_ASKED = 2, 4  # as if somebody had said yes to two of four
USUALLY, EVENLY, SELDOM = range(3)  # how somebody answers: yes to two of three, to less, to fewer than one of three


@dataclass(frozen=True, slots=True)
class Tally:
    """How many were asked, or answered, and how many of them said yes."""

    yes: int = 0
    asked: int = 0


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known of LATELY. areas: by area and kind of step (Ask); people: by person's id and category."""

    areas: Mapping[tuple[str, str], Tally] = field(default_factory=dict)
    people: Mapping[tuple[int, str], Tally] = field(default_factory=dict)
    read_at: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Need it not be counted anew?"""
        return self.read_at is not None and self.read_at <= now < self.read_at + RENEWED

    def of_area(self, area: str | None, ask: str) -> Tally:
        """How an area answers at one kind of step."""
        return self.areas.get((area or "", ask), NOTHING)

    def of_person(self, person_id: int, category: str | None) -> Tally:
        """How somebody answers when asked for one kind of help."""
        return self.people.get((person_id, category or ""), NOTHING)

    def habit(self, person_id: int, category: str | None) -> int:
        """USUALLY, EVENLY or SELDOM; EVENLY for whoever has hardly been asked."""
        found = self.people.get((person_id, category or ""))
        if found is None:
            return EVENLY
        thirds = 3 * (found.yes + PERSON_YES)
        of = found.asked + PERSON_ASKED
        return USUALLY if thirds >= 2 * of else EVENLY if thirds >= of else SELDOM


NO_ANSWERS = Answers()


@dataclass(slots=True)
class Memory:
    """What a process knows between two countings. checked_on: the local day on which it last looked for checks that end soon."""

    answers: Answers = NO_ANSWERS
    checked_on: date | None = None


def wave_size(step: Step, tally: Tally, places: int) -> int:
    """How many a step asks at a time: so many that as many yeses can be expected as there are places, from the ladder's `wave` to
    WIDEST times that. Just `wave` where the ladder says so (`widen`), and where too few have been asked to know."""
    if not step.widen or tally.asked < FEWEST:
        return step.wave
    rate = Fraction(tally.yes + PRIOR_YES, tally.asked + PRIOR_ASKED)
    return min(max(ceil(max(places, 1) / rate), step.wave), WIDEST * step.wave)
