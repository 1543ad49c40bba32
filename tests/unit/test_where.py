"""Where a message comes from: what is looked up, what is chosen of several places, and what a change leaves of a position."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.dialogue.choosing import chosen_in
from bots.dialogue.understand import Understander
from bots.dialogue.where import Finder
from dispatch.intake import Request, at_home
from dispatch.model import Need, Person
from dispatch.whereabouts import as_choices, at_place, choice_words, still_there
from geo.location import Candidate, Location, Precision
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
UNDERSTANDER = Understander(tuple(NETWORK.areas.values()), tuple(NETWORK.categories))
NOW = datetime(2020, 4, 8, 7, tzinfo=UTC)


def street(area: str, place: str, name: str = "Storgatan") -> Candidate:
    """One of several streets."""
    return Candidate(area, place, f"{name}, {place}", 57.8, 14.2, 0.7, Precision.STREET)


THREE = (street("granna", "Gränna"), street("huskvarna", "Huskvarna"), street("bankeryd", "Bankeryd"))
TWO_IN_ONE_TOWN = (street("vaster", "Jönköping"), street("oster", "Jönköping", "Östra Storgatan"), street("granna", "Gränna"))


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("2", 1), ("nr 3", 2),
        ("nummer 1, tack!", 0), ("٢", 1), ("2:an", 1), ("alternativ 2", 1), ("tvåan", 1), ("den tredje", 2),
        ("Gränna", 0), ("i huskvarna såklart", 1), ("STORGATAN BANKERYD", 2), ("första", 0), ("toinen", 1), ("друга", 1),
        ("0", None), ("4", None), ("12", None), ("Storgatan", None), ("Tenhult", None), ("vet inte", None), ("", None),
        ("1 eller 2", None), ("Gränna eller Huskvarna", None), ("jag bor på våning 2 i ett gult hus vid skolan", None),
        ("070-123 45 67", None), ("👍", None),
    ],
)  # fmt: skip
def test_what_of_three_streets_an_answer_chooses(text: str, chosen: int | None) -> None:
    assert chosen_in(text, THREE, NETWORK) == (None if chosen is None else THREE[chosen])


def test_what_tells_two_streets_of_one_town_apart_is_what_is_said() -> None:
    assert chosen_in("Östra Storgatan", TWO_IN_ONE_TOWN, NETWORK) == TWO_IN_ONE_TOWN[1]
    assert chosen_in("Jönköping", TWO_IN_ONE_TOWN, NETWORK) == TWO_IN_ONE_TOWN[0]  # nobody says less of Östra Storgatan


def test_choices_are_named_by_what_tells_them_apart() -> None:
    assert choice_words(THREE, NETWORK) == {"asked_about": "Storgatan", "places": ["Gränna", "Huskvarna", "Bankeryd"]}
    named = ["Storgatan, Jönköping", "Östra Storgatan, Jönköping", "Storgatan, Gränna"]
    assert choice_words(TWO_IN_ONE_TOWN, NETWORK) == {"asked_about": "", "places": named}
    farms = tuple(Candidate(area, "Torp", "Torp", None, None, 0.5, Precision.PLACE) for area in ("granna", "bankeryd"))
    areas = [NETWORK.areas[c.area or ""].name for c in farms]
    assert choice_words(farms, NETWORK) == {"asked_about": "Torp", "places": areas}


def test_what_cannot_be_told_apart_is_no_choice_and_six_are_enough() -> None:
    assert as_choices((THREE[0], THREE[0], THREE[1]), NETWORK) == THREE[:2]
    assert len(as_choices([street("granna", f"By {n}") for n in range(9)], NETWORK)) == 6


class Pool:
    """A database in which the gazetteer has names or not. asked: how often."""

    def __init__(self, has_names: bool, fault: Exception | None = None) -> None:
        self.has_names, self.fault, self.asked = has_names, fault, 0

    async def fetchval(self, _query: str) -> bool:
        """The only question that is put to it."""
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return self.has_names


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are looked up; three streets are found for each."""
    texts: list[str] = []

    async def locate(pool: Any, network: Any, index: Any, text: str) -> Location:
        texts.append(text)
        return Location(THREE)

    monkeypatch.setattr("bots.dialogue.where.locate", locate)
    return texts


@pytest.mark.parametrize(
    ("text", "is_looked_up"),
    [
        ("Kan någon handla mat? Bor på Storgatan", True),
        ("nej, jag bor på Storgatan", True),
        ("Storgatan 4 i Gränna, kan någon handla?", True),  # the place is known, and a house too
        ("Kan någon handla mat i Gränna?", False),
        ("tack så mycket!", False),
        ("hur går det?", False),
        ("4", False),
        ("", False),
    ],
)
async def test_only_what_may_tell_is_looked_up(text: str, is_looked_up: bool, looked_up: list[str]) -> None:
    finder = Finder(Pool(True), NETWORK, UNDERSTANDER, lambda: NOW)
    understood = await finder.found(text, UNDERSTANDER.understand(text))
    assert bool(looked_up) == is_looked_up
    if "Gränna" in text:
        assert (understood.area, understood.where.best is not None) == ("granna", True)


async def test_without_a_gazetteer_the_database_is_asked_once_a_minute(looked_up: list[str]) -> None:
    """A network whose file names nobody beside it looks nothing up."""
    alone = replace(NETWORK, atlas=type(NETWORK.atlas)(replace(NETWORK.atlas.geography, nearby=())))
    pool, now = Pool(False), [NOW]
    finder = Finder(pool, alone, UNDERSTANDER, lambda: now[0])
    text = "handla mat på Storgatan"
    for _ in range(10):
        assert (await finder.found(text, UNDERSTANDER.understand(text))).area is None
    assert (pool.asked, looked_up) == (1, [])
    pool.has_names = True
    now[0] += timedelta(minutes=1)
    assert (await finder.found(text, UNDERSTANDER.understand(text))).where.choices == THREE


async def test_a_database_that_is_away_leaves_the_place_unknown(looked_up: list[str]) -> None:
    finder = Finder(Pool(True, OSError("away")), NETWORK, UNDERSTANDER, lambda: NOW)
    text = "Kan någon handla mat i Gränna på Storgatan 4?"
    assert (await finder.found(text, UNDERSTANDER.understand(text))).area == "granna"
    assert looked_up == []


HOME = Person(1, None, NOW, area="granna", place="Örserum", address="Byvägen 1")


@pytest.mark.parametrize(
    ("request_", "area", "address"),
    [
        (Request("mat", "sms"), "granna", "Byvägen 1"),
        (Request("mat", "sms", choices=THREE), "granna", "Storgatan, Gränna"),
        (Request("mat", "sms", choices=THREE[1:]), None, ""),
        (Request("mat", "sms", choices=THREE[1:2]), "granna", "Byvägen 1"),  # hardly meant
        (Request("mat", "sms", area="tenhult"), "tenhult", ""),
        (Request("mat", "sms", outside=True), "granna", "Byvägen 1"),  # "skjuts till Habo", from home
        (Request("mat", "sms", outside=True, spot=(58.4, 14.6), located=Precision.POSITION), None, ""),
    ],
)
def test_whoever_is_known_is_at_home_unless_something_says_otherwise(request_: Request, area: str | None, address: str) -> None:
    found = at_home(HOME, request_, NETWORK)
    assert (found.area, found.address) == (area, address)
    assert found.area is None or not found.outside


SOMEWHERE = Need(1, 1, "mat", "sms", NOW, area="granna", place="Gränna", address="Storgatan 4, Gränna", lat=58.02, lon=14.46,
                 located=Precision.ADDRESS)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "precision"),
    [
        ({"wanted": "i morgon"}, Precision.ADDRESS),
        ({"address": "Storgatan 6"}, Precision.PLACE),  # the house is another one, the place is the same
        ({"area": "tenhult", "place": None, "address": ""}, None),
        ({"place": "Örserum"}, Precision.PLACE),
    ],
)
def test_a_pin_never_stands_at_an_old_place(changes: dict[str, Any], precision: Precision | None) -> None:
    after = still_there(SOMEWHERE, replace(SOMEWHERE, **changes), NETWORK)
    assert after.located == precision
    assert (after.lat is None) == (precision is None)


def test_a_position_outside_outlives_that_it_is_given_an_area() -> None:
    shared = replace(at_place(SOMEWHERE, None, None, NETWORK), lat=58.4, lon=14.6, located=Precision.POSITION)
    assert still_there(shared, replace(shared, area="granna"), NETWORK).lat == 58.4
