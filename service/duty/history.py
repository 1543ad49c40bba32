"""What has happened to a group's shifts and rotas lately, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from dispatch.duty_store import people_of
from dispatch.events import Kind
from dispatch.model import Person
from dispatch.slots import Slot
from service.duty.look import seen_by
from service.duty.picture import hours_of
from service.runtime import Runtime
from service.sign_in.accounts import Viewer
from service.web.texts import N_, Texts
from service.web.times import day
from sql import query

SHOWN = 50
SAID: dict[Kind, str] = {
    Kind.SHIFT_TAKEN: N_("%(person)s came on the shift %(time)s."),
    Kind.SHIFT_LEFT: N_("%(person)s went off the shift %(time)s."),
    Kind.SHIFT_SWAP_ASKED: N_("%(person)s wants to swap the shift %(time)s."),
    Kind.SHIFT_SWAPPED: N_("%(person)s took over the shift %(time)s from %(other)s."),
    Kind.SHIFT_NEEDED_SET: N_("Needed %(time)s: %(needed)s."),
    Kind.SHIFT_HOLE_TOLD: N_("It was told that people are missing %(time)s: %(missing)s."),
    Kind.ROTA_MADE: N_("A rota was made, from %(first)s."),
    Kind.ROTA_ENDED: N_("A rota was ended."),
    Kind.STAND_IN_MADE: N_("%(comes)s stands in for %(absent)s from %(first)s."),
    Kind.STAND_IN_ENDED: N_("%(comes)s no longer stands in for %(absent)s."),
}
# Here the one who acted is the event's person; else `staff` in its data, when it was not the person's own doing.
BY_STAFF = frozenset({Kind.SHIFT_NEEDED_SET, Kind.ROTA_MADE, Kind.ROTA_ENDED, Kind.STAND_IN_MADE, Kind.STAND_IN_ENDED})
PEOPLE = ("person", "stand_in", "from", "staff")


@dataclass(frozen=True, slots=True)
class Happened:
    """One event. by: who of the staff did it, empty when it was nobody of them."""

    at: datetime
    text: str
    by: str


async def happened(runtime: Runtime, viewer: Viewer, group: str, words: Texts) -> list[Happened]:
    """The newest first."""
    async with runtime.pool.acquire() as connection:
        rows = await connection.fetch(query("duty_history"), group, [kind.value for kind in SAID], SHOWN)
        found = [(row, orjson.loads(row["data"])) for row in rows]
        ids = {row["person_id"] for row in rows} | {data.get(name) for _, data in found for name in PEOPLE}
        people = await people_of(connection, {i for i in ids if isinstance(i, int)})
    return [_told(row, data, people, viewer, runtime, words) for row, data in found]


def _told(
    row: Any, data: Mapping[str, Any], people: Mapping[int, Person], viewer: Viewer, runtime: Runtime, words: Texts
) -> Happened:
    def name(person_id: int | None) -> str:
        return seen_by(viewer, people.get(person_id or 0), person_id or 0, words).name

    kind = Kind(row["kind"])
    params = {
        "person": name(row["person_id"]),
        "other": name(data.get("from")),
        "comes": name(data.get("stand_in")),
        "absent": name(data.get("person")),
        "time": _time(data, runtime, words),
        "first": day(date.fromisoformat(data["first_on"]), words.language) if data.get("first_on") else "",
        "needed": data.get("needed"),
        "missing": data.get("missing"),
    }
    staff = row["person_id"] if kind in BY_STAFF else data.get("staff")
    return Happened(row["at"], words.gettext(SAID[kind]) % params, name(staff) if staff else "")


def _time(data: Mapping[str, Any], runtime: Runtime, words: Texts) -> str:
    if "starts_at" not in data:
        return ""
    slot = Slot("", datetime.fromisoformat(data["starts_at"]), datetime.fromisoformat(data["ends_at"]), 1)
    local = slot.starts_at.astimezone(runtime.network.zone).date()
    return f"{day(local, words.language)} {hours_of(slot, runtime.network)}"
