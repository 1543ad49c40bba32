"""What is wrong with a network's areas, told so that whoever draws them can put it right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from geo.area_map import AreaMap
from geo.cells import square_kilometres
from geo.geojson import polygons_of

_SLIVER = 0.01  # km²: what is smaller comes of two people drawing one edge, and harms nobody
_SLIGHT = 0.0005  # km²: what is smaller is rounding, and not worth a word


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about the areas. kind: "overlap", "hole", "place", "nothing", "unknown", "sliver" or "island". areas: keys.
    say: what it is and what to do. where: its shape, to be shown on a map. is_wrong: else it is a note."""

    kind: str
    areas: tuple[str, ...]
    say: str
    where: BaseGeometry | None = None
    is_wrong: bool = True


def check_areas(areas: AreaMap, drawn: Mapping[str, BaseGeometry] | None = None) -> tuple[Finding, ...]:
    """All that is to be said of a map. drawn: all drawings, those of areas that the network does not have among them; None: the
    map's own."""
    drawn = areas.drawn if drawn is None else drawn
    found = [*_overlaps(areas), *_holes(areas), *_places(areas), *_nothing(areas), *_unknown(areas, drawn), *_islands(areas)]
    return tuple(sorted(found, key=lambda finding: not finding.is_wrong))


def _name(areas: AreaMap, key: str) -> str:
    known = areas.geography.area(key)
    return known.name if known else key


def _at(shape: BaseGeometry) -> str:
    spot = shape.representative_point()
    return f"near {spot.y:.4f}, {spot.x:.4f}"


def _overlaps(areas: AreaMap) -> Iterator[Finding]:
    keys, shapes = list(areas.drawn), list(areas.drawn.values())
    if not shapes:
        return
    for a, b in sorted(zip(*shapely.STRtree(shapes).query(shapes, predicate="intersects").tolist(), strict=True)):
        if a >= b:
            continue
        both = polygons_of(shapes[a].intersection(shapes[b]))
        if (size := square_kilometres(both)) <= _SLIGHT:
            continue
        one, other = _name(areas, keys[a]), _name(areas, keys[b])
        if size < _SLIVER:
            say = f"{one} and {other} overlap in a sliver of {size * 100:.2f} ha {_at(both)}: it goes to {one}"
            yield Finding("sliver", (keys[a], keys[b]), say, both, is_wrong=False)
        else:
            say = f"{one} and {other} overlap in {size:.2f} km² {_at(both)}, which goes to {one}: move one of the two edges"
            yield Finding("overlap", (keys[a], keys[b]), say, both)


def _holes(areas: AreaMap) -> Iterator[Finding]:
    """What of the outline no drawing covers, when there is no area left that could be drawn there."""
    if not areas.drawn or any(key not in areas.drawn for key in areas.outlines):
        return
    whole = shapely.union_all(list(areas.drawn.values()))
    # Without an outline of its own the network ends where its drawings do, and only what they go round is a hole.
    around = (
        areas.outline
        if areas.geography.outline is not None
        else shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(whole)])
    )
    for hole in shapely.get_parts(polygons_of(around.difference(whole))):
        if (size := square_kilometres(hole)) <= _SLIGHT:
            continue
        spot = hole.representative_point()
        key = areas.nearest(spot.y, spot.x)[0]
        if size < _SLIVER:
            say = f"a sliver of {size * 100:.2f} ha {_at(hole)} is in no area: it goes to the nearest, {_name(areas, key)}"
            yield Finding("sliver", (key,), say, hole, is_wrong=False)
        else:
            say = (
                f"{size:.2f} km² {_at(hole)} are in no area: requests from there go to the nearest, {_name(areas, key)}; draw it"
            )
            yield Finding("hole", (key,), f"{say} into one", hole)


def _places(areas: AreaMap) -> Iterator[Finding]:
    for area in areas.geography.areas:
        for place in area.places:
            lies = areas.area_at(place.lat, place.lon)
            if lies == area.key:
                continue
            here = shapely.Point(place.lon, place.lat)
            where = f"{place.name} ({place.lat:.4f}, {place.lon:.4f}) is a place of {area.name}"
            if lies is None:
                say = f"{where}, and lies {areas.outside_km(place.lat, place.lon):.1f} km outside the network's outline"
                yield Finding("place", (area.key,), f"{say}: mend its position, or the outline", here)
            else:
                say = f"{where}, and lies in {_name(areas, lies)}, which is asked"
                say = f"{say}: move the boundary, or the place in the network file"
                yield Finding("place", (area.key, lies), say, here)


def _nothing(areas: AreaMap) -> Iterator[Finding]:
    for area in areas.geography.areas:
        if area.key in areas.outlines:
            continue
        if area.key in areas.drawn or area.places:
            say = f"nothing is left of {area.name}: other areas are drawn over all of it; move their edges"
        else:
            say = f"{area.name} is nowhere on the map: give it places, draw it, or import the addresses of its postcodes"
        yield Finding("nothing", (area.key,), say)


def _unknown(areas: AreaMap, drawn: Mapping[str, BaseGeometry]) -> Iterator[Finding]:
    for key in drawn:
        if areas.geography.area(key) is None:
            say = f'"{key}" is drawn, and is no area of the network file: its drawing is not used; rename or add the area'
            yield Finding("unknown", (key,), say, drawn[key])


def _islands(areas: AreaMap) -> Iterator[Finding]:
    for key, shape in areas.outlines.items():
        parts = sorted(shapely.get_parts(shape), key=square_kilometres)
        small = [part for part in parts[:-1] if square_kilometres(part) > _SLIGHT]
        if small:
            size = sum(map(square_kilometres, small))
            parted = "a part" if len(small) == 1 else f"{len(small)} parts"
            say = f"{_name(areas, key)} has {parted} apart from the rest, {size:.2f} km² in all, {_at(small[-1])}"
            yield Finding("island", (key,), say, shapely.union_all(small), is_wrong=False)
