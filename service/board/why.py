"""Why these people are asked, in this order, and why others are not: in words, for the task's page.

What counted is kept with what happened (Order.reasons), so that it stays true; whom the step passes over, and who comes next, is
found out when the page is opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from dispatch.duty import Candidate, on_duty
from dispatch.events import Kind
from dispatch.matching import Order, keys_for, rank
from dispatch.model import Case, Person, Step, TaskState
from dispatch.phones import as_written
from dispatch.rows import candidate_of
from dispatch.rules import UNTOLD, Question, Sieve, question_of
from service.board.lanes import STEPS
from service.runtime import Runtime
from service.skills import skill_name
from service.web.texts import N_, Texts, language_name
from service.web.times import day
from sql import query

NEXT = 3  # people who are shown to come next
MOST = 200  # people who are looked at on the page
REASONS: Mapping[str, str] = {
    "fixed": N_("is the fixed contact"),
    "standby": N_("is on standby, so after the others"),
    "avoids": N_("would rather not do the like, so late"),
    "language": N_("speaks %(language)s"),
    "hours": N_("has said that this time suits"),
    "place": N_("lives in the same place"),
    "km": N_("within %(n)s km"),
    "holds": N_("has %(n)s task now"),
    "today": N_("asked %(n)s times before today"),
    "never": N_("never asked before"),
    "days": N_("last asked %(n)s days ago"),
    "yes": N_("said yes to %(n)s of %(of)s such"),
}
RULES: Mapping[str, str] = {
    "apart": N_("is not to meet the resident"),
    "protected": N_("the resident's identity is protected: staff only"),
    "vetted": N_("has no valid background check for that day"),
    "skills": N_("lacks: %(skills)s"),
    "language": N_("does not speak %(language)s"),
    "stopped": N_("has said STOPP"),
    "paused": N_("has paused"),
    "unreachable": N_("has neither number, address nor chat"),
    "limit": N_("has reached today's limit"),
    "off_duty": N_("is not on a shift now"),
}
ENDED = N_("the background check ended on %(day)s")
UNTIL = N_("has paused until %(day)s")
SECRET = N_("cannot be asked about this")
ELSEWHERE = N_("a helper from another area")


@dataclass(frozen=True, slots=True)
class Wave:
    """People who were asked together, each with what counted. size: how many at once and why; passed: who was not, in numbers."""

    at: datetime
    step: str
    people: Sequence[tuple[str, str]]
    size: str
    passed: str


@dataclass(frozen=True, slots=True)
class Now:
    """Who comes next, with what counts, and who is passed over: by why, with their names."""

    coming: Sequence[tuple[str, str]]
    passed: Mapping[str, str]


def waves_of(rows: Sequence[Any], case: Case, is_lead: bool, words: Texts) -> list[Wave]:
    """The waves of a task, from its events (board_history), in order. Those of an earlier release have no reasons. is_lead: reads
    nothing of who is kept apart."""
    asked = [(row, orjson.loads(row["data"])) for row in rows if row["kind"] == Kind.OFFERS_SENT]
    return [_wave(row, data, case, is_lead, words) for row, data in asked if "why" in data]


def _wave(row: Any, data: Mapping[str, Any], case: Case, is_lead: bool, words: Texts) -> Wave:
    step = case.task.ladder[data["step"]].ask if data["step"] < len(case.task.ladder) else None
    people = [
        (_name(case.people.get(person), words), _told(why, case, words))
        for person, why in zip(data["people"], data["why"], strict=False)
    ]
    size = ""
    if rate := data.get("rate"):
        said = N_("%(n)s asked at once: %(yes)s of the last %(asked)s here said yes.")
        size = words.gettext(said) % {"n": len(people), "yes": rate[0], "asked": rate[1]}
    rules = {**RULES, "apart": SECRET} if is_lead else RULES
    counted = [(words.gettext(rules[key]), n) for key, n in (data.get("passed") or {}).items() if key in rules]
    passed = [f"{said % _Nothing()} ({n})" for said, n in counted]
    return Wave(row["at"], words.gettext(STEPS[step]) if step else "", people, size, "; ".join(passed))


class _Nothing(dict[str, str]):
    """Numbers are kept with no particulars of anybody."""

    def __missing__(self, key: str) -> str:
        return "…"


def _name(person: Person | None, words: Texts) -> str:
    if person is None:
        return "?"
    return person.name or person.organisation or (as_written(person.phone) if person.phone else "?")


def _told(why: Sequence[str], case: Case, words: Texts) -> str:
    said = []
    for key, _, number in (reason.partition(":") for reason in why):
        if key in REASONS:
            n, _, of = number.partition("/")
            values = {"n": n, "of": of, "language": language_name(case.resident.language, words.language)}
            said.append(words.gettext(REASONS[key]) % values)
    return ", ".join(said)


async def now_for(runtime: Runtime, case: Case, area: str | None, words: Texts) -> Now | None:
    """Who comes next on the step where the task stands, and who is passed over; None where nobody is chosen from. area: the only
    one whose people the reader may see by name; None for all."""
    step, now, network = case.task.current, runtime.clock.now(), runtime.network
    if case.task.state is not TaskState.OPEN or step is None or step.ask.acknowledges:
        return None
    found = await _everybody(runtime, case, step, now)
    sieve, question = Sieve(question_of(case, network, now)), question_of(case, network, now)
    passed: dict[str, list[str]] = {}
    free: list[Candidate] = []
    for candidate, duty in found:
        rule = sieve.stops(candidate) or (None if duty else "off_duty")
        if rule is None:
            free.append(candidate)
        elif rule not in UNTOLD:
            told = _stopped(rule, candidate.person, question, area, case, words)
            passed.setdefault(told, []).append(_shown(candidate.person, area, words))
    answers = runtime.office.memory.answers
    order = Order(case, network, now, answers)
    line = rank(free, case, step, network, now, order)[:NEXT]
    coming = [(_shown(c.person, area, words), _told(order.reasons(c), case, words)) for c in line]
    return Now(coming, {told: ", ".join(names) for told, names in passed.items()})


async def _everybody(runtime: Runtime, case: Case, step: Step, now: datetime) -> list[tuple[Candidate, bool]]:
    """Everybody of the step's groups, and whether they are on duty: also those who cannot be asked at all."""
    keys = keys_for(case, step, runtime.network)
    groups = [key for key in keys if not key.startswith("person:")]
    found: dict[int, tuple[Candidate, bool]] = {}
    async with runtime.pool.acquire() as connection:
        for row in (await connection.fetch(query("on_duty"), groups, now, True))[:MOST]:
            duty = on_duty(row["duty"], row["group_has_shifts"], row["on_shift"])
            known = found.get(row["id"])
            found[row["id"]] = (candidate_of(row), duty or (known is not None and known[1]))
        for person in [int(key.partition(":")[2]) for key in keys if key.startswith("person:")]:
            if row := await connection.fetchrow(query("candidate"), person):
                found[person] = (candidate_of(row), True)
    return list(found.values())


def _shown(person: Person, area: str | None, words: Texts) -> str:
    may_see = area is None or (person.area == area and not person.protected)
    return _name(person, words) if may_see else words.gettext(ELSEWHERE)


def _stopped(rule: str, person: Person, question: Question, area: str | None, case: Case, words: Texts) -> str:
    """The rule in words. That two are kept apart, an area lead does not read."""
    name = words.gettext
    if rule == "apart" and area is not None:
        return name(SECRET)
    if rule == "vetted" and person.vetted_until is not None and person.vetted_until < question.day and person.vetting == "valid":
        return name(ENDED) % {"day": day(person.vetted_until, words.language)}
    if rule == "paused" and person.paused_until is not None and person.paused_until.year < 9000:
        return name(UNTIL) % {"day": day(person.paused_until.date(), words.language)}
    lacks = ", ".join(skill_name(s, words) for s in question.skills if s not in person.skills)
    return name(RULES[rule]) % {"skills": lacks, "language": language_name(case.resident.language, words.language)}
