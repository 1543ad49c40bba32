"""What staff do to the rota: put people on shifts and off them, say what one date needs, let somebody stand in, and make rotas.

Coordinators act on every group, an area lead on the own area's (`Staff`). As everywhere, two at once is the normal case: the
database lets one of them store what was decided, and the other decides again, and gets a named outcome.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from dispatch.changes import Changes, Message, message
from dispatch.coverage import Covered, coverage
from dispatch.duty_store import (
    duty_rows,
    filling_of,
    members_of,
    overrides_of,
    people_of,
    rota_by_id,
    shifts_of,
    stand_in_by_id,
)
from dispatch.errors import AlreadyOnShift, BadRequest, CannotComeThen, NoSuchShift, NotAMember, NotYourGroup, StandsInAlready
from dispatch.events import Event, Kind
from dispatch.model import Person
from dispatch.office import Office, until_stored
from dispatch.repeating import (
    RepeatingRota,
    Replaced,
    StandIn,
    can_come,
    decide_end,
    decide_fill,
    decide_replace,
    missing_members,
)
from dispatch.rota import Shift, decide_sign_off, decide_sign_up, told
from dispatch.shifts import as_stored, leaving, rota_seen_by
from dispatch.slots import AHEAD, Override, SlotKey, coming_slots

__all__ = [
    "Duty",
    "RotaWish",
    "Staff",
    "duty_of",
    "end_rota",
    "end_stand_in",
    "make_rota",
    "put_on",
    "replace_person",
    "set_needed",
    "take_off",
]

LONGEST_SHIFT = timedelta(hours=24)
LONGEST_STAND_IN = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who acts. person_id: None: a program with the API's token. area: an area lead's own; None: may act on every group."""

    person_id: int | None
    area: str | None = None

    def require(self, office: Office, group: str) -> None:
        """Raises NotYourGroup; also for a group that the network has not."""
        found = office.network.group(group)
        if found is None or (self.area is not None and found.area != self.area):
            raise NotYourGroup("this group's shifts are not yours to change")


@dataclass(frozen=True, slots=True)
class Duty:
    """The duty of some groups, from now on: every coming slot and who is on it, who they are, rotas and stand-ins."""

    slots: tuple[Covered, ...]
    people: dict[int, Person]
    rotas: tuple[RepeatingRota, ...]
    stand_ins: tuple[StandIn, ...]


async def duty_of(office: Office, groups: Collection[str], now: datetime, days: int = 14) -> Duty:
    """The duty of these groups for so many days."""
    async with office.pool.acquire() as connection:
        rows = await duty_rows(connection, office.network, groups, now)
        covered = coverage(office.network, groups, rows.shifts, rows.overrides, now, days)
        ids = {s.person_id for s in rows.shifts} | {person for r in rows.rotas for person in r.people}
        ids |= {person for s in rows.stand_ins for person in (s.person_id, s.stand_in_id)}
        return Duty(tuple(covered), await people_of(connection, ids), rows.rotas, rows.stand_ins)


async def put_on(office: Office, key: SlotKey, person_id: int, by: Staff, now: datetime) -> Shift:
    """Put a member of the group on a shift; the person hears of it. Raises NotYourGroup, NotAMember, NoSuchShift, CannotComeThen,
    AlreadyOnShift, ShiftFull."""
    by.require(office, key[0])

    async def attempt(connection: Any) -> tuple[Changes, Shift]:
        rota = await rota_seen_by(connection, office, person_id, now, key[0])
        shift, events = decide_sign_up(rota, key, office.mint.id(), now, by.person_id, by_staff=True)
        person = (await people_of(connection, [person_id])).get(person_id)
        if person is None or not can_come(person, shift):
            raise CannotComeThen("the person cannot come then", **told(office.network, shift))
        return Changes(shifts_new=[shift], events=events, messages=_tell(office, person, "shift_put_on", shift, by, now)), shift

    return await until_stored(office, attempt, now)


async def take_off(office: Office, key: SlotKey, person_id: int, by: Staff, now: datetime) -> Shift:
    """Take somebody off a shift; the person hears of it, and the coordinators when nobody is left on one that begins soon.
    Returns what was left. Raises NotYourGroup, NotOnShift."""
    by.require(office, key[0])

    async def attempt(connection: Any) -> tuple[Changes, Shift]:
        rota = await rota_seen_by(connection, office, person_id, now, key[0])
        shift, events = decide_sign_off(rota, key, now, by.person_id)
        changes = await leaving(connection, office, shift, events, now)
        person = (await people_of(connection, [person_id])).get(person_id)
        changes.messages += _tell(office, person, "shift_taken_off", shift, by, now)
        return changes, shift

    return await until_stored(office, attempt, now)


async def set_needed(
    office: Office, key: SlotKey, needed: int, by: Staff, now: datetime, ends_at: datetime | None = None
) -> Override:
    """Say how many one date needs; 0 cancels that shift, and whoever is on it hears so. ends_at: for one shift more than the
    network file asks for. Raises NotYourGroup, BadRequest, NoSuchShift, and AlreadyOnShift for one more shift in the time of
    another of the group's."""
    by.require(office, key[0])
    if not 0 <= needed <= 100:
        raise BadRequest("needed: 0 to 100")

    async def attempt(connection: Any) -> tuple[Changes, Override]:
        before = {o.key: o for o in await overrides_of(connection, [key[0]], now)}
        ahead = max(AHEAD, key[1] - now + timedelta(days=2))
        slots = coming_slots(office.network, {key[0]}, now, ahead, before.values(), cancelled=True)
        slot = next((s for s in slots if s.key == key), None)
        known = before.get(key)
        if slot is None:
            _require_extra(office, key, ends_at, slots, now)
        ends, extra = (slot.ends_at, known.extra if known else False) if slot else (ends_at or key[1], True)
        version = known.version if known else 0
        override = Override(key[0], key[1], ends, needed, extra, by.person_id, now, version)
        if slot is not None and slot.needed == needed:
            return Changes(), override
        about: dict[str, object] = {"group": key[0], "starts_at": key[1], "ends_at": ends, "needed": needed}
        event = Event(now, Kind.SHIFT_NEEDED_SET, None, by.person_id, about)
        return Changes(overrides=[override], events=[event]), override

    return await until_stored(office, attempt, now)


def _require_extra(office: Office, key: SlotKey, ends_at: datetime | None, slots: Iterable[Any], now: datetime) -> None:
    if ends_at is None or ends_at <= now:
        raise NoSuchShift("there is no such shift, or it is over")
    if not timedelta(0) < ends_at - key[1] <= LONGEST_SHIFT:
        raise BadRequest("a shift ends after it begins, and within 24 hours")
    for other in slots:
        if other.needed and other.starts_at < ends_at and key[1] < other.ends_at:
            group = office.network.group_name(key[0])
            raise AlreadyOnShift("the group has a shift at that time", group=group, starts=other.starts_at, ends=other.ends_at)


async def replace_person(
    office: Office, group: str, absent: int, stand_in: int, first: date, last: date, by: Staff, now: datetime
) -> Replaced:
    """From one local day to another, the last included, somebody takes somebody's shifts of a group: those there are, and those
    that rotas will have. What the stand-in cannot take is left, and reported. Both hear of it.

    Raises NotYourGroup, BadRequest, NotAMember, CannotComeThen, StandsInAlready.
    """
    by.require(office, group)
    if absent == stand_in or first > last or last < office.network.local_date(now) or last - first > LONGEST_STAND_IN:
        raise BadRequest("name two people, and days that are not over, at most a year")

    async def attempt(connection: Any) -> tuple[Changes, Replaced]:
        members = await members_of(connection, group)
        if stand_in not in members:
            raise NotAMember("the stand-in is not a member of the group", group=office.network.group_name(group))
        person = members[stand_in]
        if person.stopped_at is not None:
            raise CannotComeThen("the stand-in has said STOPP", group=office.network.group_name(group))
        rows = await duty_rows(connection, office.network, [group], now)
        if any(s.person_id == absent and s.first_on <= last and first <= s.last_on for s in rows.stand_ins):
            raise StandsInAlready("somebody stands in already", group=office.network.group_name(group))
        made = StandIn(office.mint.id(), group, absent, stand_in, first, last, by.person_id, now)
        shifts = await shifts_of(connection, [], [absent, stand_in], now)
        done, events = decide_replace(made, person, shifts, office.network.zone, now)
        changes = Changes(shifts=list(done.moved), stand_ins=[made], events=events)
        changes.free(*done.holes)
        away = (await people_of(connection, [absent])).get(absent)
        changes.messages += _tell_both(office, done, away, person, by, now)
        return changes, Replaced(made, tuple(as_stored(s) for s in done.moved), done.holes)

    return await until_stored(office, attempt, now)


async def end_stand_in(office: Office, stand_in_id: int, by: Staff, now: datetime) -> StandIn:
    """Nobody stands in there any more: what rotas fill from now on is the absent one's again. Shifts that have gone over stay
    where they are. Raises NoSuchRota, NotYourGroup."""

    async def attempt(connection: Any) -> tuple[Changes, StandIn]:
        found = await stand_in_by_id(connection, stand_in_id)
        by.require(office, found.group_key)
        about: dict[str, object] = {"group": found.group_key, "person": found.person_id, "stand_in": found.stand_in_id}
        event = Event(now, Kind.STAND_IN_ENDED, None, by.person_id, about)
        return Changes(stand_ins_ended=[found.id], events=[event]), found

    return await until_stored(office, attempt, now)


@dataclass(frozen=True, slots=True)
class RotaWish:
    """A rota as staff wish it; see RepeatingRota for what the fields mean."""

    group: str
    turns: Sequence[Sequence[int]]
    first_on: date
    every_days: int = 7
    weekdays: Sequence[int] = ()
    begins: time | None = None
    last_on: date | None = None


async def make_rota(office: Office, wish: RotaWish, by: Staff, now: datetime) -> RepeatingRota:
    """Make a rota; it fills the coming 14 days at once, and goes on by itself. Raises NotYourGroup, BadRequest, NotAMember, and
    NoSuchShift for one that no shift of the group is part of."""
    by.require(office, wish.group)
    turns = tuple(tuple(dict.fromkeys(turn)) for turn in wish.turns)
    if not turns or not all(turns) or not 1 <= wish.every_days <= 366 or not set(wish.weekdays) <= set(range(1, 8)):
        raise BadRequest("every turn needs somebody, and lasts 1 to 366 days")
    if wish.last_on is not None and wish.last_on < max(wish.first_on, office.network.local_date(now)):
        raise BadRequest("the rota ends before it begins")
    rota = RepeatingRota(
        office.mint.id(), wish.group, turns, wish.first_on, wish.every_days, now, now, now, by.person_id,
        tuple(sorted(set(wish.weekdays))), wish.begins, wish.last_on,
    )  # fmt: skip
    _require_some(office, rota, now)

    async def attempt(connection: Any) -> tuple[Changes, RepeatingRota]:
        if missing_members(turns, await members_of(connection, wish.group)):
            raise NotAMember("somebody is not a member of the group", group=office.network.group_name(wish.group))
        changes = await fill(connection, office, rota, now, is_new=True)
        changes.events.insert(0, Event(now, Kind.ROTA_MADE, None, by.person_id, rota.about()))
        return changes, changes.rotas_new[0]

    return await until_stored(office, attempt, now)


def _require_some(office: Office, rota: RepeatingRota, now: datetime) -> None:
    """Raises NoSuchShift for a rota that would never put anybody on a shift."""
    year = coming_slots(office.network, {rota.group_key}, now, timedelta(days=366))
    if not any(rota.fills(slot, office.network.zone) for slot in year):
        raise NoSuchShift("no shift of the group is on these days at this time")


async def fill(connection: Any, office: Office, rota: RepeatingRota, now: datetime, is_new: bool = False) -> Changes:
    """What a rota puts people on now. When it is new, they hear of it; later they are reminded of each shift."""
    on = await filling_of(connection, office.network, rota, now)
    ids = iter(office.mint.id, None)
    after, new, events = decide_fill(rota, on, ids, office.network.zone, now)
    changes = Changes(shifts_new=new, events=events)
    (changes.rotas_new if is_new else changes.rotas).append(after)
    for person_id in sorted({s.person_id for s in new}) if is_new else ():
        mine = [s for s in new if s.person_id == person_id]
        changes.messages += written(office, on.members[person_id], "rota_made", mine[0], now, count=len(mine))
    return changes


async def end_rota(office: Office, rota_id: int, by: Staff, now: datetime, last_on: date | None = None) -> RepeatingRota:
    """End a rota with a local day, today when none is given. Shifts of it after that are nobody's; whoever had them hears so.
    Raises NoSuchRota, NotYourGroup."""

    async def attempt(connection: Any) -> tuple[Changes, RepeatingRota]:
        rota = await rota_by_id(connection, rota_id)
        by.require(office, rota.group_key)
        shifts = await shifts_of(connection, [rota.group_key], (), now)
        last = last_on or office.network.local_date(now)
        ended, gone, events = decide_end(rota, last, shifts, office.network.zone, now, by.person_id)
        if not events:
            return Changes(), rota
        changes = Changes(rotas=[ended], events=events)
        changes.free(*gone)
        for person in (await people_of(connection, [s.person_id for s in gone])).values():
            mine = [s for s in gone if s.person_id == person.id]
            changes.messages += written(office, person, "rota_ended", mine[0], now, count=len(mine))
        return changes, ended

    return await until_stored(office, attempt, now)


def _tell(office: Office, person: Person | None, kind: str, shift: Shift, by: Staff, now: datetime) -> list[Message]:
    """Whoever acts on the own shift knows already."""
    return [] if person is None or person.id == by.person_id else written(office, person, kind, shift, now)


def _tell_both(office: Office, done: Replaced, away: Person | None, comes: Person, by: Staff, now: datetime) -> list[Message]:
    messages: list[Message] = []
    if done.moved and comes.id != by.person_id:
        messages += written(office, comes, "stand_in", done.moved[0], now, count=len(done.moved))
    gone = sorted((*done.moved, *done.holes), key=lambda s: s.starts_at)
    if gone and away is not None and away.id != by.person_id:
        messages += written(office, away, "stood_in_for", gone[0], now, count=len(gone))
    return messages


def written(office: Office, to: Person, kind: str, shift: Shift, now: datetime, **params: Any) -> list[Message]:
    """A message about a shift, to somebody who reads: nobody at the desk phones around about shifts. It names nobody."""
    text = message(to, kind, {"shift": shift.id, "rota": to.id, **told(office.network, shift), **params}, None, now)
    return [] if text.channel == "call" else [text]
