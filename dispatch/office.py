"""What every command goes through: load, decide, store, and once more when somebody else was faster."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from dispatch import store
from dispatch.answers import Answers, Memory
from dispatch.case_systems import asked_systems
from dispatch.changes import Changes, Message
from dispatch.errors import OfferGone, Stale
from dispatch.mint import Mint
from dispatch.model import Case
from dispatch.network import Network
from dispatch.notices import notices
from dispatch.offers import Decision
from dispatch.recurring import follow_on
from dispatch.visit_news import visit_news
from sql import query

log = structlog.get_logger()

DESK = "desk"  # the source of a need that an operator has taken down
TRIES = 8
POSTPONED = timedelta(minutes=1)  # what cannot be dealt with is tried again, and never blocks the others
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Office:
    """What commands are carried out with. on_commit hears what was stored: worker loops wake, boards are told."""

    pool: Any
    network: Network
    mint: Mint
    on_commit: Callable[[Changes], None]
    memory: Memory = field(default_factory=Memory)


async def known_answers(office: Office, connection: Any, now: datetime) -> Answers:
    """How people have answered lately, as it was counted a few minutes ago at most."""
    if not office.memory.answers.is_fresh(now):
        office.memory.answers = await store.answers(connection, now)
    return office.memory.answers


async def until_stored(office: Office, attempt: Callable[[Any], Awaitable[tuple[Changes, Result]]], now: datetime) -> Result:
    """Load, decide and store; when somebody else was faster, again on what is true now."""
    async with office.pool.acquire() as connection:
        for tries in range(TRIES):
            changes, result = await attempt(connection)
            if not changes:
                return result
            try:
                await store.commit(connection, changes, now)
            except Stale:
                await asyncio.sleep(0.005 * tries)
                continue
            office.on_commit(changes)
            return result
    raise OfferGone("others were faster every time")


async def one_by_one(
    office: Office, work: Callable[[Any], Awaitable[bool]], postpone: str, fault: str, now: datetime, limit: int
) -> int:
    """Act on what is due, one after the other, up to `limit`. Returns how many were looked at.

    work: deals with the first in a transaction of its own, on the connection that it is given; False when nothing is due. One
    that cannot be dealt with is put off a minute by the query `postpone`, logged as `fault`, and stops nobody else.
    """
    async with office.pool.acquire() as connection:
        for done in range(limit):
            try:
                if not await work(connection):
                    return done
            except Stale:
                continue
            except Exception:
                log.exception(fault)
                await connection.execute(query(postpone), now, now + POSTPONED)
    return limit


def take_over(
    changes: Changes, before: Case | None, decision: Decision, office: Office, now: datetime, by: int | None = None
) -> None:
    """A decision on one case is to be stored, with what follows from it: messages, requests to case systems, and the next
    occasion of a need that repeats. by: the member of staff who acts. The mint must have a number in stock."""
    after, events = decision
    changes.case(before, after, events)
    if more := follow_on(after, events, office.network, now, office.mint):
        changes.occasion(*more)
        changes.messages += visit_news(after.resident, more[0], after.need, more[1].data, office.network, now)
    changes.systems_new += asked_systems(before, after, now)
    changes.messages += [m for m in notices(after, events, office.network, now) if _is_for_somebody(m, after, by)]


def _is_for_somebody(message: Message, case: Case, by: int | None) -> bool:
    """Can the message reach the person, and is it news? Staff on a page see what came of what they did; only the details of
    a task that they have given to themselves go with them."""
    person = case.resident if message.person_id == case.resident.id else case.people[message.person_id]
    if person.id == by and message.kind != "taken_details":
        return False
    if person.can_be_written_to or message.kind == "call_back":
        return True
    return person.id == case.resident.id and _can_be_phoned(case)


def _can_be_phoned(case: Case) -> bool:
    """Is there a number for a resident without one? That of whoever asked for them, or what an operator wrote down as they
    heard it; what a message carries as its sender and cannot be read ("Telia") is none."""
    taken_down = case.need.source == DESK and case.resident.phone_raw
    return bool(case.need.told_by_phone or taken_down)
