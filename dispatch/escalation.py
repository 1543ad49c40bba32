"""What happens when a task's deadline comes: the next wave, the next step, a nudge, a human. Nothing stands still.

Each deadline re-checks the state it finds. It may come late (the process was down): times are counted from now, and a step
whose end has passed is left at once. It may come twice: the second finds another deadline and the store refuses the loser.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dispatch.answers import NOTHING, wave_size
from dispatch.duty import Candidate, Roster
from dispatch.events import Event, Kind
from dispatch.intake import decide_hand_over
from dispatch.matching import Order, fitting, rank
from dispatch.mint import Mint
from dispatch.model import ESCALATED, Ask, Case, Deadline, Offer, OfferKind, OfferState, Step, Task, TaskState
from dispatch.network import Network
from dispatch.rules import UNTOLD
from dispatch.service_groups import (
    all_said_no,
    asks_one_first,
    closed_until,
    closes_at,
    closing_keys,
    keys_at,
    members_now,
    step_time,
    told_of_closing,
    waits_for_opening,
)
from dispatch.silence import first_acknowledging, lapsed_acknowledgement, silent_taker

ACKNOWLEDGE_WITHIN = timedelta(days=365)  # being asked to acknowledge never runs out; it ends when somebody has


@dataclass(slots=True)
class Climb:
    """One advance of one case up its ladder: what it has done so far. `asked`: whose counters changed."""

    case: Case
    roster: Roster
    network: Network
    now: datetime
    mint: Mint
    events: list[Event] = field(default_factory=list)
    asked: list[Candidate] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)  # whom the step may not ask, by the rule that stops them
    order: Order | None = None  # by which they were ranked
    _ranked: tuple[int, tuple[Offer, ...], list[Candidate]] | None = None  # for this step and these offers

    def note(self, kind: Kind, **data: object) -> None:
        """Add an event about this case."""
        self.events.append(Event(self.now, kind, self.case.task.id, None, dict(data)))

    def members(self, index: int) -> list[Candidate]:
        """Those whom the step may ask now, best first. Asked for twice: may the step begin, and whom does it ask."""
        known = self._ranked
        if known is None or known[0] != index or known[1] is not self.case.offers:
            known = self._ranked = (index, self.case.offers, self._rank(index))
        return known[2]

    def _rank(self, index: int) -> list[Candidate]:
        found = members_now(self.case, index, self.roster, self.network, self.now)
        step = self.case.task.ladder[index]
        self.passed, self.order = Counter(), Order(self.case, self.network, self.now, self.roster.answers)
        fitting = rank(found, self.case, step, self.network, self.now, self.order, self.passed)
        if step.ask.acknowledges and not fitting and not live_acknowledgements(self.case):
            return found  # whoever said no is asked again before nobody is
        return fitting

    def after(self, seconds: float, step: Step) -> datetime:
        """`seconds` from now on the step's clock."""
        return step_time(self.case, step, seconds, self.network, self.now)

    def offer(self, candidates: list[Candidate], index: int, kind: OfferKind) -> list[Offer]:
        """Make offers to the candidates and add them to the case."""
        today = self.network.local_date(self.now)
        span = self.network.patience.offer if kind is OfferKind.HELP else ACKNOWLEDGE_WITHIN
        offers = [
            Offer(
                id=self.mint.id(),
                task_id=self.case.task.id,
                person_id=c.person.id,
                kind=kind,
                step=index,
                number=c.ask(self.now, today),
                state=OfferState.SENT,
                live=True,
                sent_at=self.now,
                expires_at=self.now + span,
            )
            for c in candidates
        ]
        if kind is OfferKind.ACKNOWLEDGE:
            offers = [replace(o, group_key=self._group_of(c)) for o, c in zip(offers, candidates, strict=True)]
        self.asked += candidates
        people = {**self.case.people, **{c.person.id: c.person for c in candidates}}
        self.case = replace(self.case, offers=(*self.case.offers, *offers), people=people)
        return offers

    def _group_of(self, candidate: Candidate) -> str | None:
        keys = self.network.groups_for(Ask.SERVICE, None)
        return next((key for key in keys if candidate in self.roster.groups.get(key, ())), None)


def live_acknowledgements(case: Case) -> list[Offer]:
    """The offers of those who have been asked to acknowledge and have not answered."""
    return [o for o in case.offers if o.kind is OfferKind.ACKNOWLEDGE and o.state is OfferState.SENT]


def wanted_keys(case: Case, roster: Roster, network: Network, now: datetime) -> set[str]:
    """The groups that must be looked up before `decide_due` can decide this case; empty when it can.

    Only as far up the ladder as is needed: the next step is looked at when the one before turns out to be empty. A roster
    that other cases have been decided on meanwhile may have become empty too: ask again before each decision.
    """
    task = case.task
    if task.state is not TaskState.OPEN or task.deadline_at is None or task.deadline_at > now:
        return set()
    start, begun = _where_it_stands(case, network, now)
    for index, step in enumerate(task.ladder[start:], start):
        if closed_until(case, step, network, now):
            if waits_for_opening(case, index):
                return roster.missing(closing_keys(network))
            continue
        if missing := roster.missing(keys_at(case, index, network)):
            return missing
        if begun and index == start and step.ask.acknowledges:
            again = replace(case, task=replace(task, rounds=task.rounds + 1))  # as its next round will find it
            if not all_said_no(again, index, members_now(again, index, roster, network, now)):
                return set()
            continue
        stays = begun and index == start and _waits_for_answers(case, index, now)
        if stays or any(True for _ in fitting(members_now(case, index, roster, network, now), case, step, network, now)):
            return set()
    return set()


def _where_it_stands(case: Case, network: Network, now: datetime) -> tuple[int, bool]:
    """The step to act on now, and whether it has begun: a step whose end has come is left for the next one.

    What a coordinator sends on at night goes to those who must answer for it: volunteers sleep.
    """
    task = case.task
    index, begun = max(task.step, 0), task.rounds > 0
    over = begun and task.step_ends is not None and now >= task.step_ends
    if over and index < len(task.ladder) - 1:
        index, begun = index + 1, False
    asleep = network.waits_for_morning(case.need.urgency) and network.hours.quiet_until(now) is not None
    if asleep and not task.ladder[index].ask.acknowledges:
        return first_acknowledging(task), False
    return index, begun


def _waits_for_answers(case: Case, index: int, now: datetime) -> bool:
    return any(o.state is OfferState.SENT and o.step == index and now < o.expires_at for o in case.offers)


def decide_due(
    case: Case, roster: Roster, network: Network, now: datetime, mint: Mint
) -> tuple[Case, list[Event], list[Candidate]]:
    """Act on the case's deadline. The roster must hold what `wanted_keys` asked for.

    Returns the new case, what happened, and the candidates whose counters changed. The same case and no events when the
    deadline is not due any more.
    """
    if case.task.deadline_at is None or case.task.deadline_at > now:
        return case, [], []
    if quiet := _waits_for_morning(case, network, now):
        return replace(case, task=replace(case.task, deadline_at=quiet)), [], []
    if case.task.deadline is Deadline.HELD:
        return _decide_held(case, roster, network, now, mint)
    if case.task.deadline is Deadline.ADVANCE:
        return decide_advance(case, roster, network, now, mint)
    decide = _OTHER_DEADLINES[case.task.deadline or Deadline.ADVANCE]
    after, events = decide(case, network, now)
    return after, events, []


def _decide_held(
    case: Case, roster: Roster, network: Network, now: datetime, mint: Mint
) -> tuple[Case, list[Event], list[Candidate]]:
    """The time until which it was put off has come: what would have happened then happens at once."""
    resumed = Event(now, Kind.TASK_RESUMED, case.task.id)
    deadline = WAITS_FOR[case.task.state]
    case = replace(case, task=replace(case.task, deadline=deadline, deadline_at=now))
    after, events, asked = decide_due(case, roster, network, now, mint)
    return after, [resumed, *events], asked


def _waits_for_morning(case: Case, network: Network, now: datetime) -> datetime | None:
    """When the night ends that an ordinary task's deadline has fallen into, as it may when the process was down.

    What a coordinator has sent on by hand goes on at once.
    """
    if not network.waits_for_morning(case.need.urgency) or case.task.human == ESCALATED:
        return None
    return network.hours.quiet_until(now)


def decide_advance(
    case: Case, roster: Roster, network: Network, now: datetime, mint: Mint
) -> tuple[Case, list[Event], list[Candidate]]:
    """The next wave of this step, or the next step that has somebody."""
    climb = Climb(case, roster, network, now, mint)
    _expire(climb)
    task, last = climb.case.task, len(case.task.ladder) - 1
    index, begun = _where_it_stands(case, network, now)
    while True:
        step = task.ladder[index]
        if opens := closed_until(climb.case, step, network, now):
            if waits_for_opening(climb.case, index):
                _wait_for_opening(climb, index, begun, opens)
                break
        elif begun or _can_begin(climb, index, index == last):
            climb.case = replace(climb.case, task=_standing_on(task, index, step, begun, climb))
            stayed = _acknowledge_round(climb, step, index) if step.ask.acknowledges else _wave(climb, step, index, begun)
            if stayed:
                break
        if index == last:
            break
        index, begun = index + 1, False
    return climb.case, climb.events, climb.asked


def _wait_for_opening(climb: Climb, index: int, begun: bool, opens: datetime) -> None:
    """All service groups are closed: the step and its clock wait for the first that opens. When that is long, those who can take
    it meanwhile are asked, once."""
    long = opens - climb.now > climb.network.patience.closed
    asked: list[Offer] = []
    if long and climb.case.task.nudges == 0:
        found = told_of_closing(climb.network, climb.roster)
        fit = fitting(found, climb.case, climb.case.task.ladder[-1], climb.network, climb.now)
        asked = climb.offer(list(fit), index + 1, OfferKind.ACKNOWLEDGE)
    climb.note(Kind.SERVICE_CLOSED, until=opens.isoformat(), long=long, offers=[o.id for o in asked])
    task = climb.case.task
    task = replace(task, deadline=Deadline.ADVANCE, deadline_at=opens, nudges=max(task.nudges, int(long)))
    if not begun:
        task = replace(task, step=index, rounds=0, step_ends=None)
    climb.case = replace(climb.case, task=task)


def _can_begin(climb: Climb, index: int, is_last: bool) -> bool:
    step = climb.case.task.ladder[index]
    if is_last or climb.members(index):
        return True
    if step.ask is not Ask.FIXED_CONTACT:  # most people have none; that is no hole in the coverage
        climb.note(Kind.STEP_SKIPPED, ask=step.ask, area=climb.case.need.area)
    return False


def _standing_on(task: Task, index: int, step: Step, begun: bool, climb: Climb) -> Task:
    if begun:
        return replace(task, rounds=task.rounds + 1)
    climb.note(Kind.STEP_BEGUN, step=index, ask=step.ask)
    is_last = index == len(task.ladder) - 1
    wait = step.wait + (step.every if asks_one_first(climb.case, index, climb.network) else 0)
    return replace(task, step=index, rounds=1, step_ends=None if is_last else climb.after(wait, step))


def _wave(climb: Climb, step: Step, index: int, begun: bool) -> bool:
    """Ask the next few. False when nobody is left to ask or to wait for: the ladder goes on at once."""
    fitting = climb.members(index)
    tally = climb.roster.answers.of_area(climb.case.need.area, step.ask) if climb.network.widen_waves else NOTHING
    size = wave_size(step, tally, climb.case.places_left)
    if begun and not fitting and not _waits_for_answers(climb.case, index, climb.now):
        return False
    if fitting:
        why = _why(climb, fitting[:size]) | ({"rate": [tally.yes, tally.asked]} if size > step.wave else {})
        offers = climb.offer(fitting[:size], index, OfferKind.HELP)
        climb.note(Kind.OFFERS_SENT, step=index, offers=[o.id for o in offers], people=[o.person_id for o in offers], **why)
    task = climb.case.task
    ends = task.step_ends or climb.now
    next_at = min(climb.after(step.every, step), ends) if len(fitting) > size else ends
    climb.case = replace(climb.case, task=replace(task, deadline=Deadline.ADVANCE, deadline_at=next_at))
    return True


def _why(climb: Climb, chosen: list[Candidate]) -> dict[str, object]:
    """Why these, in this order, and how many were passed over: kept with what happened, without a word about anybody."""
    passed = {key: n for key, n in climb.passed.items() if key not in UNTOLD}
    why = [climb.order.reasons(c) for c in chosen] if climb.order is not None else []
    return {"why": why} | ({"passed": passed} if passed else {})


def _acknowledge_round(climb: Climb, step: Step, index: int) -> bool:
    """Ask everybody on this step, and everybody asked before once more. Stays, for the clock moves it on, unless all have just
    said no and others come after them."""
    waiting = [o for o in live_acknowledgements(climb.case) if o.step <= index]
    fitting = climb.members(index)
    if climb.case.task.rounds > 1 and all_said_no(climb.case, index, fitting):
        return False
    if waiting:
        climb.note(Kind.ACKNOWLEDGEMENT_ASKED_AGAIN, offers=[o.id for o in waiting])
    if fitting:
        offers = climb.offer(fitting, index, OfferKind.ACKNOWLEDGE)
        climb.note(Kind.ACKNOWLEDGEMENT_ASKED, step=index, ask=step.ask, offers=[o.id for o in offers])
    if not waiting and not fitting:
        climb.note(Kind.NOBODY_TO_ASK, ask=step.ask)
    task = climb.case.task
    closes = closes_at(climb.case, step, climb.network, climb.now)
    next_at = min(filter(None, (climb.after(step.every, step), task.step_ends, closes)))
    climb.case = replace(climb.case, task=replace(task, deadline=Deadline.ADVANCE, deadline_at=next_at))
    return True


def _expire(climb: Climb) -> None:
    old = [o for o in climb.case.offers if o.state is OfferState.SENT and climb.now >= o.expires_at]
    for offer in old:
        climb.case = climb.case.with_offer(offer.to(OfferState.EXPIRED, live=False))
    if old:
        climb.note(Kind.OFFERS_EXPIRED, offers=[o.id for o in old])


def _unanswered_question(case: Case, network: Network, now: datetime) -> tuple[Case, list[Event]]:
    return decide_hand_over(case, "no_answer", network, now)


def _unopposed(case: Case, network: Network, now: datetime) -> tuple[Case, list[Event]]:
    return decide_close(case, now)


def decide_close(case: Case, now: datetime) -> tuple[Case, list[Event]]:
    """The end: DONE becomes CLOSED and no number means this task any more."""
    task = case.task.to(TaskState.CLOSED, deadline=None, deadline_at=None)
    offers = tuple(replace(o, live=False) if o.live else o for o in case.offers)
    return replace(case, task=task, offers=offers), [Event(now, Kind.TASK_CLOSED, task.id)]


# The deadline that each state has when nobody has put the task off.
WAITS_FOR: dict[TaskState, Deadline] = {
    TaskState.ASKING: Deadline.ANSWER,
    TaskState.OPEN: Deadline.ADVANCE,
    TaskState.TAKEN: Deadline.CHECK_IN,
    TaskState.UNDERWAY: Deadline.CHECK_IN,
    TaskState.WITH_SERVICE: Deadline.FOLLOW_UP,
    TaskState.DONE: Deadline.CONFIRM,
}
_OTHER_DEADLINES: dict[Deadline, Callable[[Case, Network, datetime], tuple[Case, list[Event]]]] = {
    Deadline.ANSWER: _unanswered_question,
    Deadline.CHECK_IN: silent_taker,
    Deadline.FOLLOW_UP: lapsed_acknowledgement,
    Deadline.CONFIRM: _unopposed,
}
