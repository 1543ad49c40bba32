"""What a network file holds (TOML, contracts.md), part by part, and what each value may be. Read by service/network_file.py."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from phonenumbers import SUPPORTED_REGIONS
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from dispatch.days import OfficeHours, is_country
from dispatch.email_addresses import read_email
from dispatch.model import Ask, Step
from dispatch.network import COORDINATORS, OPERATORS, PHONES, Category, Geocoder, ShiftRule
from dispatch.phones import read_phone
from service.network_shifts import ShiftDays, contradictions, read_days, read_shift_days

_CARRIER_NAMES = {"android": "android-sms", "android_sms": "android-sms", "elks": "46elks"}  # as people write them too
CarrierName = Annotated[
    Literal["46elks", "twilio", "android-sms", "gammu"], BeforeValidator(lambda name: _CARRIER_NAMES.get(name, name))
]
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
QUIET = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_KEY = r"^[a-z][a-z0-9_-]*$"
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_OFFICE = re.compile(r"(\S.*?)\s+(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})")


def read_duration(value: object) -> float:
    """Seconds of "2s", "15m", "1h", "1d". Raises ValueError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value) if isinstance(value, str) else None
    if not match or float(match[1]) <= 0:
        raise ValueError(f'"{value}" is no duration; write "30s", "15m" or "2h"')
    return float(match[1]) * _UNITS[match[2]]


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


Seconds = Annotated[float, BeforeValidator(read_duration)]
Phone = Annotated[str, BeforeValidator(_phone)]
Contact = Annotated[str, BeforeValidator(_contact)]
Clock = Annotated[time, BeforeValidator(read_clock)]


class Part(BaseModel):
    """A table of the file."""

    # Unknown keys are kept apart and told about (`unknown_keys`): a file for a newer release still starts.
    model_config = ConfigDict(extra="allow")


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
    coordinators: list[Contact]
    carriers: Annotated[list[CarrierName], Field(min_length=1)] = ["46elks"]
    sms_numbers: dict[CarrierName, Phone] = {}
    countries: list[str] | None = None
    answer_within: Seconds | None = None
    check_in: Seconds | None = None
    follow_up: Seconds | None = None
    confirm: Seconds | None = None
    offer_valid: Seconds | None = None
    purchase_limit: Annotated[int, Field(ge=0, le=20_000)] = 500
    words: Annotated[str, Field(min_length=1)] | None = None
    outline: Annotated[str, Field(min_length=1)] | None = None

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

    @model_validator(mode="after")
    def _offices(self) -> "GroupPart":
        if self.office_hours is not None and self.kind != "service":
            raise ValueError("office_hours: only a service group has them; the others have shifts")
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

    def category(self) -> Category:
        """The category as the domain knows it."""
        takes = timedelta(seconds=self.takes) if self.takes is not None else None
        return Category(self.key, self.names, self.volunteers, tuple(s.casefold() for s in self.requires), takes)


class StepPart(Part):
    """[[ladder.step]]"""

    ask: Ask
    wait: Seconds | None = None
    every: Seconds | None = None
    wave: Annotated[int, Field(ge=1, le=100)] = 3
    acknowledge: Seconds | None = None

    @model_validator(mode="after")
    def _complete(self) -> "StepPart":
        if self.ask.acknowledges:
            if self.acknowledge is None and self.wait is None:
                raise ValueError(f'a step that asks "{self.ask}" needs acknowledge = "30m"')
        elif self.wait is None:
            raise ValueError(f'a step that asks "{self.ask}" needs wait = "30m"')
        elif self.acknowledge is not None:
            raise ValueError(f'only "service" and "coordinator" acknowledge, not "{self.ask}"')
        return self

    def step(self) -> Step:
        """The step as the domain knows it. A step that acknowledges is left after one round unless it says how long."""
        if self.ask.acknowledges:
            every = self.acknowledge or self.wait or 0.0
            return Step(self.ask, self.wait or every, every, self.wave)
        wait = self.wait or 0.0
        return Step(self.ask, wait, self.every or wait, self.wave)


class LadderPart(Part):
    """[[ladder]]"""

    category: str = "*"
    urgency: Literal["*", "normal", "high", "emergency"] = "*"
    step: Annotated[list[StepPart], Field(min_length=1)]


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
    shift: list[ShiftPart] = []
    holiday: list[HolidayPart] = []
    barrier: list[BarrierPart] = []
    nearby: list[NearbyPart] = []
    geocoder: GeocoderPart | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "NetworkFile":
        wrong: list[str] = []
        for what, keys in (("area", [a.key for a in self.area]), ("group", [g.key for g in self.group]),
                           ("category", [c.key for c in self.category])):  # fmt: skip
            wrong += [f'{what} "{k}" stands twice' for k in sorted({k for k in keys if keys.count(k) > 1})]
        areas, categories = {a.key for a in self.area}, {c.key for c in self.category} | {"*"}
        wrong += [f'area "{a.key}" has an unknown neighbour "{n}"' for a in self.area for n in a.neighbours if n not in areas]
        wrong += [f'a ladder is for the unknown category "{r.category}"' for r in self.ladder if r.category not in categories]
        taken = [g.key for g in self.group if g.key in (COORDINATORS, OPERATORS)]
        wrong += [f'the group key "{key}" is taken by the program' for key in taken]
        ringable = {*(g.key for g in self.group), *(f"area:{key}" for key in areas), COORDINATORS, OPERATORS}
        wrong += [f'voice: ring names the unknown group "{key}"' for key in self.voice.ring or () if key not in ringable]
        if (self.voice.mask or self.voice.read_aloud) and PHONES.isdisjoint(self.network.carriers):
            wrong.append("[voice] needs a carrier that can phone: 46elks or twilio")
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
