"""What all pages behind signed links have in common: one task for whoever holds the link, without an account. Looking changes
nothing; forms do.

A link is good for as long as the offer it was made for stands, or its person has the task. After that its page says kindly what
became of it, and nothing of the resident. Staff's pages are in service_inbox/links.py, volunteers' in volunteering/task.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from aiohttp import web

from bots.inbound_message import storable
from bots.limits import Limiter
from dispatch import store
from dispatch.errors import Outcome
from dispatch.handlers import Act, act
from dispatch.model import HELD, Case, Offer, OfferKind, OfferState
from dispatch.settlement import RECEIPT_WAITED_FOR
from service.runtime import Runtime
from service.service_inbox.outcomes import require_open
from service.web.context import RUNTIME, client_address, read_form
from service.web.render import render, texts_of
from service.web.texts import N_, Texts
from sql import query

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
    receipt_wanted: bool = False  # staff have asked the person for a receipt that has not come
    ticked: frozenset[str] = frozenset()  # of the checklist, by their keys

    @property
    def held(self) -> bool:
        """Has the person the task?"""
        return self.offer.state is OfferState.ACCEPTED and self.case.task.state in HELD


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was sent. problem: what is wrong with it, in words; details: what the action needs besides."""

    action: str
    text: str
    fields: Mapping[str, str]
    problem: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def again(self, code: str) -> dict[str, str]:
        """What templates show again in the form that was refused."""
        typed = {name: self.fields.get(name, "")[:40] for name in ("day", "time")}
        return {"code": code, "action": self.action, "text": self.text, "problem": self.problem, **typed}


@dataclass(frozen=True, slots=True)
class News:
    """What a page says besides: what was done, or why it could not be, and the form that was refused."""

    said: str = ""
    refused: str = ""
    failed: Filled | None = None

    def words(self, code: str) -> dict[str, Any]:
        """As templates need it."""
        return {"said": self.said, "refused": self.refused, "failed": self.failed.again(code) if self.failed else {}}


NO_NEWS = News()


class TaskByLink(ABC):
    """The page behind one kind of links."""

    commands: ClassVar[Mapping[str, str]]  # what the form's actions are called in dispatch.handlers; "" for what changes nothing

    @abstractmethod
    def offer_id(self, runtime: Runtime, token: str) -> int | None:
        """The offer that the token names, None when we have not signed it for this kind of page."""

    @abstractmethod
    def elsewhere(self, runtime: Runtime, linked: Linked) -> str | None:
        """The path of the page that this task belongs to, when it is not this one."""

    @abstractmethod
    def actions(self, runtime: Runtime, linked: Linked) -> tuple[str, ...]:
        """What the person may do now; empty when the link is good for nothing any more."""

    @abstractmethod
    async def checked(self, request: web.Request, linked: Linked, filled: Filled, words: Texts) -> Filled:
        """The form, with what is wrong with it, or with what the action needs besides."""

    @abstractmethod
    async def refuse(self, runtime: Runtime, filled: Filled) -> None:
        """What was checked cannot be done after all: nothing of it stays."""

    @abstractmethod
    def too_much(self, words: Texts) -> Filled | None:
        """The form that was too big to be read, with what is wrong with it; None when nobody sends such a form."""

    @abstractmethod
    def done(self, action: str, code: str, words: Texts) -> str:
        """What was done; empty for what nobody does."""

    @abstractmethod
    def refused(self, outcome: Outcome, words: Texts) -> str:
        """Why it could not be done."""

    @abstractmethod
    def shown(self, request: web.Request, linked: Linked, status: int, news: News) -> web.Response:
        """The task as it is now, or what became of it."""

    async def look(self, request: web.Request) -> web.Response:
        """GET: the task as it is now."""
        runtime, linked = request.app[RUNTIME], await self._linked(request)
        if linked is None:
            return wrong_link(request)
        if path := self.elsewhere(runtime, linked):
            return go(path)
        said = self.done(request.query.get("did", ""), linked.case.task.code, texts_of(request))
        return self._page(request, linked, news=News(said))

    async def answer(self, request: web.Request) -> web.Response:
        """POST: one action; the field `action` says which. What cannot be done is said on the page that follows."""
        runtime, words = request.app[RUNTIME], texts_of(request)
        linked = await self._linked(request)
        if linked is None:
            return wrong_link(request)
        if not request.app[USED].allows(request.match_info["token"], runtime.wall.now()):
            return too_often(request)
        if path := self.elsewhere(runtime, linked):
            return go(path)
        try:
            form = await read_form(request)
        except web.HTTPRequestEntityTooLarge:
            if (unread := self.too_much(words)) is None:
                raise
            return self._page(request, linked, 413, News(failed=unread))
        filled = Filled(form.get("action", ""), storable(form.get("text", "")).strip(), form)
        if filled.action not in self.commands:
            raise web.HTTPBadRequest(reason="there is no such action")
        if filled.action not in self.actions(runtime, linked):
            return self._page(request, linked, status=409)
        filled = await self.checked(request, linked, filled, words)
        if filled.problem:
            return self._page(request, linked, status=422, news=News(failed=filled))
        return await self._acted(request, linked, filled)

    async def _acted(self, request: web.Request, linked: Linked, filled: Filled) -> web.Response:
        runtime, words, command = request.app[RUNTIME], texts_of(request), self.commands[filled.action]
        task, person = linked.case.task, linked.offer.person_id
        given = Act(task.code, person=person, text=filled.text, details=filled.details, task=task.id)
        try:
            if command:
                case = await act(runtime.office, command, given, runtime.clock.now())
                if command == "withdraw":
                    require_open(case)
        except Outcome as outcome:
            await self.refuse(runtime, filled)
            news = News(refused=self.refused(outcome, words), failed=filled)
            return self._page(request, await self._linked(request) or linked, outcome.status, news)
        return go(f"{request.path}?did={filled.action}")

    async def _linked(self, request: web.Request) -> Linked | None:
        runtime = request.app[RUNTIME]
        offer_id = self.offer_id(runtime, request.match_info["token"])
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
        asked_since = runtime.clock.now() - RECEIPT_WAITED_FOR
        more = await runtime.pool.fetchrow(query("of_linked_helper"), case.task.id, own.person_id, asked_since)
        return Linked(case, held or own, more["receipt_wanted"], frozenset(more["ticked"]))

    def _page(self, request: web.Request, linked: Linked, status: int = 200, news: News = NO_NEWS) -> web.Response:
        if not self.actions(request.app[RUNTIME], linked) and status == 200 and not news.said:
            status = 410
        return private(self.shown(request, linked, status, news))


def path_for(runtime: Runtime, offer: Offer) -> str:
    """The path of the page for whoever was asked by this offer."""
    helps = offer.kind is OfferKind.HELP
    return f"/t/{runtime.links.task_token(offer.id)}" if helps else f"/s/{runtime.links.token(offer.id)}"


def go(path: str) -> web.Response:
    """On to a page behind a signed link."""
    return web.Response(status=303, headers={**PRIVATE, "Location": path})


def private(response: web.Response) -> web.Response:
    """The page as a secret address wants it: in no index and no cache."""
    response.headers.update(PRIVATE)
    return response


_WHOLE_LINK = N_("Open it from the message itself, so that the whole link comes along. Or phone %(phone)s.")


def wrong_link(request: web.Request) -> web.Response:
    """What whoever holds a link that we have not signed reads; whoever tries many is stopped."""
    runtime, words = request.app[RUNTIME], texts_of(request)
    if not request.app[WRONG].allows(client_address(request), runtime.wall.now()):
        return too_often(request)
    title, detail = words.gettext(N_("This link does not work")), words.gettext(_WHOLE_LINK) % {"phone": runtime.network.phone}
    return private(render(request, "problem.html", 404, title=title, detail=detail))


def too_often(request: web.Request) -> web.Response:
    """What whoever uses a link too often reads."""
    title, detail = texts_of(request).gettext(N_("Too often")), texts_of(request).gettext(N_("Wait ten minutes, then try again."))
    return private(render(request, "problem.html", 429, title=title, detail=detail))
