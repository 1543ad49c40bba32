"""The rota's own deadlines: holes are told, rotas fill what comes, and shifts to which nobody can come are freed.

One row (`rota_watch`) says when the shifts are looked at next. Every change of who is on which shift makes that at once, and
moves the row's version on, so that a look which has not seen the change is refused, and looks again. Whoever has said STOPP, has
paused or has left the group is found by the look itself, however that came about.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from dispatch.changes import Changes, Message
from dispatch.coverage import CannotCome, Covered, Look, Told, Watch, coverage, decide_holes, why_not
from dispatch.duty_desk import fill, written
from dispatch.duty_store import (
    groups_in_use,
    holes_of,
    leads_of,
    members_of,
    overrides_of,
    people_of,
    rota_by_id,
    shift_of,
    shifts_of,
)
from dispatch.events import Event, Kind
from dispatch.model import Person
from dispatch.network import COORDINATORS
from dispatch.office import Office, one_by_one
from dispatch.rota import Shift
from dispatch.store import commit
from sql import query

__all__ = ["run_watch"]

AT_ONCE = 100  # rotas, or looks, in one call of run_watch
ENDED_LATELY = timedelta(hours=12)  # a look that comes later does not say that nobody came on

# What the person hears; whoever said STOPP hears nothing.
TEXTS = {
    CannotCome.PAUSED: "shift_taken_off",
    CannotCome.NO_MEMBER: "shift_taken_off",
    CannotCome.CANCELLED: "shift_cancelled",
    CannotCome.GROUP_GONE: "shift_group_gone",
}


async def run_watch(office: Office, now: datetime, limit: int = AT_ONCE) -> int:
    """Fill the rotas that are due, and look at the shifts when that is. Returns how much was done."""
    if not await office.pool.fetchval(query("watch_work"), now):
        return 0
    done = await one_by_one(office, lambda c: _fill_one(office, c, now), "postpone_rota", "rota.failed", now, limit)
    return done + await one_by_one(office, lambda c: _look(office, c, now), "postpone_watch", "watch.failed", now, limit)


async def _fill_one(office: Office, connection: Any, now: datetime) -> bool:
    async with connection.transaction():
        rota_id = await connection.fetchval(query("claim_rota"), now)
        if rota_id is None:
            return False
        changes = await fill(connection, office, await rota_by_id(connection, rota_id), now)
        await commit(connection, changes, now)
    office.on_commit(changes)
    return True


async def _look(office: Office, connection: Any, now: datetime) -> bool:
    row = await connection.fetchrow(query("watch_due"), now)
    if row is None:
        return False
    changes = Changes()
    freed = await _free_misplaced(connection, office, changes, now)
    groups = await groups_in_use(connection, office.network, now)
    groups |= {s.group_key for s in freed if office.network.group(s.group_key)}
    known = await holes_of(connection) | {hole.key: hole for hole in changes.holes}
    gone = {s.id for s in freed}
    shifts = [s for s in await shifts_of(connection, groups, (), now - ENDED_LATELY) if s.id not in gone]
    coming = [s for s in shifts if s.ends_at > now]
    covered = coverage(office.network, groups, coming, await overrides_of(connection, groups, now), now)
    leads = await leads_of(connection, office.network, groups)
    look = decide_holes(covered, known, leads, (s for s in shifts if s.ends_at <= now), office.network, now)
    await _tell(connection, office, changes, look, leads, now)
    changes.watch = Watch(row["version"], look.next_at)
    await commit(connection, changes, now)
    office.on_commit(changes)
    return True


async def _free_misplaced(connection: Any, office: Office, changes: Changes, now: datetime) -> list[Shift]:
    """Shifts to which somebody cannot come are freed, and the person hears of it, once for all of a group's."""
    rows = await connection.fetch(query("misplaced_shifts"), now, [g.key for g in office.network.groups])
    people = await people_of(connection, (row["person_id"] for row in rows))
    freed: dict[tuple[CannotCome, str, int], list[Shift]] = {}
    for row in rows:
        values = {name: row[name] for name in row.keys() if name not in ("is_member", "is_cancelled")}  # noqa: SIM118
        shift = shift_of(values)
        why = why_not(shift, people.get(shift.person_id), row["is_member"], row["is_cancelled"], office.network)
        if why is not None:
            freed.setdefault((why, shift.group_key, shift.person_id), []).append(shift)
            about = {**shift.about(), "hole": False, "why": str(why)}
            changes.events.append(Event(now, Kind.SHIFT_LEFT, None, shift.person_id, about))
    for (why, _, person_id), theirs in freed.items():
        if person_id in people and why in TEXTS:
            kind = TEXTS[why] if len(theirs) == 1 or why is CannotCome.GROUP_GONE else "shifts_taken_off"
            changes.messages += written(office, people[person_id], kind, theirs[0], now, count=len(theirs))
    ended = [s for (why, _, _), theirs in freed.items() if why is CannotCome.GROUP_GONE for s in theirs]
    changes.messages += await _ended(connection, office, ended, now)
    gone = [shift for theirs in freed.values() for shift in theirs]
    changes.free(*gone)
    return gone


async def _ended(connection: Any, office: Office, ended: list[Shift], now: datetime) -> list[Message]:
    """What coordinators hear of groups that the network has no longer: how many shifts ended with each."""
    messages: list[Message] = []
    for key in sorted({s.group_key for s in ended}):
        theirs = sorted((s for s in ended if s.group_key == key), key=lambda s: s.starts_at)
        said = "shift_group_gone_staff"
        messages += await _to_coordinators(connection, office, said, theirs[0], now, count=len(theirs))
    return messages


async def _tell(
    connection: Any, office: Office, changes: Changes, look: Look, leads: dict[str, list[Person]], now: datetime
) -> None:
    """What a look came to: one message for each who is told, about the soonest hole, with how many more there are."""
    told = {hole.key: hole for hole in (*changes.holes, *look.holes)}
    for hole in look.filled:
        told.pop(hole.key, None)
    changes.holes, changes.holes_filled = list(told.values()), look.filled
    for who, one in look.told:
        data = {**one.slot.about(), "missing": one.missing, "to": str(who)}
        changes.events.append(Event(now, Kind.SHIFT_HOLE_TOLD, None, None, data))
        if who is Told.BARE:
            changes.messages += await _to_coordinators(connection, office, "shift_nobody_on", _of(one), now)
    for group, people in leads.items():
        holes = [one for who, one in look.told if who is Told.LEAD and one.slot.group == group]
        for person in people if holes else ():
            changes.messages += written(office, person, _kind(holes), _of(holes[0]), now, **_counts(holes))
    holes = [one for who, one in look.told if who is Told.COORDINATORS]
    if holes:
        changes.messages += await _to_coordinators(connection, office, _kind(holes), _of(holes[0]), now, **_counts(holes))


def _kind(holes: list[Covered]) -> str:
    return "shift_missing" if len(holes) == 1 else "shift_missing_more"


def _counts(holes: list[Covered]) -> dict[str, int]:
    return {"missing": holes[0].missing, "count": len(holes) - 1}


def _of(one: Covered) -> Shift:
    """A slot as messages about shifts want it: nobody's."""
    return Shift(0, one.slot.group, 0, one.slot.starts_at, one.slot.ends_at)


async def _to_coordinators(
    connection: Any, office: Office, kind: str, shift: Shift, now: datetime, **params: Any
) -> Iterable[Message]:
    members = await members_of(connection, COORDINATORS)
    reached = [p for p in members.values() if p.can_be_written_to and p.stopped_at is None]
    return [m for p in reached for m in written(office, p, kind, shift, now, **params)]
