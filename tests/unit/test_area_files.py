"""Areas from files of others: what is read, what is put right, what is refused, and with which words."""

import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import Polygon, box, mapping
from shapely.geometry.base import BaseGeometry

from geo.area_files import AreaFile, BadAreaFile, read_areas
from geo.landing import swapped
from geo.model import Area, Geography, Place

CENTRE = box(14.10, 57.75, 14.20, 57.80)
EAST = box(14.20, 57.75, 14.30, 57.80)
BOW_TIE = Polygon([(14.1, 57.7), (14.2, 57.8), (14.2, 57.7), (14.1, 57.8)])
AREAS = (
    Area("vaster", "Jönköping Väster", (Place("Dalvik", 57.79, 14.13, "vaster"),), ()),
    Area("oster", "Öster", (Place("Ekhagen", 57.7615, 14.229, "oster"),), ()),
)
TOWN = Geography(AREAS)
NOWHERE = Geography(tuple(Area(a.key, a.name, (), ()) for a in AREAS))


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    told = mapping(geometry) if isinstance(geometry, BaseGeometry) else geometry
    return {"type": "Feature", "properties": properties, "geometry": told}


def read(tmp_path: Path, *features: Any, geography: Geography = TOWN, system: str | None = None, **more: Any) -> AreaFile:
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return read_areas(path, geography, system)


def within(shape: BaseGeometry, crs: str) -> BaseGeometry:
    change = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return shapely.transform(shape, lambda x, y: change.transform(x, y), interleaved=False)


def alike(one: BaseGeometry, other: BaseGeometry) -> bool:
    return bool(one.symmetric_difference(other).area < 1e-6)


@pytest.mark.parametrize(
    "properties",
    [
        {"key": "vaster"},
        {"KEY": "Vaster"},
        {"area": "vaster"},
        {"id": "vaster"},
        {"name": "Jönköping Väster"},
        {"namn": "jonkoping vaster", "id": 17},
        {"key": None, "name": "jönköping väster"},
    ],
)
def test_an_area_is_found_by_its_key_or_name(tmp_path: Path, properties: dict[str, Any]) -> None:
    found = read(tmp_path, feature(CENTRE, **properties))
    assert found.refused == () and found.mended == () and alike(found.outlines["vaster"], CENTRE)


def test_a_single_feature_with_its_own_id_heights_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    one = {**feature(shapely.force_3d(CENTRE, 98.0)), "id": "vaster", "properties": None}
    path.write_text("\ufeff" + json.dumps(one), encoding="utf-8")
    outline = read_areas(path, TOWN).outlines["vaster"]
    assert not outline.has_z and alike(outline, CENTRE)


def test_several_features_of_one_area_become_one_and_holes_stay(tmp_path: Path) -> None:
    with_hole = CENTRE.difference(box(14.14, 57.77, 14.16, 57.78))
    found = read(tmp_path, feature(with_hole, key="vaster"), feature(EAST, key="vaster"))
    assert alike(found.outlines["vaster"], with_hole.union(EAST))
    assert [str(t) for t in found.mended] == ["feature 1 (vaster) and 2 are one area together"]


@pytest.mark.parametrize(
    ("geometry", "properties", "words"),
    [
        (CENTRE, {}, "does not say which area it is"),
        (CENTRE, {"key": "atlantis"}, 'is for "atlantis", which is no area of the network; there are vaster, oster'),
        (None, {"key": "vaster"}, "has no geometry"),
        (CENTRE.centroid, {"key": "vaster"}, "(vaster) is a Point"),
        (CENTRE.exterior, {"key": "vaster"}, "(vaster) is a LinearRing"),
        ({"type": "Polygon", "coordinates": []}, {"key": "vaster"}, "(vaster) is empty"),
        ({"type": "Polygon", "coordinates": [[[14, 57], [15, 57]]]}, {"key": "vaster"}, "cannot be read"),
        ({"type": "Polygon", "coordinates": "x"}, {"key": "vaster"}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[["a", 57], [15, 57], [15, 58], ["a", 57]]]}, {"key": "vaster"}, "cannot be read"),
        ({"type": "Square"}, {"key": "vaster"}, "cannot be read"),
        ([1, 2], {"key": "vaster"}, "cannot be read"),
        (Polygon([(14.1, 57.7), (14.2, 57.8), (14.1, 57.7)]), {"key": "vaster"}, "nothing is left when it is repaired"),
        (box(2.3, 48.8, 2.4, 48.9), {"key": "vaster"}, "(vaster) is nowhere near the network"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_number(
    tmp_path: Path, geometry: Any, properties: dict[str, Any], words: str
) -> None:
    found = read(tmp_path, feature(EAST, key="oster"), feature(geometry, **properties))
    assert list(found.outlines) == ["oster"]
    assert [told.number for told in found.refused] == [2] and words in str(found.refused[0])


def test_what_is_no_feature_is_refused(tmp_path: Path) -> None:
    assert [str(t) for t in read(tmp_path, 7, mapping(CENTRE)).refused] == [
        "feature 1 is no GeoJSON feature",
        "feature 2 is no GeoJSON feature",
    ]


def test_a_broken_outline_is_repaired_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, feature(EAST, key="oster"), feature(BOW_TIE, key="vaster"))
    assert found.outlines["vaster"].is_valid and found.outlines["vaster"].area == pytest.approx(0.005, rel=0.01)
    assert [told.number for told in found.mended] == [2] and "self-intersection" in str(found.mended[0])
    assert "repaired: it is 32.9" in str(found.mended[0])


def test_swapped_coordinates_are_put_right_where_the_network_is_known(tmp_path: Path) -> None:
    found = read(tmp_path, feature(EAST, key="oster"), feature(swapped(CENTRE), key="vaster"))
    assert alike(found.outlines["vaster"], CENTRE) and alike(found.outlines["oster"], EAST)
    assert [told.number for told in found.mended] == [2] and "latitude and longitude in each other's place" in str(
        found.mended[0]
    )


def test_swapped_coordinates_are_refused_where_nobody_knows_where_the_network_is(tmp_path: Path) -> None:
    found = read(tmp_path, feature(EAST, key="oster"), feature(swapped(CENTRE), key="vaster"), geography=NOWHERE)
    assert list(found.outlines) == ["oster"] and "GeoJSON has longitude first" in str(found.refused[0])


@pytest.mark.parametrize("system", ["EPSG:3006", "EPSG:3857", "EPSG:3008", "EPSG:3021"])
@pytest.mark.parametrize("turned", [False, True])
def test_other_systems_are_converted_when_they_are_named_and_guessed_when_not(tmp_path: Path, system: str, turned: bool) -> None:
    metres = within(CENTRE, system)
    one = feature(swapped(metres) if turned else metres, key="vaster")
    named = {"crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{system.replace(':', '::')}"}}}
    for found in (read(tmp_path, one, **named), read(tmp_path, one, system=system)):
        assert alike(found.outlines["vaster"], CENTRE) and len(found.mended) == turned
    with pytest.raises(BadAreaFile, match=f"feature 1 \\(vaster\\) looks like .*: use --crs {system}$"):
        read(tmp_path, one)


def test_the_wrong_system_is_said(tmp_path: Path) -> None:
    one = feature(within(CENTRE, "EPSG:3006"), key="vaster")
    with pytest.raises(BadAreaFile, match="looks like SWEREF 99 TM: use --crs EPSG:3006"):
        read(tmp_path, one, system="EPSG:3857")
    with pytest.raises(BadAreaFile, match="say with --crs which system it is in"):
        read(tmp_path, one, geography=NOWHERE)
    with pytest.raises(BadAreaFile, match='"EPSG:99999" is no coordinate system'):
        read(tmp_path, one, system="EPSG:99999")
    with pytest.raises(BadAreaFile, match='"crs" cannot be understood'):
        read(tmp_path, one, crs={"type": "link"})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "neither GeoJSON nor a GeoPackage"),
        (b"key,lat,lon", "neither GeoJSON nor a GeoPackage"),
        (b"[" * 5000, "neither GeoJSON nor a GeoPackage"),
        (b'{"type": "Feature", "geometry": {"type": "Point", "coordinates": [NaN, 1]}}', "neither GeoJSON nor a GeoPackage"),
        ('{"name": "Öster"}'.encode("latin-1"), "save the file as UTF-8"),
        ("{}".encode("utf-16"), "save the file as UTF-8"),
        (b"PK\x03\x04 a zip", "this is a zip archive"),
        (b"{}", "no GeoJSON with areas"),
        (b"[]", "no GeoJSON with areas"),
        (b'{"type": "FeatureCollection"}', "no GeoJSON with areas"),
        (b'{"type": "FeatureCollection", "features": []}', "no features"),
        (b"SQLite format 3\x00 and then nothing", "no GeoPackage"),
    ],
)
def test_what_is_no_file_with_areas_is_refused_as_a_whole(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(BadAreaFile, match=words):
        read_areas(path, TOWN)


def test_an_enormous_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as stream:
        stream.truncate(200_000_001)
    with pytest.raises(BadAreaFile, match="larger than 200 MB"):
        read_areas(path, TOWN)
    with pytest.raises(BadAreaFile, match="10001 features"):
        read(tmp_path, *([7] * 10_001))


def geopackage(path: Path, layers: dict[str, tuple[int, list[tuple[str, bytes | None]]]]) -> Path:
    """A GeoPackage with these layers: the system, and rows of a key and a geometry."""
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER)")
        made.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?)", [(3006, "epsg", 3006), (-1, "NONE", -1)])
        made.execute("CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER)")
        for name, (system, rows) in layers.items():
            made.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?)", (name, system))
            made.execute(f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY, geom BLOB, key TEXT)')
            made.executemany(f'INSERT INTO "{name}" (key, geom) VALUES (?, ?)', rows)
    return path


def packed(shape: BaseGeometry, envelope: bool = True) -> bytes:
    west, south, east, north = shape.bounds
    head = struct.pack("<2sBBi", b"GP", 0, 0b11 if envelope else 0b1, 3006)
    return head + (struct.pack("<4d", west, east, south, north) if envelope else b"") + shapely.to_wkb(shape)


def test_a_geopackage_is_read_in_its_own_system(tmp_path: Path) -> None:
    rows = [("vaster", packed(within(CENTRE, "EPSG:3006"))), ("oster", packed(within(EAST, "EPSG:3006"), envelope=False))]
    found = read_areas(geopackage(tmp_path / "areas.gpkg", {"områden": (3006, rows)}), TOWN)
    assert alike(found.outlines["vaster"], CENTRE) and alike(found.outlines["oster"], EAST) and not found.refused


def test_a_geopackage_with_faults(tmp_path: Path) -> None:
    broken = [("vaster", None), ("vaster", b"GP"), ("vaster", b"XX" + packed(CENTRE)[2:]), ("vaster", packed(CENTRE)[:60])]
    infinite = packed(CENTRE).replace(struct.pack("<d", 57.8), struct.pack("<d", float("nan")))
    layers = {"a": (-1, [*broken, ("vaster", infinite), ("oster", packed(EAST))]), "b": (3006, [])}
    path = geopackage(tmp_path / "two.gpkg", layers)
    with pytest.raises(BadAreaFile, match="several layers, choose with --layer: a, b"):
        read_areas(path, TOWN)
    with pytest.raises(BadAreaFile, match="no layer 'c'; there is a, b"):
        read_areas(path, TOWN, layer="c")
    with pytest.raises(BadAreaFile, match="no features"):
        read_areas(path, TOWN, layer="b")
    found = read_areas(path, TOWN, layer="a")
    assert [told.number for told in found.refused] == [1, 2, 3, 4, 5] and list(found.outlines) == ["oster"]
    assert "has a position that is no number" in str(found.refused[-1])
    with pytest.raises(BadAreaFile, match="no layer with geometries"):
        read_areas(geopackage(tmp_path / "none.gpkg", {}), TOWN)
