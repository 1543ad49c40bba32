"""What the inbox shows: tasks that wait for the group, those that its people have, and what they have done lately."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bots.telegram.words import with_place
from dispatch.model import Case, Deadline, Offer, OfferKind, OfferState, Person, TaskState
from dispatch.phones import as_written
from dispatch.recurring import when
from dispatch.rows import case_of
from service.board.cards import category_name, where_of
from service.board.lanes import NO_BECAUSE, OTHER_REASON, REASONS, ROUTINES, STEPS
from service.plan_form import PlanShown, is_on_the_way, plan_shown
from service.runtime import Runtime
from service.web.texts import N_, Texts
from service.web.times import day
from sql import query

MOST_SHOWN = 200
DONE_SHOWN = timedelta(days=1)
MOST_DONE = 30


@dataclass(frozen=True, slots=True)
class Resident:
    """Whom it is about, for those who answer for the task."""

    name: str
    phone: str
    address: str
    fetched: str  # from where, of what is fetched elsewhere; empty for the rest
    word: str
    words: str
    on_behalf: str


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody noted, or why it was given back."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One task on a page. next: what happens at deadline_at."""

    code: str
    category: str
    urgency: str
    where: str
    wanted: str
    reason: str
    resident: Resident
    came_at: datetime
    deadline_at: datetime | None
    next: str
    held_by: tuple[str, ...]
    asked: tuple[str, ...]
    seen: int | None = None
    mine: bool = False
    on_the_way: bool = False
    infected: bool = False  # nobody of the staff should go in unprepared
    may_decline: bool = False
    notes: tuple[Note, ...] = ()
    plan: PlanShown | None = None


@dataclass(frozen=True, slots=True)
class Inbox:
    """Everything that one group, or all of them, must know."""

    asked: tuple[Item, ...]
    held: tuple[Item, ...]
    done: tuple[dict[str, Any], ...]


async def load_inbox(runtime: Runtime, group: str | None, person: int | None, words: Texts, now: datetime) -> Inbox:
    """The inbox of a service group (None: of all). person: who looks; what this person has is `mine`."""
    async with runtime.pool.acquire() as connection:
        rows = await connection.fetch(query("service_inbox"), group, MOST_SHOWN)
        cases = [case_of(row["doc"]) for row in rows]
        people = {row["person_id"] for row in await connection.fetch(query("service_people"), group)}
        noted = await connection.fetch(query("service_notes"), [c.task.id for c in cases])
        ended = await connection.fetch(query("service_done"), group, now - DONE_SHOWN, MOST_DONE)
    notes: dict[int, list[Note]] = {}
    for row in noted:
        notes.setdefault(row["task_id"], []).append(_note(row, words))
    items = [
        _with_group(item_of(case, runtime, words, now), case, row, person, people if group else set(), notes)
        for row, case in zip(rows, cases, strict=True)
    ]
    held = [item for row, item in zip(rows, items, strict=True) if row["held"]]
    asked = [item for row, item in zip(rows, items, strict=True) if not row["held"]]
    return Inbox(tuple(asked), tuple(held), tuple(_done(row, runtime, words) for row in ended))


def _note(row: Any, words: Texts) -> Note:
    said = row["text"]
    because = words.gettext(NO_BECAUSE[said]) if said in NO_BECAUSE else said
    return Note(row["at"], row["name"] or row["organisation"] or "", because)


def _with_group(item: Item, case: Case, row: Any, person: int | None, people: set[int], notes: dict[int, list[Note]]) -> Item:
    return replace(
        item,
        seen=row["seen"],
        mine=any(o.person_id == person for o in case.takers),
        may_decline=any(o.person_id in people for o in asked_to_acknowledge(case)),
        notes=tuple(notes.get(case.task.id, ())),
    )


def asked_to_acknowledge(case: Case) -> list[Offer]:
    """The offers of those who have been asked to answer for the task and have not said anything."""
    return [o for o in case.offers if o.kind is OfferKind.ACKNOWLEDGE and o.state is OfferState.SENT]


def item_of(case: Case, runtime: Runtime, words: Texts, now: datetime) -> Item:
    """One task in words, for whoever answers for it."""
    task, need = case.task, case.need
    return Item(
        code=task.code,
        category=category_name(runtime, need.category, words),
        urgency=need.urgency,
        where=where_of(case, runtime, words),
        wanted=wanted_of(case, words),
        reason=_reason(case, runtime, words),
        resident=resident_of(case),
        came_at=task.created_at,
        deadline_at=task.deadline_at,
        next=_next(case, words),
        held_by=_names(case, (o.person_id for o in case.takers)),
        asked=_names(case, (o.person_id for o in asked_to_acknowledge(case))),
        on_the_way=is_on_the_way(case),
        plan=plan_shown(case, runtime.network, words, now),
        infected=task.infected,
    )


def wanted_of(case: Case, words: Texts) -> str:
    """The time in the resident's words, else the day of the occasion, with the clock time if one is known."""
    told = when(case.task, case.need)
    at = (day(told["occasion"], words.language), told.get("at")) if "occasion" in told else ()
    return told["wanted"] or " ".join(filter(None, at))


def resident_of(case: Case) -> Resident:
    """Whom a task is about. For whoever answers for it only."""
    need, resident = case.need, case.resident
    told_by = " ".join(filter(None, (need.told_by_name, as_written(need.told_by_phone or ""))))
    return Resident(
        name=resident.name,
        phone=resident.phone or resident.phone_raw,
        address=need.address or resident.address,
        fetched=with_place(need.from_address, need.from_place or ""),
        word=case.task.code_word,
        words=need.text,
        on_behalf=told_by,
    )


_NOBODY_COULD = N_("No volunteer could take it")


def _reason(case: Case, runtime: Runtime, words: Texts) -> str:
    """Why it is staff who are asked."""
    category = runtime.network.category(case.need.category)
    routine = case.task.routine or ("staff" if category and not category.volunteers else None)
    if case.task.human == "emergency":
        return ""  # the mark for danger says it
    if case.task.human:
        said = REASONS.get(case.task.human, OTHER_REASON)
    elif case.resident.protected:
        said = ROUTINES["protected"]
    else:
        said = ROUTINES.get(routine, OTHER_REASON) if routine else _NOBODY_COULD
    return words.gettext(said)


def _next(case: Case, words: Texts) -> str:
    """What happens when the task's deadline comes."""
    task = case.task
    if task.deadline is Deadline.HELD:
        return words.gettext(N_("On hold until"))
    if task.state is not TaskState.OPEN:
        return words.gettext(N_("We ask how it goes") if task.nudges == 0 else N_("Others are asked"))
    moves_on = task.step_ends is not None and task.deadline_at is not None and task.deadline_at >= task.step_ends
    if moves_on and task.step + 1 < len(task.ladder):
        who = words.gettext(STEPS[task.ladder[task.step + 1].ask])
        return words.gettext(N_("Goes on to %(who)s")) % {"who": who}
    return words.gettext(N_("You are asked again"))


def _names(case: Case, ids: Iterable[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name_of(case.people[person]) for person in ids))


def name_of(person: Person) -> str:
    """Somebody of the staff as colleagues know them: name and organisation, as far as they are known."""
    known = ", ".join(dict.fromkeys(filter(None, (person.name, person.organisation))))
    return known or as_written(person.phone or "") or person.email or "?"


def _done(row: Any, runtime: Runtime, words: Texts) -> dict[str, Any]:
    return {
        "code": row["code"],
        "category": category_name(runtime, row["category"], words),
        "where": runtime.network.place_name(row["area"], row["place"]),
        "who": row["name"] or row["organisation"],
        "at": row["changed_at"],
        "confirmed": row["state"] == TaskState.CLOSED,
    }
