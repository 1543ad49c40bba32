"""Somebody asks to be forgotten: what they have is given back, and everything that says who it was goes.

Rows that only count stay, without words: of a need its category, area and times, tasks, offers, events' kinds, expenses.
ADR 4 says why the tables are walked by hand; sql/queries/erasure.sql does it.
"""

import asyncio
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from dispatch import store
from dispatch.changes import Changes
from dispatch.duty_store import leave_shifts
from dispatch.errors import StaffAccount, Stale, UnknownPerson
from dispatch.escalation import decide_close
from dispatch.events import Event, Kind
from dispatch.helping import CONCERN
from dispatch.model import Case, OfferState, Person, TaskState
from dispatch.network import Network
from dispatch.notice_scene import PRIVATE
from dispatch.offers import Decision, decide_cancel, decide_no
from dispatch.office import TRIES, Office, take_over
from dispatch.phone_chat_desk import end_pairs_of
from sql import query

WHO = ("name", "phone", "address", "from_address", "helper", "organisation")  # in messages that keep their other words
WORDS = ("wanted", "when")  # of a message about a request: words of the resident's besides what is PRIVATE
HELPER = ("helper", "organisation", "when")  # of a message about who comes
# Of an event's data: what the program says by names of its own. Strings under other keys are people's words.
CODES = ("category", "area", "human", "asks", "ask", "source", "to", "into", "from", "code", "until", "occasion", "fields",
         "how", "outcome", "purpose", "routine")  # fmt: skip


async def erase(office: Office, person_id: int, now: datetime) -> None:
    """Forget a person, with the duplicates that were merged. Doing it twice is fine.

    In one transaction: what they have been asked is declined and what they hold given back, as by STOPP, and their own requests
    are cancelled; the others hear of it, the person of nothing any more. Updates of theirs that wait in the inbox are dealt with
    by this too ("erased"), also the one that asked for it. Raises UnknownPerson; StaffAccount, before anything is changed, when
    the person signs in here; Stale when others were faster every time.
    """
    async with office.pool.acquire() as connection:
        for tries in range(TRIES):
            try:
                async with connection.transaction():
                    changes = await _erase(connection, office, person_id, now)
            except (Stale, asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                await asyncio.sleep(0.005 * tries)
                continue
            office.on_commit(changes)
            return
    raise Stale("others were faster every time")


@dataclass(frozen=True, slots=True)
class _Who:
    """Somebody's rows, with what they are found by in others' rows. id: of the row that the duplicates lead to."""

    id: int
    ids: tuple[int, ...]
    names: tuple[str, ...]
    phones: tuple[str, ...]
    chats: tuple[int, ...]
    erased: bool

    @property
    def first_names(self) -> list[str]:
        """As messages to residents have them."""
        return [name.split()[0] for name in self.names]

    @property
    def in_phrases(self) -> list[str]:
        """Regular expressions that find the names as words of their own."""
        return [rf"\m{re.escape(name)}\M" for name in {*self.names, *self.first_names}]

    @property
    def phone_patterns(self) -> list[str]:
        """Patterns for LIKE."""
        return [f"%{phone}%" for phone in self.phones]


async def _erase(connection: Any, office: Office, person_id: int, now: datetime) -> Changes:
    who = _who(await connection.fetch(query("erase_people"), person_id))
    # From here on nobody can store a decision on a task that names the person and was read before.
    tasks = await connection.fetch(query("merge_tasks"), who.ids)
    changes = Changes()
    for case in await store.cases_by_id(connection, [row["id"] for row in tasks]):
        nameless = without_words(case, who.ids)
        take_over(changes, nameless, decide_forgotten(nameless, who.ids, office.network, now), office, now)
    await end_pairs_of(connection, office, changes, who.ids, now)
    changes.messages = [m for m in changes.messages if m.person_id not in who.ids]
    await leave_shifts(connection, changes, who.ids, now)
    if not who.erased:
        changes.events.append(Event(now, Kind.PERSON_ERASED, None, None, {"person": who.id}))
    if changes:
        await store.commit(connection, changes, now)
    await _forget(connection, who, now)
    return changes


def _who(rows: Sequence[Any]) -> _Who:
    """Raises UnknownPerson, StaffAccount, and Stale when somebody has merged the person away meanwhile."""
    if not rows:
        raise UnknownPerson("there is no such person")
    kept = [row["id"] for row in rows if row["merged_into"] is None]
    if len(kept) != 1 or any(row["merged_into"] not in (None, kept[0]) for row in rows):
        raise Stale("merged meanwhile")
    if any(row["has_account"] for row in rows):
        raise StaffAccount("this person has a staff account: an administrator must disable it first")
    return _Who(
        id=kept[0],
        ids=tuple(row["id"] for row in rows),
        names=tuple(row["name"].strip() for row in rows if row["name"].strip()),
        phones=tuple(row["phone"] for row in rows if row["phone"]),
        chats=tuple(row["telegram_id"] for row in rows if row["telegram_id"] is not None),
        erased=all(row["erased_at"] is not None for row in rows),
    )


def without_words(case: Case, ids: Collection[int]) -> Case:
    """The case as if nobody had said who these people are: what is written because of it names nobody. Pure."""

    def nameless(person: Person) -> Person:
        return Person(person.id, None, person.created_at, language=person.language, turn=person.turn)

    people = {key: nameless(p) if key in ids else p for key, p in case.people.items()}
    mine = case.resident.id in ids
    offers = tuple(replace(o, note="") if mine or o.person_id in ids else o for o in case.offers)
    case = replace(case, people=people, offers=offers)
    if not mine:
        return case
    if case.need.source == CONCERN:
        return replace(case, resident=nameless(case.resident))
    need = replace(case.need, text="", address="", wanted=None, told_by_name="", told_by_phone=None, repeats=None)
    need = replace(need, lat=None, lon=None, located=None, from_area=None, from_place=None, from_address="")
    need = replace(need, from_lat=None, from_lon=None, requires=())
    return replace(case, need=need, task=replace(case.task, choices=()), resident=nameless(case.resident))


def decide_forgotten(case: Case, ids: Collection[int], network: Network, now: datetime) -> Decision:
    """Their own request ends; what they were asked is declined, and what they have is given back. Their worry about somebody
    else stays until a coordinator has answered it: that person may be in need. Pure."""
    if case.resident.id in ids and case.need.source != CONCERN:
        if case.task.state is TaskState.DONE:
            return decide_close(case, now)  # nobody is left to say that nobody came
        return decide_cancel(case, case.resident.id, "resident", now)
    events: list[Event] = []
    for asked in [o.id for o in case.offers if o.person_id in ids and o.state in (OfferState.SENT, OfferState.ACCEPTED)]:
        offer = next(o for o in case.offers if o.id == asked)  # as the one before has left it
        case, more = decide_no(case, offer, network, now)
        events += more
    return case, events


async def _forget(connection: Any, who: _Who, now: datetime) -> None:
    """Walk every table. The people's own rows come last: the others are found by what stands in them."""
    ids, phones, patterns = who.ids, who.phones, who.phone_patterns
    tasks = await connection.fetch(query("erase_tasks"), ids)
    about, stays = [t["id"] for t in tasks if not t["stays"]], [t["id"] for t in tasks if t["stays"]]
    await connection.execute(query("erase_ties"), ids, now, who.chats)
    await connection.execute(query("erase_inbox"), ids, phones, who.chats, about)
    await connection.execute(query("erase_events"), ids, CODES, patterns, who.in_phrases, about)
    await connection.execute(query("erase_written"), ids, now)
    await connection.execute(query("erase_told"), ids, now, about, sorted(PRIVATE), True, WORDS)
    await connection.execute(query("erase_told"), ids, now, stays, WHO, False, ())
    await connection.execute(query("erase_helped"), ids, now, who.first_names, HELPER)
    await connection.execute(query("erase_mentions"), ids, phones, patterns, [*who.names, *who.first_names], WHO)
    await connection.execute(query("erase_needs"), ids, phones, about)
    await connection.execute(query("erase_attachments"), ids, about)
    await connection.execute(query("erase_phone_calls"), ids, phones, patterns)
    await connection.execute(query("erase_accounts"), ids)
    await connection.execute(query("erase_rows"), ids, now)
