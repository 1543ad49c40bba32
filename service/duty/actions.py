"""What staff do on the pages of duty: a form becomes a command of dispatch/duty_desk.py."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from dispatch.duty_desk import (
    RotaWish,
    Staff,
    end_rota,
    end_stand_in,
    make_rota,
    put_on,
    replace_person,
    set_needed,
    take_off,
)
from dispatch.errors import BadRequest
from dispatch.slots import SlotKey
from service.duty.feeds import renew
from service.network_schema import read_clock
from service.runtime import Runtime

TURNS, TOGETHER = 8, 4  # of a rota that is made by the form: how many turns, and how many people in each
LATEST = 253_402_300_800  # seconds since 1970: the year 9999


@dataclass(frozen=True, slots=True)
class Asked:
    """A form that was sent, and by whom."""

    runtime: Runtime
    form: Mapping[str, str]
    staff: Staff
    now: datetime

    @property
    def group(self) -> str:
        """Which group it is about."""
        return self.form.get("group", "")

    def key(self) -> SlotKey:
        """Which shift it is about. Raises BadRequest."""
        if (key := slot_key(self.form)) is None:
            raise BadRequest("which shift?")
        return key

    def number(self, name: str) -> int:
        """A field that is an id or a count. Raises BadRequest."""
        if (found := number_of(self.form.get(name, ""))) is None:
            raise BadRequest(f"{name}: a number")
        return found

    def day(self, name: str) -> date | None:
        """A field that is a day; None when it is empty. Raises BadRequest."""
        if not (text := self.form.get(name, "")):
            return None
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise BadRequest(f"{name}: a day") from error

    def needs_day(self, name: str) -> date:
        """A field that is a day. Raises BadRequest."""
        if (found := self.day(name)) is None:
            raise BadRequest(f"{name}: a day")
        return found


def number_of(text: str) -> int | None:
    """A number as forms have it: not negative, and one that the database can hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 and int(text) < 2**63 else None


def slot_key(form: Mapping[str, str]) -> SlotKey | None:
    """The shift that `group` and `at` name."""
    at = number_of(form.get("at", ""))
    return (form.get("group", ""), datetime.fromtimestamp(at, tz=UTC)) if at is not None and at < LATEST else None


async def _put_on(a: Asked) -> None:
    await put_on(a.runtime.office, a.key(), a.number("person"), a.staff, a.now)


async def _take_off(a: Asked) -> None:
    await take_off(a.runtime.office, a.key(), a.number("person"), a.staff, a.now)


async def _needed(a: Asked) -> None:
    await set_needed(a.runtime.office, a.key(), a.number("needed"), a.staff, a.now)


async def _cancel(a: Asked) -> None:
    await set_needed(a.runtime.office, a.key(), 0, a.staff, a.now)


async def _extra(a: Asked) -> None:
    """One shift more than the network file asks for."""
    zone, day = a.runtime.network.zone, a.needs_day("day")
    try:
        begins, ends = read_clock(a.form.get("begins", "")), read_clock(a.form.get("ends", ""))
    except ValueError as error:
        raise BadRequest("a time such as 17:00") from error
    until = day if begins < ends else day + timedelta(days=1)
    starts_at = datetime.combine(day, begins, zone).astimezone(UTC)
    ends_at = datetime.combine(until, ends, zone).astimezone(UTC)
    await set_needed(a.runtime.office, (a.group, starts_at), a.number("needed"), a.staff, a.now, ends_at)


async def _stand_in(a: Asked) -> None:
    first, last = a.needs_day("first_on"), a.needs_day("last_on")
    await replace_person(a.runtime.office, a.group, a.number("absent"), a.number("comes"), first, last, a.staff, a.now)


async def _end_stand_in(a: Asked) -> None:
    await end_stand_in(a.runtime.office, a.number("stand_in"), a.staff, a.now)


async def _rota(a: Asked) -> None:
    turns = [[a.number(name) for k in range(1, TOGETHER + 1) if a.form.get(name := f"turn-{n}-{k}")] for n in range(1, TURNS + 1)]
    try:
        begins = read_clock(a.form["begins"]) if a.form.get("begins") else None
    except ValueError as error:
        raise BadRequest("begins: a time such as 17:00") from error
    wish = RotaWish(
        a.group, [turn for turn in turns if turn], a.needs_day("first_on"), a.number("every"),
        [n for n in range(1, 8) if a.form.get(f"weekday-{n}")], begins, a.day("last_on"),
    )  # fmt: skip
    await make_rota(a.runtime.office, wish, a.staff, a.now)


async def _end_rota(a: Asked) -> None:
    await end_rota(a.runtime.office, a.number("rota"), a.staff, a.now, a.day("last_on"))


async def _calendar(a: Asked) -> None:
    a.staff.require(a.runtime.office, a.group)
    await renew(a.runtime, group=a.group)


Do = Callable[[Asked], Awaitable[None]]
OF_SLOT: Mapping[str, Do] = {"put-on": _put_on, "take-off": _take_off, "needed": _needed, "cancel": _cancel}
OF_GROUP: Mapping[str, Do] = {
    "extra": _extra,
    "stand-in": _stand_in,
    "end-stand-in": _end_stand_in,
    "rota": _rota,
    "end-rota": _end_rota,
    "calendar": _calendar,
}


def path_of_slot(key: SlotKey, did: str = "") -> str:
    """Where a shift is shown."""
    asked = {"group": key[0], "at": int(key[1].timestamp()), **({"did": did} if did else {})}
    return f"/duty/slot?{urlencode(asked)}"
