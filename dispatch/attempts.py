"""Attempts to reach residents, looked at one after the other: after the third in vain somebody finds out how the resident is."""

from datetime import datetime
from typing import Any

from dispatch import store
from dispatch.changes import Changes
from dispatch.office import Office, one_by_one, take_over
from dispatch.wellbeing import ATTEMPTS, MATTER, decide_welfare_check, in_vain, is_in_need
from sql import query

AT_ONCE = 100  # attempts, in one call of run_attempts


async def run_attempts(office: Office, now: datetime, limit: int = AT_ONCE) -> int:
    """Look at the attempts in vain that nobody has looked at, up to `limit`. Returns how many there were."""
    return await one_by_one(
        office, lambda connection: _run_one(office, connection, now), "postpone_attempt", "attempt.failed", now, limit
    )


async def _run_one(office: Office, connection: Any, now: datetime) -> bool:
    changes = Changes()
    async with connection.transaction():
        row = await connection.fetchrow(query("claim_attempt"), now)
        if row is None:
            return False
        await connection.execute(query("attempt_looked_at"), row["id"])
        person = await store.person_by_id(connection, row["person_id"])
        cases = await store.cases_by_id(connection, [row["task_id"]] if row["task_id"] else [])
        about = cases[0] if cases else None
        moments = [r["at"] for r in await connection.fetch(query("attempts_in_vain"), row["person_id"], now - MATTER)]
        looks = await connection.fetchval(query("welfare_check"), row["person_id"])
        if person is not None and is_in_need(person, about) and in_vain(moments) >= ATTEMPTS and not looks:
            await store.fill(connection, office.mint, 2)
            take_over(changes, None, decide_welfare_check(person, about, "", office.network, now, office.mint), office, now)
            changes.people[person.id] = person  # of two attempts at once the second sees what came of the first
            await store.commit(connection, changes, now)
    office.on_commit(changes)
    return True
