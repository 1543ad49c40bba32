"""When something is wanted, as a value: "på torsdag kl 10", "varje fredag", "om två timmar" read against a clock and a zone.

Pure. The words are in `lexicon/times.toml`. What is read never lies in the past: "på torsdag", said on a Thursday, is the next
one; "kl 10", said in the afternoon, is tomorrow's. A clock time that a change of the clocks leaves out is the one an hour later.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

from dispatch.recurring import DAYS, first_day, next_occasion
from geo.fold import fold

_SCAN = 1_000  # characters that are read
_LONGEST = 4  # words of the longest phrase in times.toml
_EARLIEST = 7  # a bare "kl 3" is in the afternoon, a bare "kl 7" in the morning
_FIGURES = re.compile(r"(\d)\s*[-–]\s*(\d)")
_TOKEN = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d+(?:[.:/]\d+)?(?:-\d+(?:[.:]\d+)?)?|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
_CLOCK = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?")
_DATE = re.compile(r"(\d{1,2})[/.](\d{1,2})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


@dataclass(frozen=True, slots=True)
class When:
    """When something is wanted.

    day is the local day, or the first of those from `day` to `until`. starts and ends are aware, in the network's zone; each is
    None when no clock time is said. part is "morning", "forenoon", "noon", "afternoon", "evening", "night" or None. repeats is a
    rule as dispatch.recurring takes it, and day then its first.
    """

    day: date | None = None
    until: date | None = None
    part: str | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    repeats: str | None = None


def say_back(when: When, language: str) -> str | None:
    """Return the day and time in the language's words, "torsdag 3 december kl 10"; None when it is more than one day. English for
    languages without words here."""
    if when.day is None or when.until is not None or when.repeats is not None:
        return None
    said = _data()["said"]
    words = said[language if language in said else "en"]
    parts = [format_date(when.day, words["date"], locale=language if language in said else "en")]
    if when.starts is not None and when.ends is not None:
        parts.append(words["from_to"].format(time=_shown(when.starts), end=_shown(when.ends)))
    elif clock := when.starts or when.ends:
        parts.append(words["at" if when.starts else "by"].format(time=_shown(clock)))
    elif when.part is not None:
        parts.append(words["parts"][when.part])
    return " ".join(parts)


def _shown(clock: datetime) -> str:
    return f"{clock.hour}.{clock.minute:02}" if clock.minute else str(clock.hour)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str  # folded; figures as written
    kinds: dict[str, int | str]  # what it may be: {"weekday": 3}, {"before": 0}


def read_when(text: str, now: datetime, zone: ZoneInfo) -> When | None:
    """Return when `text`, or the first 1,000 characters of it, says that something is wanted; None when it says nothing of it.

    now: aware, by which "imorgon" and "om två timmar" are read. Never raises.
    """
    tokens = _tokens(text[:_SCAN])
    if (found := _relative(tokens, now, zone)) is not None:
        return found
    part = next((str(t.kinds["part"]) for t in tokens if "part" in t.kinds), None)
    begins, ends = _clock(tokens, part)
    repeats = _repeats(tokens)
    if repeats is not None:
        return _placed(When(first_day(repeats, now, zone), None, part, repeats=repeats), begins, ends, now, zone)
    today = now.astimezone(zone).date()
    day, until = _day(tokens, today)
    if day is None and (begins or ends):
        day = today
        clock = begins or ends
        if clock is not None and _at(day, clock, zone) <= now:
            day += timedelta(1)
    if day is None:
        return None  # "på morgonen" alone says of no day
    return _placed(When(day, until, part), begins, ends, now, zone)


def _placed(when: When, begins: time | None, ends: time | None, now: datetime, zone: ZoneInfo) -> When:
    """The day with its clock times; those that are past are left out, or, of what repeats, the next day is taken."""
    if when.day is None:
        return when
    first, last = (None if clock is None else _at(when.day, clock, zone) for clock in (begins, ends))
    latest = last or first
    if latest is not None and latest <= now:
        if when.repeats is None:
            return when
        return _placed(replace(when, day=next_occasion(when.repeats, now, zone).astimezone(zone).date()), begins, ends, now, zone)
    return replace(when, starts=first, ends=last)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The local time as it exists: 02:30 on the night that leaves it out is 03:30."""
    return datetime.combine(day, clock, zone).astimezone(UTC).astimezone(zone)


def _relative(tokens: Sequence[_Token], now: datetime, zone: ZoneInfo) -> When | None:
    """ "Om två timmar", "in 3 days", "kahden tunnin päästä"."""
    for at, token in enumerate(tokens):
        ahead = tokens[at + 1 : at + 4] if "in" in token.kinds else tokens[max(0, at - 2) : at] if "later" in token.kinds else ()
        if (span := _span(ahead)) is None:
            continue
        then = (now.astimezone(UTC) + span).astimezone(zone)
        if span < timedelta(days=1):
            return When(then.date(), starts=then)
        part = next((str(t.kinds["part"]) for t in tokens if "part" in t.kinds), None)
        day = now.astimezone(zone).date() + span
        return _placed(When(day, None, part), *_clock([*tokens[:at], *tokens[at + 3 :]], part), now, zone)
    return None


def _span(tokens: Sequence[_Token]) -> timedelta | None:
    count = 1
    for token in tokens:
        for kind, unit in _UNITS.items():
            if kind in token.kinds:
                return unit * count
        number = _number(token)
        if number is None:
            return None
        count = number
    return None


_UNITS = {
    "half_hour": timedelta(minutes=30),
    "two_hours": timedelta(hours=2),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "whole_day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def _number(token: _Token) -> int | None:
    if token.text.isdecimal() and len(token.text) <= 3:
        return int(token.text)
    return int(token.kinds["number"]) if "number" in token.kinds else None


def _repeats(tokens: Sequence[_Token]) -> str | None:
    """The rule for "varje fredag", "varannan tisdag", "första måndagen i månaden", "dagligen"; None when nothing repeats."""
    kinds = {kind for token in tokens for kind in token.kinds}
    if kinds & {"every_day", "every_morning", "every_evening"}:
        return "FREQ=DAILY"
    if "weekdays_all" in kinds:
        return f"FREQ=WEEKLY;BYDAY={','.join(DAYS[:5])}"
    if "weekends_all" in kinds:
        return f"FREQ=WEEKLY;BYDAY={','.join(DAYS[5:])}"
    named = [(at, int(t.kinds["weekday"])) for at, t in enumerate(tokens) if "weekday" in t.kinds]
    if "of_month" in kinds and (rule := _monthly(tokens, named)):
        return rule
    days = {int(t.kinds["every_weekday"]) for t in tokens if "every_weekday" in t.kinds}
    if "every" in kinds or "every_other" in kinds:
        days |= set(_listed(tokens, named))
    if not days:
        return None
    interval = "INTERVAL=2;" if "every_other" in kinds else ""
    return f"FREQ=WEEKLY;{interval}BYDAY={','.join(DAYS[day] for day in sorted(days))}"


def _listed(tokens: Sequence[_Token], named: Iterable[tuple[int, int]]) -> Iterator[int]:
    """The weekdays behind "varje" or "varannan", with those joined to them: "varje måndag, onsdag och fredag"."""
    listed = -9
    for at, day in named:
        before = tokens[max(0, at - 2) : at]
        if any(t.kinds.keys() & {"every", "every_other"} for t in before) or listed >= at - 2:
            listed = at
            yield day


def _monthly(tokens: Sequence[_Token], named: Iterable[tuple[int, int]]) -> str | None:
    for at, day in named:
        for token in tokens[max(0, at - 1) : at]:
            if "last" in token.kinds:
                return f"FREQ=MONTHLY;BYDAY=-1{DAYS[day]}"
            nth = int(token.kinds.get("ordinal", 0))
            if 1 <= nth <= 4:
                return f"FREQ=MONTHLY;BYDAY={nth}{DAYS[day]}"
    return None


def _day(tokens: Sequence[_Token], today: date) -> tuple[date | None, date | None]:
    """The day, or the first and the last of several, that is said first."""
    coming = "next_week" in {kind for token in tokens for kind in token.kinds}
    monday = today - timedelta(today.weekday())
    for at, token in enumerate(tokens):
        if "past" in token.kinds or (at and "past" in tokens[at - 1].kinds):
            continue
        if (said := _date(tokens, at, today)) is not None:
            return said, None
        if "day" in token.kinds:
            return today + timedelta(int(token.kinds["day"])), None
        if "today" in token.kinds:
            return today, None
        if "weekday" in token.kinds:
            return _weekday(int(token.kinds["weekday"]), today, coming or (at > 0 and "next" in tokens[at - 1].kinds)), None
    for token in tokens:
        if "next_week" in token.kinds:
            return monday + timedelta(7), monday + timedelta(13)
        if "weekend" in token.kinds:
            saturday = max(today, monday + timedelta(5))
            return saturday, monday + timedelta(6)
        if "this_week" in token.kinds:
            return today, monday + timedelta(6)
    return None, None


def _weekday(day: int, today: date, of_next_week: bool) -> date:
    """The next such day after today; of the next calendar week when that is said."""
    if of_next_week:
        return today + timedelta(7 - today.weekday() + day)
    return today + timedelta((day - today.weekday() - 1) % 7 + 1)


def _date(tokens: Sequence[_Token], at: int, today: date) -> date | None:
    """A date at this token: 2026-05-12, 12/5, "12 maj", "den tolfte maj", "May 12"; the next one when no year is said."""
    token = tokens[at]
    if iso := _ISO.fullmatch(token.text):
        found = _real(int(iso[1]), int(iso[2]), int(iso[3]))
        return found if found is not None and found >= today else None
    if (written := _DATE.fullmatch(token.text)) and ("/" in token.text or not _is_clock(tokens, at)):
        return _coming(int(written[2]), int(written[1]), today)
    if "month" in token.kinds:
        month = int(token.kinds["month"])
        for beside in (at - 1, at - 2, at + 1):
            if 0 <= beside < len(tokens) and (day := _day_of_month(tokens[beside])):
                return _coming(month, day, today)
    return None


def _is_clock(tokens: Sequence[_Token], at: int) -> bool:
    """ "9.15" is a time; "12.5" has too few figures for one."""
    return len(tokens[at].text.partition(".")[2]) == 2


def _day_of_month(token: _Token) -> int | None:
    number = int(token.text) if token.text.isdecimal() else int(token.kinds.get("ordinal", 0))
    return number if 1 <= number <= 31 else None


def _coming(month: int, day: int, today: date) -> date | None:
    for year in range(today.year, today.year + 5):  # the 29th of February comes every fourth year
        found = _real(year, month, day)
        if found is not None and found >= today:
            return found
    return None


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(tokens: Sequence[_Token], part: str | None) -> tuple[time | None, time | None]:
    """When it begins and when it must be done: "kl 10" is the first, "före kl 8" the second, "mellan 10 och 12" both."""
    for at, token in enumerate(tokens):
        following = tokens[at + 1 :]
        if "between" in token.kinds and (pair := _two(following, part)):
            return pair
        if re.fullmatch(r"[\d.:]+-[\d.:]+", token.text) and (at == 0 or "month" not in tokens[at - 1].kinds):
            first, _, last = token.text.partition("-")
            pair = _two([_Token(first, {}), _Token("-", {"and": 0}), _Token(last, {})], part)
            if pair and (":" in token.text or "." in token.text or (at and tokens[at - 1].kinds.keys() & {"clock", "around"})):
                return pair
        kind = next((k for k in ("before", "after", "around", "clock", "before_clock", "after_clock") if k in token.kinds), None)
        if kind is not None:
            named = kind == "clock" or any("clock" in t.kinds for t in following[:1])
            rest = following[1:] if named and kind != "clock" else following
            if (named or not kind.endswith("_clock")) and (read := _time(rest, part, figures=not named)) is not None:
                return (None, read) if kind.startswith("before") else (read, None)
    for at, token in enumerate(tokens):
        written = re.fullmatch(r"\d{1,2}[.:]\d{2}", token.text)
        meridiem = token.text.isdecimal() and at + 1 < len(tokens) and tokens[at + 1].kinds.keys() & {"am", "pm"}
        said = token.kinds.keys() & {"half_past", "quarter_past", "quarter_to"} or (
            "half" in token.kinds and at + 1 < len(tokens)
        )
        if (written or meridiem or said) and (read := _time(tokens[at:], part, figures=False)) is not None:
            return read, None
    return None, None


def _two(tokens: Sequence[_Token], part: str | None) -> tuple[time, time] | None:
    joint = next((at for at, token in enumerate(tokens[:5]) if "and" in token.kinds), None)
    if joint is None:
        return None
    tail = tokens[joint + 1 :]
    first, last = (_time([t for t in side if "clock" not in t.kinds], part, figures=False) for side in (tokens[:joint], tail))
    if first is None or last is None:
        return None
    if last <= first and last.hour < 12:
        last = last.replace(hour=last.hour + 12)
    return (first, last) if first < last else None


def _time(tokens: Sequence[_Token], part: str | None, figures: bool) -> time | None:
    """The clock time that begins here. figures: only one written with figures and no word of measure behind it."""
    shift, at = 0, 0
    if tokens:
        for kind, minutes in (("half_past", 30), ("quarter_past", 15), ("quarter_to", -15), ("half", -30)):
            if kind in tokens[0].kinds:
                shift, at = minutes, 1
    if at >= len(tokens):
        return None
    token, behind = tokens[at], tokens[at + 1 : at + 2]
    written = _CLOCK.fullmatch(token.text)
    if written is None and (figures or "number" not in token.kinds):
        return None
    if figures and behind and (_UNITS.keys() | {"month"}) & behind[0].kinds.keys():
        return None
    hour = int(written[1]) if written else int(token.kinds["number"])
    minute = int(written[2] or 0) if written else 0
    if hour > 23 or minute > 59:
        return None
    plain = not (written and (written[1].startswith("0") or (written[2] and len(written[1]) == 2)))
    hour = _of_day(hour, part, {kind for t in behind for kind in t.kinds}, plain)
    total = (hour * 60 + minute + shift) % (24 * 60)
    return time(total // 60, total % 60)


def _of_day(hour: int, part: str | None, behind: set[str], plain: bool) -> int:
    """The hour of 24 for one that may be meant of 12."""
    if "am" in behind or part in ("morning", "forenoon"):
        return hour % 12 if "am" in behind else hour
    late = "pm" in behind or part in ("afternoon", "evening")
    if late or (part == "noon" and hour < 4) or (part is None and plain and 1 <= hour < _EARLIEST):
        return hour + 12 if hour < 12 else hour
    return hour


def _tokens(text: str) -> list[_Token]:
    """The words of a text with what each may mean, phrases of times.toml as one."""
    words = [found[0] if found[0][0].isdecimal() else fold(found[0]) for found in _TOKEN.finditer(_FIGURES.sub(r"\1-\2", text))]
    known = _vocabulary()
    tokens: list[_Token] = []
    at = 0
    while at < len(words):
        size = next((n for n in range(min(_LONGEST, len(words) - at), 1, -1) if tuple(words[at : at + n]) in known), 1)
        run = tuple(words[at : at + size])
        tokens.append(_Token(" ".join(run), known.get(run, {})))
        at += size
    return [_implied(token) for token in tokens]


def _implied(token: _Token) -> _Token:
    """ "Ikväll" is a day and a part of it; "varje morgon" is a part of every day."""
    for kind, part in (("every_morning", "morning"), ("every_evening", "evening")):
        if kind in token.kinds:
            return _Token(token.text, {**token.kinds, "part": part})
    return _Token(token.text, {**token.kinds, "part": token.kinds["today"]}) if "today" in token.kinds else token


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files("bots.dialogue.lexicon") / "times.toml").read_text(encoding="utf-8"))


@cache
def _vocabulary() -> dict[tuple[str, ...], dict[str, int | str]]:
    """What each word and phrase of times.toml may mean."""
    data = _data()
    known: dict[tuple[str, ...], dict[str, int | str]] = {}

    def learn(phrase: str, kind: str, value: int | str) -> None:
        known.setdefault(tuple(fold(phrase).split()), {})[kind] = value

    for name, kind, first in (("weekdays", "weekday", 0), ("every_weekday", "every_weekday", 0), ("months", "month", 1),
                              ("numbers", "number", 0), ("ordinals", "ordinal", 0)):  # fmt: skip
        for value, line in enumerate(data[name], first):
            for word in line.split():
                learn(word, kind, value)
    for days, phrases in data["day"].items():
        for phrase in phrases:
            learn(phrase, "day", int(days))
    for kind in ("today", "part"):
        for value, phrases in data[kind].items():
            for phrase in phrases:
                learn(phrase, kind, value)
    for kind, phrases in data["words"].items():
        for phrase in phrases:
            learn(phrase, kind, 0)
    return known
