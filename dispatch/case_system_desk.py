"""What becomes of a task when a case system has it, says something, or will not take it: loaded, decided and stored."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from dispatch import store
from dispatch.case_systems import Report, RequestState, SystemRequest, contact_of, decide_filed, decide_report
from dispatch.changes import Changes, message
from dispatch.duty import Roster
from dispatch.events import Event, Kind
from dispatch.model import ENDED, Case, OfferState, TaskState
from dispatch.network import COORDINATORS
from dispatch.offers import decide_no
from dispatch.office import Office, take_over, until_stored
from dispatch.rows import system_request_of
from sql import query

AT_ONCE = 16  # requests that one process has in hand


async def lease_due(pool: Any, now: datetime, until: datetime) -> list[SystemRequest]:
    """Requests that are due, for this process until `until`."""
    return [system_request_of(row) for row in await pool.fetch(query("lease_systems"), now, until, AT_ONCE)]


async def note(office: Office, request: SystemRequest, now: datetime) -> None:
    """What became of a request, when nothing follows for its task."""
    async with office.pool.acquire() as connection:
        await store.commit(connection, Changes(systems=[request]), now)


async def hear(office: Office, request: SystemRequest, report: Report, on_receipt: bool, now: datetime) -> None:
    """The case system has the task, and says this of it. What it has said before changes nothing."""
    is_news, is_filed = report.digest != request.heard, request.service_request_id is None
    request = replace(request, state=RequestState.OPEN, token=None, service_request_id=report.id)

    async def attempt(connection: Any) -> tuple[Changes, None]:
        changes = Changes()
        case = await _case(connection, request)
        looked = request.looked_at(now, report.digest)
        if case is None or report.closed or case.task.state in ENDED | {TaskState.DONE}:
            looked = looked.ended()
        changes.systems.append(looked)
        if case is not None:
            filed = decide_filed(case, request.group_key, report.id, now) if is_filed else []
            if is_news:
                await store.fill(connection, office.mint, 1)
                after, events = decide_report(case, request.group_key, report, on_receipt, office.network, now)
                take_over(changes, case, (after, [*filed, *events]), office, now)
            else:
                changes.events += filed
        return changes, None

    await until_stored(office, attempt, now)


async def give_up(office: Office, request: SystemRequest, why: str, now: datetime) -> None:
    """The case system will not take the task, or cannot be reached: it has said no, and the coordinators are told, for nobody
    else sees that the group does not know of it. why: a line without anything of the resident."""

    async def attempt(connection: Any) -> tuple[Changes, None]:
        changes = Changes(systems=[request.ended(RequestState.DEAD, why)])
        case = await _case(connection, request)
        if case is None or case.task.state in ENDED:
            return changes, None
        told = Event(now, Kind.SYSTEM_REFUSED, case.task.id, None, {"group": request.group_key, "error": why})
        offer = contact_of(case, request.group_key)
        after, events = case, [told]
        if offer is not None and offer.state is OfferState.SENT:
            after, more = decide_no(case, offer, office.network, now)
            events += more
        await store.fill(connection, office.mint, 1)
        take_over(changes, case, (after, events), office, now)
        changes.messages += await _alarm(connection, office, case, request, now)
        return changes, None

    await until_stored(office, attempt, now)


async def _alarm(connection: Any, office: Office, case: Case, request: SystemRequest, now: datetime) -> list[Any]:
    roster = Roster()
    await store.look_up(connection, roster, [COORDINATORS], now)
    params = {
        "code": case.task.code,
        "category": case.need.category,
        "group": office.network.group_name(request.group_key),
        **office.network.told_places(case.need),
    }
    people = [c.person for c in roster.members([COORDINATORS])]
    return [message(p, "system_refused", params, case.task.id, now) for p in people if p.can_be_written_to]


async def _case(connection: Any, request: SystemRequest) -> Case | None:
    found = await store.cases_by_id(connection, [request.task_id])
    return found[0] if found else None
