"""Who could talk with whom: residents who want company and volunteers who want to talk, paired by what they have in common.

Pure. A shared language and a time that suits both are musts, and nobody is paired with somebody they avoid, or whom a pair with
has ended; interests, the same area and few pairs decide who comes first. dispatch/phone_chats.py says what happens to a pair.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum

from dispatch.model import Person
from dispatch.network import Network

COMPANY = "company"  # the category of requests for company
SKILL = "phone-chat"  # of volunteers who want to talk on the telephone
SHOWN = 3  # proposals for each resident


class Part(StrEnum):
    """A part of the day, by the network's clock."""

    FORENOON = "forenoon"
    AFTERNOON = "afternoon"
    EVENING = "evening"


USUAL: Mapping[Part, time] = {Part.FORENOON: time(10), Part.AFTERNOON: time(14), Part.EVENING: time(18)}  # when a call begins
EARLIEST, LATEST = time(8), time(20, 30)  # a call that is agreed on lies between
Slot = tuple[int, Part]  # an ISO weekday, and a part of it
SLOTS: tuple[Slot, ...] = tuple((day, part) for day in range(1, 8) for part in Part)
ANY_TIME = frozenset(SLOTS)
# What volunteers say in general about when they can help (dispatch.model.AVAILABLE).
_IN_GENERAL: Mapping[str, frozenset[Slot]] = {
    "weekdays": frozenset((day, part) for day in range(1, 6) for part in (Part.FORENOON, Part.AFTERNOON)),
    "evenings": frozenset((day, Part.EVENING) for day in range(1, 8)),
    "weekends": frozenset((day, part) for day in (6, 7) for part in Part),
}


def slot_key(slot: Slot) -> str:
    """The slot as it is stored: "3-afternoon"."""
    return f"{slot[0]}-{slot[1]}"


def read_slots(keys: Iterable[str]) -> frozenset[Slot]:
    """The slots of these keys; what is none is left out."""
    known = {slot_key(slot): slot for slot in SLOTS}
    return frozenset(known[key] for key in keys if key in known)


def part_of(at: time) -> Part:
    """The part of the day that a time lies in."""
    return Part.FORENOON if at < time(12) else Part.AFTERNOON if at < time(17) else Part.EVENING


@dataclass(frozen=True, slots=True)
class Wisher:
    """Somebody who wants to talk. times: empty when nothing was said. most: pairs at the same time; pairs: those that go on.

    since: waits since then. task: the code of an open request for company, if that is how we know.
    """

    person: Person
    since: datetime
    times: frozenset[Slot] = frozenset()
    interests: frozenset[str] = frozenset()
    most: int = 1
    pairs: int = 0
    task: str | None = None

    @property
    def slots(self) -> frozenset[Slot]:
        """When it suits: as said about talking, else as said about helping, else always."""
        if self.times:
            return self.times
        return frozenset().union(*(_IN_GENERAL.get(word, frozenset()) for word in self.person.available)) or ANY_TIME

    @property
    def languages(self) -> frozenset[str]:
        """What can be talked in."""
        return frozenset(self.person.languages) or frozenset({self.person.language})


@dataclass(frozen=True, slots=True)
class Match:
    """A volunteer for a resident, with what speaks for it. slots: when it suits both, never empty; languages: never empty."""

    resident: Wisher
    volunteer: Wisher
    languages: tuple[str, ...]
    slots: tuple[Slot, ...]
    interests: tuple[str, ...]
    same_area: bool

    @property
    def rank(self) -> tuple[int, bool, int, int]:
        """Smaller comes first: shared interests, the same area, few pairs, and whoever waits longest (by id at last)."""
        return -len(self.interests), not self.same_area, self.volunteer.pairs, self.volunteer.person.id


@dataclass(frozen=True, slots=True)
class Waiting:
    """A resident who waits, and who fits, best first. alone: nobody fits, and why in a word: language, time, nobody."""

    resident: Wisher
    matches: tuple[Match, ...] = field(default=())
    alone: str = ""


def may_talk(person: Person, now: datetime) -> bool:
    """Can this person be phoned and asked at all? Whoever has said STOPP, is paused, or has no number that we can ring, cannot;
    nobody with a protected identity is brought together with a volunteer (domain.md, Privacy)."""
    away = person.paused_until is not None and person.paused_until > now
    return person.phone is not None and person.stopped_at is None and not person.protected and not away


def match(resident: Wisher, volunteer: Wisher, network: Network, ended: Collection[tuple[int, int]]) -> Match | None:
    """The two as a pair, None when they cannot be one. ended: pairs (resident, volunteer) that there have been."""
    if resident.person.id == volunteer.person.id or (resident.person.id, volunteer.person.id) in ended:
        return None
    if (
        avoids(resident.person, volunteer.person)
        or avoids(volunteer.person, resident.person)
        or volunteer.pairs >= volunteer.most
    ):
        return None
    category = network.category(COMPANY)
    skilled = category is None or set(category.requires) <= set(volunteer.person.skills)
    slots = resident.slots & volunteer.slots
    languages = resident.languages & volunteer.languages if slots else frozenset()
    if not languages or not slots or not skilled or f"category:{COMPANY}" in volunteer.person.avoids:
        return None
    return Match(
        resident, volunteer, tuple(sorted(languages)), tuple(s for s in SLOTS if s in slots),
        tuple(sorted(resident.interests & volunteer.interests)),
        resident.person.area is not None and resident.person.area == volunteer.person.area,
    )  # fmt: skip


def avoids(person: Person, other: Person) -> bool:
    """Does the person not want to have to do with the other ("person:ID" among what is avoided)?"""
    return f"person:{other.id}" in person.avoids


def propose(
    residents: Sequence[Wisher], volunteers: Sequence[Wisher], network: Network, ended: Collection[tuple[int, int]], now: datetime
) -> list[Waiting]:
    """For each resident who waits, longest first, the volunteers who fit best."""
    # When each can is worked out once: everybody is held against everybody.
    able = [replace(v, times=v.slots) for v in volunteers if may_talk(v.person, now)]
    found = []
    for resident in sorted((r for r in residents if may_talk(r.person, now)), key=lambda r: (r.since, r.person.id)):
        resident = replace(resident, times=resident.slots)
        matches = [m for v in able if (m := match(resident, v, network, ended)) is not None]
        matches.sort(key=lambda m: m.rank)
        found.append(Waiting(resident, tuple(matches[:SHOWN]), "" if matches else _why_alone(resident, able)))
    return found


def _why_alone(resident: Wisher, able: Sequence[Wisher]) -> str:
    free = [v for v in able if v.pairs < v.most]
    speak = [v for v in free if v.languages & resident.languages]
    if not free:
        return "nobody"
    if not speak:
        return "language"
    return "nobody" if any(v.slots & resident.slots for v in speak) else "time"
