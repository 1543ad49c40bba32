"""What is told of a task that staff answer for: when it will be done, and that it waits for an office."""

from typing import TYPE_CHECKING, Any

from dispatch.changes import Message
from dispatch.helping import CONCERN
from dispatch.model import Case, OfferKind, Person, Urgency

if TYPE_CHECKING:
    from dispatch.notice_scene import Scene  # which needs this module


def acknowledged(s: "Scene") -> list[Message]:
    """Both hear it: whoever answers for it now, and whoever waits."""
    if s.event.data.get("planned"):
        return []  # both hear it with the time
    offer = s.offer()
    by = s.case.people[offer.person_id]
    word = s.door_word()
    return [s.to_offer(offer, "acknowledged", **word), s.to_resident(seen(s), **introduction(by), **word)]


def planned(s: "Scene") -> list[Message]:
    """The time, in plain words, to both. Whoever worries about somebody does not hear who goes there, and when."""
    data, offer = s.event.data, s.offer()
    when = {"planned_at": data["at"], "planned_as": data["said"]}
    by, word = introduction(s.case.people[offer.person_id]), s.door_word()
    noted = s.to_offer(offer, "plan_noted", **when, **word)
    if s.case.need.source == CONCERN:
        return [noted, s.to_resident(seen(s), **by)] if data["taken"] else [noted]
    return [noted, s.to_resident("planned" if data["new"] else "plan_changed", **by, **when, **word)]


def closed(s: "Scene") -> list[Message]:
    """The service groups open later, perhaps in some days: whoever can take it meanwhile, and a resident who waits to hear from
    a volunteer."""
    opens = {"opens_at": s.event.data["until"]}
    told = [s.to_offer(o, "service_closed", **s.private(), **opens) for o in s.offers()]
    searched = any(o.kind is OfferKind.HELP for o in s.case.offers)
    return [*told, s.to_resident("waits_for_service", **opens)] if s.event.data["long"] and told and searched else told


def seen(s: "Scene") -> str:
    """What is told when staff answer for it. Whoever is in danger, or worries about somebody, is not told who it is."""
    unnamed = s.case.need.urgency is Urgency.EMERGENCY or s.case.need.source == CONCERN
    return "emergency_seen" if unnamed else "with_service"


def why_back(case: Case) -> dict[str, Any]:
    """Why the service group that had it last has handed it back, for those who are asked next."""
    back = [o for o in case.offers if o.handed_back]
    return {"handed_back": True, "why": max(back, key=lambda o: o.answered_at or o.sent_at).note} if back else {}


def introduction(helper: Person) -> dict[str, Any]:
    """Who comes, as residents may know it."""
    return {"helper": helper.first_name, "organisation": helper.organisation}
