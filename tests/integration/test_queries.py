"""Every named query is one that the migrated schema understands, and the loader refuses files that break its rules."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

import sql
from tests.conftest import SCHEMA
from tests.gammu import table_definitions

STAGING = ("gazetteer_stage_names", "gazetteer_stage_houses", "gazetteer_stage_distinct")


async def test_every_query_prepares(database: dict[str, Any], empty_database: dict[str, Any]) -> None:
    """All in one test, so that adding a query never means adding a test. Those of gammu.sql are for gammu's own tables."""
    queries = sql.load()
    wrong = []
    connection = await asyncpg.connect(**database, server_settings={"search_path": f"{SCHEMA}, public"})
    gammus = await asyncpg.connect(**empty_database)
    try:
        await gammus.execute(table_definitions())
        for name in STAGING:  # tables that an import makes for itself
            await connection.execute(queries[name].text)
        for query in queries.values():
            try:
                await (gammus if query.file == "gammu.sql" else connection).prepare(query.text)
            except asyncpg.PostgresError as error:
                wrong.append(f"{query.file}, {query.name}: {error}")
    finally:
        await connection.close()
        await gammus.close()
    assert wrong == []
    assert queries


def write(directory: Path, name: str, *lines: str) -> None:
    (directory / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_file_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        "tasks.sql",
        "-- Queries about tasks.",
        "",
        "-- name: open_tasks",
        "-- The tasks that nobody has taken,",
        "-- oldest first.",
        "SELECT 1 -- a comment of its own",
        "WHERE true;",
        "",
        "-- name: close_task",
        "-- Closes one.",
        "SELECT 2",
    )
    assert sql.load(tmp_path) == {
        "open_tasks": sql.Query(
            "open_tasks",
            "The tasks that nobody has taken, oldest first.",
            "SELECT 1 -- a comment of its own\nWHERE true;",
            "tasks.sql",
        ),
        "close_task": sql.Query("close_task", "Closes one.", "SELECT 2", "tasks.sql"),
    }


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["-- name: silent", "SELECT 1"], "does not say what it is for"),
        (["-- name: silent", "--", "SELECT 1"], "does not say what it is for"),
        (["-- name: nothing", "-- Does nothing."], "has no SQL"),
        (["-- name:", "-- Whose?", "SELECT 1"], "is no name"),
        (["-- name: Two words", "-- Whose?", "SELECT 1"], "is no name"),
        (["SELECT 1"], "stands before"),
        (["-- name: other", "-- Twice.", "SELECT 1"], "stands in a.sql already"),
    ],
)
def test_rules_are_kept(tmp_path: Path, lines: list[str], complaint: str) -> None:
    write(tmp_path, "a.sql", "-- name: other", "-- Is here.", "SELECT 1")
    write(tmp_path, "b.sql", *lines)
    with pytest.raises(sql.QueryFileError, match=complaint):
        sql.load(tmp_path)


def test_a_query_by_name() -> None:
    some = next(iter(sql.load().values()))
    assert sql.query(some.name) == some.text
    with pytest.raises(KeyError):
        sql.query("no_such_query")
