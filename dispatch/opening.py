"""New needs: told by form or program, or taken down by an operator in one call."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dispatch import store
from dispatch.changes import Changes
from dispatch.intake import Request, decide_for_human, decide_request
from dispatch.model import Case, Person
from dispatch.office import Office, take_over, until_stored


@dataclass(frozen=True, slots=True)
class OpenNeed:
    """A need told by phone, form or program. phone: E.164 or None. reason: why only a human can take it, if so."""

    phone: str | None
    request: Request
    name: str = ""
    language: str = "sv"
    reason: str | None = None
    phone_raw: str = ""  # as it was written, when it cannot be read


async def open_need(office: Office, command: OpenNeed, now: datetime) -> Case:
    """Open a request for a resident, known or new."""

    async def attempt(connection: Any) -> tuple[Changes, Case]:
        changes = Changes()
        person = await store.person_by_phone(connection, command.phone) if command.phone else None
        if person is None:
            person = _resident(command, office.mint.id(), now)
            changes.people_new.append(person)
        elif (command.name and not person.name) or (person.area is None and command.request.area):
            person = replace(
                person,
                name=person.name or command.name,
                area=person.area or command.request.area,
                place=person.place or command.request.place,
                address=person.address or command.request.address,
            )
            changes.people[person.id] = person
        await store.fill(connection, office.mint, 1)
        if command.reason:
            decision = decide_for_human(person, command.request, command.reason, office.network, now, office.mint)
        else:
            decision = decide_request(person, command.request, office.network, now, office.mint)
        take_over(changes, None, decision, office, now)
        return changes, decision[0]

    return await until_stored(office, attempt, now)


def _resident(command: OpenNeed, new_id: int, now: datetime) -> Person:
    request = command.request
    return Person(
        id=new_id,
        phone=command.phone,
        created_at=now,
        phone_raw=command.phone_raw,
        name=command.name,
        language=command.language,
        roles=("resident",),
        area=request.area,
        place=request.place,
        address=request.address,
    )
