"""Which of the places that a text may mean is gone by, and when it must be asked about."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.address import read_address
from geo.area_map import AreaMap
from geo.fold import fold
from geo.locate import MOST_CHOICES, Known, Row, decide, position
from geo.location import Location, Precision
from geo.model import Area, Geography, NearbyNetwork, Place
from geo.places import PlaceIndex
from geo.spelling import alike, patterns

AREAS = (
    Area("vast", "Väst", (Place("Ekeby", 57.5, 14.1, "vast"), Place("Nyhem", 57.55, 14.1, "vast")), ("551",)),
    Area("mitt", "Mitten", (Place("Åby", 57.5, 14.5, "mitt"),), ("552",)),
    Area("ost", "Öst", (Place("Bäckby", 57.5, 14.9, "ost"), Place("Nyhem", 57.55, 14.9, "ost")), ("553",)),
)
BESIDE = NearbyNetwork("Grannby kommun", places=(Place("Grannby", 57.5, 15.4, ""),), postcodes=("599",))
GEOGRAPHY = Geography(AREAS, shapely.box(13.9, 57.3, 15.1, 57.7), nearby=(BESIDE,))
MAP, INDEX = AreaMap(GEOGRAPHY), PlaceIndex(AREAS)
OUTSIDE = PlaceIndex([Area(BESIDE.name, "", BESIDE.places, BESIDE.postcodes)])


def row(at: int, kind: str, name: str, locality: str, lon: float, lat: float = 57.5, area: str | None = None) -> Row:
    return Row(at, 0, kind, name, fold(name), locality, fold(locality), "", area, lat, lon)


STORGATAN = [
    row(1, "street", "Storgatan", "Ekeby", 14.1),
    row(2, "street", "Storgatan", "Åby", 14.5),
    row(3, "street", "Storgatan", "Bäckby", 14.9),
]


def located(text: str, rows: list[Row], near: str | None = None) -> Location:
    return decide(read_address(text), rows, Known(INDEX.find(text), OUTSIDE.find(text), near), MAP)


@pytest.mark.parametrize(
    ("text", "near", "area", "labels"),
    [
        ("Storgatan 4", None, None, ["Storgatan 4, Ekeby", "Storgatan 4, Åby", "Storgatan 4, Bäckby"]),
        ("Storgatan 4", "ost", "ost", ["Storgatan 4, Bäckby"]),
        ("Storgatan 4 i Åby", None, "mitt", ["Storgatan 4, Åby"]),
        ("Storgatan 4 i Åby", "ost", "mitt", ["Storgatan 4, Åby"]),  # what is said counts more than where somebody lives
        ("Storgatan 4, 551 20", None, "vast", ["Storgatan 4, Ekeby"]),
        ("storgattan 4 abyy", None, None, ["Storgatan 4, Ekeby", "Storgatan 4, Åby", "Storgatan 4, Bäckby"]),
    ],
)
def test_one_street_in_three_areas(text: str, near: str | None, area: str | None, labels: list[str]) -> None:
    location = located(text, STORGATAN, near)
    assert (location.best.area if location.best else None) == area
    assert [candidate.label for candidate in location.candidates][: len(labels)] == labels


@pytest.mark.parametrize(
    ("text", "near", "areas", "clear"),
    [
        ("Nyhem", None, ["vast", "ost"], False),
        ("Nyhem", "ost", ["ost", "vast"], True),
        ("Nyhem vid Ekeby", None, ["vast"], True),
        ("från Ekeby till Bäckby", None, ["vast", "ost"], True),
        ("Grannby", None, [None], True),
        ("599 10", None, [None], True),
        ("ingenstans", None, [], False),
    ],
)
def test_the_networks_own_names(text: str, near: str | None, areas: list[str | None], clear: bool) -> None:
    location = located(text, [], near)
    assert [candidate.area for candidate in location.candidates][: len(areas)] == areas
    assert location.is_clear == clear


def test_choices_have_labels_that_tell_them_apart() -> None:
    labels = [choice.label for choice in located("Nyhem", []).choices]
    assert labels == ["Nyhem, Väst", "Nyhem, Öst"]


def test_there_are_never_more_than_six_choices() -> None:
    many = [row(at, "street", "Storgatan", f"By{at}", 14.0 + at / 10) for at in range(10)]
    assert len(located("Storgatan 4", many).choices) == MOST_CHOICES


def test_one_street_twice_at_nearly_the_same_spot_is_one() -> None:
    twice = [row(1, "street", "Storgatan", "Åby", 14.5), row(2, "street", "Storgatan", "Åby", 14.505)]
    location = located("Storgatan", twice)
    assert location.is_clear
    assert len(location.candidates) == 1


def test_what_the_source_says_of_the_area_counts_if_there_is_one() -> None:
    said = located("Storgatan 4", [row(1, "street", "Storgatan", "Åby", 14.5, area="ost")]).best
    unknown = located("Storgatan 4", [row(1, "street", "Storgatan", "Åby", 14.5, area="gone")]).best
    assert said is not None and said.area == "ost"
    assert unknown is not None and unknown.area == "mitt"


@pytest.mark.parametrize(("lon", "beside"), [(15.35, "Grannby kommun"), (17.0, None)])
def test_outside_the_network(lon: float, beside: str | None) -> None:
    best = located("Storgatan 4", [row(1, "street", "Storgatan", "Långtbort", lon)]).best
    assert best is not None
    assert (best.area, best.nearby, best.nearest) == (None, beside, "ost")
    at = position(MAP, 57.5, lon)
    assert (at.area, at.nearby, at.nearest, at.precision) == (None, beside, "ost", Precision.POSITION)


def test_a_position_inside() -> None:
    at = position(MAP, 57.5, 14.5)
    assert (at.area, at.place, at.confidence, at.nearest) == ("mitt", "Åby", 1.0, None)


@pytest.mark.parametrize(
    ("text", "kind", "name", "area"),
    [
        ("bor i Bäckby", "farm", "Bäckby", "ost"),
        ("bor i Bäckby", "place", "Bäckby", "ost"),
        ("bor i bäkby", "place", "Bälby", "ost"),  # misspelt either way: the network's own place is meant
    ],
)
def test_the_networks_own_places_come_first(text: str, kind: str, name: str, area: str) -> None:
    best = located(text, [row(1, kind, name, "", 14.5)]).best
    assert best is not None
    assert (best.area, best.place) == (area, "Bäckby")


def test_a_farm_is_never_named_to_others() -> None:
    best = located("jag bor på Backa", [row(1, "farm", "Backa gård", "", 14.48)]).best
    assert best is not None
    assert (best.place, best.area) == ("Åby", "mitt")


@pytest.mark.parametrize(
    ("name", "other", "least"),
    [("storgatan", "storgatan", 1.0), ("storgattan", "storgatan", 0.8), ("storgatan", "strandgatan", 0.0), ("eken", "alen", 0.0)],
)
def test_alike(name: str, other: str, least: float) -> None:
    found = alike([name], [], other)
    assert found >= least
    assert (found > 0) == (least > 0)


@given(st.text("abcdeghiklmnorstuv", min_size=6, max_size=24), st.sampled_from(["gatan", "vagen", "", "stigen"]), st.data())
def test_one_slip_is_within_the_patterns(stem: str, ending: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(stem) - 1))
    slip = data.draw(st.sampled_from([stem[:at] + stem[at + 1 :], stem[:at] + "x" + stem[at:], stem[:at] + "x" + stem[at + 1 :]]))
    assert any(fits(pattern, slip + ending) for pattern in patterns(stem + ending))


def fits(pattern: str, name: str) -> bool:
    """LIKE, as far as it is used."""
    first, *middle, last = pattern.split("%")
    inner = name[len(first) : len(name) - len(last)]
    return name.startswith(first) and name.endswith(last) and all(part in inner for part in middle)


KINDS = st.sampled_from(["street", "place", "farm", "postcode"])
ROWS = st.builds(
    Row,
    id=st.integers(1, 9),
    named=st.none(),
    kind=KINDS,
    name=st.sampled_from(["Storgatan", "Nyhem", "56332", "Backa gård", ""]),
    folded=st.sampled_from(["storgatan", "nyhem", "56332", "backa gard", "x"]),
    locality=st.sampled_from(["", "Åby"]),
    locality_folded=st.sampled_from(["", "aby"]),
    postcode=st.sampled_from(["", "56332"]),
    area=st.sampled_from([None, "vast", "gone"]),
    lat=st.floats(57, 58),
    lon=st.floats(13.5, 17),
    is_house=st.booleans(),
)
TEXTS = st.text(max_size=80) | st.lists(
    st.sampled_from(["Storgatan 4", "storg. 4 b", "Nyhem", "i Åby", "56332", "bor på Backa", "Grannby", "599 10"]), max_size=4
).map(" ".join)


@given(TEXTS, st.lists(ROWS, max_size=8), st.sampled_from([None, "vast", "ost", "gone"]), st.data())
def test_whatever_is_asked_the_answer_is_of_this_network(
    text: str, rows: list[Row], near: str | None, data: st.DataObject
) -> None:
    names = len(read_address(text).named)
    given_to = [r if not names else Row(**{**_fields(r), "named": data.draw(st.integers(0, names - 1))}) for r in rows]
    location = located(text, given_to, near)
    assert all(0 < candidate.confidence <= 1 for candidate in location.candidates)
    assert all(candidate.area in {None, "vast", "mitt", "ost"} for candidate in location.candidates)
    assert not location.choices or len(location.choices) <= MOST_CHOICES
    assert len({choice.label for choice in location.choices}) == len(location.choices)


def _fields(r: Row) -> dict[str, object]:
    return {name: getattr(r, name) for name in Row.__slots__}
