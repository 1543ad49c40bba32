"""Which shifts have whom, which lack people, who hears of that and when; and who is on a shift to which they cannot come.

Pure. dispatch/rota_watch.py looks whenever something has changed, and when the time comes; what has been told are rows
(`shift_hole`), so that a look that comes late, or twice, tells nothing twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.model import Person
from dispatch.network import Network
from dispatch.rota import Shift
from dispatch.slots import Override, Slot, SlotKey, coming_slots

HOLE_WITHIN = timedelta(hours=48)  # a shift that begins so soon, with fewer than it needs, is a hole that somebody hears of
LEADS_TIME = timedelta(hours=12)  # for the area's lead; then the coordinators hear, and at once when it begins within this
LOOKS_EVERY = timedelta(days=1)  # at least


@dataclass(frozen=True, slots=True)
class Covered:
    """A slot and who is on it. hole: fewer than it needs, and it begins within HOLE_WITHIN."""

    slot: Slot
    on: tuple[Shift, ...]
    hole: bool

    @property
    def missing(self) -> int:
        """How many more are needed."""
        return max(self.slot.needed - len(self.on), 0)

    @property
    def cancelled(self) -> bool:
        """Have staff said that there is no such shift?"""
        return self.slot.needed == 0


@dataclass(frozen=True, slots=True)
class Hole:
    """A slot that lacks people, and when who was told: the area's lead, the coordinators, and the coordinators that nobody at all
    came on. Field names are the columns of `shift_hole`."""

    group_key: str
    starts_at: datetime
    ends_at: datetime
    lead_told_at: datetime | None = None
    told_at: datetime | None = None
    bare_told_at: datetime | None = None

    @property
    def key(self) -> SlotKey:
        """Which slot it is."""
        return self.group_key, self.starts_at


@dataclass(frozen=True, slots=True)
class Watch:
    """The shifts have been looked at: version as it was read, and when the next look is due. None, None: look at once."""

    version: int | None = None
    next_at: datetime | None = None


def coverage(
    network: Network,
    groups: Collection[str],
    shifts: Sequence[Shift],
    overrides: Iterable[Override],
    now: datetime,
    days: int = 14,
) -> list[Covered]:
    """Every coming slot of these groups, the soonest first, with who is on it; cancelled ones too. shifts: of these groups."""
    slots = coming_slots(network, groups, now, timedelta(days=days), overrides, cancelled=True)
    places = {(s.group, s.starts_at, s.ends_at) for s in slots}
    loose = [s for s in shifts if (s.group_key, s.starts_at, s.ends_at) not in places]
    by_key: dict[SlotKey, list[Shift]] = {}
    for shift in shifts:
        by_key.setdefault(shift.key, []).append(shift)
    found = []
    for slot in slots:
        on = [s for s in by_key.get(slot.key, ()) if s.fills(slot)]
        on += [s for s in loose if s.group_key == slot.group and s.overlaps(slot)]
        hole = len(on) < slot.needed and slot.starts_at - now <= HOLE_WITHIN
        found.append(Covered(slot, tuple(on), hole))
    return found


class Told(StrEnum):
    """Who hears of a hole, and what."""

    LEAD = "lead"
    COORDINATORS = "coordinators"
    BARE = "bare"  # the coordinators: those before have gone off, and nobody has come on


@dataclass(slots=True)
class Look:
    """What a look at the shifts came to: who hears of which, the holes as they are known then, those that are none any more, and
    when to look again."""

    next_at: datetime
    told: list[tuple[Told, Covered]] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    filled: list[Hole] = field(default_factory=list)

    def again_at(self, *moments: datetime) -> None:
        """Look again no later than these."""
        self.next_at = min(self.next_at, *moments)


def decide_holes(
    covered: Iterable[Covered],
    known: Mapping[SlotKey, Hole],
    led: Collection[str],
    ended: Iterable[Shift],
    network: Network,
    now: datetime,
) -> Look:
    """Who hears of which holes now. covered: of groups whose members use shifts. led: groups with a lead who can be written to.
    ended: shifts that are over since lately."""
    look, ended, seen = Look(now + LOOKS_EVERY), tuple(ended), set()
    for one in covered:
        if one.missing:
            seen.add(one.slot.key)
            was_manned = any(s.group_key == one.slot.group and s.ends_at == one.slot.starts_at for s in ended)
            _hole(look, one, known.get(one.slot.key), one.slot.group in led, was_manned, network, now)
    look.filled = [hole for key, hole in known.items() if key not in seen]
    return look


def _hole(look: Look, one: Covered, known: Hole | None, led: bool, was_manned: bool, network: Network, now: datetime) -> None:
    slot = one.slot
    if not one.hole:
        look.again_at(slot.starts_at - HOLE_WITHIN)
        return
    hole = known or Hole(slot.group, slot.starts_at, slot.ends_at)
    if now < slot.starts_at:
        look.again_at(slot.starts_at)
    elif was_manned and not one.on and hole.bare_told_at is None:
        look.told.append((Told.BARE, one))
        look.holes.append(replace(hole, bare_told_at=now, told_at=hole.told_at or now))
        return
    told = _whom(hole, led, now)
    morning = network.hours.quiet_until(now)
    if told and morning is not None and slot.starts_at >= morning:
        look.again_at(morning)
        return
    look.told += [(who, one) for who in told]
    if Told.LEAD in told:
        hole = replace(hole, lead_told_at=now)
    if Told.COORDINATORS in told:
        hole = replace(hole, told_at=now)
    if told:
        look.holes.append(hole)
    if hole.told_at is None and hole.lead_told_at is not None:
        look.again_at(min(hole.lead_told_at + LEADS_TIME, slot.starts_at - LEADS_TIME))


def _whom(hole: Hole, led: bool, now: datetime) -> list[Told]:
    told = [Told.LEAD] if led and hole.lead_told_at is None else []
    had_time = hole.lead_told_at is not None and now >= hole.lead_told_at + LEADS_TIME
    if hole.told_at is None and (not led or had_time or hole.starts_at - now <= LEADS_TIME):
        told.append(Told.COORDINATORS)
    return told


class CannotCome(StrEnum):
    """Why somebody does not come to a shift that they are on."""

    STOPPED = "stopped"  # said STOPP, or is gone
    PAUSED = "paused"
    NO_MEMBER = "no_member"  # of the group any more
    CANCELLED = "cancelled"  # staff have cancelled the shift
    GROUP_GONE = "group_gone"  # the network file has the group no longer


def why_not(shift: Shift, person: Person | None, is_member: bool, is_cancelled: bool, network: Network) -> CannotCome | None:
    """Why nobody comes to a shift, None when all is well. person: None: gone. is_cancelled: its slot needs nobody."""
    if network.group(shift.group_key) is None:
        return CannotCome.GROUP_GONE
    if is_cancelled:
        return CannotCome.CANCELLED
    if person is None or person.stopped_at is not None:
        return CannotCome.STOPPED
    if person.paused_until is not None and person.paused_until > shift.starts_at:
        return CannotCome.PAUSED
    return None if is_member else CannotCome.NO_MEMBER
