"""Rows as models: what PostgreSQL gives, as JSON or as columns, becomes the values of dispatch/model.py and its neighbours."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime, time
from typing import Any

import orjson

from dispatch.case_systems import RequestState, SystemRequest
from dispatch.dialling import CallState, Ended, OutgoingCall, Purpose
from dispatch.duty import Candidate
from dispatch.expenses import Expense, ExpenseState
from dispatch.loan import Loan
from dispatch.model import (
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

Row = dict[str, Any]


def when_of(value: str | datetime | None) -> datetime | None:
    """A time from JSON, where it is text, or from a column, where it is one already."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _day(value: str | date | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


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
        stopped_at=when_of(row["stopped_at"]),
        helped_total=row["helped_total"],
        turn=row["turn"],
        email=row["email"],
        protected=row["protected"],
        paused_until=when_of(row["paused_until"]),
        chat_blocked_at=when_of(row["chat_blocked_at"]),
        standby_since=when_of(row["standby_since"]),
        available=tuple(row["available"]),
        avoids=tuple(row["avoids"]),
        lat=row["lat"],
        lon=row["lon"],
        travels=row["travels"],
        system=row["system"],
        vetting=row["vetting"],
        vetted_until=_day(row["vetted_until"]),
        infected_until=_day(row["infected_until"]),
    )


def system_request_of(row: Row) -> SystemRequest:
    """A request to a case system from its columns."""
    known = {f.name: row[f.name] for f in fields(SystemRequest)}
    return SystemRequest(**{**known, "state": RequestState(row["state"])})


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
        lead=row["lead"],
        ladder=steps_of(row["ladder"]),
        step=row["step"],
        step_ends=when_of(row["step_ends"]),
        rounds=row["rounds"],
        human=row["human"],
        asks=row["asks"],
        asked=row["asked"],
        nudges=row["nudges"],
        deadline=Deadline(row["deadline"]) if row["deadline"] else None,
        deadline_at=when_of(row["deadline_at"]),
        occasion=date.fromisoformat(row["occasion"]) if row["occasion"] else None,
        by_rule=date.fromisoformat(row["by_rule"]) if row["by_rule"] else None,
        asks_first=row["asks_first"],
        choices=tuple(Place(**{**c, "precision": Precision(c["precision"])}) for c in row["choices"]),
        planned_at=when_of(row["planned_at"]),
        planned_as=row["planned_as"],
        routine=row["routine"],
        infected=row["infected"],
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
        holidays=row["holidays"],
        lat=row["lat"],
        lon=row["lon"],
        located=Precision(row["located"]) if row["located"] else None,
        from_area=row["from_area"],
        from_place=row["from_place"],
        from_address=row["from_address"],
        from_lat=row["from_lat"],
        from_lon=row["from_lon"],
        requires=tuple(row["requires"]),
        expected_ore=row["expected_ore"],
        infection=row["infection"],
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
        answered_at=when_of(row["answered_at"]),
        note=row["note"],
        thanked_at=when_of(row["thanked_at"]),
        group_key=row["group_key"],
        handed_back=row["handed_back"],
    )


def expense_of(row: Any) -> Expense:
    """An expense from its columns."""
    columns = {f.name: row[f.name] for f in fields(Expense)}
    return Expense(**{**columns, "state": ExpenseState(row["state"])})


def loan_of(row: Any) -> Loan:
    """A loan from its columns."""
    return Loan(**{f.name: row[f.name] for f in fields(Loan)})


def phone_chat_of(row: Any) -> PhoneChat:
    """A phone chat from its row, as JSON or as columns."""
    times = ("resident_yes", "volunteer_yes", "next_at", "call_at", "last_at", "ended_at", "created_at")
    at, columns = row["at"], {f.name: row[f.name] for f in fields(PhoneChat)}
    return PhoneChat(
        **{
            **columns,
            **{name: when_of(row[name]) for name in times},
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


def steps_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps of a ladder as they are stored."""
    return tuple(Step(Ask(s["ask"]), s["wait"], s["every"], s["wave"], s.get("widen", True)) for s in rows)


def case_of(document: str) -> Case:
    """A case from its document (the view case_doc)."""
    doc = orjson.loads(document)
    people = {pair["person"]["id"]: person_of(pair["person"]) for pair in doc["offers"]}
    offers = sorted((_offer_of(pair["offer"]) for pair in doc["offers"]), key=lambda o: o.sent_at)
    apart = frozenset(doc["kept_apart"])
    return Case(_task_of(doc["task"]), _need_of(doc["need"]), person_of(doc["resident"]), tuple(offers), people, apart)


def candidate_of(row: Any) -> Candidate:
    """From a row of columns, not JSON: rosters are the longest thing that is read, and columns come as values."""
    numbers = row["live_numbers"]
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
        live_numbers=set(map(abs, numbers)),
        holds=sum(n < 0 for n in numbers),
    )
