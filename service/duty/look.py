"""Loads what the pages of duty show, as their reader may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dispatch.coverage import Covered
from dispatch.duty_desk import Duty, duty_of
from dispatch.duty_store import groups_in_use
from dispatch.model import Person
from dispatch.network import Group, Network
from dispatch.repeating import RepeatingRota, StandIn, can_come
from dispatch.rows import person_of
from dispatch.slots import SlotKey
from service.duty.picture import Look, Picture, hours_of, look_of, midnight, picture_of
from service.duty.present import GroupNow, Member, group_now
from service.runtime import Runtime
from service.sign_in.accounts import Viewer
from service.sign_in.permissions import Role
from service.web.texts import Texts
from sql import query

_ORDER = ("emergency", "weekend", "regulars", "area", "service", "coordination")  # those with shifts come first


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody as the reader may see them. is_hidden: a protected identity, for whoever may not know who it is."""

    id: int
    name: str
    phone: str
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class OnIt:
    """Somebody on a shift. may_leave: can the page take this person off? wants_swap: has asked colleagues to take it."""

    who: Seen
    may_leave: bool
    wants_swap: bool


@dataclass(frozen=True, slots=True)
class SlotShown:
    """One shift. at: when it begins, seconds since 1970. free, others: members who may be put on it, and those who cannot come
    then."""

    covered: Covered
    group: str
    at: int
    day: date
    hours: str
    look: Look
    is_over: bool
    on: tuple[OnIt, ...]
    free: tuple[Seen, ...]
    others: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class RotaShown:
    """A rota that repeats, with who has which turn."""

    rota: RepeatingRota
    turns: tuple[tuple[Seen, ...], ...]


@dataclass(frozen=True, slots=True)
class StandInShown:
    """Who stands in for whom."""

    stand_in: StandIn
    absent: Seen
    comes: Seen


@dataclass(frozen=True, slots=True)
class GroupShown:
    """One group with all that staff set up for it. begins: the local times at which its shifts begin. most: how many one of its
    shifts needs at most."""

    now: GroupNow
    members: tuple[Seen, ...]
    rotas: tuple[RotaShown, ...]
    stand_ins: tuple[StandInShown, ...]
    begins: tuple[str, ...]
    most: int


def groups_seen(network: Network, viewer: Viewer) -> list[Group]:
    """The groups that the reader sees: a lead the own area's only. Those with shifts of their own first."""
    with_shifts = {rule.group for rule in network.shifts}
    seen = [g for g in network.groups if viewer.role is not Role.AREA_LEAD or (g.area is not None and g.area == viewer.area)]
    return sorted(seen, key=lambda g: (g.key not in with_shifts, _ORDER.index(g.kind), network.groups.index(g)))


def seen_by(viewer: Viewer, person: Person | None, person_id: int, words: Texts) -> Seen:
    """A person as the reader may see them. None: somebody who has been forgotten."""
    if person is None:
        return Seen(person_id, words.gettext("Somebody who is forgotten"), "", True)
    if person.protected and viewer.role is Role.AREA_LEAD:
        return Seen(person_id, words.gettext("Protected identity"), "", True)
    return Seen(person_id, person.name or words.gettext("name unknown"), person.phone or "", False)


async def whole_page(runtime: Runtime, viewer: Viewer, words: Texts, now: datetime) -> tuple[Picture, list[GroupNow]]:
    """The picture, and every group as it is now."""
    network = runtime.network
    groups = groups_seen(network, viewer)
    keys = [g.key for g in groups]
    duty = await duty_of(runtime.office, keys, midnight(network, now), days=15)  # a day more: one may be 25 hours long
    members, with_shifts, used = await _members(runtime, network, keys, now)
    picture = picture_of(network, keys, duty.slots, used, now, words.language)
    return picture, [group_now(g, members.get(g.key, ()), g.key in with_shifts, network, words) for g in groups]


async def one_slot(runtime: Runtime, viewer: Viewer, key: SlotKey, words: Texts, now: datetime) -> SlotShown | None:
    """One shift; None when there is no such, or the group is not the reader's."""
    network, group = runtime.network, key[0]
    if group not in {g.key for g in groups_seen(network, viewer)}:
        return None
    ahead = max((key[1] - now).days + 2, 15)
    duty = await duty_of(runtime.office, [group], midnight(network, now), days=min(ahead, 370))
    covered = next((c for c in duty.slots if c.slot.key == key), None)
    if covered is None:
        return None
    members, _, used = await _members(runtime, network, [group], now)
    slot, people = covered.slot, [m.person for m in members.get(group, ())]
    rows = await runtime.pool.fetch(query("duty_busy"), [p.id for p in people], slot.starts_at, slot.ends_at)
    busy, on_it = {row["person_id"] for row in rows}, {s.person_id for s in covered.on}
    choices = [(p, seen_by(viewer, p, p.id, words)) for p in people if p.id not in on_it]
    free = [p for p, seen in choices if not seen.is_hidden and p.id not in busy and can_come(p, slot)]
    free_ids = {p.id for p in free}
    on = tuple(
        OnIt(seen_by(viewer, duty.people.get(s.person_id), s.person_id, words), s.key == key, s.swap_asked_at is not None)
        for s in covered.on
    )
    return SlotShown(
        covered, network.group_name(group), int(key[1].timestamp()), slot.starts_at.astimezone(network.zone).date(),
        hours_of(slot, network), look_of(covered, group in used, now), slot.ends_at <= now, on,
        tuple(seen for p, seen in choices if p.id in free_ids),
        tuple(seen for p, seen in choices if p.id not in free_ids and not seen.is_hidden and p.stopped_at is None),
    )  # fmt: skip


async def one_group(runtime: Runtime, viewer: Viewer, key: str, words: Texts, now: datetime) -> GroupShown | None:
    """One group; None when there is no such, or it is not the reader's."""
    network = runtime.network
    group = next((g for g in groups_seen(network, viewer) if g.key == key), None)
    if group is None:
        return None
    duty = await duty_of(runtime.office, [key], now)
    members, with_shifts, _ = await _members(runtime, network, [key], now)
    own = members.get(key, ())
    seen = [seen_by(viewer, m.person, m.person.id, words) for m in own if m.person.stopped_at is None]
    rules = [rule for rule in network.shifts if rule.group == key]
    return GroupShown(
        group_now(group, own, key in with_shifts, network, words),
        tuple(s for s in seen if not s.is_hidden),
        *_set_up(duty, viewer, words),
        tuple(sorted({f"{rule.begins:%H:%M}" for rule in rules})),
        max((rule.needed for rule in rules), default=1),
    )


def _set_up(duty: Duty, viewer: Viewer, words: Texts) -> tuple[tuple[RotaShown, ...], tuple[StandInShown, ...]]:
    def seen(person_id: int) -> Seen:
        return seen_by(viewer, duty.people.get(person_id), person_id, words)

    rotas = tuple(RotaShown(r, tuple(tuple(seen(p) for p in turn) for turn in r.turns)) for r in duty.rotas)
    return rotas, tuple(StandInShown(s, seen(s.person_id), seen(s.stand_in_id)) for s in duty.stand_ins)


async def _members(
    runtime: Runtime, network: Network, groups: Sequence[str], now: datetime
) -> tuple[Mapping[str, list[Member]], set[str], set[str]]:
    """The groups' members, the groups in which somebody has signed up, and those that shifts matter to."""
    found: dict[str, list[Member]] = {}
    async with runtime.pool.acquire() as connection:
        rows: list[Any] = await connection.fetch(query("duty_members"), groups, now)
        signed = await connection.fetch(query("duty_with_shifts"), groups, now)
        used = await groups_in_use(connection, network, now)
    for row in rows:
        found.setdefault(row["member_of"], []).append(Member(person_of(row), row["may_be_asked"], row["on_shift"]))
    return found, {row["group_key"] for row in signed}, used


def days_ahead(network: Network, now: datetime, days: int = 0) -> str:
    """A local day so many days from now, as forms want it."""
    return (network.local_date(now) + timedelta(days=days)).isoformat()
