"""One network: its areas, groups, categories, ladders and hours, as plain values.

The network file is read and checked in service/network_file.py; nothing below the process knows that there is a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.days import Days, OfficeHours
from dispatch.hours import Hours
from dispatch.ladder_rules import Ladders
from dispatch.model import Ask, Need, Urgency
from dispatch.phones import ANY_NUMBER, Numbers
from geo.atlas import Atlas
from geo.model import Area

OFFICE = OfficeHours(frozenset(range(1, 6)), time(8), time(17))
COORDINATORS = "coordinators"  # the built-in group of those who are told when a human is needed
OPERATORS = "operators"  # in what the telephone rings: everybody who has an operator's account and a telephone


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of help. `volunteers`: may volunteers do it? `requires`: skills that whoever does it must have. `takes`: how long
    such a task usually takes, which volunteers are told before they accept. `service`: the service group that is asked first.
    `languages`: whoever does it must speak the resident's. `enters`: does whoever helps go in?
    `people`: how many it needs; 2 is what works in pairs.
    """

    key: str
    names: Mapping[str, str]
    volunteers: bool = True
    requires: tuple[str, ...] = ()
    takes: timedelta | None = None
    service: str | None = None
    languages: bool = False
    enters: bool = False
    people: int = 1

    def name(self, language: str) -> str:
        """The name in `language`, else in English, else in Swedish, else the key."""
        return self.names.get(language) or self.names.get("en") or self.names.get("sv") or self.key


INFECTION = "infection"  # when a checklist is for households where somebody is infected


@dataclass(frozen=True, slots=True)
class Checklist:
    """What whoever helps should have done: in an infected household (`when`: INFECTION), or for one category. items: each in
    several languages."""

    when: str | None
    category: str | None
    items: tuple[Mapping[str, str], ...]

    def keys(self) -> tuple[str, ...]:
        """What each item is known by when it has been ticked."""
        return tuple(f"{self.when or self.category}-{n}" for n in range(1, len(self.items) + 1))


@dataclass(frozen=True, slots=True)
class CaseSystem:
    """The case system of a service group, spoken to by Open311 GeoReport v2.

    url: its endpoint. services: its service codes by category; "*" is for all others. key_name: of the environment variable
    that holds the key. format: "json" or "xml". send_address: it gets the resident's address, else an area and a rounded
    position. on_receipt: that it has filed a task counts as answering for it. caller: SHA-256, in hex, of the key by which it
    acts on its tasks through our API.
    """

    url: str
    services: Mapping[str, str]
    key_name: str
    jurisdiction: str | None = None
    format: str = "json"
    send_address: bool = False
    on_receipt: bool = False
    caller: str | None = None

    def service_code(self, category: str | None) -> str:
        """The system's code for a kind of help."""
        return self.services.get(category or "*", self.services["*"])


@dataclass(frozen=True, slots=True)
class Group:
    """People who are on duty together. `contacts`: who belongs without an import, E.164 numbers or e-mail addresses.
    office_hours: when a service group works; None: at any time. system: its own case system, which is asked too."""

    key: str
    kind: str
    name: str
    area: str | None = None
    duty: str | None = None
    contacts: tuple[str, ...] = ()
    office_hours: OfficeHours | None = None
    system: CaseSystem | None = None


@dataclass(frozen=True, slots=True)
class ShiftRule:
    """When a group needs how many people on duty. group: its key. days: ISO weekdays, Monday is 1, on which the shift begins.
    begins, ends: local times; one that ends no later than it begins, ends on the next day. holidays: True: on every holiday too;
    False: on none; None: as on any other such weekday, unless the group has rules for holidays."""

    group: str
    days: frozenset[int]
    begins: time
    ends: time
    needed: int
    holidays: bool | None = None

    @property
    def nights(self) -> int:
        """How many days after its beginning it ends."""
        return 0 if self.begins < self.ends else 1

    def begins_on(self, weekday: int, is_holiday: bool, has_holiday_rules: bool) -> bool:
        """Does the shift begin on such a day? has_holiday_rules: the group has rules for holidays, which then count alone."""
        if not is_holiday:
            return weekday in self.days
        if has_holiday_rules:
            return self.holidays is True
        return self.holidays is None and weekday in self.days


@dataclass(frozen=True, slots=True)
class Voice:
    """Who answers the telephone. ring: keys of groups, or OPERATORS, one after the other; the coordinators come last of all.
    recordings: where the network's own prompts are, or None.

    And what the network does by telephone itself. mask: helpers phone residents through the network, and see no number.
    read_aloud: news for people at landlines is read by a call, and an operator phones only when that did not reach them.
    """

    ring: tuple[str, ...] = (OPERATORS,)
    recordings: Path | None = None
    mask: bool = False
    read_aloud: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the program waits for people before it acts. Each may be set in the network file."""

    answer: timedelta = timedelta(minutes=30)  # a resident's answer to a question
    check_in: timedelta = timedelta(hours=4)  # a sign of life from the one who took a task
    follow_up: timedelta = timedelta(hours=24)  # news of an acknowledged task
    confirm: timedelta = timedelta(hours=24)  # the resident's "no, nobody came"
    offer: timedelta = timedelta(hours=12)  # how long an offer may be answered
    closed: timedelta = timedelta(hours=18)  # longer without an open service group: a coordinator hears of what waits


@dataclass(frozen=True, slots=True)
class Geocoder:
    """An online service that finds addresses. kind: "nominatim" or "photon". url: where it is. timeout_seconds: how long it is
    waited for. every_seconds: at most one question in this time."""

    kind: str
    url: str
    timeout_seconds: float = 3.0
    every_seconds: float = 1.0


PHONES = frozenset({"46elks", "twilio"})  # carriers that can ring somebody


@dataclass(frozen=True, slots=True)
class Network:
    """A municipality's network, complete."""

    key: str
    name: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    phone: str
    sms_number: str
    hours: Hours
    days: Days  # its calendar: which are holidays
    coordinators: tuple[str, ...]
    carriers: tuple[str, ...]
    atlas: Atlas  # the map, which changes when somebody moves a boundary
    groups: tuple[Group, ...]
    categories: Mapping[str, Category]
    ladders: Ladders  # the rules for ladders, which change when somebody edits one
    patience: Patience = field(default_factory=Patience)
    purchase_limit_ore: int = 50_000  # what a volunteer may lay out for one purchase
    checklists: tuple[Checklist, ...] = ()
    never_bought: frozenset[str] = frozenset()  # words, folded, of what volunteers do not buy
    volunteers_wanted: Mapping[str, int] = field(default_factory=dict)  # how many an area needs; not in it: always more
    shifts: tuple[ShiftRule, ...] = ()
    sms_numbers: Mapping[str, str] = field(default_factory=dict)  # of carriers that have one of their own
    numbers: Numbers = ANY_NUMBER  # which numbers are called and texted
    words: Mapping[str, Any] = field(default_factory=dict)  # by which messages are understood, beside those of the program
    voice: Voice = field(default_factory=Voice)
    widen_waves: bool = True  # more people are asked at a time where few say yes
    geocoder: Geocoder | None = None  # None: no address ever leaves the house
    office: OfficeHours = OFFICE  # what ladders call office hours
    holidays_are_weekends: bool = True  # for ladders
    jurisdiction: str | None = None  # what other programs call the network (Open311); None: its key
    reporters: frozenset[str] = frozenset()  # SHA-256, in hex, of the keys by which other programs may open requests

    @property
    def areas(self) -> Mapping[str, Area]:
        """The areas by key, each with the places that lie in it as the map is now."""
        return self.atlas.areas

    @property
    def neighbours(self) -> Mapping[str, tuple[str, ...]]:
        """Which areas lie beside each, nearest first."""
        return self.atlas.map.neighbours

    @property
    def can_phone(self) -> bool:
        """Has the network a carrier that can ring somebody?"""
        return not PHONES.isdisjoint(self.carriers)

    @property
    def masks(self) -> bool:
        """Are helpers and residents connected without seeing each other's number?"""
        return self.voice.mask and self.can_phone

    def sms_number_of(self, carrier: str) -> str:
        """The number that texts by this carrier come from."""
        return self.sms_numbers.get(carrier, self.sms_number)

    @property
    def own_numbers(self) -> frozenset[str]:
        """The numbers that the network texts from: what comes from them is ours."""
        return frozenset({self.sms_number, *self.sms_numbers.values()})

    @property
    def systems(self) -> Mapping[str, CaseSystem]:
        """The case systems, by their groups' keys."""
        return {g.key: g.system for g in self.groups if g.system is not None}

    @property
    def writes_mail(self) -> bool:
        """Does the network file name anybody by an e-mail address?"""
        return any("@" in contact for group in self.groups for contact in group.contacts)

    def local_date(self, now: datetime) -> date:
        """The day that it is in the network when it is `now`."""
        return now.astimezone(self.zone).date()

    def category(self, key: str | None) -> Category | None:
        """The category, None when the key is None or no longer in the network file."""
        return self.categories.get(key) if key else None

    def people_for(self, category: str | None, urgency: Urgency) -> int:
        """How many people such a task needs when nobody says otherwise. Danger waits for nobody."""
        known = self.category(category)
        return known.people if known is not None and urgency is not Urgency.EMERGENCY else 1

    def area_name(self, key: str | None) -> str:
        """The area's name, empty when unknown."""
        area = self.areas.get(key) if key else None
        return area.name if area else ""

    def group(self, key: str) -> Group | None:
        """The group with this key, None when the network file has it no longer."""
        return next((g for g in self.groups if g.key == key), None)

    def group_name(self, key: str) -> str:
        """The group's name, or its key when the network file has it no longer."""
        group = self.group(key)
        return group.name if group else key

    def place_name(self, area: str | None, place: str | None) -> str:
        """The place if the network knows it by this name, else the area's name: never what somebody typed, which may be
        an address, and is shown before anybody has accepted."""
        known = self.areas.get(area) if area else None
        return place if place and known and any(p.name == place for p in known.places) else self.area_name(area)

    def told_places(self, need: Need) -> dict[str, Any]:
        """Where a need is, in words that may be told before anybody has accepted: "place", and, of what is fetched elsewhere,
        "from_place"; each empty when the network does not know where that is."""
        told = {"place": self.place_name(need.area, need.place)}
        return told | {"from_place": self.place_name(need.from_area, need.from_place)} if need.is_fetched else told

    def position(self, area: str | None, place: str | None) -> tuple[float, float] | None:
        """Latitude and longitude of the place, or of the middle of the area's places when it has none of this name. None when
        the network does not know where that is."""
        known = self.areas.get(area) if area else None
        places = known.places if known else ()
        named = [p for p in places if p.name == place] or places
        return (sum(p.lat for p in named) / len(named), sum(p.lon for p in named) / len(named)) if named else None

    def groups_for(self, ask: Ask, area: str | None) -> tuple[str, ...]:
        """The keys of the groups that a step turns to, for a task in `area`. A fixed contact is a person, not a group."""
        match ask:
            case Ask.AREA:
                return (f"area:{area}",) if area else ()
            case Ask.NEIGHBOURS:
                return tuple(f"area:{key}" for key in self.neighbours.get(area or "", ()))
            case Ask.FIXED_CONTACT:
                return ()
            case Ask.COORDINATOR:
                return (COORDINATORS,)
            case _:
                return tuple(g.key for g in self.groups if g.kind == ask.value)

    def waits_for_morning(self, urgency: Urgency) -> bool:
        """Quiet hours hold back ordinary tasks only: somebody's heart medicine does not wait."""
        return urgency is Urgency.NORMAL

    def after(self, now: datetime, span: timedelta, urgency: Urgency) -> datetime:
        """When `span` has passed on the ladder's clock, which stands still in quiet hours for ordinary tasks."""
        return self.hours.add(now, span) if self.waits_for_morning(urgency) else now + span
