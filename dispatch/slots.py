"""The shifts that a network needs people for: what its file says, by weekday, evening, weekend and holiday, and single dates on
which staff have said otherwise.

Pure. Times are UTC; local times of the network file become UTC one shift at a time, so that the nights when clocks change make
a shift an hour longer or shorter and nothing else.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dispatch.days import DayKind
from dispatch.network import Network, ShiftRule

AHEAD = timedelta(days=14)  # how far ahead people sign up, and rotas are filled

SlotKey = tuple[str, datetime]  # a group's key, and when the slot begins


@dataclass(frozen=True, slots=True)
class Slot:
    """A shift that the network needs people for. needed: how many; 0: it has been cancelled."""

    group: str
    starts_at: datetime
    ends_at: datetime
    needed: int

    @property
    def key(self) -> SlotKey:
        """What names the slot."""
        return self.group, self.starts_at

    def about(self) -> dict[str, object]:
        """The slot in an event's data."""
        return {"group": self.group, "starts_at": self.starts_at, "ends_at": self.ends_at}


@dataclass(frozen=True, slots=True)
class Override:
    """What one date needs in place of what the file says. Field names are the columns of `shift_override`.

    needed: 0 cancels it. extra: it is no shift of the file's. version: as it was read, 0 for a new one.
    """

    group_key: str
    starts_at: datetime
    ends_at: datetime
    needed: int
    extra: bool
    set_by: int | None
    set_at: datetime
    version: int = 0

    @property
    def key(self) -> SlotKey:
        """Which slot it is about."""
        return self.group_key, self.starts_at


def coming_slots(
    network: Network,
    groups: Collection[str],
    now: datetime,
    ahead: timedelta = AHEAD,
    overrides: Iterable[Override] = (),
    cancelled: bool = False,
) -> list[Slot]:
    """The slots of these groups that have not ended at `now` and begin within `ahead`, the soonest first. cancelled: also those
    that staff have cancelled, with `needed` 0."""
    found: dict[SlotKey, Slot] = {}
    for slot in _of_the_file(network, groups, now, ahead):
        # An hour that a changing clock leaves out is no shift, nor are two that begin together because of it.
        if now < slot.ends_at and slot.starts_at < slot.ends_at and slot.starts_at < now + ahead:
            found.setdefault(slot.key, slot)
    for one in overrides:
        if one.group_key not in groups or one.ends_at <= now or one.starts_at >= now + ahead:
            continue
        if of_file := found.get(one.key):
            found[one.key] = Slot(of_file.group, of_file.starts_at, of_file.ends_at, one.needed)
        elif one.extra:
            found[one.key] = Slot(one.group_key, one.starts_at, one.ends_at, one.needed)
    slots = (s for s in found.values() if s.needed or cancelled)
    return sorted(slots, key=lambda s: (s.starts_at, s.group))


def _of_the_file(network: Network, groups: Collection[str], now: datetime, ahead: timedelta) -> Iterable[Slot]:
    today = now.astimezone(network.zone).date()
    special = {rule.group for rule in network.shifts if rule.holidays}
    for rule in network.shifts:
        for offset in range(-1, ahead.days + 2) if rule.group in groups else ():
            day = today + timedelta(days=offset)
            if rule.begins_on(day.isoweekday(), network.days.kind(day) is DayKind.HOLIDAY, rule.group in special):
                yield slot_on(network, rule, day)


def slot_on(network: Network, rule: ShiftRule, day: date) -> Slot:
    """The slot of a rule that begins on a local day."""
    begins = datetime.combine(day, rule.begins, network.zone).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=rule.nights), rule.ends, network.zone).astimezone(UTC)
    return Slot(rule.group, begins, ends, rule.needed)
