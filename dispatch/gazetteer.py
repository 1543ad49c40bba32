"""Looks up where somebody is: by the names that the network file knows and, in the database, the gazetteer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import asyncpg
import structlog

from dispatch.network import Network
from geo.address import Named, Written, read_address
from geo.locate import Known, Row, decide, position
from geo.location import Location
from geo.model import Area, NearbyNetwork
from geo.places import PlaceIndex
from geo.spelling import alike, patterns
from sql import query

log = structlog.get_logger()

LONGEST_SECONDS = 1.0  # a message waits no longer for the gazetteer
_MOST_SPELLINGS = 60  # of all that a text may name
_MOST_SIMILAR = 4  # names for which similar ones are looked for
_SURE_NAME = 0.7  # ... which are those that stand where a place's name does
_SURELY_BESIDE = 0.79  # a slip in a long name; "träna" is not Tranås, and nobody is sent away for such a word
_MOST_ELSEWHERE = 5
_MOST_HOUSES = 30  # streets in which the house is looked for
_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


async def locate(pool: Any, network: Network, index: PlaceIndex, text: str, near: str | None = None) -> Location:
    """Where the place or address in `text` is. pool: a pool or a connection; None: only the names of the network file are known.
    near: the key of the area that the resident is known from, which decides between places of one name.

    Never fails on what people write; when the gazetteer cannot be asked, its names are not known.
    """
    text = text.replace("\x00", " ")
    written, areas = read_address(text), network.atlas.map
    beside = names_beside(areas.geography.nearby).find(text)
    known = Known(index.find(text), tuple(match for match in beside if match.score >= _SURELY_BESIDE), near)
    rows: Sequence[Row] = ()
    if pool is not None and (written.named or written.postcodes):
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                rows = await _rows(pool, written)
        except _AWAY as error:
            log.warning("gazetteer.away", error=type(error).__name__)
    return decide(written, rows, known, areas)


def locate_position(network: Network, lat: float, lon: float) -> Location:
    """Where a position (degrees, WGS 84) lies: in one area, or outside the network, with the area nearest to it."""
    return Location((position(network.atlas.map, lat, lon),), is_clear=True)


@lru_cache(maxsize=64)
def names_beside(networks: tuple[NearbyNetwork, ...]) -> PlaceIndex:
    """The names of what lies beside the network; each network is an area of its name."""
    return PlaceIndex([Area(network.name, "", network.places, network.postcodes) for network in networks])


async def _rows(pool: Any, written: Written) -> list[Row]:
    """What the gazetteer has, the houses put in: two round trips at most."""
    spelt = [(name, at) for at, named in enumerate(written.named) for name in (*named.names, *named.loose)][:_MOST_SPELLINGS]
    streets_only = any(named.is_street for named in written.named)  # beside a street, a village is one that is known
    similar = [
        (named, at) for at, named in enumerate(written.named) if _may_be_misspelt(named) and (named.is_street or not streets_only)
    ][:_MOST_SIMILAR]
    sought = [(named.names[0], at, pattern) for named, at in similar for pattern in patterns(named.names[0])]
    words = written.words[:80]
    villages = [" ".join(words[at : at + size]) for at in range(len(words)) for size in (1, 2)]
    lists = (*_columns(spelt, 2), *_columns(sought, 3), villages, list(written.postcodes))
    found = await pool.fetch(query("gazetteer_find"), *lists)
    rows = _best([Row(**record) for record in found], written)
    return await _with_houses(pool, rows, written)


def _may_be_misspelt(named: Named) -> bool:
    return named.weight >= _SURE_NAME and len(named.names[0]) >= 5


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [[row[at] for row in rows] for at in range(count)]


def _best(rows: Sequence[Row], written: Written) -> list[Row]:
    """Of each of the text's names the rows that are spelt most like it, each once. A longer name that is spelt as the text says
    leaves no shorter one: "Erik Dahlbergsgatan" is not Dahlbergsgatan."""
    kept: list[Row] = []
    for at, named in enumerate(written.named):
        mine = [row for row in rows if row.named == at]
        fits = {folded: alike(named.names, named.loose, folded) > 0 for folded in {row.folded for row in mine}}
        of_it = {row.id: row for row in mine if fits[row.folded]}.values()
        orders = {folded: order for folded in fits if (order := _order(named, folded)) is not None}
        exact = [row for row in of_it if orders.get(row.folded) == min(orders.values())] if orders else []
        kept.extend(_in_the_village(exact or list(of_it), written))
    return [*kept, *(row for row in rows if row.named is None)]


def _in_the_village(rows: Sequence[Row], written: Written) -> Sequence[Row]:
    """Where the text says the village: the streets in it, and a few of the same name elsewhere, for it may be told wrongly."""
    text = f" {' '.join(written.words)} "
    there = [row for row in rows if row.locality_folded and f" {row.locality_folded} " in text]
    return [*there, *[row for row in rows if row not in there][:_MOST_ELSEWHERE]] if there else rows


def _order(named: Named, folded: str) -> int | None:
    """How many words fewer than the longest spelling a name has; None when it is spelt in another way."""
    longest = max(name.count(" ") for name in named.names)
    return longest - folded.count(" ") if folded in named.names else None


async def _with_houses(pool: Any, rows: Sequence[Row], written: Written) -> list[Row]:
    """The rows, with the position of the house where the street has the number. Streets without it stay."""
    wanted = [(row.id, number) for row in rows if row.kind == "street" and (number := _number(row, written))][:_MOST_HOUSES]
    if not wanted:
        return list(rows)
    found = await pool.fetch(query("gazetteer_houses"), [street for street, _ in wanted], [number for _, number in wanted])
    houses: dict[int, list[Any]] = {}
    for house in found:
        houses.setdefault(house["name_id"], []).append(house)
    return [_at_the_house(row, houses.get(row.id, []), written) for row in rows]


def _number(row: Row, written: Written) -> int | None:
    return written.named[row.named].number if row.named is not None else None


def _at_the_house(row: Row, houses: Sequence[Any], written: Written) -> Row:
    if not houses or row.named is None:
        return row
    letter = written.named[row.named].letter
    house = next((house for house in houses if house["letter"] == letter), houses[0])
    postcode, has_letter = house["postcode"] or row.postcode, house["letter"] == letter
    return replace(row, lat=house["lat"], lon=house["lon"], postcode=postcode, is_house=True, has_letter=has_letter)
