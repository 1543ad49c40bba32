"""The database of one process: the embedded server or an outside one, and a pool that knows its network's schema."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from service.postgres import EmbeddedPostgres
from service.settings import Settings, SettingsError
from sql.migrate import check_schema_name, migrate, pending

OLDEST = 160000  # PostgreSQL 16


@dataclass(frozen=True, slots=True)
class Database:
    """Where the database is. connect_args reach it by asyncpg; server is ours when it is embedded."""

    connect_args: dict[str, Any]
    server: EmbeddedPostgres | None

    async def connection(self) -> Any:
        """A connection of one's own, outside the pool."""
        return await asyncpg.connect(**self.connect_args, timeout=10)


@asynccontextmanager
async def open_database(settings: Settings, name: str = "budkavle") -> AsyncIterator[Database]:
    """The database that the settings say; an embedded server is started, and stopped when nobody else uses it.

    Raises PostgresUnavailable when the embedded server cannot be had, SettingsError when an outside one is too old.
    """
    if settings.database_url is not None:
        yield Database({"dsn": settings.database_url.get_secret_value()}, None)
        return
    server = await asyncio.to_thread(EmbeddedPostgres.start, settings.data_dir)
    try:
        await asyncio.to_thread(server.ensure_database, name)
        yield Database(server.connect_args | {"database": name}, server)
    finally:
        await asyncio.to_thread(server.stop)


async def bring_up_to_date(database: Database, schema: str, now: datetime) -> None:
    """An embedded database's schema is migrated; an outside one that is behind is refused: its owner decides when.

    Raises SettingsError, and sql.migrate's errors.
    """
    connection = await database.connection()
    try:
        version = int(await connection.fetchval("SHOW server_version_num"))
        if version < OLDEST:
            raise SettingsError("the database is older than PostgreSQL 16")
        if database.server is not None:
            await migrate(connection, schema, now)
        elif behind := await pending(connection, schema):
            raise SettingsError(f"the database is {len(behind)} migration(s) behind: run 'budkavle migrate' first")
    finally:
        await connection.close()


async def _as_it_is(_connection: Any) -> None:
    """Nothing to reset: nobody sets, locks or listens for longer than a transaction. Asking the server costs a round trip."""


@asynccontextmanager
async def open_pool(database: Database, schema: str, size: int) -> AsyncIterator[Any]:
    """A pool whose connections see the network's schema. Times come and go in UTC."""
    pool = await asyncpg.create_pool(
        **database.connect_args,
        min_size=1,
        max_size=size,
        timeout=5,
        command_timeout=30,
        reset=_as_it_is,
        server_settings={
            "search_path": f"{check_schema_name(schema)}, public",
            "timezone": "UTC",
            "application_name": "budkavle",
            # Named queries are few and their parameters alike: planning each call anew costs more than it finds.
            "plan_cache_mode": "force_generic_plan",
            # ... and those plans are made while tables are small and live on while they grow. Whatever reads a whole table
            # is right then and ruinous an hour later, so every look-up goes by its index from the first day.
            "enable_seqscan": "off",
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
            "jit": "off",
        },
    )
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), 5)
        except TimeoutError:
            pool.terminate()
