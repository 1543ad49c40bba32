"""Shifts as iCalendar (RFC 5545), for whoever sees them in the own calendar. Pure.

Times are UTC, so that no calendar program needs to know a time zone's rules. The same shift has the same UID for as long as it
is there. DTSTAMP and LAST-MODIFIED say when something about the shift changed last, not when it was fetched (RFC 5545, 3.8.7.2):
what has not changed is the same byte for byte.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from dispatch.coverage import Covered
from dispatch.model import Person
from dispatch.network import Network
from dispatch.rota import Shift
from dispatch.slots import SlotKey
from service.web.texts import N_, Texts

REFRESH = timedelta(hours=1)  # how often calendars are asked to look again
PRODUCT = "-//Budkavle//Duty//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a calendar. times are UTC. busy: is whoever has the calendar busy then?"""

    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    busy: bool
    cancelled: bool = False


def own_entries(
    shifts: Iterable[Shift], network: Network, changed: Mapping[SlotKey, datetime], since: datetime, words: Texts
) -> list[Entry]:
    """A person's own shifts. changed: when something about a slot happened last; since: when it is not known."""
    told = N_("Shift: %(group)s"), N_("Shift: %(group)s (you want to swap it)")
    entries = []
    for shift in shifts:
        said = words.gettext(told[1] if shift.swap_asked_at else told[0]) % {"group": network.group_name(shift.group_key)}
        at = changed.get(shift.key) or shift.signed_up_at or since
        uid = f"shift-{shift.id}@{network.key}.budkavle"
        entries.append(Entry(uid, said, shift.starts_at, shift.ends_at, at, busy=True))
    return entries


def group_entries(
    covered: Iterable[Covered],
    people: Mapping[int, Person],
    network: Network,
    changed: Mapping[SlotKey, datetime],
    since: datetime,
    words: Texts,
) -> list[Entry]:
    """A group's shifts with the first names of who is on them, and how many more are needed."""
    entries = []
    for one in covered:
        slot = one.slot
        uid = f"{slot.group.replace(':', '-')}-{int(slot.starts_at.timestamp())}@{network.key}.budkavle"
        said = f"{network.group_name(slot.group)}: {_who(one, people, words)}"
        at = changed.get(slot.key, since)
        entries.append(Entry(uid, said, slot.starts_at, slot.ends_at, at, busy=False, cancelled=one.cancelled))
    return entries


def _who(one: Covered, people: Mapping[int, Person], words: Texts) -> str:
    if one.cancelled:
        return words.gettext(N_("called off"))
    seen = [p for s in one.on if (p := people.get(s.person_id)) and p.first_name and not p.protected]
    told = [p.first_name for p in seen]
    if unnamed := len(one.on) - len(seen):
        told.append(words.ngettext("%(num)s more", "%(num)s more", unnamed) % {"num": unnamed})
    if one.missing:
        told.append(words.ngettext("%(num)s missing", "%(num)s missing", one.missing) % {"num": one.missing})
    return ", ".join(told)


def calendar_of(name: str, entries: Iterable[Entry]) -> bytes:
    """The calendar as bytes, in the order of time. name: what programs call it."""
    calendar: Any = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("name", name)  # RFC 7986; the two below are what programs read in practice
    calendar.add("x-wr-calname", name)
    calendar.add("x-published-ttl", "PT1H")
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for entry in sorted(entries, key=lambda e: (e.starts_at, e.uid)):
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Any:
    event: Any = Event()
    event.add("uid", entry.uid)
    event.add("summary", entry.summary)
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    changed_at = entry.changed_at.astimezone(UTC).replace(microsecond=0)
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.busy else "TRANSPARENT")
    return event
