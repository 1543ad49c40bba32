"""OpenStreetMap as GeoJSON (a collection, or one feature a line) or as Overpass' JSON, read as a stream.

Tags as in the OpenStreetMap wiki: place, addr:* ("Key:addr"), highway with a name, farms. A feature's tags are its properties, or
stand in them under "tags". Overpass gives nodes with lat and lon, and ways and relations with "center" (out center), "geometry"
(out geom) or "bounds" (out bb).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from typing import Any

import ijson
import shapely
from shapely.geometry import shape

from service.gazetteer.entries import LONGEST_NAME, MOST_ALIASES, Entry, House, Item, Note, Reject, Tags, Wanted
from service.gazetteer.files import LONGEST_LINE, Refused, SourceFile
from service.gazetteer.house_numbers import read_numbers
from service.gazetteer.positions import SWAPPED, looks_swapped_degrees, system_of
from service.gazetteer.tables import read_postcode

_PLACES = frozenset(
    "city town village hamlet isolated_dwelling suburb quarter neighbourhood borough locality island islet square".split()
)
_OTHER_NAMES = ("name", "name:sv", "alt_name", "old_name", "short_name", "loc_name", "official_name", "alt_name:sv")
_NO_STREETS = frozenset(
    {"bus_stop", "platform", "rest_area", "services", "proposed", "construction", "motorway_junction", "crossing"}
)
_NO_NODES = "ways without a position were passed over: ask Overpass for them with 'out center;'"


def read_osm(file: SourceFile, wanted: Wanted) -> Iterator[Item]:
    """Yield the places, farms, streets and houses. A Reject's line is the number of the feature. Raises Refused."""
    swapped = lost = passed = 0
    for number, (tags, geometry) in enumerate(_features(file), 1):
        if not (tags.get("addr:housenumber") or (_name(tags) and _kind(tags))):
            passed += 1
            continue
        spot = _spot(geometry)
        if spot is None and not geometry:
            lost += 1
            continue
        if spot is None or not (abs(spot[0]) <= 90 and abs(spot[1]) <= 180):
            yield Reject(number, "no position", _say(geometry, spot))
            continue
        if looks_swapped_degrees(*spot):
            spot, swapped = (spot[1], spot[0]), swapped + 1
        yield from _items(number, tags, *spot)
    for text, count in ((SWAPPED, swapped), (_NO_NODES, lost), ("features without a name or an address", passed)):
        if count:
            yield Note(text, count)


def _features(file: SourceFile) -> Iterator[tuple[Tags, Mapping[str, Any]]]:
    """Each feature's tags and what says where it is."""
    first = file.start.decode("utf-8-sig", "replace").lstrip("\x1e \t\r\n")
    path = "item" if first[:1] == "[" else _path(file)
    if path is None:
        yield from _feature_lines(file)
        return
    with file.binary() as stream:
        if file.start.startswith(b"\xef\xbb\xbf"):
            stream.read(3)
        try:
            for item in ijson.items(stream, path, use_float=True):
                if isinstance(item, dict):
                    yield _feature(item)
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise Refused(f"this is no whole JSON: {str(error).splitlines()[0][:120]}") from error


def _path(file: SourceFile) -> str | None:
    """Where the features stand: in "features", in "elements"; None: each on a line of its own."""
    with file.binary() as stream:
        if file.start.startswith(b"\xef\xbb\xbf"):
            stream.read(3)
        if file.start.lstrip(b"\xef\xbb\xbf").startswith(b"\x1e"):
            return None
        try:
            for prefix, event, value in ijson.parse(stream, use_float=True):
                if event == "start_array" and prefix in ("features", "elements"):
                    return f"{prefix}.item"
                if (prefix, value) == ("type", "Feature"):
                    return None
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise Refused(f"this is no whole JSON: {str(error).splitlines()[0][:120]}") from error
    raise Refused('the JSON has neither "features" (GeoJSON) nor "elements" (Overpass)')


def _feature_lines(file: SourceFile) -> Iterator[tuple[Tags, Mapping[str, Any]]]:
    for number, line in enumerate(file.lines(), 1):
        text = line.strip("\x1e \t\r\n")
        if not text:
            continue
        try:
            item = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Refused(f"line {number} is no JSON; lines may have {LONGEST_LINE} characters") from error
        if isinstance(item, dict):
            yield _feature(item)


def _feature(item: dict[str, Any]) -> tuple[Tags, Mapping[str, Any]]:
    if item.get("type") == "Feature":
        properties = item.get("properties") or {}
        tags = properties.get("tags") if isinstance(properties, dict) else None
        geometry = item.get("geometry")
        return _texts(tags if isinstance(tags, dict) else properties), geometry if isinstance(geometry, dict) else {}
    where = {key: item[key] for key in ("lat", "lon", "center", "geometry", "bounds") if item.get(key) is not None}
    if item.get("type") == "relation" and not where:
        pieces = [
            m["geometry"] for m in _list(item.get("members")) if isinstance(m, dict) and isinstance(m.get("geometry"), list)
        ]
        where = {"geometry": list(chain.from_iterable(pieces))} if pieces else {}
    return _texts(item.get("tags")), where


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(tags: Any) -> Tags:
    if not isinstance(tags, dict):
        return {}
    return {key: str(value).strip() for key, value in tags.items() if isinstance(value, str | int) and str(value).isprintable()}


def _spot(where: Mapping[str, Any]) -> tuple[float, float] | None:
    """Latitude and longitude of the middle; a street's lies on the street."""
    with suppress(TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, shapely.errors.ShapelyError):
        if "coordinates" in where or "geometries" in where:
            geometry = shape(dict(where))
            middle = _middle(geometry)
            return (middle.y, middle.x) if middle is not None else None
        if "lat" in where:
            return float(where["lat"]), float(where["lon"])
        if "center" in where:
            return float(where["center"]["lat"]), float(where["center"]["lon"])
        if "geometry" in where:
            points = [(p["lon"], p["lat"]) for p in where["geometry"] if p]
            middle = _middle(shapely.LineString(points) if len(points) > 1 else shapely.Point(points[0]))
            return (middle.y, middle.x) if middle is not None else None
        bounds = where["bounds"]
        return (bounds["minlat"] + bounds["maxlat"]) / 2, (bounds["minlon"] + bounds["maxlon"]) / 2
    return None


def _middle(geometry: Any) -> Any:
    if geometry.is_empty or not all(abs(value) < 1e12 for value in geometry.bounds):
        return None
    return geometry.interpolate(0.5, normalized=True) if geometry.geom_type == "LineString" else geometry.centroid


def _say(where: Mapping[str, Any], spot: tuple[float, float] | None) -> str:
    if spot is None:
        return f"the geometry ({str(where.get('type', ''))[:20]}) is broken or empty"
    system = system_of(*spot)
    return f"these are metres ({system or 'of some other system'}), OpenStreetMap has degrees: export in WGS 84"


def _items(number: int, tags: Tags, lat: float, lon: float) -> Iterator[Item]:
    """Yield what the tags make of the feature. A named farm with an address is both."""
    name, kind = _name(tags), _kind(tags)
    if name and kind:
        locality = "" if kind == "place" else tags.get("addr:city", "")[:LONGEST_NAME]
        postcode = read_postcode(tags.get("addr:postcode", "")) or ""
        yield Entry(kind, name, lat, lon, locality, postcode, None, _aliases(tags, name))
    if tags.get("addr:housenumber"):
        yield _house(number, tags, lat, lon)


def _name(tags: Tags) -> str:
    name = tags.get("name") or tags.get("name:sv") or ""
    return name if len(name) <= LONGEST_NAME else ""


def _kind(tags: Tags) -> str | None:
    if tags.get("place") == "farm" or tags.get("landuse") == "farmyard" or tags.get("building") == "farm":
        return "farm"
    if tags.get("place") in _PLACES:
        return "place"
    return "street" if tags.get("highway") and tags["highway"] not in _NO_STREETS else None


def _aliases(tags: Tags, name: str) -> tuple[str, ...]:
    names = chain.from_iterable(tags.get(key, "").split(";") for key in _OTHER_NAMES)
    kept = [n for n in dict.fromkeys(n.strip() for n in names) if n and n != name and len(n) <= LONGEST_NAME]
    return tuple(kept[:MOST_ALIASES])


def _house(number: int, tags: Tags, lat: float, lon: float) -> Item:
    said, village = tags["addr:housenumber"], tags.get("addr:place", "")
    street = tags.get("addr:street") or village
    if not street or len(street) > LONGEST_NAME:
        return Reject(number, "a house number without a street", said[:20])
    locality = tags.get("addr:city") or tags.get("addr:suburb") or (village if street != village else "")
    numbers = tuple(chain.from_iterable(map(read_numbers, said.replace(",", ";").split(";"))))
    if not numbers:
        return Reject(number, "no house number", f'"{said[:20]}"')
    postcode = read_postcode(tags.get("addr:postcode", ""))
    return House(street, locality[:LONGEST_NAME], numbers, lat, lon, postcode or "")
