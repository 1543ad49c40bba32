"""One message being answered: who wrote, what is known, and what is to be stored."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bots.dialogue.times import read_when, say_back
from bots.dialogue.understand import Understanding
from bots.inbound_message import Inbound
from dispatch.changes import Changes, Message, Received, message
from dispatch.events import Event
from dispatch.intake import Request, at_candidate, decide_for_human
from dispatch.mint import Mint
from dispatch.model import ENDED, HELD, Case, Offer, OfferState, Person, TaskState, Urgency
from dispatch.money import REMOVED
from dispatch.network import Network
from dispatch.notices import notices
from dispatch.recurring import follow_on, in_words
from dispatch.store import Context
from dispatch.visit_news import visit_news
from dispatch.whereabouts import OUTSIDE, position_words, spot_of

# What is said when a request is complete.
RECEIVED = frozenset({"received", "received_night", "received_service"})
_ONCE = ("ask_", OUTSIDE)  # what is said once, however many requests it is about
Decision = tuple[Case, list[Event]]
# Why a human must act on what somebody has told, who needs no help.
TOLD = frozenset("helper_wrote complaint partly concern expense_over equipment_late wants_to_help voice photo flood".split())


@dataclass(slots=True)
class Turn:
    """One message being answered: who wrote, what is known, and what is to be stored."""

    inbound: Inbound
    context: Context
    understood: Understanding
    network: Network
    now: datetime
    mint: Mint
    person: Person
    changes: Changes = field(default_factory=Changes)
    task_id: int | None = None
    _decided: dict[int, tuple[Case | None, Case, list[Event]]] = field(default_factory=dict)  # by task

    @classmethod
    def begin(
        cls, inbound: Inbound, context: Context, understood: Understanding, network: Network, now: datetime, mint: Mint
    ) -> "Turn":
        """A turn for a message from somebody who is known, or becomes known by it."""
        if context.person is not None:
            return cls(inbound, context, understood, network, now, mint, _heard_in_chat(context.person, inbound))
        person = Person(
            id=mint.id(),
            phone=inbound.phone,
            phone_raw="" if inbound.phone or inbound.chat else inbound.sender[:80],
            telegram_id=inbound.chat,
            created_at=now,
            language=understood.language,
            roles=() if inbound.chat else ("resident",),  # in a chat it may be somebody who wants to help
        )
        turn = cls(inbound, context, understood, network, now, mint, person)
        turn.changes.people_new.append(person)
        return turn

    def end(self, outcome: str) -> Changes:
        """Everything that the message changes, and the message itself in the inbox."""
        if REMOVED in self.inbound.text and outcome not in ("flood", "card_number") and self.person.stopped_at is None:
            self.say("card_number_removed")
        for before, after, events in self._decided.values():
            self.changes.case(before, after, events)
        if not self.changes.people_new:
            # Every word of a known person counts as their turn: two at once are decided one after the other.
            self.changes.people.setdefault(self.person.id, self.person)
        # Somebody whose number cannot be read cannot be answered; a human sees the message instead.
        messages = self.changes.messages
        i = self.inbound
        reached = i.phone is not None or self.person.can_be_written_to
        self.changes.messages = [m for m in messages if m.person_id != self.person.id or reached]
        if i.chat is not None:  # what was written wants an answer in words, however the task's own message changes
            self.changes.messages = [self._as_written(m) for m in self.changes.messages]
        if i.phone and (i.phone != self.person.phone or self.person.in_chat):
            self.changes.messages = [self._to_where_it_came_from(m) for m in self.changes.messages]
        self.changes.received.append(
            Received(
                i.carrier, i.carrier_id, i.sender, self.person.id, self.task_id, i.text, outcome, self.now, i.stored, i.alias
            )
        )
        return self.changes

    def _to_where_it_came_from(self, m: Message) -> Message:
        """Whoever writes from another number than the one that we have (an old phone), or texts although there is a chat, is
        answered there: "ring 112" must reach the phone that somebody holds."""
        if m.person_id != self.person.id or (self.person.stopped_at is not None and not m.always):
            return m
        return replace(m, to_phone=self.inbound.phone, channel="sms", state="queued")

    def _as_written(self, m: Message) -> Message:
        return replace(m, params={**m.params, "written": True}) if m.person_id == self.person.id else m

    def say(self, kind: str, force: bool = False, **params: Any) -> None:
        """Answer the sender."""
        self.changes.messages.append(message(self.person, kind, params, self.task_id, self.now, force))

    def apply(self, before: Case | None, decision: Decision) -> None:
        """Take over a decision on a case, with the messages that follow from it. One message may decide a case twice."""
        after, events = decision
        self.task_id = after.task.id
        first, _, earlier = self._decided.get(after.task.id, (before, after, []))
        self._decided[after.task.id] = (first, after, [*earlier, *events])
        if after.resident.id == self.person.id and "resident" not in self.person.roles:
            self.change_person(replace(self.person, roles=(*self.person.roles, "resident")))
        if after.resident.id == self.person.id and self.person.area is None and after.need.area and after.need.category:
            # Nobody is asked again where they live.
            self.change_person(replace(self.person, area=after.need.area, place=after.need.place))
        self.changes.messages += notices(after, events, self.network, self.now)
        if more := follow_on(after, events, self.network, self.now, self.mint):
            self.changes.occasion(*more)
            self.changes.messages += visit_news(after.resident, more[0], after.need, more[1].data, self.network, self.now)

    def say_once(self) -> None:
        """Several requests in one message get one answer: one question, and one thanks that names them all."""
        mine = [m for m in self.changes.messages if m.person_id == self.person.id]
        seen, kept = set(), []
        for m in mine:
            if not m.kind.startswith(_ONCE):
                kept.append(m)
            elif m.kind not in seen:
                seen.add(m.kind)
                kept.append(m)
        heard = [m for m in kept if m.kind in RECEIVED]
        if len(heard) > 1:
            first = heard[0]
            told = [{key: m.params[key] for key in ("code", "category")} for m in heard]
            kind = "received_several_night" if any(m.kind == "received_night" for m in heard) else "received_several"
            hour = next((m.params["hour"] for m in heard if "hour" in m.params), None)
            several = replace(first, kind=kind, params={**first.params, "several": told, "hour": hour}, task_id=None)
            kept = [several if m is first else m for m in kept if m is first or m not in heard]
        self.changes.messages = [m for m in self.changes.messages if m.person_id != self.person.id] + kept

    def change_person(self, person: Person) -> None:
        """The sender is somewhat different from now on."""
        if self.changes.people_new:
            self.changes.people_new = [person]
        else:
            self.changes.people[person.id] = person
        self.person = person

    def request(self) -> Request:
        """What was understood, as a request, whatever else it might have been meant as."""
        u, where = self.understood, self.understood.where
        when = read_when(self.inbound.text, self.now, self.network.zone) if u.intent == "request" else None
        repeats = when.repeats if when else None
        said = in_words(repeats, self.person.language) if repeats else say_back(when, self.person.language) if when else None
        # Whoever lives where it is fetched is helped from there, and says in words where it goes.
        at_home = u.origin is not None and u.origin.area == self.person.area != u.area
        area, place = (u.origin.area, u.origin.place) if u.origin is not None and at_home else (u.area, u.place)
        request = Request(
            text=self.inbound.text.strip(),
            source=self.inbound.carrier,
            category=u.category or u.about,
            area=area,
            place=place,
            address=position_words(self.inbound.position) if self.inbound.position else "",
            wanted=said or u.wanted,
            urgency=Urgency(u.urgency),
            repeats=repeats,
            choices=where.choices,
            origin=None if at_home else u.origin,
        )
        return at_candidate(request, where.best) if where.best is not None and not at_home else request

    def for_human(self, reason: str, about: Case | None = None) -> None:
        """Hand the message to a human as a task of its own. about: the task that it is told about."""
        request = self.about(self.request(), about) if about is not None else self.request()
        self.apply(None, decide_for_human(self.person, request, reason, self.network, self.now, self.mint))

    def about(self, request: Request, case: Case) -> Request:
        """The request as words about another task: its code stands before them. What is told is for staff, and so has no area;
        danger is where that task is."""
        told = replace(request, text=f"{case.task.code}: {request.text}")
        danger = request.urgency is Urgency.EMERGENCY and request.area is None
        need = case.need
        at_it = replace(told, area=need.area, place=need.place, spot=spot_of(need), located=need.located)
        return at_it if danger else told

    def active(self) -> list[Case]:
        """The sender's own requests that somebody is working on, newest first."""
        return [c for c in self.context.own if c.task.state not in ENDED | {TaskState.DONE, TaskState.ASKING}]

    def wishes(self) -> list[Case]:
        """The sender's own requests for help that somebody is working on: not what a helper has told, which is a human's."""
        return [c for c in self.active() if c.task.human not in TOLD and c.need.category is not None]

    def asking(self) -> Case | None:
        """The sender's own request that waits for an answer to a question."""
        return next(iter(self.all_asking()), None)

    def all_asking(self) -> list[Case]:
        """All requests of the sender's that wait for an answer: one answer may be for several."""
        return [c for c in self.context.own if c.task.state is TaskState.ASKING]

    def as_decided(self, task_id: int) -> Case | None:
        """One of the sender's own requests as this turn has left it so far."""
        if task_id in self._decided:
            return self._decided[task_id][1]
        return next((c for c in self.context.own if c.task.id == task_id), None)

    def decides(self, task_id: int) -> bool:
        """Has this turn decided something about the task?"""
        return task_id in self._decided

    def unconfirmed(self) -> Case | None:
        """The sender's own request that is said to be done."""
        return next((c for c in self.context.own if c.task.state is TaskState.DONE), None)

    def held(self) -> list[tuple[Case, Offer]]:
        """What the sender has taken and not finished."""
        return [(c, o) for c, o in self.offers() if o.live and o.state is OfferState.ACCEPTED and c.task.state in HELD]

    def offers(self) -> list[tuple[Case, Offer]]:
        """Every offer to the sender that is known, with its case, as this turn has left them so far."""
        now = [self._decided[c.task.id][1] if c.task.id in self._decided else c for c in self.context.asked]
        return [(c, o) for c in now for o in c.offers if o.person_id == self.person.id]


def _heard_in_chat(person: Person, inbound: Inbound) -> Person:
    """Whoever writes in the chat can be written to there again."""
    if inbound.chat is None or person.chat_blocked_at is None:
        return person
    return replace(person, chat_blocked_at=None, paused_until=None)
