"""Who is told what about a task that several people do together."""

from typing import Any

from dispatch.changes import Message
from dispatch.model import Offer, OfferKind, Person
from dispatch.notice_scene import Scene


def team_complete(s: Scene, team: list[Offer]) -> list[Message]:
    """All have said yes: each gets the details and who the others are; the resident reads who comes, once."""
    told = [s.to_offer(offer, "taken_details", **s.private()) for offer in team]
    return [*told, *_who_they_are(s), s.to_resident("coming_several", **_names(s), word=s.case.task.code_word)]


def lead_changed(s: Scene) -> list[Message]:
    """Everybody who helps hears who leads now; while others are looked for, it is told when they are complete."""
    return _who_they_are(s) if s.case.places_left == 0 else []


def people_changed(s: Scene) -> list[Message]:
    """Whoever has said yes waits when more are needed now."""
    more = s.case.places_left
    return [s.to_offer(o, "team_lacks", more=more) for o in s.offers()] if more > 0 else []


def team_lacks(s: Scene, gone: Person) -> list[Message]:
    """The others hear that somebody cannot, and that they must not go alone."""
    return [s.to_offer(o, "team_lacks", more=s.case.places_left) for o in s.case.helpers if o.person_id != gone.id]


def _who_they_are(s: Scene) -> list[Message]:
    lead = s.case.lead
    if lead is None or len(s.case.helpers) < 2:
        return []
    found = []
    for offer in s.case.helpers:
        kind = "team_lead" if offer.id == lead.id else "team_member"
        others = [s.case.people[o.person_id] for o in s.case.helpers if o.id != offer.id]
        about = {"team": [[p.first_name, p.phone or ""] for p in others], "lead": s.case.people[lead.person_id].first_name}
        found.append(s.to_offer(offer, kind, people=s.case.task.places, **about))
    return found


def _names(s: Scene) -> dict[str, Any]:
    helping = [s.case.people[o.person_id] for o in s.case.helpers if o.kind is OfferKind.HELP]
    return {"team": [[p.first_name, ""] for p in helping], "lead": helping[0].first_name if helping else ""}
