"""Where people say that they are, with a small gazetteer: asked by the program, and by `budkavle locate`."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

import dispatch.gazetteer as gazetteer_of_dispatch
from dispatch.gazetteer import locate, locate_position
from geo.fold import fold
from geo.location import Location, Precision
from geo.places import PlaceIndex
from service.network_file import find_network_file, read_network
from sql import query
from tests.conftest import SCHEMA
from tests.ports import free_port

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
    await connection.execute(query("gazetteer_add_spellings"))


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


async def test_where_the_resident_is_known_from_decides_between_streets_of_one_name(gazetteer: Any) -> None:
    best = (await found(gazetteer, "Storgatan 4", near="huskvarna")).best
    assert best is not None
    assert best.label == "Storgatan 4, Huskvarna"


async def test_the_house_is_where_the_gazetteer_has_it(gazetteer: Any) -> None:
    house, street = (await found(gazetteer, "Kungsg 12")).best, (await found(gazetteer, "Kungsgatan")).best
    assert house is not None and street is not None
    assert (house.precision, house.lat) == (Precision.ADDRESS, pytest.approx(57.7891))
    assert (street.precision, street.lat) == (Precision.STREET, 57.789)
    assert house.place == "Huskvarna"  # which may be shown before anybody has accepted: no street


async def test_outside_the_network_the_neighbour_is_named(gazetteer: Any) -> None:
    for text in ("Bruksgatan 1", "Habo", "jag bor i Furusjö", "566 31"):
        location = await found(gazetteer, text)
        assert location.is_outside
        assert location.best is not None and location.best.nearby == "Habo kommun"


async def test_positions() -> None:
    inside = locate_position(NETWORK, 57.786, 14.3021).best
    outside = locate_position(NETWORK, 57.9089, 14.0745).best
    far = locate_position(NETWORK, 59.33, 18.06).best
    assert inside is not None and outside is not None and far is not None
    assert (inside.area, inside.place) == ("huskvarna", "Huskvarna")
    assert (outside.area, outside.nearby, outside.nearest) == (None, "Habo kommun", "bankeryd")
    assert (far.area, far.nearby) == (None, None)
    assert far.nearest in NETWORK.areas


class Away:
    """A database that cannot be asked."""

    def __init__(self, trouble: Exception) -> None:
        self.trouble = trouble

    async def fetch(self, *_args: Any) -> Any:
        raise self.trouble


class Slow:
    """A database that does not answer."""

    async def fetch(self, *_args: Any) -> Any:
        await asyncio.sleep(60)


@pytest.mark.parametrize(
    "pool",
    [None, Away(OSError("gone")), Away(asyncpg.InterfaceError("closed")), Away(asyncpg.UndefinedTableError("old"))],
)
async def test_without_the_database_the_network_files_names_are_known(pool: Any) -> None:
    best = (await locate(pool, NETWORK, INDEX, "Storgatan 4 i Gränna")).best
    assert best is not None
    assert (best.area, best.place) == ("granna", "Gränna")
    assert await locate(pool, NETWORK, INDEX, "Storgatan 4") == Location()


async def test_a_message_does_not_wait_for_a_slow_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gazetteer_of_dispatch, "LONGEST_SECONDS", 0.05)
    best = (await asyncio.wait_for(locate(Slow(), NETWORK, INDEX, "Storgatan 4 i Gränna"), 5)).best
    assert best is not None and best.area == "granna"


LINES = (
    "Gränna\nStorgatan 4\nstorg. 4 b gränna\nHabo\nqwxz\n\n".encode()
    + b"\xff\xfe\x00\n"
    + ("Storgatan " * 500 + "\n'; DROP TABLE gazetteer_name; --\n").encode()
)


def run_command(settings: dict[str, str]) -> tuple[list[dict[str, Any]], str]:
    """What `budkavle locate` says to LINES, on standard output and on standard error."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BUDKAVLE_")} | settings
    done = subprocess.run(
        [sys.executable, "-c", "from service.cli import main; main()", "locate"],
        input=LINES,
        capture_output=True,
        env=environment,
        timeout=60,
        check=True,
    )
    return [orjson.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


async def test_the_command_with_a_gazetteer(gazetteer: Any, database: dict[str, Any]) -> None:
    where = database.get("dsn") or f"postgresql://{database['user']}@/{database['database']}?host={database['host']}"
    rows, said = await asyncio.to_thread(run_command, {"BUDKAVLE_DATABASE_URL": f"{where}&port={database.get('port', 5432)}"})
    assert said == ""
    assert len(rows) == LINES.count(b"\n")
    assert set(rows[0]) == {"area", "place", "lat", "lon", "confidence", "candidates"}
    assert (rows[0]["area"], rows[0]["place"], rows[0]["confidence"]) == ("granna", "Gränna", 1.0)
    assert (rows[1]["area"], rows[1]["place"]) == (None, None)
    assert rows[1]["confidence"] < 0.5
    assert {choice["area"] for choice in rows[1]["candidates"]} == {"granna", "huskvarna", "bankeryd"}
    assert rows[2]["candidates"][0]["label"] == "Storgatan 4 B, Gränna"
    assert (rows[3]["area"], rows[3]["candidates"][0]["nearby"]) == (None, "Habo kommun")
    nothing = {"area": None, "place": None, "lat": None, "lon": None, "confidence": 0.0, "candidates": []}
    assert rows[4] == rows[5] == rows[6] == nothing


def test_the_command_without_a_database_makes_none(tmp_path: Path) -> None:
    rows, said = run_command({"BUDKAVLE_DATA_DIR": str(tmp_path / "data")})
    assert (rows[0]["area"], rows[1]["candidates"]) == ("granna", [])
    assert "Only the network file's names are known" in said
    assert not (tmp_path / "data").exists()


def test_the_command_when_the_database_is_away() -> None:
    rows, said = run_command({"BUDKAVLE_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none"})
    assert rows[0]["area"] == "granna"
    assert "Only the network file's names are known" in said
