"""Phone chats, carried out: asked, agreed, called every week, ended. dispatch/phone_chats.py decides; this stores.

Like shifts, pairs have their next time in their own row; two at once decide on the same version, and one of them decides again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from dispatch import store
from dispatch.changes import Changes
from dispatch.companions import COMPANY, SKILL, Match, Waiting, Wisher, match, may_talk, propose, read_slots
from dispatch.dialling import Ended, OutgoingCall, Purpose
from dispatch.errors import BadRequest, NoPhoneChat, PairedAlready, UnknownPerson
from dispatch.events import Event, Kind
from dispatch.intake import Request, decide_for_human
from dispatch.model import Person, Urgency
from dispatch.network import Network
from dispatch.office import Office, one_by_one, until_stored
from dispatch.phone_chats import (
    SILENT,
    ChatState,
    Decided,
    PhoneChat,
    Side,
    Two,
    decide_ask,
    decide_called,
    decide_due,
    decide_end,
)
from dispatch.rows import person_of, phone_chat_pair
from sql import query

AT_ONCE = 100
SOURCE = "phone-chat"  # of what a coordinator is told
LONGEST_INTEREST, MOST_INTERESTS = 40, 12

Decide = Callable[[Two], Decided]


@dataclass(frozen=True, slots=True)
class Wish:
    """When somebody can talk, what about, and with how many at the same time."""

    side: Side
    times: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    most: int = 1


@dataclass(frozen=True, slots=True)
class Overview:
    """What the staff's page shows: who waits, with who would fit; pairs, the next call first, those that ended lately at last;
    volunteers who want to talk."""

    waiting: list[Waiting]
    pairs: list[Two]
    volunteers: list[Wisher]


async def overview(office: Office, now: datetime, lately: timedelta, limit: int) -> Overview:
    """Everything about phone chats as it is now."""
    async with office.pool.acquire() as connection:
        residents = [_wisher_of(r) for r in await connection.fetch(query("phone_chat_residents"), COMPANY)]
        rows = await connection.fetch(query("phone_chat_volunteers"), SKILL)
        volunteers = [_wisher_of(r) for r in rows]
        free = [v for v, row in zip(volunteers, rows, strict=True) if not row["asked"]]
        ever = await connection.fetch(query("phone_chats_ever"))
        pairs = await connection.fetch(query("phone_chats_shown"), now - lately, limit)
    ended = {(row["resident_id"], row["volunteer_id"]) for row in ever if not row["goes_on"]}
    waiting = propose(residents, free, office.network, ended, now)
    return Overview(waiting, [_two_of(row["doc"], office.network) for row in pairs], volunteers)


def _wisher_of(row: Any) -> Wisher:
    return Wisher(
        person_of(row), row["since"], read_slots(row["times"] or ()), frozenset(row["interests"] or ()), row["most"] or 1,
        dict(row).get("pairs", 0), row["task"],
    )  # fmt: skip


def _two_of(document: str, network: Network) -> Two:
    return Two(*phone_chat_pair(document), network)


async def set_wish(office: Office, person_id: int, wish: Wish, by: int | None, now: datetime) -> None:
    """Write down that somebody wants to talk. Raises UnknownPerson, BadRequest."""
    interests = tuple(dict.fromkeys(filter(None, (" ".join(w.casefold().split()) for w in wish.interests))))
    if len(interests) > MOST_INTERESTS or any(len(word) > LONGEST_INTEREST for word in interests):
        raise BadRequest(f"interests: at most {MOST_INTERESTS}, each a word or two")
    if wish.most not in range(1, 8):
        raise BadRequest("most: from 1 to 7 pairs")
    async with office.pool.acquire() as connection, connection.transaction():
        person = await store.person_by_id(connection, person_id)
        if person is None:
            raise UnknownPerson("there is no such person")
        await connection.execute(
            query("phone_chat_set_wish"), person_id, wish.side, list(wish.times), list(interests), wish.most, now
        )
        event = Event(now, Kind.PHONE_CHAT_WISHED, None, by, {"person": person_id})
        await store.commit(connection, Changes(events=[event]), now)


async def drop_wish(office: Office, person_id: int, by: int | None, now: datetime) -> None:
    """Somebody does not want to talk any more. Nothing to do when nothing was written down."""
    async with office.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(query("phone_chat_drop_wish"), person_id):
            event = Event(now, Kind.PHONE_CHAT_UNWISHED, None, by, {"person": person_id})
            await store.commit(connection, Changes(events=[event]), now)


async def ask_pair(
    office: Office, resident_id: int, volunteer_id: int, weekday: int, at: time, by: int | None, now: datetime
) -> PhoneChat:
    """Ask both whether they want to talk once a week. Raises PairedAlready when the resident has a pair, or either has another
    question to answer, BadRequest when the two do not fit (any more)."""

    async def attempt(connection: Any) -> tuple[Changes, PhoneChat]:
        residents = {r["id"]: _wisher_of(r) for r in await connection.fetch(query("phone_chat_residents"), COMPANY)}
        rows = {r["id"]: r for r in await connection.fetch(query("phone_chat_volunteers"), SKILL)}
        resident, row = residents.get(resident_id), rows.get(volunteer_id)
        if resident is None or row is None or row["asked"]:
            raise PairedAlready("one of the two has a pair, or has not answered another question yet")
        apart = await connection.fetchval(query("apart_pair"), resident_id, volunteer_id)
        if apart or _fits(resident, _wisher_of(row), office.network, now) is None:
            raise BadRequest("pair: the two do not fit")
        chat = PhoneChat(office.mint.id(), resident_id, volunteer_id, ChatState.ASKED, weekday, at, now)
        decided = decide_ask(Two(chat, resident.person, person_of(row), office.network), now, by)
        changes = Changes(phone_chats_new=[decided.chat], events=list(decided.events), messages=list(decided.messages))
        return changes, decided.chat

    return await until_stored(office, attempt, now)


def _fits(resident: Wisher, volunteer: Wisher, network: Network, now: datetime) -> Match | None:
    """Staff may bring together again those whose pair has ended; nothing else."""
    able = may_talk(resident.person, now) and may_talk(volunteer.person, now)
    return match(resident, volunteer, network, ()) if able else None


async def change_pair(office: Office, chat_id: int, decide: Decide, now: datetime) -> PhoneChat:
    """Carry out one decision on a pair. Raises NoPhoneChat, and what the decision raises."""

    async def attempt(connection: Any) -> tuple[Changes, PhoneChat]:
        document = await connection.fetchval(query("phone_chat_by_id"), chat_id)
        if document is None:
            raise NoPhoneChat("there is no such pair")
        two = _two_of(document, office.network)
        decided, changes = decide(two), Changes()
        await take_over_chat(connection, office, changes, two, decided, now)
        return changes, decided.chat

    return await until_stored(office, attempt, now)


async def take_over_chat(connection: Any, office: Office, changes: Changes, two: Two, decided: Decided, now: datetime) -> None:
    """A decision on a pair is to be stored, with what follows from it: a call, or a task for a coordinator."""
    if decided.chat is not two.chat:
        changes.phone_chats.append(decided.chat)
    changes.events += decided.events
    changes.messages += decided.messages
    if decided.hang_up:
        changes.dials_off.append(two.chat.id)
    if decided.dial:
        chat = decided.chat
        changes.dials_new.append(
            OutgoingCall(office.mint.id(), Purpose.CHAT, chat.volunteer_id, chat.resident_id, now, now, phone_chat_id=chat.id)
        )
    if decided.human and not await connection.fetchval(query("phone_chat_open_task"), two.resident.id, decided.human):
        await _tell_coordinator(connection, office, changes, two.resident, decided.human, now)


async def _tell_coordinator(
    connection: Any, office: Office, changes: Changes, resident: Person, reason: str, now: datetime
) -> None:
    """A task about the resident, without a word of what they talk about. Whoever does not answer may need somebody to look: that
    does not wait for the morning. The resident is not told that somebody will phone: an old promise helps nobody."""
    urgency = Urgency.HIGH if reason == SILENT else Urgency.NORMAL
    request = Request("", SOURCE, area=resident.area, place=resident.place, address=resident.address, urgency=urgency)
    await store.fill(connection, office.mint, 1)
    case, events = decide_for_human(resident, request, reason, office.network, now, office.mint)
    changes.case(None, case, [replace(e, person_id=None) for e in events])


async def called(connection: Any, office: Office, call: OutgoingCall, now: datetime) -> Changes:
    """What follows from a phone chat's call that is over: to be stored in the transaction in which it ends."""
    changes = Changes()
    document = await connection.fetchval(query("phone_chat_by_id"), call.phone_chat_id)
    if document is not None and call.outcome is not None:
        two = _two_of(document, office.network)
        outcome = Ended.LINE_DOWN if call.outcome is Ended.REFUSED else call.outcome
        await take_over_chat(connection, office, changes, two, decide_called(two, outcome, call.talked(now), now), now)
    return changes


async def end_pairs_of(connection: Any, office: Office, changes: Changes, ids: Sequence[int], now: datetime) -> None:
    """The pairs of people who are forgotten end: the others are told kindly, and no name. In the caller's transaction."""
    for row in await connection.fetch(query("phone_chats_of"), list(ids)):
        two = _two_of(row["doc"], office.network)
        side = Side.RESIDENT if two.chat.resident_id in ids else Side.VOLUNTEER
        nameless = Person(two.person(side).id, None, two.person(side).created_at)
        two = replace(two, resident=nameless) if side is Side.RESIDENT else replace(two, volunteer=nameless)
        await take_over_chat(connection, office, changes, two, decide_end(two, side, now, None, gone=True), now)


async def merge_pairs(connection: Any, office: Office, kept: int, duplicate: int, now: datetime) -> Changes:
    """The duplicate's pairs, wish and calls become the kept one's. What both cannot have ends: a resident has one pair, nobody
    talks with themselves. In the caller's transaction, which has locked both people."""
    changes = Changes()
    twos = [_two_of(row["doc"], office.network) for row in await connection.fetch(query("phone_chats_of"), [kept, duplicate])]
    for two in twos:
        if side := _clashes(two.chat, [other.chat for other in twos], kept, duplicate):
            gone = {two.chat.resident_id, two.chat.volunteer_id} == {kept, duplicate}
            decided = decide_end(two, side, now, None, gone=True)
            await take_over_chat(connection, office, changes, two, replace(decided, messages=()) if gone else decided, now)
    if changes:
        await store.commit(connection, changes, now)
    for name in ("phone_chat_merge_self", "phone_chat_merge", "phone_chat_merge_wish", "phone_chat_merge_calls"):
        await connection.execute(query(name), kept, duplicate, *([now] if name == "phone_chat_merge_calls" else []))
    return changes


def _clashes(chat: PhoneChat, chats: Sequence[PhoneChat], kept: int, duplicate: int) -> Side | None:
    """The duplicate's side of a pair that cannot go on when the duplicate is the kept one."""
    side = chat.side_of(duplicate)
    if side is None:
        return None
    if chat.side_of(kept) is not None:
        return side
    others = [other for other in chats if other.side_of(kept) is side]
    if side is Side.RESIDENT:
        return side if others else None
    return side if chat.state is ChatState.ASKED and any(o.state is ChatState.ASKED for o in others) else None


async def run_phone_chats(office: Office, now: datetime, limit: int = AT_ONCE) -> int:
    """Act on pairs whose time has come, up to `limit`. Returns how many were looked at."""
    return await one_by_one(
        office, lambda connection: _run_one(office, connection, now), "phone_chat_postpone", "phone_chat.failed", now, limit
    )


async def _run_one(office: Office, connection: Any, now: datetime) -> bool:
    changes = Changes()
    async with connection.transaction():
        document = await connection.fetchval(query("phone_chat_claim"), now)
        if document is None:
            return False
        two = _two_of(document, office.network)
        await take_over_chat(connection, office, changes, two, decide_due(two, now), now)
        await store.commit(connection, changes, now)
    office.on_commit(changes)
    return True
