"""Neighbours are what the map says, unless the network's people said otherwise."""

from dataclasses import replace

import pytest

from geo.area_map import AreaMap
from geo.model import Area, Geography, Place
from tests.jonkoping import areas


def neighbours(areas: list[Area]) -> dict[str, tuple[str, ...]]:
    """Who is beside whom on the map of these areas."""
    return AreaMap(Geography(tuple(areas))).neighbours


def row(count: int) -> list[Area]:
    """Areas in a row from west to east, a place each, some kilometres apart."""
    return [Area(f"a{n}", f"A{n}", (Place(f"P{n}", 57.7, 14.0 + 0.1 * n, f"a{n}"),), ()) for n in range(count)]


def test_areas_in_a_row_touch_the_next_only() -> None:
    assert neighbours(row(4)) == {"a0": ("a1",), "a1": ("a0", "a2"), "a2": ("a1", "a3"), "a3": ("a2",)}


def test_one_area_has_none() -> None:
    assert neighbours(row(1)) == {"a0": ()}
    assert neighbours([]) == {}


def test_the_same_spot_is_beside() -> None:
    first, second = row(1)[0], replace(row(1)[0], key="b")
    assert neighbours([first, second]) == {"a0": ("b",), "b": ("a0",)}


def test_own_neighbours_replace_the_map_and_are_mutual() -> None:
    near, middle, far = row(3)
    near = replace(near, neighbours=("a2",))
    assert neighbours([near, middle, far]) == {"a0": ("a2",), "a1": ("a2",), "a2": ("a1", "a0")}


def test_an_area_without_places_has_those_that_name_it() -> None:
    first, second = row(2)
    nowhere = Area("x", "X", (), ())
    assert neighbours([first, second, nowhere])["x"] == ()
    assert neighbours([replace(first, neighbours=("x",)), second, nowhere])["x"] == ("a0",)


def test_an_unknown_neighbour_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        neighbours([replace(row(1)[0], neighbours=("nowhere",))])


def test_jonkoping() -> None:
    found = neighbours(areas())
    assert all(key in found[other] for key, others in found.items() for other in others), "symmetric"
    assert all(found.values()), "nobody is alone"
    assert found["granna"][0] == "kaxholmen"
    assert "huskvarna" in found["oster"]
    assert "granna" not in found["norra"]
