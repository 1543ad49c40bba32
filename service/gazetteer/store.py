"""One source's transaction: rows wait in temporary tables and replace what the source said before, all of it or nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.gazetteer.streets import HouseRow, NameRow
from sql import query

BATCH = 20_000  # rows that wait for one COPY
SLOW = 3600.0  # seconds that one statement may take; the pool's limit is for short look-ups


class Busy(Exception):
    """Somebody is importing the same source; str() names it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one table beside those that the source had before."""

    new: int = 0
    gone: int = 0
    unchanged: int = 0

    @property
    def taken(self) -> int:
        """All that the source has now."""
        return self.new + self.unchanged


class Staging:
    """Rows on their way in, on one connection in one transaction."""

    def __init__(self, connection: Any, source: str) -> None:
        self._connection, self._source = connection, source
        self._names: list[NameRow] = []
        self._houses: list[HouseRow] = []

    @property
    def names(self) -> list[NameRow]:
        """Add names here, then call `flush` now and then."""
        return self._names

    @property
    def houses(self) -> list[HouseRow]:
        """Add houses here, then call `flush` now and then."""
        return self._houses

    async def flush(self, all_of_it: bool = False) -> None:
        """Send what waits to the database, when it is enough to be worth it."""
        copy = self._connection.copy_records_to_table
        if len(self._names) >= BATCH or (all_of_it and self._names):
            await copy("staged_name", records=self._names, columns=NameRow._fields, timeout=SLOW)
            self._names.clear()
        if len(self._houses) >= BATCH or (all_of_it and self._houses):
            await copy("staged_house", records=self._houses, columns=HouseRow._fields, timeout=SLOW)
            self._houses.clear()

    async def replace(self, form: str, now: datetime, rejected: int) -> tuple[Counts, Counts]:
        """Put what was staged in the place of what the source said before; names and houses counted. The same as before:
        no row is touched."""
        await self.flush(all_of_it=True)
        await self._run("gazetteer_stage_distinct")
        names = await self._compared("gazetteer_compare_names", "gazetteer_count_names")
        houses = await self._compared("gazetteer_compare_houses", "gazetteer_count_houses")
        if names.new or names.gone or houses.new or houses.gone:
            await forget(self._connection, self._source)
            row = (self._source, form, now, rejected)
            source = await self._connection.fetchval(query("gazetteer_add_source"), *row, timeout=SLOW)
            await self._run("gazetteer_add_names", source)
            await self._run("gazetteer_add_houses")
            await self._run("gazetteer_redraw")
        else:
            await self._run("gazetteer_confirm_source", self._source, form, now, rejected)
        return names, houses

    async def _compared(self, compare: str, count: str) -> Counts:
        """What is staged beside what the source has, by the one query; by the other, which is quick, when it has nothing yet."""
        fetch = self._connection.fetchrow
        if await self._connection.fetchval(query("gazetteer_has_source"), self._source):
            return Counts(*await fetch(query(compare), self._source, timeout=SLOW))
        return Counts(*await fetch(query(count), timeout=SLOW))

    async def _run(self, name: str, *arguments: Any) -> None:
        await self._connection.execute(query(name), *arguments, timeout=SLOW)


@asynccontextmanager
async def staging(connection: Any, source: str) -> AsyncIterator[Staging]:
    """A transaction in which one source is filled: an error in it, or the process's death, changes nothing. Raises Busy."""
    async with connection.transaction():
        if not await connection.fetchval(query("gazetteer_lock"), source):
            raise Busy(source)
        for name in ("gazetteer_plain_plans", "gazetteer_stage_names", "gazetteer_stage_houses"):
            await connection.execute(query(name))
        yield Staging(connection, source)
        await connection.execute(query("gazetteer_unstage"))


async def forget(connection: Any, source: str) -> bool:
    """Take a source out of the gazetteer; False when there is none. Call it in a transaction."""
    await connection.execute(query("gazetteer_forget_houses"), source, timeout=SLOW)
    return await connection.fetchrow(query("gazetteer_forget_source"), source, timeout=SLOW) is not None


async def remove(connection: Any, source: str) -> bool:
    """The same as a command of its own: areas drawn by its postcodes are drawn anew. Raises Busy."""
    async with connection.transaction():
        if not await connection.fetchval(query("gazetteer_lock"), source):
            raise Busy(source)
        await connection.execute(query("gazetteer_plain_plans"))
        found = await forget(connection, source)
        if found:
            await connection.execute(query("gazetteer_redraw"))
    return found


async def tidy(connection: Any) -> None:
    """After the transaction, so that searches are quick at once."""
    for name in ("gazetteer_tidy_names", "gazetteer_tidy_addresses"):
        await connection.execute(query(name), timeout=SLOW)
