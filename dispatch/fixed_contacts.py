"""Fixed contacts: proposed after the second visit, agreed on by either side's word, ended by either side without a reason. Pure.

In 2020 many of Jönköping's volunteers kept a fixed contact with the person they helped (domain.md). FAST makes somebody one
(helping.decide_keep), said by the helper or by the resident; INTE FAST ends it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.changes import Message, message
from dispatch.events import Event, Kind
from dispatch.model import Case, Offer, OfferKind, Person, Urgency
from dispatch.offers import Decision

VISITS = 2  # after so many by the same helper both are asked whether they want to go on


@dataclass(frozen=True, slots=True)
class Parted:
    """A fixed contact that has ended: the resident as from now on, what happened, and who hears of it."""

    resident: Person
    event: Event
    messages: tuple[Message, ...]


def may_propose(case: Case, offer: Offer) -> bool:
    """Is this a visit after which a fixed contact makes sense? Not for whoever has one, nor where only staff may help."""
    need, resident = case.need, case.resident
    wanted = need.category is not None and need.urgency is not Urgency.EMERGENCY
    return offer.kind is OfferKind.HELP and wanted and resident.fixed_contact is None and not resident.protected


def decide_propose(case: Case, offer: Offer, now: datetime) -> Decision:
    """Both are asked whether this helper is to be asked first from now on."""
    return case, [Event(now, Kind.FIXED_CONTACT_PROPOSED, case.task.id, None, {"offer": offer.id})]


def decide_part(resident: Person, helper: Person, by: str, by_id: int | None, now: datetime) -> Parted:
    """It ends, and nobody has to say why. by: "helper", "resident" or "staff". The other one is told kindly, and whoever ended it
    reads that it is so."""
    about = {"person": resident.id, "helper": helper.id, "how": by}
    event = Event(now, Kind.FIXED_CONTACT_ENDED, None, by_id, about)
    told = []
    for person, other, who in ((resident, helper, "resident"), (helper, resident, "helper")):
        kind = "fixed_contact_end_noted" if who == by else f"fixed_contact_ended_{who}"
        said = message(person, kind, {"helper": other.first_name, "organisation": other.organisation}, None, now)
        if said.channel != "call" or (who == "resident" and by != "resident"):
            told.append(said)
    return Parted(replace(resident, fixed_contact=None), event, tuple(told))
