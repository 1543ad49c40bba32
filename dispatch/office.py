"""What every command goes through: load, decide, store, and once more when somebody else was faster."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from dispatch import store
from dispatch.changes import Changes
from dispatch.errors import OfferGone, Stale
from dispatch.mint import Mint
from dispatch.model import Case
from dispatch.network import Network
from dispatch.notices import notices
from dispatch.offers import Decision

TRIES = 8
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Office:
    """What commands are carried out with. on_commit hears what was stored: worker loops wake, boards are told."""

    pool: Any
    network: Network
    mint: Mint
    on_commit: Callable[[Changes], None]


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


def take_over(changes: Changes, before: Case | None, decision: Decision, office: Office, now: datetime) -> None:
    """A decision on one case is to be stored, with the messages that follow from it."""
    after, events = decision
    changes.case(before, after, events)
    changes.messages += [
        m for m in notices(after, events, office.network, now) if m.person_id != after.resident.id or after.resident.phone
    ]
