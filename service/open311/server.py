"""/open311/v2: other programs open requests and see how they go, by Open311 GeoReport v2.

Everybody may see which kinds of help there are and how requests go; only with a key what they are about (shown.py).
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

import asyncpg
import structlog
from aiohttp import web
from pydantic import ValidationError

from bots.inbound import DATABASE_DOWN, DatabaseDown
from bots.inbound_message import storable
from dispatch.errors import BadRequest, Outcome, UnknownTask
from dispatch.model import Urgency
from dispatch.network import Category
from dispatch.opening import INCOMPLETE
from service.open311.callers import may_report
from service.open311.formats import CONTENT_TYPES, moment, written
from service.open311.shown import (
    STATES_OF,
    URGENCY,
    WANTED,
    definition_record,
    discovery_record,
    request_record,
    service_record,
)
from service.web.api import open_as_told
from service.web.bodies import NeedIn
from service.web.context import RUNTIME, read_form
from service.web.render import texts_of
from service.web.texts import N_
from sql import query

log = structlog.get_logger()
routes = web.RouteTableDef()

FORMAT = "{format:json|xml}"
LONGEST_SPAN = timedelta(days=90)  # between start_date and end_date
PAGE, BIGGEST_PAGE, LAST_PAGE = 50, 1_000, 10_000
MOST_IDS = 200
WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)  # when what discovery says has last changed
BEGINNING, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
Handler = Callable[[web.Request], Awaitable[web.Response]]


class NotFound(Exception):
    """What was asked for is not here. str(): what."""


def _spoken(handler: Handler) -> Handler:
    """What goes wrong is told as the standard has it: a list of errors in the format that was asked for."""

    @wraps(handler)
    async def answered(request: web.Request) -> web.Response:
        try:
            _check_jurisdiction(request, request.query.get("jurisdiction_id", ""))
            return await handler(request)
        except (NotFound, UnknownTask) as error:
            return _errors(request, 404, str(error))
        except Outcome as outcome:
            return _errors(request, 400 if outcome.status == 422 else outcome.status, str(outcome))
        except asyncpg.DataError:
            return _errors(request, 400, "a value is out of its range")
        except (DatabaseDown, *DATABASE_DOWN):
            return _errors(request, 503, "the database cannot be reached; try again")
        except web.HTTPException as error:
            return _errors(request, error.status, error.reason)
        except Exception:
            log.exception("open311.request_failed", method=request.method)
            return _errors(request, 500, "a fault of ours; it has been logged")

    return answered


def _answer(request: web.Request, name: str, data: Any, status: int = 200) -> web.Response:
    form = request.match_info["format"]
    return web.Response(
        status=status, body=written(name, data, form), content_type=CONTENT_TYPES[form], charset="utf-8",
        headers={"Cache-Control": "no-store", **({"Retry-After": "10"} if status == 503 else {})},
    )  # fmt: skip


def _errors(request: web.Request, status: int, description: str) -> web.Response:
    return _answer(request, "errors", [{"code": status, "description": description}], status)


def _check_jurisdiction(request: web.Request, given: str) -> None:
    network = request.app[RUNTIME].network
    if given and given not in (network.jurisdiction, network.key):
        raise NotFound("jurisdiction_id was not found")


@routes.get(f"/open311/discovery.{FORMAT}")
@routes.get(f"/open311/v2/discovery.{FORMAT}")
@_spoken
async def discovery(request: web.Request) -> web.Response:
    """Where the service is."""
    runtime = request.app[RUNTIME]
    base = runtime.settings.public_url or f"{request.scheme}://{request.host}"
    return _answer(request, "discovery", discovery_record(runtime.network, base, WRITTEN))


@routes.get(f"/open311/v2/services.{FORMAT}")
@_spoken
async def services(request: web.Request) -> web.Response:
    """The kinds of help."""
    words, categories = texts_of(request), request.app[RUNTIME].network.categories.values()
    return _answer(request, "services", [service_record(c, words) for c in categories])


@routes.get(f"/open311/v2/services/{{code}}.{FORMAT}")
@_spoken
async def definition(request: web.Request) -> web.Response:
    """What may be said besides of one kind of help."""
    category = _category(request, request.match_info["code"])
    return _answer(request, "service_definition", definition_record(category, texts_of(request)))


def _category(request: web.Request, code: str) -> Category:
    found = request.app[RUNTIME].network.category(code)
    if found is None:
        raise NotFound("service_code was not found")
    return found


@routes.post(f"/open311/v2/requests.{FORMAT}")
@_spoken
async def post_request(request: web.Request) -> web.Response:
    """Open a request. Whoever has no number that we can write to is looked after by a human."""
    fields = {name: storable(value).strip() for name, value in (await read_form(request)).items()}
    if not may_report(request, fields.get("api_key") or request.query.get("api_key", "")):
        return _errors(request, 403, "api_key is missing or wrong")
    _check_jurisdiction(request, fields.get("jurisdiction_id", ""))
    if not (code := fields.get("service_code", "")):
        raise BadRequest("service_code is missing")
    need = _need(fields, _category(request, code))
    also = "\n".join(filter(None, (fields.get("email", "")[:200], fields.get("media_url", "")[:500])))
    case = await open_as_told(request.app[RUNTIME], need, "open311", also, without_phone=INCOMPLETE)
    notice = ""
    if case.need.urgency is Urgency.EMERGENCY:
        notice = texts_of(request).gettext(N_("Is life in danger? Ring 112 now. We look at it too, but do not wait for us."))
    told = {"service_request_id": case.task.code, "service_notice": notice, "account_id": ""}
    return _answer(request, "service_requests", [told], 201)


def _need(fields: Mapping[str, str], category: Category) -> NeedIn:
    """The request as our own API takes it. Raises BadRequest."""
    lat, long, address = (fields.get(name, "") for name in ("lat", "long", "address_string"))
    if not address and not (lat and long):
        raise BadRequest("say where it is: lat and long, or address_string")
    told = {
        "text": fields.get("description", "") or category.name("sv"),
        "category": category.key,
        "address": address,
        "lat": lat or None,
        "lon": long or None,
        "name": " ".join(filter(None, (fields.get("first_name"), fields.get("last_name")))),
        "phone": fields.get("phone") or None,
        "wanted": fields.get(f"attribute[{WANTED}]") or None,
        "urgency": fields.get(f"attribute[{URGENCY}]") or None,
    }
    try:
        return NeedIn.model_validate({name: value for name, value in told.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise BadRequest(f"{_as_sent(first['loc'])}: {first['msg']}") from None


def _as_sent(loc: tuple[int | str, ...]) -> str:
    """The name of a field as the standard has it."""
    name = str(loc[0]) if loc else "request"
    ours = {"lon": "long", "text": "description", "address": "address_string", "name": "first_name", "category": "service_code"}
    return ours.get(name, f"attribute[{name}]" if name in (WANTED, URGENCY) else name)


@routes.get(f"/open311/v2/requests.{FORMAT}")
@_spoken
async def get_requests(request: web.Request) -> web.Response:
    """Requests, newest first: those that are named, or those that the filters let through, a page at a time."""
    ids = _list(request, "service_request_id")
    if ids is not None:
        if len(ids) > MOST_IDS:
            raise BadRequest(f"service_request_id: at most {MOST_IDS} at once")
        found = await _found(request, [i.upper() for i in ids], None, BEGINNING, END, None, MOST_IDS, 0)
        return _answer(request, "service_requests", found)
    start, end = _span(request)
    statuses = _list(request, "status")
    if unknown := set(statuses or ()) - set(STATES_OF):
        raise BadRequest(f"status: there is no '{min(unknown)}'")
    states = None if statuses is None else [state for status in statuses for state in STATES_OF[status]]
    page, size = _number(request, "page", 1, LAST_PAGE), _number(request, "page_size", PAGE, BIGGEST_PAGE)
    found = await _found(request, None, _list(request, "service_code"), start, end, states, size, (page - 1) * size)
    return _answer(request, "service_requests", found)


@routes.get(f"/open311/v2/requests/{{code}}.{FORMAT}")
@_spoken
async def get_request(request: web.Request) -> web.Response:
    """One request."""
    code = storable(request.match_info["code"]).upper()
    found = await _found(request, [code], None, BEGINNING, END, None, 1, 0)
    if not found:
        raise NotFound("service_request_id was not found")
    return _answer(request, "service_requests", found)


@routes.get(f"/open311/v2/tokens/{{code}}.{FORMAT}")
@_spoken
async def get_token(request: web.Request) -> web.Response:
    """We give out no tokens: an identifier is its own."""
    code = storable(request.match_info["code"]).upper()
    if not await _found(request, [code], None, BEGINNING, END, None, 1, 0):
        raise NotFound("token was not found")
    return _answer(request, "service_requests", [{"service_request_id": code, "token": code}])


async def _found(request: web.Request, *filters: Any) -> list[dict[str, Any]]:
    runtime, words = request.app[RUNTIME], texts_of(request)
    has_key = may_report(request, request.query.get("api_key", ""))
    rows = await runtime.pool.fetch(query("open311_requests"), *filters)
    return [request_record(row, runtime.network, words, has_key) for row in rows]


def _list(request: web.Request, name: str) -> list[str] | None:
    """A parameter's values, set apart by commas; None when it is not given, or empty, which the standard takes for the same."""
    values = [v.strip() for v in storable(request.query.get(name, "")).split(",") if v.strip()]
    return values or None


def _span(request: web.Request) -> tuple[datetime, datetime]:
    start, end = _moment(request, "start_date"), _moment(request, "end_date")
    if start is None:
        end = end or request.app[RUNTIME].clock.now()
        return end - LONGEST_SPAN, end
    end = end or start + LONGEST_SPAN
    if end - start > LONGEST_SPAN:
        raise BadRequest(f"end_date: at most {LONGEST_SPAN.days} days after start_date")
    return start, end


def _moment(request: web.Request, name: str) -> datetime | None:
    """A + that was not encoded arrives as a space."""
    given = request.query.get(name, "").strip().replace(" ", "+")
    found = moment(given)
    if given and (found is None or not BEGINNING <= found <= END):
        raise BadRequest(f"{name}: a date and time with its offset, such as 2020-04-08T09:00:00+02:00")
    return found


def _number(request: web.Request, name: str, default: int, most: int) -> int:
    given = request.query.get(name, "").strip() or str(default)
    if not (given.isascii() and given.isdigit() and len(given) <= 6 and 1 <= int(given) <= most):
        raise BadRequest(f"{name}: a number from 1 to {most}")
    return int(given)
