"""The web application: routes of every part, and what happens when something goes wrong."""

from collections.abc import Awaitable, Callable

import asyncpg
import structlog
from aiohttp import web

from bots.inbound import DATABASE_DOWN, DatabaseDown
from dispatch.errors import Outcome
from service.runtime import Runtime
from service.web import api, health, hooks, openapi, pages
from service.web.context import RUNTIME, problem

log = structlog.get_logger()

BIGGEST_BODY = 1_000_000  # bytes; the longest text anybody sends is far below
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# Everything that a page needs comes from its own origin; nothing inline.
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def build_app(runtime: Runtime) -> web.Application:
    """The application for one network. It starts no loops: see service/runtime.working."""
    app = web.Application(middlewares=[_errors], client_max_size=BIGGEST_BODY)
    app[RUNTIME] = runtime
    for part in (hooks, openapi, api, health, pages):
        app.add_routes(part.routes)
    pages.set_up(app)
    app.on_response_prepare.append(_secure)
    return app


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Named outcomes become problem documents; a database that is down becomes 503, so that carriers deliver again."""
    try:
        return await handler(request)
    except Outcome as outcome:
        return problem(outcome.status, outcome.kind, str(outcome))
    except asyncpg.DataError:
        return problem(422, "bad_request", "a value is out of its range")
    except (DatabaseDown, *DATABASE_DOWN):
        return problem(503, "database_down", "the database cannot be reached; try again", {"Retry-After": "10"})
    except web.HTTPException as error:
        if error.status < 400 or not request.path.startswith(("/api/", "/hooks/")):
            raise
        return problem(error.status, "http", error.reason)
    except Exception:
        # The path of a hook carries a secret, so the route's pattern is logged and not the path.
        resource = request.match_info.route.resource
        log.exception("request.failed", method=request.method, route=resource.canonical if resource else "?")
        return problem(500, "fault", "a fault of ours; it has been logged")
