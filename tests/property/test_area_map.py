"""Every point in a network's outline belongs to exactly one area, whatever has been drawn and whatever has not."""

from itertools import combinations

import numpy as np
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.area_map import AreaMap
from geo.cells import square_kilometres
from geo.geojson import polygons_of
from geo.model import Area, Barrier, Crossing, Geography, Place

GRID = 1e-7  # of a degree: a centimetre
THREAD = 1.2e-4  # degrees: six metres, east to west
WEST, SOUTH, EAST, NORTH = 14.0, 57.5, 14.6, 57.9
SPOT = st.tuples(st.integers(0, 400).map(lambda n: SOUTH + n / 1000), st.integers(0, 600).map(lambda n: WEST + n / 1000))


@st.composite
def drawings(draw: st.DrawFn) -> BaseGeometry:
    """What somebody draws: rings of any form, with a hole at times, repaired as an import repairs them."""
    ring = draw(st.lists(SPOT, min_size=3, max_size=9, unique=True))
    shape = polygons_of(shapely.make_valid(Polygon([(lon, lat) for lat, lon in ring])))
    if draw(st.booleans()) and not shape.is_empty:
        shape = polygons_of(shape.difference(shape.centroid.buffer(0.01)))
    return shape


@st.composite
def networks(draw: st.DrawFn) -> tuple[AreaMap, dict[str, BaseGeometry]]:
    """A map, and what is drawn on it."""
    count = draw(st.integers(1, 6))
    spots = iter(draw(st.lists(SPOT, min_size=3 * count, max_size=3 * count, unique=True)))
    areas = []
    for number in range(count):
        key = f"a{number}"
        mine = [next(spots) for _ in range(draw(st.integers(0, 3)))]
        areas.append(Area(key, key, tuple(Place(f"{key}{n}", *spot, key) for n, spot in enumerate(mine)), ()))
    drawn = {}
    for area in areas:
        if draw(st.booleans()) and not (shape := draw(drawings())).is_empty:
            drawn[area.key] = shape
    outline = draw(st.none() | st.just(box(WEST, SOUTH, EAST, NORTH)) | drawings().filter(lambda shape: not shape.is_empty))
    lake = Barrier("lake", LineString([(14.3, SOUTH), (14.31, NORTH)]), (Crossing("ferry", (57.7, 14.2), (57.7, 14.4)),))
    barriers = (lake,) if draw(st.booleans()) else ()
    return AreaMap(Geography(tuple(areas), outline, barriers), drawn), drawn


@given(networks(), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_point_in_the_outline_belongs_to_exactly_one_area(
    found: tuple[AreaMap, dict[str, BaseGeometry]], shares: list[tuple[float, float]]
) -> None:
    areas, _ = found
    if areas.outline.is_empty or not areas.outlines:
        assert all(areas.area_at(SOUTH + 0.4 * up, WEST + 0.6 * across) is None for up, across in shares)
        return
    west, south, east, north = areas.outline.bounds
    points = [(south + (north - south) * up, west + (east - west) * across) for up, across in shares]
    # Corners and edges are where two areas, or none, might answer.
    edges = [shapely.get_coordinates(shape)[:8] for shape in [*areas.outlines.values(), areas.outline]]
    points += [(lat, lon) for corners in edges for lon, lat in corners.tolist()]
    many = areas.areas_at(np.array([lat for lat, _ in points]), np.array([lon for _, lon in points]))
    for (lat, lon), key in zip(points, many, strict=True):
        assert areas.area_at(lat, lon) == key
        inside = [k for k, shape in areas.outlines.items() if shapely.intersects_xy(shape, lon, lat)]
        if inside:
            assert key == inside[0], "on an edge it is the first of those that meet there"
        elif shapely.intersects_xy(areas.outline, lon, lat):
            assert key == areas.nearest(lat, lon)[0], "in a gap it is the nearest"
        else:
            assert key is None


@given(networks())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_area_lies_over_another_and_together_they_cover_the_outline(found: tuple[AreaMap, dict[str, BaseGeometry]]) -> None:
    areas, drawn = found
    for one, other in combinations(areas.outlines.values(), 2):
        assert one.is_valid and other.is_valid
        assert one.intersection(other).area <= GRID * (one.length + other.length)
    if not areas.outlines:
        return
    every = shapely.union_all(list(areas.outlines.values()))
    missing = areas.outline.difference(every).area
    slack = 2 * GRID * sum(shape.length for shape in [*areas.outlines.values(), areas.outline])
    if any(area.places for area in areas.geography.areas if area.key not in drawn):
        threads = THREAD * sum(shape.length for shape in drawn.values())  # along a drawing a thread is left to whoever is nearest
        assert missing <= slack + threads, f"{square_kilometres(areas.outline.difference(every))} km² belong to nobody"
    assert every.difference(areas.outline).area <= slack


@given(networks())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_place_of_an_area_that_nobody_drew_lies_in_it_and_neighbours_are_mutual(
    found: tuple[AreaMap, dict[str, BaseGeometry]],
) -> None:
    areas, drawn = found
    for area in areas.geography.areas:
        for place in () if area.key in drawn else area.places:
            here = Point(place.lon, place.lat)
            taken = any(shape.distance(here) <= 2 * GRID for shape in drawn.values())
            if not taken and areas.outline.contains(here) and areas.outline.boundary.distance(here) > 2 * GRID:
                assert areas.area_at(place.lat, place.lon) == area.key
    for key, beside in areas.neighbours.items():
        assert key not in beside and len(set(beside)) == len(beside)
        assert all(key in areas.neighbours[other] for other in beside)
