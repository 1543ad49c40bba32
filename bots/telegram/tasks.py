"""The buttons of tasks, and what helpers send about them: one code path decides (dispatch.handlers), the chat only shows it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bots.inbound_message import storable
from bots.telegram.buttons import Button, Tap, data
from bots.telegram.cards import LATE
from bots.telegram.inbox import NAME, Waiting
from bots.telegram.keyboards import LONGEST_LABEL
from bots.telegram.turn import ChatTurn, Effect
from bots.telegram.updates import ChatUpdate, Sort
from dispatch import store
from dispatch.actions import Act
from dispatch.amounts import read_amount
from dispatch.errors import NotYours, Outcome, TaskEnded
from dispatch.handlers import act, decide_in
from dispatch.model import ENDED, Attachment, Case, Person
from dispatch.money import REMOVED
from sql import query

if TYPE_CHECKING:
    from bots.telegram.answers import Answers

SENT = {Sort.VOICE: "[röstmeddelande]", Sort.PHOTO: "[bild]"}  # what stands for what was not written, for staff
MOST_BYTES = 10_000_000  # of a photograph or a voice note; what is bigger is not fetched


@dataclass(frozen=True, slots=True)
class Action:
    """A button that is a command of dispatch.handlers. toast: what is said for a moment; more: from the button to the command's
    text or details."""

    command: str
    toast: str
    text: Callable[[str], str] = lambda _more: ""
    details: Callable[[str], Mapping[str, Any]] = lambda _more: {}
    on_ended: bool = False  # also when the task has ended


def _minutes(more: str) -> Mapping[str, Any]:
    return {"minutes": int(more) if more.isdecimal() and len(more) < 4 else 0}


ACTIONS: dict[str, Action] = {
    "yes": Action("accept", "toast_yes"),
    "no": Action("withdraw", "toast_no", text=lambda more: more if more in ("later", "far", "thing") else ""),
    "cannot": Action("withdraw", "toast_cannot"),
    "ok": Action("acknowledge", "toast_ok"),
    "start": Action("start", "toast_start"),
    "done": Action("done", "toast_done"),
    "late": Action("late", "toast_late", details=_minutes),
    "connect": Action("connect", "toast_connect"),
    "service": Action("need_service", "toast_service"),
    "keep": Action("keep", "toast_keep", on_ended=True),
    "again": Action("again", "toast_again", on_ended=True),
}
# Buttons that ask something first, or are about somebody's own request.
OTHERS = frozenset({"when", "back", "finished", "receipt", "concern", "helped", "cancel", "cancelled", "kept"})


async def tapped(a: "Answers", waiting: Waiting, update: ChatUpdate, tap: Tap) -> None:
    """A button of a task. Whatever comes of it, the tap is answered; what cannot be done changes nothing and is said kindly."""
    person = await a.person(update)
    language = person.language if person else "sv"
    try:
        if person is None:
            raise NotYours("?")
        effect = await _carry_out(a, waiting, update, tap, person)
    except Outcome as outcome:
        await a.close(waiting, outcome.kind, a.said(update), person)
        kind = f"toast_{outcome.kind}"
        effect = Effect(kind, params={**outcome.params, "number": outcome.params.get("number", "")})
    a.after(update, effect, language)


async def _carry_out(a: "Answers", waiting: Waiting, update: ChatUpdate, tap: Tap, person: Person) -> Effect:
    if tap.verb in ("helped", "cancel", "cancelled", "kept"):
        return await _own_request(a, waiting, update, tap, person)
    case = await _case_of(a, tap.id, person)
    if action := ACTIONS.get(tap.verb):
        if case.task.state in ENDED and not action.on_ended:
            raise TaskEnded(case.task.code)
        given = Act(
            case.task.code,
            person=person.id,
            text=action.text(tap.more),
            details=action.details(tap.more),
            received=a.received(waiting, update, person, tap.verb),
            task=case.task.id,
        )
        await act(a.office, action.command, given, a.clock.now())
        if tap.verb == "late":  # said twice it changes nothing, and the card must have its buttons again all the same
            await a.office.pool.execute(query("show_anew"), update.chat, update.message)
        return Effect(action.toast, rows=() if tap.verb in ("keep", "again") else None)
    if tap.verb == "when":
        await a.close(waiting, tap.verb, a.said(update), person)
        return Effect(rows=late_rows(tap.id))
    if tap.verb == "back":
        await a.close(waiting, tap.verb, a.said(update), person)
        await a.office.pool.execute(query("show_anew"), update.chat, update.message)
        return Effect()
    if tap.verb == "finished":
        await a.close(waiting, tap.verb, a.said(update), person)
        return Effect("toast_finished", rows=())
    await a.talk(waiting, update, "", Tap("flow", tap.id, tap.verb))
    return Effect()


def late_rows(offer: int) -> tuple[tuple[Button, ...], ...]:
    """How late? In place of the card's buttons, until it is shown anew."""
    minutes = tuple(Button(f"b_late_{m}", data("late", offer, str(m))) for m in LATE)
    return (minutes, (Button("b_back", data("back", offer)),))


async def _case_of(a: "Answers", offer_id: int, person: Person) -> Case:
    """The case behind a button. Raises NotYours for somebody else's."""
    async with a.office.pool.acquire() as connection:
        row = await connection.fetchrow(query("offer_of_button"), offer_id)
        if row is None or row["person_id"] != person.id:
            raise NotYours("?")
        return (await store.cases_by_id(connection, [row["task_id"]]))[0]


async def _own_request(a: "Answers", waiting: Waiting, update: ChatUpdate, tap: Tap, person: Person) -> Effect:
    """The resident's buttons: did you get help, cancel it."""
    async with a.office.pool.acquire() as connection:
        cases = await store.cases_by_id(connection, [tap.id])
    if not cases or cases[0].resident.id != person.id:
        raise NotYours("?")
    case = cases[0]
    if tap.verb == "cancel":
        await a.close(waiting, "cancel_asked", a.said(update), person)
        return Effect(rows=((Button("b_cancel_no", data("kept", tap.id)),), (Button("b_cancel_yes", data("cancelled", tap.id)),)))
    if tap.verb == "kept":
        await a.close(waiting, tap.verb, a.said(update), person)
        return Effect("toast_kept", rows=((Button("b_cancel", data("cancel", tap.id)),),))
    command = "cancel" if tap.verb == "cancelled" else "confirm" if tap.more == "yes" else "deny"
    received = a.received(waiting, update, person, command)
    given = Act(case.task.code, person=person.id, text="resident", received=received, task=case.task.id)
    await act(a.office, command, given, a.clock.now())
    return Effect("toast_heard", rows=())


_LEAVE = [[("b_never_mind", data("flow", 0, "none"))]]


def begin_flow(t: ChatTurn, tap: Tap, case: Case) -> None:
    """The receipt's photograph, or the words of a concern, are asked for."""
    said = {"offer": tap.id, "task": case.task.id, "code": case.task.code}
    t.ask(tap.more, "words", said)
    limit = t.turn.network.purchase_limit_ore // 100
    t.say(f"{tap.more}_ask", _LEAVE, code=case.task.code, limit=limit)


async def flow_tapped(a: "Answers", connection: Any, t: ChatTurn, tap: Tap) -> str:
    """A button that begins such a question, or ends it."""
    if tap.more not in FLOWS:
        t.done_asking()
        t.effect = Effect("toast_never_mind", rows=())
        return "never_mind"
    row = await connection.fetchrow(query("offer_of_button"), tap.id)
    if row is None or row["person_id"] != t.turn.person.id:
        t.effect = Effect("toast_not_yours")
        return "not_yours"
    begin_flow(t, tap, (await store.cases_by_id(connection, [row["task_id"]]))[0])
    return tap.more


def attachment_of(t: ChatTurn, new_id: int, task_id: int) -> Attachment:
    """The update's file as a row. Raises AttributeError when it has none."""
    file = t.update.file
    assert file is not None  # noqa: S101 - of its sort
    kind = "photo" if t.update.sort is Sort.PHOTO else "voice"
    due = t.turn.now if file.size <= MOST_BYTES else None
    return Attachment(
        id=new_id, task_id=task_id, person_id=t.turn.person.id, kind=kind, carrier=NAME, file_id=file.id, mime=file.mime,
        size=file.size, created_at=t.turn.now, due_at=due,
    )  # fmt: skip


async def file_sent(a: "Answers", connection: Any, t: ChatTurn) -> str:
    """A voice note is a human's. A photograph is a receipt when somebody was asked for one, or has one task; else a human's."""
    if t.update.sort is Sort.PHOTO and (t.update.file is None or t.update.file.size > MOST_BYTES):
        t.say("file_too_big")
        return "file_too_big"
    if t.asked.flow == "concern":
        return await _concern(a, connection, t)
    if t.update.sort is Sort.PHOTO:
        if t.asked.flow == "receipt":
            return await _receipt(a, connection, t)
        held = t.turn.held()
        if len(held) == 1:
            case, offer = held[0]
            t.ask("receipt", "words", {"offer": offer.id, "task": case.task.id, "code": case.task.code})
            return await _receipt(a, connection, t)
        if held:
            names = [(about(c, t), data("receipt", o.id)) for c, o in held]
            t.say("receipt_which", [[(f"={name}", what)] for name, what in names])
            return "receipt_which"
    t.turn.inbound = replace(t.turn.inbound, text=t.update.text or SENT[t.update.sort])
    t.turn.for_human("voice" if t.update.sort is Sort.VOICE else "photo")
    t.turn.changes.attachments.append(attachment_of(t, a.office.mint.id(), t.turn.task_id or 0))
    return str(t.update.sort)


def about(case: Case, t: ChatTurn) -> str:
    """A task as a button says which it is: what and where."""
    category, network = t.turn.network.category(case.need.category), t.turn.network
    what = category.name(t.turn.person.language) if category else case.task.code
    return f"{what}, {network.place_name(case.need.area, case.need.place)}"[:LONGEST_LABEL]


async def _receipt(a: "Answers", connection: Any, t: ChatTurn) -> str:
    """The photograph, the amount, or both; it is recorded when both are there, or when the amount is said twice."""
    said, words = dict(t.asked.data), storable(t.update.text).strip()
    if REMOVED in words:
        t.say("card_number")
        return "card_number"
    photo = attachment_of(t, a.office.mint.id(), said["task"]) if t.update.sort is Sort.PHOTO else None
    if photo is not None:
        said["receipt"] = photo.id
    amount = read_amount(words) if words else said.get("amount")
    if amount is not None:
        said["amount"] = amount
    if amount is None:
        t.turn.changes.attachments += [photo] if photo is not None else []
        t.ask("receipt", "words", said)
        t.say("receipt_amount" if "receipt" in said else "receipt_only_amount", _LEAVE)
        return "receipt"
    if "receipt" not in said and not said.get("without"):
        t.ask("receipt", "words", {**said, "without": True})
        t.say("receipt_photo", _LEAVE)
        return "receipt"
    t.done_asking()
    await _by_command(
        a, connection, t, "expense", "", {"amount_ore": amount, "receipt": photo or said.get("receipt")}, said["task"]
    )
    return "expense"


async def _concern(a: "Answers", connection: Any, t: ChatTurn) -> str:
    """What worries the helper: a coordinator's, and nobody else's."""
    words, by_file = t.update.text.strip(), t.update.sort in (Sort.VOICE, Sort.PHOTO)
    if not words and not by_file:
        t.say("concern_ask", _LEAVE, code=t.asked.data["code"])
        return "concern"
    said = t.asked.data
    t.done_asking()
    await _by_command(a, connection, t, "concern", words or SENT[t.update.sort], {}, said["task"])
    if by_file and t.turn.task_id is not None:
        t.turn.changes.attachments.append(attachment_of(t, a.office.mint.id(), t.turn.task_id))
    return "concern"


async def _by_command(
    a: "Answers", connection: Any, t: ChatTurn, command: str, text: str, details: Mapping[str, Any], task: int
) -> None:
    """Carry out a command of dispatch.handlers in this turn's own commit. What cannot be done is said."""
    given = Act("", person=t.turn.person.id, text=text, details=details, task=task)
    try:
        changes, case = await decide_in(a.office, connection, command, given, t.turn.now)
    except Outcome as outcome:
        t.turn.say(outcome.kind, **outcome.params)
        return
    # The words of a concern are filed with the concern: an area's lead reads what stands with the resident's task.
    t.turn.task_id = next((new.id for new in changes.tasks_new), None) if command == "concern" else case.task.id
    changes.people.pop(t.turn.person.id, None)
    t.turn.changes.add(changes)


FLOWS: dict[str, Callable[["Answers", Any, ChatTurn], Awaitable[str]]] = {"receipt": _receipt, "concern": _concern}
