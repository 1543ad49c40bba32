"""A network's own places: `name,kind,lat,lon,area,postcode,aliases` (contracts.md, "places import")."""

from collections.abc import Iterator

from service.gazetteer.entries import LONGEST_NAME, MOST_ALIASES, Entry, House, Item, Note, Reject, Wanted
from service.gazetteer.files import Refused, SourceFile
from service.gazetteer.house_numbers import split_address
from service.gazetteer.positions import NOT_DEGREES, SWAPPED, read_degrees
from service.gazetteer.tables import delimiter_of, read_number, read_postcode, rows, shown_postcode

COLUMNS = ("name", "kind", "lat", "lon", "area", "postcode", "aliases")
KINDS = {
    "place": "place by ort tätort småort stad stadsdel bygd kyrkby samhälle village town city hamlet suburb locality",
    "farm": "farm gård torp herrgård säteri lantgård croft",
    "street": "street gata väg torg gränd stig allé road square",
    "address": "address adress house hus",
    "postcode": "postcode postnummer postnr zip",
}
_KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}


def read_places(file: SourceFile, wanted: Wanted) -> Iterator[Item]:
    """Yield what the table has. Raises Refused without a header that names at least name, lat and lon."""
    start = file.start.decode("utf-8-sig", "replace").splitlines()[0]
    table = rows(file, delimiter_of(start))
    _, header = next(table, (0, []))
    columns = [name.strip().casefold() for name in header]
    if not {"name", "lat", "lon"} <= set(columns):
        raise Refused(f"the first line must name the columns: {','.join(COLUMNS)}")
    swapped = 0
    for line, row in table:
        cells = dict.fromkeys([*COLUMNS, "locality"], "") | {name: cell.strip() for name, cell in zip(columns, row, strict=False)}
        item, was_swapped = _item(line, cells, wanted)
        swapped += was_swapped
        yield item
    if swapped:
        yield Note(SWAPPED, swapped)


def _item(line: int, cells: dict[str, str], wanted: Wanted) -> tuple[Item, bool]:
    """What the row says, and whether its lat and lon stood in each other's place."""
    name, area, kind = cells["name"], cells["area"] or None, _KIND_OF.get(cells["kind"].casefold() or "place")
    postcode = read_postcode(cells["postcode"])
    lat, lon = read_number(cells["lat"]), read_number(cells["lon"])
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return Reject(line, "the name is missing or too long"), False
    if kind is None:
        return Reject(line, "unknown kind", f'"{cells["kind"][:40]}"; use {", ".join(KINDS)}'), False
    if area is not None and area not in wanted.areas:
        return Reject(line, "unknown area", f'there is no area "{area[:40]}"'), False
    if postcode is None:
        return Reject(line, "no postcode", f'"{cells["postcode"][:40]}" has not five digits'), False
    if lat is None or lon is None:
        return Reject(line, "lat and lon are no numbers", f'"{cells["lat"][:20]}", "{cells["lon"][:20]}"'), False
    position = read_degrees(lat, lon, wanted.crs)
    if position is None:
        return Reject(line, NOT_DEGREES, f"{cells['lat'][:20]}, {cells['lon'][:20]}"), False
    aliases = _aliases(name, cells["aliases"])
    where = (position[0], position[1], cells["locality"][:LONGEST_NAME], postcode, area)
    return _entry(line, kind, name, where, aliases), position[2]


def _entry(line: int, kind: str, name: str, where: tuple[float, float, str, str, str | None], aliases: tuple[str, ...]) -> Item:
    lat, lon, locality, postcode, area = where
    if kind == "address":
        street, numbers = split_address(name)
        if not numbers:
            return Reject(line, "no house number", f'"{name}"')
        return House(street, locality, numbers, lat, lon, postcode, area)
    if kind == "postcode":
        postcode = read_postcode(name) or postcode
        if not postcode:
            return Reject(line, "no postcode", f'"{name}" has not five digits')
        return Entry(kind, shown_postcode(postcode), lat, lon, locality, postcode, area, aliases)
    return Entry(kind, name, lat, lon, locality, postcode, area, aliases)


def _aliases(name: str, cell: str) -> tuple[str, ...]:
    found = (alias.strip() for alias in cell.split(";"))
    kept = [a for a in dict.fromkeys(found) if a and a != name and len(a) <= LONGEST_NAME and a.isprintable()]
    return tuple(kept[:MOST_ALIASES])
