"""/s/{token}: one task for staff who hold its signed link, without an account. See service/task_by_link.py."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from aiohttp import web

from dispatch.errors import Outcome, PlanPassed, PlanTooFar, PlanUnclear
from dispatch.model import ENDED, OfferKind, OfferState, TaskState, Urgency
from dispatch.plans import Plan, require_possible
from service.plan_form import planned_in
from service.runtime import Runtime
from service.service_inbox.inbox import item_of, name_of
from service.service_inbox.outcomes import done_words, refusal_words, text_problem
from service.task_by_link import Filled, Linked, News, TaskByLink, path_for
from service.web.context import RUNTIME
from service.web.render import render, texts_of
from service.web.texts import N_, Texts

routes = web.RouteTableDef()


class StaffPage(TaskByLink):
    """What somebody who was asked to answer for a task sees and does. A link to a volunteer's task leads to /t."""

    commands: ClassVar[Mapping[str, str]] = {
        "acknowledge": "acknowledge",
        "decline": "withdraw",
        "plan": "plan",
        "start": "start",
        "done": "done",
        "hand-back": "withdraw",
        "note": "note",
    }

    def offer_id(self, runtime: Runtime, token: str) -> int | None:
        """The offer that the token names."""
        return runtime.links.read(token)

    def elsewhere(self, runtime: Runtime, linked: Linked) -> str | None:
        """Whoever helps has another page."""
        return path_for(runtime, linked.offer) if linked.offer.kind is OfferKind.HELP else None

    def actions(self, runtime: Runtime, linked: Linked) -> tuple[str, ...]:
        """What the person may do now; empty when the link is good for nothing any more."""
        state, offer = linked.case.task.state, linked.offer
        if not offer.live or state in ENDED | {TaskState.DONE}:
            return ()
        if linked.held:
            return ("done", "plan", "start", "hand-back", "note")
        if offer.state is OfferState.SENT and state is TaskState.OPEN:
            return ("acknowledge", "decline", "note")
        if offer.state is OfferState.WITHDRAWN:  # not heard of for long: a late word counts still
            return ("done", "start")
        return ()

    async def checked(self, request: web.Request, linked: Linked, filled: Filled, words: Texts) -> Filled:
        """The form, with what is wrong with its words."""
        if filled.action == "plan":
            return _with_time(filled, linked, request.app[RUNTIME], words)
        return replace(filled, problem=text_problem(filled.action, filled.text, words))

    async def refuse(self, runtime: Runtime, filled: Filled) -> None:
        """Nothing stays of what is only checked."""

    def too_much(self, words: Texts) -> Filled | None:
        """Nobody sends photographs here."""
        return None

    def done(self, action: str, code: str, words: Texts) -> str:
        """What was done."""
        return done_words(action, code, words)

    def refused(self, outcome: Outcome, words: Texts) -> str:
        """Why it could not be done."""
        return refusal_words(outcome, words)

    def shown(self, request: web.Request, linked: Linked, status: int, news: News) -> web.Response:
        """The task as it is now, or what became of it."""
        runtime, words, code = request.app[RUNTIME], texts_of(request), linked.case.task.code
        actions = self.actions(runtime, linked)
        if not actions:
            ended = words.gettext(_what_became(linked)) % {"who": _taken_by(linked), "code": code}
            return render(request, "service/finished.html", status, ended=ended, **news.words(code))
        item = item_of(linked.case, runtime, words, runtime.clock.now())
        shown = {"item": item, "actions": actions, "mine": linked.held, "target": request.path}
        return render(request, "service/link.html", status, **shown, **news.words(code))


_PAGE = StaffPage()


@routes.get("/s/{token}")
async def look(request: web.Request) -> web.Response:
    """The task as it is now."""
    return await _PAGE.look(request)


@routes.post("/s/{token}")
async def answer(request: web.Request) -> web.Response:
    """One action; the field `action` says which."""
    return await _PAGE.answer(request)


def _with_time(filled: Filled, linked: Linked, runtime: Runtime, words: Texts) -> Filled:
    """The form with the time that it says, or with what is wrong with that."""
    at = planned_in(filled.fields, runtime.network.zone)
    problem = ""
    if at is None:
        problem = refusal_words(PlanUnclear("at: no day"), words)
    elif linked.case.need.urgency is not Urgency.EMERGENCY:
        try:
            moment = Plan(at) if isinstance(at, datetime) else Plan.on_day(at, runtime.network.zone, runtime.clock.now())
            require_possible(moment, linked.offer.number, runtime.clock.now())
        except (PlanPassed, PlanTooFar) as outcome:
            problem = refusal_words(outcome, words)
    return replace(filled, details={"at": at}, problem=problem)


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
