"""Visits that are over, looked at one after the other: after the second by the same helper a fixed contact is proposed. And what
is done about visits that come back: left out, moved, the choice for holidays."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from dispatch import store
from dispatch.actions import Scene
from dispatch.changes import Changes
from dispatch.errors import BadRequest, UnknownPerson
from dispatch.fixed_contacts import VISITS, decide_part, decide_propose, may_propose
from dispatch.offers import Decision
from dispatch.office import Office, one_by_one, take_over, until_stored
from dispatch.recurring import decide_holidays, decide_skip_occasion
from sql import query

AT_ONCE = 100  # visits, in one call of run_visits


async def run_visits(office: Office, now: datetime, limit: int = AT_ONCE) -> int:
    """Look at visits that are over, up to `limit`. Returns how many there were."""
    return await one_by_one(
        office, lambda connection: _run_one(office, connection, now), "postpone_visit", "visit.failed", now, limit
    )


async def _run_one(office: Office, connection: Any, now: datetime) -> bool:
    changes = Changes()
    async with connection.transaction():
        task_id = await connection.fetchval(query("claim_visit"), now)
        if task_id is None:
            return False
        await connection.execute(query("visit_looked_at"), task_id)
        (case,) = await store.cases_by_id(connection, [task_id])
        for offer in case.takers:
            visits = await connection.fetchval(query("visits_together"), case.resident.id, offer.person_id)
            if visits == VISITS and may_propose(case, offer):
                take_over(changes, case, decide_propose(case, offer, now), office, now)
        awake = office.network.hours.awake_from(now)
        changes.messages = [replace(m, due_at=awake) for m in changes.messages]
        if changes:
            await store.commit(connection, changes, now)
    office.on_commit(changes)
    return True


async def skip(s: Scene) -> Decision:
    """The visit that is to come is left out."""
    return decide_skip_occasion(s.case, s.actor, s.office.network, s.now)


async def holidays(s: Scene) -> Decision:
    """What happens on holidays from now on: details "holidays", "" for a day as others."""
    choice = s.command.details.get("holidays")
    if choice is not None and not isinstance(choice, str):
        raise BadRequest("holidays: skip, before, after, or nothing")
    return decide_holidays(s.case, choice or None, s.actor, s.office.network, s.now)


async def end_fixed_contact(office: Office, resident_id: int, by_id: int, now: datetime) -> None:
    """Staff end a fixed contact, at either side's word. Nothing happens when there is none. Raises UnknownPerson."""

    async def attempt(connection: Any) -> tuple[Changes, None]:
        resident = await store.person_by_id(connection, resident_id)
        if resident is None:
            raise UnknownPerson("there is no such person")
        helper = await store.person_by_id(connection, resident.fixed_contact) if resident.fixed_contact else None
        if helper is None:
            return Changes(), None
        parted = decide_part(resident, helper, "staff", by_id, now)
        return Changes(people={resident.id: parted.resident}, events=[parted.event], messages=list(parted.messages)), None

    await until_stored(office, attempt, now)
