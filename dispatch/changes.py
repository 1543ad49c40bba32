"""What one command, or a batch of them, wants stored: rows to write, events and messages. Filled by handlers, written by
store.commit in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dispatch.coverage import Hole, Watch
from dispatch.dialling import OutgoingCall
from dispatch.duty import Candidate
from dispatch.events import Event
from dispatch.expenses import Expense
from dispatch.hygiene import Tick
from dispatch.loan import Loan
from dispatch.model import Attachment, Case, Need, Offer, Person, Task
from dispatch.phones import is_landline
from dispatch.repeating import RepeatingRota, StandIn
from dispatch.rota import Shift
from dispatch.slots import Override

if TYPE_CHECKING:
    from dispatch.case_systems import SystemRequest
    from dispatch.phone_chats import PhoneChat  # which makes messages
    from dispatch.wellbeing import Attempt


@dataclass(frozen=True, slots=True)
class Message:
    """One text to one person, not yet put into words: `kind` names the text, `params` fills it.

    always: it leaves also after STOPP. state "queued" is sent, by chat, SMS or e-mail (`channel`); "to_call" waits for a human
    who phones: landlines, numbers that cannot be read, and people who said STOPP but whose request lives on.
    """

    person_id: int
    kind: str
    params: dict[str, Any]
    task_id: int | None
    always: bool
    channel: str
    state: str
    due_at: datetime
    created_at: datetime
    to_phone: str | None = None  # E.164; None: the person's own number


def message(to: Person, kind: str, params: dict[str, Any], task_id: int | None, now: datetime, force: bool = False) -> Message:
    """A message to `to`: in the chat that the person has with us, by SMS where that reaches the person, else by e-mail, else
    by a human who phones.

    `force`: also after STOPP (the answer to STOPP, ring 112).
    """
    channel = _channel(to, force)
    return Message(
        person_id=to.id,
        kind=kind,
        params=params,
        task_id=task_id,
        always=force,
        channel=channel,
        state="to_call" if channel == "call" else "queued",
        due_at=now,
        created_at=now,
    )


def _channel(to: Person, force: bool) -> str:
    if to.in_chat and (force or to.stopped_at is None):
        return "telegram"
    return other_way(to.phone, to.email, to.stopped_at is not None, force)


def other_way(phone: str | None, email: str | None, stopped: bool, force: bool) -> str:
    """The channel for somebody who is not reached in a chat. phone: E.164."""
    if phone is not None and not is_landline(phone) and (force or not stopped):
        return "sms"
    # What is forced is about danger: whoever has a telephone is phoned, for an e-mail is read tomorrow.
    by_email = email is not None and (phone is None if force else not stopped)
    return "email" if by_email else "call"


def texts_reach(person: Person) -> bool:
    """Does what is written at once reach this person: in a chat, or at a number for SMS, without STOPP?"""
    has_number = person.phone is not None and not is_landline(person.phone)
    return (has_number or person.in_chat) and person.stopped_at is None


@dataclass(frozen=True, slots=True)
class Received:
    """An inbound message as it is filed: once per carrier and carrier id. stored: the inbox row in which it waits already.
    alias: a second mark of the carrier's; it too is filed once."""

    carrier: str
    carrier_id: str
    sender: str
    person_id: int | None
    task_id: int | None
    text: str
    outcome: str
    received_at: datetime
    stored: int | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody agreed to what is kept about them. how: phone, form, sms, chat, paper. given_by: who said it for them."""

    person_id: int
    at: datetime
    how: str
    given_by: str = ""
    recorded_by: int | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What somebody is being asked in a chat, or by SMS (`person_id`, and no chat): which flow, at which step, with what has been
    said so far. flow "": nothing."""

    chat_id: int | None
    flow: str
    step: str
    data: dict[str, Any]
    changed_at: datetime
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Apart:
    """A person does not want to meet another."""

    person_id: int
    other_id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody becomes a member of a group."""

    group_key: str
    person_id: int


@dataclass(frozen=True, slots=True)
class Settled:
    """An expense as it is from now on, and as it was when that was decided: the store refuses what a colleague has changed."""

    before: Expense
    after: Expense


@dataclass(slots=True)
class Changes:
    """Everything to be stored together. Lists of rows; the names are those of sql/queries/commit.sql."""

    people_new: list[Person] = field(default_factory=list)
    people: dict[int, Person] = field(default_factory=dict)
    asked: dict[int, Candidate] = field(default_factory=dict)
    silenced: list[int] = field(default_factory=list)
    needs_new: list[Need] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    tasks_new: list[Task] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    offers_new: list[Offer] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    apart: list[Apart] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    expenses: list[Expense] = field(default_factory=list)
    attempts: "list[Attempt]" = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    loans_new: list[Loan] = field(default_factory=list)
    loans: list[Loan] = field(default_factory=list)
    shifts_new: list[Shift] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    shifts_left: list[Shift] = field(default_factory=list)
    rotas_new: list[RepeatingRota] = field(default_factory=list)
    rotas: list[RepeatingRota] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    stand_ins: list[StandIn] = field(default_factory=list)
    stand_ins_ended: list[int] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    holes_filled: list[Hole] = field(default_factory=list)
    cannot_come: list[int] = field(default_factory=list)  # people whose coming shifts may have to go to others
    watch: Watch | None = None  # the shifts have been looked at
    phone_chats_new: "list[PhoneChat]" = field(default_factory=list)
    phone_chats: "list[PhoneChat]" = field(default_factory=list)
    dials_new: list[OutgoingCall] = field(default_factory=list)
    dials_off: list[int] = field(default_factory=list)  # phone chats whose call, if it has not begun, is not made
    systems_new: "list[SystemRequest]" = field(default_factory=list)
    systems: "list[SystemRequest]" = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def case(self, before: Case | None, after: Case, events: Sequence[Event]) -> None:
        """Take over a decision on one case: whatever differs between before and after, and the events that say why."""
        if before is None:
            self.needs_new.append(after.need)
            self.tasks_new.append(after.task)
        else:
            if after.need is not before.need:
                self.needs.append(after.need)
            if after is not before:
                self.tasks.append(after.task)
        old = {o.id: o for o in before.offers} if before else {}
        for offer in after.offers:
            if offer.id not in old:
                self.offers_new.append(offer)
            elif offer is not old[offer.id]:
                self.offers.append(offer)
        self.events += events

    def occasion(self, task: Task, event: Event) -> None:
        """Take over one more task of a need that is stored already."""
        self.tasks_new.append(task)
        self.events.append(event)

    def add(self, other: "Changes") -> None:
        """Take over everything that another command wants stored."""
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, dict):
                mine.update(theirs)
            elif isinstance(mine, list):
                mine.extend(theirs)

    def free(self, *shifts: Shift) -> None:
        """Nobody comes to these shifts any more: they are left, and holes from now on."""
        self.shifts_left += shifts
        self.holes += (Hole(s.group_key, s.starts_at, s.ends_at) for s in shifts)

    @property
    def moves_shifts(self) -> bool:
        """Is there something after which the shifts must be looked at?"""
        moved = self.shifts_new or self.shifts_left or self.overrides or self.rotas_new or self.stand_ins
        return bool(moved or self.cannot_come)

    def __bool__(self) -> bool:
        return bool(
            self.events or self.messages or self.received or self.people_new or self.people or self.attachments
            or self.systems or self.ticks
        )  # fmt: skip
