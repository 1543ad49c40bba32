"""A Hypothesis machine plays one task's whole life: people answer in any order, deadlines come early, late and twice.

What must never happen: a task that is not ended and has no next deadline; a person asked twice at once; two holders where
there is one place; a move that is not in the tables; a ladder that ends without a human.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dispatch.duty import Candidate, Roster
from dispatch.errors import Outcome
from dispatch.escalation import decide_due, wanted_keys
from dispatch.hours import Hours
from dispatch.intake import Request, decide_answer, decide_request
from dispatch.mint import Mint
from dispatch.model import (
    ENDED,
    OFFER_TRANSITIONS,
    TASK_TRANSITIONS,
    Case,
    OfferKind,
    OfferState,
    Person,
    TaskState,
    Urgency,
)
from dispatch.network import Network
from dispatch.notices import notices
from dispatch.offers import (
    decide_cancel,
    decide_confirm,
    decide_done,
    decide_escalate,
    decide_no,
    decide_start,
    decide_yes,
)
from service.network_file import BUILT_IN, read_network

START = datetime(2020, 4, 8, 7, tzinfo=UTC)
NETWORK = read_network(BUILT_IN / "jonkoping.toml")
GROUPS = (
    "area:granna",
    "area:kaxholmen",
    "area:bankeryd",
    "emergency",
    "service-municipal",
    "service-enterprise",
    "coordinators",
)


def person(number: int, group: str) -> Person:
    role = {"service-municipal": "service", "service-enterprise": "service", "coordinators": "coordinator"}.get(group, group)
    return Person(number, f"+4670{number:07d}", START, name=f"Person {number}", roles=(role,))


class OneTask(RuleBasedStateMachine):
    """One task in a town where each group has none to four people."""

    case: Case
    now: datetime

    @initialize(
        sizes=st.lists(st.integers(0, 4), min_size=len(GROUPS), max_size=len(GROUPS)),
        category=st.sampled_from([None, "groceries", "transport", "care"]),
        area=st.sampled_from([None, "granna"]),
        urgency=st.sampled_from(list(Urgency)),
        quiet=st.booleans(),
        fixed=st.booleans(),
        protected=st.booleans(),
    )
    def begin(
        self,
        sizes: list[int],
        category: str | None,
        area: str | None,
        urgency: Urgency,
        quiet: bool,
        fixed: bool,
        protected: bool,
    ) -> None:
        zone = ZoneInfo("Europe/Stockholm")
        self.network: Network = NETWORK if quiet else replace(NETWORK, hours=Hours(zone))
        self.mint = Mint(seed=1)
        self.mint.stock(range(100))
        self.now = START
        self.candidates: dict[str, list[Candidate]] = {}
        for g, (group, size) in enumerate(zip(GROUPS, sizes, strict=True)):
            self.candidates[group] = [
                Candidate(person(100 * g + i, group), 0, 0, 0, None, None, 0, 6, 9, set()) for i in range(size)
            ]
        resident = Person(99_999, "+46701999999", START, protected=protected)
        if fixed and self.candidates["area:granna"]:
            chosen = self.candidates["area:granna"][0]
            resident = replace(resident, fixed_contact=chosen.person.id)
            self.candidates[f"person:{chosen.person.id}"] = [chosen]
        request = Request("text", "sms", category=category, area=area, urgency=urgency)
        self.took(None, *decide_request(resident, request, self.network, self.now, self.mint))

    def took(self, before: Case | None, after: Case, events: list) -> None:  # type: ignore[type-arg]
        """A decision was made: check the moves, word nothing but make the messages, keep the case."""
        if before is not None:
            if after.task.state is not before.task.state:
                # Two moves at once: done and closed, and taken anew by being on the way.
                between = {TaskState.CLOSED: TaskState.DONE, TaskState.UNDERWAY: TaskState.TAKEN}.get(after.task.state)
                path_ok = {after.task.state, between} & TASK_TRANSITIONS[before.task.state]
                assert path_ok, (before.task.state, after.task.state)
            old = {o.id: o for o in before.offers}
            for offer in after.offers:
                if offer.id in old and offer.state is not old[offer.id].state:
                    assert offer.state in OFFER_TRANSITIONS[old[offer.id].state]
            assert events or after is before or after.task.deadline_at != before.task.deadline_at
        told = notices(after, events, self.network, self.now)
        assert all(m.person_id == after.resident.id or m.person_id in after.people for m in told)
        # Before accepting, nothing of the resident leaves.
        for message in told:
            if message.kind == "offer" or self.kept_from(after, message.person_id):
                assert not {"name", "phone", "address", "text", "word"} & message.params.keys()
        for candidates in self.candidates.values():  # numbers of ended offers are free again
            for c in candidates:
                c.live_numbers = {o.number for o in after.offers if o.person_id == c.person.id and o.live}
        self.case = after

    def kept_from(self, case: Case, person_id: int) -> bool:
        """Must this person know nothing of the resident, whatever happens?"""
        return case.resident.protected and person_id != case.resident.id and not case.people[person_id].is_staff

    @rule()
    def the_identity_is_protected_from_now_on(self) -> None:
        """An operator hears of it while the task is on its way."""
        self.case = replace(self.case, resident=replace(self.case.resident, protected=True))

    def fire(self) -> None:
        roster = Roster()
        while keys := wanted_keys(self.case, roster, self.network, self.now):
            for key in keys:
                roster.add(key, None)
                for candidate in self.candidates.get(key, []):
                    roster.add(key, candidate)
        before = self.case
        after, events, asked = decide_due(before, roster, self.network, self.now, self.mint)
        today: date = self.network.local_date(self.now)
        assert all(c.asked_on_day(today) <= c.daily_limit or "area" not in c.person.roles[0] for c in asked)
        self.took(before, after, events)

    @rule(minutes=st.integers(0, 3000))
    def time_passes(self, minutes: int) -> None:
        """The clock moves; every deadline on the way is acted on in time."""
        target = self.now + timedelta(minutes=minutes)
        for _ in range(2000):
            at = self.case.task.deadline_at
            if at is None or at > target:
                break
            self.now = max(self.now, at)
            self.fire()
        else:
            raise AssertionError("a deadline that is acted on stays due")
        self.now = target

    @rule(hours=st.integers(0, 200))
    def the_process_was_down(self, hours: int) -> None:
        """The clock moves with nobody there, and then the deadline is acted on late, twice."""
        self.now += timedelta(hours=hours)
        self.fire()
        self.fire()

    @precondition(lambda self: bool(self.case.offers))
    @rule(data=st.data(), answer=st.sampled_from(["yes", "no", "start", "done"]))
    def somebody_answers(self, data: st.DataObject, answer: str) -> None:
        offer = data.draw(st.sampled_from(self.case.offers))
        decide = {
            "yes": lambda: decide_yes(self.case, offer, "", self.network, self.now),
            "no": lambda: decide_no(self.case, offer, self.network, self.now),
            "start": lambda: decide_start(self.case, offer, self.network, self.now),
            "done": lambda: decide_done(self.case, offer, self.network, self.now),
        }[answer]
        self.attempt(decide)

    @rule(category=st.sampled_from([None, "groceries"]), area=st.sampled_from([None, "granna"]))
    @precondition(lambda self: self.case.task.state is TaskState.ASKING)
    def the_resident_answers(self, category: str | None, area: str | None) -> None:
        answer = Request("more", "sms", category=category, area=area)
        self.attempt(lambda: decide_answer(self.case, answer, self.network, self.now))

    @rule(helped=st.booleans())
    def the_resident_says_whether_it_helped(self, helped: bool) -> None:
        self.attempt(lambda: decide_confirm(self.case, helped, self.now))

    @rule(what=st.sampled_from(["cancel", "escalate"]))
    def staff_act(self, what: str) -> None:
        if what == "cancel":
            self.attempt(lambda: decide_cancel(self.case, None, "staff", self.now))
        else:
            self.attempt(lambda: decide_escalate(self.case, None, self.now))

    def attempt(self, decide) -> None:  # type: ignore[no-untyped-def]
        """Decide; a named outcome changes nothing."""
        before = self.case
        try:
            after, events = decide()
        except Outcome:
            return
        self.took(before, after, events)

    @invariant()
    def what_is_not_ended_has_a_next_deadline(self) -> None:
        task = self.case.task
        assert (task.state in ENDED) == (task.deadline_at is None)
        assert (task.deadline is None) == (task.deadline_at is None)

    @invariant()
    def an_open_task_stands_on_a_ladder_that_ends_with_a_human(self) -> None:
        if self.case.task.state is TaskState.OPEN:
            assert 0 <= self.case.task.step < len(self.case.task.ladder)
            assert self.case.task.ladder[-1].ask.acknowledges

    @invariant()
    def one_place_has_one_holder(self) -> None:
        held = [o for o in self.case.offers if o.state is OfferState.ACCEPTED]
        assert len(held) <= self.case.task.places
        if self.case.task.state in (TaskState.TAKEN, TaskState.UNDERWAY, TaskState.WITH_SERVICE):
            assert len(held) == 1
        if self.case.task.state in (TaskState.ASKING, TaskState.OPEN):
            assert not held

    @invariant()
    def nobody_is_left_asked_when_somebody_has_it(self) -> None:
        if self.case.task.state is not TaskState.OPEN:
            assert not any(o.state is OfferState.SENT for o in self.case.offers)

    @invariant()
    def nobody_is_asked_twice_at_once(self) -> None:
        standing = [o.person_id for o in self.case.offers if o.state is OfferState.SENT]
        assert len(standing) == len(set(standing))
        numbers = [(o.person_id, o.number) for o in self.case.offers if o.live]
        assert len(numbers) == len(set(numbers))

    @invariant()
    def volunteers_are_never_merely_offered_an_emergency_or_care(self) -> None:
        need = self.case.need
        if need.urgency is Urgency.EMERGENCY or need.category == "care":
            assert all(o.kind is OfferKind.ACKNOWLEDGE for o in self.case.offers)

    @invariant()
    def an_ended_task_has_no_live_numbers(self) -> None:
        if self.case.task.state in ENDED:
            assert not any(o.live for o in self.case.offers)


OneTask.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestOneTask = OneTask.TestCase
