"""Things that the centre lends: to whom, for which task, until when (domain.md, "routines for … equipment").

A thing is one row, and at most one loan of it is out: the database decides between two who lend the last one. Whoever has it is
reminded on the morning before the day, and when that has passed; then a coordinator is asked to look.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import orjson

from dispatch import store
from dispatch.changes import Changes, Message, message
from dispatch.errors import BadRequest, LentAlready, ReturnedAlready, UnknownPerson
from dispatch.events import Event, Kind
from dispatch.intake import Request, decide_for_human
from dispatch.loan import Loan
from dispatch.model import Person
from dispatch.network import Network
from dispatch.notices import EQUIPMENT_LATE
from dispatch.office import Office, one_by_one, take_over, until_stored
from dispatch.rows import loan_of, person_of
from sql import query

MORNING = time(9)  # local: when somebody is reminded
LONGEST_LOAN = timedelta(days=366)
LONGEST = {"name": 80, "label": 40}  # characters
AT_ONCE = 64


class Stage(StrEnum):
    """What happens to a loan when its time comes."""

    BEFORE = "before"  # on the morning before the day
    AFTER = "after"  # on the morning after it
    COORDINATOR = "coordinator"  # three days later


@dataclass(frozen=True, slots=True)
class Lent:
    """A loan with what is told of it. item: the thing's name."""

    loan: Loan
    item: str
    person: Person


def first_stage(due_on: date, network: Network, now: datetime) -> tuple[Stage, datetime]:
    """When whoever has it is written to first, of a loan until `due_on`, and as what."""
    before = _morning(due_on - timedelta(days=1), network)
    return (Stage.BEFORE, before) if before > now else (Stage.AFTER, _morning(due_on + timedelta(days=1), network))


def _morning(day: date, network: Network) -> datetime:
    return datetime.combine(day, MORNING, network.zone)


def decide_due(lent: Lent, network: Network, now: datetime) -> tuple[Loan, list[Message], bool]:
    """A loan whose time has come: as it is from now on, what is said, and whether a coordinator must look."""
    loan, stage = lent.loan, Stage(lent.loan.stage or Stage.COORDINATOR)
    if stage is Stage.COORDINATOR:
        return replace(loan, stage=None, next_at=None), [], True
    kind = "equipment_due" if stage is Stage.BEFORE else "equipment_overdue"
    params = {"item": lent.item, "occasion": loan.due_on.isoformat()}
    told = [message(lent.person, kind, params, None, now)] if lent.person.can_be_written_to else []
    if stage is Stage.BEFORE:
        after = _morning(loan.due_on + timedelta(days=1), network)
        return replace(loan, stage=Stage.AFTER, next_at=max(after, now + timedelta(hours=1))), told, False
    return replace(loan, stage=Stage.COORDINATOR, next_at=now + timedelta(days=3)), told, False


async def add_item(office: Office, name: str, label: str, now: datetime) -> int:
    """A thing that can be lent. label: its number or mark. Returns its id. Raises BadRequest."""
    name, label = " ".join(name.split()), " ".join(label.split())
    if not name or len(name) > LONGEST["name"] or len(label) > LONGEST["label"]:
        raise BadRequest("name: write what it is, in a few words")
    new = office.mint.id()
    await office.pool.execute(query("equipment_add"), new, name, label, now)
    return new


async def retire(office: Office, item: int, now: datetime) -> None:
    """A thing is not lent any more: broken, or given away. Raises LentAlready while it is out."""
    if not await office.pool.fetchval(query("equipment_retire"), item, now):
        raise LentAlready("it is out, or gone already")


async def lend(office: Office, item: int, person_id: int, task: int | None, due_on: date, by: int | None, now: datetime) -> None:
    """Lend a thing until a day. Raises BadRequest, UnknownPerson, and LentAlready when somebody was faster."""
    today = office.network.local_date(now)
    if not today <= due_on <= today + LONGEST_LOAN:
        raise BadRequest("due_on: from today, and within a year")
    stage, next_at = first_stage(due_on, office.network, now)

    async def attempt(connection: Any) -> tuple[Changes, None]:
        row = await connection.fetchrow(query("equipment_to_lend"), item)
        if row is None or row["is_out"]:
            raise LentAlready("it is out, or gone")
        person = await store.person_by_id(connection, person_id)
        if person is None:
            raise UnknownPerson("there is no such person")
        loan = Loan(office.mint.id(), item, person_id, task, now, due_on, by, stage=stage, next_at=next_at)
        changes = Changes(loans_new=[loan], events=[_event(Kind.EQUIPMENT_LENT, loan, by, now)])
        if person.can_be_written_to:
            params = {"item": row["name"], "occasion": due_on.isoformat()}
            changes.messages.append(message(person, "equipment_lent", params, None, now))
        return changes, None

    await until_stored(office, attempt, now)


async def give_back(office: Office, loan_id: int, by: int | None, now: datetime) -> None:
    """It is back. Raises ReturnedAlready."""

    async def attempt(connection: Any) -> tuple[Changes, None]:
        row = await connection.fetchrow(query("loan_by_id"), loan_id)
        if row is None or row["returned_at"] is not None:
            raise ReturnedAlready("it is back already")
        loan = replace(loan_of(row), returned_at=now, stage=None, next_at=None)
        return Changes(loans=[loan], events=[_event(Kind.EQUIPMENT_RETURNED, loan, by, now)]), None

    await until_stored(office, attempt, now)


def _event(kind: Kind, loan: Loan, by: int | None, now: datetime) -> Event:
    return Event(now, kind, loan.task_id, by, {"equipment": loan.equipment_id, "loan": loan.id})


async def run_loans(office: Office, now: datetime, limit: int = AT_ONCE) -> int:
    """Act on loans whose time has come. Returns how many were looked at."""
    work: Callable[[Any], Any] = lambda connection: _run_one(office, connection, now)  # noqa: E731
    return await one_by_one(office, work, "loan_postpone", "loan.failed", now, limit)


async def _run_one(office: Office, connection: Any, now: datetime) -> bool:
    changes = Changes()
    async with connection.transaction():
        row = await connection.fetchrow(query("loan_claim"), now)
        if row is None:
            return False
        lent = Lent(loan_of(row), row["item"], person_of(orjson.loads(row["person"])))
        after, told, is_late = decide_due(lent, office.network, now)
        changes.loans.append(after)
        changes.messages += told
        changes.events.append(_event(Kind.EQUIPMENT_REMINDED, after, None, now))
        if is_late:
            await store.fill(connection, office.mint, 2)
            request = Request(f"{lent.item}: {after.due_on.isoformat()}", EQUIPMENT_LATE)
            decision = decide_for_human(lent.person, request, EQUIPMENT_LATE, office.network, now, office.mint)
            take_over(changes, None, decision, office, now)
        await store.commit(connection, changes, now)
    office.on_commit(changes)
    return True
