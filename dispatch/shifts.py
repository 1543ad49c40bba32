"""Signing up for shifts, leaving them and swapping them; and what people hear when a shift comes.

Two at once is the normal case: each decides on what it read, and the database lets one of them store it (sql/migrations/0004);
the other decides again, and gets a named outcome. Deadlines are columns of the shift's own row, not jobs of APScheduler: its job
stores cannot be shared by processes (deploy/adr/0001). They fire late, and twice, without harm.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from dispatch import store
from dispatch.changes import Changes, Message, message
from dispatch.coverage import Hole
from dispatch.duty_store import overrides_of, shift_of
from dispatch.events import Event
from dispatch.model import Person
from dispatch.network import COORDINATORS
from dispatch.office import Office, one_by_one, until_stored
from dispatch.rota import (
    Coming,
    Rota,
    Shift,
    Stage,
    decide_ask_swap,
    decide_due,
    decide_off,
    decide_sign_off,
    decide_sign_up,
    decide_take_swap,
    decide_tell,
    told,
)
from dispatch.rows import person_of
from dispatch.slots import SlotKey, coming_slots
from sql import query

__all__ = ["ask_swap", "coming_shifts", "run_rota", "sign_off", "sign_up", "take_swap"]

AT_ONCE = 100  # shifts, in one call of run_rota


async def coming_shifts(office: Office, person_id: int, now: datetime) -> list[Coming]:
    """The coming shifts of a person's groups, the soonest first, with how many are on each, which are the person's own, which
    a colleague wants to swap, and where one more is needed most. Empty for whoever is in no group with shifts."""
    async with office.pool.acquire() as connection:
        return await coming_shifts_in(connection, office, person_id, now)


async def coming_shifts_in(connection: Any, office: Office, person_id: int, now: datetime) -> list[Coming]:
    """The same on a connection that the caller has: waiting for a second one while holding one may wait for ever."""
    return (await rota_seen_by(connection, office, person_id, now)).coming()


async def sign_up(office: Office, person_id: int, key: SlotKey, now: datetime) -> Shift:
    """Put the person on a shift. Raises NotAMember, NoSuchShift, AlreadyOnShift, ShiftFull; nothing has changed then."""

    async def attempt(connection: Any) -> tuple[Changes, Shift]:
        rota = await rota_seen_by(connection, office, person_id, now)
        shift, events = decide_sign_up(rota, key, office.mint.id(), now)
        return Changes(shifts_new=[shift], events=events), shift

    return await until_stored(office, attempt, now)


async def sign_off(office: Office, person_id: int, key: SlotKey, now: datetime) -> Shift:
    """Take the person off a shift, and tell the coordinators when nobody is left on one that begins soon. Returns what was left.

    Raises NotOnShift.
    """

    async def attempt(connection: Any) -> tuple[Changes, Shift]:
        rota = await rota_seen_by(connection, office, person_id, now, key[0])
        shift, events = decide_sign_off(rota, key, now)
        return await leaving(connection, office, shift, events, now), shift

    return await until_stored(office, attempt, now)


async def leaving(connection: Any, office: Office, shift: Shift, events: list[Event], now: datetime) -> Changes:
    """A shift is left: it is a hole from now on, and when nobody is left on one that begins soon, coordinators hear so."""
    hole = Hole(shift.group_key, shift.starts_at, shift.ends_at)
    changes = Changes(shifts_left=[shift], events=events)
    if _leaves_a_hole(events):
        hole = replace(hole, told_at=now, bare_told_at=now if shift.starts_at <= now else None)
        members = await _people(connection, "rota_members", COORDINATORS)
        others = [p for p in members if p.id != shift.person_id and p.can_be_written_to and p.stopped_at is None]
        changes.messages = [_about(office, p, "shift_hole", shift, now) for p in others]
    changes.holes.append(hole)
    return changes


def _leaves_a_hole(events: Iterable[Event]) -> bool:
    return any(event.data["hole"] for event in events)


async def ask_swap(office: Office, shift_id: int, person_id: int, now: datetime) -> Shift:
    """Ask the colleagues who are free then to take the person's shift; in quiet hours they hear afterwards. Until one does, it
    stays the person's. Raises NotOnShift."""

    async def attempt(connection: Any) -> tuple[Changes, Shift]:
        rota = await rota_seen_by(connection, office, person_id, now)
        before = rota.own_shift(shift_id)
        shift, events = decide_ask_swap(rota, shift_id, now)
        if shift is before:
            return Changes(), shift
        changes = Changes(events=events)
        shift = await _tell_colleagues(connection, office, shift, changes, now)
        changes.shifts.append(shift)
        return changes, as_stored(shift)

    return await until_stored(office, attempt, now)


async def take_swap(office: Office, shift_id: int, person_id: int, now: datetime) -> Shift:
    """Take over a colleague's shift; the colleague hears of it. Raises NotAMember, SwapGone, OwnSwap, AlreadyOnShift."""

    async def attempt(connection: Any) -> tuple[Changes, Shift]:
        group = await connection.fetchval(query("shift_group"), shift_id)
        rota = await rota_seen_by(connection, office, person_id, now, group)
        shift, events = decide_take_swap(rota, shift_id, now)
        changes = Changes(shifts=[shift], events=events)
        before = next(s for s in rota.shifts if s.id == shift_id)
        asker = await store.person_by_id(connection, before.person_id)
        changes.messages = _written(_about(office, p, "shift_swapped", shift, now) for p in (asker,) if p)
        return changes, as_stored(shift)

    return await until_stored(office, attempt, now)


async def run_rota(office: Office, now: datetime, limit: int = AT_ONCE) -> int:
    """Act on shifts' deadlines that have come, up to `limit`. Returns how many were looked at."""
    return await one_by_one(
        office, lambda connection: _run_one(office, connection, now), "postpone_shift", "shift.failed", now, limit
    )


async def _run_one(office: Office, connection: Any, now: datetime) -> bool:
    changes = Changes()
    async with connection.transaction():
        row = await connection.fetchrow(query("claim_shift"), now)
        if row is None:
            return False
        shift, said = decide_due(shift_of(row), office.network.zone, now)
        if said is not None:
            person = await store.person_by_id(connection, shift.person_id)
            if person is not None:
                changes.messages += _written([await _reminder(connection, office, person, shift, said, now)])
        shift = await _tell_colleagues(connection, office, shift, changes, now)
        shift = await _going_off(connection, office, shift, changes, now)
        changes.shifts.append(shift)
        await store.commit(connection, changes, now)
    office.on_commit(changes)
    return True


async def _reminder(connection: Any, office: Office, person: Person, shift: Shift, said: Stage, now: datetime) -> Message:
    """What somebody hears before a shift, or when it begins: then with what waits in the group's area, or anywhere."""
    if said is not Stage.START:
        return _about(office, person, f"shift_{said}", shift, now)
    group = office.network.group(shift.group_key)
    row = await connection.fetchrow(query("open_work"), group.area if group else None)
    if row["since"] is None:
        return _about(office, person, "shift_start_calm", shift, now)
    minutes = int((now - row["since"]).total_seconds() // 60)
    return _about(office, person, "shift_start", shift, now, open=row["open"], humans=row["human"], waited=minutes)


async def _going_off(connection: Any, office: Office, shift: Shift, changes: Changes, now: datetime) -> Shift:
    """Whoever goes off and still has tasks hears which: they stay theirs. Whether anybody has come on is looked at."""
    if shift.off_at is None or shift.off_at > now:
        return shift
    own = [shift_of(row) for row in await connection.fetch(query("rota_shifts"), [], shift.person_id, now)]
    shift, says = decide_off(shift, own, now)
    changes.cannot_come.append(shift.person_id)
    person = await store.person_by_id(connection, shift.person_id)
    held = await connection.fetch(query("still_held"), shift.person_id) if says else []
    if held and person is not None:
        codes, numbers = [row["code"] for row in held], [row["number"] for row in held]
        changes.messages += _written([_about(office, person, "shift_off_holding", shift, now, codes=codes, numbers=numbers)])
    return shift


async def _tell_colleagues(connection: Any, office: Office, shift: Shift, changes: Changes, now: datetime) -> Shift:
    """Whoever is free hears that the shift is to be swapped, when it is time for that. Returns the shift as it is then."""
    shift, now_told = decide_tell(shift, office.network, now)
    if now_told:
        span = (shift.group_key, shift.starts_at, shift.ends_at, shift.person_id)
        colleagues = await _people(connection, "rota_free", *span)
        changes.messages += _written(_about(office, p, "shift_swap_asked", shift, now) for p in colleagues)
    return shift


def _about(office: Office, to: Person, kind: str, shift: Shift, now: datetime, **params: Any) -> Message:
    """A message about a shift. It names nobody: colleagues meet on the rota."""
    return message(to, kind, {"shift": shift.id, "rota": to.id, **told(office.network, shift), **params}, None, now)


def _written(messages: Iterable[Message]) -> list[Message]:
    """Those that are read: nobody at the desk phones around about shifts."""
    return [m for m in messages if m.channel != "call"]


async def rota_seen_by(connection: Any, office: Office, person_id: int, now: datetime, group: str | None = None) -> Rota:
    """What decisions about the person's shifts see. group: one more, whether or not the person is in it."""
    groups = tuple(row["group_key"] for row in await connection.fetch(query("rota_groups"), person_id))
    seen = {*groups, *([group] if group else [])}
    rows = await connection.fetch(query("rota_shifts"), sorted(seen), person_id, now)
    slots = coming_slots(office.network, seen, now, overrides=await overrides_of(connection, seen, now))
    return Rota(office.network, person_id, groups, tuple(shift_of(row) for row in rows), tuple(slots))


async def _people(connection: Any, name: str, *values: Any) -> list[Person]:
    return [person_of(row) for row in await connection.fetch(query(name), *values)]


def as_stored(shift: Shift) -> Shift:
    """The shift with the version that it has when a change of it has been stored."""
    return replace(shift, version=shift.version + 1)
