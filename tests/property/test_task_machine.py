"""A Hypothesis machine plays one task's whole life: people answer in any order, deadlines come early, late and twice.

What must never happen: a task that is not ended and has no next deadline; a person asked twice at once; two holders where
there is one place; a move that is not in the tables; a ladder that ends without a human; somebody who was asked, or had it,
and is not told that it is over.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bots.telegram.cards import card
from bots.telegram.posts import post
from bots.wording import Wording
from dispatch.amend import decide_change
from dispatch.changes import Message
from dispatch.duty import Candidate, Roster
from dispatch.errors import Outcome
from dispatch.escalation import decide_due, wanted_keys
from dispatch.events import Event
from dispatch.helping import decide_late, decide_need_service
from dispatch.hours import Hours
from dispatch.intake import Request, decide_answer, decide_request
from dispatch.mint import Mint
from dispatch.model import (
    ENDED,
    HELD,
    OFFER_TRANSITIONS,
    TASK_TRANSITIONS,
    Case,
    Deadline,
    Offer,
    OfferKind,
    OfferState,
    Person,
    TaskState,
    Urgency,
)
from dispatch.network import Network
from dispatch.notices import notices
from dispatch.offers import (
    decide_assign,
    decide_cancel,
    decide_confirm,
    decide_done,
    decide_escalate,
    decide_no,
    decide_start,
    decide_take_over,
    decide_yes,
)
from dispatch.plans import Plan, decide_plan
from dispatch.staff import (
    decide_hold,
    decide_merge,
    decide_offer,
    decide_release,
    decide_reply,
    decide_resume,
    kind_for,
    require_fit,
)
from dispatch.teams import decide_people
from service.network_file import BUILT_IN, read_network
from service.network_schema import read_office_hours

START = datetime(2020, 4, 8, 7, tzinfo=UTC)
NETWORK = read_network(BUILT_IN / "jonkoping.toml")
WORDING = Wording(NETWORK)
SECRET = "Brahegatan 20"  # where the resident lives: in the words, and in the address
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


KARIN = Person(88_888, "+46708888888", START, name="Karin", roles=("operator",))


def with_offices(offices: tuple[str, str], named: bool) -> dict[str, Any]:
    """The network's service groups with these hours; named: groceries name the second of them."""
    hours = dict(zip(("service-municipal", "service-enterprise"), map(read_office_hours, offices), strict=True))
    groups = tuple(replace(g, office_hours=hours.get(g.key)) for g in NETWORK.groups)
    groceries = replace(NETWORK.categories["groceries"], service="service-enterprise" if named else None)
    return {"groups": groups, "categories": {**NETWORK.categories, "groceries": groceries}}


class OneTask(RuleBasedStateMachine):
    """One task in a town where each group has none to four people."""

    case: Case
    now: datetime
    acting: int | None = None  # whose own doing it is: no news for that person

    @initialize(
        sizes=st.lists(st.integers(0, 4), min_size=len(GROUPS), max_size=len(GROUPS)),
        category=st.sampled_from([None, "groceries", "transport", "care"]),
        area=st.sampled_from([None, "granna"]),
        urgency=st.sampled_from(list(Urgency)),
        quiet=st.booleans(),
        fixed=st.booleans(),
        protected=st.booleans(),
        offices=st.sampled_from([("", ""), ("mon-fri 08:00-16:30", ""), ("mon-fri 08:00-16:30", "sat 10:00-12:00")]),
        named=st.booleans(),
        people=st.integers(1, 3),
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
        offices: tuple[str, str],
        named: bool,
        people: int,
    ) -> None:
        zone = ZoneInfo("Europe/Stockholm")
        self.network: Network = NETWORK if quiet else replace(NETWORK, hours=Hours(zone))
        self.network = replace(self.network, **with_offices(offices, named))
        self.mint = Mint(seed=1)
        self.mint.stock(range(100))
        self.now = START
        self.candidates: dict[str, list[Candidate]] = {}
        self.karin = Candidate(KARIN, 0, 0, 0, None, None, 0, 6, 9, set())  # on no duty list: she works on the pages
        for g, (group, size) in enumerate(zip(GROUPS, sizes, strict=True)):
            self.candidates[group] = [
                Candidate(person(100 * g + i, group), 0, 0, 0, None, None, 0, 6, 9, set()) for i in range(size)
            ]
        resident = Person(99_999, "+46701999999", START, protected=protected)
        if fixed and self.candidates["area:granna"]:
            chosen = self.candidates["area:granna"][0]
            resident = replace(resident, fixed_contact=chosen.person.id)
            self.candidates[f"person:{chosen.person.id}"] = [chosen]
        request = Request(f"text, {SECRET}", "sms", category=category, area=area, address=SECRET, urgency=urgency)
        request = replace(request, people=people)
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
        if before is not None:
            self.check_who_is_told(before, after, told)
        assert all(m.person_id == after.resident.id or m.person_id in after.people for m in told)
        # Before accepting, nothing of the resident leaves.
        for message in told:
            if message.kind == "offer" or self.kept_from(after, message.person_id):
                assert not {"name", "phone", "address", "text", "word"} & message.params.keys()
        for candidates in (*self.candidates.values(), [self.karin]):  # numbers of ended offers are free again
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

    def check_who_is_told(self, before: Case, after: Case, told: list[Message]) -> None:
        """Whoever was asked, or had it, and is not any more hears it, unless it was the person's own doing or the resident
        has just said that nobody came."""
        old = {o.id: o for o in before.offers}
        for offer in after.offers:
            was = old[offer.id].state if offer.id in old else None
            lost = was is OfferState.ACCEPTED and offer.state is OfferState.WITHDRAWN and not offer.live
            cancelled = was is OfferState.ACCEPTED and after.task.state is TaskState.CANCELLED is not before.task.state
            gone = was is OfferState.SENT and offer.state is OfferState.SUPERSEDED
            lapsed = before.task.state is TaskState.DONE or (self.acting is None and before.task.nudges > 0)
            if (gone or cancelled or (lost and not lapsed)) and offer.person_id != self.acting:
                assert any(m.person_id == offer.person_id for m in told), (offer, [m.kind for m in told])

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
    @rule(data=st.data(), answer=st.sampled_from(["yes", "no", "start", "done", "late", "service"]))
    def somebody_answers(self, data: st.DataObject, answer: str) -> None:
        offer = data.draw(st.sampled_from(self.case.offers))
        decide = {
            "yes": lambda: decide_yes(self.case, offer, "", self.network, self.now),
            "no": lambda: decide_no(self.case, offer, self.network, self.now),
            "start": lambda: decide_start(self.case, offer, self.network, self.now),
            "done": lambda: decide_done(self.case, offer, self.network, self.now),
            "late": lambda: decide_late(self.case, offer, 20, self.network, self.now),
            "service": lambda: decide_need_service(self.case, offer, "för tungt", self.now),
        }[answer]
        self.attempt(decide, offer.person_id)

    @rule(category=st.sampled_from([None, "groceries"]), area=st.sampled_from([None, "granna"]))
    @precondition(lambda self: self.case.task.state is TaskState.ASKING)
    def the_resident_answers(self, category: str | None, area: str | None) -> None:
        answer = Request("more", "sms", category=category, area=area)
        self.attempt(lambda: decide_answer(self.case, answer, self.network, self.now))

    @rule(helped=st.booleans())
    def the_resident_says_whether_it_helped(self, helped: bool) -> None:
        self.attempt(lambda: decide_confirm(self.case, helped, self.now))

    @rule(what=st.sampled_from(["cancel", "escalate", "resume", "answer", "take over"]), anyway=st.booleans())
    def staff_act(self, what: str, anyway: bool) -> None:
        decide = {
            "cancel": lambda: decide_cancel(self.case, None, "staff", self.now),
            "escalate": lambda: decide_escalate(self.case, None, self.now),
            "resume": lambda: decide_resume(self.case, KARIN.id, self.network, self.now),
            "answer": lambda: decide_reply(self.case, "svar", KARIN.id, anyway, self.now),
            "take over": lambda: decide_take_over(self.case, self.offer_to(self.karin), KARIN, self.network, self.now),
        }[what]
        self.attempt(decide, KARIN.id)

    @rule(people=st.integers(0, 4))
    def staff_say_how_many_it_needs(self, people: int) -> None:
        self.attempt(lambda: decide_people(self.case, people, KARIN.id, self.network, self.now), KARIN.id)

    @rule(hours=st.integers(-1, 24 * 15))
    def staff_put_it_off(self, hours: int) -> None:
        self.attempt(lambda: decide_hold(self.case, self.now + timedelta(hours=hours), "", None, self.now))

    @rule(
        category=st.sampled_from(["groceries", "transport", "care"]),
        area=st.sampled_from([None, "granna", "kaxholmen"]),
        urgency=st.sampled_from(list(Urgency)),
        wanted=st.sampled_from([None, "kl 10"]),
    )
    def staff_change_it(self, category: str, area: str | None, urgency: Urgency, wanted: str | None) -> None:
        area = area or self.case.need.area  # what is known is not forgotten
        need = replace(self.case.need, category=category, area=area, urgency=urgency, wanted=wanted)
        self.attempt(lambda: decide_change(self.case, need, KARIN.id, self.network, self.now), KARIN.id)

    @rule(data=st.data(), what=st.sampled_from(["offer", "assign", "assign from another"]), anyway=st.booleans())
    def staff_choose_somebody(self, data: st.DataObject, what: str, anyway: bool) -> None:
        members = [c for group in GROUPS for c in self.candidates[group]]
        chosen = data.draw(st.sampled_from([*members, self.karin]))
        self.attempt(lambda: self.choose(chosen, what, anyway), chosen.person.id)

    @precondition(lambda self: any(o.kind is OfferKind.ACKNOWLEDGE for o in self.case.offers))
    @rule(data=st.data(), hours=st.integers(-1, 24 * 31), by_day=st.booleans())
    def staff_say_when(self, data: st.DataObject, hours: int, by_day: bool) -> None:
        offer = data.draw(st.sampled_from(self.case.offers))
        at = self.now + timedelta(hours=hours)
        plan = Plan.on_day(self.network.local_date(at), self.network.zone, self.now) if by_day else Plan(at)
        self.attempt(lambda: decide_plan(self.case, offer, plan, self.network, self.now), offer.person_id)

    def choose(self, chosen: Candidate, what: str, anyway: bool) -> tuple[Case, list[Event]]:
        """As the handlers do: first whether the person may, then a new offer."""
        require_fit(self.case, chosen, self.network, self.now, anyway and what != "offer")
        offer = self.offer_to(chosen)
        if what == "offer":
            kind = OfferKind.ACKNOWLEDGE if chosen.person.is_staff else OfferKind.HELP
            return decide_offer(self.case, replace(offer, kind=kind), chosen.person, None, self.now)
        offer = replace(offer, kind=kind_for(self.case, chosen.person, self.network))
        return decide_assign(self.case, offer, chosen.person, self.network, self.now, looked=what != "assign")

    def offer_to(self, candidate: Candidate) -> Offer:
        """A new offer to answer for the task."""
        number = candidate.ask(self.now, self.network.local_date(self.now))
        return Offer(
            self.mint.id(), self.case.task.id, candidate.person.id, OfferKind.ACKNOWLEDGE, max(self.case.task.step, 0),
            number, OfferState.SENT, True, self.now, self.now + timedelta(hours=12),
        )  # fmt: skip

    @precondition(lambda self: bool(self.case.takers))
    @rule()
    def whoever_took_it_on_a_page_gives_it_back(self) -> None:
        holder = self.case.takers[-1].person_id
        self.attempt(lambda: decide_release(self.case, holder, self.now), holder)

    @rule(same_resident=st.booleans(), this_one_ends=st.booleans())
    def it_is_merged_with_another(self, same_resident: bool, this_one_ends: bool) -> None:
        resident = self.case.resident if same_resident else Person(77_777, "+46707777777", START)
        request = Request("annat", "sms", category="groceries", area="granna", urgency=self.case.need.urgency)
        self.mint.stock([self.mint.id()])
        other, _ = decide_request(resident, request, self.network, self.now, self.mint)
        if this_one_ends:
            self.attempt(lambda: decide_merge(self.case, other, None, self.now)[0])
        else:
            self.attempt(lambda: decide_merge(other, self.case, None, self.now)[1])

    def attempt(self, decide, acting: int | None = None) -> None:  # type: ignore[no-untyped-def]
        """Decide; a named outcome changes nothing. acting: whose own doing it is."""
        before = self.case
        try:
            after, events = decide()
        except Outcome:
            return
        self.acting = acting
        self.took(before, after, events)
        self.acting = None

    @invariant()
    def what_is_not_ended_has_a_next_deadline(self) -> None:
        task = self.case.task
        assert (task.state in ENDED) == (task.deadline_at is None)
        assert (task.deadline is None) == (task.deadline_at is None)

    @invariant()
    def what_is_planned_is_with_staff_and_followed_up_after_it(self) -> None:
        task = self.case.task
        if task.planned_at is not None and task.state not in ENDED | {TaskState.DONE}:
            assert task.state is TaskState.WITH_SERVICE
        if task.is_promised and task.deadline is Deadline.FOLLOW_UP and task.nudges == 0:
            assert task.planned_at is not None and task.deadline_at is not None and task.deadline_at > task.planned_at

    @invariant()
    def an_open_task_stands_on_a_ladder_that_ends_with_a_human(self) -> None:
        if self.case.task.state is TaskState.OPEN:
            assert 0 <= self.case.task.step < len(self.case.task.ladder)
            assert self.case.task.ladder[-1].ask.acknowledges

    @invariant()
    def one_place_has_one_holder(self) -> None:
        held, task = [o for o in self.case.offers if o.state is OfferState.ACCEPTED], self.case.task
        assert len(held) <= task.places
        assert len({o.person_id for o in held}) == len(held)
        if task.state in (TaskState.TAKEN, TaskState.UNDERWAY):
            assert len(held) == task.places
            assert self.case.lead is not None
        if task.state is TaskState.WITH_SERVICE:
            assert len(held) == 1
        if task.state is TaskState.OPEN:
            assert len(held) < task.places
            assert all(o.kind is OfferKind.HELP for o in held)
        if task.state is TaskState.ASKING:
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
        asked = [o for o in self.case.offers if o.kind is OfferKind.HELP and o.state is OfferState.SENT]
        assert not asked or (need.urgency is not Urgency.EMERGENCY and need.category != "care")
        if need.category == "care" and self.case.task.state in HELD:
            assert all(o.kind is OfferKind.ACKNOWLEDGE or self.case.people[o.person_id].is_staff for o in self.case.takers)

    @invariant()
    def what_stands_in_chats_tells_only_whoever_has_it(self) -> None:
        """domain.md, Privacy: nothing of the resident before accepting, nothing after closing, nothing in a group ever."""
        secrets = (self.case.resident.phone or "-", self.case.task.code_word, SECRET)
        for offer in self.case.offers:
            made = card(self.case, offer, NETWORK)
            shown = f"{WORDING(made.kind, made.params, 'sv', 'telegram')} {made.labels}"
            asked_staff = offer.kind is OfferKind.ACKNOWLEDGE and offer.state is OfferState.SENT
            has_it = offer.state is OfferState.ACCEPTED and self.case.task.state in HELD
            if not has_it and not (asked_staff and self.case.task.state is TaskState.OPEN):
                assert not any(secret in shown for secret in secrets), shown
        for purpose in ("area", "duty"):
            made = post(self.case, purpose, NETWORK, None)
            said = WORDING(made.kind, made.params, "sv", "telegram")
            assert not any(secret in said for secret in secrets), said
            if purpose == "area" and made.labels:
                assert self.case.task.state is TaskState.OPEN
                assert self.case.need.urgency is not Urgency.EMERGENCY

    @invariant()
    def an_ended_task_has_no_live_numbers(self) -> None:
        if self.case.task.state in ENDED:
            assert not any(o.live for o in self.case.offers)


OneTask.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestOneTask = OneTask.TestCase
