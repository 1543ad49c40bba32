"""What a network file says of the map: its outline, a lake with a ferry, who helps beside it."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dispatch.network import Geocoder, Network
from geo.distance import kilometres
from service.network_file import BUILT_IN, NetworkFileError, build_network, find_network_file, read_network

SQUARE = {"type": "Polygon", "coordinates": [[[14.0, 57.6], [14.6, 57.6], [14.6, 58.0], [14.0, 58.0], [14.0, 57.6]]]}
TWO_SHORES = """
[network]
key = "shores"
name = "Två stränder"
phone = "+4636105000"
sms_number = "+46766860000"
coordinators = ["+46701110001"]

[[area]]
key = "west"
name = "Väster"
places = [{ name = "Viken", lat = 57.8, lon = 14.1 }]

[[area]]
key = "east"
name = "Öster"
places = [{ name = "Udden", lat = 57.8, lon = 14.5 }]

[[category]]
key = "other"
names = { sv = "Annat" }
"""


def network(more: str = "", folder: Path = Path(), **top: Any) -> Network:
    """Two areas, one on each side of what `more` says lies between; top: more keys of [network]."""
    raw = tomllib.loads(TWO_SHORES + more)
    raw["network"] |= top
    return build_network(raw, str(folder / "network.toml"))


def lake(ferry: str = "") -> str:
    """A lake between the two shores, from end to end, as in the file."""
    return f'[[barrier]]\nname = "Sjön"\npoints = [[57.5, 14.2], [58.2, 14.2], [58.2, 14.4], [57.5, 14.4]]\n{ferry}'


def test_areas_divide_the_networks_outline(tmp_path: Path) -> None:
    (tmp_path / "outline.geojson").write_text(json.dumps(SQUARE))
    map_ = network(folder=tmp_path, outline="outline.geojson").atlas.map
    assert map_.outline.area == pytest.approx(0.24)
    assert sum(outline.area for outline in map_.outlines.values()) == pytest.approx(0.24)
    assert (map_.area_at(57.99, 14.01), map_.area_at(57.61, 14.59), map_.area_at(57.8, 14.61)) == ("west", "east", None)


def test_a_lake_keeps_areas_apart_and_a_ferry_joins_them() -> None:
    assert network().neighbours == {"west": ("east",), "east": ("west",)}
    assert network(lake()).neighbours == {"west": (), "east": ()}
    ferry = 'crossings = [{ name = "Färjan", from = [57.8, 14.19], to = [57.8, 14.41], takes = "30m" }]\n'
    joined = network(lake(ferry))
    assert joined.neighbours == {"west": ("east",), "east": ("west",)}
    (crossing,) = joined.atlas.geography.barriers[0].crossings
    assert (crossing.name, crossing.minutes) == ("Färjan", 30)


def test_a_lake_may_be_a_file_and_a_line_is_a_barrier_too(tmp_path: Path) -> None:
    (tmp_path / "river.geojson").write_text(json.dumps({"type": "LineString", "coordinates": [[14.3, 57.0], [14.3, 58.5]]}))
    assert network('[[barrier]]\nname = "Ån"\noutline = "river.geojson"\n', tmp_path).neighbours["west"] == ()
    assert network('[[barrier]]\nname = "Ån"\npoints = [[57.0, 14.3], [58.5, 14.3]]\n').neighbours["west"] == ()


def test_who_helps_beside_the_network_and_a_geocoder() -> None:
    found = network(
        '[[nearby]]\nname = "Habo kommun"\nphone = "036-442 80 00"\nplaces = [{ name = "Habo", lat = 57.9, lon = 14.07 }]\n'
        'postcodes = ["566"]\n[geocoder]\nkind = "photon"\nurl = "https://photon.example/"\nevery = "2s"\n'
    )
    (habo,) = found.atlas.geography.nearby
    assert (habo.name, habo.phone, habo.places[0].name, habo.postcodes) == ("Habo kommun", "+46364428000", "Habo", ("566",))
    assert found.geocoder == Geocoder("photon", "https://photon.example", 3.0, 2.0)
    assert network().geocoder is None, "addresses of people in need leave the house only when somebody has said so"


@pytest.mark.parametrize(
    ("outline", "said"),
    [
        (None, r"outline\.geojson: No such file"),
        ("no json", r"outline\.geojson: this is no GeoJSON"),
        ({"type": "FeatureCollection", "features": []}, "no polygon and no line"),
        ({"type": "LineString", "coordinates": [[14, 57], [15, 58]]}, "an outline is a polygon, this is a line"),
        ({"type": "Polygon", "coordinates": [[[450000, 6400000], [460000, 6400000], [460000, 6410000], [450000, 6400000]]]},
         "no longitudes and latitudes"),
        ({"type": "Polygon", "coordinates": [["a", "b"]]}, "no GeoJSON"),
    ],
)  # fmt: skip
def test_an_outline_that_cannot_be_used_is_named(tmp_path: Path, outline: Any, said: str) -> None:
    if outline is not None:
        text = outline if isinstance(outline, str) else json.dumps(outline)
        (tmp_path / "outline.geojson").write_text(text)
    with pytest.raises(NetworkFileError, match=said):
        network(folder=tmp_path, outline="outline.geojson")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[[barrier]]\nname = "Sjön"\n', "barrier 1: write outline = "),
        ('[[barrier]]\nname = "Sjön"\npoints = [[57.0, 14.0]]\n', "points: at least two"),
        ('[[barrier]]\nname = "Sjön"\npoints = [[114.0, 57.0], [1, 2]]\n', "barrier 1 points 1 1: "),
        ('[geocoder]\nkind = "google"\nurl = "https://x"\n', "geocoder kind"),
        ('[geocoder]\nkind = "photon"\nurl = "photon.example"\n', "geocoder url"),
        ('[[nearby]]\nname = "Habo"\nphone = "ring"\n', "nearby 1 phone"),
    ],
)
def test_mistakes_are_named_with_their_place(more: str, said: str) -> None:
    with pytest.raises(NetworkFileError, match=re.escape(said)):
        network(more)


def test_jonkopings_map() -> None:
    found = read_network(find_network_file("jonkoping"))
    map_, geography = found.atlas.map, found.atlas.geography
    assert sum(o.area for o in map_.outlines.values()) == pytest.approx(map_.outline.area, rel=1e-5)
    for area in found.areas.values():
        for place in area.places:
            assert map_.area_at(place.lat, place.lon) == area.key, place.name
    for other in geography.nearby:
        for place in other.places:
            assert map_.area_at(place.lat, place.lon) is None, place.name
    assert "kaxholmen" not in map_.neighbours["bankeryd"], "Vättern lies between"
    (ferry,) = geography.barriers[0].crossings
    assert 4 < kilometres(*ferry.start, *ferry.end) < 8
    assert {map_.area_at(*ferry.start), map_.area_at(*ferry.end)} == {"granna"}


def test_a_copy_of_jonkopings_file_finds_the_shapes_that_come_with_the_program(tmp_path: Path) -> None:
    copy = tmp_path / "network.toml"
    copy.write_text((BUILT_IN / "jonkoping.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert read_network(copy).atlas.geography.outline is not None
