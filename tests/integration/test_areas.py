"""Boundaries in the database: changed as a whole, each change an event, and shown by every process's map."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
import pytest
from shapely.geometry import Point, box

from dispatch.areas import load_outlines, redraw, store_outlines
from dispatch.errors import MapMoved
from dispatch.network import Network
from service.network_file import find_network_file, read_network
from tests.conftest import SCHEMA

NOW = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
WEST, EAST = box(14.1, 57.75, 14.17, 57.8), box(14.17, 57.75, 14.25, 57.8)


@pytest.fixture
def network() -> Network:
    return read_network(find_network_file("jonkoping"))


@pytest.fixture
async def connection(database: dict[str, Any]) -> AsyncIterator[Any]:
    opened = await asyncpg.connect(**database, server_settings={"search_path": f"{SCHEMA}, public"})
    yield opened
    await opened.close()


async def events(connection: Any) -> list[dict[str, Any]]:
    rows = await connection.fetch("SELECT data FROM events WHERE kind = 'area.redrawn' ORDER BY id")
    return [orjson.loads(row["data"]) for row in rows]


async def test_each_change_is_an_event_and_the_same_again_is_none(connection: Any, network: Network) -> None:
    assert await load_outlines(connection) == (0, {})
    assert await store_outlines(connection, network, {"vaster": WEST, "oster": EAST}, "import", None, None, NOW) == 1
    assert await store_outlines(connection, network, {"vaster": WEST, "oster": EAST}, "import", None, None, NOW) == 1
    version, drawn = await load_outlines(connection)
    assert version == 1 and drawn["vaster"].equals(WEST) and drawn["oster"].equals(EAST)
    told = await events(connection)
    assert [(e["area"], e["source"], e["before"]) for e in told] == [("vaster", "import", None), ("oster", "import", None)]
    assert told[0]["after"] == pytest.approx(23.1, abs=0.2)
    assert await store_outlines(connection, network, {"vaster": None, "norra": None}, "page", None, 1, NOW) == 2
    assert list((await load_outlines(connection))[1]) == ["oster"]
    assert (await events(connection))[2:] == [{"area": "vaster", "source": "page", "before": told[0]["after"], "after": None}]


async def test_who_draws_on_an_old_map_is_told_and_changes_nothing(connection: Any, network: Network) -> None:
    await store_outlines(connection, network, {"vaster": WEST}, "page", None, 0, NOW)
    with pytest.raises(MapMoved):
        await store_outlines(connection, network, {"oster": EAST}, "page", None, 0, NOW)
    with pytest.raises(LookupError):
        await store_outlines(connection, network, {"oster": EAST, "atlantis": WEST}, "page", None, 1, NOW)
    assert (await load_outlines(connection))[0] == 1 and len(await events(connection)) == 1


async def test_an_older_map_is_drawn_anew(connection: Any, network: Network) -> None:
    assert not await redraw(connection, network)
    await store_outlines(connection, network, {"vaster": EAST}, "import", None, None, NOW)
    assert network.atlas.map.area_at(57.7775, 14.2) != "vaster"
    assert await redraw(connection, network) and not await redraw(connection, network)
    assert network.atlas.version == 1 and network.atlas.map.area_at(57.7775, 14.2) == "vaster"


async def test_postcodes_draw_an_area_by_where_their_addresses_are(connection: Any, network: Network) -> None:
    source = (
        "INSERT INTO gazetteer_source (name, format, imported_at, names, addresses, rejected) VALUES ('a', 'csv', $1, 0, 0, 0)"
    )
    await connection.execute(source, NOW)
    name = """INSERT INTO gazetteer_name (source_id, kind, name, folded, postcode, lat, lon)
              SELECT id, $1, $2, $2, $3, $4, $5 FROM gazetteer_source RETURNING id"""
    street = await connection.fetchval(name, "street", "storgatan", "", 57.6, 14.6)
    house = "INSERT INTO gazetteer_address (name_id, number, postcode, lat, lon) VALUES ($1, $2, '56121', 57.66, $3)"
    await connection.execute(house, street, 1, 14.34)
    await connection.execute(house, street, 2, 14.36)
    await connection.execute(name, "postcode", "561 22", "56122", 57.67, 14.37)
    await store_outlines(connection, network, {"vaster": WEST}, "import", None, None, NOW)
    await redraw(connection, network)
    assert {network.atlas.map.area_at(57.66, 14.35), network.atlas.map.area_at(57.67, 14.37)} == {"huskvarna"}
    assert network.atlas.map.outlines["huskvarna"].covers(Point(14.37, 57.67))
