"""/s/{token}: one task for whoever holds its signed link, without an account. Looking changes nothing; forms do.

The link is good for as long as the offer it was made for stands, or its person has the task. After that the page says
kindly what became of it, and nothing of the resident.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bots.inbound_message import storable
from dispatch import store
from dispatch.errors import Outcome
from dispatch.handlers import Act, act
from dispatch.model import ENDED, HELD, Case, Offer, OfferKind, OfferState, TaskState
from service.service_inbox.inbox import item_of, may_know, name_of
from service.service_inbox.limits import Limiter
from service.service_inbox.outcomes import done_words, refusal_words, require_open, text_problem
from service.web.context import RUNTIME, client_address, read_form
from service.web.render import render, texts_of
from service.web.texts import N_
from sql import query

routes = web.RouteTableDef()
# Nobody guesses 96 bits; whoever tries is stopped from taking up the machine, and a link that went astray from spamming.
WRONG = web.AppKey("wrong_links", Limiter)
USED = web.AppKey("used_links", Limiter)
# The address is the secret: it goes to no other site, into no index, and into no cache.
PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}


def set_up(app: web.Application) -> None:
    """The limits; before the application starts."""
    app[WRONG] = Limiter(30, timedelta(minutes=10))
    app[USED] = Limiter(40, timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Linked:
    """The task of a link, and the offer that counts: the one by which its person has the task, else the link's own."""

    case: Case
    offer: Offer

    @property
    def held(self) -> bool:
        """Has the person the task?"""
        return self.offer.state is OfferState.ACCEPTED and self.case.task.state in HELD

    @property
    def actions(self) -> tuple[str, ...]:
        """What the person may do now; empty when the link is good for nothing any more."""
        if not self.offer.live or self.case.task.state in ENDED | {TaskState.DONE}:
            return ()
        if self.held:
            return ("done", "start", "hand-back", "note") if self._acknowledges else ("done", "start", "hand-back")
        if self.offer.state is OfferState.SENT and self.case.task.state is TaskState.OPEN:
            return ("acknowledge", "decline", "note") if self._acknowledges else ("accept", "decline")
        if self.offer.state is OfferState.WITHDRAWN:  # not heard of for long: a late word counts still
            return ("done", "start")
        return ()

    @property
    def _acknowledges(self) -> bool:
        return self.offer.kind is OfferKind.ACKNOWLEDGE


@routes.get("/s/{token}")
async def look(request: web.Request) -> web.Response:
    """The task as it is now."""
    linked = await _linked(request)
    if linked is None:
        return _wrong(request)
    code = linked.case.task.code
    return _page(request, linked, said=done_words(request.query.get("did", ""), code, texts_of(request)))


@routes.post("/s/{token}")
async def answer(request: web.Request) -> web.Response:
    """One action; the field `action` says which. What cannot be done is said on the page that follows."""
    runtime, words = request.app[RUNTIME], texts_of(request)
    linked = await _linked(request)
    if linked is None:
        return _wrong(request)
    if not request.app[USED].allows(request.match_info["token"], runtime.wall.now()):
        return _too_often(request)
    form = await read_form(request)
    action, text = form.get("action", ""), storable(form.get("text", "")).strip()
    if action not in COMMANDS:
        raise web.HTTPBadRequest(reason="there is no such action")
    if action not in linked.actions:
        return _page(request, linked, status=409)
    failed = {"code": linked.case.task.code, "action": action, "text": text}
    if problem := text_problem(action, text, words):
        return _page(request, linked, status=422, failed={**failed, "problem": problem})
    try:
        given = Act(linked.case.task.code, person=linked.offer.person_id, text=text)
        case = await act(runtime.office, COMMANDS[action], given, runtime.clock.now())
        if COMMANDS[action] == "withdraw":
            require_open(case)
    except Outcome as outcome:
        refused = refusal_words(outcome, words)
        return _page(request, await _linked(request) or linked, status=outcome.status, refused=refused, failed=failed)
    return web.Response(status=303, headers={**PRIVATE, "Location": f"{request.path}?did={action}"})


# What the form's actions are called in dispatch.handlers.
COMMANDS = {
    "acknowledge": "acknowledge",
    "accept": "accept",
    "decline": "withdraw",
    "start": "start",
    "done": "done",
    "hand-back": "withdraw",
    "note": "note",
}


async def _linked(request: web.Request) -> Linked | None:
    runtime = request.app[RUNTIME]
    offer_id = runtime.links.read(request.match_info["token"])
    if offer_id is None:
        return None
    async with runtime.pool.acquire() as connection:
        row = await connection.fetchrow(query("offer_of_link"), offer_id)
        cases = await store.cases_by_id(connection, [row["task_id"]]) if row else []
    if not cases:
        return None
    case = cases[0]
    own = next(o for o in case.offers if o.id == offer_id)
    held = next((o for o in case.takers if o.person_id == own.person_id), None)
    return Linked(case, held or own)


def _wrong(request: web.Request) -> web.Response:
    runtime, words = request.app[RUNTIME], texts_of(request)
    if not request.app[WRONG].allows(client_address(request), runtime.wall.now()):
        return _too_often(request)
    title, detail = words.gettext(N_("This link does not work")), words.gettext(_WHOLE_LINK) % {"phone": runtime.network.phone}
    return _private(render(request, "problem.html", 404, title=title, detail=detail))


def _too_often(request: web.Request) -> web.Response:
    title, detail = texts_of(request).gettext(N_("Too often")), texts_of(request).gettext(N_("Wait ten minutes, then try again."))
    return _private(render(request, "problem.html", 429, title=title, detail=detail))


_WHOLE_LINK = N_("Open it from the message itself, so that the whole link comes along. Or phone %(phone)s.")


def _page(
    request: web.Request, linked: Linked, status: int = 200, said: str = "", refused: str = "",
    failed: Mapping[str, str] | None = None,
) -> web.Response:  # fmt: skip
    runtime, words = request.app[RUNTIME], texts_of(request)
    if not linked.actions:
        ended = words.gettext(_what_became(linked)) % {"who": _taken_by(linked), "code": linked.case.task.code}
        status = 410 if status == 200 and not said else status
        return _private(render(request, "service/finished.html", status, ended=ended, said=said, refused=refused))
    item = item_of(linked.case, runtime, words, runtime.clock.now(), may_know(linked.case, linked.offer, runtime))
    shown = {"item": item, "actions": linked.actions, "said": said, "refused": refused, "failed": failed or {}}
    return _private(render(request, "service/link.html", status, mine=linked.held, target=request.path, **shown))


def _private(response: web.Response) -> web.Response:
    response.headers.update(PRIVATE)
    return response


def _what_became(linked: Linked) -> str:
    state, offer = linked.case.task.state, linked.offer.state
    if state is TaskState.CANCELLED:
        return N_("%(code)s is cancelled. You need not do anything.")
    if offer is OfferState.ACCEPTED:
        return N_("%(code)s is finished. Thank you!")
    if state is TaskState.OPEN and offer in (OfferState.DECLINED, OfferState.WITHDRAWN):
        return N_("You have said that you cannot take %(code)s. Others are asked. You need not do anything more.")
    if linked.case.takers and state not in ENDED:
        return N_("%(who)s takes care of %(code)s now. You need not do anything.")
    return N_("%(code)s is finished, or others take care of it. You need not do anything.")


def _taken_by(linked: Linked) -> str:
    """Who has it instead; volunteers only by their organisation."""
    takers = linked.case.takers
    if not takers:
        return ""
    person = linked.case.people[takers[-1].person_id]
    return name_of(person) if person.is_staff else person.organisation or person.first_name
