"""Pages for people: the front page, signing in, and the live list of what happens."""

import hashlib
import hmac
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
import orjson
from aiohttp import web

from dispatch import store
from dispatch.events import Kind
from dispatch.model import ENDED, Case, OfferState, TaskState
from service.runtime import Runtime
from service.web.context import RUNTIME, read_form, same
from sql import query

routes = web.RouteTableDef()
HERE = Path(__file__).parent
COOKIE = "budkavle"
SIGNED_IN_FOR = timedelta(hours=12)
MOST_SHOWN = 400
MOST_CALLS = 50
ENDED_SHOWN = timedelta(hours=2)

STATES = {
    TaskState.ASKING: "Väntar på svar",
    TaskState.OPEN: "Söker hjälpare",
    TaskState.TAKEN: "Tagen",
    TaskState.UNDERWAY: "På väg",
    TaskState.WITH_SERVICE: "Hos personal",
    TaskState.DONE: "Klar, bekräftas",
    TaskState.CLOSED: "Avslutad",
    TaskState.CANCELLED: "Avbokad",
}
STEPS = {
    "fixed-contact": "fast kontakt",
    "area": "områdets grupp",
    "neighbours": "grannområden",
    "emergency": "akutgruppen",
    "regulars": "fasta volontärer",
    "weekend": "helggruppen",
    "service": "servicegruppen",
    "coordinator": "samordnaren",
}


def set_up(app: web.Application) -> None:
    """Templates and static files."""
    aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)
    app.router.add_static("/static/", HERE / "static")


@routes.get("/")
async def front(request: web.Request) -> web.Response:
    """Where to turn, for everybody."""
    return _render(request, "front.html", network=request.app[RUNTIME].network)


@routes.get("/login")
async def login_form(request: web.Request) -> web.Response:
    """The sign-in. The demo's printed link carries its token; a real token is never put into an address."""
    runtime = request.app[RUNTIME]
    if runtime.is_demo and same(request.query.get("token", ""), _token(runtime)):
        return _signed_in(runtime)
    return _render(request, "login.html", wrong=False, possible=bool(_token(runtime)))


@routes.post("/login")
async def login(request: web.Request) -> web.Response:
    """Sign in with the API's token: coordinators' accounts are a later step."""
    runtime = request.app[RUNTIME]
    if same((await read_form(request)).get("token", "").strip(), _token(runtime)):
        return _signed_in(runtime)
    response = _render(request, "login.html", wrong=True, possible=bool(_token(runtime)))
    response.set_status(403)
    return response


@routes.get("/board")
async def board(request: web.Request) -> web.Response:
    """Everything that is not ended, by area and state, and what a human must phone about."""
    runtime = _require_sign_in(request)
    template = "board_list.html" if request.query.get("part") == "list" else "board.html"
    return _render(request, template, **await _board(runtime))


@routes.post("/board/calls/{message}")
async def call_made(request: web.Request) -> web.Response:
    """Somebody has phoned the person that no SMS reaches. Said twice, it changes nothing."""
    runtime = _require_sign_in(request)
    number = request.match_info["message"]
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise web.HTTPNotFound
    now = runtime.clock.now()
    async with runtime.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(query("handle_message"), int(number), now)
        if row:
            data = orjson.dumps({"message": row["id"]}).decode()
            await connection.execute(query("record_event"), now, Kind.MESSAGE_HANDLED, row["task_id"], None, data)
    raise web.HTTPSeeOther("/board")


async def _board(runtime: Runtime) -> dict[str, Any]:
    now = runtime.clock.now()
    rows = await runtime.pool.fetch(query("board"), now - ENDED_SHOWN, MOST_SHOWN)
    cases = [store.case_of(row["doc"]) for row in rows]
    rows = await runtime.pool.fetch(query("counts"))
    counts = {row["state"]: row["n"] for row in rows if row["what"] == "task"}
    to_call = sum(row["n"] for row in rows if row["what"] == "message" and row["state"] in ("dead", "to_call"))
    calls = await runtime.pool.fetch(query("messages_for_humans"), MOST_CALLS)
    areas: dict[str, list[dict[str, Any]]] = {}
    going_on = [c for c in cases if c.task.state not in ENDED]
    for case in sorted(going_on, key=lambda c: (list(TaskState).index(c.task.state), c.task.created_at)):
        areas.setdefault(runtime.network.area_name(case.need.area) or "Okänt område", []).append(_card(runtime, case, now))
    order = {area.name: i for i, area in enumerate(runtime.network.areas.values())}
    return {
        "network": runtime.network,
        "now": now.astimezone(runtime.network.zone),
        "counts": [(name, counts.get(state, 0)) for state, name in STATES.items() if counts.get(state)],
        "human": [_card(runtime, c, now) for c in cases if _needs_human(c)],
        "areas": sorted(areas.items(), key=lambda item: order.get(item[0], -1)),
        "calls": [_call(runtime, row) for row in calls],
        "to_call": to_call,
        "ended": [_card(runtime, c, now) for c in cases if c.task.state in ENDED],
        "ended_hours": ENDED_SHOWN // timedelta(hours=1),
        "is_demo": runtime.is_demo,
    }


def _needs_human(case: Case) -> bool:
    step = case.task.current
    return case.task.state is TaskState.OPEN and (
        case.task.human is not None or (step is not None and step.ask.acknowledges and case.task.rounds > 0)
    )


def _card(runtime: Runtime, case: Case, now: datetime) -> dict[str, Any]:
    task, need = case.task, case.need
    category = runtime.network.category(need.category)
    asked = [case.people[o.person_id].first_name or "…" for o in case.offers if o.state is OfferState.SENT]
    return {
        "code": task.code,
        "state": task.state,
        "state_name": STATES[task.state],
        "urgency": need.urgency,
        "category": category.name("sv") if category else "Oklart",
        "place": need.place or "",
        "text": need.text,
        "who": case.resident.name or case.resident.phone or case.resident.phone_raw,
        "age": _ago(now - task.created_at),
        "step": STEPS.get(task.current.ask, "") if task.current and task.state is TaskState.OPEN else "",
        "next": _span(task.deadline_at - now) if task.deadline_at else "",
        "asked": asked,
        "takers": [case.people[o.person_id] for o in case.takers],
    }


def _call(runtime: Runtime, row: Any) -> dict[str, Any]:
    text = row["body"] or runtime.wording(row["kind"], orjson.loads(row["params"]), "sv")
    return {**dict(row), "text": text, "at": row["created_at"].astimezone(runtime.network.zone)}


def _ago(span: timedelta) -> str:
    return "nyss" if span < timedelta(minutes=1) else f"för {_span(span)} sedan"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "nu" if span.total_seconds() < 1 else "<1 min"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} tim" if minutes < 2880 else f"{minutes // 1440} dygn"


def _render(request: web.Request, template: str, **context: Any) -> web.Response:
    response: web.Response = aiohttp_jinja2.render_template(template, request, context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _token(runtime: Runtime) -> str:
    return runtime.settings.api_token.get_secret_value() if runtime.settings.api_token else ""


def _signature(runtime: Runtime, expires: str) -> str:
    secret = runtime.settings.secret_key.get_secret_value() if runtime.settings.secret_key else ""
    # Bound to the token, so that changing the token signs everybody out.
    return hmac.new(f"{secret}\n{_token(runtime)}".encode(), f"board|{expires}".encode(), hashlib.sha256).hexdigest()


def _signed_in(runtime: Runtime) -> web.Response:
    expires = str(int((runtime.wall.now() + SIGNED_IN_FOR).timestamp()))
    response = web.Response(status=303, headers={"Location": "/board"})
    secure = (runtime.settings.public_url or "").startswith("https://")
    response.set_cookie(
        COOKIE, f"{expires}.{_signature(runtime, expires)}", httponly=True, samesite="Strict", secure=secure, path="/"
    )
    return response


def _require_sign_in(request: web.Request) -> Runtime:
    """The runtime, for somebody who has signed in. Others are sent to the sign-in."""
    runtime = request.app[RUNTIME]
    expires, _, signature = request.cookies.get(COOKIE, "").partition(".")
    if (
        not expires.isascii()
        or not expires.isdigit()
        or not same(signature, _signature(runtime, expires))
        or int(expires) < runtime.wall.now().timestamp()
    ):
        raise web.HTTPSeeOther("/login")
    return runtime
