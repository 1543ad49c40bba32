"""The person whom somebody of the staff means by what they have written: a name, a number, or a suggestion that was picked."""

from typing import Any

from dispatch import store
from dispatch.model import Person
from dispatch.phones import read_phone
from service.runtime import Runtime
from service.sign_in.accounts import Viewer
from service.sign_in.permissions import Role
from service.web.texts import N_, Texts
from sql import query


class Ambiguous(Exception):
    """The name that was written means several people, or nobody. said: in words; choices: rows of people."""

    def __init__(self, said: str, choices: tuple[Any, ...] = ()) -> None:
        super().__init__(said)
        self.said, self.choices = said, choices


async def person_named(runtime: Runtime, viewer: Viewer, written: str, words: Texts) -> int:
    """The id of whom a coordinator means: a suggestion that was picked, a number, or a name that only one person has. Raises
    Ambiguous."""
    written = written.strip()[:200]
    name, _, number = written.rpartition("·")
    if phone := read_phone(number.strip()):
        async with runtime.pool.acquire() as connection:
            person = await store.person_by_phone(connection, phone)
        if person is not None and _may_name(viewer, person):
            return person.id
        raise Ambiguous(words.gettext(N_("Nobody has this number.")))
    wanted = (name.strip() or written).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if not wanted:
        raise Ambiguous(words.gettext(N_("Write a name or a number.")))
    own_area = viewer.area if viewer.role is Role.AREA_LEAD else None
    rows = await runtime.pool.fetch(query("people_called"), f"%{wanted}%", 9, own_area)
    if len(rows) == 1:
        return int(rows[0]["id"])
    if not rows:
        raise Ambiguous(words.gettext(N_("Nobody is called that.")))
    raise Ambiguous(words.gettext(N_("Several people are called that. Choose one:")), tuple(rows[:8]))


def _may_name(viewer: Viewer, person: Person) -> bool:
    """An area lead gives tasks to the own area's volunteers; whoever else has a number is not told."""
    is_lead = viewer.role is Role.AREA_LEAD
    return not is_lead or ("volunteer" in person.roles and viewer.sees_area(person.area) and not person.protected)
