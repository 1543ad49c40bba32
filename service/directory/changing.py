"""Changes to a person's own row: added, edited, paused, started again. Each in one transaction, with its event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from dispatch.events import Kind
from service.directory import person as form
from service.runtime import Runtime
from sql import query

A_DAY = timedelta(days=1)  # what has ended stands on the board for as long at most


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a number or an address is already."""

    field: str
    person: int
    name: str


class Taken(Exception):
    """A number or an address belongs to somebody else. owners: who."""

    def __init__(self, owners: Sequence[Owner]) -> None:
        super().__init__("taken")
        self.owners = owners


class Outdated(Exception):
    """Somebody else has changed the person since the form was made. row: as it is now."""

    def __init__(self, row: Any, fields: Sequence[str]) -> None:
        super().__init__("outdated")
        self.row, self.fields = row, fields


class Gone(Exception):
    """The person has been merged into another. into: that one's id."""

    def __init__(self, into: int) -> None:
        super().__init__("gone")
        self.into = into


async def add(runtime: Runtime, values: Mapping[str, Any], by: int | None) -> int:
    """Somebody new. Returns the id. Raises Taken."""
    now, new_id = runtime.clock.now(), runtime.office.mint.id()
    async with runtime.pool.acquire() as connection, connection.transaction():
        await _claim(connection, None, values)
        await connection.execute(query("directory_add"), new_id, now)
        (row,) = await connection.fetch(query("directory_lock"), [new_id])
        await save(connection, row, values)
        await _note_check(connection, new_id, form.differences(row, values), values, by, now)
        await _regroup(connection, row, values)
        await record(connection, now, Kind.PERSON_ADDED, new_id, by)
    return new_id


async def edit(runtime: Runtime, person: int, values: Mapping[str, Any], seen: str, by: int | None) -> None:
    """Store a form. seen: what form.digests gave when it was made. Raises Taken, Outdated, Gone; LookupError for nobody."""
    async with runtime.pool.acquire() as connection:
        async with connection.transaction():
            rows = await connection.fetch(query("directory_lock"), [person])
            if not rows:
                raise LookupError(person)
            (row,) = rows
            if row["erased_at"] is not None:
                raise LookupError(person)
            if row["merged_into"] is not None:
                raise Gone(row["merged_into"])
            if since := form.changed_since(row, seen):
                raise Outdated(row, since)
            fields = form.differences(row, values)
            if not fields:
                return
            freed = await _claim(connection, row, values)
            await save(connection, row, {**values, **form.where_now(row, values)})
            await _note_check(connection, person, fields, values, by, runtime.clock.now())
            await _give_back(connection, row, values, freed)
            await _regroup(connection, row, values)
            await record(connection, runtime.clock.now(), Kind.PERSON_CHANGED, person, by, fields=fields)
        tasks = await connection.fetch(query("directory_tasks"), person, runtime.clock.now() - A_DAY)
    runtime.live.changed(t["id"] for t in tasks)


async def _note_check(
    connection: Any, person: int, fields: Sequence[str], values: Mapping[str, Any], by: int | None, now: datetime
) -> None:
    """How the background check stands is kept with how it stood before."""
    if form.CHECK_FIELDS.isdisjoint(fields):
        return
    check = (values["vetting"], values["vetted_on"], values["vetted_until"], values["vetting_source"])
    await connection.execute(query("vetting_note"), person, now, *check, by)


async def _claim(connection: Any, row: Any, values: Mapping[str, Any]) -> list[Any]:
    """Make sure that number and address are free. Own merged duplicates give theirs up, and are returned. Raises Taken."""
    own = row["id"] if row is not None else None
    owners, freed = [], []
    for found in await connection.fetch(query("directory_owner"), values["phone"], values["email"]):
        if found["id"] != own:
            name = "phone" if values["phone"] is not None and found["phone"] == values["phone"] else "email"
            owners.append(Owner(name, found["id"], found["name"]))
        elif found["row_id"] != own:
            freed.append(found)
    if owners:
        raise Taken(owners)
    for found in freed:
        await connection.execute(query("directory_set_contact"), found["row_id"], None, None)
    return freed


async def _give_back(connection: Any, row: Any, values: Mapping[str, Any], freed: Sequence[Any]) -> None:
    """The number that was given up for a duplicate's goes on leading here, by the duplicate's row."""
    spare = row["phone"] if row["phone"] != values["phone"] else None
    for found in freed:
        phone = found["phone"] if found["phone"] != values["phone"] else spare
        email = found["email"] if found["email"] != values["email"] else None
        await connection.execute(query("directory_set_contact"), found["row_id"], phone, email)


async def save(connection: Any, row: Any, values: Mapping[str, Any]) -> None:
    """Store a locked row with some of its columns changed."""
    columns = {**row, **values}
    await connection.execute(query("directory_save"), row["id"], orjson.dumps(columns).decode())


async def _regroup(connection: Any, row: Any, values: Mapping[str, Any]) -> None:
    """Volunteers are asked with their area's group; who is none any more, with no group."""
    if "volunteer" in values["roles"]:
        await connection.execute(query("directory_join_area"), row["id"], row["area"], values["area"])
    elif "volunteer" in row["roles"]:
        await connection.execute(query("directory_leave_groups"), row["id"])


async def record(connection: Any, now: datetime, kind: Kind, person: int, by: int | None, **more: Any) -> None:
    """Write down what staff did: which fields, never their values. Whether the person's shifts can stay is looked at."""
    data = orjson.dumps({"person": person, **more}).decode()
    await connection.execute(query("directory_record"), now, kind, by, data)
    await connection.execute(query("watch_now"), now)


async def pause(runtime: Runtime, person: int, until: datetime | None, by: int | None) -> bool:
    """Not asked until then; None: asked again. What waits for an answer stays. False when the person has been merged."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(query("directory_pause"), person, until) is None:
            return False
        now = runtime.clock.now()
        if until is None:
            await record(connection, now, Kind.PERSON_RESUMED, person, by)
        else:
            await record(connection, now, Kind.PERSON_PAUSED, person, by, until=until.isoformat())
    return True


async def restart(runtime: Runtime, person: int, why: str, by: int | None) -> bool:
    """STOPP is ended at the person's own word. why: how it was said. False when there was no STOPP."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(query("directory_restart"), person) is None:
            return False
        await record(connection, runtime.clock.now(), Kind.PERSON_RESTARTED, person, by, text=why)
    return True
