"""Where people say that they are, with a small gazetteer: asked by the program, and by `budkavle locate`."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from dispatch.gazetteer import locate
from geo.fold import fold
from geo.location import Location
from geo.places import PlaceIndex
from service.network_file import find_network_file, read_network
from tests.conftest import SCHEMA

NETWORK = read_network(find_network_file("jonkoping"))
INDEX = PlaceIndex(tuple(NETWORK.areas.values()))
# kind, name, locality, postcode, latitude, longitude, house numbers
NAMES: list[tuple[str, str, str, str, float, float, list[tuple[int, str]]]] = [
    ("street", "Storgatan", "Gränna", "56332", 58.020, 14.466, [(2, ""), (4, "a"), (4, "b"), (30, "")]),
    ("street", "Storgatan", "Huskvarna", "56131", 57.787, 14.300, [(4, ""), (6, "")]),
    ("street", "Storgatan", "Bankeryd", "56431", 57.861, 14.123, [(4, "")]),
    ("street", "Kungsgatan", "Huskvarna", "56131", 57.789, 14.303, [(12, "")]),
    ("street", "Norra Strandgatan", "Jönköping", "55320", 57.783, 14.165, [(14, ""), (14, "a")]),
    ("street", "Södra Strandgatan", "Jönköping", "55320", 57.781, 14.166, [(14, "")]),
    ("street", "Sankt Pers väg", "Norrahammar", "56231", 57.704, 14.106, [(8, "")]),
    ("street", "Huskvarnavägen", "Jönköping", "55303", 57.779, 14.200, [(3, "")]),
    ("street", "Bruksgatan", "Habo", "56631", 57.908, 14.080, [(1, "")]),
    ("farm", "Backa gård", "", "", 57.73, 13.90, []),
    ("farm", "Torpa", "", "", 57.70, 14.35, []),
    ("farm", "Lugnet", "", "", 57.92, 14.37, []),
    ("place", "Nyhem", "", "", 57.775, 14.22, []),
    ("place", "Nyhem", "", "", 57.66, 14.085, []),
    ("place", "Nyhem", "", "", 57.861, 14.121, []),
    ("place", "Vireda", "", "", 57.95, 14.58, []),
    ("postcode", "56332", "Gränna", "56332", 58.021, 14.465, []),
]


async def fill(connection: Any) -> None:
    """A gazetteer as an import leaves it."""
    source = await connection.fetchval(
        "INSERT INTO gazetteer_source (name, format, imported_at, names, addresses, rejected) "
        "VALUES ('test', 'csv', $1, 0, 0, 0) RETURNING id",
        datetime(2020, 4, 8, tzinfo=UTC),
    )
    for kind, name, locality, postcode, lat, lon, houses in NAMES:
        row = await connection.fetchval(
            "INSERT INTO gazetteer_name (source_id, kind, name, folded, locality, locality_folded, postcode, lat, lon) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
            *(source, kind, name, fold(name), locality, fold(locality), postcode, lat, lon),
        )
        for at, (number, letter) in enumerate(houses):
            await connection.execute(
                "INSERT INTO gazetteer_address (name_id, number, letter, postcode, lat, lon) VALUES ($1, $2, $3, $4, $5, $6)",
                *(row, number, letter, postcode, lat + (at + 1) / 10_000, lon),
            )


@pytest.fixture
async def gazetteer(database: dict[str, Any]) -> Any:
    connection = await asyncpg.connect(**database, server_settings={"search_path": f"{SCHEMA}, public"})
    await fill(connection)
    yield connection
    await connection.close()


async def found(gazetteer: Any, text: str, near: str | None = None) -> Location:
    return await locate(gazetteer, NETWORK, INDEX, text, near)


@pytest.mark.parametrize(
    ("text", "label", "area"),
    [
        ("Storgatan 4 i Gränna", "Storgatan 4, Gränna", "granna"),
        ("storg. 4 b gränna", "Storgatan 4 B, Gränna", "granna"),
        ("Huskvarna Storgatan 4", "Storgatan 4, Huskvarna", "huskvarna"),
        ("Storgatan 4, 564 31", "Storgatan 4, Bankeryd", "bankeryd"),
        ("Storgatan 4 56332 Gränna", "Storgatan 4, Gränna", "granna"),
        ("hej jag behöver hjälp att handla, STORGATAN 4 BANKERYD", "Storgatan 4, Bankeryd", "bankeryd"),
        ("storg 30", "Storgatan 30, Gränna", "granna"),
        ("Kungsg 12", "Kungsgatan 12, Huskvarna", "huskvarna"),
        ("kungsgattan 12", "Kungsgatan 12, Huskvarna", "huskvarna"),
        ("Kungsgatan 99 Huskvarna", "Kungsgatan 99, Huskvarna", "huskvarna"),
        ("N. Strandg 14 a", "Norra Strandgatan 14 A, Jönköping", "vaster"),
        ("S:t Pers väg 8", "Sankt Pers väg 8, Norrahammar", "hovslatt"),
        ("huskvarna vägen 3", "Huskvarnavägen 3, Jönköping", "oster"),
        ("Backa gård", "Backa gård, Angerdshestra", "norra"),
        ("jag bor på Backa", "Backa gård, Angerdshestra", "norra"),
        ("bor på Lugnet", "Lugnet, Ölmstad", "kaxholmen"),
        ("bor i Torpa", "Torpa", "vaster"),  # the network's own district, not a farm of that name
        ("Nyhem i Bankeryd", "Nyhem, Bankeryd", "bankeryd"),
        ("jag bor i Vireda, kan ni köpa 2 liter mjölk kl 14", "Vireda, Örserum", "granna"),
        ("Huskvarna vid kyrkan", "Huskvarna", "huskvarna"),
        ("nära ICA i Bankeryd", "Bankeryd", "bankeryd"),
        ("56332", "563 32 Gränna", "granna"),
        ("553 99", "Jönköping Väster", "vaster"),
        ("Storgatan 4 Taberg", "Taberg", "hovslatt"),  # there is none in Taberg: the village counts
        ("Bruksgatan 1 Habo", "Bruksgatan 1, Habo", None),
        ("Mullsjö", "Mullsjö", None),
    ],
)
async def test_clear(gazetteer: Any, text: str, label: str, area: str | None) -> None:
    best = (await found(gazetteer, text)).best
    assert best is not None
    assert (best.label, best.area) == (label, area)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Storgatan 4", ["Storgatan 4, Gränna", "Storgatan 4, Huskvarna", "Storgatan 4, Bankeryd"]),
        ("storg. 4 b", ["Storgatan 4 B, Gränna", "Storgatan 4 B, Huskvarna", "Storgatan 4 B, Bankeryd"]),
        ("vi bor vid Storgatan", ["Storgatan, Gränna", "Storgatan, Huskvarna", "Storgatan, Bankeryd"]),
        ("Nyhem", ["Nyhem, Österängen", "Nyhem, Månsarp", "Nyhem, Bankeryd"]),
        ("Strandgatan 14", ["Södra Strandgatan 14, Jönköping", "Norra Strandgatan 14, Jönköping"]),
    ],
)
async def test_asked_about(gazetteer: Any, text: str, labels: list[str]) -> None:
    location = await found(gazetteer, text)
    assert location.best is None
    assert sorted(choice.label for choice in location.choices) == sorted(labels)


@pytest.mark.parametrize(
    "text", ["kl 14", "2 liter mjölk", "det är lugnet före stormen", "036-12 34 56", "v 12", "det kostade 250 kr"]
)
async def test_nothing_is_taken_for_a_place(gazetteer: Any, text: str) -> None:
    assert await found(gazetteer, text) == Location()
