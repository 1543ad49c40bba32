"""What each importer makes of a file: small files that have everything odd that real ones have."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import Transformer

from service.gazetteer.entries import Entry, House, Item, Note, Reject, Wanted
from service.gazetteer.files import Refused, SourceFile, recognise
from service.gazetteer.house_numbers import read_numbers, split_address
from service.gazetteer.run import IMPORTERS
from service.gazetteer.streets import Streets

GRANNA = (58.0214, 14.4669)
_TM = Transformer.from_crs("EPSG:4326", "EPSG:3006", always_xy=True)
_RT90 = Transformer.from_crs("EPSG:4326", "EPSG:3021", always_xy=True)
EAST, NORTH = (round(value, 2) for value in _TM.transform(GRANNA[1], GRANNA[0]))


def read(directory: Path, name: str, text: str | bytes, wanted: Wanted = Wanted(frozenset({"granna"}))) -> list[Item]:  # noqa: B008
    """Everything that the importer for what the file looks like makes of it."""
    path = directory / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    file = SourceFile(path)
    return list(IMPORTERS[recognise(file)](file, wanted))


def near(item: Item, spot: tuple[float, float] = GRANNA) -> bool:
    assert isinstance(item, Entry | House), item
    return abs(item.lat - spot[0]) < 1e-5 and abs(item.lon - spot[1]) < 1e-5


HEAD = "name,kind,lat,lon,area,postcode,aliases\n"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Ölmstad,by,57.9,14.4,,,", Entry("place", "Ölmstad", 57.9, 14.4)),
        ("Ölmstad,,57.9,14.4,granna,563 31,Ölmsta;Olmstad;", Entry("place", "Ölmstad", 57.9, 14.4, "", "56331", "granna", ("Ölmsta", "Olmstad"))),  # noqa: E501
        ("Broby,Gård,57.9,14.4,,,", Entry("farm", "Broby", 57.9, 14.4)),
        ("Storgatan,väg,57.9,14.4,,,", Entry("street", "Storgatan", 57.9, 14.4)),
        ('Storgatan 4 B,adress,"57,9","14,4",,56332,', House("Storgatan", "", ((4, "b"),), 57.9, 14.4, "56332")),
        ("56332,postnummer,57.9,14.4,,,", Entry("postcode", "563 32", 57.9, 14.4, "", "56332")),
        ("Ölmstad,by,57.9,14.4,nowhere,,", Reject(2, "unknown area", 'there is no area "nowhere"')),
        ("Ölmstad,sjö,57.9,14.4,,,", Reject(2, "unknown kind", '"sjö"; use place, farm, street, address, postcode')),
        (",by,57.9,14.4,,,", Reject(2, "the name is missing or too long")),
        ("Ölmstad,by,nan,14.4,,,", Reject(2, "lat and lon are no numbers", '"nan", "14.4"')),
        ("Ölmstad,by,,,,,", Reject(2, "lat and lon are no numbers", '"", ""')),
        ("Ölmstad,by,0,0,,,", Reject(2, "lat and lon are no degrees on earth", "0, 0")),
        ("Ölmstad,by,957.9,14.4,,,", Reject(2, "lat and lon are no degrees on earth", "957.9, 14.4")),
        ("Ölmstad,by,57.9,14.4,,1234,", Reject(2, "no postcode", '"1234" has not five digits')),
        ("Storgatan,adress,57.9,14.4,,,", Reject(2, "no house number", '"Storgatan"')),
    ],
)  # fmt: skip
def test_a_row_of_the_networks_own_table(tmp_path: Path, row: str, expected: Item) -> None:
    assert read(tmp_path, "places.csv", HEAD + row + "\n") == [expected]


def test_swapped_degrees_are_put_right_and_metres_are_converted(tmp_path: Path) -> None:
    swapped, metres, note = read(tmp_path, "p.csv", f"{HEAD}A,by,{GRANNA[1]},{GRANNA[0]},,,\nB,by,{NORTH},{EAST},,,\n")
    assert near(swapped) and near(metres)
    assert isinstance(note, Note) and note.rows == 1 and "put right" in note.text


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    found = read(tmp_path, "p.csv", f'\ufeff{HEAD}\n"A\nB",by,57,14,,,\n\nC,by,x,14,,,\n'.replace("\n", "\r\n"))
    assert [(item.line, item.reason) for item in found if isinstance(item, Reject)] == [
        (4, "the name is missing or too long"),
        (6, "lat and lon are no numbers"),
    ]


PLACE = [
    "2704613",
    "Kumlaby",
    "Kumlaby",
    "Kumlaby by,KMBY,https://kumlaby.example,Кумлабю",
    "58.0214",
    "14.4669",
    "P",
    "PPL",
    "SE",
]
PLACE += ["", "08", "0680", "", "", "0", "", "101", "Europe/Stockholm", "2020-01-01"]


def geoname(**cells: str) -> str:
    places = {"name": 1, "lat": 4, "lon": 5, "cls": 6, "code": 7}
    row = list(PLACE)
    for name, value in cells.items():
        row[places[name]] = value
    return "\t".join(row) + "\n"


def test_geonames_gives_what_people_name(tmp_path: Path) -> None:
    lines = geoname() + geoname(name="Broby", cls="S", code="FRM") + geoname(name="Vättern", cls="H", code="LK")
    lines += geoname(name="Gamla byn", code="PPLH") + geoname(name="Fel", lat="x") + "too\tfew\n"
    village, farm, bad, short, note = read(tmp_path, "SE.txt", lines)
    assert village == Entry("place", "Kumlaby", *GRANNA, aliases=("Kumlaby by", "Кумлабю"))
    assert farm == Entry("farm", "Broby", *GRANNA, aliases=("Kumlaby by", "Кумлабю"))
    assert bad == Reject(5, "no position", "x, 14.4669") and short == Reject(6, "too few columns", "2")
    assert isinstance(note, Note) and note.rows == 2


def test_geonames_postcodes_come_from_a_zip(tmp_path: Path) -> None:
    row = "SE\t563 32\tGränna\tJönköping\t06\tJönköping\t0680\t\t\t58.0214\t14.4669\t4\n"
    with zipfile.ZipFile(tmp_path / "SE.zip", "w") as packed:
        packed.writestr("readme.txt", "Readme for GeoNames Postal Code files")
        packed.writestr("SE.txt", row + row.replace("563 32", "AB1"))
    file = SourceFile(tmp_path / "SE.zip")
    assert recognise(file) == "geonames"
    assert list(IMPORTERS["geonames"](file, Wanted())) == [
        Entry("postcode", "563 32", *GRANNA, "Gränna", "56332"),
        Reject(2, "no postcode", '"AB1" has not five digits'),
    ]


def feature(tags: Any, geometry: Any = None) -> dict[str, Any]:
    spot = {"type": "Point", "coordinates": [GRANNA[1], GRANNA[0]]}
    return {"type": "Feature", "properties": tags, "geometry": geometry or spot}


SQUARE = {"type": "Polygon", "coordinates": [[[14, 58], [14.2, 58], [14.2, 58.2], [14, 58.2], [14, 58]]]}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"place": "village", "name": "Gränna", "old_name": "Brahe;Grenna"},
         Entry("place", "Gränna", *GRANNA, aliases=("Brahe", "Grenna"))),
        ({"landuse": "farmyard", "name": "Broby"}, Entry("farm", "Broby", *GRANNA)),
        ({"highway": "residential", "name": "Storgatan", "name:sv": "Storgatan"}, Entry("street", "Storgatan", *GRANNA)),
        ({"addr:street": "Storgatan", "addr:housenumber": "4B", "addr:city": "Gränna", "addr:postcode": "563 32"},
         House("Storgatan", "Gränna", ((4, "b"),), *GRANNA, "56332")),
        ({"addr:place": "Broby", "addr:housenumber": 3, "addr:city": "Gränna"}, House("Broby", "Gränna", ((3, ""),), *GRANNA)),
        ({"addr:street": "Storgatan", "addr:housenumber": "4;6,8"}, House("Storgatan", "", ((4, ""), (6, ""), (8, "")), *GRANNA)),
        ({"tags": {"place": "hamlet", "name": "Vi"}}, Entry("place", "Vi", *GRANNA)),
        ({"addr:housenumber": "4"}, Reject(1, "a house number without a street", "4")),
        ({"addr:street": "Storgatan", "addr:housenumber": "intill"}, Reject(1, "no house number", '"intill"')),
        ({"shop": "kiosk", "name": "Kiosken"}, Note("features without a name or an address")),
        (None, Note("features without a name or an address")),
    ],
)  # fmt: skip
def test_tags_of_openstreetmap(tmp_path: Path, tags: Any, expected: Item) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [feature(tags)]})
    assert read(tmp_path, "places.geojson", text) == [expected]


def test_a_farm_with_an_address_is_both(tmp_path: Path) -> None:
    tags = {"place": "farm", "name": "Broby", "addr:place": "Broby", "addr:housenumber": "1"}
    assert read(tmp_path, "f.json", json.dumps(feature(tags))) == [
        Entry("farm", "Broby", *GRANNA),
        House("Broby", "", ((1, ""),), *GRANNA),
    ]


def test_lines_polygons_and_broken_geometry(tmp_path: Path) -> None:
    village = {"place": "village", "name": "By"}
    street = {"highway": "track", "name": "Vägen"}
    line = {"type": "LineString", "coordinates": [[14.0, 58.0], [14.0, 58.2]]}
    broken: list[Any] = [{"type": "Point", "coordinates": []}, {"type": "Blob", "coordinates": [1]}]
    broken += [{"type": "Polygon", "coordinates": [[[14, 58]]]}, {"type": "Point", "coordinates": [EAST, NORTH]}]
    features = [feature(village, SQUARE), feature(street, line), *(feature(village, shape) for shape in broken)]
    features.append(feature(village, {"type": "Point", "coordinates": [GRANNA[0], GRANNA[1]]}))
    lines = "".join("\x1e" + json.dumps(each) + "\n" for each in features)
    area, way, *rejects, swapped, note = read(tmp_path, "lines.geojsonl", lines)
    assert near(area, (58.1, 14.1)) and near(way, (58.1, 14.0)) and near(swapped)
    assert [r.line for r in rejects if isinstance(r, Reject)] == [3, 4, 5, 6]
    assert "these are metres (EPSG:3006)" in str(rejects[3]) and isinstance(note, Note)


def test_overpass(tmp_path: Path) -> None:
    tags = {"place": "hamlet", "name": "Vi"}
    spot = {"lat": GRANNA[0], "lon": GRANNA[1]}
    nowhere = {"type": "node", "lat": "nan", "lon": 14.4, "tags": tags}
    elements = [
        {"type": "node", "id": 1, **spot, "tags": tags},
        {"type": "way", "id": 2, "center": spot, "tags": tags},
        {"type": "way", "id": 3, "geometry": [spot, None, spot], "tags": tags},
        {"type": "relation", "id": 4, "members": [{"type": "way", "geometry": [spot, spot]}], "tags": tags},
        {"type": "way", "id": 5, "nodes": [1, 2], "tags": tags},
        {"type": "node", "id": 6, **spot},
        nowhere,
    ]
    found = read(tmp_path, "overpass.json", json.dumps({"version": 0.6, "generator": "Overpass API", "elements": elements}))
    assert all(near(item) for item in found[:4])
    assert isinstance(found[4], Reject) and found[4].line == 7
    assert [item.rows for item in found[5:] if isinstance(item, Note)] == [1, 1]


REGISTER = "Adressområde;Adressplats;Bokstav;Postnummer;Postort;Kommundel;N;E\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{REGISTER}Storgatan;4;B;56332;GRÄNNA;Gränna;{NORTH};{EAST}", ((4, "b"),)),
        (f"{REGISTER}Storgatan;4;B;563 32;GRÄNNA;;{str(NORTH).replace('.', ',')};{str(EAST).replace('.', ',')}", ((4, "b"),)),
        (f"{REGISTER}Storgatan;4;B;56332;GRÄNNA;Gränna;{EAST};{NORTH}", ((4, "b"),)),
        (f"Gatunamn,Nummer,Postnr,Ort,Easting,Northing\nStorgatan,12-14,56332,Gränna,{EAST},{NORTH}", ((12, ""), (14, ""))),
        (f"Gata\tGatunummer\tPostnummer\tOrt\tX\tY\nStorgatan\t4 lgh 1102\t56332\tGränna\t{NORTH}\t{EAST}", ((4, ""),)),
        (f"Adress;Postnummer;Postort;N (SWEREF 99 TM);E (SWEREF 99 TM)\nStorgatan 4 B;56332;Gränna;{NORTH};{EAST}", ((4, "b"),)),
        (f"street,number,postcode,city,lat,lon\nStorgatan,4b,56332,Gränna,{GRANNA[0]},{GRANNA[1]}", ((4, "b"),)),
        (f"street,number,postcode,city,lat,lon\nStorgatan,4b,56332,Gränna,{GRANNA[1]},{GRANNA[0]}", ((4, "b"),)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_registers_of_addresses(tmp_path: Path, text: str, expected: Any, encoding: str) -> None:
    houses = [item for item in read(tmp_path, "a.csv", text.encode(encoding)) if isinstance(item, House)]
    assert [h._replace(lat=0, lon=0) for h in houses] == [House("Storgatan", "Gränna", expected, 0, 0, "56332")]
    assert near(houses[0])


def test_what_was_put_right_is_said(tmp_path: Path) -> None:
    east, north = _RT90.transform(GRANNA[1], GRANNA[0])
    note, house = read(tmp_path, "rt90.csv", f"{REGISTER}Storgatan;4;;;;;{north};{east}")
    assert near(house) and "RT 90" in str(note)
    swapped = read(tmp_path, "swapped.csv", f"{REGISTER}Storgatan;4;;;;;{EAST};{NORTH}")
    assert swapped[-1] == Note("N and E stood in each other's column and were put right")


def test_rows_of_a_register_that_are_not_taken(tmp_path: Path) -> None:
    good = f"Storgatan;4;;;;;{NORTH};{EAST}\n"
    bad = [
        f";4;;;;;{NORTH};{EAST}",
        f"Storgatan;;;;;;{NORTH};{EAST}",
        f"Storgatan;4;;12;;;{NORTH};{EAST}",
        "Storgatan;4;;;;;;",
        "Storgatan;4;;;;;1;2",
        "Storgatan;4",
    ]
    found = read(tmp_path, "a.csv", REGISTER + good + "\n".join(bad))
    assert sorted((item.line, item.reason) for item in found if isinstance(item, Reject)) == [
        (3, "the street is missing or too long"),
        (4, "no house number"),
        (5, "no postcode"),
        (6, "no coordinates"),
        (7, "the coordinates are in no part of Sweden"),
        (8, "too few columns"),
    ]


def test_a_local_system_must_be_said(tmp_path: Path) -> None:
    east, north = Transformer.from_crs("EPSG:4326", "EPSG:3009", always_xy=True).transform(GRANNA[1], GRANNA[0])
    text = f"{REGISTER}Storgatan;4;;;;;{north};{east}"
    with pytest.raises(Refused, match=r"line 2.*--crs.*EPSG:3009"):
        read(tmp_path, "local.csv", text)
    assert near(read(tmp_path, "local.csv", text, Wanted(crs="EPSG:3009"))[0])
    with pytest.raises(Refused, match="no coordinate system"):
        read(tmp_path, "local.csv", text, Wanted(crs="EPSG:1"))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("4", ((4, ""),)), ("4 B", ((4, "b"),)), ("4b", ((4, "b"),)), ("12-14", ((12, ""), (14, ""))), ("4 lgh 1102", ((4, ""),)),
        ("12–13", ((12, ""), (13, ""))), ("4 A-C", ((4, "a"), (4, "b"), (4, "c"))), ("4A-6B", ((4, "a"), (6, "b"))),
        ("4 B, lgh 1102", ((4, "b"),)), ("7 uppg A", ((7, ""),)), ("0", ()), ("", ()), ("B", ()), ("4-900", ((4, ""), (900, ""))),
        ("12345", ()), ("4 bakom", ()), ("4-", ((4, ""),)),
    ],
)  # fmt: skip
def test_house_numbers(text: str, numbers: Any) -> None:
    assert read_numbers(text) == numbers


def test_a_street_and_its_number_are_told_apart() -> None:
    assert split_address("Storgatan 4 B") == ("Storgatan", ((4, "b"),))
    assert split_address("Gustav III:s väg 12") == ("Gustav III:s väg", ((12, ""),))
    assert split_address("1:a Tvärgatan 3") == ("1:a Tvärgatan", ((3, ""),))
    assert split_address("Storgatan") == ("Storgatan", ())


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\xef\xbb\xbf \r\n", "empty"),
        ("a.csv", "name,lat,lon\n".encode("utf-16"), "UTF-16"),
        ("a.csv", b"name,lat,lon\x00\n", "no text file"),
        ("a.csv", b"hello\nworld\n", "--format"),
        ("a.csv", HEAD.encode() + "Gränna,by,58,14,,,\n".encode("latin-1"), "UTF-8"),
        ("a.csv", HEAD.encode() + b'"Gr,by,58,14,,,\n' + b"x,y,1,2,,,\n" * 20_000, "quotation mark"),
        ("a.csv", HEAD.encode() + b"a" * 1_000_001, "does not end"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea', "no whole JSON"),
        ("a.geojson", b'{"a": 1}', "neither"),
        ("a.geojson", b"<html>", "no JSON"),
        ("a.csv", b"Gatunamn;Nummer;Postort\nStorgatan;4;x\n", "coordinates"),
        ("a.txt", b"\t".join([b"1"] * 19) + b"\n", ""),
    ],
)
def test_files_that_are_refused(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    if not why:
        assert read(tmp_path, name, content) != []
        return
    with pytest.raises(Refused, match=why):
        read(tmp_path, name, content)


def test_zips_that_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", HEAD + "a" * 60_000_000)
    with pytest.raises(Refused, match="would unpack to"):
        SourceFile(path)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.csv", HEAD)
        packed.writestr("b.csv", HEAD)
    with pytest.raises(Refused, match="one file"):
        SourceFile(path)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.csv", HEAD + "A,by,58,14,,,\n" * 100_000)
    data = bytearray(path.read_bytes())
    data[600_000] ^= 1
    path.write_bytes(data)
    with pytest.raises(Refused, match="broken"):
        list(SourceFile(path).lines())


def test_houses_are_gathered_to_streets() -> None:
    streets = Streets()
    rows = [*streets.houses(House("Storgatan", "Gränna", ((4, ""), (6, "")), 58.0, 14.0, "56332"))]
    rows += streets.houses(House("STORGATAN", "gränna", ((8, "a"),), 58.2, 14.2, "56332"))
    rows += streets.houses(House("Storgatan", "Huskvarna", ((4, ""),), 57.8, 14.3, "56130"))
    assert [(row.ref, row.number, row.letter) for row in rows] == [(1, 4, ""), (1, 6, ""), (1, 8, "a"), (2, 4, "")]
    names = {(n.kind, n.name, n.locality, n.postcode): (n.ref, n.lat, n.lon) for n in streets.names()}
    assert names["street", "Storgatan", "Gränna", "56332"] == (1, 58.1, 14.1)
    assert names["street", "Storgatan", "Huskvarna", "56130"] == (2, 57.8, 14.3)
    assert set(names) - {("street", "Storgatan", "Gränna", "56332"), ("street", "Storgatan", "Huskvarna", "56130")} == {
        ("postcode", "563 32", "", "56332"),
        ("postcode", "561 30", "Huskvarna", "56130"),
    }


def test_pieces_of_a_street_are_one_and_streets_far_apart_are_two() -> None:
    streets = Streets()
    for lat, lon in ((58.0, 14.0), (58.002, 14.0), (58.5, 14.0), (57.0, 14.001)):
        streets.street(Entry("street", "Storgatan", lat, lon, aliases=("Gamla vägen",)))
    list(streets.houses(House("Storgatan", "Söderby", ((1, ""),), 57.0, 14.0)))
    found = sorted((n.folded, n.locality, round(n.lat, 3)) for n in streets.names())
    assert found == [
        ("gamla vagen", "", 58.001), ("gamla vagen", "", 58.5), ("storgatan", "", 58.001), ("storgatan", "", 58.5),
        ("storgatan", "Söderby", 57.0),
    ]  # fmt: skip
    assert np.isfinite([n.lon for n in streets.names()]).all()
