"""GeoNames: the country dumps ("SE.txt", "SE.zip") and those of postal codes, tab-separated, UTF-8, without a header.

Columns as in the readme files beside the dumps (download.geonames.org/export/dump and /export/zip): a place has geonameid,
name, asciiname, alternatenames, latitude, longitude, feature class, feature code, …; a postal code has country, postal code,
place name, three pairs of divisions, latitude, longitude, accuracy.
"""

from collections.abc import Iterator

from service.gazetteer.entries import LONGEST_NAME, MOST_ALIASES, Entry, Item, Note, Reject, Wanted
from service.gazetteer.files import Refused, SourceFile
from service.gazetteer.tables import read_number, read_postcode, shown_postcode

_PLACE_COLUMNS = 19
_POSTAL_COLUMNS = 11
_FARMS = frozenset({"FRM", "FRMS", "FRMT", "EST", "RNCH"})
# Settlements that are gone, and of buildings, parks, shores and islands those that people give as where they are.
_GONE = frozenset({"PPLH", "PPLQ", "PPLW", "PPLCH"})
_SPOTS = {
    "S": frozenset({"CH", "CSTL", "MNR", "HSP", "SCH", "STDM", "MALL", "RSTN", "CMTY", "HTL", "AIRP", "UNIV"}),
    "L": frozenset({"LCTY", "PRK", "AREA", "INDS", "CMP", "RGN"}),
    "T": frozenset({"ISL", "ISLS", "PEN", "CAPE", "PT"}),
}


def read_geonames(file: SourceFile, wanted: Wanted) -> Iterator[Item]:
    """Yield the places that people name, or the postcodes. Raises Refused for a file that has neither's columns."""
    skipped = taken = rejected = 0
    for line, text in enumerate(file.lines(), 1):
        cells = text.rstrip("\r\n").split("\t")
        if cells == [""]:
            continue
        if len(cells) >= _PLACE_COLUMNS:
            item = _place(line, cells)
        elif len(cells) >= _POSTAL_COLUMNS and len(cells[0]) == 2:
            item = _postal(line, cells)
        else:
            item = Reject(line, "too few columns", f"{len(cells)}")
        if item is None:
            skipped += 1
            continue
        rejected, taken = rejected + isinstance(item, Reject), taken + (not isinstance(item, Reject))
        if rejected > 100 and not taken:
            raise Refused("the lines are no GeoNames dump: tab-separated, 19 columns, or 12 of postal codes")
        yield item
    if skipped:
        yield Note("features that nobody gives as an address (lakes, hills, roads) were passed over", skipped)


def _place(line: int, cells: list[str]) -> Item | None:
    """A row of the main dump; None when it is nothing that people would name."""
    kind = _kind(cells[6], cells[7])
    if kind is None:
        return None
    name, lat, lon = cells[1].strip(), read_number(cells[4]), read_number(cells[5])
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return Reject(line, "the name is missing or too long", cells[0][:20])
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return Reject(line, "no position", f"{cells[4][:20]}, {cells[5][:20]}")
    others = (other.strip() for other in cells[3].split(","))
    # Airport codes and web addresses stand among the names too.
    kept = [o for o in dict.fromkeys(others) if o and o != name and _is_name(o)]
    return Entry(kind, name, lat, lon, aliases=tuple(kept[:MOST_ALIASES]))


def _is_name(text: str) -> bool:
    return len(text) <= LONGEST_NAME and text.isprintable() and "/" not in text and not (text.isupper() and len(text) <= 5)


def _kind(feature_class: str, code: str) -> str | None:
    if feature_class == "P":
        return None if code in _GONE else "place"
    if feature_class == "S" and code in _FARMS:
        return "farm"
    return "place" if code in _SPOTS.get(feature_class, ()) else None


def _postal(line: int, cells: list[str]) -> Item:
    postcode, lat, lon = read_postcode(cells[1]), read_number(cells[9]), read_number(cells[10])
    if not postcode:
        return Reject(line, "no postcode", f'"{cells[1][:20]}" has not five digits')
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return Reject(line, "no position", f"{cells[9][:20]}, {cells[10][:20]}")
    return Entry("postcode", shown_postcode(postcode), lat, lon, cells[2].strip()[:LONGEST_NAME], postcode)
