"""The areas on the map: every place inside its own area's outline, and no outline over another."""

import json
from dataclasses import replace
from itertools import combinations
from typing import Any

from shapely.geometry import LineString, Point, Polygon, box, shape
from shapely.geometry.base import BaseGeometry

from geo.area_map import AreaMap
from geo.geojson import as_geojson, barriers_as_geojson
from geo.model import Area, Barrier, Geography, Place
from tests.jonkoping import areas


def outlines_of(areas: list[Area]) -> dict[str, BaseGeometry]:
    """What areas look like when nobody has drawn anything."""
    return AreaMap(Geography(tuple(areas))).outlines


def area(key: str, *spots: tuple[float, float]) -> Area:
    """An area with places at these latitudes and longitudes."""
    return Area(key, key.upper(), tuple(Place(f"{key}{n}", lat, lon, key) for n, (lat, lon) in enumerate(spots)), ())


def test_every_place_of_jonkoping_lies_in_its_own_area_and_in_no_other() -> None:
    outlines = outlines_of(areas())
    assert len(outlines) == 11
    for own in areas():
        for place in own.places:
            assert [key for key, outline in outlines.items() if outline.covers(Point(place.lon, place.lat))] == [own.key]


def test_no_outline_lies_over_another() -> None:
    outlines = outlines_of(areas())
    assert all(outline.is_valid and outline.area > 1e-4 for outline in outlines.values())
    for one, other in combinations(outlines.values(), 2):
        assert one.intersection(other).area < 1e-8, "square degrees: less than a garden"


def test_the_geojson_says_the_same_to_a_metre() -> None:
    outlines = outlines_of(areas())
    told = json.loads(json.dumps(as_geojson(areas(), outlines)))
    assert told["type"] == "FeatureCollection"
    assert [f["properties"] for f in told["features"]] == [{"key": a.key, "name": a.name} for a in areas()]
    for feature in told["features"]:
        outline = outlines[feature["properties"]["key"]]
        assert shape(feature["geometry"]).symmetric_difference(outline).area < 1e-5 * outline.length

    def numbers(value: Any) -> list[float]:
        return [value] if isinstance(value, float | int) else [n for part in value for n in numbers(part)]

    assert all(n == round(n, 5) for f in told["features"] for n in numbers(f["geometry"]["coordinates"]))


def test_an_area_with_one_place_is_a_disc_around_it() -> None:
    outlines = outlines_of([area("a", (57.7, 14.0))])
    west, south, east, north = outlines["a"].bounds
    assert 0.008 < north - 57.7 < 0.0095 and 0.015 < east - 14.0 < 0.018  # a kilometre
    assert outlines["a"].covers(Point(14.0, 57.7)) and west < 14.0 and south < 57.7


def test_an_area_in_two_parts_keeps_both() -> None:
    outlines = outlines_of([area("a", (57.7, 14.0), (57.7, 14.4)), area("b", (57.7, 14.2))])
    assert outlines["a"].geom_type == "MultiPolygon"
    told = as_geojson([area("a"), area("b")], outlines)
    assert [f["geometry"]["type"] for f in told["features"]] == ["MultiPolygon", "Polygon"]


def test_a_spot_that_two_areas_name_belongs_to_the_first() -> None:
    first, second = area("a", (57.7, 14.0)), area("b", (57.7, 14.0), (57.7, 14.2))
    outlines = outlines_of([first, second])
    assert outlines["a"].covers(Point(14.0, 57.7)) and not outlines["b"].covers(Point(14.0, 57.7))
    assert list(outlines_of([first, replace(first, key="c")])) == ["a"]


def test_areas_without_places_have_no_outline() -> None:
    assert outlines_of([]) == {}
    assert outlines_of([area("a")]) == {}
    assert list(outlines_of([area("a"), area("b", (57.7, 14.0))])) == ["b"]
    assert as_geojson([area("a")], {})["features"] == []


def test_of_a_barrier_only_what_lies_about_the_areas_is_told() -> None:
    """A river and a lake go on; another lake is far away, and a third only touches the view."""
    outlines = {"a": box(14, 57, 15, 58)}  # the view: 13.5 to 15.5, 56.5 to 58.5
    river, lake = LineString([(10, 57.5), (20, 57.5)]), box(14.2, 57.2, 14.4, 60)
    far, touching = box(10, 50, 11, 51), Polygon([(15.5, 58.5), (16, 58.5), (16, 59)])
    barriers = [Barrier(name, outline) for name, outline in zip("rlft", (river, lake, far, touching), strict=True)]
    told = barriers_as_geojson(barriers, outlines)["features"]
    found = {feature["properties"]["name"]: shape(feature["geometry"]) for feature in told}
    assert found["r"].equals(LineString([(13.5, 57.5), (15.5, 57.5)]))
    assert found["l"].equals(box(14.2, 57.2, 14.4, 58.5))
    assert found.keys() == {"r", "l"}
    assert barriers_as_geojson(barriers, {})["features"] == []
