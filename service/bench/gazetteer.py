"""A million addresses are imported, beside a bare COPY of the same rows; then they are searched for as people write them.

The import is the whole way of `budkavle places import`, from the file to tables that have been tidied up. A search is
`dispatch.gazetteer.locate` on one connection after the other; its floor is one look-up by index of the name as it is stored.
"""

import math
import random
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dispatch.gazetteer import locate
from dispatch.network import Network
from geo.fold import fold
from geo.places import PlaceIndex
from service.bench.address_file import HOUSES_A_STREET, Address, addresses, streets, write_register
from service.bench.stage import Stage, Unverified
from service.database import Database, bring_up_to_date, open_database, open_pool
from service.gazetteer.run import Watcher, import_source, sources_of
from service.network_file import find_network_file, read_network
from service.settings import Settings

ADDRESSES = 1_000_000
SEARCHES = 400  # of each kind
KINDS = ("exact", "misspelt", "no accents", "no number")
NEAR_KM = 2.0  # an answer as near as that is right
SEED = 6
NOON = datetime(2020, 4, 8, 10, 0, tzinfo=UTC)

_FLOOR_TABLE = """
CREATE UNLOGGED TABLE fl_address (street text NOT NULL, number integer NOT NULL, letter text NOT NULL, postcode text NOT NULL,
                                  locality text NOT NULL, lat double precision NOT NULL, lon double precision NOT NULL)
"""
_FLOOR_SEARCH = """
SELECT n.name, n.locality, a.number, a.letter, a.lat, a.lon FROM gazetteer_name AS n
JOIN gazetteer_address AS a ON a.name_id = n.id WHERE n.folded = $1 AND n.locality_folded = $2 AND a.number = $3
"""


async def measure_gazetteer(stage: Stage, seconds: float) -> dict[str, Any]:
    """A million addresses, however long that takes. Raises Unverified."""
    async with open_database(Settings(data_dir=stage.directory, database_url=None), "gazetteer") as database:
        return await measure(database, stage.directory, ADDRESSES)


async def measure(database: Database, directory: Path, count: int) -> dict[str, Any]:
    """Seconds for the import and its floor, and the searches' median and 99th percentile in ms. count: how many addresses.

    Raises Unverified when the database does not hold what the file said."""
    rows = list(addresses(streets(count // HOUSES_A_STREET, SEED), SEED))
    path = directory / "addresses.csv"
    write_register(path, rows)
    network = read_network(find_network_file("jonkoping"))
    await bring_up_to_date(database, network.key, NOON)
    async with open_pool(database, network.key, 2) as pool:
        floor = await _floor(pool, rows)
        began = time.perf_counter()
        async with pool.acquire() as connection:
            (source,) = sources_of([path], None, None, None, False)
            report = await import_source(connection, network, source, NOON, Watcher())
        ours = time.perf_counter() - began
        if report.houses.new != len(rows) or report.rejected or report.far:
            raise Unverified(f"gazetteer: {len(rows)} addresses were written, {report.houses.new} were taken")
        searched = await _searches(pool, network, rows)
    path.unlink()
    imported = {"addresses": len(rows), "names": report.names.new, "ours": round(ours, 2), "floor": round(floor, 3)}
    return {"import": imported | {"ratio": round(ours / floor, 2)}, "search": searched}


async def _floor(pool: Any, rows: list[Address]) -> float:
    """Seconds for a bare COPY of the rows, already read and converted, into a table without index and log."""
    async with pool.acquire() as connection:
        await connection.execute(_FLOOR_TABLE)
        began = time.perf_counter()
        await connection.copy_records_to_table("fl_address", records=rows, columns=Address._fields, timeout=3600)
        took = time.perf_counter() - began
        await connection.execute("DROP TABLE fl_address")
    return took


async def _searches(pool: Any, network: Network, rows: list[Address]) -> dict[str, Any]:
    chance = random.Random(SEED)
    index = PlaceIndex(tuple(network.areas.values()))
    found: dict[str, Any] = {}
    for kind in KINDS:
        took, right = [], 0
        for row in chance.sample(rows, min(SEARCHES, len(rows))):
            text = written(row, kind, chance)
            began = time.perf_counter()
            location = await locate(pool, network, index, text)
            took.append((time.perf_counter() - began) * 1000)
            right += any(_is_near(candidate.lat, candidate.lon, row) for candidate in location.candidates)
        found[kind] = _told(took) | {"right": round(right / len(took), 3)}
    took = []
    for row in chance.sample(rows, min(SEARCHES, len(rows))):
        began = time.perf_counter()
        await pool.fetch(_FLOOR_SEARCH, fold(row.street), fold(row.locality), row.number)
        took.append((time.perf_counter() - began) * 1000)
    found["floor"] = _told(took)
    return found


def _told(took: list[float]) -> dict[str, Any]:
    p99 = statistics.quantiles(took, n=100)[98]
    return {"p50_ms": round(statistics.median(took), 2), "p99_ms": round(p99, 2), "searches": len(took)}


def written(row: Address, kind: str, chance: random.Random) -> str:
    """The address as somebody would write it: one of KINDS."""
    house = f"{row.number} {row.letter}".strip()
    if kind == "no number":
        return f"{row.street}, {row.locality}"
    street = _misspelt(row.street, chance) if kind == "misspelt" else row.street
    text = f"{street} {house}, {row.locality}"
    return fold(text) if kind == "no accents" else text


def _misspelt(word: str, chance: random.Random) -> str:
    """With one letter left out, doubled, or changed with its neighbour, never the first one."""
    at = chance.randrange(1, len(word) - 1)
    middle = chance.choice(("", word[at] * 2, word[at + 1] + word[at]))
    return word[:at] + middle + (word[at + 2 :] if len(middle) == 2 and middle[0] == word[at + 1] else word[at + 1 :])


def _is_near(lat: float | None, lon: float | None, row: Address) -> bool:
    if lat is None or lon is None:
        return False
    return math.hypot(lat - row.lat, (lon - row.lon) * math.cos(math.radians(row.lat))) * 111.2 <= NEAR_KM
