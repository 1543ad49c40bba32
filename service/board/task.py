"""One task: its page, or the drawer beside the board, and everything that staff do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bots.inbound_message import storable
from dispatch import store
from dispatch.amend import FIELDS, MAY_BE_EMPTY
from dispatch.errors import ChangedSince, Outcome
from dispatch.handlers import Act, act
from dispatch.model import ENDED, Ask, Case, Deadline, OfferKind, OfferState, Person, TaskState, Urgency
from dispatch.money import in_kronor
from dispatch.recurring import in_words, is_to_come
from dispatch.staff import UNBENDING
from service.board.cards import reason_of, title_of
from service.board.discretion import for_lead, is_confidential, may_be_told
from service.board.filters import today_began
from service.board.history import ON_HOLIDAYS, Line, line_of, said_of
from service.board.lanes import ROUTINES, STATES, STEPS, URGENCIES
from service.board.why import now_for, waves_of
from service.desk.where import PRECISIONS, found_for_change
from service.directory.named import Ambiguous, person_named
from service.plan_form import plan_shown, planned_in
from service.runtime import Runtime
from service.sign_in.accounts import Viewer
from service.sign_in.guard import viewer_of
from service.sign_in.permissions import ACTIONS, CONFIDENTIAL, Role
from service.skills import skill_name, skill_of
from service.web import times
from service.web.context import RUNTIME, read_form
from service.web.outcomes import field_of, outcome_words
from service.web.render import render, texts_of, wants_part
from service.web.texts import N_, Texts
from sql import query

routes = web.RouteTableDef()

MOST_HELPERS = 150  # suggested while a name is typed
LONGEST_TEXT = 5_000
OFFER_STATES = {
    OfferState.SENT: N_("asked, no answer yet"),
    OfferState.ACCEPTED: N_("said yes"),
    OfferState.DECLINED: N_("said no"),
    OfferState.EXPIRED: N_("did not answer in time"),
    OfferState.WITHDRAWN: N_("gave it back"),
    OfferState.SUPERSEDED: N_("no longer asked"),
}
DONE = {
    "offer": N_("The person has been asked."),
    "assign": N_("The task has been given to the person, who is told now."),
    "escalate": N_("The next step follows at once."),
    "hold": N_("The task is on hold."),
    "resume": N_("The search goes on."),
    "merge": N_("The two are one request now."),
    "split": N_("The part is a request of its own now."),
    "change": N_("The request is changed. Whoever needs to know is told."),
    "note": N_("The note is kept."),
    "call_back": N_("It stands in the list of calls."),
    "cancel": N_("Cancelled. Everybody who was asked is told."),
    "acknowledge": N_("The task is yours."),
    "plan": N_("Noted. The resident is told when it will be done."),
    "release": N_("You have given it back."),
    "answer": N_("The answer is on its way, and the matter is closed."),
    "add": N_("It is added, and told to whoever has the task."),
    "start": N_("Noted: on the way."),
    "done": N_("Noted: done."),
    "withdraw": N_("Given back: the search goes on."),
    "late": N_("Noted. The resident is told that the helper comes later."),
    "need_service": N_("The service groups are asked now, and the resident is told."),
    "confirm": N_("Noted: help came. The task is closed."),
    "people": N_("Noted how many it needs. Whoever has said yes is told."),
    "lead": N_("Those who help are told who leads."),
    "skip": N_("That visit is left out. The resident is told."),
    "holidays": N_("Noted what happens on holidays."),
    "nobody_home": N_("Noted: nobody opened. After three times somebody finds out how it is."),
    "reply": N_("It is on its way to the helper. Only coordinators read what is answered."),
    "deny": N_("Noted: nobody came. The task stands first on the board again."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of an action, for the page that follows. typed: what the form held; action: which form it was."""

    said: str = ""
    problem: str = ""
    field: str = ""
    action: str = ""
    typed: Mapping[str, str] | None = None
    since: tuple[Line, ...] = ()
    may_force: bool = False
    choices: tuple[Any, ...] = ()


@routes.get("/board/{code}")
async def task_page(request: web.Request) -> web.Response:
    """The task with its history and its actions."""
    return await _show(request, await _case(request), Shown(said=_just_done(request)))


def _just_done(request: web.Request) -> str:
    return DONE.get(request.query.get("did", ""), "")


async def _case(request: web.Request) -> Case:
    """The task of the address, when the viewer may see it. Another area's tasks do not exist for an area lead."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)
    async with runtime.pool.acquire() as connection:
        try:
            case = await store.case_by_code(connection, storable(request.match_info["code"])[:20])
        except Outcome:
            raise web.HTTPNotFound from None
    if not viewer.sees_area(case.need.area) or (_is_lead(viewer) and case.resident.protected):
        raise web.HTTPNotFound
    if is_confidential(case) and viewer.role not in CONFIDENTIAL:
        raise web.HTTPForbidden
    return case


@routes.post("/board/{code}/{action}")
async def act_on_task(request: web.Request) -> web.Response:
    """Do something about the task. What cannot be done is said in words, what was typed stays."""
    viewer, action = viewer_of(request), request.match_info["action"]
    if action not in ACTIONS:
        raise web.HTTPNotFound
    if viewer.role not in ACTIONS[action]:
        raise web.HTTPForbidden
    runtime, case, words = request.app[RUNTIME], await _case(request), texts_of(request)
    form = {k: storable(v) for k, v in (await read_form(request)).items()}
    if long := next((k for k, v in form.items() if len(v) > LONGEST_TEXT), None):
        said = words.gettext("At most %(n)s characters.") % {"n": LONGEST_TEXT}
        return await _show(request, case, Shown(problem=said, field=long, action=action, typed=form), 422)
    try:
        command = await _command(runtime, viewer, case, action, form, words)
        case = await act(runtime.office, action, command, runtime.clock.now())
    except Ambiguous as error:
        shown = Shown(problem=error.said, field="who", action=action, typed=form, choices=error.choices)
        return await _show(request, case, shown, 422)
    except Outcome as outcome:
        shown = await _refused(request, case, action, form, outcome)
        return await _show(request, await _case(request), shown, outcome.status)
    if wants_part(request):
        return await _show(request, await _case(request), Shown(said=DONE[action]))
    raise web.HTTPSeeOther(f"/board/{case.task.code}?did={action}")


async def _refused(request: web.Request, case: Case, action: str, form: Mapping[str, str], outcome: Outcome) -> Shown:
    runtime, words = request.app[RUNTIME], texts_of(request)
    since: tuple[Line, ...] = ()
    if isinstance(outcome, ChangedSince):
        new = {change["id"] for change in outcome.params["changes"]}
        now_is = await _case(request)
        if _is_lead(viewer_of(request)):
            now_is = for_lead(now_is, viewer_of(request).area, words)
        since = tuple(line for line in await _history(runtime, now_is, words, viewer_of(request).role) if line.id in new)
    field = {"person": "who"}.get(field_of(outcome), field_of(outcome))
    may_force = outcome.kind == "held_by_other" or (outcome.kind == "not_fit" and UNBENDING.isdisjoint(outcome.params["missing"]))
    return Shown(
        "", outcome_words(outcome, words), field, action, form, since, may_force and action in ("assign", "answer", "acknowledge")
    )


async def _command(runtime: Runtime, viewer: Viewer, case: Case, action: str, form: Mapping[str, str], words: Texts) -> Act:
    seen = form.get("seen", "")
    command = Act(
        code=case.task.code,
        text=form.get("text", "").strip(),
        by=viewer.person,
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None,
        details=_details(runtime, action, form),
    )
    if action in ("offer", "assign", "lead"):
        return replace(command, person=await person_named(runtime, viewer, form.get("who", ""), words))
    if action in ("acknowledge", "release"):
        return replace(command, person=viewer.person)
    if action == "change":
        return replace(command, details=await found_for_change(runtime, command.details, case.need))
    if action in ("start", "done", "withdraw", "late", "need_service", "nobody_home", "plan"):
        taker = next((o.person_id for o in case.takers), None)
        return replace(command, person=taker)
    return command


def _details(runtime: Runtime, action: str, form: Mapping[str, str]) -> dict[str, Any]:
    details: dict[str, Any] = {"anyway": True} if form.get("anyway") else {}
    if action == "hold":
        details["until"] = _local_time(runtime, form.get("until", ""))
    elif action == "plan":
        details["at"] = planned_in(form, runtime.network.zone)
    elif action == "late":
        minutes = form.get("minutes", "").strip()
        details["minutes"] = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else 0
    elif action == "merge":
        details["into"] = form.get("into", "")
    elif action == "split":
        details |= {"category": form.get("category", ""), "area": form.get("area") or None}
    elif action == "people":
        people = form.get("people", "").strip()
        details["people"] = int(people) if people.isascii() and people.isdigit() and len(people) < 4 else 0
    elif action == "holidays":
        details["holidays"] = form.get("holidays", "")
    elif action == "change":
        # A field that was emptied is sent empty; one that the form does not have stays as it is.
        given = {f: form[f].strip() for f in FIELDS if f in form}
        details |= {f: v for f, v in given.items() if v or f in MAY_BE_EMPTY}
        if "requires" in given:
            details["requires"] = ",".join(skill_of(skill.strip().casefold()) for skill in given["requires"].split(","))
    return details


def _local_time(runtime: Runtime, text: str) -> datetime | None:
    """What a date-and-time field says, in the network's zone; None when it says nothing."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=runtime.network.zone)
    except ValueError:
        return None


def _is_lead(viewer: Viewer) -> bool:
    return viewer.role is Role.AREA_LEAD


async def _show(request: web.Request, case: Case, shown: Shown, status: int = 200) -> web.Response:
    runtime, viewer, words = request.app[RUNTIME], viewer_of(request), texts_of(request)
    is_lead = _is_lead(viewer)
    if is_lead:
        case = for_lead(case, viewer.area, words)
    events = await runtime.pool.fetch(query("board_history"), case.task.id)
    history = _lines(runtime, events, case, words, viewer.role)
    messages = [said_of(row, case, runtime, words) for row in await runtime.pool.fetch(query("board_messages"), case.task.id)]
    resident = await runtime.pool.fetchrow(query("board_resident"), case.resident.id)
    others = await runtime.pool.fetch(query("board_others"), case.resident.id, case.task.id)
    expenses = await runtime.pool.fetch(query("task_expenses"), case.task.id)
    now = runtime.clock.now()
    helpers = await runtime.pool.fetch(query("board_helpers"), case.need.area, now, MOST_HELPERS, is_lead)
    template = "board/task.html" if wants_part(request) else "board/task_page.html"
    return render(
        request, template, status, case=case, task=case.task, need=case.need, resident=case.resident, about=resident,
        others=others, history=history, messages=messages, shown=shown, typed=shown.typed or {},
        seen=history[-1].id if history else 0, state_name=STATES[case.task.state], reason=reason_of(case, runtime, words),
        on_holidays=ON_HOLIDAYS,
        precisions=PRECISIONS, title=title_of(case, runtime, words), area_name=runtime.network.area_name(case.need.area),
        steps=_steps(case, words), offers=_offers(case, words), helpers=[h for h in helpers if viewer.sees_area(h["area"])],
        repeats=in_words(case.need.repeats, words.language) if case.need.repeats else "",
        held=case.task.deadline is Deadline.HELD, acts=possible(case, viewer), urgencies=URGENCIES,
        needs_human=case.task.state is TaskState.OPEN and (case.task.human is not None or _asks_coordinator(case)),
        later=_later(runtime, now), is_today=case.task.changed_at >= today_began(runtime.network, now),
        mine=any(o.person_id == viewer.person for o in case.takers), is_lead=is_lead,
        waves=waves_of(events, case, is_lead, words), line=await now_for(runtime, case, viewer.area if is_lead else None, words),
        skills=lambda keys: ", ".join(skill_name(key, words) for key in keys), routines=ROUTINES,
        expenses=expenses, plan=plan_shown(case, runtime.network, words, now), kronor=lambda ore: in_kronor(ore, words.language),
    )  # fmt: skip


def _asks_coordinator(case: Case) -> bool:
    return case.task.current is not None and case.task.current.ask is Ask.COORDINATOR


def _later(runtime: Runtime, now: datetime) -> str:
    """A time to hold until that a date-and-time field begins with: the hour that is at most two hours away."""
    return (now + timedelta(hours=2)).astimezone(runtime.network.zone).strftime("%Y-%m-%dT%H:00")


async def _history(runtime: Runtime, case: Case, words: Texts, role: Role) -> list[Line]:
    return _lines(runtime, await runtime.pool.fetch(query("board_history"), case.task.id), case, words, role)


def _lines(runtime: Runtime, rows: Sequence[Any], case: Case, words: Texts, role: Role) -> list[Line]:
    now, zone = runtime.clock.now(), runtime.network.zone

    def clock_time(moment: datetime) -> str:
        return times.absolute(moment, zone, words.language, now)

    return [line_of(row, case, runtime, words, clock_time) for row in rows if may_be_told(row["kind"], role)]


def _steps(case: Case, words: Texts) -> list[tuple[str, str]]:
    """The ladder's steps with where the task stands, or stood when somebody took it: past, current, coming."""
    stands, looks = case.task.step, case.task.state is TaskState.OPEN
    return [
        (words.gettext(STEPS[step.ask]), "past" if i < stands else "current" if i == stands and looks else "coming")
        for i, step in enumerate(case.task.ladder)
    ]


def _offers(case: Case, words: Texts) -> list[tuple[Person, str, Any]]:
    """Everybody asked, newest first, with what became of it in words."""

    def said(offer: Any) -> str:
        answers = offer.kind is OfferKind.ACKNOWLEDGE and offer.state is OfferState.ACCEPTED
        return words.gettext(N_("answers for it")) if answers else words.gettext(OFFER_STATES[offer.state])

    return [(case.people[o.person_id], said(o), o) for o in reversed(case.offers)]


def possible(case: Case, viewer: Viewer) -> frozenset[str]:
    """What makes sense to do with the task now, by this viewer; the decisions in dispatch have the last word."""
    task, waits = case.task, case.task.state in (TaskState.ASKING, TaskState.OPEN)
    going_on = task.state not in ENDED and task.state is not TaskState.DONE
    mine = any(o.person_id == viewer.person for o in case.takers)
    is_staff_s = task.state is TaskState.WITH_SERVICE  # whoever has it oneself gives it back by "release"
    is_words = case.need.category is None or task.human is not None
    wanted = {
        "acknowledge": task.state is TaskState.OPEN or (task.state is TaskState.WITH_SERVICE and not mine),
        "answer": going_on and is_words and task.state in (TaskState.OPEN, TaskState.WITH_SERVICE),
        "offer": task.state is TaskState.OPEN,
        "assign": going_on and task.state is not TaskState.ASKING,
        "escalate": waits,
        "resume": task.deadline is Deadline.HELD,
        "hold": going_on and task.deadline is not Deadline.HELD and case.need.urgency is not Urgency.EMERGENCY,
        "plan": task.state is TaskState.WITH_SERVICE and case.need.urgency is not Urgency.EMERGENCY,
        "release": mine and task.state is TaskState.WITH_SERVICE,
        "start": task.state is TaskState.TAKEN,
        "done": task.state in (TaskState.TAKEN, TaskState.UNDERWAY, TaskState.WITH_SERVICE),
        "withdraw": task.state in (TaskState.TAKEN, TaskState.UNDERWAY, TaskState.WITH_SERVICE) and not (mine and is_staff_s),
        "late": task.state in (TaskState.TAKEN, TaskState.UNDERWAY),
        "need_service": task.state in (TaskState.TAKEN, TaskState.UNDERWAY),
        "nobody_home": task.state in (TaskState.TAKEN, TaskState.UNDERWAY),
        "reply": going_on and is_confidential(case),
        "people": going_on and not is_words,
        "lead": len(case.helpers) > 1,
        "skip": is_to_come(case),
        "holidays": going_on and case.need.repeats is not None,
        "confirm": task.state is TaskState.DONE,
        "deny": task.state is TaskState.DONE,
        "change": going_on,
        "add": going_on,
        "merge": going_on,
        "split": going_on,
        "call_back": True,
        "note": True,
        "cancel": going_on,
    }
    return frozenset(a for a, makes_sense in wanted.items() if makes_sense and viewer.role in ACTIONS[a])
