"""Boundaries that somebody has drawn: kept in the database, and shown by the network's atlas."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import orjson
from shapely.geometry.base import BaseGeometry

from dispatch.errors import MapMoved
from dispatch.events import Kind
from dispatch.network import Network
from geo.cells import square_kilometres
from geo.geojson import geometry_as_geojson, shape_of
from geo.model import Spot
from sql import query


async def load_outlines(connection: Any) -> tuple[int, dict[str, BaseGeometry]]:
    """The version of the map, and what is drawn, by area key, as (longitude, latitude) in WGS 84. An area that the network file
    no longer has may be among them."""
    rows = await connection.fetch(query("area_outlines"))
    return rows[0]["version"], {row["area"]: shape_of(orjson.loads(row["outline"])) for row in rows if row["area"] is not None}


async def store_outlines(
    connection: Any,
    network: Network,
    changes: Mapping[str, BaseGeometry | None],
    source: str,
    by_person_id: int | None,
    expected_version: int | None,
    now: datetime,
) -> int:
    """Draw areas, all of them or none, each with its event. Returns the version of the map thereafter.

    changes: polygons by area key, valid, as (longitude, latitude) in WGS 84; None: drawn from its places again. What is drawn
    like that already changes nothing. source: "import" or "page". expected_version: of the map that whoever drew had before them.

    Raises MapMoved when it is no longer the newest, LookupError for an area that the network does not have.
    """
    for key in changes:
        if key not in network.areas:
            raise LookupError(f"there is no area {key!r}")
    async with connection.transaction():
        version: int = await connection.fetchval(query("area_map_lock"))
        if expected_version is not None and expected_version != version:
            raise MapMoved(expected_version, version)
        _, drawn = await load_outlines(connection)
        changed = {key: shape for key, shape in changes.items() if not _same(drawn.get(key), shape)}
        for key, shape in changed.items():
            if shape is None:
                await connection.execute(query("area_undraw"), key)
            else:
                outline = orjson.dumps(geometry_as_geojson(shape)).decode()
                await connection.execute(query("area_draw"), key, outline, source, now, by_person_id)
            data = {"area": key, "source": source, "before": _size(drawn.get(key)), "after": _size(shape)}
            await connection.execute(query("area_redrawn"), now, Kind.AREA_REDRAWN, by_person_id, orjson.dumps(data).decode())
        if changed:
            version = await connection.fetchval(query("area_map_is_newer"))
    return version


async def redraw(connection: Any, network: Network) -> bool:
    """Let the network's atlas show the map that the database has, if that is newer. Returns whether it was."""
    if await connection.fetchval(query("area_map_version")) <= network.atlas.version:
        return False
    version, drawn = await load_outlines(connection)
    spots = await postcode_spots(connection, network, network.areas.keys() - drawn.keys())
    # In a thread: hundreds of areas take a while to draw, and nobody should wait for that.
    await asyncio.to_thread(network.atlas.redraw, version, drawn, spots)
    return True


async def postcode_spots(connection: Any, network: Network, wanted: Collection[str]) -> dict[str, list[Spot]]:
    """Where the gazetteer's postcodes of these areas are, by area key. The longest prefix decides whose a postcode is."""
    owners = {code: area.key for area in network.areas.values() for code in area.postcodes if code.isdigit()}
    prefixes = sorted(code for code, key in owners.items() if key in wanted)
    spots: dict[str, list[Spot]] = {}
    for row in await connection.fetch(query("area_postcode_spots"), prefixes) if prefixes else ():
        code = row["postcode"]
        owner = next(owners[code[:size]] for size in range(len(code), 0, -1) if code[:size] in owners)
        if owner in wanted:
            spots.setdefault(owner, []).append((row["lat"], row["lon"]))
    return spots


def _same(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    """Do they look the same to a metre, wherever each begins?"""
    if one is None or other is None:
        return one is other
    stored = shape_of(geometry_as_geojson(other))
    return bool(one.normalize().equals_exact(stored.normalize(), 1e-9)) or bool(one.equals(stored))


def _size(shape: BaseGeometry | None) -> float | None:
    return None if shape is None else round(square_kilometres(shape), 2)
