"""Reads a network file (TOML, contracts.md) into a Network, and says in plain words what is wrong with it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from phonenumbers import SUPPORTED_REGIONS
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from bots.dialogue.lexicon.extra import mistakes
from dispatch.email_addresses import read_email
from dispatch.hours import Hours
from dispatch.model import Ask, Step
from dispatch.network import (
    COORDINATORS,
    OPERATORS,
    PHONES,
    Category,
    Group,
    LadderRule,
    Network,
    Patience,
    ShiftRule,
    Voice,
)
from dispatch.phones import Numbers, read_phone, region_of
from geo.atlas import Atlas
from geo.model import Area, Geography, Place

BUILT_IN = Path(__file__).parent / "networks"
_CARRIER_NAMES = {"android": "android-sms", "android_sms": "android-sms", "elks": "46elks"}  # as people write them too
CarrierName = Annotated[
    Literal["46elks", "twilio", "android-sms", "gammu"], BeforeValidator(lambda name: _CARRIER_NAMES.get(name, name))
]
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_QUIET = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_KEY = r"^[a-z][a-z0-9_-]*$"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


class NetworkFileError(Exception):
    """The network file cannot be used; str() has one line for each thing that is wrong."""


def read_duration(value: object) -> float:
    """Seconds of "2s", "15m", "1h", "1d". Raises ValueError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value) if isinstance(value, str) else None
    if not match or float(match[1]) <= 0:
        raise ValueError(f'"{value}" is no duration; write "30s", "15m" or "2h"')
    return float(match[1]) * _UNITS[match[2]]


def read_days(value: object) -> frozenset[int]:
    """ISO weekdays of "daily", "mon-fri", "sat,sun", "fri-mon"; Monday is 1. Raises ValueError."""
    mistake = ValueError(f'"{value}" is no days; write "daily", "mon-fri" or "sat,sun"')
    if not isinstance(value, str):
        raise mistake
    if value.strip().casefold() == "daily":
        return frozenset(range(1, 8))
    found: set[int] = set()
    for part in value.casefold().split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if first not in _DAYS or (dash and last not in _DAYS):
            raise mistake
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= {(begin + n) % 7 + 1 for n in range((end - begin) % 7 + 1)}
    return frozenset(found)


def read_clock(value: object) -> time:
    """A local time of "17:00". Raises ValueError."""
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f'"{value}" is no time; write "17:00"')
    return time(int(match[1]), int(match[2]))


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


class _Part(BaseModel):
    # Unknown keys are kept apart and told about (`unknown_keys`): a file for a newer release still starts.
    model_config = ConfigDict(extra="allow")


class _NetworkPart(_Part):
    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    timezone: ZoneInfo = ZoneInfo("Europe/Stockholm")
    languages: list[str] = ["sv", "en"]
    phone: Phone
    sms_number: str
    quiet_hours: str = ""
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

    @field_validator("carriers")
    @classmethod
    def _each_once(cls, value: list[CarrierName]) -> list[CarrierName]:
        if twice := {name for name in value if value.count(name) > 1}:
            raise ValueError(f'"{min(twice)}" stands twice')
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        match = _QUIET.fullmatch(value.strip())
        possible = match and all(int(h) < 24 for h in match.group(1, 3)) and all(int(m) < 60 for m in match.group(2, 4))
        if value.strip() and not possible:
            raise ValueError('write "21:00-07:00", or "" for none')
        return value.strip()


class _PlacePart(_Part):
    name: Annotated[str, Field(min_length=1)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class _AreaPart(_Part):
    key: Annotated[str, Field(pattern=_KEY)]
    name: Annotated[str, Field(min_length=1)]
    places: list[_PlacePart] = []
    postcodes: list[str] = []
    neighbours: list[str] = []
    duty: Literal["everyone", "signed-up"] | None = None
    lead: str | None = None
    volunteers: Annotated[int, Field(ge=0)] | None = None


class _GroupPart(_Part):
    key: Annotated[str, Field(pattern=_KEY)]
    kind: Literal["regulars", "emergency", "weekend", "service", "coordination"]
    name: Annotated[str, Field(min_length=1)]
    contacts: list[Contact] = []
    duty: Literal["everyone", "signed-up"] | None = None


class _CategoryPart(_Part):
    key: Annotated[str, Field(pattern=_KEY)]
    names: dict[str, str]
    volunteers: bool = True
    requires: list[str] = []
    takes: Seconds | None = None

    def category(self) -> Category:
        """The category as the domain knows it."""
        takes = timedelta(seconds=self.takes) if self.takes is not None else None
        return Category(self.key, self.names, self.volunteers, tuple(s.casefold() for s in self.requires), takes)


class _StepPart(_Part):
    ask: Ask
    wait: Seconds | None = None
    every: Seconds | None = None
    wave: Annotated[int, Field(ge=1, le=100)] = 3
    acknowledge: Seconds | None = None

    @model_validator(mode="after")
    def _complete(self) -> "_StepPart":
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


class _LadderPart(_Part):
    category: str = "*"
    urgency: Literal["*", "normal", "high", "emergency"] = "*"
    step: Annotated[list[_StepPart], Field(min_length=1)]


class _ShiftPart(_Part):
    area: str | None = None
    group: str | None = None
    days: Annotated[frozenset[int], BeforeValidator(read_days)]
    begins: Annotated[Clock, Field(alias="from")]
    ends: Annotated[Clock, Field(alias="to")]
    needed: Annotated[int, Field(ge=1, le=100)]

    @model_validator(mode="after")
    def _of_one(self) -> "_ShiftPart":
        if (self.area is None) == (self.group is None):
            raise ValueError("write area or group, one of them")
        return self

    def rule(self) -> ShiftRule:
        """The shift as the domain knows it."""
        group = f"area:{self.area}" if self.area is not None else self.group or ""
        return ShiftRule(group, self.days, self.begins, self.ends, self.needed)


class _VoicePart(_Part):
    ring: list[str] | None = None
    recordings: str | None = None
    mask: bool = False
    read_aloud: bool = False


class _File(_Part):
    network: _NetworkPart
    voice: _VoicePart = _VoicePart()
    area: Annotated[list[_AreaPart], Field(min_length=1)]
    group: list[_GroupPart] = []
    category: Annotated[list[_CategoryPart], Field(min_length=1)]
    ladder: list[_LadderPart] = []
    shift: list[_ShiftPart] = []

    @model_validator(mode="after")
    def _consistent(self) -> "_File":
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
        wrong += _wrong_shifts(self.shift, areas, {g.key for g in self.group})
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


def _wrong_shifts(shifts: list[_ShiftPart], areas: set[str], groups: set[str]) -> Iterator[str]:
    """Shifts for nobody, and two that begin together: a shift is named by its group and when it begins."""
    for n, part in enumerate(shifts, 1):
        if part.area is not None and part.area not in areas:
            yield f'shift {n} is for the unknown area "{part.area}"'
        if part.group is not None and part.group not in groups:
            yield f'shift {n} is for the unknown group "{part.group}"'
        for m, other in enumerate(shifts[: n - 1], 1):
            if (other.area, other.group, other.begins) == (part.area, part.group, part.begins) and other.days & part.days:
                yield f"shift {n} begins on the same day and at the same time as shift {m}"


def find_network_file(name_or_path: str | Path) -> Path:
    """A path as it is, or the file of a network that comes with the program ("jonkoping"). Raises NetworkFileError."""
    path = Path(name_or_path)
    if path.suffix == ".toml" or path.exists():
        return path
    built_in = BUILT_IN / f"{name_or_path}.toml"
    if built_in.is_file():
        return built_in
    raise NetworkFileError(f"there is no network file {name_or_path}")


def read_network(path: Path) -> Network:
    """The network of a file. Raises NetworkFileError."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NetworkFileError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NetworkFileError(f"{path}: {error}") from error
    network = build_network(raw, str(path))
    words = raw["network"].get("words")
    return replace(network, words=read_words(path.parent / words)) if words else network


def read_words(path: Path) -> dict[str, Any]:
    """The words by which a network understands more than the program does. Raises NetworkFileError with file and phrase."""
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NetworkFileError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NetworkFileError(f"{path}: {error}") from error
    if wrong := mistakes(words):
        raise NetworkFileError("\n".join(f"{path}: {line}" for line in wrong))
    return words


def unknown_keys(path: Path) -> list[str]:
    """Keys of a network file that nothing reads, such as "group 2: dutty". Raises NetworkFileError."""
    file = _validated(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
    return sorted(_extras(file, ()))


def _extras(part: BaseModel, loc: tuple[int | str, ...]) -> Iterator[str]:
    for name in part.model_extra or {}:
        yield f"{_place(loc)}{name}"
    for name in type(part).model_fields:
        value = getattr(part, name)
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(item, BaseModel):
                yield from _extras(item, (*loc, name, index) if isinstance(value, list) else (*loc, name))


def _validated(raw: dict[str, Any], where: str) -> "_File":
    try:
        return _File.model_validate(raw)
    except ValidationError as error:
        lines = [f"{where}: {_place(e['loc'])}{e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
        raise NetworkFileError("\n".join(lines)) from None


def build_network(raw: dict[str, Any], where: str) -> Network:
    """The network of a parsed file; `where` is said in front of what is wrong. Raises NetworkFileError."""
    file = _validated(raw, where)
    n = file.network
    areas = [_area(a) for a in file.area]
    return Network(
        key=n.key,
        name=n.name,
        zone=n.timezone,
        languages=tuple(n.languages),
        phone=n.phone,
        sms_number=n.sms_number,
        hours=_hours(n.quiet_hours, n.timezone),
        coordinators=tuple(n.coordinators),
        carriers=tuple(n.carriers),
        sms_numbers={str(name): number for name, number in n.sms_numbers.items()},
        numbers=_numbers(n),
        areas={a.key: a for a in areas},
        atlas=Atlas(Geography(tuple(areas))),
        groups=_groups(file, areas),
        categories={c.key: c.category() for c in file.category},
        ladders=tuple(LadderRule(r.category, r.urgency, tuple(s.step() for s in r.step)) for r in file.ladder),
        patience=_patience(n),
        purchase_limit_ore=n.purchase_limit * 100,
        volunteers_wanted={a.key: a.volunteers for a in file.area if a.volunteers is not None},
        shifts=tuple(s.rule() for s in file.shift),
        voice=_voice(file, where),
    )


def _groups(file: _File, areas: list[Area]) -> tuple[Group, ...]:
    own = [Group(g.key, g.kind, g.name, duty=g.duty, contacts=tuple(g.contacts)) for g in file.group]
    of_areas = [Group(f"area:{a.key}", "area", a.name, area=a.key, duty=a.duty) for a in areas]
    told = Group(COORDINATORS, "coordination", "Samordnare", duty="everyone", contacts=tuple(file.network.coordinators))
    return (*of_areas, *own, told)


def _voice(file: _File, where: str) -> Voice:
    """Without `ring`: the operators, then those who coordinate. recordings: beside the file, when it is no whole path."""
    coordination = [g.key for g in file.group if g.kind == "coordination"]
    ring = file.voice.ring if file.voice.ring is not None else [OPERATORS, *coordination]
    recordings = Path(where).parent / file.voice.recordings if file.voice.recordings else None
    return Voice(tuple(dict.fromkeys(ring)), recordings, file.voice.mask, file.voice.read_aloud)


def _area(part: _AreaPart) -> Area:
    places = tuple(Place(p.name, p.lat, p.lon, part.key) for p in part.places)
    return Area(part.key, part.name, places, tuple(part.postcodes), tuple(part.neighbours), part.duty, part.lead)


def _hours(text: str, zone: ZoneInfo) -> Hours:
    match = _QUIET.fullmatch(text)
    if not match:
        return Hours(zone)
    begin_h, begin_m, end_h, end_m = map(int, match.groups())
    return Hours(zone, time(begin_h, begin_m), time(end_h, end_m))


def _numbers(n: _NetworkPart) -> Numbers:
    """Where the network calls and texts: in its own country, unless the file says otherwise."""
    own = region_of(n.phone)
    return Numbers(frozenset(n.countries if n.countries is not None else [own] if own else []))


def _patience(n: _NetworkPart) -> Patience:
    given = {
        "answer": n.answer_within,
        "check_in": n.check_in,
        "follow_up": n.follow_up,
        "confirm": n.confirm,
        "offer": n.offer_valid,
    }
    return Patience(**{name: timedelta(seconds=seconds) for name, seconds in given.items() if seconds is not None})


def _place(loc: tuple[int | str, ...]) -> str:
    """("area", 2, "places") → "area 3, places: "."""
    words = [str(part + 1) if isinstance(part, int) else part for part in loc]
    return f"{' '.join(words)}: " if words else ""
