"""Who is told what when something happens: the table from events to messages.

Before accepting, a volunteer sees category, area, time; name, address and words of the resident only afterwards
(domain.md, Privacy). Texts are named here and worded in bots/locale.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.changes import Message, message
from dispatch.events import Event, Kind
from dispatch.model import Case, Offer, OfferKind, Person, Urgency
from dispatch.network import Network


@dataclass(frozen=True, slots=True)
class Scene:
    """What a notice is made from: the case after the change, the event, the network and the time."""

    case: Case
    event: Event
    network: Network
    now: datetime

    def to_resident(self, kind: str, force: bool = False, **params: Any) -> Message:
        """A message to the resident about this task."""
        return message(self.case.resident, kind, {**self._about(), **params}, self.case.task.id, self.now, force)

    def to_offer(self, offer: Offer, kind: str, **params: Any) -> Message:
        """A message to the person behind an offer; never with anything of the resident unless params say so."""
        public = {**self._about(), "number": offer.number, **params}
        return message(self.case.people[offer.person_id], kind, public, self.case.task.id, self.now)

    def offers(self, key: str = "offers") -> list[Offer]:
        """The offers that the event's data names."""
        wanted = set(self.event.data.get(key, ()))
        return [o for o in self.case.offers if o.id in wanted]

    def offer(self) -> Offer:
        """The one offer that the event is about."""
        return next(o for o in self.case.offers if o.id == self.event.data["offer"])

    def private(self) -> dict[str, Any]:
        """What whoever answers for the task must know about the resident."""
        need, resident = self.case.need, self.case.resident
        return {
            "name": resident.name,
            "phone": resident.phone or resident.phone_raw,
            "address": need.address or resident.address,
            "text": need.text,
            "word": self.case.task.code_word,
            "human": self.case.task.human,
            "urgency": need.urgency,
        }

    def _about(self) -> dict[str, Any]:
        need = self.case.need
        return {
            "code": self.case.task.code,
            "category": need.category,
            "place": self.network.place_name(need.area, need.place),
            "wanted": need.wanted,
        }


def notices(after: Case, events: Iterable[Event], network: Network, now: datetime) -> list[Message]:
    """The messages that follow from events of one case, in the events' order."""
    found: list[Message] = []
    for event in events:
        if make := _NOTICES.get(event.kind):
            found += make(Scene(after, event, network, now))
    return found


def _question(s: Scene) -> list[Message]:
    again = "_again" if s.event.data["again"] else ""
    return [s.to_resident(f"ask_{s.event.data['asks']}{again}")]


def _opened(s: Scene) -> list[Message]:
    need = s.case.need
    if need.urgency is Urgency.EMERGENCY:
        return [s.to_resident("emergency", force=True)]
    if s.event.data["human"]:
        return [s.to_resident("human_will_answer")]
    if not any(not step.ask.acknowledges for step in s.case.task.ladder):
        return [s.to_resident("received_service")]
    begins = s.case.task.deadline_at
    if begins and begins > s.now:
        return [s.to_resident("received_night", hour=begins.astimezone(s.network.zone).strftime("%H:%M"))]
    return [s.to_resident("received")]


def _offered(s: Scene) -> list[Message]:
    return [s.to_offer(o, "offer", urgency=s.case.need.urgency) for o in s.offers()]


def _acknowledgement_asked(s: Scene) -> list[Message]:
    return [s.to_offer(o, "acknowledge", **s.private()) for o in s.offers()]


def _acknowledgement_asked_again(s: Scene) -> list[Message]:
    return [s.to_offer(o, "acknowledge_again", **s.private()) for o in s.offers()]


def _taken(s: Scene) -> list[Message]:
    offer = s.offer()
    helper = s.case.people[offer.person_id]
    return [
        s.to_offer(offer, "taken_details", **s.private()),
        s.to_resident("coming", **_introduction(helper), when=offer.note, word=s.case.task.code_word),
    ]


def _superseded(s: Scene) -> list[Message]:
    cancelled = s.case.task.deadline_at is None
    return [
        s.to_offer(o, "no_longer_needed" if o.kind is OfferKind.HELP else "handled_by_other", cancelled=cancelled)
        for o in s.offers()
    ]


def _acknowledged(s: Scene) -> list[Message]:
    offer = s.offer()
    by = s.case.people[offer.person_id]
    to_resident = "emergency_seen" if s.case.need.urgency is Urgency.EMERGENCY else "with_service"
    return [s.to_offer(offer, "acknowledged"), s.to_resident(to_resident, **_introduction(by))]


def _declined(s: Scene) -> list[Message]:
    return [s.to_offer(s.offer(), "declined")]


def _withdrawn(s: Scene) -> list[Message]:
    offer = s.offer()
    helper = s.case.people[offer.person_id]
    return [s.to_offer(offer, "withdrawn"), s.to_resident("helper_withdrew", **_introduction(helper))]


def _started(s: Scene) -> list[Message]:
    offer = s.offer()
    helper = s.case.people[offer.person_id]
    return [
        s.to_offer(offer, "on_way_noted"),
        s.to_resident("on_the_way", **_introduction(helper), word=s.case.task.code_word),
    ]


def _nudged(s: Scene) -> list[Message]:
    return [s.to_offer(o, "nudge") for o in s.offers()]


def _done(s: Scene) -> list[Message]:
    offer = s.offer()
    helper = s.case.people[offer.person_id]
    keeps = offer.kind is OfferKind.HELP and s.case.resident.fixed_contact != helper.id
    told = [s.to_offer(offer, "done_noted_keep" if keeps else "done_noted")]
    if s.event.data["asks"]:
        told.append(s.to_resident("did_you_get_help", **_introduction(helper)))
    return told


def _confirmed(s: Scene) -> list[Message]:
    return [s.to_resident("confirmed")]


def _denied(s: Scene) -> list[Message]:
    return [s.to_resident("denied")]


def _cancelled(s: Scene) -> list[Message]:
    told = [s.to_offer(o, "cancelled_for_helper") for o in s.offers("had")]
    return [s.to_resident("cancelled"), *told]


def _added_to(s: Scene) -> list[Message]:
    told = [s.to_offer(o, "addition", text=s.event.data["text"]) for o in s.case.takers]
    return [s.to_resident("addition_noted"), *told]


def _introduction(helper: Person) -> dict[str, Any]:
    return {"helper": helper.first_name, "organisation": helper.organisation}


_NOTICES: dict[Kind, Callable[[Scene], Sequence[Message]]] = {
    Kind.QUESTION_ASKED: _question,
    Kind.TASK_OPENED: _opened,
    Kind.OFFERS_SENT: _offered,
    Kind.ACKNOWLEDGEMENT_ASKED: _acknowledgement_asked,
    Kind.ACKNOWLEDGEMENT_ASKED_AGAIN: _acknowledgement_asked_again,
    Kind.TASK_TAKEN: _taken,
    Kind.TASK_ASSIGNED: _taken,
    Kind.OFFERS_SUPERSEDED: _superseded,
    Kind.TASK_ACKNOWLEDGED: _acknowledged,
    Kind.OFFER_DECLINED: _declined,
    Kind.TASK_WITHDRAWN: _withdrawn,
    Kind.TASK_STARTED: _started,
    Kind.TAKER_NUDGED: _nudged,
    Kind.TASK_DONE: _done,
    Kind.TASK_CONFIRMED: _confirmed,
    Kind.TASK_DENIED: _denied,
    Kind.TASK_CANCELLED: _cancelled,
    Kind.REQUEST_ADDED_TO: _added_to,
}
