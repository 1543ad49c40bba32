"""Needs, tasks, offers, people: frozen values, and the tables of legal moves.

A `Case` is what a decision sees: one task with its need, its resident and its offers. Field names are the columns of
sql/schema.sql, so that a value can be stored as it is.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from dispatch.errors import IllegalMove
from geo.location import Candidate, Precision


class TaskState(StrEnum):
    """Where a task is. See TASK_TRANSITIONS for the moves."""

    ASKING = "asking"  # the resident has been asked for what is missing
    OPEN = "open"
    TAKEN = "taken"
    UNDERWAY = "underway"
    WITH_SERVICE = "with_service"  # a service group or a coordinator has acknowledged it
    DONE = "done"  # said to be done; the resident may still say no
    CLOSED = "closed"
    CANCELLED = "cancelled"


_S = TaskState
TASK_TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    _S.ASKING: frozenset({_S.OPEN, _S.CANCELLED}),
    _S.OPEN: frozenset({_S.TAKEN, _S.WITH_SERVICE, _S.DONE, _S.CANCELLED}),
    _S.TAKEN: frozenset({_S.UNDERWAY, _S.OPEN, _S.WITH_SERVICE, _S.DONE, _S.CANCELLED}),
    _S.UNDERWAY: frozenset({_S.TAKEN, _S.OPEN, _S.WITH_SERVICE, _S.DONE, _S.CANCELLED}),
    _S.WITH_SERVICE: frozenset({_S.OPEN, _S.TAKEN, _S.DONE, _S.CANCELLED}),
    _S.DONE: frozenset({_S.CLOSED, _S.OPEN}),
    _S.CLOSED: frozenset(),
    _S.CANCELLED: frozenset(),
}
ENDED = frozenset({_S.CLOSED, _S.CANCELLED})
HELD = frozenset({_S.TAKEN, _S.UNDERWAY, _S.WITH_SERVICE})  # somebody has it
ESCALATED = "escalated"  # why a human must act: another human has said so
ON_WAY = "on_way"  # Task.planned_as of whoever has set out
ENDED_TASKS_MATTER = timedelta(days=7)  # a "tack" or "KLAR" so long after the end still finds its task


class OfferState(StrEnum):
    """What became of asking one person. See OFFER_TRANSITIONS for the moves."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # accepted, and given back
    SUPERSEDED = "superseded"  # no longer needed


_O = OfferState
OFFER_TRANSITIONS: dict[OfferState, frozenset[OfferState]] = {
    _O.SENT: frozenset({_O.ACCEPTED, _O.DECLINED, _O.EXPIRED, _O.SUPERSEDED}),
    _O.ACCEPTED: frozenset({_O.WITHDRAWN}),
    # People change their mind, and are welcome while the task is open.
    _O.DECLINED: frozenset({_O.ACCEPTED}),
    _O.EXPIRED: frozenset({_O.ACCEPTED}),
    _O.WITHDRAWN: frozenset({_O.ACCEPTED}),
    _O.SUPERSEDED: frozenset({_O.ACCEPTED}),
}


class OfferKind(StrEnum):
    """What the person is asked for."""

    HELP = "help"  # do the task
    ACKNOWLEDGE = "acknowledge"  # see it, and answer for it


class Deadline(StrEnum):
    """What happens to a task when its deadline comes."""

    ANSWER = "answer"  # the resident did not answer the question: a human's
    ADVANCE = "advance"  # the next wave, or the next step of the ladder
    CHECK_IN = "check_in"  # the one who took it has not been heard of
    FOLLOW_UP = "follow_up"  # acknowledged, and nothing has happened since, or the planned time has passed
    CONFIRM = "confirm"  # the resident said nothing against it: closed
    HELD = "held"  # put off by a human, or a coming occasion of a need that repeats: then the ladder begins or goes on


class Urgency(StrEnum):
    """How urgent the resident's words are."""

    NORMAL = "normal"
    HIGH = "high"
    EMERGENCY = "emergency"


class Ask(StrEnum):
    """Whom a step of a ladder turns to."""

    FIXED_CONTACT = "fixed-contact"
    AREA = "area"
    NEIGHBOURS = "neighbours"
    EMERGENCY = "emergency"
    REGULARS = "regulars"
    WEEKEND = "weekend"
    SERVICE = "service"
    COORDINATOR = "coordinator"

    @property
    def acknowledges(self) -> bool:
        """True for the steps where somebody must answer for the task rather than offer to do it."""
        return self in (Ask.SERVICE, Ask.COORDINATOR)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder. Times in seconds.

    wait: until the next step. wave: people asked at a time. every: between waves, or between askings of a step that must
    acknowledge (the network file calls that one `acknowledge`).
    """

    ask: Ask
    wait: float
    every: float
    wave: int = 3
    widen: bool = True  # more are asked at a time where few say yes (dispatch/answers.py)


HOLIDAYS = ("skip", "before", "after")  # an occasion on a holiday: not at all, or on the working day before or after
FURTHER_NOTICE = datetime(9999, 1, 1, tzinfo=UTC)  # a pause without an end
VETTED = "vetted"  # the skill that a background check gives
AVAILABLE = ("weekdays", "evenings", "weekends")  # when somebody may say that they can help


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody: a resident, a volunteer, a service group's contact, a coordinator. One row however many roles."""

    id: int
    phone: str | None
    created_at: datetime
    phone_raw: str = ""
    name: str = ""
    language: str = "sv"
    roles: tuple[str, ...] = ()
    organisation: str = ""
    telegram_id: int | None = None
    area: str | None = None
    place: str | None = None
    address: str = ""
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    fixed_contact: int | None = None
    stopped_at: datetime | None = None
    helped_total: int = 0
    turn: int = 0  # as it was read; the store refuses what was decided on an older one
    email: str | None = None  # lower case
    protected: bool = False  # skyddad identitet: never shown to volunteers
    paused_until: datetime | None = None
    chat_blocked_at: datetime | None = None  # the bot may not write to this person any more
    standby_since: datetime | None = None  # a volunteer whom the area does not need yet: asked after the others
    available: tuple[str, ...] = ()  # AVAILABLE; empty: any time
    avoids: tuple[str, ...] = ()  # "category:pet", "place:Bunn", "area:norr": asked last about these
    lat: float | None = None  # degrees, WGS 84; with lon: roughly where a volunteer is, never a home (geo/travel.py)
    lon: float | None = None
    travels: str | None = None  # "car", "bicycle", "foot"; None: nobody has said
    system: str | None = None  # no human but the case system of the service group with this key
    vetting: str = "none"  # none, asked, valid, refused; "none" and the skill: an import says so, and nothing more is known
    vetted_until: date | None = None  # the last day on which the background check counts; None: no end
    infected_until: date | None = None  # the last day on which the household counts as infected

    @property
    def in_chat(self) -> bool:
        """Can the bot write to this person?"""
        return self.telegram_id is not None and self.chat_blocked_at is None

    def is_vetted_on(self, day: date) -> bool:
        """Does the background check count on this day?"""
        stands = VETTED in self.skills and self.vetting in ("none", "valid")
        return stands and (self.vetted_until is None or day <= self.vetted_until)

    def speaks(self, language: str) -> bool:
        """Can the person talk with somebody in this language? Whoever has not said speaks the one they are written to in."""
        return language in self.languages or (language == self.language and (language != "sv" or not self.languages))

    @property
    def can_be_written_to(self) -> bool:
        """Does anything that is written reach this person, or somebody who reads it aloud on the telephone?"""
        return self.phone is not None or self.email is not None or self.in_chat

    @property
    def is_staff(self) -> bool:
        """Of the hotline or the municipality: may know where somebody with a protected identity lives."""
        return not {"service", "coordinator", "operator", "administrator"}.isdisjoint(self.roles)

    def having_helped(self) -> "Person":
        """The person after one more task that is done. Whoever has helped is needed: standby ends."""
        return replace(self, helped_total=self.helped_total + 1, standby_since=None)

    @property
    def first_name(self) -> str:
        """The name used in texts to others; safe to be empty."""
        return self.name.split()[0] if self.name.strip() else ""


@dataclass(frozen=True, slots=True)
class Need:
    """What a resident needs. A need that repeats has one task after the other (dispatch/recurring.py)."""

    id: int
    resident_id: int
    text: str
    source: str
    created_at: datetime
    category: str | None = None
    area: str | None = None
    place: str | None = None
    address: str = ""
    wanted: str | None = None
    urgency: Urgency = Urgency.NORMAL
    told_by_name: str = ""  # who asked on the resident's behalf
    told_by_phone: str | None = None
    repeats: str | None = None  # an iCalendar RRULE (RFC 5545, 3.3.10), such as FREQ=WEEKLY;BYDAY=FR
    holidays: str | None = None  # what happens when that is a holiday: HOLIDAYS; None: a day as others
    lat: float | None = None  # degrees, WGS 84; with lon: where it is, when that is known
    lon: float | None = None
    located: Precision | None = None  # how exactly
    from_area: str | None = None  # of what is fetched there and delivered here: where from
    from_place: str | None = None
    from_address: str = ""
    from_lat: float | None = None
    from_lon: float | None = None
    requires: tuple[str, ...] = ()  # skills and equipment besides the category's
    expected_ore: int | None = None  # what is bought is expected to cost so much, when staff have said so
    infection: bool = False  # the words, or staff, say that somebody in the household is infected

    @property
    def is_fetched(self) -> bool:
        """Is something fetched at one address and delivered at another?"""
        return bool(self.from_area or self.from_place or self.from_address or self.from_lat is not None)


@dataclass(frozen=True, slots=True)
class Task:
    """One occasion of a need, on its way to somebody. `version` grows by one with every stored change."""

    id: int
    need_id: int
    code: str
    state: TaskState
    code_word: str
    created_at: datetime
    changed_at: datetime
    version: int = 1
    places: int = 1  # how many people it needs
    lead: int | None = None  # person id of who leads them: the first to accept, or whom staff have named
    ladder: tuple[Step, ...] = ()
    step: int = -1
    step_ends: datetime | None = None
    rounds: int = 0
    human: str | None = None
    asks: str | None = None
    asked: int = 0
    nudges: int = 0
    deadline: Deadline | None = None
    deadline_at: datetime | None = None
    occasion: date | None = None  # of a need that repeats: the local day that this task is for
    by_rule: date | None = None  # the day by the rule, when the occasion has been moved from it
    asks_first: int | None = None  # person id of who helped the time before
    choices: tuple[Candidate, ...] = ()  # the places that may be meant, while the resident is asked which
    planned_at: datetime | None = None  # when whoever answers for it has said that it will be done
    planned_as: str = ""  # how exactly: one of plans.SAID
    routine: str | None = None  # that a volunteer would break by doing it (dispatch/routines.py)
    infected: bool = False  # nobody goes in: it is left at the door

    def to(self, state: TaskState, **changes: Any) -> "Task":
        """Move to `state`, changing other fields along. Raises IllegalMove when TASK_TRANSITIONS has no such move."""
        if state not in TASK_TRANSITIONS[self.state]:
            raise IllegalMove(f"a task that is {self.state} cannot become {state}", code=self.code)
        return replace(self, state=state, **changes)

    def in_state(self, state: TaskState, **changes: Any) -> "Task":
        """Move to `state`, or stay there, changing other fields along. Raises IllegalMove."""
        return replace(self, **changes) if self.state is state else self.to(state, **changes)

    @property
    def is_promised(self) -> bool:
        """Has whoever answers for it said when it will be done?"""
        return self.state is TaskState.WITH_SERVICE and self.planned_at is not None and self.planned_as != ON_WAY

    @property
    def current(self) -> Step | None:
        """The ladder's step that the task stands on; None before the first."""
        return self.ladder[self.step] if 0 <= self.step < len(self.ladder) else None


@dataclass(frozen=True, slots=True)
class Offer:
    """One person asked about one task. `live`: an answer with this number still means this offer."""

    id: int
    task_id: int
    person_id: int
    kind: OfferKind
    step: int
    number: int
    state: OfferState
    live: bool
    sent_at: datetime
    expires_at: datetime
    answered_at: datetime | None = None
    note: str = ""
    thanked_at: datetime | None = None  # the resident's thanks were passed on
    group_key: str | None = None  # the service group for which the person was asked
    handed_back: bool = False  # answered for it, and gave it to the others

    def to(self, state: OfferState, **changes: Any) -> "Offer":
        """Move to `state`. Raises IllegalMove when OFFER_TRANSITIONS has no such move."""
        if state not in OFFER_TRANSITIONS[self.state]:
            raise IllegalMove(f"an offer that is {self.state} cannot become {state}")
        return replace(self, state=state, **changes)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A photograph or a voice note about a task. kind: photo, voice. file_id: the carrier's name for it. size: bytes, as the
    carrier says. due_at: when its content is to be fetched from the carrier."""

    id: int
    task_id: int
    person_id: int
    kind: str
    carrier: str
    file_id: str
    mime: str
    created_at: datetime
    size: int = 0
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A task with all that a decision about it needs. `people` holds everybody asked, by id."""

    task: Task
    need: Need
    resident: Person
    offers: tuple[Offer, ...]
    people: dict[int, Person]
    kept_apart: frozenset[int] = frozenset()  # who is not to meet the resident: one of the two has said so

    @property
    def takers(self) -> tuple[Offer, ...]:
        """The accepted offers: those who have it."""
        return tuple(o for o in self.offers if o.state is OfferState.ACCEPTED)

    @property
    def helpers(self) -> tuple[Offer, ...]:
        """Those of the takers who help, whoever leads them first."""
        helping = [o for o in self.takers if o.kind is OfferKind.HELP]
        return tuple(sorted(helping, key=lambda o: (o.person_id != self.task.lead, o.answered_at or o.sent_at, o.id)))

    @property
    def lead(self) -> Offer | None:
        """Who says the code word at the door: whom staff have named, else the first to accept."""
        return next(iter(self.helpers), None)

    @property
    def places_left(self) -> int:
        """How many people more the task has room for."""
        return self.task.places - len(self.takers)

    def offer_of(self, person_id: int) -> Offer | None:
        """The person's newest offer on this task."""
        return next((o for o in reversed(self.offers) if o.person_id == person_id), None)

    def with_offer(self, changed: Offer) -> "Case":
        """The same case with one offer replaced (by id)."""
        return replace(self, offers=tuple(changed if o.id == changed.id else o for o in self.offers))
