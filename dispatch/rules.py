"""The hard rules: who may not be asked about a task, whatever else speaks for them. Pure, and one list; the words are in
service/board/why.py.

They hold for offers of help. Whoever must answer for a task (Ask.acknowledges) is a member of staff and is asked anyhow. Those
with `safety` hold also when somebody answers, or is named by staff, and no "anyway" stands above them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from dispatch.duty import Candidate
from dispatch.errors import AlreadyYours, CheckLapsed, KeptApart, MoreAreLookedFor, ProtectedResident
from dispatch.model import ENDED, VETTED, Case, Offer, OfferKind, OfferState, Person, TaskState
from dispatch.network import Network

# Whoever was told "no longer needed" may be asked again when the task comes back; the others have given their answer.
ASKABLE_AGAIN = frozenset({OfferState.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Question:
    """What one task asks of people, worked out once for all of them.

    day: on which it is done, as far as is known. asked: who has been asked already. skills: those that it takes, without the
    background check. check: does it take that? language: the one that must be spoken, or None.
    """

    now: datetime
    today: date
    day: date
    resident: int
    protected: bool
    apart: frozenset[int]
    asked: frozenset[int]
    skills: tuple[str, ...]
    check: bool
    language: str | None


def question_of(case: Case, network: Network, now: datetime) -> Question:
    """What the task asks of people now."""
    category = network.category(case.need.category)
    requires = required(case, network)
    today, occasion = network.local_date(now), case.task.occasion
    return Question(
        now=now,
        today=today,
        day=max(occasion, today) if occasion else today,
        resident=case.resident.id,
        protected=case.resident.protected,
        apart=case.kept_apart,
        asked=frozenset(o.person_id for o in case.offers if o.state not in ASKABLE_AGAIN),
        skills=tuple(s for s in requires if s != VETTED),
        check=VETTED in requires,
        language=case.resident.language if category is not None and category.languages else None,
    )


def required(case: Case, network: Network) -> tuple[str, ...]:
    """The skills and the equipment that a task takes: its category's, and its own."""
    category = network.category(case.need.category)
    return tuple(dict.fromkeys((*(category.requires if category else ()), *case.need.requires)))


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason not to ask somebody. stops: does it stand against this person? The last argument: has the person had as many
    questions today as they want. matters: can it stand against anybody, as the task is? always: whatever is asked, so that one
    look at a person does for all tasks of the same moment."""

    key: str
    stops: Callable[[Question, Person, bool], bool]
    matters: Callable[[Question], bool] = lambda question: True
    safety: bool = False
    always: bool = False


def _is_unreachable(question: Question, person: Person, full: bool) -> bool:
    return not person.can_be_written_to and "service" not in person.roles  # whose page shows what they are asked


def _has_paused(question: Question, person: Person, full: bool) -> bool:
    return person.paused_until is not None and person.paused_until > question.now


RULES = (
    Rule("resident", lambda q, person, full: person.id == q.resident),
    Rule("asked", lambda q, person, full: person.id in q.asked, lambda q: bool(q.asked)),
    Rule("apart", lambda q, person, full: person.id in q.apart, lambda q: bool(q.apart), safety=True),
    Rule("protected", lambda q, person, full: not person.is_staff, lambda q: q.protected, safety=True),
    Rule("vetted", lambda q, person, full: not person.is_vetted_on(q.day), lambda q: q.check, safety=True),
    Rule("skills", lambda q, person, full: any(s not in person.skills for s in q.skills), lambda q: bool(q.skills)),
    Rule("language", lambda q, person, full: not person.speaks(q.language or ""), lambda q: q.language is not None),
    Rule("stopped", lambda q, person, full: person.stopped_at is not None, always=True),
    Rule("paused", _has_paused, always=True),
    Rule("unreachable", _is_unreachable, always=True),
    Rule("limit", lambda q, person, full: full),
)
UNTOLD = frozenset({"resident", "asked"})  # they say nothing that the page does not say elsewhere
SAFETY = frozenset(rule.key for rule in RULES if rule.safety)


class Sieve:
    """The rules for one task. Whole rosters go through it, so that what cannot matter is left out, and what holds for all tasks
    of the same moment is looked at once for each person."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._rules = tuple(r for r in RULES if not r.always and r.key not in ("resident", "limit") and r.matters(question))

    def stops(self, c: Candidate) -> str | None:
        """The first rule that stands against somebody, or None."""
        question, person = self._question, c.person
        if person.id == question.resident:
            return "resident"
        for rule in self._rules:
            if rule.stops(question, person, False):
                return rule.key
        if c.looked_at is not question.now:
            c.looked_at, c.barred = question.now, _always_stopped(question, person)
        if c.barred is not None:
            return c.barred
        return "limit" if c.asked_today >= c.daily_limit and c.asked_on == question.today else None


def _always_stopped(question: Question, person: Person) -> str | None:
    return next((rule.key for rule in RULES if rule.always and rule.stops(question, person, False)), None)


def require_may_know(person: Person, case: Case) -> None:
    """A protected identity never leaves staff (domain.md, Privacy). Raises ProtectedResident for anybody else."""
    if case.resident.protected and not person.is_staff:
        raise ProtectedResident("the resident's identity is protected: staff only", code=case.task.code)


def require_may_meet(person: Person, case: Case) -> None:
    """Raises KeptApart when one of the two does not want to, and ProtectedResident as `require_may_know`."""
    if person.id in case.kept_apart:
        raise KeptApart("one of the two does not want to meet the other", code=case.task.code)
    require_may_know(person, case)


def unsafe(case: Case, person: Person, network: Network, now: datetime) -> str | None:
    """The first safety rule that keeps this person from helping with the task, or None. A member of staff needs no check."""
    question = question_of(case, network, now)
    broken = (rule.key for rule in RULES if rule.safety and rule.matters(question) and rule.stops(question, person, False))
    return next((key for key in broken if key != VETTED or not person.is_staff), None)


def require_safe(case: Case, person: Person, network: Network, now: datetime) -> None:
    """Nobody helps against a safety rule, whoever says yes, and whoever wants it. Raises KeptApart, ProtectedResident,
    CheckLapsed."""
    require_may_meet(person, case)
    if unsafe(case, person, network, now) is not None:
        raise CheckLapsed("the background check is not valid on that day", code=case.task.code)


def require_not_among(case: Case, person_id: int) -> None:
    """Raises AlreadyYours for one of those who help."""
    mine = next((o for o in case.helpers if o.person_id == person_id), None)
    if mine is not None and case.task.state not in ENDED | {TaskState.DONE}:
        raise AlreadyYours(case.task.code, number=mine.number)


def require_complete(case: Case, offer: Offer) -> None:
    """Nobody goes alone to what needs several. Raises MoreAreLookedFor."""
    if offer.state is not OfferState.ACCEPTED:
        return
    if offer.kind is OfferKind.HELP and case.task.state is TaskState.OPEN and case.places_left > 0:
        raise MoreAreLookedFor(case.task.code, number=offer.number, more=case.places_left)
