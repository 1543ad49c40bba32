"""Where residents live: streets that there are several of, places outside, addresses and positions that move along."""

import re
from typing import Any

import pytest

from dispatch.network import Network
from geo.fold import fold
from geo.location import Candidate, Location, Precision
from geo.places import PlaceIndex
from tests.acceptance.conftest import Town

ELSA = "+46701000001"
STREETS = [
    # name, locality, area, latitude, longitude
    ("Storgatan", "Gränna", "granna", 58.0230, 14.4650),
    ("Storgatan", "Huskvarna", "huskvarna", 57.7870, 14.2890),
    ("Storgatan", "Bankeryd", "bankeryd", 57.8610, 14.1240),
]


async def simple_locate(pool: Any, network: Network, index: PlaceIndex, text: str) -> Location:
    """Stands in for dispatch.gazetteer.locate."""
    hit = re.search(r"(?i)\b(storgatan)\b(?:\s+(\d+))?", text)
    if hit is None:
        return Location()
    near = {m.area for m in index.find(text)}
    rows = [r for r in STREETS if not near or r[2] in near]
    house = f" {hit[2]}" if hit[2] else ""
    kind = Precision.ADDRESS if house else Precision.STREET
    return Location(tuple(Candidate(a, p, f"{n}{house}, {p}", lat, lon, 0.8, kind) for n, p, a, lat, lon in rows), len(rows) == 1)


@pytest.fixture(autouse=True)
async def gazetteer(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three streets of the same name, and some houses."""
    monkeypatch.setattr("bots.dialogue.where.locate", simple_locate)
    pool = town.runtime.pool
    source = await pool.fetchval(
        "INSERT INTO gazetteer_source (name, format, imported_at, names, addresses, rejected) "
        "VALUES ('addresses', 'addresses', now(), 3, 9, 0) RETURNING id"
    )
    for name, locality, area, lat, lon in STREETS:
        street = await pool.fetchval(
            "INSERT INTO gazetteer_name (source_id, kind, name, folded, locality, locality_folded, area, lat, lon) "
            "VALUES ($1, 'street', $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            source, name, fold(name), locality, fold(locality), area, lat, lon,
        )  # fmt: skip
        for number in (1, 4, 12):
            await pool.execute(
                "INSERT INTO gazetteer_address (name_id, number, lat, lon) VALUES ($1, $2, $3, $4)",
                street, number, lat + number / 10_000, lon,
            )  # fmt: skip


async def test_there_are_several_of_the_name_and_one_is_chosen_by_its_number(town: Town) -> None:
    """Elsa writes a street; she is asked which, and a digit is enough."""
    anna, elsa = await town.volunteer("Anna Berg", "huskvarna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat åt mig? Jag bor på Storgatan 4")
    asked = await elsa.expects("Det finns flera som heter Storgatan", "1 Gränna", "2 ", "3 ", "Svara med siffran")
    at = {name: number for number, name in re.findall(r"(\d) (\w+)", asked.split("?")[1])}
    await elsa.sends(at["Huskvarna"])
    await elsa.expects("letar")
    await anna.offer("handla mat")
    task = await town.task()
    assert (task["area"], task["address"]) == ("huskvarna", "Storgatan 4, Huskvarna")
