"""People's chats with the network: a chat that refuses us, and a telephone number that belongs to a chat's person."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from dispatch import store
from dispatch.changes import Changes, message
from dispatch.errors import Stale, UnknownPerson
from dispatch.events import Event, Kind
from dispatch.model import FURTHER_NOTICE, OfferState, Person
from dispatch.network import COORDINATORS
from dispatch.offers import decide_no
from dispatch.office import TRIES, Office, take_over, until_stored
from dispatch.rows import person_of
from sql import query


async def block_chat(office: Office, person_id: int, now: datetime) -> None:
    """The person's chat refuses us: a volunteer is not asked any more, what was asked counts as no, and the coordinators hear of
    it. What must still be said goes by SMS or telephone. Staff go on being asked there: somebody's life may depend on the only
    coordinator. A second refusal changes nothing."""

    async def attempt(connection: Any) -> tuple[Changes, None]:
        changes = Changes()
        person = await store.person_by_id(connection, person_id)
        if person is None or person.chat_blocked_at is not None:
            return changes, None
        blocked = replace(person, chat_blocked_at=now)
        changes.people[person.id] = blocked
        changes.events.append(Event(now, Kind.CHAT_BLOCKED, None, person.id, {"person": person.id}))
        if person.is_staff:
            return changes, None
        changes.people[person.id] = replace(blocked, paused_until=FURTHER_NOTICE)
        await _decline_all(office, connection, blocked, now, changes)
        changes.messages = [m for m in changes.messages if m.person_id != person.id]
        if "volunteer" in person.roles:
            await _tell_coordinators(connection, person, now, changes)
        await connection.execute(query("silence_offers"), person.id, now)
        return changes, None

    await until_stored(office, attempt, now)


async def _decline_all(office: Office, connection: Any, person: Person, now: datetime, changes: Changes) -> None:
    tasks = [row["task_id"] for row in await connection.fetch(query("live_offers_of"), person.id)]
    for case in await store.cases_by_id(connection, tasks):
        offer = next((o for o in case.offers if o.person_id == person.id and o.live and o.state is OfferState.SENT), None)
        if offer is not None:
            await store.fill(connection, office.mint, 1)
            take_over(changes, case, decide_no(case, offer, office.network, now), office, now)


async def _tell_coordinators(connection: Any, person: Person, now: datetime, changes: Changes) -> None:
    for row in await connection.fetch(query("group_people"), COORDINATORS):
        coordinator = person_of(row)
        told = {"name": person.name, "phone": person.phone, "organisation": person.organisation}
        changes.messages.append(message(coordinator, "chat_blocked", told, None, now))


async def link_phone(office: Office, chat: int, phone: str, now: datetime) -> Person:
    """The account `chat` has shown that `phone` (E.164) is its own: from now on both belong to one person.

    Somebody who is known by the number keeps everything and gets the account; what was said from the account before moves
    along. The newest account counts, for people change theirs. Raises UnknownPerson when nobody has the account.
    """
    for _ in range(TRIES):
        try:
            return await _link(office, chat, phone, now)
        except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            continue  # two accounts show the same number at once
    raise Stale("others were faster every time")


async def _link(office: Office, chat: int, phone: str, now: datetime) -> Person:
    async with office.pool.acquire() as connection, connection.transaction():
        mine = await connection.fetchval(query("person_by_chat"), chat)
        if mine is None:
            raise UnknownPerson("nobody has this account")
        me = person_of(orjson.loads(mine))
        known = await store.person_by_phone(connection, phone)
        await connection.fetch(query("directory_lock"), sorted({me.id, *([known.id] if known else [])}))
        if known is None or known.id == me.id:
            await connection.execute(query("set_phone"), me.id, phone)
            await connection.execute(query("merge_tasks"), [me.id])  # who helps sees the number
        elif me.phone is None:
            await _become_one(connection, me, known)
        else:  # the account had another number: it goes over to whom the new number belongs
            await connection.execute(query("set_chat"), me.id, None)
        kept = known or me
        for account in {chat, *([kept.telegram_id] if kept.telegram_id else [])}:
            await connection.execute(query("look_again"), account, now)  # what stands there may be nobody's there any more
        await connection.execute(query("set_chat"), kept.id, chat)
        event = orjson.dumps({"person": kept.id}).decode()
        await connection.execute(query("record_event"), now, Kind.CHAT_LINKED, None, kept.id, event)
        person = await store.person_by_id(connection, kept.id)
    if person is None:
        raise UnknownPerson("nobody has this account")
    return person


async def _become_one(connection: Any, mine: Person, known: Person) -> None:
    """Whoever was known by the account alone becomes part of whoever is known by the number."""
    clashes = await connection.fetch(query("merge_clashes"), known.id, mine.id)
    await connection.execute(query("merge_end_offers"), [row["offer"] for row in clashes])
    await connection.execute(query("merge_tasks"), [known.id, mine.id])
    await connection.execute(query("merge_rows"), known.id, mine.id)
    await connection.execute(query("merge_groups"), known.id, mine.id)
    await connection.execute(query("merge_leave"), known.id, mine.id)
    await connection.execute(query("merge_shifts"), known.id, mine.id)
    await connection.execute(query("merge_close"), mine.id, known.id, None, None, None)
