"""A register of addresses, as Lantmäteriet and municipalities give it: one address a row, coordinates in SWEREF 99 TM.

Separated by semicolon, comma or tab; UTF-8 or Latin-1; the columns are called many things, see `_HEADERS`. Lantmäteriet's own
names ("Adressområde", "Adressplats", "Kommundel", "Postnummer", "Postort") are those of its product "Belägenhetsadress".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np

from geo.fold import fold
from service.gazetteer.entries import LONGEST_NAME, House, Item, Note, Reject, Wanted
from service.gazetteer.files import Refused, SourceFile
from service.gazetteer.house_numbers import read_numbers, split_address
from service.gazetteer.positions import SWAPPED, SWEREF, looks_swapped_degrees, system_of, to_degrees
from service.gazetteer.tables import delimiter_of, read_number, read_postcode, rows

BATCH = 20_000  # rows whose coordinates are converted at once
_TRIED = 200  # rows by which the coordinates' system is told
_HEADERS = {
    "street": "adressomrade gatunamn gata street streetname vagnamn adressomradesnamn",
    "address": "adress address gatuadress belagenhetsadress adressnamn",
    "number": "adressplats nummer gatunummer husnummer nr number housenumber adressplatsnummer gatunr adressnummer",
    "letter": "bokstav litera letter bokstavstillagg adressplatsbokstav",
    "postcode": "postnummer postnr postcode postalcode zip postkod",
    "town": "postort city posttown",
    "locality": "kommundel kommundelsnamn ort tatort kommundelfaststalltnamn locality orts ortnamn",
    "north": "n northing nord nkoordinat norr nkoord",
    "east": "e easting ost ekoordinat oster ekoord",
    "x": "x xkoordinat xkoord xcoord koordx",
    "y": "y ykoordinat ykoord ycoord koordy",
    "lat": "lat latitude latitud wgs84lat",
    "lon": "lon lng long longitude longitud wgs84lon",
}
_SYSTEM_NAME = re.compile("sweref(?:99)?(?:tm)?|epsg3006|wgs84")
_COLUMN_OF = {word: column for column, words in _HEADERS.items() for word in words.split()}
_LATIN = "the file is no UTF-8; it was read as Latin-1"
_SWAPPED = "N and E stood in each other's column and were put right"
_ELSEWHERE = "the coordinates are in {}, not in SWEREF 99 TM, and were converted from that"


@dataclass(frozen=True, slots=True)
class _Columns:
    """At which place in a row each thing stands; -1: nowhere."""

    street: int
    number: int
    letter: int
    postcode: int
    town: int
    locality: int
    north: int
    east: int


@dataclass(frozen=True, slots=True)
class _System:
    """What a file's coordinates are. crs None: degrees. swapped: the first of the two is the easting or longitude."""

    crs: str | None
    swapped: bool


Row = tuple[
    int, str, str, tuple[tuple[int, str], ...], str, float, float
]  # line, street, locality, numbers, postcode, north, east


def read_addresses(file: SourceFile, wanted: Wanted) -> Iterator[Item]:
    """Yield the houses. Raises Refused without columns for street, number and coordinates, and for coordinates of no known
    system."""
    encoding = "utf-8" if file.is_utf8() else "cp1252"
    if encoding != "utf-8":
        yield Note(_LATIN)
    first = file.start.decode("utf-8-sig", "replace").splitlines()[0]
    table = rows(file, delimiter_of(first), encoding)
    columns = _columns(next(table, (0, []))[1])
    system: _System | None = None
    while batch := list(islice(table, BATCH)):
        found: list[Row] = []
        for line, row in batch:
            item = _row(line, row, columns)
            if isinstance(item, Reject):
                yield item
            else:
                found.append(item)
        if not found:
            continue
        if system is None:
            system = _told_system(wanted.crs) if wanted.crs else _system(found[:_TRIED])
            if system.crs not in (None, SWEREF, wanted.crs):
                yield Note(_ELSEWHERE.format("RT 90 2.5 gon V"))
        yield from _placed(found, system)


def _columns(header: list[str]) -> _Columns:
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        plain = fold(name).replace(" ", "")
        column = _COLUMN_OF.get(plain) or _COLUMN_OF.get(_SYSTEM_NAME.sub("", plain))
        if column:
            places.setdefault(column, place)
    # A Swedish X points north and Y east; in most programs it is the other way round. The values tell (_system).
    north = next((places[name] for name in ("north", "lat", "x") if name in places), -1)
    east = next((places[name] for name in ("east", "lon", "y") if name in places), -1)
    street = places.get("street", places.get("address", -1))
    if min(north, east, street) < 0:
        raise Refused(
            "the first line must name columns for the street (Adressområde or Gatunamn), the number (Adressplats or Nummer) and "
            f"the coordinates (N and E, or lat and lon); it names {', '.join(header)[:200]}"
        )
    others = {name: places.get(name, -1) for name in ("number", "letter", "postcode", "town", "locality")}
    return _Columns(street=street, north=north, east=east, **others)


def _row(line: int, row: list[str], columns: _Columns) -> Row | Reject:
    if len(row) <= max(columns.north, columns.east, columns.street, columns.number):
        return Reject(line, "too few columns", f"{len(row)}")
    street, number = row[columns.street].strip(), row[columns.number].strip() if columns.number >= 0 else ""
    if columns.letter >= 0 and len(row) > columns.letter:
        number += row[columns.letter].strip()
    if number:
        numbers = read_numbers(number)
    else:
        street, numbers = split_address(street)
    if not street or len(street) > LONGEST_NAME or not street.isprintable():
        return Reject(line, "the street is missing or too long")
    if not numbers:
        return Reject(line, "no house number", f'"{number[:20]}"')
    postcode = read_postcode(row[columns.postcode]) if 0 <= columns.postcode < len(row) else ""
    if postcode is None:
        return Reject(line, "no postcode", f'"{row[columns.postcode][:20]}" has not five digits')
    north, east = read_number(row[columns.north]), read_number(row[columns.east])
    if north is None or east is None:
        return Reject(line, "no coordinates", f'"{row[columns.north][:20]}", "{row[columns.east][:20]}"')
    return line, street, _locality(row, columns), numbers, postcode, north, east


def _locality(row: list[str], columns: _Columns) -> str:
    for place in (columns.locality, columns.town):
        if 0 <= place < len(row) and (name := _town(row[place])):
            return name
    return ""


@lru_cache(maxsize=65536)
def _town(cell: str) -> str:
    """A town as it is written in a sentence: registers have it in capitals."""
    name = cell.strip()[:LONGEST_NAME]
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name) if name.isupper() else name


def _told_system(crs: str) -> _System:
    return _System(None if crs.upper() in ("EPSG:4326", "WGS84") else crs, False)


def _system(found: list[Row]) -> _System:
    """What most of the first rows' coordinates are. Raises Refused when that cannot be told."""
    votes: dict[_System, int] = {}
    for *_, north, east in found:
        if abs(north) <= 90 and abs(east) <= 180:
            system = _System(None, looks_swapped_degrees(north, east))
        elif crs := system_of(north, east):
            system = _System(crs, east > north)
        else:
            continue
        votes[system] = votes.get(system, 0) + 1
    if not votes:
        north, east = found[0][-2:]
        raise Refused(
            f"line {found[0][0]}: {north:g}, {east:g} are neither SWEREF 99 TM nor RT 90 nor degrees; say with --crs "
            "what they are (SWEREF 99 13 30 is EPSG:3008, 15 00 EPSG:3009, 16 30 EPSG:3010)"
        )
    return max(votes, key=lambda system: votes[system])


def _placed(found: list[Row], system: _System) -> Iterator[Item]:
    """Yield the rows with degrees; a row whose two coordinates stand the other way round than the rest is put right too."""
    north = np.array([row[5] for row in found])
    east = np.array([row[6] for row in found])
    swapped = _swapped(north, east, system)
    north, east = np.where(swapped, east, north), np.where(swapped, north, east)
    lats, lons = (north, east) if system.crs is None else to_degrees(north, east, system.crs)
    ok = np.isfinite(lats) & np.isfinite(lons) & (np.abs(lats) <= 90) & (np.abs(lons) <= 180)
    if system.crs == SWEREF:  # the projection gives degrees for any metres: what is nowhere near Sweden is an error
        ok &= (north > 6_000_000) & (north < 7_800_000) & (east > 100_000) & (east < 1_000_000)
    for row, lat, lon, good in zip(found, lats.round(7).tolist(), lons.round(7).tolist(), ok.tolist(), strict=True):
        if good:
            yield House(row[1], row[2], row[3], lat, lon, row[4])
        else:
            yield Reject(row[0], "the coordinates are in no part of Sweden", f"{row[5]:g}, {row[6]:g}")
    if count := int(swapped.sum()):
        yield Note(SWAPPED if system.crs is None else _SWAPPED, count)


def _swapped(north: np.ndarray, east: np.ndarray, system: _System) -> np.ndarray:
    if system.crs is None:
        return (north >= 4) & (north <= 32) & (east >= 54) & (east <= 72)
    if system.crs in (SWEREF, "EPSG:3021"):
        return east > north
    return np.zeros(len(north), dtype=bool)
