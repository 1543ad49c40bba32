"""Who is on duty: the group's rule, and the people that a decision may choose among."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from dispatch.answers import NO_ANSWERS, Answers
from dispatch.model import Person


def on_duty(policy: str | None, group_has_shifts: bool, on_shift: bool) -> bool:
    """Is this member of a group on duty now?

    policy "everyone": always. "signed-up": only during an own shift. None: everyone until somebody has signed up for a
    shift that has not ended, and from then on those who have (contracts.md, `duty`).
    """
    if policy == "everyone":
        return True
    if policy == "signed-up" or group_has_shifts:
        return on_shift
    return True


EMERGENCY_NUMBERS = frozenset({112, 911, 999})  # "OK 112" must not be somebody's way of saying yes


@dataclass(slots=True)
class Candidate:
    """Somebody who may be asked, with what fairness needs to know.

    Mutable on purpose: when several tasks are decided together, the second sees whom the first has asked. `asked_before`
    is `asked_total` as it was read; the store refuses the decision when it has changed since.
    """

    person: Person
    asked_before: int
    asked_total: int
    asked_today: int
    asked_on: date | None
    asked_at: datetime | None
    helped_total: int
    daily_limit: int
    reply_number: int
    live_numbers: set[int]
    holds: int = 0  # tasks that the person has now
    looked_at: datetime | None = None  # when rules.Sieve looked whether the person may be asked anything at all
    barred: str | None = None  # and by which rule not

    def asked_on_day(self, today: date) -> int:
        """How many offers the person has had today."""
        return self.asked_today if self.asked_on == today else 0

    def ask(self, now: datetime, today: date) -> int:
        """Count one more offer and give its reply number, which no live offer of this person has.

        Numbers go round from 10 to 99, so that a late answer to an old offer does not hit a new one; whoever has very
        many live ones (a coordinator in a bad night) gets three or four digits.
        """
        last = 99 if len(self.live_numbers) < 45 else 999 if len(self.live_numbers) < 450 else 9999
        number = self.reply_number
        while True:
            number = number + 1 if 10 <= number + 1 <= last else 10
            if number not in self.live_numbers and number not in EMERGENCY_NUMBERS:
                break
        self.asked_today = self.asked_on_day(today) + 1
        self.asked_total += 1
        self.asked_on, self.asked_at, self.reply_number = today, now, number
        self.live_numbers.add(number)
        return number


@dataclass(slots=True)
class Roster:
    """Everybody on duty, by group key. A fixed contact stands under "person:ID", on duty or not."""

    groups: dict[str, list[Candidate]] = field(default_factory=dict)
    answers: Answers = NO_ANSWERS  # how people have answered lately
    _by_id: dict[int, Candidate] = field(default_factory=dict)

    def missing(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that have not been looked up yet."""
        return {key for key in keys if key not in self.groups}

    def add(self, key: str, candidate: Candidate | None) -> None:
        """Put a candidate under a group; None says that the group was looked up. One person is one Candidate everywhere."""
        members = self.groups.setdefault(key, [])
        if candidate is not None:
            members.append(self._by_id.setdefault(candidate.person.id, candidate))

    def members(self, keys: Iterable[str]) -> list[Candidate]:
        """Everybody under the keys, each person once, in the keys' order.

        Raises KeyError for a group that was not looked up: nobody must be taken for nobody.
        """
        keys = tuple(keys)
        if len(keys) == 1:
            return self.groups[keys[0]]
        seen: dict[int, Candidate] = {}
        for key in keys:
            for candidate in self.groups[key]:
                seen.setdefault(candidate.person.id, candidate)
        return list(seen.values())
