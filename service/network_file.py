"""Reads a network file (TOML, contracts.md) into a Network, and says in plain words what is wrong with it."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from bots.dialogue.lexicon.extra import mistakes
from dispatch.days import Days
from dispatch.hours import Hours
from dispatch.ladder_rules import Ladders
from dispatch.network import COORDINATORS, OFFICE, OPERATORS, Group, Network, Patience, Voice
from dispatch.phones import Numbers, region_of
from geo.atlas import Atlas
from geo.fold import fold
from geo.model import Area, Place
from service.network_geography import ShapeFileError, read_geography
from service.network_schema import QUIET, AreaPart, NetworkFile, NetworkPart

BUILT_IN = Path(__file__).parent / "networks"


class NetworkFileError(Exception):
    """The network file cannot be used; str() has one line for each thing that is wrong."""


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


def _validated(raw: dict[str, Any], where: str) -> "NetworkFile":
    try:
        return NetworkFile.model_validate(raw)
    except ValidationError as error:
        lines = [f"{where}: {_place(e['loc'])}{e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
        raise NetworkFileError("\n".join(lines)) from None


def build_network(raw: dict[str, Any], where: str) -> Network:
    """The network of a parsed file; `where` is said in front of what is wrong. Raises NetworkFileError."""
    file = _validated(raw, where)
    n = file.network
    areas = [_area(a) for a in file.area]
    try:
        geography = read_geography(file, areas, (Path(where).parent, BUILT_IN))
    except ShapeFileError as error:
        raise NetworkFileError(str(error)) from error
    return Network(
        key=n.key,
        name=n.name,
        zone=n.timezone,
        languages=tuple(n.languages),
        phone=n.phone,
        sms_number=n.sms_number,
        hours=_hours(n.quiet_hours, n.timezone),
        days=Days(n.timezone, n.holidays or None, {h.date: h.name for h in file.holiday}),
        coordinators=tuple(n.coordinators),
        carriers=tuple(n.carriers),
        sms_numbers={str(name): number for name, number in n.sms_numbers.items()},
        numbers=_numbers(n),
        atlas=Atlas(geography),
        groups=_groups(file, areas),
        categories={c.key: c.category() for c in file.category},
        ladders=Ladders(r.rule() for r in file.ladder),
        office=n.office_hours or OFFICE,
        holidays_are_weekends=n.holidays_are_weekends,
        patience=_patience(n),
        purchase_limit_ore=n.purchase_limit * 100,
        checklists=tuple(c.checklist() for c in file.checklist),
        never_bought=frozenset(fold(word) for word in n.never_bought),
        volunteers_wanted={a.key: a.volunteers for a in file.area if a.volunteers is not None},
        shifts=tuple(s.rule() for s in file.shift),
        voice=_voice(file, where),
        widen_waves=n.widen_waves,
        geocoder=file.geocoder.geocoder() if file.geocoder else None,
        jurisdiction=file.open311.jurisdiction_id,
        reporters=frozenset(file.open311.keys),
    )


def _groups(file: NetworkFile, areas: list[Area]) -> tuple[Group, ...]:
    own = [
        Group(
            g.key, g.kind, g.name, duty=g.duty, contacts=tuple(g.contacts), office_hours=g.office_hours,
            system=g.open311.system(g.key) if g.open311 else None,
        )
        for g in file.group
    ]  # fmt: skip
    of_areas = [Group(f"area:{a.key}", "area", a.name, area=a.key, duty=a.duty) for a in areas]
    told = Group(COORDINATORS, "coordination", "Samordnare", duty="everyone", contacts=tuple(file.network.coordinators))
    return (*of_areas, *own, told)


def _voice(file: NetworkFile, where: str) -> Voice:
    """Without `ring`: the operators, then those who coordinate. recordings: beside the file, when it is no whole path."""
    coordination = [g.key for g in file.group if g.kind == "coordination"]
    ring = file.voice.ring if file.voice.ring is not None else [OPERATORS, *coordination]
    recordings = Path(where).parent / file.voice.recordings if file.voice.recordings else None
    return Voice(tuple(dict.fromkeys(ring)), recordings, file.voice.mask, file.voice.read_aloud)


def _area(part: AreaPart) -> Area:
    places = tuple(Place(p.name, p.lat, p.lon, part.key) for p in part.places)
    return Area(part.key, part.name, places, tuple(part.postcodes), tuple(part.neighbours), part.duty, part.lead)


def _hours(text: str, zone: ZoneInfo) -> Hours:
    match = QUIET.fullmatch(text)
    if not match:
        return Hours(zone)
    begin_h, begin_m, end_h, end_m = map(int, match.groups())
    return Hours(zone, time(begin_h, begin_m), time(end_h, end_m))


def _numbers(n: NetworkPart) -> Numbers:
    """Where the network calls and texts: in its own country, unless the file says otherwise."""
    own = region_of(n.phone)
    return Numbers(frozenset(n.countries if n.countries is not None else [own] if own else []))


def _patience(n: NetworkPart) -> Patience:
    given = {
        "answer": n.answer_within,
        "check_in": n.check_in,
        "follow_up": n.follow_up,
        "confirm": n.confirm,
        "offer": n.offer_valid,
        "closed": n.service_closed,
    }
    return Patience(**{name: timedelta(seconds=seconds) for name, seconds in given.items() if seconds is not None})


def _place(loc: tuple[int | str, ...]) -> str:
    """("area", 2, "places") → "area 3, places: "."""
    words = [str(part + 1) if isinstance(part, int) else part for part in loc]
    return f"{' '.join(words)}: " if words else ""
