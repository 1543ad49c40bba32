"""/t/{token}: one task for the volunteer who holds its signed link, with what the chat has too. See service/task_by_link.py."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from aiohttp import web

from bots.telegram.cards import LATE
from dispatch.errors import Outcome
from dispatch.model import ENDED, ENDED_TASKS_MATTER, Case, Offer, OfferKind, OfferState, TaskState, Urgency
from dispatch.money import has_card_number
from dispatch.offers import may_do
from dispatch.rules import unsafe
from service.board.lanes import NO_BECAUSE
from service.runtime import Runtime
from service.task_by_link import Filled, Linked, News, TaskByLink, path_for
from service.volunteering import receipts
from service.volunteering.view import shown_of
from service.volunteering.words import NO_CARDS, done_words, refusal_words, text_problem, what_became
from service.web.context import RUNTIME
from service.web.render import render, texts_of
from service.web.texts import Texts

routes = web.RouteTableDef()

REASONS = tuple(NO_BECAUSE)
WHILE_HELD = ("tick", "connect", "start", "done", "late", "hand-back", "need-service", "expense", "nobody-home", "concern")
AFTER = ("keep", "again", "finished", "expense", "concern", "not-again")


class HelperPage(TaskByLink):
    """What a volunteer sees and does. A link to what the person answers for as one of the staff leads to /s."""

    commands: ClassVar[Mapping[str, str]] = {
        "accept": "accept",
        **dict.fromkeys(REASONS, "withdraw"),
        "tick": "tick",
        "connect": "connect",
        "start": "start",
        "done": "done",
        "hand-back": "withdraw",
        "late": "late",
        "need-service": "need_service",
        "expense": "expense",
        "concern": "concern",
        "nobody-home": "nobody_home",
        "keep": "keep",
        "again": "again",
        "not-again": "not_again",
        "finished": "",
    }

    def offer_id(self, runtime: Runtime, token: str) -> int | None:
        """The offer that the token names."""
        return runtime.links.read_task(token)

    def elsewhere(self, runtime: Runtime, linked: Linked) -> str | None:
        """Staff who answer for it have another page."""
        return path_for(runtime, linked.offer) if linked.offer.kind is OfferKind.ACKNOWLEDGE else None

    def actions(self, runtime: Runtime, linked: Linked) -> tuple[str, ...]:
        """What the person may do now; empty when the link is good for nothing any more."""
        case, offer = linked.case, linked.offer
        state, person = case.task.state, case.people[offer.person_id]
        if linked.held:
            return WHILE_HELD
        if offer.state is OfferState.ACCEPTED and state is TaskState.OPEN:
            return ("hand-back",)  # others are looked for
        if offer.state is OfferState.ACCEPTED:
            return _afterwards(case, offer, runtime) or (("expense",) if linked.receipt_wanted else ())
        if state in ENDED | {TaskState.DONE}:
            return ()
        if offer.state is OfferState.WITHDRAWN:  # not heard of for long: a late word counts still
            return ("done", "start") if offer.live else ()
        barred = unsafe(case, person, runtime.network, runtime.clock.now()) is not None
        if state is not TaskState.OPEN or not case.places_left or barred or not may_do(case, person, runtime.network):
            return ()
        return ("accept", *REASONS) if offer.state is OfferState.SENT else ("accept",)  # whoever said no may change their mind

    async def checked(self, request: web.Request, linked: Linked, filled: Filled, words: Texts) -> Filled:
        """The form, with what is wrong with it, or with what the action needs besides."""
        runtime, action = request.app[RUNTIME], filled.action
        if action in REASONS:
            return replace(filled, text=action)
        if action == "tick":
            items = [name.removeprefix("i-") for name in filled.fields if name.startswith("i-")]
            return replace(filled, details={"items": items})
        if action == "late":
            return replace(filled, details={"minutes": _minutes(filled)})
        paid = await receipts.read_paid(request, filled.text, words) if action == "expense" else None
        if has_card_number(filled.text):  # not even shown again
            return replace(filled, text="", problem=words.gettext(NO_CARDS))
        if paid:
            return await _with_receipt(runtime, linked, filled, paid)
        danger = action == "concern" and runtime.understander.understand(filled.text).intent == "emergency"
        return replace(filled, problem=text_problem(action, filled.text, words), details={"emergency": danger})

    async def refuse(self, runtime: Runtime, filled: Filled) -> None:
        """A photograph that is no receipt of anything is not kept."""
        if receipt := filled.details.get("receipt"):
            await receipts.drop(runtime, receipt)

    def too_much(self, words: Texts) -> Filled | None:
        """Only a photograph is so big."""
        return Filled("expense", "", {}, words.gettext(receipts.TOO_BIG))

    def done(self, action: str, code: str, words: Texts) -> str:
        """What was done."""
        return done_words(action, code, words)

    def refused(self, outcome: Outcome, words: Texts) -> str:
        """Why it could not be done."""
        return refusal_words(outcome, words)

    def shown(self, request: web.Request, linked: Linked, status: int, news: News) -> web.Response:
        """The task as it is now, or what became of it."""
        runtime, words, case, offer = request.app[RUNTIME], texts_of(request), linked.case, linked.offer
        actions = self.actions(runtime, linked)
        if not actions or (news.said and request.query.get("did") == "finished"):
            gave_up = offer.state in (OfferState.DECLINED, OfferState.WITHDRAWN)
            ended = words.gettext(what_became(case, offer.state is OfferState.ACCEPTED, gave_up))
            return render(request, "service/finished.html", status, ended=ended, **news.words(case.task.code))
        waits = offer.state is OfferState.ACCEPTED and case.task.state is TaskState.OPEN
        stage = "held" if linked.held else "waits" if waits else "after" if offer.state is OfferState.ACCEPTED else "asked"
        return render(
            request, f"volunteering/{stage}.html", status, task=shown_of(case, offer, runtime, words, linked.held),
            actions=actions, ticked=linked.ticked, target=request.path, late=LATE, asked_anew=offer.state is not OfferState.SENT,
            more=case.places_left,
            **news.words(case.task.code),
        )  # fmt: skip


def _afterwards(case: Case, offer: Offer, runtime: Runtime) -> tuple[str, ...]:
    """When it is done, and for some days after it has ended: the receipt may be in another jacket."""
    task, need = case.task, case.need
    recent = task.state is TaskState.CLOSED and task.changed_at > runtime.clock.now() - ENDED_TASKS_MATTER
    if task.state is not TaskState.DONE and not recent:
        return ()
    never = {"keep"} if case.resident.fixed_contact == offer.person_id else set()
    if offer.person_id in case.kept_apart:
        never |= {"keep", "again", "not-again"}
    if need.repeats or need.category is None or need.urgency is Urgency.EMERGENCY:
        never.add("again")
    return tuple(action for action in AFTER if action not in never)


def _minutes(filled: Filled) -> int:
    minutes = filled.fields.get("minutes", "")
    if minutes not in map(str, LATE):
        raise web.HTTPBadRequest(reason="minutes: 15, 30 or 60")
    return int(minutes)


async def _with_receipt(runtime: Runtime, linked: Linked, filled: Filled, paid: receipts.Paid) -> Filled:
    if paid.problem:
        return replace(filled, problem=paid.problem)
    receipt = await receipts.keep(runtime, linked, paid.photo) if paid.photo else None
    return replace(filled, details={"amount_ore": paid.amount_ore, "receipt": receipt})


_PAGE = HelperPage()


@routes.get("/t/{token}")
async def look(request: web.Request) -> web.Response:
    """The task as it is now."""
    return await _PAGE.look(request)


@routes.post("/t/{token}")
async def answer(request: web.Request) -> web.Response:
    """One action; the field `action` says which."""
    return await _PAGE.answer(request)
