"""What a network file holds (TOML, contracts.md), part by part, and what each value may be. Read by service/network_file.py."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from phonenumbers import SUPPORTED_REGIONS
from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from dispatch.days import OfficeHours, is_country
from dispatch.email_addresses import read_email
from dispatch.network import COORDINATORS, OPERATORS, PHONES, Category, Geocoder, ShiftRule
from dispatch.phones import read_phone
from service.ladder_schema import LadderPart, wrong_ladders
from service.network_routines import ChecklistPart
from service.network_shifts import ShiftDays, contradictions, read_days, read_shift_days
from service.network_values import UNKNOWN_KEPT, Seconds
from service.open311.network_part import GroupSystemPart, Open311Part

_CARRIER_NAMES = {"android": "android-sms", "android_sms": "android-sms", "elks": "46elks"}  # as people write them too
CarrierName = Annotated[
    Literal["46elks", "twilio", "android-sms", "gammu"], BeforeValidator(lambda name: _CARRIER_NAMES.get(name, name))
]
QUIET = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_KEY = r"^[a-z][a-z0-9_-]*$"
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_OFFICE = re.compile(r"(\S.*?)\s+(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})")


def read_clock(value: object) -> time:
    """A local time of "17:00". Raises ValueError."""
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f'"{value}" is no time; write "17:00"')
    return time(int(match[1]), int(match[2]))


def read_office_hours(value: object) -> OfficeHours | None:
    """The hours of "mon-fri 08:00-16:30"; None of "", which is at any time. Raises ValueError."""
    if value == "":
        return None
    match = _OFFICE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError(f'"{value}" is no office hours; write "mon-fri 08:00-16:30", or "" for any time')
    begins, ends = read_clock(match[2]), read_clock(match[3])
    if begins >= ends:
        raise ValueError(f'"{value}": an office closes on the day on which it opens')
    return OfficeHours(read_days(match[1]), begins, ends)


def _phone(value: object) -> str:
    phone = read_phone(value) if isinstance(value, str) else None
    if phone is None:
        raise ValueError(f'"{value}" is no phone number; write it as +46…')
    return phone


def _contact(value: object) -> str:
    contact = (read_phone(value) or read_email(value)) if isinstance(value, str) else None
    if contact is None:
        raise ValueError(f'"{value}" is no phone number and no e-mail address; write it as +46… or name@kommun.se')
    return contact


Phone = Annotated[str, BeforeValidator(_phone)]
Contact = Annotated[str, BeforeValidator(_contact)]
Clock = Annotated[time, BeforeValidator(read_clock)]


class Part(BaseModel):
    """A table of the file."""

    model_config = UNKNOWN_KEPT


class NetworkPart(Part):
    """[network]"""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    timezone: ZoneInfo = ZoneInfo("Europe/Stockholm")
    languages: list[str] = ["sv", "en"]
    phone: Phone
    sms_number: str
    quiet_hours: str = ""
    holidays: str = "SE"
    holidays_are_weekends: bool = True
    office_hours: Annotated[OfficeHours | None, BeforeValidator(read_office_hours)] = None
    coordinators: list[Contact]
    carriers: Annotated[list[CarrierName], Field(min_length=1)] = ["46elks"]
    sms_numbers: dict[CarrierName, Phone] = {}
    countries: list[str] | None = None
    answer_within: Seconds | None = None
    check_in: Seconds | None = None
    follow_up: Seconds | None = None
    confirm: Seconds | None = None
    offer_valid: Seconds | None = None
    service_closed: Seconds | None = None
    purchase_limit: Annotated[int, Field(ge=0, le=20_000)] = 500
    never_bought: list[str] = []
    words: Annotated[str, Field(min_length=1)] | None = None
    outline: Annotated[str, Field(min_length=1)] | None = None
    widen_waves: bool = True

    @field_validator("timezone", mode="before")
    @classmethod
    def _zone(cls, value: object) -> ZoneInfo:
        try:
            return ZoneInfo(str(value))
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f'"{value}" is no time zone; write "Europe/Stockholm"') from error

    @field_validator("countries")
    @classmethod
    def _countries(cls, value: list[str] | None) -> list[str] | None:
        codes = None if value is None else [code.strip().upper() for code in value]
        if wrong := [code for code in codes or () if code not in SUPPORTED_REGIONS]:
            raise ValueError(f'"{wrong[0]}" is no country; write two letters, such as ["SE", "NO"], or [] for all')
        return codes

    @field_validator("holidays")
    @classmethod
    def _holidays(cls, value: str) -> str:
        code = value.strip().upper()
        if code and not is_country(code):
            raise ValueError(f'"{value}" is no country whose holidays are known; write two letters, such as "SE", or "" for none')
        return code

    @field_validator("carriers")
    @classmethod
    def _each_once(cls, value: list[CarrierName]) -> list[CarrierName]:
        if twice := {name for name in value if value.count(name) > 1}:
            raise ValueError(f'"{min(twice)}" stands twice')
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        match = QUIET.fullmatch(value.strip())
        possible = match and all(int(h) < 24 for h in match.group(1, 3)) and all(int(m) < 60 for m in match.group(2, 4))
        if value.strip() and not possible:
            raise ValueError('write "21:00-07:00", or "" for none')
        return value.strip()


class PlacePart(Part):
    """One of `places`. lat, lon: degrees, WGS 84."""

    name: Annotated[str, Field(min_length=1)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class AreaPart(Part):
    """[[area]]"""

    key: Annotated[str, Field(pattern=_KEY)]
    name: Annotated[str, Field(min_length=1)]
    places: list[PlacePart] = []
    postcodes: list[str] = []
    neighbours: list[str] = []
    duty: Literal["everyone", "signed-up"] | None = None
    lead: str | None = None
    volunteers: Annotated[int, Field(ge=0)] | None = None


class GroupPart(Part):
    """[[group]]"""

    key: Annotated[str, Field(pattern=_KEY)]
    kind: Literal["regulars", "emergency", "weekend", "service", "coordination"]
    name: Annotated[str, Field(min_length=1)]
    contacts: list[Contact] = []
    duty: Literal["everyone", "signed-up"] | None = None
    office_hours: Annotated[OfficeHours | None, BeforeValidator(read_office_hours)] = None
    open311: GroupSystemPart | None = None

    @model_validator(mode="after")
    def _offices(self) -> "GroupPart":
        if self.office_hours is not None and self.kind != "service":
            raise ValueError("office_hours: only a service group has them; the others have shifts")
        if self.open311 is not None and self.kind != "service":
            raise ValueError("open311: only a service group has a case system")
        return self


class HolidayPart(Part):
    """[[holiday]]: one of the network's own, beside those of its country."""

    date: date
    name: Annotated[str, Field(min_length=1, max_length=60)]


class CategoryPart(Part):
    """[[category]]"""

    key: Annotated[str, Field(pattern=_KEY)]
    names: dict[str, str]
    volunteers: bool = True
    requires: list[str] = []
    takes: Seconds | None = None
    service: str | None = None
    languages: bool = False
    enters: bool = False
    people: Annotated[int, Field(ge=1, le=20)] = 1

    def category(self) -> Category:
        """The category as the domain knows it."""
        takes = timedelta(seconds=self.takes) if self.takes is not None else None
        requires = tuple(s.casefold() for s in self.requires)
        return Category(
            self.key, self.names, self.volunteers, requires, takes, self.service, self.languages, self.enters, self.people
        )  # fmt: skip


class ShiftPart(Part):
    """[[shift]]"""

    area: str | None = None
    group: str | None = None
    days: Annotated[ShiftDays, BeforeValidator(read_shift_days)]
    begins: Annotated[Clock, Field(alias="from")]
    ends: Annotated[Clock, Field(alias="to")]
    needed: Annotated[int, Field(ge=1, le=100)]

    @model_validator(mode="after")
    def _of_one(self) -> "ShiftPart":
        if (self.area is None) == (self.group is None):
            raise ValueError("write area or group, one of them")
        return self

    def rule(self) -> ShiftRule:
        """The shift as the domain knows it."""
        group = f"area:{self.area}" if self.area is not None else self.group or ""
        return ShiftRule(group, self.days.weekdays, self.begins, self.ends, self.needed, self.days.holidays)


class VoicePart(Part):
    """[voice]"""

    ring: list[str] | None = None
    recordings: str | None = None
    mask: bool = False
    read_aloud: bool = False


Spot = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]


class CrossingPart(Part):
    """One of a barrier's `crossings`: a ferry, a bridge."""

    name: Annotated[str, Field(min_length=1)]
    start: Annotated[Spot, Field(alias="from")]
    end: Annotated[Spot, Field(alias="to")]
    takes: Seconds | None = None


class BarrierPart(Part):
    """[[barrier]]: a lake, a motorway, a ridge."""

    name: Annotated[str, Field(min_length=1)]
    outline: str | None = None
    points: list[Spot] | None = None
    crossings: list[CrossingPart] = []

    @model_validator(mode="after")
    def _of_one(self) -> "BarrierPart":
        if (self.outline is None) == (self.points is None):
            raise ValueError('write outline = "FILE.geojson" or points = [[lat, lon], …], one of them')
        if self.points is not None and len(self.points) < 2:
            raise ValueError("points: at least two; three and more are the edge of a lake")
        return self


class NearbyPart(Part):
    """[[nearby]]: a network, or a municipality, beside this one."""

    name: Annotated[str, Field(min_length=1)]
    phone: Phone | None = None
    places: list[PlacePart] = []
    postcodes: list[str] = []


class GeocoderPart(Part):
    """[geocoder]: addresses are looked up outside the house, when an operator asks for it."""

    kind: Literal["nominatim", "photon"]
    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
    timeout: Seconds = 3.0
    every: Seconds = 1.0

    def geocoder(self) -> Geocoder:
        """The geocoder as the domain knows it."""
        return Geocoder(self.kind, self.url.rstrip("/"), self.timeout, self.every)


class NetworkFile(Part):
    """The whole file."""

    network: NetworkPart
    voice: VoicePart = VoicePart()
    area: Annotated[list[AreaPart], Field(min_length=1)]
    group: list[GroupPart] = []
    category: Annotated[list[CategoryPart], Field(min_length=1)]
    ladder: list[LadderPart] = []
    checklist: list[ChecklistPart] = []
    shift: list[ShiftPart] = []
    holiday: list[HolidayPart] = []
    barrier: list[BarrierPart] = []
    nearby: list[NearbyPart] = []
    geocoder: GeocoderPart | None = None
    open311: Open311Part = Open311Part()

    @model_validator(mode="after")
    def _consistent(self) -> "NetworkFile":
        wrong: list[str] = []
        for what, keys in (("area", [a.key for a in self.area]), ("group", [g.key for g in self.group]),
                           ("category", [c.key for c in self.category])):  # fmt: skip
            wrong += [f'{what} "{k}" stands twice' for k in sorted({k for k in keys if keys.count(k) > 1})]
        areas, categories = {a.key for a in self.area}, {c.key for c in self.category} | {"*"}
        lists = [c.category for c in self.checklist if c.category]
        wrong += [f'a checklist is for the unknown category "{c}"' for c in lists if c not in categories]
        wrong += [f'area "{a.key}" has an unknown neighbour "{n}"' for a in self.area for n in a.neighbours if n not in areas]
        wrong += [f'a ladder is for the unknown category "{r.category}"' for r in self.ladder if r.category not in categories]
        wrong += wrong_ladders(self.ladder, areas)
        offices = {g.key for g in self.group if g.kind == "service"}
        wrong += [
            f'category "{c.key}": there is no service group "{c.service}"'
            for c in self.category
            if c.service and c.service not in offices
        ]
        taken = [g.key for g in self.group if g.key in (COORDINATORS, OPERATORS)]
        wrong += [f'the group key "{key}" is taken by the program' for key in taken]
        ringable = {*(g.key for g in self.group), *(f"area:{key}" for key in areas), COORDINATORS, OPERATORS}
        wrong += [f'voice: ring names the unknown group "{key}"' for key in self.voice.ring or () if key not in ringable]
        if (self.voice.mask or self.voice.read_aloud) and PHONES.isdisjoint(self.network.carriers):
            wrong.append("[voice] needs a carrier that can phone: 46elks or twilio")
        for group in self.group:
            unknown = set(group.open311.services if group.open311 else ()) - categories
            wrong += [f'group "{group.key}": open311 names the unknown category "{key}"' for key in sorted(unknown)]
        has_holidays = bool(self.network.holidays or self.holiday)
        wrong += _wrong_shifts(self.shift, areas, {g.key for g in self.group}, has_holidays)
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


def _wrong_shifts(shifts: list[ShiftPart], areas: set[str], groups: set[str], has_holidays: bool) -> Iterator[str]:
    """Shifts for nobody, and those that contradict each other."""
    for n, part in enumerate(shifts, 1):
        if part.area is not None and part.area not in areas:
            yield f'shift {n} is for the unknown area "{part.area}"'
        if part.group is not None and part.group not in groups:
            yield f'shift {n} is for the unknown group "{part.group}"'
    yield from contradictions([part.rule() for part in shifts], has_holidays)
