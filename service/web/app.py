"""The web application: routes of every part, and what happens when something goes wrong."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import asyncpg
import structlog
from aiohttp import web

from bots.inbound import DATABASE_DOWN, DatabaseDown
from dispatch.errors import Outcome
from service import task_by_link
from service.areas import pages as areas
from service.board import attachments
from service.board import pages as board
from service.board import task as task_page
from service.carriers.telephone import Telephone
from service.desk import calls, inbox, look, ringing
from service.desk import live as desk_live
from service.desk import pages as desk
from service.directory import apart, merging, patterns
from service.directory import pages as people
from service.duty import feeds, own_shifts
from service.duty import pages as duty
from service.equipment import pages as equipment
from service.ladders import pages as ladders
from service.ladders import try_page
from service.open311 import server as open311
from service.phone_chats import pages as phone_chats
from service.runtime import Runtime
from service.service_inbox import links as service_links
from service.service_inbox import pages as service_inbox
from service.settlement import pages as settlement
from service.sign_in import pages as sign_in
from service.sign_in.guard import check_table, guard
from service.volunteering import front as volunteer
from service.volunteering import task as helper
from service.web import api, assets, health, hooks, openapi, outgoing_hooks, pages, sms_hooks, stream, voice_hooks
from service.web.context import RUNTIME, problem
from service.web.render import render, texts_of, wants_part
from service.web.sms_hooks import DOOR, Door
from service.web.texts import N_
from service.web.voice_hooks import TELEPHONE

log = structlog.get_logger()

BIGGEST_BODY = 1_000_000  # bytes; the longest text anybody sends is far below
BIGGEST_FORM = 12_000_000  # bytes of a form with a photograph: what is a little too big is still told so kindly
WITH_PHOTOGRAPHS = frozenset({"/t/{token}"})
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PROGRAMS = ("/api/", "/open311/", "/hooks/", "/healthz", "/readyz", "/metrics")
PROBLEMS = {
    400: (N_("This cannot be understood"), N_("Something is missing in what was sent. Go back and try again.")),
    403: (N_("Not for this account"), N_("Your account may not do this. Ask an administrator if it should.")),
    404: (N_("There is nothing here"), N_("It may have been removed, or lies in an area that is not yours.")),
    413: (N_("Too much at once"), N_("What was sent is too big.")),
    422: (N_("This cannot be understood"), N_("A value is out of its range. Go back and try again.")),
    500: (N_("A fault of ours"), N_("It has been written down. Nothing that was stored before is lost. Try again.")),
    503: (N_("The database cannot be reached"), N_("Wait a moment, then try again. Nothing that was stored before is lost.")),
}


def security_headers(tiles: str | None) -> dict[str, str]:
    """Everything that a page needs comes from its own origin; nothing inline. tiles: the map's tile server, if there is one."""
    images = "'self' data:"
    if tiles:
        parts = urlsplit(tiles)
        images += f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}"
    return {
        "Content-Security-Policy": f"default-src 'self'; img-src {images}; object-src 'none'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def build_app(runtime: Runtime) -> web.Application:
    """The application for one network. It starts no loops: see service/runtime.working. Raises LookupError when a route
    has no permission."""
    app = web.Application(middlewares=[_errors, _photographs, guard], client_max_size=BIGGEST_BODY)
    app[RUNTIME] = runtime
    app[DOOR] = Door(runtime.settings, runtime.reception, runtime.wall)
    app[TELEPHONE] = Telephone(runtime.settings, runtime.network, runtime.clock, runtime.prompts, runtime.switchboard)
    parts = (sms_hooks, voice_hooks, outgoing_hooks, hooks, openapi, api, open311, health, pages, sign_in)
    staff = (board, task_page, service_inbox, service_links, patterns, people, apart, merging, areas)
    helping = (volunteer, helper)
    desk_parts = (desk, look, desk_live, inbox, calls, ringing, attachments, phone_chats, settlement, equipment)
    rules = (ladders, try_page)
    duties = (duty, own_shifts, feeds)
    for part in (*parts, *staff, *desk_parts, *helping, *rules, *duties):
        app.add_routes(part.routes)
    assets.set_up(app)
    task_by_link.set_up(app)
    stream.set_up(app, runtime.live)
    check_table(app)
    headers = security_headers(runtime.settings.map_tiles)

    async def secure(_request: web.Request, response: web.StreamResponse) -> None:
        for name, value in headers.items():
            response.headers.setdefault(name, value)

    app.on_response_prepare.append(secure)
    return app


@web.middleware
async def _photographs(request: web.Request, handler: Handler) -> web.StreamResponse:
    """More than anywhere else may be sent where photographs are."""
    resource = request.match_info.route.resource
    if resource is not None and resource.canonical in WITH_PHOTOGRAPHS:
        request = request.clone(client_max_size=BIGGEST_FORM)
    return await handler(request)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Named outcomes become problem documents, or pages for people; a database that is down becomes 503, so that carriers
    deliver again."""
    try:
        return await handler(request)
    except Outcome as outcome:
        return _problem(request, outcome.status, outcome.kind, str(outcome))
    except asyncpg.DataError:
        return _problem(request, 422, "bad_request", "a value is out of its range")
    except (DatabaseDown, *DATABASE_DOWN):
        return _problem(request, 503, "database_down", "the database cannot be reached; try again")
    except web.HTTPException as error:
        if error.status < 400 or "HX-Redirect" in error.headers:
            raise
        return _problem(request, error.status, "http", error.reason, dict(error.headers))
    except Exception:
        # The path of a hook carries a secret, so the route's pattern is logged and not the path.
        resource = request.match_info.route.resource
        log.exception("request.failed", method=request.method, route=resource.canonical if resource else "?")
        return _problem(request, 500, "fault", "a fault of ours; it has been logged")


def _problem(
    request: web.Request, status: int, kind: str, detail: str, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    kept = {k: v for k, v in (headers or {}).items() if k in ("Allow", "WWW-Authenticate", "Retry-After")}
    if status == 503:
        kept["Retry-After"] = "10"
    if request.path.startswith(PROGRAMS):
        return problem(status, kind, detail, kept)
    words = texts_of(request)
    title, text = PROBLEMS.get(status, PROBLEMS[400])
    template = "problem_part.html" if wants_part(request) else "problem.html"
    response = render(request, template, status, title=words.gettext(title), detail=words.gettext(text))
    response.headers.update(kept)
    return response
