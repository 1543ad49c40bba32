"""Stands before every handler: may this request go on? One table says so (permissions.py); forms carry the session's token."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from aiohttp import web

from service.sign_in.accounts import Viewer, read_session
from service.sign_in.permissions import EVERYBODY, ROUTES, Access, Role
from service.web.context import RUNTIME, VIEWER, read_form, same

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
COOKIE = "budkavle"
SAFE = frozenset({"GET", "HEAD"})
PROGRAM = Viewer(0, "API", None, Role.COORDINATOR, None, None, None, True, False, "", b"")  # whoever has the API's token


def check_table(app: web.Application) -> None:
    """Raises LookupError when a route of the application stands in no permission table. Called when it is built."""
    for route in app.router.routes():
        if route.method != "HEAD" and needs_of(app, route.method, _pattern(route)) is None:
            raise LookupError(f"{route.method} {_pattern(route)} is not in service/sign_in/permissions.py")


def needs_of(app: web.Application, method: str, pattern: str) -> object:
    """What a route needs. A part that comes and goes with the demo brings its own entries (EXTRA_ROUTES)."""
    key = ("GET" if method == "HEAD" else method, pattern)
    return ROUTES.get(key) or app.get(EXTRA_ROUTES, {}).get(key)


EXTRA_ROUTES: web.AppKey[dict[tuple[str, str], Access]] = web.AppKey("extra_routes", dict)


def _pattern(route: web.AbstractRoute) -> str:
    return route.resource.canonical if route.resource else ""


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who asks, and may they? Forms of somebody who has signed in must come from our own pages."""
    route = request.match_info.route
    needs = needs_of(request.app, request.method, _pattern(route))
    if needs is None or (isinstance(needs, Access) and needs in (Access.CARRIER, Access.PROGRAM)):
        return await handler(request)  # no such route: 404 follows; carriers and programs have their own secrets
    viewer = await current_viewer(request)
    if viewer is not None:
        request[VIEWER] = viewer
    if isinstance(needs, frozenset):
        if viewer is None:
            raise _sign_in_first(request)
        if viewer.role not in needs or (viewer is PROGRAM and needs == EVERYBODY):  # a program has no account of its own
            raise web.HTTPForbidden
    if request.method not in SAFE:
        await _require_own_form(request, viewer)
    return await handler(request)


async def current_viewer(request: web.Request) -> Viewer | None:
    """Who has signed in, by the cookie."""
    runtime = request.app[RUNTIME]
    if is_program(request):
        return PROGRAM
    token = request.cookies.get(COOKIE)
    return await read_session(runtime.pool, token, runtime.wall.now()) if token else None


def is_program(request: web.Request) -> bool:
    """Does the request carry the API's bearer token? It has coordinator rights (contracts.md, API_TOKEN)."""
    token = request.app[RUNTIME].settings.api_token
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.casefold() == "bearer" and same(given.strip(), token.get_secret_value() if token else "")


def _sign_in_first(request: web.Request) -> web.HTTPException:
    if request.headers.get("HX-Request") == "true":
        return web.HTTPUnauthorized(headers={"HX-Redirect": "/login"})
    if request.method in SAFE:
        return web.HTTPSeeOther(f"/login?next={quote(request.path_qs, safe='')}")
    return web.HTTPSeeOther("/login")


async def _require_own_form(request: web.Request, viewer: Viewer | None) -> None:
    """Cross-site forms are refused: by where the browser says they come from, and by the session's token in the form."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    foreign = origin is not None and origin != "null" and _host_of(origin) != request.host
    if site not in ("same-origin", "none") or (foreign and not _is_public_url(request, origin)):
        raise web.HTTPForbidden(reason="this form comes from another site")
    if viewer is not None and viewer is not PROGRAM:
        given = request.headers.get("X-CSRF") or (await read_form(request)).get("csrf", "")
        if not same(given, viewer.csrf):
            raise web.HTTPForbidden(reason="this form is too old; go back, reload the page and try again")


def _is_public_url(request: web.Request, origin: str | None) -> bool:
    """Behind a proxy the host that the browser knows may differ from the one we are asked under."""
    public = request.app[RUNTIME].settings.public_url
    return bool(public) and _host_of(origin or "") == _host_of(public or "")


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:  # such as "http://["
        return "?"


def viewer_of(request: web.Request) -> Viewer:
    """Who has signed in, in a handler whose route needs a role."""
    viewer: Viewer = request[VIEWER]
    return viewer
