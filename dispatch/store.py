"""Reads cases and people, and stores changes: with dispatch/rows.py the only place where rows and models meet.

Reading a case is one round trip, storing a decision is one more; between them stands a pure decision. Nobody holds a lock
while deciding, except the worker that claims due tasks: see sql/queries/commit.sql for how the loser of a race is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import asyncpg
import orjson

from dispatch.answers import LATELY as LATELY_ANSWERED
from dispatch.answers import TIME_TO_ANSWER, Answers, Tally
from dispatch.changes import Changes, Conversation
from dispatch.coverage import Watch
from dispatch.duty import Candidate, Roster, on_duty
from dispatch.errors import AlreadyReceived, Stale, UnknownTask
from dispatch.mint import Mint, spare_words
from dispatch.model import (
    ENDED_TASKS_MATTER,
    Case,
    Person,
)
from dispatch.phone_chats import PhoneChat
from dispatch.rows import candidate_of, case_of, person_of, phone_chat_pair
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
    contact_of: tuple[Person, ...] = ()  # residents whose fixed contact the person is; looked up for words about that only
    contact: Person | None = None  # the person's own; likewise
    lately: int = 0  # messages from the person within LATELY
    same: int = 0  # of those within SAME_WITHIN, how many had the very same words
    talk: Conversation | None = None  # what the person is being asked by SMS
    volunteers: int = 0  # how many the area that has been answered there can count on; looked up for the last question only


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
        for row in await connection.fetch(query("on_duty"), groups, now, False):
            if on_duty(row["duty"], row["group_has_shifts"], row["on_shift"]):
                candidate = candidate_of(row)
                roster.add(row["group_key"], candidate)
    if single:
        for row in await connection.fetch(query("askable_people"), single, now):
            candidate = candidate_of(row)
            roster.add(f"person:{candidate.person.id}", candidate)


async def answers(connection: Connection, now: datetime) -> Answers:
    """How people have answered when they were asked to help, counted anew."""
    since, until = now - LATELY_ANSWERED, now - TIME_TO_ANSWER
    areas = await connection.fetch(query("answers_by_area"), since, until)
    people = await connection.fetch(query("answers_by_person"), since, now)
    return Answers(
        {(row["area"], row["ask"]): Tally(row["yes"], row["asked"]) for row in areas},
        {(row["person_id"], row["category"]): Tally(row["yes"], row["asked"]) for row in people},
        now,
    )


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
    return candidate_of(row) if row else None


async def service_group_of(connection: Connection, person_id: int) -> str | None:
    """The service group that the person works for, by membership or by account; the first of several."""
    key: str | None = await connection.fetchval(query("service_group_of"), person_id)
    return key


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
                contact_of=tuple(person_of(orjson.loads(doc)) for doc in row["contact_of"] or ()),
                contact=person_of(orjson.loads(row["contact"])) if row["contact"] else None,
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
    "tried": ("attempts", "lapsed_attempts"),
    "apart": ("apart",),
    "money": ("settled",),
    "ticked": ("ticks",),
    "lent": ("loans_new", "loans"),
    "rota": (
        "rotas_new",
        "rota_members",
        "rotas",
        "shifts_new",
        "shifts",
        "shifts_left",
        "overrides",
        "stand_ins",
        "stand_ins_ended",
        "holes",
        "holes_filled",
        "watch",
    ),
    "phone": ("phone_chats_new", "phone_chats", "dials_new", "dials_off"),
    "systems": ("systems_new", "systems"),
    "always": ("received", "messages", "events"),
}
_GUARDED = (
    "tasks",
    "asked",
    "people",
    "answered",
    "shifts",
    "shifts_left",
    "rotas",
    "overrides",
    "watch",
    "phone_chats",
    "settled",
    "loans",
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
    """The changes by the parts of the commit's document: most stand under the same name in both."""
    chats = [c for c in changes.conversations if c.chat_id is not None]
    texted = [c for c in changes.conversations if c.chat_id is None]
    made: dict[str, list[Any]] = {
        "people": list(changes.people.values()),
        "asked": [_asked_row(c) for c in changes.asked.values()],
        "answered": [r for r in changes.received if r.stored is not None],
        "received": [r for r in changes.received if r.stored is None],
        "conversations": chats,
        "talks": [c for c in texted if c.flow],
        "talks_ended": [c for c in texted if not c.flow],
        "lapsed_people": [],  # found in the database, whenever somebody else is asked or answers
        "lapsed_talks": [],
        "lapsed_attempts": [],  # found in the database, whenever somebody else is not reached
        "rota_members": [],  # stand with the new rotas
        "spare_words": spare_words() if changes.tasks_new else [],
        "watch": [changes.watch] if changes.watch is not None else [Watch()] if changes.moves_shifts else [],
    }
    parts = (part for parts in COMMIT_PARTS.values() for part in parts)
    return made | {part: getattr(changes, part) for part in parts if part not in made}


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
