"""Signing in and out, one's own account, and the administrators' list of accounts."""

from typing import Any

import pyotp
from aiohttp import web

from bots.inbound_message import storable
from service.sign_in import accounts
from service.sign_in.accounts import LONGEST_PASSWORD, SESSION_LASTS, SHORTEST_PASSWORD, NameTaken, TooManyTries
from service.sign_in.guard import COOKIE, viewer_of
from service.sign_in.permissions import LONGEST_NAME, Role, may
from service.web.context import RUNTIME, VIEWER, client_address, read_form
from service.web.render import LANGUAGE_COOKIE, render, texts_of
from service.web.texts import N_, Texts, page_languages
from sql import query

routes = web.RouteTableDef()

ROLE_NAMES = {
    Role.OPERATOR: N_("Operator: answers the hotline"),
    Role.COORDINATOR: N_("Coordinator: watches the board"),
    Role.AREA_LEAD: N_("Area lead: sees one area"),
    Role.SERVICE: N_("Service group: what volunteers may not do"),
    Role.ADMINISTRATOR: N_("Administrator: everything, and the accounts"),
}
FIRST_PAGES = ("/board", "/desk", "/service", "/account")


@routes.get("/login")
async def login_form(request: web.Request) -> web.Response:
    """The form; or, with a one-time link from `budkavle user add`, signed in at once."""
    runtime, token = request.app[RUNTIME], request.query.get("link", "")
    if token and request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        account = await accounts.use_link(runtime.pool, token, runtime.wall.now())
        if account is not None:
            return await _signed_in(request, account, "/account?new=1")
        return _login(request, problem=texts_of(request).gettext(
            "This link has been used, or is too old. Ask an administrator for a new one."
        ), status=410)  # fmt: skip
    if request.get(VIEWER):
        raise web.HTTPSeeOther(_first_page(viewer_of(request).role))
    return _login(request)


@routes.post("/login")
async def login(request: web.Request) -> web.Response:
    """Sign in by name and password, and the second step's code for those who have one."""
    runtime, form = request.app[RUNTIME], await read_form(request)
    name, words = storable(form.get("name", "")).strip()[:LONGEST_NAME], texts_of(request)
    try:
        account = await accounts.check_password(
            runtime.pool, name, form.get("password", ""), form.get("code", ""), client_address(request), runtime.wall.now()
        )
    except TooManyTries as error:
        return _login(request, name=name, problem=_too_many(words, error), status=429)
    if account is None:
        problem = words.gettext("Name, password or code is wrong. Nothing else is said, so that nobody can guess.")
        return _login(request, name=name, problem=problem, status=403)
    return await _signed_in(request, account, _safe_next(request) or "")


def _too_many(words: Texts, error: TooManyTries) -> str:
    return words.gettext("Too many tries. Wait %(minutes)s minutes, then try again.") % {"minutes": error.minutes}


def _login(request: web.Request, name: str = "", problem: str = "", status: int = 200) -> web.Response:
    return render(request, "sign_in/login.html", status, name=name, problem=problem, next=_safe_next(request))


def _safe_next(request: web.Request) -> str:
    """Where to go after signing in: a path of our own, or nothing."""
    wanted = request.query.get("next", "")
    return wanted if is_own_path(wanted) else ""


def is_own_path(target: str) -> bool:
    """Does it lead to a page of ours? Browsers take "//" and "/\\" for another host's name, and leave out tabs and line ends."""
    return target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()


async def _signed_in(request: web.Request, account: int, target: str) -> web.Response:
    runtime = request.app[RUNTIME]
    now = runtime.wall.now()
    if old := request.get(VIEWER):
        await runtime.pool.execute(query("revoke_session"), old.session, now)
    token = await accounts.start_session(runtime.pool, account, request.headers.get("User-Agent", ""), now)
    viewer = await accounts.read_session(runtime.pool, token, now)
    response = web.Response(status=303, headers={"Location": target or _first_page(viewer.role if viewer else Role.SERVICE)})
    secure = (runtime.settings.public_url or "").startswith("https://")
    response.set_cookie(
        COOKIE, token, max_age=int(SESSION_LASTS.total_seconds()), httponly=True, samesite="Lax", secure=secure, path="/"
    )
    return response


def _first_page(role: Role) -> str:
    if role is Role.OPERATOR:
        return "/desk"
    return next(page for page in FIRST_PAGES if may(role, "GET", page))


@routes.post("/logout")
async def logout(request: web.Request) -> web.Response:
    """This session ends."""
    runtime = request.app[RUNTIME]
    await runtime.pool.execute(query("revoke_session"), viewer_of(request).session, runtime.wall.now())
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path="/")
    return response


@routes.post("/language")
async def choose_language(request: web.Request) -> web.Response:
    """The reader's language, remembered in the browser and with the account."""
    form = await read_form(request)
    wanted = form.get("language", "")
    if wanted not in page_languages():
        raise web.HTTPBadRequest(reason="there are no pages in this language")
    if viewer := request.get(VIEWER):
        await request.app[RUNTIME].pool.execute(query("set_language"), viewer.account, wanted)
    back = form.get("back", "")
    response = web.Response(status=303, headers={"Location": back if is_own_path(back) else "/"})
    response.set_cookie(LANGUAGE_COOKIE, wanted, max_age=365 * 86400, samesite="Lax", httponly=True, path="/")
    return response


@routes.get("/account")
async def account(request: web.Request) -> web.Response:
    """One's own account: password, second step, sessions."""
    return await _account(request)


async def _account(request: web.Request, status: int = 200, said: str = "", **problems: str) -> web.Response:
    runtime, viewer = request.app[RUNTIME], viewer_of(request)
    sessions = await runtime.pool.fetch(query("sessions_of"), viewer.account, runtime.wall.now())
    secret = pyotp.random_base32()
    return render(
        request, "sign_in/account.html", status, sessions=sessions, this_session=viewer.session.hex(), problems=problems,
        said=said, is_new="new" in request.query, shortest=SHORTEST_PASSWORD, role_name=ROLE_NAMES[viewer.role],
        first_page=_first_page(viewer.role), secret=secret, area_name=runtime.network.area_name(viewer.area),
        uri=pyotp.TOTP(secret).provisioning_uri(name=viewer.name, issuer_name=runtime.network.name),
    )  # fmt: skip


@routes.post("/account/password")
async def change_password(request: web.Request) -> web.Response:
    """Choose a password. Whoever has one already must know it; other sessions end."""
    runtime, viewer, form, words = request.app[RUNTIME], viewer_of(request), await read_form(request), texts_of(request)
    new, again, now = form.get("new", ""), form.get("again", ""), runtime.wall.now()
    if viewer.has_password:
        try:
            known = await accounts.check_password(
                runtime.pool, viewer.name, form.get("old", ""), form.get("code", ""), client_address(request), now
            )
        except TooManyTries as error:
            return await _account(request, 429, old=_too_many(words, error))
        if known is None:
            return await _account(request, 422, old=words.gettext("The old password, or the code, is wrong."))
    if not SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD:
        least = words.gettext("At least %(n)s characters. A few words in a row are easy to remember.") % {"n": SHORTEST_PASSWORD}
        return await _account(request, 422, new=least)
    if new != again:
        return await _account(request, 422, again=words.gettext("This is not the same as above."))
    await accounts.set_password(runtime.pool, viewer.account, new, viewer.session, now)
    raise web.HTTPSeeOther("/account?saved=1")


@routes.post("/account/code")
async def change_code(request: web.Request) -> web.Response:
    """Turn the second step on, with a code from the app as proof that it works, or off, with a code too."""
    runtime, viewer, form, words = request.app[RUNTIME], viewer_of(request), await read_form(request), texts_of(request)
    now = runtime.wall.now()
    secret, code = form.get("secret", ""), form.get("code", "")
    wrong = words.gettext("The code is wrong. Is the phone's clock right? A code is good for half a minute.")
    if viewer.has_code:
        who = (f"code:{viewer.account}", f"address:{client_address(request)}")
        try:
            await accounts.note_try(runtime.pool, *who, now)
        except TooManyTries as error:
            return await _account(request, 429, code=_too_many(words, error))
        row = await runtime.pool.fetchrow(query("account_by_name"), viewer.name)
        if row is None or accounts.matching_step(row["totp_secret"], code, now) is None:
            return await _account(request, 422, code=wrong)
        await runtime.pool.execute(query("set_code_secret"), viewer.account, None)
        await runtime.pool.execute(query("forget_tries"), *who, now)
    else:
        usable = len(secret) == 32 and secret.isalnum() and secret.isascii()
        if not usable or accounts.matching_step(secret, code, now) is None:
            return await _account(request, 422, code=wrong)
        await runtime.pool.execute(query("set_code_secret"), viewer.account, secret)
    raise web.HTTPSeeOther("/account?saved=1")


@routes.post("/account/sessions")
async def end_sessions(request: web.Request) -> web.Response:
    """All other sessions of the account end: a lost phone, a shared computer."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)
    await runtime.pool.execute(query("revoke_sessions"), viewer.account, runtime.wall.now(), viewer.session)
    raise web.HTTPSeeOther("/account?saved=1")


@routes.get("/accounts")
async def list_accounts(request: web.Request) -> web.Response:
    """Everybody who may sign in."""
    return await _accounts(request)


async def _accounts(request: web.Request, status: int = 200, link: str = "", **extra: Any) -> web.Response:
    runtime = request.app[RUNTIME]
    rows = await runtime.pool.fetch(query("accounts"), runtime.wall.now())
    groups = [g for g in runtime.network.groups if g.kind == "service"]
    context = {"typed": {}, "problems": {}, **extra}
    return render(
        request, "sign_in/accounts.html", status, accounts=rows, role_names=ROLE_NAMES, groups=groups, link=link, **context
    )


@routes.post("/accounts")
async def add_account(request: web.Request) -> web.Response:
    """A new account. Its one-time link is shown once, to be handed over."""
    runtime, form, words = request.app[RUNTIME], await read_form(request), texts_of(request)
    name, problems = storable(form.get("name", "")).strip(), {}
    role = next((r for r in Role if r == form.get("role")), None)
    area = form.get("area") or None if role is Role.AREA_LEAD else None
    group = form.get("group") or None if role is Role.SERVICE else None
    if not 0 < len(name) <= LONGEST_NAME:
        problems["name"] = words.gettext("A name of 1 to %(n)s characters.") % {"n": LONGEST_NAME}
    if role is None:
        problems["role"] = words.gettext("Choose what the account is for.")
    if role is Role.AREA_LEAD and area not in runtime.network.areas:
        problems["area"] = words.gettext("Choose the area.")
    if group is not None and group not in {g.key for g in runtime.network.groups if g.kind == "service"}:
        problems["group"] = words.gettext("There is no such group.")
    if not problems and role is not None:
        now = runtime.wall.now()
        try:
            made = await accounts.create_account(runtime.pool, runtime.office.mint, name, role, area, group, now)
        except NameTaken:
            problems["name"] = words.gettext("There is an account with this name.")
        else:
            return await _accounts(request, 201, await _link(request, made))
    return await _accounts(request, 422, typed=form, problems=problems)


async def _link(request: web.Request, made: int) -> str:
    runtime = request.app[RUNTIME]
    base = runtime.settings.public_url or f"{request.scheme}://{request.host}"
    return f"{base}/login?link={await accounts.make_link(runtime.pool, made, runtime.wall.now(), anew=True)}"


@routes.post("/accounts/{id}/{action}")
async def change_account(request: web.Request) -> web.Response:
    """link: a new one-time link; end: all sessions end; disable, enable. Nobody shuts the own account out."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)
    raw, action, now = request.match_info["id"], request.match_info["action"], runtime.wall.now()
    if not raw.isascii() or not raw.isdigit() or len(raw) > 18 or action not in ("link", "end", "disable", "enable"):
        raise web.HTTPNotFound
    account_id = int(raw)
    rows = {row["id"]: row for row in await runtime.pool.fetch(query("accounts"), now)}
    if account_id not in rows:
        raise web.HTTPNotFound
    if action == "link":
        return await _accounts(request, 200, await _link(request, account_id), link_name=rows[account_id]["name"])
    if action == "disable" and account_id == viewer.account:
        problem = texts_of(request).gettext("You cannot disable the account that you are signed in with.")
        return await _accounts(request, 422, problems={"accounts": problem})
    if action in ("disable", "enable"):
        await runtime.pool.execute(query("disable_account"), account_id, now if action == "disable" else None)
    if action in ("disable", "end"):
        keep = viewer.session if account_id == viewer.account else None
        await runtime.pool.execute(query("revoke_sessions"), account_id, now, keep)
    raise web.HTTPSeeOther("/accounts")
