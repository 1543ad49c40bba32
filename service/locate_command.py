"""`budkavle locate`: where addresses and places are."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import click
import orjson

from dispatch.areas import redraw
from dispatch.gazetteer import locate
from dispatch.network import Network
from geo.location import Candidate, Location
from geo.places import PlaceIndex
from service.command_line import CONFIG, DEFAULT_NETWORK, fails_plainly
from service.event_loop import run_async
from service.network_file import find_network_file, read_network
from service.postgres import PostgresUnavailable
from service.settings import Settings, SettingsError, load_settings
from sql import query

LOW = 0.2  # how sure we are of anything, when it must be asked about


@click.command("locate")
@click.option("--network", help=f"A network that comes along, or a file. Default: BUDKAVLE_CONFIG, else {DEFAULT_NETWORK}.")
@CONFIG
@fails_plainly
def locate_command(network: str | None, config: Path | None) -> None:
    """Where addresses and places are: one a line on standard input, one JSON object a line out.

    What may be meant as well is told as "candidates", likeliest first. When it must be asked which is meant, "area" and "place"
    are null. The gazetteer is read where there is one (`budkavle places import`).
    """
    settings = load_settings()
    found = read_network(find_network_file(network or config or settings.config or DEFAULT_NETWORK))
    run_async(_answer(settings, found))


async def _answer(settings: Settings, network: Network) -> None:
    async with _gazetteer(settings, network) as pool:
        if pool is not None:
            async with pool.acquire() as connection:
                await redraw(connection, network)  # boundaries that somebody has drawn
        index = PlaceIndex(tuple(network.areas.values()))
        for raw in sys.stdin.buffer:
            location = await locate(pool, network, index, raw.decode("utf-8", "replace").strip())
            sys.stdout.buffer.write(orjson.dumps(told(location)) + b"\n")
            sys.stdout.buffer.flush()


def told(location: Location) -> dict[str, Any]:
    """A location as the command prints it."""
    best = location.best
    unsure = min(LOW, max((c.confidence for c in location.candidates), default=0.0))
    return {
        "area": best.area if best else None,
        "place": best.place if best else None,
        "lat": best.lat if best else None,
        "lon": best.lon if best else None,
        "confidence": round(best.confidence if best else unsure, 2),
        "candidates": [_candidate(candidate) for candidate in location.candidates],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    row = {
        "label": candidate.label,
        "area": candidate.area,
        "place": candidate.place,
        "lat": candidate.lat,
        "lon": candidate.lon,
        "confidence": round(candidate.confidence, 2),
    }
    if candidate.nearby:
        row["nearby"] = candidate.nearby
    return row


@asynccontextmanager
async def _gazetteer(settings: Settings, network: Network) -> AsyncIterator[Any]:
    """A pool to the network's database, if there is one already; else None, which is said."""
    async with AsyncExitStack() as stack:
        pool = None
        if settings.database_url is None and not (settings.data_dir / "postgres").is_dir():
            _only_own_names("there is no database yet")
        else:
            try:
                pool = await _open(stack, settings, network)
            except (PostgresUnavailable, SettingsError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                _only_own_names(f"the database cannot be reached ({type(error).__name__})")
        yield pool


async def _open(stack: AsyncExitStack, settings: Settings, network: Network) -> Any:
    from service.database import open_database, open_pool

    database = await stack.enter_async_context(open_database(settings))
    pool = await stack.enter_async_context(open_pool(database, network.key, 1))
    if not await pool.fetchval(query("gazetteer_is_there")):
        _only_own_names("the database has no gazetteer for it: run 'budkavle migrate'")
        return None
    if not await pool.fetchval(query("gazetteer_has_names")):
        _only_own_names("the gazetteer is empty: see 'budkavle places import'")
    return pool


def _only_own_names(why: str) -> None:
    click.echo(f"Only the network file's names are known: {why}", err=True)
