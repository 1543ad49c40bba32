"""What a notice is made from, and who of its readers may know what (domain.md, Privacy)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dispatch.changes import Message, message
from dispatch.events import Event
from dispatch.helping import SERVICE_WANTED, why_service
from dispatch.model import Case, Need, Offer, OfferKind
from dispatch.network import Network
from dispatch.recurring import when
from dispatch.service_notices import why_back
from dispatch.whereabouts import OUTSIDE, outside_of

PRIVATE = frozenset(
    {"name", "phone", "address", "from_address", "text", "word", "why"}
)  # what says who the resident is, and opens the door


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
        """A message to the person behind an offer; never with anything of the resident unless params say so, and for
        volunteers never with anything of a resident whose identity is protected, whatever params say."""
        person = self.case.people[offer.person_id]
        if self.case.resident.protected and offer.kind is OfferKind.HELP and not person.is_staff:
            params = {key: value for key, value in params.items() if key not in PRIVATE}
        if params.get("phone") and self.network.masks and offer.kind is OfferKind.HELP and not person.is_staff:
            params = {**params, "phone": self.network.phone}  # from where the two are connected
        about = {**self._about(), "number": offer.number, "offer": offer.id, "helps": offer.kind is OfferKind.HELP}
        return message(person, kind, {**about, **params}, self.case.task.id, self.now)

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
            "phone": resident.phone or _told_by(need) or resident.phone_raw,
            "address": need.address or resident.address,
            **({"from_address": need.from_address} if need.is_fetched else {}),
            "text": need.text,
            "word": self.case.task.code_word,
            "human": self.case.task.human,
            "urgency": need.urgency,
            "protected": resident.protected,
            **self.household(),
            **({"why": why} if (why := why_service(self.case)) else why_back(self.case)),
            **self._outside(),
        }

    def household(self) -> dict[str, Any]:
        """What whoever comes must know of the household, and no more of it; and why staff are asked."""
        task = self.case.task
        return {
            **({"leave": True, "list": bool(self.network.checklists)} if task.infected else {}),
            **({"routine": task.routine} if task.routine else {}),
        }

    def door_word(self) -> dict[str, Any]:
        """What staff who come say at the door; nothing when somebody only has to phone."""
        only_phones = self.case.task.human not in (None, SERVICE_WANTED)
        return {} if only_phones else {"word": self.case.task.code_word}

    def _outside(self) -> dict[str, Any]:
        if self.case.task.human != OUTSIDE:
            return {}
        there = outside_of(self.case.need, self.network)
        nearest = {"nearest": self.network.area_name(there.nearest), "km": there.km} if there.nearest else {}
        return {**nearest, "nearby": there.network, "nearby_phone": there.phone}

    def _about(self) -> dict[str, Any]:
        need = self.case.need
        return {
            "code": self.case.task.code,
            **self._what(need),
            **when(self.case.task, need),
        }

    def as_it_was(self) -> dict[str, Any]:
        """What the task was about when the people whom the event names were asked, if it has been changed with it."""
        was = self.event.data.get("was")
        return self._what(replace(self.case.need, **was)) if was else {}

    def _what(self, need: Need) -> dict[str, Any]:
        return {"category": need.category, **self.network.told_places(need), "wanted": need.wanted}


def _told_by(need: Need) -> str:
    """The number of whoever asked on the resident's behalf, with the name; "" when nobody has or none is known."""
    name = f" ({need.told_by_name})" if need.told_by_name else ""
    return f"{need.told_by_phone}{name}" if need.told_by_phone else ""
