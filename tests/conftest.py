"""What every test may ask for: one real PostgreSQL for the whole run, and a fresh database a test.

Set BUDKAVLE_TEST_DATABASE_URL to use an outside server instead, as a role that may create databases.
"""

import asyncio
import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.postgres import EmbeddedPostgres
from sql.migrate import migrate

# The network that the template database holds, already migrated.
SCHEMA = "jonkoping"

_numbers = itertools.count(1)


def scratch_directory() -> tempfile.TemporaryDirectory[str]:
    """A temporary directory for a server's data: in memory where there is room, for a copied database is 300 small files."""
    memory = Path("/dev/shm")  # noqa: S108 - the directory in it is private
    roomy = memory.is_dir() and os.access(memory, os.W_OK | os.X_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    return tempfile.TemporaryDirectory(prefix="budkavle-test-", dir=memory if roomy else None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[dict[str, Any]]:
    """Arguments for `asyncpg.connect`, short of the database, that reach the run's PostgreSQL server."""
    if url := os.environ.get("BUDKAVLE_TEST_DATABASE_URL"):
        yield {"dsn": url}
        return
    with (
        scratch_directory() as directory,
        EmbeddedPostgres.start(Path(directory), durable=False) as server,
    ):
        yield server.connect_args


@pytest.fixture(scope="session")
def template(postgres: dict[str, Any]) -> Iterator[str]:
    """The name of a database that is migrated once and then only copied."""
    name = f"budkavle_template_{os.getpid()}"

    async def make() -> None:
        await _administer(postgres, f"CREATE DATABASE {name}")
        connection = await asyncpg.connect(**postgres | {"database": name})
        try:
            await migrate(connection, SCHEMA, datetime(2020, 3, 16, 8, tzinfo=UTC))
        finally:
            await connection.close()

    # In a thread: this fixture is not a coroutine, and the event loops belong to the tests.
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, make()).result()
        yield name
        executor.submit(asyncio.run, _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")).result()


@contextlib.asynccontextmanager
async def fresh_database(postgres: dict[str, Any], template: str) -> AsyncIterator[dict[str, Any]]:
    """Arguments for `asyncpg.connect` that reach a new copy of the template, which is gone afterwards."""
    name = f"budkavle_test_{os.getpid()}_{next(_numbers)}"
    await _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield postgres | {"database": name}
    await _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(postgres: dict[str, Any], template: str) -> AsyncIterator[dict[str, Any]]:
    """Arguments for `asyncpg.connect` that reach a fresh, migrated database of this test's own."""
    async with fresh_database(postgres, template) as arguments:
        yield arguments


@pytest.fixture
async def empty_database(postgres: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Arguments for `asyncpg.connect` that reach a database with nothing in it."""
    name = f"budkavle_test_{os.getpid()}_{next(_numbers)}"
    await _administer(postgres, f"CREATE DATABASE {name}")
    yield postgres | {"database": name}
    await _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def _administer(postgres: dict[str, Any], statement: str) -> None:
    connection = await asyncpg.connect(**postgres | {"database": "postgres"})
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
