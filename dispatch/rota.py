"""The volunteers' rota: the shifts that the network file asks for, who is on them, and where one more is needed most.

Pure. Times are UTC. dispatch/shifts.py loads, and stores what is decided here; dispatch/slots.py says which shifts there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import count
from zoneinfo import ZoneInfo

from dispatch.errors import AlreadyOnShift, NoSuchShift, NotAMember, NotOnShift, OwnSwap, ShiftFull, SwapGone
from dispatch.events import Event, Kind
from dispatch.network import Network
from dispatch.slots import Slot, SlotKey

SOON = timedelta(hours=12)  # a shift that is left so late, with nobody else on it, is a hole that coordinators hear of
EVENING = time(18)  # local; the day before, the person is reminded
OFF_LATE = timedelta(hours=6)  # who went off so long ago hears nothing of it any more
SHORTLY = timedelta(hours=1)  # and once more, so long before


class Stage(StrEnum):
    """What the person on a shift hears next."""

    NEW = "new"  # imported: to be planned
    EVENING = "evening"  # a reminder the evening before
    HOUR = "hour"  # a reminder shortly before
    START = "start"  # it begins: what is open
    DONE = "done"


class Source(StrEnum):
    """Who put the person on a shift."""

    SELF = "self"  # signed up, or imported when `signed_up_at` is None
    STAFF = "staff"
    ROTA = "rota"


@dataclass(frozen=True, slots=True)
class Shift:
    """One person on a shift. Field names are the columns of the table; `version` grows by one with every stored change.

    place: which of the places that are needed, from 1. place, signed_up_at: None when it was imported. tell_at: colleagues hear
    then that the person wants to swap. next_at: when `stage` is due, None when nothing is. rota_id: the rota that put the person
    on it. off_at: when the person goes off and hears what they still have; None: has gone off.
    """

    id: int
    group_key: str
    person_id: int
    starts_at: datetime
    ends_at: datetime
    place: int | None = None
    signed_up_at: datetime | None = None
    swap_asked_at: datetime | None = None
    tell_at: datetime | None = None
    stage: Stage = Stage.NEW
    next_at: datetime | None = None
    version: int = 1
    source: Source = Source.SELF
    rota_id: int | None = None
    off_at: datetime | None = None

    @property
    def key(self) -> SlotKey:
        """Which slot's it is, if it is one's."""
        return self.group_key, self.starts_at

    def fills(self, slot: Slot) -> bool:
        """Is it a place of this very slot?"""
        return (self.group_key, self.starts_at, self.ends_at) == (slot.group, slot.starts_at, slot.ends_at)

    def overlaps(self, other: "Slot | Shift") -> bool:
        """Is there a time that both have?"""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def about(self) -> dict[str, object]:
        """The shift in an event's data."""
        return {"shift": self.id, "group": self.group_key, "starts_at": self.starts_at, "ends_at": self.ends_at}


@dataclass(frozen=True, slots=True)
class Coming:
    """A coming shift as one person sees it. signed: how many are on it. mine: the person's own, also with `swap_asked_at`.
    swaps: those of colleagues who want somebody else to take theirs. neediest: where one more is needed most."""

    slot: Slot
    signed: int
    mine: Shift | None = None
    swaps: tuple[Shift, ...] = ()
    neediest: bool = False

    @property
    def missing(self) -> int:
        """How many more are needed."""
        return max(self.slot.needed - self.signed, 0)


@dataclass(frozen=True, slots=True)
class Rota:
    """What one person's decisions see. groups: those the person is a member of; shifts: all of these groups that have not ended,
    and the person's own of any group; slots: as `coming_slots`."""

    network: Network
    person_id: int
    groups: tuple[str, ...]
    shifts: tuple[Shift, ...]
    slots: tuple[Slot, ...]

    def own(self) -> list[Shift]:
        """The person's shifts, of all groups."""
        return [s for s in self.shifts if s.person_id == self.person_id]

    def on(self, slot: Slot) -> list[Shift]:
        """Who is on a slot: whoever fills it, and whoever has a shift in that time that is no slot's (an import)."""
        return [s for s in self.shifts if s.fills(slot) or (self._is_loose(s) and s.group_key == slot.group and s.overlaps(slot))]

    def _is_loose(self, shift: Shift) -> bool:
        return not any(shift.fills(slot) for slot in self.slots)

    def coming(self) -> list[Coming]:
        """Every slot of the person's groups, and what is no slot's but the person's own or a colleague's to be swapped."""
        found = [self._seen(slot, self.on(slot)) for slot in self.slots if slot.group in self.groups]
        for shift in self.shifts:
            if self._is_loose(shift) and (shift.person_id == self.person_id or shift.swap_asked_at):
                found.append(self._seen(Slot(shift.group_key, shift.starts_at, shift.ends_at, 1), [shift]))
        free = [c for c in found if c.missing and c.mine is None and not any(s.overlaps(c.slot) for s in self.own())]
        neediest = min(free, key=lambda c: (-c.missing, c.slot.starts_at, c.slot.group), default=None)
        found.sort(key=lambda c: (c.slot.starts_at, c.slot.group))
        return [replace(c, neediest=c is neediest) for c in found]

    def _seen(self, slot: Slot, on: Sequence[Shift]) -> Coming:
        mine = next((s for s in on if s.person_id == self.person_id and s.fills(slot)), None)
        swaps = tuple(s for s in on if s.person_id != self.person_id and s.swap_asked_at and s.fills(slot))
        return Coming(slot, len(on), mine, swaps)

    def require_member(self, group: str) -> None:
        """Raises NotAMember."""
        if group not in self.groups:
            raise NotAMember("the person is not a member of the group", group=self.network.group_name(group))

    def require_free(self, span: Slot | Shift) -> None:
        """Raises AlreadyOnShift when the person is on a shift in that time."""
        for other in self.own():
            if other.overlaps(span):
                raise AlreadyOnShift("the person is on a shift at that time", **told(self.network, other))

    def own_shift(self, shift_id: int) -> Shift:
        """The person's shift with this id. Raises NotOnShift."""
        for shift in self.own():
            if shift.id == shift_id:
                return shift
        raise NotOnShift("the person is not on this shift")


def told(network: Network, shift: Shift) -> dict[str, object]:
    """The shift in a message's params, and in an outcome's."""
    return {"group": network.group_name(shift.group_key), "starts": shift.starts_at, "ends": shift.ends_at}


def plan(shift: Shift, zone: ZoneInfo, now: datetime) -> Shift:
    """The shift with what its person hears first after `now`. What would have been said earlier is not said; whoever comes when
    it has begun hears at once what is open. When it ends, the person hears what they still have."""
    shift = replace(shift, off_at=shift.ends_at)
    for stage, at in _moments(shift, zone):
        if at > now:
            return replace(shift, stage=stage, next_at=at)
    return replace(shift, stage=Stage.START, next_at=now)


def _moments(shift: Shift, zone: ZoneInfo) -> list[tuple[Stage, datetime]]:
    day_before = shift.starts_at.astimezone(zone).date() - timedelta(days=1)
    evening = datetime.combine(day_before, EVENING, zone).astimezone(UTC)
    return [(Stage.EVENING, evening), (Stage.HOUR, shift.starts_at - SHORTLY), (Stage.START, shift.starts_at)]


def decide_due(shift: Shift, zone: ZoneInfo, now: datetime) -> tuple[Shift, Stage | None]:
    """What is said when a shift's deadline has come, late or not, and when the next one comes. None: nothing is said."""
    if shift.next_at is None or shift.next_at > now:
        return shift, None
    if shift.ends_at <= now or (shift.stage is Stage.NEW and shift.starts_at <= now):
        return replace(shift, stage=Stage.DONE, next_at=None), None
    if shift.stage is Stage.NEW:
        return plan(shift, zone, now), None
    if shift.starts_at <= now:
        return replace(shift, stage=Stage.DONE, next_at=None), Stage.START
    said = Stage.HOUR if shift.starts_at - SHORTLY <= now else shift.stage
    return plan(shift, zone, now), said


def decide_off(shift: Shift, shifts: Iterable[Shift], now: datetime) -> tuple[Shift, bool]:
    """Does the person hear now what they still have? Whoever goes on at once with the group's next shift does not go off; what is
    long over is not said. shifts: the person's that have not ended."""
    if shift.off_at is None or shift.off_at > now:
        return shift, False
    stays = any(s.id != shift.id and s.group_key == shift.group_key and s.starts_at <= shift.ends_at < s.ends_at for s in shifts)
    return replace(shift, off_at=None), not stays and now - shift.ends_at < OFF_LATE


def decide_tell(shift: Shift, network: Network, now: datetime) -> tuple[Shift, bool]:
    """Do colleagues hear now that the person wants to swap? In quiet hours they hear afterwards."""
    if shift.tell_at is None or shift.tell_at > now:
        return shift, False
    awake = network.hours.awake_from(now)
    if awake > now and awake < shift.ends_at:
        return replace(shift, tell_at=awake), False
    return replace(shift, tell_at=None), awake <= now and shift.swap_asked_at is not None and shift.ends_at > now


def decide_sign_up(
    rota: Rota, key: SlotKey, shift_id: int, now: datetime, staff: int | None = None, by_staff: bool = False
) -> tuple[Shift, list[Event]]:
    """Take the lowest place of a slot that is free. shift_id: the new shift's. staff, when by_staff: who puts the person
    on.

    Raises NotAMember, NoSuchShift, AlreadyOnShift, ShiftFull.
    """
    rota.require_member(key[0])
    slot = next((s for s in rota.slots if s.key == key and s.ends_at > now), None)
    if slot is None:
        raise NoSuchShift("there is no such shift, or it is over")
    rota.require_free(slot)
    shift = Shift(shift_id, slot.group, rota.person_id, slot.starts_at, slot.ends_at, free_place(rota.shifts, key), now)
    if len(rota.on(slot)) >= slot.needed:
        raise ShiftFull("the shift is full", **told(rota.network, shift))
    by: dict[str, object] = {}
    if by_staff:
        shift, by = replace(shift, source=Source.STAFF), {"staff": staff}
    return plan(shift, rota.network.zone, now), [Event(now, Kind.SHIFT_TAKEN, None, rota.person_id, shift.about() | by)]


def free_place(shifts: Iterable[Shift], key: SlotKey) -> int:
    """The lowest place of a slot that nobody has. Also places of a slot that had other hours when they were taken count: the
    database has them under the same number."""
    taken = {s.place for s in shifts if s.key == key}
    return next(n for n in count(1) if n not in taken)


def decide_sign_off(rota: Rota, key: SlotKey, now: datetime, staff: int | None = None) -> tuple[Shift, list[Event]]:
    """Leave a shift. The event's `hole` says that nobody else is on it and that it begins within SOON. staff: the member of staff
    who takes the person off. Raises NotOnShift."""
    shift = next((s for s in rota.own() if s.key == key and s.ends_at > now), None)
    if shift is None:
        raise NotOnShift("the person is not on this shift")
    others = [s for s in rota.shifts if s.id != shift.id and s.group_key == shift.group_key and s.overlaps(shift)]
    hole = not others and shift.starts_at - now <= SOON
    by = {} if staff is None else {"staff": staff}
    return shift, [Event(now, Kind.SHIFT_LEFT, None, rota.person_id, {**shift.about(), "hole": hole, **by})]


def decide_ask_swap(rota: Rota, shift_id: int, now: datetime) -> tuple[Shift, list[Event]]:
    """The person wants a colleague to take the shift, and stays on it until one does. A second time changes nothing.

    Raises NotOnShift.
    """
    shift = rota.own_shift(shift_id)
    if shift.swap_asked_at is not None:
        return shift, []
    asked = replace(shift, swap_asked_at=now, tell_at=now)
    return asked, [Event(now, Kind.SHIFT_SWAP_ASKED, None, rota.person_id, shift.about())]


def decide_take_swap(rota: Rota, shift_id: int, now: datetime) -> tuple[Shift, list[Event]]:
    """Take over what a colleague wants to swap. Raises SwapGone, NotAMember, OwnSwap, AlreadyOnShift."""
    shift = next((s for s in rota.shifts if s.id == shift_id and s.ends_at > now), None)
    if shift is None:
        raise SwapGone("the shift has been left, or is over")
    rota.require_member(shift.group_key)
    if shift.swap_asked_at is None:
        raise SwapGone("somebody has taken the shift already")
    if shift.person_id == rota.person_id:
        raise OwnSwap("it is the person's own shift", **told(rota.network, shift))
    rota.require_free(shift)
    mine = replace(shift, person_id=rota.person_id, signed_up_at=now, swap_asked_at=None, tell_at=None, source=Source.SELF,
                   rota_id=None)  # fmt: skip
    about = {**shift.about(), "from": shift.person_id}
    return plan(mine, rota.network.zone, now), [Event(now, Kind.SHIFT_SWAPPED, None, rota.person_id, about)]
