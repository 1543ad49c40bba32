"""Places are found as people spell them, and not where nobody means one."""

import pytest

from geo.fold import fold
from geo.model import Area, Place
from geo.places import PlaceIndex, meant
from tests.jonkoping import areas

INDEX = PlaceIndex(areas())
PLACES = [place for area in areas() for place in area.places]


def test_the_network_has_its_42_places() -> None:
    assert len(PLACES) == 42


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
@pytest.mark.parametrize(
    "sentence",
    [
        "{name}",
        "hej jag bor i {name} och behöver mat",
        "HANDLA {upper} TACK",
        "{bare}, två liter mjölk",
        "kan någon komma till {name}?",
        "jag är {name}-bo",
    ],
)
def test_every_place_in_every_spelling(place: Place, sentence: str) -> None:
    text = sentence.format(name=place.name, upper=place.name.upper(), bare=fold(place.name))
    best = INDEX.find(text)[0]
    assert (best.place, best.area, best.score) == (place.name, place.area, 1.0)
    assert (best.lat, best.lon) == (place.lat, place.lon)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("granna", "Gränna"),
        ("Grännas kyrkogård", "Gränna"),
        ("i Gränna kyrkby", "Gränna"),
        ("Husqvarna", "Huskvarna"),
        ("huskvana", "Huskvarna"),
        ("vi huskvarnabor", "Huskvarna"),
        ("Öxnhaga", "Öxnehaga"),
        ("oxnehagan", "Öxnehaga"),
        ("bankryd", "Bankeryd"),
        ("bankeryds centrum", "Bankeryd"),
        ("raslätt", "Råslätt"),
        ("rås lätt", "Råslätt"),
        ("norra unaryd, tack", "Norra Unnaryd"),
        ("Unnaryd", "Norra Unnaryd"),
        ("Jönköping centrum", "Jönköping centrum"),
        ("Vattersnes", "Vättersnäs"),
        ("trånhalla", "Trånghalla"),
        ("petersberg", "Pettersberg"),
        ("svartorp", "Svarttorp"),
        ("i Tenhultstrakten", "Tenhult"),
        ("asun Bankerydissä", "Bankeryd"),
        ("живу в Хускварні", "Huskvarna"),
    ],
)
def test_misspelt_and_inflected(text: str, place: str) -> None:
    assert INDEX.find(text)[0].place == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "min granne hjälper mig",
        "grannarna är bortresta",
        "rödmålat torpet",
        "torpen i skogen",
        "jag är bunden vid sängen",
        "tor på taket",
        "har inte råd med dagvård",
        "banken på torget",
        "barnbarnen kommer på söndag",
        "Jönköping",
        "070-563 32 11",
        "det kostade 563 32 kr",
    ],
)
def test_no_place_is_meant(text: str) -> None:
    assert INDEX.find(text) == ()


@pytest.mark.parametrize("text", ["563 32 Gränna", "bor på 56332", "postnr 563 32."])
def test_postcodes(text: str) -> None:
    assert INDEX.find(text)[0].area == "granna"


def test_a_postcode_names_the_area_but_no_place() -> None:
    (match,) = INDEX.find("56400")
    assert (match.place, match.area, match.matched) == (None, "bankeryd", "56400")


def test_several_places_come_in_the_order_of_the_text() -> None:
    assert [match.place for match in INDEX.find("från Taberg till Huskvarna")] == ["Taberg", "Huskvarna"]


def test_an_area_without_places_is_found_by_its_name() -> None:
    (match,) = PlaceIndex([Area("skog", "Skogsbygden", (), ())]).find("uppe i skogsbygden")
    assert (match.area, match.place, match.lat) == ("skog", None, None)


def test_a_network_without_areas_finds_nothing() -> None:
    assert PlaceIndex([]).find("Gränna 563 32") == ()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Hälsn.\tElsa! ", "halsn elsa"),
        ("a\u030akte", "akte"),
        ("don’t", "dont"),
        ("Ünï-cödé №5", "uni code 5"),
        ("Мій їжак", "мій їжак"),
        ("دَواء", "دواء"),
        ("B-sidan/1234", "b sidan 1234"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


TWO_NYHEM = PlaceIndex(
    [
        Area("a", "Söderbygden", (Place("Nyhem", 57.7, 14.1, "a"), Place("Åby", 57.7, 14.2, "a")), ("551",)),
        Area("b", "Norrbygden", (Place("Nyhem", 57.9, 14.1, "b"), Place("Ekeby", 57.9, 14.2, "b")), ("552",)),
    ]
)


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("bor i Nyhem", ["a", "b"]),
        ("NYHEMS centrum", ["a", "b"]),
        ("Nyhem vid Ekeby", ["b"]),
        ("i Ekeby, alltså Nyhem", ["b"]),
        ("Nyhem, 552 10", ["b"]),
        ("Åby", ["a"]),
        ("Åby eller Ekeby", ["a"]),
        ("ingenstans", []),
    ],
)
def test_a_name_in_two_areas_means_neither_until_something_else_tells(text: str, areas: list[str]) -> None:
    assert [match.area for match in meant(TWO_NYHEM.find(text))] == areas


def test_a_slip_that_is_as_near_to_two_names_means_neither() -> None:
    index = PlaceIndex([Area("a", "Sör", (Place("Hagaby", 1, 1, "a"),), ()), Area("b", "Nör", (Place("Hageby", 1, 1, "b"),), ())])
    assert {match.area for match in meant(index.find("i Hagiby"))} == {"a", "b"}
    assert [match.area for match in meant(index.find("i Hagebyy"))] == ["b"]
