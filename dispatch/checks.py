"""Background checks that end soon: the coordinators are told a month ahead, once for each check. A check lapses by itself, for
it counts until its last day (Person.is_vetted_on).
"""

from datetime import datetime, timedelta

from dispatch import store
from dispatch.changes import Changes, message
from dispatch.network import COORDINATORS
from dispatch.office import Office
from dispatch.rows import person_of
from sql import query

AHEAD = timedelta(days=30)
FROM_HOUR = 8  # local: nobody is woken for it


async def run_checks(office: Office, now: datetime) -> int:
    """Once a day, tell the coordinators of the volunteers' checks that end within AHEAD. Returns how many checks."""
    network = office.network
    local = now.astimezone(network.zone)
    today = local.date()
    if local.hour < FROM_HOUR or network.hours.quiet_until(now) is not None or office.memory.checked_on == today:
        return 0
    changes = Changes()
    async with office.pool.acquire() as connection, connection.transaction():
        ending = await connection.fetch(query("vetting_ending"), today, today + AHEAD)
        if ending:
            first = min(row["vetted_until"] for row in ending).isoformat()
            told = {"count": len(ending), "occasion": first}
            members = [person_of(row) for row in await connection.fetch(query("rota_members"), COORDINATORS)]
            changes.messages = [
                message(person, "vetting_expires", told, None, now)
                for person in members
                if person.can_be_written_to and person.stopped_at is None
            ]
            if changes:
                await store.commit(connection, changes, now)
    office.memory.checked_on = today
    if changes:
        office.on_commit(changes)
    return len(ending)
