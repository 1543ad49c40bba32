"""The JSON API for programs (contracts.md, "JSON API"): bearer token, problem documents, cursors."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web

from bots.dialogue.understand import Understanding
from bots.inbound_message import storable
from bots.wording import languages
from dispatch import store
from dispatch.errors import BadRequest
from dispatch.handlers import COMMANDS, Act, act, history
from dispatch.intake import Origin, Request
from dispatch.model import Case, Need, Offer, TaskState, Urgency
from dispatch.opening import OpenNeed, open_need
from dispatch.phones import read_phone
from dispatch.rows import case_of
from dispatch.service_groups import opening
from dispatch.whereabouts import spot_of
from service.open311.callers import calling_system
from service.origins import origin_of
from service.runtime import Runtime
from service.sign_in.guard import is_program
from service.web.bodies import ActIn, NeedIn, OriginIn, read_body
from service.web.context import RUNTIME, answer
from service.web.needs_place import with_place
from sql import query

routes = web.RouteTableDef()

PAGE = 100
BIGGEST_PAGE = 1000
FIRST = "1970-01-01T00:00:00+00:00~0"


def _require_token(request: web.Request) -> Runtime:
    if not is_program(request):
        raise web.HTTPUnauthorized(reason="a bearer token is needed", headers={"WWW-Authenticate": "Bearer"})
    return request.app[RUNTIME]


def _asked_for(request: web.Request, name: str) -> str | None:
    return storable(request.query.get(name, "")).strip() or None


@routes.post("/api/v1/needs")
async def post_need(request: web.Request) -> web.Response:
    """Open a request for a resident. What the fields do not say is read from `text`; what is missing then is asked."""
    runtime = _require_token(request)
    case = await open_as_told(runtime, await read_body(request, NeedIn))
    return answer(task_json(runtime, case), 201)


async def open_as_told(
    runtime: Runtime, need: NeedIn, source: str = "api", also: str = "", without_phone: str | None = None
) -> Case:
    """Open what a program tells. also: words that are kept and not read for what they mean. without_phone: why only a human can
    take it when there is no number; None: then it is refused. Raises BadRequest."""
    who = need.resident or need
    said = (need.text, need.wanted, need.place, need.address)
    understood = runtime.understander.understand("\n".join(filter(None, said)))
    phone = read_phone(who.phone) if who.phone else None
    asked = await with_place(runtime, _as_request(runtime, need, understood), need, understood)
    if (origin := await _origin(runtime, need.origin)) is not None:
        asked = replace(asked, origin=origin)
    unreadable = bool(who.phone) and phone is None
    if not asked.text and asked.category is None:
        raise BadRequest("say what is needed: text or category")
    if phone is None and not unreadable and without_phone is None:
        raise BadRequest("say whom it is for: phone")
    language = need.language or (understood.language if need.text else "sv")
    reason = "unreadable_number" if unreadable else None if phone else without_phone
    asked = replace(asked, source=source, text="\n".join(filter(None, (asked.text, also))))
    command = OpenNeed(
        phone, asked, who.name.strip(), language if language in languages() else "sv", reason,
        (who.phone or "")[:80] if unreadable else "", need.infected_until,
    )  # fmt: skip
    return await open_need(runtime.office, command, runtime.clock.now())


async def _origin(runtime: Runtime, given: OriginIn | None) -> Origin | None:
    if given is None:
        return None
    if given.area is not None and given.area not in runtime.network.areas:
        raise BadRequest(f"from.area: there is no '{given.area}'")
    if (given.lat is None) != (given.lon is None):
        raise BadRequest("from: a position has both lat and lon")
    spot = (given.lat, given.lon) if given.lat is not None and given.lon is not None else None
    return await origin_of(runtime, given.address, given.place, given.area, spot)


def _as_request(runtime: Runtime, need: NeedIn, understood: Understanding) -> Request:
    network = runtime.network
    if need.category is not None and need.category not in network.categories:
        raise BadRequest(f"category: there is no '{need.category}'")
    if need.area is not None and need.area not in network.areas:
        raise BadRequest(f"area: there is no '{need.area}'")
    area = need.area or understood.area
    urgency = Urgency(understood.urgency)
    if urgency is not Urgency.EMERGENCY:  # danger in the words outweighs whatever the field says
        urgency = need.urgency or urgency
    place = understood.place if understood.area == area else None
    # A place that the network does not know is an address: volunteers see it when they have accepted, not before. So is
    # a time in free words kept with the text.
    address = ", ".join(filter(None, (need.address.strip(), need.place if place is None else None)))
    time = need.wanted if need.wanted and need.wanted not in (understood.wanted or "") else None
    return Request(
        text="\n".join(filter(None, (need.text.strip(), time))),
        source="api",
        category=need.category or understood.category,
        area=area,
        place=place,
        address=address,
        wanted=understood.wanted,
        urgency=urgency,
        origin=understood.origin if understood.area == area else None,
        people=need.people,
        repeats=need.repeats or None,
        holidays=need.holidays,
        expected_ore=need.expected_ore,
        infection=need.infection,
    )


@routes.get("/api/v1/tasks")
async def get_tasks(request: web.Request) -> web.Response:
    """Tasks in the order they came, filtered by state and area, a page at a time."""
    runtime = _require_token(request)
    state, area = _asked_for(request, "state"), _asked_for(request, "area")
    if state is not None and state not in set(TaskState):
        raise BadRequest(f"state: there is no '{state}'")
    limit = _limit(request)
    at, _, last = (_asked_for(request, "after") or FIRST).partition("~")
    try:
        position = (datetime.fromisoformat(at.replace(" ", "+")).astimezone(UTC), int(last[:19]))
    except (ValueError, OverflowError):
        raise BadRequest("after: this is no cursor that an answer gave") from None
    rows = await runtime.pool.fetch(query("list_tasks"), state, area, *position, limit + 1)
    cases = [case_of(row["doc"]) for row in rows]
    page = cases[:limit]
    more = f"{page[-1].task.created_at.isoformat()}~{page[-1].task.id}" if len(cases) > limit else None
    return answer({"tasks": [task_json(runtime, c) for c in page], "next": more})


@routes.get("/api/v1/tasks/{code}")
async def get_task(request: web.Request) -> web.Response:
    """One task with its deadlines, its whole history, and what became of every message about it."""
    runtime = _require_token(request)
    async with runtime.pool.acquire() as connection:
        case = await store.case_by_code(connection, storable(request.match_info["code"]))
        told = [_history_json(row) for row in await history(connection, case)]
        messages = [dict(row) for row in await connection.fetch(query("task_messages"), case.task.id)]
    return answer({**task_json(runtime, case), "history": told, "messages": messages})


@routes.post("/api/v1/tasks/{code}/{action}")
async def post_action(request: web.Request) -> web.Response:
    """Act on a task: see COMMANDS. `person` (or `phone`, `by`, `actor`) is the number of the one whom it is about."""
    runtime, action = request.app[RUNTIME], request.match_info["action"]
    caller = await calling_system(request, action)
    if caller is None:
        _require_token(request)
    if action not in COMMANDS:
        raise web.HTTPNotFound(reason=f"there is no action '{action}'")
    aliases = {"phone": "person", "by": "person", "actor": "person", "to": "person", "reason": "text", "note": "text"}
    body: ActIn = await read_body(request, ActIn, aliases)
    phone = None
    if body.person:
        phone = read_phone(body.person)
        if phone is None:
            raise BadRequest("person: this is no phone number")
    details = body.model_dump(exclude={"person", "text", "seen"}, exclude_unset=True)
    command = Act(storable(request.match_info["code"]), phone, body.text, seen=body.seen, details=details)
    if caller is not None:  # it acts for itself, whomever it names
        command = replace(command, phone=None, person=caller)
    case = await act(runtime.office, action, command, runtime.clock.now())
    return answer(task_json(runtime, case))


@routes.get("/api/v1/events")
async def get_events(request: web.Request) -> web.Response:
    """Everything that happened after an id, in order. An id that is missing will never turn up later."""
    runtime = _require_token(request)
    limit = _limit(request)
    try:
        after = int((_asked_for(request, "after") or "0")[:20])
    except ValueError:
        raise BadRequest("after: this is no event's id") from None
    async with runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute(query("events_horizon"))
        rows = await connection.fetch(query("events_after"), min(max(after, 0), 2**62), limit)
    events = [{**_history_json(row), "task": row["task"]} for row in rows]
    return answer({"events": events, "next": rows[-1]["id"] if len(rows) == limit else None})


def _limit(request: web.Request) -> int:
    given = _asked_for(request, "limit") or str(PAGE)
    if not given.isascii() or not given.isdigit() or len(given) > 4 or not 1 <= int(given) <= BIGGEST_PAGE:
        raise BadRequest(f"limit: a number from 1 to {BIGGEST_PAGE}")
    return int(given)


def _history_json(row: Any) -> dict[str, Any]:
    roles = row["actor_roles"]
    actor = None if roles is None else row["actor_name"] or (roles[0] if roles else "somebody")
    return {
        "id": row["id"],
        "at": row["at"],
        "kind": row["kind"],
        "actor": actor or "budkavle",
        "data": orjson.loads(row["data"]),
    }


def task_json(runtime: Runtime, case: Case) -> dict[str, Any]:
    """A task as the API shows it. Times are ISO 8601 with offset."""
    task, need, zone = case.task, case.need, runtime.network.zone
    step, opens = task.current, opening(case, runtime.network, runtime.clock.now())
    return {
        "code": task.code,
        "state": task.state,
        "category": need.category,
        "area": need.area,
        "urgency": need.urgency,
        "step": step.ask if step else None,
        "human": task.human,
        "people": task.places,
        "routine": task.routine,
        "leave_at_door": task.infected,
        "asks": task.asks,
        "text": need.text,
        "place": need.place,
        "address": need.address,
        "position": _position_json(need),
        "from": _from_json(need),
        "wanted": need.wanted,
        "requires": list(need.requires),
        "resident": {"name": case.resident.name, "phone": case.resident.phone or case.resident.phone_raw},
        "created_at": task.created_at.astimezone(zone),
        "deadline_at": task.deadline_at.astimezone(zone) if task.deadline_at else None,
        "planned_at": task.planned_at.astimezone(zone) if task.planned_at else None,
        "planned_as": task.planned_as or None,
        "service_opens_at": opens.astimezone(zone) if opens else None,
        "deadlines": [{"kind": task.deadline, "at": task.deadline_at.astimezone(zone)}] if task.deadline_at else [],
        "ladder": [asdict(s) for s in task.ladder],
        "offers": [_offer_json(case, o) for o in case.offers],
        "takers": [_person_json(case, o) | {"since": o.answered_at, "note": o.note} for o in case.takers],
    }


def _from_json(need: Need) -> dict[str, Any] | None:
    """Where it is fetched, when that is elsewhere."""
    if not need.is_fetched:
        return None
    return {
        "area": need.from_area,
        "place": need.from_place,
        "address": need.from_address,
        "lat": need.from_lat,
        "lon": need.from_lon,
    }


def _position_json(need: Need) -> dict[str, Any] | None:
    """Where it is, as exactly as it is known: only for those who may see the address."""
    spot = spot_of(need)
    return {"lat": spot[0], "lon": spot[1], "precision": need.located} if spot else None


def _person_json(case: Case, offer: Offer) -> dict[str, Any]:
    person = case.people[offer.person_id]
    return {"name": person.name, "phone": person.phone, "organisation": person.organisation}


def _offer_json(case: Case, offer: Offer) -> dict[str, Any]:
    return {
        "person": _person_json(case, offer),
        "kind": offer.kind,
        "step": case.task.ladder[offer.step].ask if offer.step < len(case.task.ladder) else None,
        "number": offer.number,
        "state": offer.state,
        "sent_at": offer.sent_at,
        "answered_at": offer.answered_at,
    }
