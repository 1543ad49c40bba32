"""The only place where rows become models and changes become rows.

Reading a case is one round trip, storing a decision is one more; between them stands a pure decision. Nobody holds a lock
while deciding, except the worker that claims due tasks: see sql/queries/commit.sql for how the loser of a race is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import asyncpg
import orjson

from dispatch.changes import Changes, Conversation
from dispatch.dialling import CallState, Ended, OutgoingCall, Purpose
from dispatch.duty import Candidate, Roster, on_duty
from dispatch.errors import AlreadyReceived, Stale, UnknownTask
from dispatch.mint import Mint
from dispatch.model import (
    ENDED_TASKS_MATTER,
    Ask,
    Case,
    Deadline,
    Need,
    Offer,
    OfferKind,
    OfferState,
    Person,
    Step,
    Task,
    TaskState,
    Urgency,
)
from dispatch.phone_chats import ChatState, PhoneChat, Stage
from geo.location import Candidate as Place
from geo.location import Precision
from sql import query

NUMBERS_A_BLOCK = 500  # as in `CREATE SEQUENCE task_number`
LAST_QUESTION = "consent"  # of a registration: what becomes of the person depends on how many there are

Row = dict[str, Any]
Connection = Any  # asyncpg's pool connection and connection share their methods but no type


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose message it is, as far as the message says. everything: look up all that the sender has live offers about."""

    phone: str | None
    number: int | None
    everything: bool
    carrier: str
    carrier_id: str
    chat: int | None = None  # the account in a chat, for what comes from there
    text: str = ""


LATELY, SAME_WITHIN = timedelta(minutes=10), timedelta(hours=1)  # how far back somebody's messages are counted


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about the sender of one inbound message."""

    seen: bool
    person: Person | None
    own: tuple[Case, ...]  # as resident, newest first
    asked: tuple[Case, ...]  # as one who is asked: about the number in the message, or, without one, all that is live
    live_numbers: tuple[int, ...] = ()  # some of the numbers that the person may answer
    phone_chats: tuple[tuple[PhoneChat, Person, Person], ...] = ()  # that have not ended, with resident and volunteer
    lately: int = 0  # messages from the person within LATELY
    same: int = 0  # of those within SAME_WITHIN, how many had the very same words
    talk: Conversation | None = None  # what the person is being asked by SMS
    volunteers: int = 0  # how many the area that has been answered there can count on; looked up for the last question only


def _when(value: str | datetime | None) -> datetime | None:
    """A time from JSON, where it is text, or from a column, where it is one already."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def person_of(row: Any) -> Person:
    """A person from its row, as JSON or as columns."""
    created_at = row["created_at"]
    return Person(
        id=row["id"],
        phone=row["phone"],
        created_at=datetime.fromisoformat(created_at) if isinstance(created_at, str) else created_at,
        phone_raw=row["phone_raw"],
        name=row["name"],
        language=row["language"],
        roles=tuple(row["roles"]),
        organisation=row["organisation"],
        telegram_id=row["telegram_id"],
        area=row["area"],
        place=row["place"],
        address=row["address"],
        skills=tuple(row["skills"]),
        languages=tuple(row["languages"]),
        fixed_contact=row["fixed_contact"],
        stopped_at=_when(row["stopped_at"]),
        helped_total=row["helped_total"],
        turn=row["turn"],
        email=row["email"],
        protected=row["protected"],
        paused_until=_when(row["paused_until"]),
        chat_blocked_at=_when(row["chat_blocked_at"]),
        standby_since=_when(row["standby_since"]),
        available=tuple(row["available"]),
        avoids=tuple(row["avoids"]),
        lat=row["lat"],
        lon=row["lon"],
        travels=row["travels"],
    )


def _task_of(row: Row) -> Task:
    return Task(
        id=row["id"],
        need_id=row["need_id"],
        code=row["code"],
        state=TaskState(row["state"]),
        code_word=row["code_word"],
        created_at=datetime.fromisoformat(row["created_at"]),
        changed_at=datetime.fromisoformat(row["changed_at"]),
        version=row["version"],
        places=row["places"],
        ladder=tuple(Step(Ask(s["ask"]), s["wait"], s["every"], s["wave"]) for s in row["ladder"]),
        step=row["step"],
        step_ends=_when(row["step_ends"]),
        rounds=row["rounds"],
        human=row["human"],
        asks=row["asks"],
        asked=row["asked"],
        nudges=row["nudges"],
        deadline=Deadline(row["deadline"]) if row["deadline"] else None,
        deadline_at=_when(row["deadline_at"]),
        occasion=date.fromisoformat(row["occasion"]) if row["occasion"] else None,
        choices=tuple(Place(**{**c, "precision": Precision(c["precision"])}) for c in row["choices"]),
    )


def _need_of(row: Row) -> Need:
    return Need(
        id=row["id"],
        resident_id=row["resident_id"],
        text=row["text"],
        source=row["source"],
        created_at=datetime.fromisoformat(row["created_at"]),
        category=row["category"],
        area=row["area"],
        place=row["place"],
        address=row["address"],
        wanted=row["wanted"],
        urgency=Urgency(row["urgency"]),
        told_by_name=row["told_by_name"],
        told_by_phone=row["told_by_phone"],
        repeats=row["repeats"],
        lat=row["lat"],
        lon=row["lon"],
        located=Precision(row["located"]) if row["located"] else None,
        from_area=row["from_area"],
        from_place=row["from_place"],
        from_address=row["from_address"],
        from_lat=row["from_lat"],
        from_lon=row["from_lon"],
    )


def _offer_of(row: Row) -> Offer:
    return Offer(
        id=row["id"],
        task_id=row["task_id"],
        person_id=row["person_id"],
        kind=OfferKind(row["kind"]),
        step=row["step"],
        number=row["number"],
        state=OfferState(row["state"]),
        live=row["live"],
        sent_at=datetime.fromisoformat(row["sent_at"]),
        expires_at=datetime.fromisoformat(row["expires_at"]),
        answered_at=_when(row["answered_at"]),
        note=row["note"],
        thanked_at=_when(row["thanked_at"]),
    )


def phone_chat_of(row: Any) -> PhoneChat:
    """A phone chat from its row, as JSON or as columns."""
    times = ("resident_yes", "volunteer_yes", "next_at", "call_at", "last_at", "ended_at", "created_at")
    at, columns = row["at"], {f.name: row[f.name] for f in fields(PhoneChat)}
    return PhoneChat(
        **{
            **columns,
            **{name: _when(row[name]) for name in times},
            "state": ChatState(row["state"]),
            "stage": Stage(row["stage"]) if row["stage"] else None,
            "at": time.fromisoformat(at) if isinstance(at, str) else at,
        }
    )


def phone_chat_pair(document: str) -> tuple[PhoneChat, Person, Person]:
    """A phone chat with its resident and its volunteer, from its document."""
    doc = orjson.loads(document)
    return phone_chat_of(doc["chat"]), person_of(doc["resident"]), person_of(doc["volunteer"])


def outgoing_call_of(row: Any) -> OutgoingCall:
    """A call of ours from its columns."""
    columns = {f.name: row[f.name] for f in fields(OutgoingCall)}
    outcome = Ended(row["outcome"]) if row["outcome"] else None
    return OutgoingCall(
        **{
            **columns,
            "purpose": Purpose(row["purpose"]),
            "state": CallState(row["state"]),
            "outcome": outcome,
            "messages": tuple(row["messages"]),
        }
    )


def case_of(document: str) -> Case:
    """A case from its document (the view case_doc)."""
    doc = orjson.loads(document)
    people = {pair["person"]["id"]: person_of(pair["person"]) for pair in doc["offers"]}
    offers = sorted((_offer_of(pair["offer"]) for pair in doc["offers"]), key=lambda o: o.sent_at)
    return Case(_task_of(doc["task"]), _need_of(doc["need"]), person_of(doc["resident"]), tuple(offers), people)


def _candidate_of(row: Any) -> Candidate:
    """From a row of columns, not JSON: rosters are the longest thing that is read, and columns come as values."""
    return Candidate(
        person=person_of(row),
        asked_before=row["asked_total"],
        asked_total=row["asked_total"],
        asked_today=row["asked_today"],
        asked_on=row["asked_on"],
        asked_at=row["asked_at"],
        helped_total=row["helped_total"],
        daily_limit=row["daily_limit"],
        reply_number=row["reply_number"],
        live_numbers=set(row["live_numbers"]),
        vetting=row["vetting"],
        vetted_until=row["vetted_until"],
    )


async def cases_by_id(connection: Connection, ids: Sequence[int]) -> list[Case]:
    """The cases with these ids, in no order."""
    return [case_of(row["doc"]) for row in await connection.fetch(query("cases_by_id"), ids)]


async def case_by_code(connection: Connection, code: str) -> Case:
    """The newest case with this code. Raises UnknownTask."""
    document = await connection.fetchval(query("case_by_code"), code.strip().upper())
    if document is None:
        raise UnknownTask("no task has this code")
    return case_of(document)


async def claim_due(connection: Connection, now: datetime, limit: int) -> list[Case]:
    """Cases whose deadline has come, locked for the running transaction. Other workers get others."""
    rows = await connection.fetch(query("claim_due"), now, limit)
    return await cases_by_id(connection, [row["id"] for row in rows]) if rows else []


async def look_up(connection: Connection, roster: Roster, keys: Iterable[str], now: datetime) -> None:
    """Fill the roster with who is on duty in these groups; "person:ID" stands for one person, on duty or not."""
    single = [int(key.partition(":")[2]) for key in keys if key.startswith("person:")]
    groups = [key for key in keys if not key.startswith("person:")]
    for key in keys:
        roster.add(key, None)
    if groups:
        for row in await connection.fetch(query("on_duty"), groups, now):
            if on_duty(row["duty"], row["group_has_shifts"], row["on_shift"]):
                candidate = _candidate_of(row)
                roster.add(row["group_key"], candidate)
    if single:
        for row in await connection.fetch(query("askable_people"), single, now):
            candidate = _candidate_of(row)
            roster.add(f"person:{candidate.person.id}", candidate)


async def person_by_phone(connection: Connection, phone: str) -> Person | None:
    """The person with this number (E.164)."""
    row = await connection.fetchval(query("person_by_phone"), phone)
    return person_of(orjson.loads(row)) if row else None


async def person_by_id(connection: Connection, person_id: int) -> Person | None:
    """The person with this id."""
    row = await connection.fetchval(query("person_by_id"), person_id)
    return person_of(orjson.loads(row)) if row else None


async def candidate(connection: Connection, person_id: int) -> Candidate | None:
    """Somebody who takes a task without being asked: reachable or not."""
    row = await connection.fetchrow(query("candidate"), person_id)
    return _candidate_of(row) if row else None


async def inbound_contexts(connection: Connection, senders: Sequence[Sender], now: datetime) -> list[Context]:
    """What is known about each sender, in one round trip, in their order; one more for whoever is asked the last question of a
    registration."""
    rows = await connection.fetch(
        query("inbound_context"),
        [s.phone or "" for s in senders],
        [s.number or 0 for s in senders],
        [s.everything for s in senders],
        [s.carrier for s in senders],
        [s.carrier_id for s in senders],
        now - ENDED_TASKS_MATTER,
        [s.chat or 0 for s in senders],
        [s.text for s in senders],
        now - LATELY,
        now - SAME_WITHIN,
    )
    contexts = []
    for row in rows:
        talk = _talk_of(row["talk"]) if row["talk"] else None
        area = talk.data.get("area") if talk is not None and talk.step == LAST_QUESTION else None
        contexts.append(
            Context(
                seen=row["seen"],
                person=person_of(orjson.loads(row["person"])) if row["person"] else None,
                own=tuple(case_of(doc) for doc in row["own"] or ()),
                asked=tuple(case_of(doc) for doc in row["asked"] or ()),
                live_numbers=tuple(row["live_numbers"] or ()),
                phone_chats=tuple(phone_chat_pair(doc) for doc in row["phone_chats"] or ()),
                lately=row["lately"] or 0,
                same=row["same"] or 0,
                talk=talk,
                volunteers=await connection.fetchval(query("active_volunteers"), area, now) if area else 0,
            )
        )
    return contexts


def _talk_of(document: str) -> Conversation:
    row = orjson.loads(document)
    return Conversation(None, row["flow"], row["step"], row["data"], datetime.fromisoformat(row["changed_at"]), row["person_id"])


# What is stored together, so that statements are of few kinds and each is planned once a connection.
COMMIT_PARTS = {
    "new": ("people_new", "needs_new", "tasks_new"),
    "moved": ("needs", "tasks", "offers"),
    "asked": ("asked", "offers_new"),
    "people": ("people", "silenced", "consents"),
    "chat": ("members", "conversations", "answered"),
    "talk": ("talks", "talks_ended", "lapsed_people", "lapsed_talks"),
    "kept": ("attachments", "expenses"),
    "rota": ("shifts_new", "shifts", "shifts_left"),
    "phone": ("phone_chats_new", "phone_chats", "dials_new", "dials_off"),
    "always": ("received", "messages", "events"),
}
_GUARDED = (
    "tasks",
    "asked",
    "people",
    "answered",
    "shifts",
    "shifts_left",
    "phone_chats",
)  # whose rows must all be found as they were read


@cache
def commit_statement(kinds: tuple[str, ...]) -> str:
    """The one statement that stores these kinds of changes: kinds of COMMIT_PARTS, in its order."""
    parts = [part for kind in kinds for part in COMMIT_PARTS[kind]]
    ctes = [f"{part}_stored AS ({query(f'commit_{part}')})" for part in parts]
    refusals = [
        f"WHEN (SELECT count(*) FROM {part}_stored) < jsonb_array_length($1::jsonb -> '{part}') THEN refuse('{part}')"  # noqa: S608
        for part in _GUARDED
        if part in parts
    ]
    told = f"CASE WHEN $2::timestamptz IS NULL THEN false {' '.join(refusals)} ELSE true END"
    return f"WITH {', '.join(ctes)} SELECT {told}"


async def commit(connection: Connection, changes: Changes, now: datetime) -> None:
    """Store everything or nothing.

    Raises Stale when something that was decided on has changed since (load and decide again), AlreadyReceived when the
    inbound message is stored already.
    """
    content = _content(changes)
    kinds = tuple(kind for kind, parts in COMMIT_PARTS.items() if kind == "always" or any(content[part] for part in parts))
    document = orjson.dumps(content).decode()
    try:
        await connection.fetchval(commit_statement(kinds), document, now)
    except asyncpg.SerializationError as error:
        raise Stale(error.message) from error
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name in ("inbox_carrier_carrier_id_key", "inbox_alias"):
            raise AlreadyReceived from error
        raise Stale(f"{error.constraint_name}") from error
    except asyncpg.ExclusionViolationError as error:  # somebody is on another shift by now
        raise Stale(f"{error.constraint_name}") from error
    except asyncpg.DeadlockDetectedError as error:
        raise Stale("deadlock") from error


def _content(changes: Changes) -> dict[str, list[Any]]:
    """The changes by the parts of the commit's document."""
    return {
        "people_new": changes.people_new,
        "people": list(changes.people.values()),
        "asked": [_asked_row(c) for c in changes.asked.values()],
        "silenced": changes.silenced,
        "needs_new": changes.needs_new,
        "needs": changes.needs,
        "tasks_new": changes.tasks_new,
        "tasks": changes.tasks,
        "offers_new": changes.offers_new,
        "offers": changes.offers,
        "consents": changes.consents,
        "answered": [r for r in changes.received if r.stored is not None],
        "members": changes.members,
        "conversations": [c for c in changes.conversations if c.chat_id is not None],
        "talks": [c for c in changes.conversations if c.chat_id is None and c.flow],
        "talks_ended": [c for c in changes.conversations if c.chat_id is None and not c.flow],
        "lapsed_people": [],  # found in the database, whenever somebody else is asked or answers
        "lapsed_talks": [],
        "attachments": changes.attachments,
        "expenses": changes.expenses,
        "shifts_new": changes.shifts_new,
        "shifts": changes.shifts,
        "shifts_left": changes.shifts_left,
        "phone_chats_new": changes.phone_chats_new,
        "phone_chats": changes.phone_chats,
        "dials_new": changes.dials_new,
        "dials_off": changes.dials_off,
        "received": [r for r in changes.received if r.stored is None],
        "messages": changes.messages,
        "events": changes.events,
    }


def _asked_row(c: Candidate) -> Row:
    return {
        "id": c.person.id,
        "asked_before": c.asked_before,
        "asked_total": c.asked_total,
        "asked_today": c.asked_today,
        "asked_on": c.asked_on,
        "asked_at": c.asked_at,
        "reply_number": c.reply_number,
    }


async def fill(connection: Connection, mint: Mint, wanted: int) -> None:
    """Make sure that the mint has `wanted` task numbers in stock."""
    while mint.short_of(wanted):
        first = await connection.fetchval(query("task_numbers"))
        mint.stock(range(first, first + NUMBERS_A_BLOCK))
