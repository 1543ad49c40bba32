"""The days of shifts in a network file ("mon-fri", "weekends,holidays"), and rotas in it that contradict themselves."""

from collections.abc import Iterator, Sequence
from datetime import time
from itertools import product
from typing import NamedTuple

from dispatch.network import ShiftRule

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORDS = {"daily": range(1, 8), "weekdays": range(1, 6), "weekends": range(6, 8), "holidays": range(0)}
_A_DAY = 24 * 60  # minutes


class ShiftDays(NamedTuple):
    """On which days a shift begins; see ShiftRule."""

    weekdays: frozenset[int]
    holidays: bool | None


def read_days(value: object) -> frozenset[int]:
    """ISO weekdays of "daily", "mon-fri", "sat,sun", "fri-mon"; Monday is 1. Raises ValueError."""
    mistake = ValueError(f'"{value}" is no days; write "daily", "mon-fri" or "sat,sun"')
    if not isinstance(value, str):
        raise mistake
    if value.strip().casefold() == "daily":
        return frozenset(range(1, 8))
    found: set[int] = set()
    for part in value.casefold().split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if first not in _DAYS or (dash and last not in _DAYS):
            raise mistake
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= {(begin + n) % 7 + 1 for n in range((end - begin) % 7 + 1)}
    return frozenset(found)


def read_shift_days(value: object) -> ShiftDays:
    """The days of "mon-fri", "weekdays" (which are no holidays), "weekends", "holidays" and what they make together, such as
    "sat,sun,holidays". Raises ValueError."""
    words = [word.strip() for word in value.casefold().split(",")] if isinstance(value, str) else []
    found = {day for word in words for day in _WORDS.get(word, ())}
    if named := [word for word in words if word not in _WORDS]:
        try:
            found |= read_days(",".join(named))
        except ValueError:
            words = []
    if not words:
        raise ValueError(f'"{value}" is no days; write "daily", "mon-fri", "sat,sun", "weekdays", "weekends" or "holidays"')
    return ShiftDays(frozenset(found), True if "holidays" in words else False if "weekdays" in words else None)


def contradictions(rules: Sequence[ShiftRule], has_holidays: bool) -> Iterator[str]:
    """What is wrong with the shifts, numbered as they stand in the file: two of a group that begin together, or overlap and need
    different numbers, on some day, a holiday or not; and shifts that are on no day at all."""
    special = {rule.group for rule in rules if rule.holidays}
    sorts = [False, True] if has_holidays else [False]
    for n, rule in enumerate(rules, 1):
        if not rule.days and not has_holidays:
            yield f'shift {n} is for holidays, and the network has none: set holidays = "SE" in [network], or write [[holiday]]'
        for m, other in enumerate(rules[: n - 1], 1):
            if rule.group != other.group:
                continue
            days = list(_days_of_both(rule, other, rule.group in special, sorts))
            if rule.begins == other.begins and 0 in days:
                yield f"shift {n} begins on the same day and at the same time as shift {m}"
            elif rule.needed != other.needed and any(_overlap(rule, other, apart) for apart in days):
                both = f"shift {n} needs {rule.needed} and shift {m} needs {other.needed}"
                yield f"{both} at the same time, for one group: let one begin when the other ends"


def _days_of_both(rule: ShiftRule, other: ShiftRule, special: bool, sorts: Sequence[bool]) -> Iterator[int]:
    """How many days after a day of `rule` one of `other` may be: -1, 0, 1."""
    for apart in (-1, 0, 1):
        for weekday, holiday, others in product(range(1, 8), sorts, sorts):
            if apart == 0 and holiday != others:
                continue
            if rule.begins_on(weekday, holiday, special) and other.begins_on((weekday - 1 + apart) % 7 + 1, others, special):
                yield apart
                break


def _overlap(rule: ShiftRule, other: ShiftRule, apart: int) -> bool:
    begins, ends = _minutes(rule.begins), _minutes(rule.ends) + rule.nights * _A_DAY
    others, until = (at + apart * _A_DAY for at in (_minutes(other.begins), _minutes(other.ends) + other.nights * _A_DAY))
    return begins < until and others < ends


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
