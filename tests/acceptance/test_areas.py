"""A coordinator imports the municipality's boundaries: in its own coordinates, swapped, broken, two at once, and half-way."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson
import pytest
import shapely
from click.testing import CliRunner
from pyproj import Transformer
from shapely.geometry import Polygon, box, mapping
from shapely.geometry.base import BaseGeometry

from dispatch import areas
from dispatch.areas import load_outlines, store_outlines
from geo.landing import swapped
from service.cli import main
from service.network_file import find_network_file, read_network
from tests.conftest import SCHEMA

NOW = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
WEST, EAST = box(14.1, 57.75, 14.17, 57.8), box(14.17, 57.75, 14.25, 57.8)
BOW_TIE = Polygon([(14.1, 57.75), (14.17, 57.8), (14.17, 57.75), (14.1, 57.8)])


class Office:
    """`budkavle areas …` in a directory, on the test's database."""

    def __init__(self, directory: Path, database: dict[str, Any]) -> None:
        self.directory, self.database = directory, database
        reach = database.get("dsn") or f"postgresql://{database['user']}@/?host={database['host']}&port={database['port']}"
        self.environment = {"BUDKAVLE_DATABASE_URL": urlsplit(reach)._replace(path=f"/{database['database']}").geturl()}

    def file(self, name: str = "areas.geojson", **shapes: BaseGeometry) -> str:
        """A file with these areas."""
        rows = [{"type": "Feature", "properties": {"key": key}, "geometry": mapping(shape)} for key, shape in shapes.items()]
        path = self.directory / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
        return str(path)

    async def runs(self, *words: str) -> tuple[int, str]:
        """The exit status and everything that is said. In a thread: the command makes an event loop of its own."""
        done = await asyncio.to_thread(CliRunner().invoke, main, ["areas", *words], env=self.environment)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    async def has(self) -> tuple[int, list[str], int]:
        """The version of the map, which areas are drawn, and how many events there are."""
        connection = await asyncpg.connect(**self.database, server_settings={"search_path": f"{SCHEMA}, public"})
        try:
            version, drawn = await load_outlines(connection)
            return version, list(drawn), await connection.fetchval("SELECT count(*) FROM events WHERE kind = 'area.redrawn'")
        finally:
            await connection.close()


@pytest.fixture
def office(tmp_path: Path, database: dict[str, Any]) -> Office:
    return Office(tmp_path, database)


async def test_the_municipalitys_polygons_in_sweref(office: Office) -> None:
    change = Transformer.from_crs("EPSG:4326", "EPSG:3006", always_xy=True)
    file = office.file(vaster=shapely.transform(WEST, lambda x, y: change.transform(x, y), interleaved=False))
    status, said = await office.runs("import", file)
    assert status == 1 and "feature 1 (vaster) looks like SWEREF 99 TM: use --crs EPSG:3006" in said
    assert await office.has() == (0, [], 0)
    status, said = await office.runs("import", file, "--crs", "EPSG:3006")
    assert status == 0 and "vaster: drawn as in the file" in said, said
    assert "nothing has changed" in (await office.runs("import", file, "--crs", "EPSG:3006"))[1]
    assert await office.has() == (1, ["vaster"], 1)
    status, said = await office.runs("export")
    drawn = {f["properties"]["key"]: shapely.geometry.shape(f["geometry"]) for f in orjson.loads(said)["features"]}
    assert status == 0 and len(drawn) == 11 and drawn["vaster"].symmetric_difference(WEST).area < 1e-5


async def test_swapped_and_broken_ones_are_put_right_and_told(office: Office) -> None:
    status, said = await office.runs("import", office.file(vaster=swapped(WEST), oster=BOW_TIE))
    assert status == 0 and "feature 1 (vaster) had latitude and longitude in each other's place" in said
    assert "feature 2 (oster) was broken (self-intersection) and was repaired" in said
    assert await office.has() == (1, ["oster", "vaster"], 2)


async def test_one_that_cannot_be_used_refuses_the_file_or_is_left_out(office: Office) -> None:
    file = office.file(vaster=WEST, atlantis=EAST)
    status, said = await office.runs("import", file)
    assert status == 1 and 'feature 2 is for "atlantis", which is no area' in said and "nothing has been changed" in said
    assert await office.has() == (0, [], 0)
    status, said = await office.runs("import", file, "--skip-refused")
    assert status == 1 and "feature 2" in said and await office.has() == (1, ["vaster"], 1)
    status, said = await office.runs("import", office.file(atlantis=EAST), "--skip-refused")
    assert status == 1 and "no feature could be used" in said


async def test_an_import_that_dies_half_way_changes_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = areas._size
    monkeypatch.setattr(areas, "_size", lambda shape: sizes(shape) if shape is None or shape.area < 0.0037 else 1 / 0)
    with pytest.raises(AssertionError, match="division by zero"):
        await office.runs("import", office.file(vaster=WEST, oster=EAST))
    monkeypatch.undo()
    assert await office.has() == (0, [], 0)


async def test_two_at_once_are_one_after_the_other(office: Office) -> None:
    network = read_network(find_network_file("jonkoping"))
    settings = {"search_path": f"{SCHEMA}, public"}
    both = [await asyncpg.connect(**office.database, server_settings=settings) for _ in range(2)]
    changes: list[dict[str, BaseGeometry | None]] = [
        {"vaster": WEST, "oster": EAST},
        {"oster": EAST, "vaster": BOW_TIE.buffer(0)},
    ]
    drawing = [store_outlines(c, network, change, "page", None, 0, NOW) for c, change in zip(both, changes, strict=True)]
    done = await asyncio.gather(*drawing, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["MapMoved", "int"], "the second is told, and draws on the newer map"
    assert await office.has() == (1, ["oster", "vaster"], 2)
    again = [store_outlines(c, network, change, "import", None, None, NOW) for c, change in zip(both, changes, strict=True)]
    assert set(await asyncio.gather(*again)) <= {1, 2, 3}, "imports wait for each other"
    for connection in both:
        await connection.close()


async def test_a_file_is_checked_before_it_is_imported(office: Office) -> None:
    image = office.directory / "areas.svg"
    file = office.file(vaster=box(14.1, 57.75, 14.2, 57.8), oster=EAST)
    status, said = await office.runs("check", file, "--picture", str(image))
    assert status == 1 and "WRONG Jönköping Väster and Jönköping Öster overlap in 9.89" in said
    assert "overlap in 9.89" in image.read_text(encoding="utf-8")
    assert await office.has() == (0, [], 0)
    status, said = await office.runs("check")
    assert status == 0 and "11 areas, 0 of them drawn: every place lies in its own" in said, said


async def test_a_village_inside_a_drawing_belongs_to_who_was_drawn(office: Office) -> None:
    """The list in the network file says Ölmstad is Kaxholmen's; the municipality's polygon says otherwise, and counts."""

    async def where(line: str) -> Any:
        done = await asyncio.to_thread(CliRunner().invoke, main, ["locate"], line, env=office.environment)
        return orjson.loads(done.stdout)["area"]

    assert await where("bor i Ölmstad") == "kaxholmen"
    status, said = await office.runs("import", office.file(granna=shapely.box(14.2, 57.9, 14.8, 58.2)))
    assert status == 0, said
    assert await where("bor i Ölmstad") == "granna"
    assert await where("bor i Skärstad") == "kaxholmen"
