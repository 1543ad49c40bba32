"""Rotas that repeat: people, or teams, have a group's shifts in turn; and for a time somebody stands in for somebody.

Pure. A rota fills the shifts of the coming 14 days, each once: what staff or people change afterwards stays. Whoever cannot come
is not put on, which leaves a hole that everybody sees. dispatch/duty_desk.py loads and stores.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dispatch.events import Event, Kind
from dispatch.model import Person
from dispatch.rota import Shift, Source, free_place, plan
from dispatch.slots import AHEAD, Slot

FILLS_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RepeatingRota:
    """A group's shifts that people have in turn. Field names are the columns of `rota`; `version` grows with every stored change.

    turns: who has each turn, people's ids; a turn is `every_days` local days long, the first begins on `first_on`, and after the
    last comes the first again. weekdays: ISO, on which the shifts begin; empty: on all. begins: local time at which they begin;
    None: all of the group's. last_on: None: until somebody ends it. filled_until: shifts that begin before have been filled.
    next_at: when it fills more; None: it has ended.
    """

    id: int
    group_key: str
    turns: tuple[tuple[int, ...], ...]
    first_on: date
    every_days: int
    filled_until: datetime
    next_at: datetime | None
    made_at: datetime
    made_by: int | None = None
    weekdays: tuple[int, ...] = ()
    begins: time | None = None
    last_on: date | None = None
    version: int = 1

    def fills(self, slot: Slot, zone: ZoneInfo) -> bool:
        """Is the slot one of those that this rota fills, whenever it does?"""
        begins = slot.starts_at.astimezone(zone)
        on_day = not self.weekdays or begins.isoweekday() in self.weekdays
        return slot.group == self.group_key and on_day and self.begins in (None, begins.time())

    def turn_on(self, day: date) -> tuple[int, ...]:
        """Who has the shifts that begin on a local day."""
        if day < self.first_on or (self.last_on is not None and day > self.last_on):
            return ()
        return self.turns[(day - self.first_on).days // self.every_days % len(self.turns)]

    @property
    def people(self) -> set[int]:
        """Everybody who has a turn."""
        return {person for turn in self.turns for person in turn}

    def about(self) -> dict[str, object]:
        """The rota in an event's data."""
        return {"rota": self.id, "group": self.group_key, "first_on": self.first_on, "last_on": self.last_on}


@dataclass(frozen=True, slots=True)
class StandIn:
    """For a time, one person takes what rotas of a group have for another. first_on, last_on: local days, the last included.
    Field names are the columns of `stand_in`."""

    id: int
    group_key: str
    person_id: int
    stand_in_id: int
    first_on: date
    last_on: date
    made_by: int | None
    made_at: datetime

    def holds(self, group: str, person_id: int, day: date) -> bool:
        """Is it about this person's shifts of this group on this local day?"""
        return (self.group_key, self.person_id) == (group, person_id) and self.first_on <= day <= self.last_on


def whose(person_id: int, group: str, day: date, stand_ins: Iterable[StandIn]) -> int:
    """Who comes on a local day when a rota says `person_id`: also a stand-in's stand-in."""
    stand_ins, seen = tuple(stand_ins), {person_id}
    while found := next((s for s in stand_ins if s.holds(group, person_id, day)), None):
        person_id = found.stand_in_id
        if person_id in seen:
            return person_id
        seen.add(person_id)
    return person_id


def can_come(person: Person | None, shift: Slot | Shift) -> bool:
    """Is this somebody who comes when a shift begins? None: no member of the group, or gone."""
    if person is None or person.stopped_at is not None:
        return False
    return person.paused_until is None or person.paused_until <= shift.starts_at


@dataclass(frozen=True, slots=True)
class Filling:
    """What a rota is filled on: the group's coming slots, all shifts of the group and of whoever may be put on, who stands in for
    whom, and the group's members by id."""

    slots: Sequence[Slot]
    shifts: Sequence[Shift]
    stand_ins: Sequence[StandIn]
    members: Mapping[int, Person]


def decide_fill(
    rota: RepeatingRota, on: Filling, ids: Iterable[int], zone: ZoneInfo, now: datetime
) -> tuple[RepeatingRota, list[Shift], list[Event]]:
    """Put people on the shifts that have come within AHEAD since it was filled last. ids: for the new shifts; as many as
    it takes. Whoever is on a shift at that time keeps that one, and a slot that is full stays as it is."""
    new: list[Shift] = []
    ids = iter(ids)
    for slot in on.slots:
        if slot.starts_at < rota.filled_until or slot.starts_at <= now or not rota.fills(slot, zone):
            continue
        day = slot.starts_at.astimezone(zone).date()
        for member in rota.turn_on(day):
            person = on.members.get(whose(member, rota.group_key, day, on.stand_ins))
            shifts = (*on.shifts, *new)
            if person is None or not can_come(person, slot) or is_busy(person.id, slot, shifts):
                continue
            if sum(1 for s in shifts if s.group_key == slot.group and s.overlaps(slot)) >= slot.needed:
                continue
            place = free_place(shifts, slot.key)
            shift = Shift(next(ids), slot.group, person.id, slot.starts_at, slot.ends_at, place, now,
                          source=Source.ROTA, rota_id=rota.id)  # fmt: skip
            new.append(plan(shift, zone, now))
    ended = rota.last_on is not None and (now + AHEAD).astimezone(zone).date() > rota.last_on
    after = replace(rota, filled_until=max(rota.filled_until, now + AHEAD), next_at=None if ended else now + FILLS_EVERY)
    return after, new, [Event(now, Kind.SHIFT_TAKEN, None, s.person_id, {**s.about(), "rota": rota.id}) for s in new]


def is_busy(person_id: int, span: Slot | Shift, shifts: Iterable[Shift]) -> bool:
    """Is the person on a shift at that time?"""
    return any(s.person_id == person_id and s.overlaps(span) for s in shifts)


def decide_end(
    rota: RepeatingRota, last_on: date, shifts: Iterable[Shift], zone: ZoneInfo, now: datetime, staff: int | None
) -> tuple[RepeatingRota, list[Shift], list[Event]]:
    """End a rota with a local day. Returns the shifts of it, not begun, that nobody comes to any more for that reason."""
    if rota.last_on is not None and rota.last_on <= last_on:
        return rota, [], []
    gone = [s for s in shifts if s.rota_id == rota.id and s.starts_at > now and s.starts_at.astimezone(zone).date() > last_on]
    filled = rota.filled_until.astimezone(zone).date() > last_on
    ended = replace(rota, last_on=max(last_on, rota.first_on), next_at=None if filled else rota.next_at)
    events = [Event(now, Kind.ROTA_ENDED, None, staff, {**ended.about(), "shifts": len(gone)})]
    events += [_left(s, staff, now) for s in gone]
    return ended, gone, events


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a replacement does at once: shifts that go over, and those that the stand-in cannot take, which are holes now."""

    stand_in: StandIn
    moved: tuple[Shift, ...]
    holes: tuple[Shift, ...]


def decide_replace(
    stand_in: StandIn, by: Person, shifts: Sequence[Shift], zone: ZoneInfo, now: datetime
) -> tuple[Replaced, list[Event]]:
    """Give the absent person's shifts of these days to the stand-in. by: the stand-in. shifts: those of both, of all groups, that
    have not ended. What the stand-in cannot take is left, for the absent one does not come either."""
    moved: list[Shift] = []
    holes: list[Shift] = []
    for shift in sorted(shifts, key=lambda s: s.starts_at):
        if not stand_in.holds(shift.group_key, shift.person_id, shift.starts_at.astimezone(zone).date()):
            continue
        if not can_come(by, shift) or is_busy(by.id, shift, [*shifts, *moved]):
            holes.append(shift)
            continue
        source = Source.STAFF if shift.source is Source.SELF else shift.source
        taken = replace(shift, person_id=by.id, signed_up_at=now, swap_asked_at=None, tell_at=None, source=source)
        moved.append(plan(taken, zone, now))
    staff = stand_in.made_by
    told = {"group": stand_in.group_key, "person": stand_in.person_id, "stand_in": stand_in.stand_in_id,
            "first_on": stand_in.first_on, "last_on": stand_in.last_on, "moved": len(moved), "holes": len(holes)}  # fmt: skip
    events = [Event(now, Kind.STAND_IN_MADE, None, staff, told)]
    for shift in moved:
        about = {**shift.about(), "from": stand_in.person_id, "staff": staff}
        events.append(Event(now, Kind.SHIFT_SWAPPED, None, by.id, about))
    events += [_left(s, staff, now) for s in holes]
    return Replaced(stand_in, tuple(moved), tuple(holes)), events


def _left(shift: Shift, staff: int | None, now: datetime) -> Event:
    return Event(now, Kind.SHIFT_LEFT, None, shift.person_id, {**shift.about(), "hole": False, "staff": staff})


def missing_members(turns: Iterable[Collection[int]], members: Collection[int]) -> set[int]:
    """Who has a turn and is no member."""
    return {person for turn in turns for person in turn} - set(members)
