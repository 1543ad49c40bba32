"""The statement that stores: every composition of its parts is prepared against the migrated schema."""

from itertools import combinations
from typing import Any

import asyncpg
import pytest

from dispatch.store import COMMIT_PARTS, commit_statement
from tests.conftest import SCHEMA

OPTIONAL = [kind for kind in COMMIT_PARTS if kind != "always"]
COMPOSITIONS = [
    (*some, "always") for size in range(len(OPTIONAL) + 1) for some in combinations(OPTIONAL, size)
]  # in the table's order, as the store composes them


@pytest.fixture
async def connection(database: dict[str, Any]) -> Any:
    opened = await asyncpg.connect(**database, server_settings={"search_path": f"{SCHEMA}, public"})
    yield opened
    await opened.close()


async def test_every_composition_is_prepared(connection: Any) -> None:
    assert len(COMPOSITIONS) == 2 ** len(OPTIONAL)
    for kinds in COMPOSITIONS:
        await connection.prepare(commit_statement(kinds))
