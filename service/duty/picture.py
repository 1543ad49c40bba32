"""The coming two weeks as a picture: a row for each group with shifts, a column for each local day, a bar for each shift. Pure.

Bars stand where the local clock has them, so that a shift over midnight goes on in the next day's column. What the picture says
is also written in its cells: nobody needs to see the bars, or their colours.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from babel.dates import format_date

from dispatch.coverage import HOLE_WITHIN, Covered
from dispatch.days import DayKind
from dispatch.network import Network
from dispatch.slots import Slot

DAYS = 14
HOURS = 24  # width of a day in the picture's units


class Look(StrEnum):
    """How a shift stands; the names are the classes of its marks. Each has a shape and words of its own."""

    FULL = "full"
    MISSING = "missing"  # fewer than it needs
    HOLE = "hole"  # and it begins within HOLE_WITHIN, in a group that shifts matter to
    CANCELLED = "cancelled"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Column:
    """A day at the head of a column. name: "ons 8/4"; holiday: its name, if it is one; long: for whoever listens."""

    day: date
    name: str
    long: str
    holiday: str
    is_free: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a shift on one day. x, width: in hours of the local clock. filled: of the width, the part that has people."""

    x: float
    width: float
    filled: float
    look: Look


@dataclass(frozen=True, slots=True)
class Mark:
    """A shift in the cell of the day on which it begins. at: when it begins, seconds since 1970. hours: "17–21"."""

    slot: Slot
    at: int
    hours: str
    signed: int
    missing: int
    look: Look


@dataclass(frozen=True, slots=True)
class Cell:
    """One group on one day."""

    column: Column
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One group. holes: how many of its shifts are such."""

    group: str
    name: str
    cells: tuple[Cell, ...]
    holes: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything. without: names of groups that have no shifts in this time. missing: the marks that lack people, the soonest
    first."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    without: tuple[str, ...]
    missing: tuple[Mark, ...]


def midnight(network: Network, now: datetime) -> datetime:
    """When the local day began that it is at `now`: what is over since then is shown too."""
    return datetime.combine(network.local_date(now), time(), network.zone)


def picture_of(
    network: Network, groups: Sequence[str], covered: Iterable[Covered], used: Collection[str], now: datetime, language: str
) -> Picture:
    """groups: in the order of their rows. covered: their slots since midnight. used: the groups that shifts matter to."""
    columns = _columns(network, now, language)
    last = columns[-1].day
    shown = [c for c in covered if c.slot.starts_at.astimezone(network.zone).date() <= last]
    rows, without = [], []
    for group in groups:
        own = [c for c in shown if c.slot.group == group]
        if not own:
            without.append(network.group_name(group))
            continue
        cells = tuple(_cell(column, own, network, group in used, now) for column in columns)
        holes = sum(1 for cell in cells for mark in cell.marks if mark.look is Look.HOLE)
        rows.append(Row(group, network.group_name(group), cells, holes))
    lacking = [m for row in rows for cell in row.cells for m in cell.marks if m.look in (Look.HOLE, Look.MISSING)]
    lacking.sort(key=lambda m: (m.slot.starts_at, m.slot.group))
    return Picture(columns, tuple(rows), tuple(without), tuple(lacking))


def _columns(network: Network, now: datetime, language: str) -> tuple[Column, ...]:
    today = network.local_date(now)
    columns = []
    for day in (today + timedelta(days=n) for n in range(DAYS)):
        holiday = network.days.holiday(day, language) or ""
        name = format_date(day, "EEE d/M", locale=language)
        long = format_date(day, "EEEE d MMMM", locale=language)
        is_free = network.days.kind(day) is not DayKind.WEEKDAY
        columns.append(Column(day, name, long, holiday, is_free, day == today))
    return tuple(columns)


def _cell(column: Column, own: Iterable[Covered], network: Network, is_used: bool, now: datetime) -> Cell:
    bars, marks = [], []
    for one in own:
        look = look_of(one, is_used, now)
        if span := _hours_on(column.day, one.slot, network):
            filled = min(len(one.on) / one.slot.needed, 1.0) if one.slot.needed else 0.0
            bars.append(Bar(span[0], span[1], round(span[1] * filled, 2), look))
        if one.slot.starts_at.astimezone(network.zone).date() == column.day or (
            column.is_today and one.slot.starts_at < midnight(network, now)  # began yesterday, and is not over
        ):
            marks.append(mark_of(one, look, network))
    return Cell(column, tuple(bars), tuple(marks))


def look_of(one: Covered, is_used: bool, now: datetime) -> Look:
    """How a shift stands at `now`."""
    if one.cancelled:
        return Look.CANCELLED
    if one.slot.ends_at <= now:
        return Look.PAST
    if not one.missing:
        return Look.FULL
    return Look.HOLE if is_used and one.slot.starts_at - now <= HOLE_WITHIN else Look.MISSING


def mark_of(one: Covered, look: Look, network: Network) -> Mark:
    """What the cell says of a shift."""
    at = int(one.slot.starts_at.timestamp())
    return Mark(one.slot, at, hours_of(one.slot, network), len(one.on), one.missing, look)


def hours_of(slot: Slot, network: Network) -> str:
    """ "17–21", "08:30–12"."""
    begins, ends = (moment.astimezone(network.zone) for moment in (slot.starts_at, slot.ends_at))
    return f"{_clock(begins)}–{_clock(ends)}"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M}" if moment.minute else f"{moment:%H}"


def _hours_on(day: date, slot: Slot, network: Network) -> tuple[float, float] | None:
    """Where the part of a shift that lies on a local day begins, and how long it is, by the hands of the clock."""
    begins, ends = (moment.astimezone(network.zone) for moment in (slot.starts_at, slot.ends_at))
    left = _hands(begins) if begins.date() == day else 0.0 if begins.date() < day else HOURS
    right = _hands(ends) if ends.date() == day else HOURS if ends.date() > day else 0.0
    return (left, round(right - left, 2)) if right > left else None


def _hands(moment: datetime) -> float:
    return round(moment.hour + moment.minute / 60, 2)
