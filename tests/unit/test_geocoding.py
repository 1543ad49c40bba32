"""What of an address leaves the house, and what geocoders answer."""

import contextlib
from typing import Any

import pytest

from geo.location import Precision
from service.geocoding.cleaning import public_part
from service.geocoding.services import SERVICES, Nominatim, Photon
from tests.fake_geocoder import nominatim_place, photon_place

BOX = (13.8, 57.5, 14.7, 58.1)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Storgatan 4 B, Gränna", "Storgatan 4 B, Gränna"),
        ("  Storgatan 4,563 31   Gränna ", "Storgatan 4, 563 31 Gränna"),
        ("Storgatan 12 563 31 Gränna", "Storgatan 12 563 31 Gränna"),
        ("Storgatan 4 lgh 1102, Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4, lägenhet 12, Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4, apt. 3, våning 2, 3 tr, Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4 två trappor, Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4 uppg. B, Gränna", "Storgatan 4, Gränna"),
        ("c/o Eva Berg, Storgatan 4, Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4, hos Eva Berg, Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4, portkod 1234, Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4, kod: 12#34; Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4 (Greta Ek, röd dörr), Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4 (nyckeln ligger", "Storgatan 4"),
        ("Storgatan 4, ring 070-111 22 33, Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4, 070-1112233, Gränna", "Storgatan 4, Gränna"),
        ("Storgatan 4, +46 70 111 22 33", "Storgatan 4"),
        ("Storgatan 4, 19400101-1234", "Storgatan 4"),
        ("Storgatan 4\nGränna, eva@example.com", "Storgatan 4, Gränna"),
        ("Ringvägen 3, Nyckelgatan, Kodmakarvägen", "Ringvägen 3, Nyckelgatan, Kodmakarvägen"),
        ("c/o Eva Berg Storgatan 4", ""),
        ("12", ""),
        ("", ""),
        ("lång " * 40, ""),
    ],
)
def test_only_what_a_map_knows_is_sent(written: str, sent: str) -> None:
    assert public_part(written) == sent
    assert public_part(sent) == sent


def test_the_address_and_the_surroundings_are_all_that_is_asked() -> None:
    assert Nominatim().params("Storgatan 4", BOX) == {
        "q": "Storgatan 4", "format": "jsonv2", "addressdetails": "1", "limit": "5", "countrycodes": "se",
        "viewbox": "13.800,58.100,14.700,57.500", "bounded": "1", "accept-language": "sv",
    }  # fmt: skip
    assert Photon().params("Storgatan 4", BOX) == {"q": "Storgatan 4", "limit": "5", "bbox": "13.800,57.500,14.700,58.100"}


HOUSE = nominatim_place("Storgatan", "4", "Gränna", 58.02, 14.46)
# The examples of the documentation, as it gives them.
LONDON = {
    "place_id": 100149, "osm_type": "node", "osm_id": 107775, "lat": "51.5073219", "lon": "-0.1276474", "category": "place",
    "type": "city", "place_rank": 15, "importance": 0.9654895765402, "display_name": "London, Greater London, England, UK",
    "address": {"city": "London", "state_district": "Greater London", "country": "United Kingdom", "country_code": "gb"},
}  # fmt: skip
BERLIN = {
    "properties": {
        "name": "Berlin", "state": "Berlin", "country": "Germany", "countrycode": "DE", "osm_key": "place", "osm_value": "city",
        "osm_type": "N", "osm_id": 240109189,
    },
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [13.3888599, 52.5170365]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "place", "found"),
    [
        ("nominatim", HOUSE, ("Storgatan 4, Gränna", Precision.ADDRESS)),
        ("nominatim", nominatim_place("Storgatan", "", "Gränna", 58.02, 14.46), ("Storgatan, Gränna", Precision.STREET)),
        (
            "nominatim",
            {"lat": "58.0", "lon": "14.4", "category": "place", "type": "hamlet", "place_rank": 20,
             "display_name": "Örserum, Sverige", "address": {"hamlet": "Örserum", "country_code": "se"}},
            ("Örserum", Precision.PLACE),
        ),
        (
            "nominatim",
            {"lat": "58.0", "lon": "14.4", "category": "place", "type": "postcode", "place_rank": 21,
             "display_name": "563 31, Sverige", "address": {"postcode": "563 31", "village": "Gränna", "country_code": "se"}},
            ("563 31, Gränna", Precision.POSTCODE),
        ),
        ("nominatim", {**HOUSE, "type": "administrative", "place_rank": 14}, None),
        ("nominatim", LONDON, None),
        ("nominatim", {**HOUSE, "lat": "north"}, None),
        ("nominatim", {**HOUSE, "lat": "nan"}, None),
        ("nominatim", {**HOUSE, "lat": None}, None),
        ("nominatim", {**HOUSE, "address": None, "display_name": None, "name": 7}, None),
        ("photon", photon_place("Storgatan", "4", "Gränna", 58.02, 14.46), ("Storgatan 4, Gränna", Precision.ADDRESS)),
        ("photon", photon_place("Storgatan", "", "Gränna", 58.02, 14.46), ("Storgatan, Gränna", Precision.STREET)),
        (
            "photon",
            photon_place("Örserum", "", "Gränna", 58.0, 14.4, type="locality", osm_key="place", osm_value="hamlet"),
            ("Örserum, Gränna", Precision.PLACE),
        ),
        ("photon", photon_place("Jönköpings län", "", "", 57.7, 14.1, type="county", osm_key="place"), None),
        ("photon", BERLIN, None),
        ("photon", {"type": "Feature", "properties": {"name": "Gränna"}, "geometry": None}, None),
        ("photon", {"type": "Feature", "properties": {"name": "Gränna"}, "geometry": {"coordinates": "14"}}, None),
        ("photon", {"type": "Feature", "properties": None, "geometry": {"coordinates": [14.4, 58.0]}}, None),
        ("photon", {"type": "Feature", "properties": {"name": "x"}, "geometry": {"coordinates": [[14.4], 58.0]}}, None),
    ],
)  # fmt: skip
def test_an_answer_is_read(kind: str, place: dict[str, Any], found: tuple[str, Precision] | None) -> None:
    document = [place] if kind == "nominatim" else {"type": "FeatureCollection", "features": [place]}
    assert [(hit.label, hit.precision) for hit in SERVICES[kind].read(document)] == ([found] if found else [])


@pytest.mark.parametrize("kind", SERVICES)
@pytest.mark.parametrize("document", [None, {}, "OK", 7, [[]], {"features": {}}, {"features": [7]}, {"error": "Bad Request"}])
def test_nonsense_is_no_answer(kind: str, document: Any) -> None:
    with contextlib.suppress(ValueError):
        assert SERVICES[kind].read(document) == []


def test_the_same_street_in_pieces_is_one_answer() -> None:
    pieces = [nominatim_place("Storgatan", "", "Gränna", 58.02 + n / 1000, 14.46) for n in range(3)]
    assert len(Nominatim().read(pieces)) == 1
