"""Somebody feeds the gazetteer: the same file twice, a newer one, a broken one, two at once, and a process that is killed."""

import asyncio
import csv
import io
import json
import os
import sys
import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from dispatch.network import Network
from service.cli import main
from service.database import Database, open_pool
from service.gazetteer.entries import Reject
from service.gazetteer.files import Refused
from service.gazetteer.progress import progress
from service.gazetteer.run import Report, Watcher, import_source, sources_of
from service.gazetteer.store import Busy, Counts, remove, staging
from service.network_file import build_network, find_network_file, read_network
from tests.acceptance.test_process import NETWORK
from tests.conftest import SCHEMA

NOW = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
HEAD = "name,kind,lat,lon,area,postcode,aliases\n"
PLACES = (
    HEAD + "Örserum,by,58.0,14.52,granna,563 91,Örseryd;Orserum\nStorgatan 4 B,adress,58.02,14.46,granna,563 32,\n"
    "Storgatan 6,adress,58.03,14.47,granna,563 32,\n"
)
BAD = PLACES + "Ingenstans,by,x,14.4,,,\nFel,by,58,14.5,nowhere,,\nKiruna,by,67.85,20.2,,,\n"


@pytest.fixture(scope="module")
def network() -> Network:
    return read_network(find_network_file(SCHEMA))


class Gazetteer:
    """The network's gazetteer in a database, and files to fill it with."""

    def __init__(self, pool: Any, network: Network, directory: Path) -> None:
        self.pool, self.network, self.directory = pool, network, directory

    async def takes(self, *texts: str, file: str = "places.csv", watcher: Watcher = Watcher(), **how: Any) -> Report:  # noqa: B008
        paths = []
        for number, text in enumerate(texts):
            paths.append(self.directory / f"{number}-{file}")
            paths[-1].write_text(text, encoding="utf-8")
        options = {"form": None, "name": None, "crs": None, "everywhere": False} | how
        source = sources_of(paths, **options)[0]
        async with self.pool.acquire() as connection:
            return await import_source(connection, self.network, source, NOW, watcher)

    async def holds(self) -> list[Any]:
        """Everything in it, ids included."""
        rows = await self.pool.fetch(
            "SELECT * FROM gazetteer_name LEFT JOIN gazetteer_address ON name_id = id ORDER BY id, number"
        )
        return [tuple(row) for row in rows]

    async def names(self) -> list[str]:
        return [row["folded"] for row in await self.pool.fetch("SELECT folded FROM gazetteer_name ORDER BY folded")]

    async def version(self) -> int:
        return int(await self.pool.fetchval("SELECT version FROM area_version"))


@pytest.fixture
async def gazetteer(database: dict[str, Any], network: Network, tmp_path: Path) -> AsyncIterator[Gazetteer]:
    async with open_pool(Database(database, None), SCHEMA, 3) as pool:
        yield Gazetteer(pool, network, tmp_path)


async def test_good_rows_are_taken_and_bad_ones_are_told_with_their_lines(gazetteer: Gazetteer) -> None:
    seen: list[Reject] = []
    report = await gazetteer.takes(BAD, watcher=Watcher(rejected=lambda path, row: seen.append(row)))
    assert [(row.line, row.why) for row in seen] == [
        (5, 'lat and lon are no numbers: "x", "14.4"'),
        (6, 'unknown area: there is no area "nowhere"'),
    ]
    assert [row for _, row in report.first] == seen and report.rejected.total() == 2
    assert (report.far, report.houses) == (1, Counts(2, 0, 0))
    assert await gazetteer.names() == ["56332", "orserum", "orseryd", "storgatan"]
    street = await gazetteer.pool.fetchrow("SELECT * FROM gazetteer_name WHERE kind = 'street'")
    assert (street["name"], street["postcode"], street["area"], street["lat"], street["lon"]) == (
        *("Storgatan", "56332", "granna"),
        *(58.025, 14.465),
    )
    houses = await gazetteer.pool.fetch("SELECT number, letter, postcode FROM gazetteer_address ORDER BY number")
    assert [tuple(house) for house in houses] == [(4, "b", "56332"), (6, "", "56332")]
    assert (await gazetteer.takes(BAD, everywhere=True)).names == Counts(1, 0, 4)


async def test_the_same_file_again_changes_nothing(gazetteer: Gazetteer) -> None:
    await gazetteer.takes(PLACES)
    before, version = await gazetteer.holds(), await gazetteer.version()
    report = await gazetteer.takes(PLACES)
    assert (report.names, report.houses) == (Counts(0, 0, 4), Counts(0, 0, 2))
    assert (await gazetteer.holds(), await gazetteer.version()) == (before, version)


async def test_a_newer_file_replaces_what_its_source_said_and_nothing_else(gazetteer: Gazetteer) -> None:
    await gazetteer.takes(HEAD + "Broby,gård,58.0,14.5,,,\n", file="farms.csv")
    await gazetteer.takes(PLACES, file="own.csv")  # the same source by default: the farm is gone
    await gazetteer.takes(HEAD + "Broby,gård,58.0,14.5,,,\n", name="farms")
    version = await gazetteer.version()
    report = await gazetteer.takes(PLACES.replace("Storgatan 6", "Storgatan 8").replace("Örseryd;", ""))
    assert (report.names, report.houses) == (Counts(0, 1, 3), Counts(1, 1, 1))
    assert await gazetteer.names() == ["56332", "broby", "orserum", "storgatan"]
    assert await gazetteer.version() == version + 1
    async with gazetteer.pool.acquire() as connection:
        assert await remove(connection, "places") and not await remove(connection, "places")
    assert await gazetteer.names() == ["broby"]
    assert await gazetteer.version() == version + 2


async def test_a_file_that_breaks_off_changes_nothing(gazetteer: Gazetteer) -> None:
    await gazetteer.takes(PLACES)
    before, version = await gazetteer.holds(), await gazetteer.version()
    whole = HEAD + "".join(f"A {n},by,58,14.5,,,\n" for n in range(4_000))
    for broken, why in (
        (whole + "\x00", "NUL"),
        (HEAD, "nothing could be taken"),
        (HEAD + "Kiruna,by,67.85,20.2,,,\n", "--everywhere"),
        (HEAD + "A,by,x,y,,,\n", "1 lat and lon are no numbers"),
    ):
        with pytest.raises(Refused, match=why):
            await gazetteer.takes(broken)
        assert (await gazetteer.holds(), await gazetteer.version()) == (before, version)


async def test_a_lost_connection_changes_nothing(gazetteer: Gazetteer) -> None:
    await gazetteer.takes(PLACES)
    before = await gazetteer.holds()
    text = HEAD + "".join(f"By {n},by,58.{n:05},14.5,,,\n" for n in range(5_000))

    class Lost(Exception):
        pass

    def lose(file: Any, items: int) -> None:
        raise Lost

    with pytest.raises(Lost):
        await gazetteer.takes(text, watcher=Watcher(progress=lose))
    assert await gazetteer.holds() == before
    # ... and the connection is as good as new.
    assert (await gazetteer.takes(text)).names.new == 5_000


async def test_of_two_imports_of_one_source_the_second_is_refused(gazetteer: Gazetteer) -> None:
    async with gazetteer.pool.acquire() as first, staging(first, "places"):
        with pytest.raises(Busy, match="places"):
            await gazetteer.takes(PLACES)
        async with gazetteer.pool.acquire() as third:
            with pytest.raises(Busy):
                await remove(third, "places")
        assert (await gazetteer.takes(PLACES, name="others")).names.new == 4
    assert (await gazetteer.takes(PLACES)).names.new == 4


@pytest.mark.parametrize("width", [10, 40])
async def test_two_at_once_end_as_one_of_them(gazetteer: Gazetteer, width: int) -> None:
    texts = [HEAD + "".join(f"{word} {n},by,58.0{n},14.5,,,\n" for n in range(width)) for word in ("A", "B")]
    done = await asyncio.gather(*(gazetteer.takes(text, file=f"{n}.csv") for n, text in enumerate(texts)), return_exceptions=True)
    assert any(isinstance(each, Report) for each in done)
    assert all(isinstance(each, Report | Busy) for each in done), done
    assert len({name[0] for name in await gazetteer.names()}) == 1


async def test_near_is_what_is_near_to_a_drawn_area_too(gazetteer: Gazetteer) -> None:
    square = json.dumps({"type": "Polygon", "coordinates": [[[20, 67.5], [20.5, 67.5], [20.5, 68], [20, 68], [20, 67.5]]]})
    draw = "INSERT INTO area_outline (area, outline, source, changed_at) VALUES ('granna', $1::text::jsonb, 'import', $2)"
    gazetteer.network = build_network(tomllib.loads(NETWORK), "network.toml")  # has no outline of its own
    assert (await gazetteer.takes(BAD)).far == 1
    await gazetteer.pool.execute(draw, square, NOW)
    assert (await gazetteer.takes(BAD)).far == 0


async def test_files_of_one_format_are_one_source(gazetteer: Gazetteer) -> None:
    report = await gazetteer.takes(PLACES, HEAD + "Broby,gård,58.0,14.5,,,\n")
    assert report.names.new == 5
    with pytest.raises(Refused, match="cannot be one source"):
        await gazetteer.takes(PLACES, '{"type": "FeatureCollection", "features": []}', name="x")


STOPPING = """
import time
from service.gazetteer import progress
progress._Lines.__call__ = lambda self, file, items: (print("reading", flush=True), time.sleep(60))
from service.cli import main
main()
"""


class Terminal:
    """`budkavle places …` in a directory, on the test's database."""

    def __init__(self, directory: Path, database: dict[str, Any]) -> None:
        self.directory = directory
        reach = database.get("dsn") or f"postgresql://{database['user']}@/?host={database['host']}&port={database['port']}"
        parts = urlsplit(reach)
        self.environment = {"BUDKAVLE_DATABASE_URL": parts._replace(path=f"/{database['database']}").geturl()}

    async def runs(self, *words: str) -> tuple[int, str]:
        """The exit status and everything that is said. In a thread: the command makes an event loop of its own."""
        done = await asyncio.to_thread(CliRunner().invoke, main, ["places", *words], env=self.environment)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    async def is_killed(self, *words: str) -> None:
        """A process of its own, killed by the system while it reads the file."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", STOPPING, "places", *words), env=os.environ | self.environment, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout and await process.stdout.readline() == b"reading\n"
        process.kill()
        await process.wait()


@pytest.fixture
def terminal(tmp_path: Path, database: dict[str, Any]) -> Terminal:
    return Terminal(tmp_path, database)


async def test_the_commands_tell_what_they_did_and_a_killed_import_did_nothing(terminal: Terminal) -> None:
    own, bad, longer = (terminal.directory / name for name in ("own.csv", "bad.csv", "longer.csv"))
    own.write_text(BAD, encoding="utf-8")
    longer.write_text(HEAD + "".join(f"By {n},by,58.{n:05},14.5,,,\n" for n in range(5_000)), encoding="utf-8")
    status, said = await terminal.runs("import", str(own), "--rejected", str(bad))
    assert status == 1
    assert f"{own}:5: lat and lon are no numbers" in said and "1 are too far from the network" in said
    assert "4 names (4 new, 0 gone, 0 unchanged)" in said
    rows = list(csv.reader(io.StringIO(bad.read_text(encoding="utf-8"))))
    assert [row[1:3] for row in rows] == [["line", "reason"], ["5", "lat and lon are no numbers"], ["6", "unknown area"]]
    await terminal.is_killed("import", str(longer))
    status, said = await terminal.runs("list")
    assert status == 0 and "places: csv" in said and "4 names, 2 house numbers, 2 rows not taken" in said
    assert (await terminal.runs("remove", "nothing"))[0] == 1
    assert await terminal.runs("remove", "places") == (0, '"places" is removed\n')
    assert "nothing has been imported" in (await terminal.runs("list"))[1]


async def test_mistakes_are_told_plainly(terminal: Terminal) -> None:
    letter = terminal.directory / "letter.txt"
    letter.write_text("Dear all,\nhello\n", encoding="utf-8")
    for words, why in (
        ((str(letter),), "tells no format"),
        ((str(letter), "--format", "csv"), "the first line must name the columns"),
        (("missing.csv",), "does not exist"),
        ((str(letter), "--source", " "), "--source must have"),
    ):
        status, said = await terminal.runs("import", *words)
        assert status != 0 and why in said and "Traceback" not in said


def test_without_a_terminal_progress_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("service.gazetteer.progress.EVERY", 0.0)
    path = tmp_path / "a.csv"
    path.write_text(PLACES, encoding="utf-8")
    (source,) = sources_of([path], None, None, None, False)
    stream = io.StringIO()
    with progress(stream) as seen:
        list(source.files[0].lines())
        seen(source.files[0], 4)
        seen.storing()
    assert stream.getvalue() == "a.csv: 100 %, 4 rows\nall is read; storing it\n"


def test_on_a_terminal_it_is_a_bar(tmp_path: Path) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    path = tmp_path / "a.csv"
    path.write_text(PLACES, encoding="utf-8")
    (source,) = sources_of([path], None, None, None, False)
    screen = Screen()
    with progress(screen) as seen:
        seen(source.files[0], 4)
        seen.storing()
    assert "a.csv" in screen.getvalue() and "4 rows" in screen.getvalue() and "storing" in screen.getvalue()
