"""The migration runner: in order, once, whole or not at all, and never against a database it does not understand."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from sql.migrate import DatabaseNewer, MigrationChanged, MigrationError, migrate, pending

NOW = datetime(2020, 3, 16, 8, tzinfo=UTC)
NAMES = ["0001_people", "0002_words"]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "0001_people.sql").write_text("CREATE TABLE people (name text);\nINSERT INTO people VALUES ('Åsa');\n")
    (tmp_path / "0002_words.sql").write_text("CREATE INDEX people_words ON people USING gin (name gin_trgm_ops);\n")
    return tmp_path


@pytest.fixture
async def connection(empty_database: dict[str, Any]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**empty_database)
    yield connection
    await connection.close()


async def test_everything_once_in_order(connection: asyncpg.Connection, files: Path) -> None:
    assert await pending(connection, "visby", files) == NAMES
    assert await migrate(connection, "visby", NOW, files) == NAMES
    assert await pending(connection, "visby", files) == []
    assert await connection.fetchval("SELECT name FROM visby.people") == "Åsa"
    rows = await connection.fetch("SELECT name, applied_at FROM visby.migrations ORDER BY name")
    assert [tuple(row) for row in rows] == [(name, NOW) for name in NAMES]


async def test_a_second_time_changes_nothing(connection: asyncpg.Connection, files: Path) -> None:
    await migrate(connection, "visby", NOW, files)
    assert await migrate(connection, "visby", NOW, files) == []
    assert await connection.fetchval("SELECT count(*) FROM visby.people") == 1


async def test_only_what_is_new_is_applied(connection: asyncpg.Connection, files: Path) -> None:
    await migrate(connection, "visby", NOW, files)
    (files / "0003_more.sql").write_text("ALTER TABLE people ADD phone text;")
    assert await pending(connection, "visby", files) == ["0003_more"]
    assert await migrate(connection, "visby", NOW, files) == ["0003_more"]


async def test_the_connection_is_left_as_it_was(connection: asyncpg.Connection, files: Path) -> None:
    before = await connection.fetchval("SHOW search_path")
    await migrate(connection, "visby", NOW, files)
    assert await connection.fetchval("SHOW search_path") == before
    assert await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


async def test_networks_do_not_see_each_other(connection: asyncpg.Connection, files: Path) -> None:
    assert await migrate(connection, "visby", NOW, files) == NAMES
    assert await migrate(connection, "kiruna", NOW, files) == NAMES
    await connection.execute("DELETE FROM kiruna.people")
    assert await connection.fetchval("SELECT count(*) FROM visby.people") == 1


@pytest.mark.parametrize("schemas", [("visby", "visby", "visby"), ("visby", "kiruna", "umea")], ids=["same", "different"])
async def test_several_at_once(empty_database: dict[str, Any], files: Path, schemas: tuple[str, ...]) -> None:
    (files / "0002_words.sql").write_text("SELECT pg_sleep(0.1);")
    connections = [await asyncpg.connect(**empty_database) for _ in schemas]
    try:
        work = [migrate(connection, schema, NOW, files) for connection, schema in zip(connections, schemas, strict=True)]
        applied = await asyncio.gather(*work)
    finally:
        for connection in connections:
            await connection.close()
    assert sorted(name for names in applied for name in names) == sorted(NAMES * len(set(schemas)))


async def test_an_edited_migration_is_refused(connection: asyncpg.Connection, files: Path) -> None:
    await migrate(connection, "visby", NOW, files)
    (files / "0001_people.sql").write_text("CREATE TABLE people (name text NOT NULL);")
    (files / "0003_more.sql").write_text("ALTER TABLE people ADD phone text;")
    for attempt in (migrate(connection, "visby", NOW, files), pending(connection, "visby", files)):
        with pytest.raises(MigrationChanged, match="0001_people"):
            await attempt
    assert await connection.fetchval("SELECT count(*) FROM visby.migrations") == 2


async def test_other_line_ends_are_no_edit(connection: asyncpg.Connection, files: Path) -> None:
    await migrate(connection, "visby", NOW, files)
    path = files / "0001_people.sql"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert await pending(connection, "visby", files) == []


async def test_a_newer_database_is_refused(connection: asyncpg.Connection, files: Path) -> None:
    await migrate(connection, "visby", NOW, files)
    (files / "0002_words.sql").unlink()
    for attempt in (migrate(connection, "visby", NOW, files), pending(connection, "visby", files)):
        with pytest.raises(DatabaseNewer, match="0002_words"):
            await attempt


async def test_a_failing_file_leaves_nothing_of_itself(connection: asyncpg.Connection, files: Path) -> None:
    (files / "0003_broken.sql").write_text("CREATE TABLE half (n integer);\nINSERT INTO nowhere VALUES (1);")
    with pytest.raises(asyncpg.UndefinedTableError):
        await migrate(connection, "visby", NOW, files)
    assert await connection.fetchval("SELECT to_regclass('visby.half')") is None
    assert await pending(connection, "visby", files) == ["0003_broken"]
    (files / "0003_broken.sql").write_text("CREATE TABLE half (n integer);")
    assert await migrate(connection, "visby", NOW, files) == ["0003_broken"]


@pytest.mark.parametrize("schema", ["", "Visby", "1a", "a-b", "visby; DROP SCHEMA public", "å", "a" * 42])
async def test_schema_names_are_checked(connection: asyncpg.Connection, files: Path, schema: str) -> None:
    with pytest.raises(ValueError, match="no name for a network"):
        await migrate(connection, schema, NOW, files)
    with pytest.raises(ValueError, match="no name for a network"):
        await pending(connection, schema, files)


@pytest.mark.parametrize("name", ["0002_again.sql", "3_short.sql", "0004-dash.sql"])
async def test_file_names_are_checked(connection: asyncpg.Connection, files: Path, name: str) -> None:
    (files / name).write_text("SELECT 1;")
    with pytest.raises(MigrationError):
        await migrate(connection, "visby", NOW, files)
