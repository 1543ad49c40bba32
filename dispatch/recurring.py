"""Needs that repeat: the rule, its words, and the next occasion's task (deploy/adr/0005).

A rule is an iCalendar RRULE (RFC 5545, 3.3.10) of one of the few kinds that people ask for: every day, on days of every week
or of every second week, on one weekday of the month. Each occasion is a task of its own, one after the other: when one is
closed, the next is opened and put on hold until a day before it. Cancelling an occasion ends the repetition, for whoever says
"no more" must not have to say it twice; so does emptying `need.repeats`.

When the day is a holiday, the resident chooses: a day as others, not at all, or the working day before or after it
(`need.holidays`). A moved occasion keeps its day by the rule (`task.by_rule`), from which the next one is counted.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from dateutil.rrule import rrulestr

from dispatch import ladder
from dispatch.days import DayKind, Days
from dispatch.errors import BadRequest, IllegalMove
from dispatch.events import Event, Kind
from dispatch.mint import Mint
from dispatch.model import HOLIDAYS, Ask, Case, Deadline, Need, OfferKind, Step, Task, TaskState
from dispatch.network import Network
from dispatch.routines import way_of

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LEAD = timedelta(hours=24)  # before an occasion the next task leaves its hold and somebody is asked
BEGINS = time(9)  # local: when the day of an occasion is taken to begin, as nobody reads a time out of the resident's words
MOST_SKIPPED = 60  # days of a rule in a row that are holidays: then it is a mistake
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


@dataclass(frozen=True, slots=True)
class Planned:
    """The day of an occasion. by_rule: the rule's own day, when it has been moved from it; skipped: days of the rule that are
    left out because they are holidays."""

    day: date
    by_rule: date | None = None
    skipped: tuple[date, ...] = ()


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


def first_day(rule: str, now: datetime, zone: ZoneInfo) -> date:
    """The rule's first day from now on: today, when the rule has today in it. Every second week begins with the next such day.
    Raises BadRequest."""
    today = now.astimezone(zone).date()
    return _first(rule.replace("INTERVAL=2;", ""), today, today)


def first_occasion(rule: str, now: datetime, days: Days, holidays: str | None = None) -> Planned:
    """A new need's first occasion. Raises BadRequest."""
    first = first_day(rule, now, days.zone)
    return plan_occasion(rule, first, first, holidays, days)


def follow_on(case: Case, events: list[Event], network: Network, now: datetime, mint: Mint) -> tuple[Task, Event] | None:
    """The next occasion's task, when these events have closed an occasion of a need that repeats.

    It is open and on hold until LEAD before the occasion, and nobody is told: the resident has heard it when the need was
    told. A day whose occasion is still to come is not passed over because the one before was closed late. The mint must have
    a number in stock.
    """
    rule = case.need.repeats
    if rule is None or not any(e.kind is Kind.TASK_CLOSED for e in events):
        return None
    before = _by_rule(case.task, network)
    today = network.local_date(now)
    planned = plan_occasion(rule, before, max(before + timedelta(1), today), case.need.holidays, network.days)
    return one_more(case, planned, network, now, mint)


def plan_occasion(rule: str, since: date, earliest: date, holidays: str | None, days: Days) -> Planned:
    """The rule's first day, counted from `since`, that is not before `earliest`, with what happens on a holiday. What would be
    moved onto the next occasion, or before `earliest`, is moved the other way or left out. Raises BadRequest."""
    skipped: list[date] = []
    for _ in range(MOST_SKIPPED):
        by_rule = _first(rule, since, earliest)
        moved = _moved(rule, since, by_rule, earliest, holidays, days)
        if moved is not None:
            return Planned(moved, by_rule if moved != by_rule else None, tuple(skipped))
        skipped.append(by_rule)
        earliest = by_rule + timedelta(1)
    raise BadRequest("repeats: every day of the rule is a holiday")


def _moved(rule: str, since: date, by_rule: date, earliest: date, holidays: str | None, days: Days) -> date | None:
    if holidays is None or days.holiday(by_rule) is None:
        return by_rule
    if holidays == "skip":
        return None
    before, after = _working_day(by_rule, -1, days), _working_day(by_rule, 1, days)
    if holidays == "before" and before >= earliest:
        return before
    return after if after < _first(rule, since, by_rule + timedelta(1)) else None


def _working_day(day: date, step: int, days: Days) -> date:
    while days.kind(day) is not DayKind.WEEKDAY:
        day += timedelta(step)
    return day


def one_more(case: Case, planned: Planned, network: Network, now: datetime, mint: Mint) -> tuple[Task, Event]:
    """One more task of the same need, for a local day: open and on hold until LEAD before; then the same helper is asked first.
    The mint must have a number."""
    helper = next((o.person_id for o in reversed(case.takers) if o.kind is OfferKind.HELP), None)
    day = planned.day
    way = way_of(case.need, case.resident, network, _begins(day, network.zone))
    task = Task(
        id=mint.id(),
        need_id=case.need.id,
        code=mint.task_code(),
        state=TaskState.OPEN,
        code_word=mint.code_word(),
        created_at=now,
        changed_at=now,
        ladder=_same_helper_first(way.ladder, helper is not None),
        routine=way.routine,
        infected=way.infected,
        step=0,
        deadline=Deadline.HELD,
        deadline_at=asked_from(day, network, now),
        occasion=day,
        by_rule=planned.by_rule,
        asks_first=helper,
        places=case.task.places,
    )
    data: dict[str, Any] = {"category": case.need.category, "area": case.need.area, "human": None, "repeats": True}
    if planned.skipped:
        data["skipped"] = [d.isoformat() for d in planned.skipped]
    return task, Event(now, Kind.TASK_OPENED, task.id, None, data)


def _same_helper_first(steps: tuple[Step, ...], has_helper: bool) -> tuple[Step, ...]:
    """The ladder with a first step for whoever helped the time before, when it has none and is volunteers' work at all."""
    if not has_helper or steps[0].ask.acknowledges or any(s.ask is Ask.FIXED_CONTACT for s in steps):
        return steps
    return (ladder.DEFAULT[0], *steps)


def asked_from(day: date, network: Network, now: datetime) -> datetime:
    """From when somebody is asked about an occasion on a local day."""
    return max(now, _begins(day, network.zone) - LEAD)


def decide_skip_occasion(case: Case, by: int | None, network: Network, now: datetime) -> tuple[Case, list[Event]]:
    """The occasion that is to come is left out, and the rule's next one takes its place. On a holiday of which nothing has been
    said, holidays are left out from now on. Raises IllegalMove when none is to come or somebody has it already."""
    rule = _require_to_come(case)
    by_rule = _by_rule(case.task, network)
    need = case.need
    if need.holidays is None and network.days.holiday(by_rule) is not None:
        need = replace(need, holidays="skip")
    planned = plan_occasion(rule, by_rule, by_rule + timedelta(1), need.holidays, network.days)
    return _replanned(replace(case, need=need), planned, by, network, now, skipped=by_rule)


def decide_holidays(case: Case, choice: str | None, by: int | None, network: Network, now: datetime) -> tuple[Case, list[Event]]:
    """What happens on holidays from now on: one of HOLIDAYS, or None. An occasion that is to come follows. Raises BadRequest,
    IllegalMove when the need does not repeat."""
    if choice is not None and choice not in HOLIDAYS:
        raise BadRequest(f"holidays: choose one of {', '.join(HOLIDAYS)}, or nothing")
    rule = case.need.repeats
    if rule is None:
        raise IllegalMove("this request does not come back", code=case.task.code)
    case = replace(case, need=replace(case.need, holidays=choice))
    event = Event(now, Kind.HOLIDAYS_CHOSEN, case.task.id, by, {"holidays": choice or ""})
    if not is_to_come(case):
        return case, [event]
    by_rule = _by_rule(case.task, network)
    earliest = max(network.local_date(now), by_rule - timedelta(6))
    # the rule's own day again, moved or left out as it is wanted now
    moved = _moved(rule, by_rule, by_rule, earliest, choice, network.days)
    if moved == case.task.occasion:
        return case, [event]
    if moved is None:
        planned = plan_occasion(rule, by_rule, by_rule + timedelta(1), choice, network.days)
        after, more = _replanned(case, planned, by, network, now, skipped=by_rule)
    else:
        after, more = _replanned(case, Planned(moved, by_rule if moved != by_rule else None), by, network, now)
    return after, [event, *more]


def _replanned(
    case: Case, planned: Planned, by: int | None, network: Network, now: datetime, skipped: date | None = None
) -> tuple[Case, list[Event]]:
    task = replace(case.task, occasion=planned.day, by_rule=planned.by_rule, deadline_at=asked_from(planned.day, network, now))
    data: dict[str, Any] = {"occasion": planned.day.isoformat()}
    left_out = [*([skipped] if skipped else []), *planned.skipped]
    if left_out:
        data["skipped"] = [day.isoformat() for day in left_out]
    return replace(case, task=task), [Event(now, Kind.OCCASION_MOVED, task.id, by, data)]


def is_to_come(case: Case) -> bool:
    """Is it an occasion of a need that repeats, about which nobody has been asked yet?"""
    task = case.task
    return case.need.repeats is not None and task.state is TaskState.OPEN and task.deadline is Deadline.HELD and not case.offers


def _require_to_come(case: Case) -> str:
    if case.need.repeats is None or not is_to_come(case):
        raise IllegalMove("no visit is to come that could be left out", code=case.task.code)
    return case.need.repeats


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
    before = _by_rule(case.task, network)
    asked_at = _begins(_first(case.need.repeats, before, before + timedelta(1)), network.zone) - LEAD
    return min(by, max(asked_at, now + SHORTEST_CONFIRM))


def _by_rule(task: Task, network: Network) -> date:
    return task.by_rule or task.occasion or network.local_date(task.created_at)


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
