"""/phone-chats: who waits, who fits, pairs with their next call; and what somebody has said about talking."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from aiohttp import web

from bots.inbound_message import storable
from dispatch import phone_chat_desk, store
from dispatch.companions import SLOTS, USUAL, Part, read_slots, slot_key
from dispatch.errors import BadRequest, Outcome
from dispatch.model import Person
from dispatch.phone_chat_desk import LONGEST_INTEREST, MOST_INTERESTS, Wish
from dispatch.phone_chats import (
    ChatState,
    Decided,
    Side,
    Two,
    decide_end,
    decide_move,
    decide_pause,
    decide_resume,
    decide_skip,
    decide_yes,
)
from dispatch.phones import read_phone
from dispatch.rows import person_of
from service.network_schema import read_clock
from service.phone_chats.words import ALONE, PARTS, day_name, reasons, shown_pair, slot_choices, slots_words
from service.runtime import Runtime
from service.sign_in.guard import viewer_of
from service.web.context import RUNTIME, read_form
from service.web.outcomes import outcome_words
from service.web.render import language_of, render, texts_of
from service.web.texts import N_
from sql import query

routes = web.RouteTableDef()

SHOWN = 200
LATELY = timedelta(days=14)
WRONG = N_("Something was left out, or cannot be used. Look at it once more.")
NOBODY = N_("Nobody has this number. Add the person first, under People.")
DONE = {
    "asked": N_("Both are asked. What they answer stands below."),
    "wish": N_("Written down."),
    "dropped": N_("Taken away."),
    "done": N_("Done. Whoever should know is told."),
}
LONGEST = 400


@routes.get("/phone-chats")
async def overview(request: web.Request) -> web.Response:
    """Who waits, with who would fit; the pairs; the volunteers who want to talk."""
    return await _page(request)


@routes.post("/phone-chats")
async def ask(request: web.Request) -> web.Response:
    """Ask two whether they want to talk once a week."""
    runtime, form = request.app[RUNTIME], await read_form(request)
    resident, volunteer = _id(form.get("resident", "")), _id(form.get("volunteer", ""))
    if resident is None or volunteer is None:
        raise web.HTTPBadRequest(reason="two people")
    try:
        weekday, at = _when(form)
        await phone_chat_desk.ask_pair(
            runtime.office, resident, volunteer, weekday, at, viewer_of(request).person, runtime.clock.now()
        )
    except Outcome as outcome:
        return await _refused(request, outcome)
    raise web.HTTPSeeOther("/phone-chats?did=asked")


Handle = Callable[[Two, Mapping[str, str], datetime, int | None], Decided]
ACTIONS: Mapping[str, Handle] = {
    "yes-resident": lambda two, _, now, by: decide_yes(two, Side.RESIDENT, now, by),
    "yes-volunteer": lambda two, _, now, by: decide_yes(two, Side.VOLUNTEER, now, by),
    "no-resident": lambda two, _, now, by: decide_end(two, Side.RESIDENT, now, by),
    "no-volunteer": lambda two, _, now, by: decide_end(two, Side.VOLUNTEER, now, by),
    "skip": lambda two, _, now, by: decide_skip(two, None, now, by),
    "pause": lambda two, form, now, by: decide_pause(two, _until(form, two), now, by),
    "resume": lambda two, _, now, by: decide_resume(two, now, by),
    "move": lambda two, form, now, by: decide_move(two, *_when(form), now, by),
    "end": lambda two, _, now, by: decide_end(two, None, now, by),
}


def _when(form: Mapping[str, str]) -> tuple[int, time]:
    """A weekday and a time: of a slot ("3-afternoon") the usual one unless another is written. Raises BadRequest."""
    slot = next(iter(read_slots([form.get("slot", "")])), None)
    day, written = form.get("weekday", ""), form.get("at", "").strip()
    if slot is None and day not in {str(n) for n in range(1, 8)}:
        raise BadRequest("at: which day?")
    try:
        at = read_clock(written) if written else USUAL[slot[1] if slot else Part.AFTERNOON]
    except ValueError as error:
        raise BadRequest("at: no time") from error
    return slot[0] if slot else int(day), at


def _until(form: Mapping[str, str], two: Two) -> datetime:
    """The morning of a day. Raises BadRequest."""
    try:
        day = datetime.strptime(form.get("until", ""), "%Y-%m-%d")
        return day.replace(hour=7, tzinfo=two.network.zone)
    except ValueError as error:
        raise BadRequest("until: no day") from error


async def _refused(request: web.Request, outcome: Outcome) -> web.Response:
    words = texts_of(request)
    said = words.gettext(WRONG) if isinstance(outcome, BadRequest) else outcome_words(outcome, words)
    return await _page(request, said, outcome.status)


async def _page(request: web.Request, problem: str = "", status: int = 200) -> web.Response:
    runtime, words = request.app[RUNTIME], texts_of(request)
    found = await phone_chat_desk.overview(runtime.office, runtime.clock.now(), LATELY, SHOWN)
    pairs = [shown_pair(two, words) for two in found.pairs]
    done = DONE.get(request.query.get("did", ""), "")
    return render(
        request, "phone_chats/list.html", status, problem=problem, done=words.gettext(done) if done else "",
        waiting=found.waiting, volunteers=found.volunteers, goes_on=[p for p in pairs if p.two.chat.state is not ChatState.ENDED],
        ended=[p for p in pairs if p.two.chat.state is ChatState.ENDED], reasons=lambda match: reasons(match, words),
        choices=lambda slots: slot_choices(slots, words), times=lambda slots: slots_words(slots, words), alone=ALONE,
        can_phone=runtime.dialler.caller is not None, days=[(str(n), day_name(n, words.language)) for n in range(1, 8)],
        tomorrow=(runtime.network.local_date(runtime.clock.now()) + timedelta(days=1)).isoformat(),
    )  # fmt: skip


@routes.get("/phone-chats/wishes")
async def find(request: web.Request) -> web.Response:
    """Whose wish is to be written down: by number."""
    runtime, number = request.app[RUNTIME], storable(request.query.get("phone", ""))[:LONGEST]
    phone = read_phone(number)
    async with runtime.pool.acquire() as connection:
        person = await store.person_by_phone(connection, phone) if phone else None
    if person is None:
        return await _page(request, texts_of(request).gettext(NOBODY), 404)
    raise web.HTTPSeeOther(f"/phone-chats/wishes/{person.id}")


@routes.get("/phone-chats/wishes/{id}")
async def wish(request: web.Request) -> web.Response:
    """What somebody has said about talking, as a form."""
    person = await _person(request)
    row = await request.app[RUNTIME].pool.fetchrow(query("phone_chat_wish"), person.id)
    by_role = Side.VOLUNTEER if "volunteer" in person.roles else Side.RESIDENT
    known = Wish(Side(row["side"]), tuple(row["times"]), tuple(row["interests"]), row["most"]) if row else Wish(by_role)
    return _wish_form(request, person, known, bool(row))


@routes.post("/phone-chats/wishes/{id}")
async def set_wish(request: web.Request) -> web.Response:
    """Write it down, or take it away."""
    runtime, person, form = request.app[RUNTIME], await _person(request), await read_form(request)
    by, now = viewer_of(request).person, runtime.clock.now()
    if form.get("drop"):
        await phone_chat_desk.drop_wish(runtime.office, person.id, by, now)
        raise web.HTTPSeeOther("/phone-chats?did=dropped")
    given = _wish_of(form)
    try:
        await phone_chat_desk.set_wish(runtime.office, person.id, given, by, now)
    except BadRequest:
        problem = N_("At most %(most)s interests, each a word or two of at most %(long)s letters.")
        said = texts_of(request).gettext(problem) % {"most": MOST_INTERESTS, "long": LONGEST_INTEREST}
        return _wish_form(request, person, given, False, said, 422)
    raise web.HTTPSeeOther("/phone-chats?did=wish")


def _wish_of(form: Mapping[str, str]) -> Wish:
    times = tuple(slot_key(slot) for slot in SLOTS if form.get(f"t-{slot_key(slot)}"))
    interests = tuple(word.strip() for word in storable(form.get("interests", ""))[: LONGEST * 5].split(",") if word.strip())
    most = form.get("most", "1")
    side = Side.VOLUNTEER if form.get("side") == Side.VOLUNTEER else Side.RESIDENT
    return Wish(side, times, interests, int(most) if most in {str(n) for n in range(1, 8)} else 1)


def _wish_form(
    request: web.Request, person: Person, known: Wish, written: bool, problem: str = "", status: int = 200
) -> web.Response:
    words = texts_of(request)
    return render(
        request, "phone_chats/wish.html", status, person=person, wish=known, written=written, problem=problem,
        days=[(n, day_name(n, language_of(request))) for n in range(1, 8)],
        parts=[(str(part), words.gettext(name)) for part, name in PARTS.items()],
    )  # fmt: skip


@routes.post("/phone-chats/{id}/{action}")
async def change(request: web.Request) -> web.Response:
    """What somebody has said on the telephone about a pair, or what staff decide. (After the wishes' routes: the same shape.)"""
    runtime, by, chat_id = request.app[RUNTIME], viewer_of(request).person, _id(request.match_info["id"])
    handle = ACTIONS.get(request.match_info["action"])
    if chat_id is None or handle is None:
        raise web.HTTPNotFound
    form, now = await read_form(request), runtime.clock.now()
    try:
        await phone_chat_desk.change_pair(runtime.office, chat_id, lambda two: handle(two, form, now, by), now)
    except Outcome as outcome:
        return await _refused(request, outcome)
    raise web.HTTPSeeOther("/phone-chats?did=done")


async def _person(request: web.Request) -> Person:
    runtime: Runtime = request.app[RUNTIME]
    number = _id(request.match_info["id"])
    if number is None:
        raise web.HTTPNotFound
    row: Any = await runtime.pool.fetchrow(query("directory_person"), number)
    if row is None or row["erased_at"] is not None or row["merged_into"] is not None:
        raise web.HTTPNotFound
    return person_of(row)


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 and int(text) < 2**63 else None
