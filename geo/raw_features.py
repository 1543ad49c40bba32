"""Polygons with names as they stand in a file: GeoJSON (RFC 7946, and the `crs` member of its 2008 forerunner), or GeoPackage
(OGC 12-128r19), which is SQLite with a header before each geometry's WKB. What they mean is read in geo/area_files.py."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

LARGEST = 200_000_000  # bytes; the outlines of a country's municipalities have a tenth of it
MOST = 10_000  # features
_ENVELOPE = (0, 32, 48, 48, 64)  # bytes, by the number in the GeoPackage header's flags


class BadAreaFile(Exception):
    """A file with areas cannot be read as a whole; str() is a line for whoever made it."""


@dataclass(frozen=True, slots=True)
class RawFeature:
    """One feature. number: from 1. geometry: as it stands there, None when there is none. why: what made it unreadable."""

    number: int
    properties: Mapping[str, Any]
    geometry: BaseGeometry | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class RawFile:
    """All features of a file. crs: the system that it says its numbers are in, None when it says nothing."""

    features: tuple[RawFeature, ...]
    crs: str | None = None


def read_raw(path: Path, layer: str | None = None) -> RawFile:
    """Read a file, whatever its name. layer: of a GeoPackage with several. Raises BadAreaFile, OSError."""
    if path.stat().st_size > LARGEST:
        raise BadAreaFile(f"the file is larger than {LARGEST // 1_000_000} MB: export the areas alone")
    data = path.read_bytes()
    if data.startswith(b"SQLite format 3\0"):
        return _read_geopackage(path, layer)
    if data.startswith(b"PK\x03\x04"):
        raise BadAreaFile("this is a zip archive: unpack it, and export its areas as GeoJSON or GeoPackage")
    return _read_geojson(data)


def _read_geojson(data: bytes) -> RawFile:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadAreaFile("save the file as UTF-8; this is UTF-16")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadAreaFile(f"save the file as UTF-8 ({error.reason} at byte {error.start})") from error
    try:
        document = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise BadAreaFile(f"this is neither GeoJSON nor a GeoPackage ({error})") from error
    kind = document.get("type") if isinstance(document, dict) else None
    rows = document.get("features") if kind == "FeatureCollection" else [document] if kind == "Feature" else None
    if not isinstance(rows, list):
        raise BadAreaFile('this is JSON, but no GeoJSON with areas: it must be a "FeatureCollection" or a "Feature"')
    _check_count(len(rows))
    return RawFile(tuple(_feature(number, row) for number, row in enumerate(rows, 1)), _named_crs(document.get("crs")))


def _check_count(count: int) -> None:
    if count == 0:
        raise BadAreaFile("the file has no features")
    if count > MOST:
        raise BadAreaFile(f"the file has {count} features: these are hardly areas")


def _feature(number: int, row: Any) -> RawFeature:
    if not isinstance(row, dict) or row.get("type") != "Feature":
        return RawFeature(number, {}, None, "is no GeoJSON feature")
    said = row.get("properties")
    properties: dict[str, Any] = said if isinstance(said, dict) else {}
    known = {**properties, **({"id": row["id"]} if "id" in row and "id" not in properties else {})}
    if row.get("geometry") is None:
        return RawFeature(number, known, None, "has no geometry")
    try:
        return RawFeature(number, known, shapely.geometry.shape(row["geometry"]))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError):
        return RawFeature(
            number, known, None, "has a geometry that cannot be read: a polygon needs rings of at least 4 positions"
        )


def _named_crs(crs: Any) -> str | None:
    name = (crs.get("properties") or {}).get("name") if isinstance(crs, dict) and isinstance(crs.get("properties"), dict) else crs
    if crs is None or (isinstance(name, str) and name):
        return name
    raise BadAreaFile('the file\'s "crs" cannot be understood: write --crs EPSG:… as the system that it is in')


def _read_geopackage(path: Path, layer: str | None) -> RawFile:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            opened.row_factory = sqlite3.Row
            table, column, crs = _layer(opened, layer)
            rows = f"FROM {_quoted(table)}"  # the layer's name is the file's own: it is quoted, and the file is opened to read
            _check_count(opened.execute(f"SELECT count(*) {rows}").fetchone()[0])
            return RawFile(tuple(_rows(opened, table, column)), crs)
    except sqlite3.Error as error:
        raise BadAreaFile(f"this is an SQLite file, but no GeoPackage that can be read ({error})") from error


def _layer(opened: sqlite3.Connection, layer: str | None) -> tuple[str, str, str | None]:
    """The table, its column with the geometry, and the system."""
    found = opened.execute(
        "SELECT g.table_name, g.column_name, s.organization, s.organization_coordsys_id FROM gpkg_geometry_columns AS g "
        "LEFT JOIN gpkg_spatial_ref_sys AS s ON s.srs_id = g.srs_id ORDER BY g.table_name"
    ).fetchall()
    names = ", ".join(row["table_name"] for row in found)
    if not found:
        raise BadAreaFile("the GeoPackage has no layer with geometries")
    if layer is None and len(found) > 1:
        raise BadAreaFile(f"the GeoPackage has several layers, choose with --layer: {names}")
    row = next((row for row in found if layer in (None, row["table_name"])), None)
    if row is None:
        raise BadAreaFile(f"the GeoPackage has no layer {layer!r}; there is {names}")
    said = str(row["organization"] or "").upper()
    crs = None if said in ("", "NONE") else f"{said}:{row['organization_coordsys_id']}"
    return row["table_name"], row["column_name"], crs


def _rows(opened: sqlite3.Connection, table: str, column: str) -> Iterator[RawFeature]:
    found = opened.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608 (as above)
    for number, row in enumerate(found, 1):
        properties = {name: row[name] for name in row.keys() if name != column}  # noqa: SIM118 (a Row iterates its values)
        if row[column] is None:
            yield RawFeature(number, properties, None, "has no geometry")
            continue
        try:
            yield RawFeature(number, properties, _geometry(row[column]))
        except (TypeError, IndexError, ValueError, shapely.errors.ShapelyError):
            yield RawFeature(number, properties, None, "has a geometry that cannot be read")


def _geometry(blob: bytes) -> BaseGeometry:
    """A geometry in the GeoPackage's binary form: "GP", version, flags, system, an envelope, then WKB (OGC 12-128r19, 2.1.3)."""
    flags = blob[3]
    if blob[:2] != b"GP" or flags & 0b100000:
        raise ValueError("no standard GeoPackage geometry")
    with np.errstate(invalid="ignore"):  # what is no number is told with the feature
        return shapely.from_wkb(blob[8 + _ENVELOPE[flags >> 1 & 0b111] :])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
