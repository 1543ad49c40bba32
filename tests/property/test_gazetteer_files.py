"""Whatever a file holds, an importer gives positions on earth and rows not taken, or refuses the file: it never falls over."""

import json
import math
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.gazetteer.entries import Entry, House, Wanted
from service.gazetteer.files import FORMATS, Refused, SourceFile
from service.gazetteer.house_numbers import read_numbers
from service.gazetteer.run import IMPORTERS

HEADS = {
    "csv": "name,kind,lat,lon,area,postcode,aliases\n",
    "addresses": "Adressområde;Adressplats;Bokstav;Postnummer;Postort;Kommundel;N;E\n",
    "geonames": "",
    "osm": "",
}
CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["Storgatan", "4 B", "place", "adress", "563 32", "58.02", "14,46", "6430000", "470000", "nan", "1e308"]),
    st.floats().map(str),
)
ROW = st.tuples(st.sampled_from(",;\t"), st.lists(CELL, max_size=20)).map(lambda row: row[0].join(row[1]))
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TAGS = st.dictionaries(st.sampled_from(["name", "place", "highway", "addr:street", "addr:housenumber"]), JSON, max_size=4)
SHAPES = st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "GeometryCollection", "Blob"])
GEOMETRY = st.one_of(JSON, st.fixed_dictionaries({"type": SHAPES, "coordinates": JSON}))
FEATURE = st.fixed_dictionaries({"type": st.just("Feature"), "properties": TAGS | JSON, "geometry": GEOMETRY})
ELEMENT = st.fixed_dictionaries({"type": st.sampled_from(["node", "way", "relation"]), "tags": TAGS}, optional={
    "lat": JSON, "lon": JSON, "center": JSON, "geometry": JSON, "bounds": JSON, "members": JSON,
})  # fmt: skip


def read_all(content: bytes, form: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "file"
        path.write_bytes(content)
        try:
            for item in IMPORTERS[form](SourceFile(path), Wanted(frozenset({"granna"}))):
                if isinstance(item, Entry | House):
                    assert math.isfinite(item.lat) and abs(item.lat) <= 90 and abs(item.lon) <= 180, item
                    assert item[0] and "\x00" not in str(item)
        except Refused as refused:
            assert str(refused)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(FORMATS), st.lists(ROW, max_size=6), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_tables(form: str, rows: list[str], encoding: str) -> None:
    read_all((HEADS[form] + "\n".join(rows)).encode(encoding, "replace"), form)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(FORMATS), st.binary(max_size=200))
def test_bytes(form: str, content: bytes) -> None:
    read_all(content, form)
    read_all(HEADS[form].encode() + content, form)


@settings(max_examples=25, deadline=None)
@given(st.lists(FEATURE | ELEMENT | JSON, max_size=4), st.sampled_from(["features", "elements", "", "lines"]))
def test_json(features: list[Any], key: str) -> None:
    if key == "lines":
        read_all("\n".join(json.dumps(each) for each in features).encode(), "osm")
    else:
        read_all(json.dumps({key: features} if key else features).encode(), "osm")


@given(st.text(max_size=20))
def test_house_numbers(text: str) -> None:
    for number, letter in read_numbers(text):
        assert 0 < number <= 9999 and len(letter) <= 1 and letter == letter.casefold()
