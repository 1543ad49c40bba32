"""A boundary that was moved by another process is known here within seconds: on the board, and where a position lies."""

import asyncio
import json
from pathlib import Path

import shapely
from structlog.testing import capture_logs

from dispatch.areas import redraw, store_outlines
from service.gazetteer.run import Watcher, import_source, sources_of
from tests.acceptance.conftest import Town

WHOLE_NORTH = shapely.box(14.0, 57.86, 14.8, 58.2)  # takes what is Kaxholmen's between Skärstad and Bunn


async def _followed(town: Town, area: str, lat: float, lon: float) -> bool:
    for _ in range(60):
        if town.runtime.network.atlas.map.area_at(lat, lon) == area:
            return True
        await asyncio.sleep(0.1)
    return False


async def test_a_boundary_that_another_process_moves_is_followed(town: Town) -> None:
    runtime = town.runtime
    assert runtime.network.atlas.map.area_at(57.885, 14.36) == "kaxholmen"
    async with runtime.pool.acquire() as elsewhere:
        await store_outlines(elsewhere, runtime.network, {"granna": WHOLE_NORTH}, "import", None, None, town.clock.now())
    assert await _followed(town, "granna", 57.885, 14.36)
    assert "bankeryd" in runtime.network.neighbours, "the map has all its areas"
    async with town.signed_in() as karin:
        shown = json.loads(await karin.sees("/board/map.json", "granna"))
    granna = next(f for f in shown["features"] if f["properties"]["key"] == "granna")
    assert shapely.geometry.shape(granna["geometry"]).covers(shapely.Point(14.36, 57.885))
    async with runtime.pool.acquire() as elsewhere:
        assert not await redraw(elsewhere, runtime.network), "the map is the newest already"
        await store_outlines(elsewhere, runtime.network, {"granna": None}, "page", None, None, town.clock.now())
    assert await _followed(town, "kaxholmen", 57.885, 14.36)


async def test_an_import_is_known_within_seconds(town: Town, tmp_path: Path) -> None:
    """The first request that says the street comes right after it."""
    town.ignore(town.service_group, town.enterprise)
    elsa, path = town.phone("+46704444441"), tmp_path / "places.csv"
    await elsa.sends("Kan någon handla mat? Bor på Brahegatan 12")
    await elsa.expects("Var bor du?")
    path.write_text("name,kind,lat,lon\nBrahegatan,street,58.02,14.467\n", encoding="utf-8")
    (source,) = sources_of([path], None, None, None, False)
    before = town.runtime.network.atlas.version
    async with town.runtime.pool.acquire() as elsewhere:
        await import_source(elsewhere, town.runtime.network, source, town.clock.now(), Watcher())
    for _ in range(60):
        if town.runtime.network.atlas.version > before:
            break
        await asyncio.sleep(0.1)
    await elsa.sends("Brahegatan 12")
    await elsa.expects("letar", "Gränna")


async def test_a_map_that_cannot_be_drawn_leaves_the_old_one(town: Town) -> None:
    """Somebody has broken a row by hand: people are helped by the map that was, boards go on, and the log says so."""
    runtime = town.runtime
    await runtime.pool.execute(
        "INSERT INTO area_outline VALUES ('granna', '{\"type\": \"Polygon\", \"coordinates\": 7}', 'import', $1, NULL)",
        town.clock.now(),
    )
    await runtime.pool.execute("UPDATE area_version SET version = 5")
    with capture_logs() as logs:
        await runtime.follow_map()
    assert [entry["event"] for entry in logs] == ["map.undrawn"]
    assert runtime.network.atlas.map.area_at(58.0167, 14.4667) == "granna"
    town.ignore(town.service_group, town.enterprise)
    elsa = town.phone("+46704444441")
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
