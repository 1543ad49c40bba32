"""Whoever moves a corner: every point of the network goes on belonging to exactly one area, and who is not concerned stays."""

import shapely
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from geo.area_map import AreaMap
from geo.model import Area, Geography, Place
from geo.redraw import CannotRedraw, change, redrawn

OUTLINE = shapely.box(14.0, 57.5, 14.6, 57.9)
A_METRE = 1e-5  # square degrees: as much as rounding to a metre can move an edge as long as the map
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # a map is drawn anew for every step
LONS, LATS = st.floats(13.95, 14.65), st.floats(57.45, 57.95)
INSIDE = st.tuples(st.floats(57.51, 57.89), st.floats(14.01, 14.59))


@st.composite
def maps(draw: st.DrawFn) -> AreaMap:
    """Two to six areas with one to three places each, in an outline."""
    spots = draw(st.lists(INSIDE.map(lambda s: (round(s[0], 3), round(s[1], 3))), min_size=4, max_size=9, unique=True))
    count = draw(st.integers(2, min(6, len(spots))))
    areas = [
        Area(f"a{n}", f"A{n}", tuple(Place(f"P{i}", *spot, f"a{n}") for i, spot in enumerate(spots) if i % count == n), ())
        for n in range(count)
    ]
    return AreaMap(Geography(tuple(areas), outline=OUTLINE))


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(st.data(), maps(), st.lists(st.lists(st.tuples(LONS, LATS), min_size=3, max_size=8), min_size=1, max_size=3))
def test_after_any_redraws_every_point_belongs_to_one_area(
    data: st.DataObject, map_: AreaMap, drawings: list[list[tuple[float, float]]]
) -> None:
    drawn: dict[str, shapely.geometry.base.BaseGeometry] = {}
    for corners in drawings:
        key = data.draw(st.sampled_from([area.key for area in map_.geography.areas]))
        try:
            new = redrawn(map_, key, shapely.Polygon(corners))
        except CannotRedraw:
            continue
        before, drawn = map_, {**drawn, **new}
        map_ = AreaMap(map_.geography, drawn)
        for other in before.outlines.keys() - new.keys():
            assert map_.outlines[other].symmetric_difference(before.outlines[other]).area < A_METRE, "nobody else is concerned"
        assert set(change(before, map_).areas) <= new.keys()
    outlines = list(map_.outlines.values())
    assert abs(sum(shape.area for shape in outlines) - OUTLINE.area) < A_METRE * len(outlines)
    assert abs(shapely.union_all(outlines).area - OUTLINE.area) < A_METRE * len(outlines)
    lat, lon = data.draw(INSIDE)
    assert map_.area_at(lat, lon) in map_.outlines


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(maps(), st.data())
def test_what_an_area_is_drawn_as_it_is(map_: AreaMap, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(map_.outlines)))
    assume(len(map_.outlines) > 1)
    assert redrawn(map_, key, map_.outlines[key]) == {}
    lost = map_.outlines[key].intersection(shapely.box(14.0, 57.5, 14.3, 57.9))
    try:
        new = redrawn(map_, key, lost)
    except CannotRedraw:
        return
    if new:
        after = AreaMap(map_.geography, new)
        assert after.outlines[key].symmetric_difference(new[key]).area < A_METRE
