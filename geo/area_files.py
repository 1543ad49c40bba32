"""Areas from files that somebody else has made: GeoJSON or a GeoPackage, in any coordinate system, with what is broken put right
or refused, and both of it told with the feature's number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.cells import square_kilometres
from geo.fold import fold
from geo.geojson import polygons_of
from geo.landing import Home, UnknownSystem, check_system, guess, is_degrees, put_down
from geo.model import Geography
from geo.raw_features import BadAreaFile, RawFeature, read_raw

__all__ = ["AreaFile", "BadAreaFile", "Told", "read_areas"]

_KEYS = ("key", "area", "id", "name", "namn")  # properties that may say which area it is, the surest first
_SHOWN = 12  # areas named when one is not known


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said of one feature. number: from 1."""

    number: int
    say: str

    def __str__(self) -> str:
        return f"feature {self.number} {self.say}"


@dataclass(frozen=True, slots=True)
class AreaFile:
    """What a file says. outlines: polygons by area key, valid, as (longitude, latitude) in WGS 84. mended: what was put right.
    refused: the features that cannot be used."""

    outlines: dict[str, BaseGeometry]
    mended: tuple[Told, ...]
    refused: tuple[Told, ...]


class _Refused(Exception):
    """This feature cannot be used; str() goes on after "feature 3"."""


def read_areas(path: Path, geography: Geography, crs: str | None = None, layer: str | None = None) -> AreaFile:
    """Read the polygons of a network's areas. crs: what the numbers are in, such as "EPSG:3006"; None: what the file says, else
    degrees. layer: of a GeoPackage with several. Raises BadAreaFile when the file as a whole cannot be used, OSError."""
    raw = read_raw(path, layer)
    system = crs or raw.crs
    try:
        if system:
            check_system(system)
    except UnknownSystem as error:
        raise BadAreaFile(str(error)) from error
    reader = _Reader(geography, system)
    for feature in raw.features:
        try:
            reader.take(feature)
        except _Refused as error:
            reader.refused.append(Told(feature.number, str(error)))
    outlines = {key: shapely.union_all(parts) for key, parts in reader.parts.items()}
    for key, numbers in reader.numbers.items():
        if len(numbers) > 1:
            reader.mended.append(Told(numbers[0], f"({key}) and {_listed(numbers[1:])} are one area together"))
    return AreaFile(outlines, tuple(reader.mended), tuple(reader.refused))


class _Reader:
    """The way from a file's features to areas."""

    def __init__(self, geography: Geography, crs: str | None) -> None:
        self._home = Home.of(geography)
        self._crs = crs
        self._areas = [area.key for area in geography.areas]
        self._called: dict[str, str] = {}
        for called in ({fold(a.key): a.key for a in geography.areas}, {fold(a.name): a.key for a in geography.areas}):
            self._called = called | self._called
        self.parts: dict[str, list[BaseGeometry]] = {}
        self.numbers: dict[str, list[int]] = {}
        self.mended: list[Told] = []
        self.refused: list[Told] = []

    def take(self, feature: RawFeature) -> None:
        """Raises _Refused, and BadAreaFile when all features will have the same fault."""
        if feature.geometry is None:
            raise _Refused(feature.why)
        key = self._key(feature.properties)
        shape = self._placed(_plain(feature.geometry, key), feature.number, key)
        if not shape.is_valid:
            shape = self._repaired(shape, feature.number, key)
        self.parts.setdefault(key, []).append(shape)
        self.numbers.setdefault(key, []).append(feature.number)

    def _key(self, properties: Mapping[str, Any]) -> str:
        small = {str(name).casefold(): value for name, value in properties.items()}
        said = [str(small[name]).strip() for name in _KEYS if isinstance(small.get(name), str | int) and str(small[name]).strip()]
        for name in said:
            if (key := self._called.get(fold(name))) is not None:
                return key
        there = ", ".join(self._areas[:_SHOWN]) + (" …" if len(self._areas) > _SHOWN else "")
        if not said:
            raise _Refused(f'does not say which area it is: give it a property "key", one of {there}')
        raise _Refused(f'is for "{said[0][:60]}", which is no area of the network; there are {there}')

    def _placed(self, shape: BaseGeometry, number: int, key: str) -> BaseGeometry:
        found = put_down(shape, self._crs, self._home)
        if found is not None:
            landed, was_swapped = found
            if was_swapped:
                say = "had latitude and longitude in each other's place" if not self._crs else "had its two numbers swapped"
                self.mended.append(Told(number, f"({key}) {say}, which was put right"))
            return landed
        likely = guess(shape, self._home)
        if likely is not None:
            raise BadAreaFile(f"feature {number} ({key}) looks like {likely[1]}: use --crs {likely[0]}")
        if not self._crs and not is_degrees(shape):
            raise BadAreaFile(f"feature {number} ({key}) is not in degrees: say with --crs which system it is in")
        if self._home.box is None:
            raise _Refused(f"({key}) looks as if latitude and longitude stood in each other's place: GeoJSON has longitude first")
        where = f" as {self._crs}" if self._crs else ""
        raise _Refused(f"({key}) is nowhere near the network{where}: is it in another coordinate system, or another town?")

    def _repaired(self, shape: BaseGeometry, number: int, key: str) -> BaseGeometry:
        why = shapely.is_valid_reason(shape).split("[")[0].strip().lower()
        mended = polygons_of(shapely.make_valid(shape, method="structure", keep_collapsed=False))
        if mended.is_empty:
            raise _Refused(f"({key}) is broken ({why}), and nothing is left when it is repaired")
        size = square_kilometres(mended)
        self.mended.append(Told(number, f"({key}) was broken ({why}) and was repaired: it is {size:.2f} km² now, look at it"))
        return mended


def _plain(geometry: BaseGeometry, key: str) -> BaseGeometry:
    """Its polygons, without heights."""
    if geometry.is_empty:
        raise _Refused(f"({key}) is empty")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise _Refused(f"({key}) has a position that is no number")
    flat = shapely.force_2d(geometry)
    if flat.geom_type in ("Polygon", "MultiPolygon"):
        return flat
    polygons = [part for part in getattr(flat, "geoms", ()) if part.geom_type in ("Polygon", "MultiPolygon")]
    if not polygons:
        raise _Refused(f"({key}) is a {flat.geom_type}, and an area is a Polygon or a MultiPolygon")
    return shapely.MultiPolygon([part for polygon in polygons for part in shapely.get_parts(polygon)])


def _listed(numbers: list[int]) -> str:
    return " and ".join(str(number) for number in numbers)
