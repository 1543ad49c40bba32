"""Brings a network's schema up to date: numbered files, each applied once, in order, in a transaction of its own.

Files are `NNNN_name.sql` in `migrations/`. They are never edited once released: the table `migrations` in the network's
schema remembers each by name and checksum. Two processes that migrate at once take turns.
"""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncpg import Connection
    from asyncpg.pool import PoolConnectionProxy
    from asyncpg.protocol import Record

    # Callers have a connection of their own or one from a pool.
    AnyConnection = Connection[Record] | PoolConnectionProxy[Record]

__all__ = ["MIGRATIONS", "DatabaseNewer", "MigrationChanged", "MigrationError", "check_schema_name", "migrate", "pending"]

MIGRATIONS = Path(__file__).parent / "migrations"
EXTENSIONS = ("pg_trgm", "btree_gist")

_FILE_NAME = re.compile(r"[0-9]{4}_[a-z0-9_]+")
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
# The first half of the advisory locks' keys; the second is the schema's hash, or 0 for what the whole database shares.
_LOCK = 0x6275646B  # "budk"


class MigrationError(Exception):
    """The schema cannot be brought up to date; the text says why."""


class MigrationChanged(MigrationError):
    """A migration that this database has applied reads differently now."""


class DatabaseNewer(MigrationError):
    """The database has migrations that this release does not know."""


@dataclass(frozen=True)
class _Migration:
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def check_schema_name(schema: str) -> str:
    """Return `schema` if it may name a network's schema, else raise ValueError. Names go into SQL as they are."""
    if not _SCHEMA_NAME.fullmatch(schema):
        raise ValueError(f"{schema!r} is no name for a network: a small letter, then up to 40 small letters, digits or _")
    return schema


async def migrate(connection: "AnyConnection", schema: str, now: datetime, directory: Path = MIGRATIONS) -> list[str]:
    """Apply what `schema` lacks, making the schema itself if needed, and return the names of what was applied.

    `now` is written down as the time of application. When a file fails, those before it stay and nothing of it does.
    Raises MigrationChanged, DatabaseNewer, MigrationError for badly named files, and asyncpg's errors for failing SQL.
    """
    check_schema_name(schema)
    files = _files(directory)
    await _prepare_database(connection)
    async with _only_one(connection, schema):
        await _prepare_schema(connection, schema)
        lacking = _lacking(files, await _applied(connection, schema))
        for migration in lacking:
            async with connection.transaction():
                await connection.execute("SELECT set_config('search_path', $1, true)", f"{schema}, public")
                await connection.execute(migration.text)
                await connection.execute(
                    f"INSERT INTO {schema}.migrations (name, checksum, applied_at) VALUES ($1, $2, $3)",  # noqa: S608 - checked
                    migration.name,
                    migration.checksum,
                    now,
                )
    return [migration.name for migration in lacking]


async def pending(connection: "AnyConnection", schema: str, directory: Path = MIGRATIONS) -> list[str]:
    """The names of the migrations that `schema` lacks, in order; all of them when there is no such schema yet.

    Changes nothing. Raises as `migrate` does.
    """
    check_schema_name(schema)
    files = _files(directory)
    known = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{schema}.migrations")
    applied = await _applied(connection, schema) if known else {}
    return [migration.name for migration in _lacking(files, applied)]


def _files(directory: Path) -> list[_Migration]:
    paths = sorted(directory.glob("*.sql"))
    for path in paths:
        if not _FILE_NAME.fullmatch(path.stem):
            raise MigrationError(f"{path.name} is no name for a migration: write it like 0007_what_it_does.sql")
    numbers = [path.stem[:4] for path in paths]
    for first, second in pairwise(numbers):
        if first == second:
            raise MigrationError(f"Two migrations have the number {first}: their order would be an accident")
    # Reading as text makes line ends alike, so that a checkout's settings do not change the checksum.
    return [_Migration(path.stem, path.read_text(encoding="utf-8")) for path in paths]


def _lacking(files: list[_Migration], applied: dict[str, str]) -> list[_Migration]:
    if unknown := sorted(applied.keys() - {migration.name for migration in files}):
        raise DatabaseNewer(
            f"The database is newer than this release: it has {', '.join(unknown)}. Install that release or a later one."
        )
    for migration in files:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationChanged(
                f"The migration {migration.name} was edited after it was applied: restore it and write a new one."
            )
    return [migration for migration in files if migration.name not in applied]


async def _prepare_database(connection: "AnyConnection") -> None:
    """Create the extensions, which belong to the database and not to one network."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1, 0)", _LOCK)
        present = {row["extname"] for row in await connection.fetch("SELECT extname FROM pg_extension")}
        for extension in EXTENSIONS:
            # Asked for only when missing: an ordinary role of an outside server may use but not create them.
            if extension not in present:
                await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")


async def _prepare_schema(connection: "AnyConnection", schema: str) -> None:
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", schema):
        await connection.execute(f"CREATE SCHEMA {schema}")
    if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{schema}.migrations"):
        await connection.execute(
            f"CREATE TABLE {schema}.migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL)"
        )


async def _applied(connection: "AnyConnection", schema: str) -> dict[str, str]:
    rows = await connection.fetch(f"SELECT name, checksum FROM {schema}.migrations")  # noqa: S608 - the name is checked
    return {row["name"]: row["checksum"] for row in rows}


@asynccontextmanager
async def _only_one(connection: "AnyConnection", schema: str) -> AsyncIterator[None]:
    """Wait for whoever migrates this schema now; the lock is the session's, for each file has its own transaction."""
    await connection.execute("SELECT pg_advisory_lock($1, hashtext($2))", _LOCK, schema)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _LOCK, schema)
