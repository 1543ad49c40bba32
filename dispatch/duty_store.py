"""Reads shifts, rotas, single dates, stand-ins and holes: where their rows become values."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from dispatch.changes import Changes
from dispatch.coverage import Hole
from dispatch.errors import NoSuchRota
from dispatch.events import Event, Kind
from dispatch.model import Person
from dispatch.network import Network
from dispatch.repeating import Filling, RepeatingRota, StandIn
from dispatch.rota import Shift, Source, Stage
from dispatch.rows import person_of
from dispatch.slots import Override, coming_slots
from sql import query

LATELY = timedelta(days=7)  # a group in which somebody has been on a shift since then goes on minding its shifts


def shift_of(row: Any) -> Shift:
    """A shift from its row."""
    return Shift(**{**row, "stage": Stage(row["stage"]), "source": Source(row["source"])})


def rota_of(row: Any) -> RepeatingRota:
    """A rota from its row, with its members by turn."""
    members = orjson.loads(row["members"] or "[]")
    last = max((turn for turn, _ in members), default=0)
    turns = tuple(tuple(person for turn, person in members if turn == n) for n in range(1, last + 1))
    values = {name: row[name] for name in row.keys() if name != "members"}  # noqa: SIM118 - a record is no mapping
    return RepeatingRota(**{**values, "weekdays": tuple(row["weekdays"]), "turns": turns})


@dataclass(frozen=True, slots=True)
class DutyRows:
    """What is known of some groups' duty: shifts that have not ended, single dates, rotas and stand-ins."""

    shifts: tuple[Shift, ...]
    overrides: tuple[Override, ...]
    rotas: tuple[RepeatingRota, ...]
    stand_ins: tuple[StandIn, ...]


async def duty_rows(connection: Any, network: Network, groups: Collection[str], now: datetime) -> DutyRows:
    """Everything about these groups' duty from now on."""
    keys, today = sorted(groups), network.local_date(now)
    rotas = await connection.fetch(query("duty_rotas"), keys, today)
    stand_ins = await connection.fetch(query("duty_stand_ins"), keys, today)
    return DutyRows(
        tuple(await shifts_of(connection, keys, (), now)),
        tuple(await overrides_of(connection, keys, now)),
        tuple(rota_of(row) for row in rotas),
        tuple(StandIn(**row) for row in stand_ins),
    )


async def shifts_of(connection: Any, groups: Iterable[str], people: Iterable[int], since: datetime) -> list[Shift]:
    """Shifts that end after `since`: all of these groups, and these people's of any group."""
    return [shift_of(row) for row in await connection.fetch(query("duty_shifts"), sorted(groups), since, sorted(people))]


async def overrides_of(connection: Any, groups: Iterable[str], now: datetime) -> list[Override]:
    """What single dates of these groups need."""
    return [Override(**row) for row in await connection.fetch(query("duty_overrides"), sorted(groups), now)]


async def people_of(connection: Any, ids: Iterable[int]) -> dict[int, Person]:
    """People by id."""
    rows = await connection.fetch(query("duty_people"), sorted(set(ids)))
    return {row["id"]: person_of(row) for row in rows}


async def members_of(connection: Any, group: str) -> dict[int, Person]:
    """A group's members by id."""
    return {row["id"]: person_of(row) for row in await connection.fetch(query("rota_members"), group)}


async def rota_by_id(connection: Any, rota_id: int) -> RepeatingRota:
    """Raises NoSuchRota."""
    row = await connection.fetchrow(query("rota_by_id"), rota_id)
    if row is None:
        raise NoSuchRota("there is no such rota")
    return rota_of(row)


async def stand_in_by_id(connection: Any, stand_in_id: int) -> StandIn:
    """Raises NoSuchRota."""
    row = await connection.fetchrow(query("stand_in_by_id"), stand_in_id)
    if row is None:
        raise NoSuchRota("nobody stands in there")
    return StandIn(**row)


async def filling_of(connection: Any, network: Network, rota: RepeatingRota, now: datetime) -> Filling:
    """What a rota is filled on."""
    rows = await duty_rows(connection, network, [rota.group_key], now)
    people = rota.people | {s.stand_in_id for s in rows.stand_ins}
    slots = coming_slots(network, {rota.group_key}, now, overrides=rows.overrides)
    shifts = await shifts_of(connection, [rota.group_key], people, now)
    return Filling(slots, shifts, rows.stand_ins, await members_of(connection, rota.group_key))


async def groups_in_use(connection: Any, network: Network, now: datetime) -> set[str]:
    """The network's groups that shifts matter to. In the others everybody is on duty, and a shift without people is no hole."""
    rows = await connection.fetch(query("duty_groups"), now, now - LATELY)
    return {row["key"] for row in rows if network.group(row["key"]) is not None}


async def holes_of(connection: Any) -> dict[tuple[str, datetime], Hole]:
    """The holes that are known, by slot."""
    holes = [Hole(**row) for row in await connection.fetch(query("duty_holes"))]
    return {hole.key: hole for hole in holes}


async def leads_of(connection: Any, network: Network, groups: Iterable[str]) -> dict[str, list[Person]]:
    """Who leads the areas of these groups and reads what we write, by group. Groups of no area have none."""
    found = [network.group(key) for key in groups]
    by_area = {group.area: group.key for group in found if group is not None and group.area is not None}
    leads: dict[str, list[Person]] = {}
    for row in await connection.fetch(query("duty_leads"), sorted(by_area)):
        person = person_of(row)
        if person.can_be_written_to:
            leads.setdefault(by_area[row["of_area"]], []).append(person)
    return leads


async def leave_shifts(connection: Any, changes: Changes, people: Collection[int], now: datetime) -> None:
    """These people are to be forgotten: their coming shifts are left, and holes from now on. Nothing says whose they were."""
    for shift in await shifts_of(connection, (), people, now):
        changes.events.append(Event(now, Kind.SHIFT_LEFT, None, None, {**shift.about(), "hole": False}))
        changes.free(shift)
