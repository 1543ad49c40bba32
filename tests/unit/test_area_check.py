"""What is found wrong with areas, in which words, and that the picture shows it."""

from xml.etree import ElementTree

import pytest
from shapely.geometry import LineString, box
from shapely.geometry.base import BaseGeometry

from geo.area_check import Finding, check_areas
from geo.area_map import AreaMap
from geo.area_picture import picture
from geo.model import Area, Barrier, Crossing, Geography, Place
from tests.jonkoping import areas as jonkoping

LEFT, RIGHT = box(14.0, 57.6, 14.3, 57.9), box(14.3, 57.6, 14.6, 57.9)
WHOLE = box(14.0, 57.6, 14.6, 57.9)


def area(key: str, *spots: tuple[float, float]) -> Area:
    return Area(key, key.upper(), tuple(Place(f"{key}{n}", lat, lon, key) for n, (lat, lon) in enumerate(spots)), ())


A, B = area("a", (57.75, 14.1)), area("b", (57.75, 14.5))


def checked(
    drawn: dict[str, BaseGeometry], *areas: Area, outline: BaseGeometry | None = WHOLE
) -> tuple[AreaMap, tuple[Finding, ...]]:
    found = AreaMap(Geography(areas or (A, B), outline), drawn)
    return found, check_areas(found, drawn)


def test_a_sound_network_has_nothing_wrong() -> None:
    assert checked({"a": LEFT, "b": RIGHT})[1] == ()
    assert checked({"a": LEFT})[1] == ()
    assert check_areas(AreaMap(Geography(tuple(jonkoping())))) == ()


@pytest.mark.parametrize(
    ("drawn", "kinds", "words"),
    [
        ({"a": LEFT, "b": box(14.2, 57.6, 14.6, 57.9)}, ["overlap"], "A and B overlap in 197.95 km² near"),
        ({"a": LEFT, "b": box(14.29, 57.6, 14.6, 57.60005).union(RIGHT)}, ["sliver"], "overlap in a sliver of"),
        ({"a": LEFT, "b": box(14.4, 57.6, 14.6, 57.9)}, ["hole"], "km² near 57.7500, 14.3500 are in no area"),
        (
            {"a": LEFT, "b": RIGHT.difference(box(14.4, 57.7, 14.401, 57.701))},
            ["sliver"],
            "in no area: it goes to the nearest, B",
        ),
        ({"a": WHOLE}, ["nothing", "place"], "b0 (57.7500, 14.5000) is a place of B, and lies in A"),
        ({"a": LEFT, "b": RIGHT, "c": LEFT}, ["unknown"], '"c" is drawn, and is no area of the network file'),
        ({"a": LEFT.difference(box(14.1, 57.5, 14.2, 58)), "b": RIGHT}, ["hole", "island"], "A has a part apart from the rest"),
    ],
)
def test_what_is_wrong_is_told(drawn: dict[str, BaseGeometry], kinds: list[str], words: str) -> None:
    _, found = checked(drawn)
    assert sorted({finding.kind for finding in found}) == kinds
    assert words in " ".join(finding.say for finding in found)
    assert all(finding.is_wrong == (finding.kind not in ("sliver", "island")) for finding in found)


def test_a_place_outside_the_outline_and_an_area_with_nothing() -> None:
    _, found = checked({}, A, B, area("c", (58.0, 14.5)), area("d"))
    told = {finding.areas[0]: finding.say for finding in found}
    assert "c0 (58.0000, 14.5000) is a place of C, and lies 11.1 km outside the network's outline" in told["c"]
    assert "D is nowhere on the map: give it places, draw it, or import the addresses" in told["d"]


def test_without_an_outline_only_what_drawings_go_round_is_a_hole() -> None:
    _, found = checked({"a": LEFT.difference(box(14.15, 57.7, 14.2, 57.8)), "b": RIGHT}, outline=None)
    assert [finding.kind for finding in found] == ["hole"]


def test_the_picture_shows_names_places_faults_and_the_ferry() -> None:
    lake = Barrier("Sjön", LineString([(14.3, 57.6), (14.3, 57.9)]), (Crossing("Färjan", (57.7, 14.2), (57.7, 14.4)),))
    odd = Area("a", 'A <& "Ö">', A.places, ())
    found = AreaMap(Geography((odd, B), WHOLE, (lake,)), {"a": LEFT, "b": box(14.2, 57.6, 14.6, 57.9)})
    text = picture(found, check_areas(found))
    root = ElementTree.fromstring(text)  # noqa: S314 (our own)
    shown = " ".join(root.itertext())
    assert all(word in shown for word in ('A <& "Ö">', "a0", "Sjön", "Färjan", "overlap in 197.95 km²"))
    assert sum(element.get("class") == "wrong" for element in root.iter()) == 2
    assert "no overlaps, no holes" in picture(found)


def test_there_is_no_picture_of_nothing() -> None:
    with pytest.raises(ValueError, match="no area to draw"):
        picture(AreaMap(Geography((area("a"),))))
