"""How far it is, and from where to where."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dispatch.matching import distance_km
from dispatch.model import Need, Person
from geo.atlas import Atlas
from geo.distance import kilometres
from geo.model import Geography
from service.network_file import BUILT_IN, read_network

NOW = datetime(2020, 4, 8, 7, tzinfo=UTC)
NETWORK = read_network(BUILT_IN / "jonkoping.toml")
STOCKHOLM, GOTHENBURG = (59.3293, 18.0686), (57.7089, 11.9746)


@pytest.mark.parametrize(
    ("here", "there", "km"),
    [
        (STOCKHOLM, STOCKHOLM, 0),
        (STOCKHOLM, GOTHENBURG, 398),  # by any map
        ((0, 0), (0, 1), 111.2),  # a degree at the equator
        ((0, 179.5), (0, -179.5), 111.2),  # across the date line
        ((90, 0), (-90, 0), 20015),  # half around the earth
    ],
)
def test_kilometres(here: tuple[float, float], there: tuple[float, float], km: float) -> None:
    assert kilometres(*here, *there) == pytest.approx(km, rel=0.005, abs=0.01)
    assert kilometres(*there, *here) == pytest.approx(kilometres(*here, *there))


def distance(home: tuple[str | None, str | None], place: tuple[str | None, str | None]) -> int | None:
    person = Person(1, None, NOW, area=home[0], place=home[1])
    return distance_km(NETWORK, person, Need(2, 3, "", "sms", NOW, area=place[0], place=place[1]))


def test_a_volunteers_way_is_told_in_whole_kilometres() -> None:
    assert distance(("vaster", "Dalvik"), ("oster", "Ekhagen")) == 7
    assert distance(("vaster", "Dalvik"), ("vaster", "Dalvik")) == 0


def test_a_place_that_is_not_known_is_the_middle_of_its_area() -> None:
    middle = distance(("vaster", None), ("oster", "Ekhagen"))
    assert middle == distance(("vaster", "Storgatan 1"), ("oster", "Ekhagen"))
    assert middle is not None
    assert 4 <= middle <= 7


@pytest.mark.parametrize("unknown", [(None, None), (None, "Dalvik"), ("mars", "Dalvik")])
def test_nobody_knows(unknown: tuple[str | None, str | None]) -> None:
    assert distance(unknown, ("oster", "Ekhagen")) is None
    assert distance(("oster", "Ekhagen"), unknown) is None


def test_an_area_without_places_is_nowhere() -> None:
    bare = replace(NETWORK, atlas=Atlas(Geography((replace(NETWORK.areas["granna"], places=()),))))
    assert bare.position("granna", None) is None
