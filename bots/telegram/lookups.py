"""What somebody in a chat asks for that must be looked up: own tasks, the rota, being forgotten."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bots.telegram.buttons import Tap, data
from bots.telegram.inbox import Waiting
from bots.telegram.turn import ChatTurn, Effect
from bots.telegram.updates import ChatUpdate
from dispatch.changes import message
from dispatch.erasure import erase
from dispatch.errors import Outcome
from dispatch.matching import needs_volunteers
from dispatch.model import OfferState, Person
from dispatch.network import Network
from dispatch.rota import Coming
from dispatch.rows import case_of
from dispatch.shifts import ask_swap, coming_shifts, coming_shifts_in, sign_off, sign_up, take_swap
from sql import query

if TYPE_CHECKING:
    from bots.telegram.answers import Answers

MOST_TASKS = 5  # that /mina shows
MOST_SHIFTS = 12  # that /pass shows


async def area_needs(connection: Any, network: Network, area: str, now: datetime) -> bool:
    """Does the area need more volunteers?"""
    count: int = await connection.fetchval(query("active_volunteers"), area, now)
    return needs_volunteers(network, area, count)


async def _mine(a: "Answers", connection: Any, t: ChatTurn) -> None:
    """/mina: every task that the person has, with its buttons, as a new message."""
    rows = await connection.fetch(query("held_cases"), t.turn.person.id, MOST_TASKS)
    cases = [case_of(row["doc"]) for row in rows]
    if not cases:
        t.say("mine_none")
    for case in cases:
        offer = next(o for o in case.offers if o.person_id == t.turn.person.id and o.state is OfferState.ACCEPTED)
        params = {"offer": offer.id, "number": offer.number, "code": case.task.code}
        t.turn.changes.messages.append(message(t.turn.person, "taken_details", params, case.task.id, t.turn.now))


async def erase_all(a: "Answers", waiting: Waiting, update: ChatUpdate) -> None:
    """The person wants to be forgotten. The last word goes straight to the chat: afterwards nobody knows whose it is."""
    person = await a.person(update)
    language, kind = (person.language if person else "sv"), "erased"
    if person is not None:
        try:
            await erase(a.office, person.id, a.clock.now())
        except Outcome as outcome:
            kind = outcome.kind
    await a.close(waiting, "erased" if kind == "erased" else "not_erased")
    a.after(update, Effect(rows=()), language)
    a.meanwhile(a.say_at_once(update.chat, a.wording(kind, {}, language, "telegram")))


async def _rota(a: "Answers", connection: Any, t: ChatTurn) -> None:
    """/pass: the coming shifts of the person's groups."""
    kind, params = _shifts(a, await coming_shifts_in(connection, a.office, t.turn.person.id, t.turn.now))
    t.say(kind, **params)


def _shifts(a: "Answers", found: list[Coming]) -> tuple[str, dict[str, Any]]:
    """The coming shifts as a message: its kind and params, buttons among them."""
    coming = found[:MOST_SHIFTS]
    if not coming:
        return "rota_none", {}
    names = {g.key: g.name for g in a.office.network.groups}
    lines = [
        {
            "group": names.get(c.slot.group, c.slot.group),
            "starts_at": c.slot.starts_at.isoformat(),
            "ends_at": c.slot.ends_at.isoformat(),
            "signed_up": c.signed,
            "needed": c.slot.needed,
            "mine": c.mine is not None,
            "greatest": c.neediest,
            "swap": bool(c.swaps),
        }
        for c in coming
    ]
    buttons = [row for number, c in enumerate(coming, 1) if (row := _shift_buttons(number, c))]
    return "rota", {"shifts": lines, **({"buttons": buttons} if buttons else {})}


def _shift_buttons(number: int, coming: Coming) -> list[tuple[str, str]]:
    """What the person can do about a shift with one tap."""
    slot = coming.slot
    at = f"{int(slot.starts_at.timestamp())}.{slot.group}"
    if coming.mine is not None:
        return [(f"#off {number}", data("shiftoff", 0, at)), (f"#swap {number}", data("swap", coming.mine.id))]
    if coming.swaps:
        return [(f"#take {number}", data("swaptake", coming.swaps[0].id))]
    return [(f"#on {number}", data("shifton", 0, at))] if coming.signed < slot.needed else []


async def rota_tapped(a: "Answers", waiting: Waiting, update: ChatUpdate, tap: Tap) -> None:
    """A shift's button. Whatever came of it, the list below it shows how it is now."""
    person = await a.person(update)
    if person is None:
        await a.close(waiting, "unknown_button")
        a.after(update, Effect("toast_stale"), "sv")
        return
    said = await _on_shift(a, person, tap)
    await a.close(waiting, tap.verb, "", person)
    a.after(update, Effect(said), person.language)
    shown = _shifts(a, await coming_shifts(a.office, person.id, a.clock.now()))
    a.meanwhile(a.edit_with(update, *shown, person.language))


async def _on_shift(a: "Answers", person: Person, tap: Tap) -> str:
    """Carry out what a shift's button says. Returns the text id of what is said for a moment."""
    now = a.clock.now()
    try:
        if tap.verb in ("shifton", "shiftoff"):
            seconds, _, group = tap.more.partition(".")
            if not seconds.isdigit() or len(seconds) > 11:
                return "toast_stale"
            starts_at = datetime.fromtimestamp(int(seconds), tz=UTC)
            change = sign_up if tap.verb == "shifton" else sign_off
            await change(a.office, person.id, (group, starts_at), now)
        elif tap.verb == "swap":
            await ask_swap(a.office, tap.id, person.id, now)
        else:
            await take_swap(a.office, tap.id, person.id, now)
    except Outcome as outcome:
        return outcome.kind
    return f"toast_{tap.verb}"


ROTA = frozenset({"shifton", "shiftoff", "swap", "swaptake"})
COMMANDS: dict[str, Callable[["Answers", Any, ChatTurn], Awaitable[None]]] = {"mine": _mine, "rota": _rota}
