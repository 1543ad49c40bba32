"""/service: what a service group is asked and has, and what its people do about it, signed in."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bots.inbound_message import storable
from dispatch import store
from dispatch.errors import NotYours, OfferGone, Outcome
from dispatch.handlers import Act, act
from dispatch.model import Case
from service.plan_form import plan_typed, planned_in
from service.runtime import Runtime
from service.service_inbox.inbox import Item, asked_to_acknowledge, load_inbox
from service.service_inbox.live import InboxView
from service.service_inbox.outcomes import done_words, refusal_words, require_open, text_problem
from service.sign_in.accounts import Viewer
from service.sign_in.guard import current_viewer, viewer_of
from service.sign_in.permissions import Role
from service.web.context import RUNTIME, read_form
from service.web.render import render, texts_of
from service.web.stream import stream
from sql import query

routes = web.RouteTableDef()


@routes.get("/service")
async def inbox(request: web.Request) -> web.Response:
    """What waits for the group, what it has, what it has done lately."""
    did, code = request.query.get("did", ""), request.query.get("code", "")
    known = code if code.isascii() and code.isalnum() and len(code) < 10 else ""
    return await _page(request, said=done_words(did, known, texts_of(request)) if known else "")


@routes.get("/service/live")
async def live(request: web.Request) -> web.StreamResponse:
    """Tells an open inbox when to read itself again (server-sent events)."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)

    async def still_allowed() -> bool:
        now_there = await current_viewer(request)
        return now_there is not None and (now_there.role, now_there.group) == (viewer.role, viewer.group)

    view = InboxView(runtime, viewer.group)
    return await stream(request, runtime.live, view, request.query.get("since"), still_allowed)


@routes.post("/service/{code}/{action}")
async def action(request: web.Request) -> web.Response:
    """One action on one task by the one who has signed in: see ACTIONS."""
    runtime, viewer, words = request.app[RUNTIME], viewer_of(request), texts_of(request)
    name, form = request.match_info["action"], await read_form(request)
    text = storable(form.get("text", "")).strip()
    details = {"at": planned_in(form, runtime.network.zone)} if name == "plan" else {}
    if name not in ACTIONS:
        raise web.HTTPNotFound
    desk = await _desk(runtime, viewer, storable(request.match_info["code"]), _number(form.get("seen")), details)
    failed = {"code": desk.case.task.code, "action": name, "text": text, **plan_typed(form)}
    if problem := text_problem(name, text, words):
        return await _page(request, status=422, failed={**failed, "problem": problem})
    try:
        await ACTIONS[name](desk, text)
    except Outcome as outcome:
        said = refusal_words(outcome, words)
        if name == "plan" and outcome.status == 422:
            return await _page(request, status=422, failed={**failed, "problem": said})
        return await _page(request, status=outcome.status, refused=said, failed=failed)
    raise web.HTTPSeeOther(f"/service?did={name}&code={desk.case.task.code}")


class Desk:
    """One task before one member of staff. people: who belongs to the group, or groups, that the viewer sees. details: what the
    form says besides words."""

    def __init__(
        self, runtime: Runtime, viewer: Viewer, case: Case, people: set[int], seen: int | None, details: Mapping[str, Any]
    ) -> None:
        self.case, self.people, self.details = case, people, details
        self._runtime, self._viewer, self._seen = runtime, viewer, seen

    async def act(self, command: str, **fields: Any) -> Case:
        """Carry out a command of dispatch.handlers as the viewer. Raises an Outcome."""
        given = Act(self.case.task.code, by=self._viewer.person, **fields)
        return await act(self._runtime.office, command, given, self._runtime.clock.now())

    async def act_on_seen(self, command: str, **fields: Any) -> Case:
        """The same, for what is only right as long as the task is as the page showed it."""
        return await self.act(command, seen=self._seen, **fields)

    def holder(self) -> int:
        """Who of the group has the task. Raises NotYours; coordinators act for everybody."""
        held = [o.person_id for o in self.case.takers]
        if self._viewer.role is Role.SERVICE:
            held = [person for person in held if person in self.people]
        if not held:
            raise NotYours(self.case.task.code)
        return held[-1]


async def _desk(runtime: Runtime, viewer: Viewer, code: str, seen: int | None, details: Mapping[str, Any]) -> Desk:
    """Raises UnknownTask for a task that the viewer's group has nothing to do with."""
    async with runtime.pool.acquire() as connection:
        case = await store.case_by_code(connection, code)
        concerned = await connection.fetch(query("service_concern"), viewer.group, [case.task.id])
        people = {row["person_id"] for row in await connection.fetch(query("service_people"), viewer.group)}
    if not concerned:
        raise web.HTTPNotFound
    return Desk(runtime, viewer, case, people, seen, details)


async def _acknowledge(desk: Desk, _text: str) -> None:
    await desk.act("acknowledge")


async def _take_over(desk: Desk, _text: str) -> None:
    desk.holder()
    await desk.act_on_seen("acknowledge", details={"anyway": True})


async def _decline(desk: Desk, text: str) -> None:
    """For everybody of the group who was asked: the group cannot."""
    asked = [o.person_id for o in asked_to_acknowledge(desk.case) if o.person_id in desk.people]
    if not asked:
        raise OfferGone(desk.case.task.code)
    for person in asked:
        require_open(await desk.act("withdraw", person=person, text=text))


async def _plan(desk: Desk, _text: str) -> None:
    await desk.act_on_seen("plan", person=desk.holder(), details=desk.details)


async def _start(desk: Desk, _text: str) -> None:
    await desk.act("start", person=desk.holder())


async def _done(desk: Desk, _text: str) -> None:
    await desk.act_on_seen("done", person=desk.holder())


async def _hand_back(desk: Desk, text: str) -> None:
    require_open(await desk.act_on_seen("withdraw", person=desk.holder(), text=text))


async def _note(desk: Desk, text: str) -> None:
    await desk.act("note", text=text)


ACTIONS: Mapping[str, Callable[[Desk, str], Awaitable[None]]] = {
    "acknowledge": _acknowledge,
    "take-over": _take_over,
    "decline": _decline,
    "plan": _plan,
    "start": _start,
    "done": _done,
    "hand-back": _hand_back,
    "note": _note,
}


async def _page(
    request: web.Request, status: int = 200, said: str = "", refused: str = "", failed: Mapping[str, str] | None = None
) -> web.Response:
    """The inbox. failed: the form that was refused, with what was typed into it; it stands open again where it still can."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)
    position = runtime.live.position  # before the database is read: what comes later is told by the stream
    now, words = runtime.clock.now(), texts_of(request)
    shown = await load_inbox(runtime, viewer.group, viewer.person, words, now)
    group = next((g.name for g in runtime.network.groups if g.key == viewer.group), "")
    lost = failed if failed and failed["text"] and not _stands_on(failed, (*shown.asked, *shown.held)) else None
    return render(
        request, "service/inbox.html", status, inbox=shown, group=group, position=position, said=said, refused=refused,
        failed=failed or {}, lost=lost,
    )  # fmt: skip


def _stands_on(failed: Mapping[str, str], items: tuple[Item, ...]) -> bool:
    """Is the form that was refused on the page still?"""
    item = next((i for i in items if i.code == failed["code"]), None)
    forms = {"note"} if item is None else {"note", "plan", "hand-back"} if item.held_by else {"note", "decline"}
    return item is not None and failed["action"] in forms


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
