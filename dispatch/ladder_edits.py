"""Ladders that somebody has edited: every version is kept in the database, and the network's book of ladders follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from dispatch.errors import LadderChanged
from dispatch.events import Kind
from dispatch.ladder_rules import LadderKey, rule_for
from dispatch.model import Step
from dispatch.network import Network
from dispatch.rows import steps_of
from sql import query


@dataclass(frozen=True, slots=True)
class Edit:
    """One version of a ladder. number: 1, 2, 3; steps: None when it is the network file's again. by: who saved it, empty when
    that is not known any more."""

    number: int
    steps: tuple[Step, ...] | None
    at: datetime
    by: str


async def newest_edits(connection: Any) -> tuple[int, dict[LadderKey, Edit]]:
    """How many versions there are of all, and the newest of each ladder that was ever edited."""
    rows = await connection.fetch(query("ladder_edits"))
    found = {LadderKey(row["category"], row["area"], row["urgency"], row["hours"]): _edit_of(row) for row in rows}
    return (rows[0]["version"] if rows else 0), found


async def edits_of(connection: Any, key: LadderKey) -> list[Edit]:
    """The versions of one ladder, newest first."""
    return [_edit_of(row) for row in await connection.fetch(query("ladder_history"), *key)]


async def save_ladder(
    connection: Any, key: LadderKey, steps: tuple[Step, ...] | None, seen: int, by: int | None, now: datetime
) -> None:
    """One more version, with its event. steps: None makes it the network file's again. seen: the number of the version that
    whoever edited had before them, 0 when there was none. Raises LadderChanged when that is not the newest any more."""
    document = None if steps is None else orjson.dumps(steps).decode()
    try:
        await connection.execute(query("ladder_save"), *key, seen + 1, document, now, by, Kind.LADDER_CHANGED)
    except asyncpg.UniqueViolationError as error:
        newest = (await edits_of(connection, key))[0]
        raise LadderChanged(newest.by, newest.at) from error


async def follow_edits(connection: Any, network: Network) -> bool:
    """Let the network's ladders be those that the database has, if these are newer. Returns whether they were."""
    if await connection.fetchval(query("ladder_version")) <= network.ladders.version:
        return False
    version, edits = await newest_edits(connection)
    if version <= network.ladders.version:
        return False
    network.ladders.follow(version, (rule_for(key, edit.steps) for key, edit in edits.items() if edit.steps is not None))
    return True


def _edit_of(row: Mapping[str, Any]) -> Edit:
    steps = None if row["steps"] is None else steps_of(orjson.loads(row["steps"]))
    return Edit(row["number"], steps, row["changed_at"], row["name"] or "")
