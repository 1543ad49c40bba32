"""Needs that repeat: the rule, its words, and the next occasion's task (deploy/adr/0005).

A rule is an iCalendar RRULE (RFC 5545, 3.3.10) of one of the few kinds that people ask for: every day, on days of every week
or of every second week, on one weekday of the month. Each occasion is a task of its own, one after the other: when one is
closed, the next is opened and put on hold until a day before it. Cancelling an occasion ends the repetition, for whoever says
"no more" must not have to say it twice; so does emptying `need.repeats`.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from dateutil.rrule import rrulestr

from dispatch.errors import BadRequest
from dispatch.events import Event, Kind
from dispatch.mint import Mint
from dispatch.model import Case, Deadline, Need, Task, TaskState
from dispatch.network import Network
from dispatch.routines import way_of

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LEAD = timedelta(hours=24)  # before an occasion the next task leaves its hold and somebody is asked
BEGINS = time(9)  # local: when the day of an occasion is taken to begin, as nobody reads a time out of the resident's words
SHORTEST_CONFIRM = timedelta(hours=2)  # that a resident has to say "nobody came", also when the next occasion is near

_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_RULE = re.compile(
    rf"FREQ=DAILY|FREQ=WEEKLY(?:;INTERVAL=(?P<interval>[12]))?;BYDAY=(?P<days>{_DAY}(?:,{_DAY})*)"
    rf"|FREQ=MONTHLY;BYDAY=(?P<nth>[1-4]|-1)(?P<day>{_DAY})"
)

_CLOCK = re.compile(r"\b(?:kl(?:ockan)?|at)\b\.?\s*\d{1,2}(?:[.:]\d{2})?(?:\s?[ap]m\b)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Words:
    every_day: str
    every: str
    every_other: str
    monthly: str
    nth: tuple[str, str, str, str, str]  # the last one: last
    join: str


_WORDS = {
    "sv": _Words(
        "varje dag", "varje {days}", "varannan {days}", "{nth} {days}en i månaden",
        ("första", "andra", "tredje", "fjärde", "sista"), " och ",
    ),
    "en": _Words(
        "every day", "every {days}", "every other {days}", "the {nth} {days} of the month",
        ("first", "second", "third", "fourth", "last"), " and ",
    ),
}  # fmt: skip


def repeat_rule(every: str, weekday: str) -> str:
    """The rule for what an operator chooses. every: "day", "week", "two-weeks" or "month" (the first such weekday in it);
    weekday: one of DAYS, not looked at for "day". Raises BadRequest for anything else."""
    rules = {
        "day": "FREQ=DAILY",
        "week": f"FREQ=WEEKLY;BYDAY={weekday}",
        "two-weeks": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={weekday}",
        "month": f"FREQ=MONTHLY;BYDAY=1{weekday}",
    }
    if every not in rules:
        raise BadRequest(f"repeats: choose one of {', '.join(rules)}")
    return check_rule(rules[every])


def check_rule(rule: str) -> str:
    """The rule itself. Raises BadRequest when it is none of those that this program keeps."""
    _read(rule)
    return rule


def in_words(rule: str, language: str) -> str:
    """The rule as it is read aloud: "varannan fredag". English for languages without words here. Raises BadRequest."""
    found = _read(rule)
    language = language if language in _WORDS else "en"
    words = _WORDS[language]
    if found["nth"]:
        day = _day_name(found["day"], language)
        return words.monthly.format(nth=words.nth[int(found["nth"]) - 1 if found["nth"] != "-1" else 4], days=day)
    if not found["days"]:
        return words.every_day
    names = [_day_name(day, language) for day in found["days"].split(",")]
    days = words.join.join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return (words.every_other if found["interval"] == "2" else words.every).format(days=days)


def next_occasion(rule: str, after: datetime, zone: ZoneInfo, since: date | None = None) -> datetime:
    """When the first occasion begins on a local day later than that of `after`.

    since: the day of an earlier occasion, which "every second week" is counted from; the day of `after` when there is none.
    Raises BadRequest.
    """
    return _begins(_first(rule, since or after.astimezone(zone).date(), after.astimezone(zone).date() + timedelta(1)), zone)


def first_occasion(rule: str, now: datetime, zone: ZoneInfo) -> date:
    """The day of a new need's first occasion: today, when the rule has today in it. Every second week begins with the next
    such day. Raises BadRequest."""
    today = now.astimezone(zone).date()
    return _first(rule.replace("INTERVAL=2;", ""), today, today)


def follow_on(case: Case, events: list[Event], network: Network, now: datetime, mint: Mint) -> tuple[Task, Event] | None:
    """The next occasion's task, when these events have closed an occasion of a need that repeats.

    It is open and on hold until LEAD before the occasion, and nobody is told: the resident has heard it when the need was
    told. A day whose occasion is still to come is not passed over because the one before was closed late. The mint must have
    a number in stock.
    """
    rule = case.need.repeats
    if rule is None or not any(e.kind is Kind.TASK_CLOSED for e in events):
        return None
    before = _occasion(case.task, network)
    today = network.local_date(now)
    day = _first(rule, before, max(before + timedelta(1), today))
    return one_more(case, day, network, now, mint)


def one_more(case: Case, day: date, network: Network, now: datetime, mint: Mint) -> tuple[Task, Event]:
    """One more task of the same need, for a local day: open and on hold until LEAD before. The mint must have a number."""
    way = way_of(case.need, case.resident, network, now)
    task = Task(
        id=mint.id(),
        need_id=case.need.id,
        code=mint.task_code(),
        state=TaskState.OPEN,
        code_word=mint.code_word(),
        created_at=now,
        changed_at=now,
        ladder=way.ladder,
        routine=way.routine,
        infected=way.infected,
        step=0,
        deadline=Deadline.HELD,
        deadline_at=max(now, _begins(day, network.zone) - LEAD),
        occasion=day,
    )
    data = {"category": case.need.category, "area": case.need.area, "human": None, "repeats": True}
    return task, Event(now, Kind.TASK_OPENED, task.id, None, data)


def when(task: Task, need: Need) -> dict[str, Any]:
    """When the task is for, as texts and pages take it: `wanted`, `occasion`, `at`.

    The resident's words for a time ("i dag kl 15") are those of the first visit: of one more visit of a need that does not repeat
    only the clock time in them holds, beside its own day.
    """
    if task.occasion is None:
        return {"wanted": need.wanted}
    if need.repeats is not None:
        return {"wanted": need.wanted, "occasion": task.occasion}
    said = _CLOCK.search(need.wanted or "")
    return {"wanted": None, "occasion": task.occasion, **({"at": said[0]} if said else {})}


def expected_from(task: Task, network: Network, now: datetime) -> datetime:
    """From when on a sign of life is expected of whoever has taken the task: now, or when its occasion begins."""
    return max(now, _begins(task.occasion, network.zone)) if task.occasion else now


def confirm_by(case: Case, network: Network, now: datetime) -> datetime:
    """Until when the resident may say that nobody came; then silence closes the task.

    A need that repeats does not wait longer than until somebody must be asked about the next occasion.
    """
    by = network.after(now, network.patience.confirm, case.need.urgency)
    if case.need.repeats is None:
        return by
    before = _occasion(case.task, network)
    asked_at = _begins(_first(case.need.repeats, before, before + timedelta(1)), network.zone) - LEAD
    return min(by, max(asked_at, now + SHORTEST_CONFIRM))


def _occasion(task: Task, network: Network) -> date:
    return task.occasion or network.local_date(task.created_at)


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, BEGINS, zone)


def _read(rule: str) -> re.Match[str]:
    found = _RULE.fullmatch(rule)
    if found is None:
        raise BadRequest("repeats: a rule such as FREQ=WEEKLY;BYDAY=FR (every day, on days of a week or of two, monthly)")
    return found


def _first(rule: str, since: date, earliest: date) -> date:
    """The first day of the rule, counted from `since`, that is not before `earliest`."""
    check_rule(rule)
    days = rrulestr(rule, dtstart=datetime.combine(since, time()))
    found = days.after(datetime.combine(earliest, time()), inc=True)
    if found is None:
        raise BadRequest("repeats: the rule has no day left")
    return found.date()


def _day_name(day: str, language: str) -> str:
    return str(get_day_names("wide", locale=language)[DAYS.index(day)])
