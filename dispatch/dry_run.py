"""What would happen to a request if nobody answered: the engine's own decisions on a case in memory, storing nothing.

The clock is moved from deadline to deadline. Each is decided by the functions that decide it for a real task, on a roster that is
looked up for that time, so that shifts, pauses and daily limits count; what the dry run itself has asked people counts too.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dispatch.duty import Candidate, Roster
from dispatch.escalation import decide_due, wanted_keys
from dispatch.events import Event, Kind
from dispatch.intake import Request, decide_request
from dispatch.ladder import rule_in_force
from dispatch.ladder_rules import LadderKey
from dispatch.matching import keys_for
from dispatch.mint import Mint
from dispatch.model import Ask, Case, Deadline, Person, Step, Urgency
from dispatch.network import Network

LookUp = Callable[[Roster, Collection[str], datetime], Awaitable[None]]  # fills the roster with who is on duty then
TRIED = "try"  # the source of a request that nobody made
LONGEST, MOST = timedelta(days=14), 500  # of clock time and of deadlines: a ladder of many steps and many closed offices
ENOUGH_ROUNDS = 2  # of the last step, which goes on for ever
TOLD = frozenset(
    {Kind.STEP_BEGUN, Kind.STEP_SKIPPED, Kind.OFFERS_SENT, Kind.OFFERS_EXPIRED, Kind.ACKNOWLEDGEMENT_ASKED,
     Kind.ACKNOWLEDGEMENT_ASKED_AGAIN, Kind.SERVICE_CLOSED, Kind.NOBODY_TO_ASK}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried. at: when the request comes in. language: the resident's."""

    category: str
    area: str
    urgency: Urgency
    at: datetime
    language: str = "sv"
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that would happen. kind: as it would stand in the task's history. step: the ladder's index. ask: whom the step
    turns to. people: who would be asked, best first. on_duty: of a step that is skipped, how many are on duty but may not be
    asked."""

    at: datetime
    kind: Kind
    step: int | None = None
    ask: Ask | None = None
    people: tuple[Person, ...] = ()
    on_duty: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing happens for longer than the ladder says, for the night or for a closed office. ask: the step that waits."""

    at: datetime
    until: datetime
    night: bool
    ask: Ask


@dataclass(slots=True)
class Course:
    """What would happen, in order. rule: what the ladder was chosen for, None for the program's own. ladder: as it would be
    frozen. ends: when those of the last step would have been asked twice, None when the dry run was given up before."""

    trial: Trial
    rule: LadderKey | None
    ladder: tuple[Step, ...]
    happenings: list[Happening | Pause] = field(default_factory=list)
    ends: datetime | None = None


async def dry_run(trial: Trial, network: Network, look_up: LookUp) -> Course:
    """Run a request that nobody made up its ladder. Asks nobody, stores nothing."""
    mint = Mint()
    mint.stock(range(1))
    person = Person(mint.id(), None, trial.at, language=trial.language, roles=("resident",), protected=trial.protected)
    request = Request("", TRIED, trial.category, trial.area, urgency=trial.urgency)
    case, _ = decide_request(person, request, network, trial.at, mint)
    begins = case.task.deadline_at or trial.at
    rule = rule_in_force(network, trial.category, trial.urgency, trial.area, begins)
    course = Course(trial, rule.key if rule else None, case.task.ladder)
    now, asked = trial.at, dict[int, Candidate]()
    for _ in range(MOST):
        due = case.task.deadline_at
        if case.task.deadline is not Deadline.ADVANCE or due is None or due > trial.at + LONGEST:
            break
        course.happenings += _pause(case, network, now, due)
        now = due
        roster = await _roster(case, network, now, look_up, asked)
        before = case
        case, events, newly = decide_due(case, roster, network, now, mint)
        asked |= {c.person.id: c for c in newly}
        course.happenings += [_told(event, before, case, roster, network) for event in events if event.kind in TOLD]
        if case.task.step == len(case.task.ladder) - 1 and case.task.rounds >= ENOUGH_ROUNDS:
            course.ends = now
            break
    return course


async def _roster(case: Case, network: Network, now: datetime, look_up: LookUp, asked: dict[int, Candidate]) -> Roster:
    """Who is on duty at `now`, as far up the ladder as is needed, with what they would have been asked by then."""
    roster = Roster()
    while keys := wanted_keys(case, roster, network, now):
        await look_up(roster, sorted(keys), now)
        for key in keys:
            for candidate in roster.groups.get(key, ()):
                if known := asked.get(candidate.person.id):
                    _carry(known, candidate)
    return roster


def _carry(known: Candidate, candidate: Candidate) -> None:
    """Nothing was stored: the database does not know of what was asked, the next decision must."""
    candidate.asked_total, candidate.asked_today, candidate.asked_on = known.asked_total, known.asked_today, known.asked_on
    candidate.asked_at, candidate.reply_number = known.asked_at, known.reply_number
    candidate.live_numbers = set(known.live_numbers)


def _pause(case: Case, network: Network, now: datetime, due: datetime) -> list[Pause]:
    """Why nothing happens between two deadlines, when it is more than the ladder's own waiting."""
    task = case.task
    step = task.ladder[max(task.step, 0)]
    own = timedelta(seconds=max(step.wait, step.every)) if task.rounds else timedelta(0)
    if due - now <= own:
        return []
    return [Pause(now, due, network.waits_for_morning(case.need.urgency) and _has_night(network, now, due), step.ask)]


def _has_night(network: Network, begins: datetime, ends: datetime) -> bool:
    return network.hours.add(begins, ends - begins) > ends


def _told(event: Event, before: Case, case: Case, roster: Roster, network: Network) -> Happening:
    data = event.data
    people = {**before.people, **case.people}
    offers = {o.id: o.person_id for o in case.offers}
    asked = tuple(people[offers[number]] for number in data.get("offers", ()))
    index: int | None = data.get("step")
    ask = Ask(data["ask"]) if "ask" in data else case.task.ladder[index].ask if index is not None else None
    told = Happening(event.at, event.kind, index, ask, asked)
    if event.kind is not Kind.STEP_SKIPPED or ask is None:
        return told
    step = next(s for s in case.task.ladder if s.ask is ask)
    return replace(told, on_duty=len(roster.members(keys_for(case, step, network))))
