"""Becoming a volunteer, whatever the channel: what is asked in which order, what is known, and what becomes of the person. Pure.

How a question is put and how an answer is read is the channel's: by buttons in bots/telegram/registration.py, in words by SMS in
bots/dialogue/sms_registration.py. What has been said stands in the conversation until it is agreed to, and nothing is kept of
somebody who does not agree.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bots.dialogue.turn import Turn
from dispatch.changes import Consent, Member
from dispatch.events import Event, Kind
from dispatch.model import AVAILABLE, Person
from dispatch.network import Network

FLOW = "register"
STEPS = ("phone", "name", "organisation", "area", "skills", "languages", "available", "consent")
SKILLS = ("car", "tow-bar", "tools", "health-care", "teaching", "first-aid", "computers", "dogs")
LANGUAGES = ("sv", "en", "fi", "ar", "uk")  # that are offered as a choice; who answers in words may name others
LONGEST = 80  # characters of a name or an organisation
LASTS = timedelta(days=7)  # then a question that was not answered is forgotten


def volunteers_in(person: Person, network: Network) -> str | None:
    """The area where somebody is a volunteer already; None: nowhere in this network."""
    return person.area if "volunteer" in person.roles and person.area in network.areas else None


def what_is_known(person: Person, network: Network, area: str | None = None) -> dict[str, Any]:
    """Answers that nobody needs to give again. area: from the link that the person came by."""
    known: dict[str, Any] = {"languages": [person.language]}
    if person.name:
        known["name"] = person.name
    if person.organisation:
        known["organisation"] = person.organisation
    place = person.area if person.area in network.areas else area if area in network.areas else None
    return known | {"area": place, "place": person.place} if place else known


def next_question(person: Person, said: dict[str, Any]) -> str:
    """The first question that has no answer yet; the last one is about consent."""
    for step in STEPS[:-1]:
        # A language is always known, but which others?
        known = person.phone is not None if step == "phone" else (f"{step}_asked" if step == "languages" else step) in said
        if not known:
            return step
    return STEPS[-1]


def agreed(turn: Turn, said: dict[str, Any], is_needed: bool, how: str) -> str | None:
    """The person becomes a volunteer, or one on standby when the area has enough. how: of a Consent. Returns the text that says
    so; None when the network has no such area any more, and nothing changes."""
    now, area = turn.now, said["area"] if said.get("area") in turn.network.areas else None
    if area is None:
        return None
    lat, lon = _spot(turn.person, said)
    person = replace(
        turn.person,
        name=said["name"],
        organisation=said["organisation"],
        roles=tuple(dict.fromkeys([*turn.person.roles, "volunteer"])),
        area=area,
        place=said.get("place") or turn.person.place,
        skills=tuple(dict.fromkeys([*turn.person.skills, *said["skills"]])),
        languages=tuple(dict.fromkeys([*turn.person.languages, *said["languages"]])),
        available=tuple(said["available"]) if len(said["available"]) < len(AVAILABLE) else (),
        standby_since=None if is_needed else now,
        lat=lat,
        lon=lon,
    )
    turn.change_person(person)
    turn.changes.members.append(Member(f"area:{area}", person.id))
    turn.changes.consents.append(Consent(person.id, now, how))
    told = {"person": person.id, "standby": not is_needed}
    turn.changes.events.append(Event(now, Kind.PERSON_REGISTERED, None, person.id, told))
    return "reg_done" if is_needed else "reg_standby"


def _spot(person: Person, said: dict[str, Any]) -> tuple[float | None, float | None]:
    """Roughly where the person is: as shared now (rounded when it was), else as it was known in the same place."""
    if said.get("spot"):
        lat, lon = said["spot"]
        return lat, lon
    same = said["area"] == person.area and said.get("place") in (None, person.place)
    return (person.lat, person.lon) if same else (None, None)


def forget(turn: Turn) -> None:
    """Nothing is kept of somebody who breaks off and is nobody here yet: the number goes too."""
    if not turn.person.roles:
        turn.change_person(replace(turn.person, phone=None, name=""))
