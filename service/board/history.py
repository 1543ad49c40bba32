"""What happened to a task, and what was said about it, in plain words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from bots.wording import planned_words
from dispatch.dialling import Ended
from dispatch.events import AUTOMATIC, Kind
from dispatch.model import Case, Urgency
from dispatch.money import in_kronor
from dispatch.outbox import MessageState
from dispatch.phones import as_written
from service.board.lanes import NO_BECAUSE, OTHER_REASON, REASONS, ROUTINES, STEPS, URGENCIES
from service.runtime import Runtime
from service.skills import skill_name
from service.web.texts import N_, Texts
from service.web.times import day

STAFF_ROLES = frozenset({"coordinator", "operator", "lead", "service", "administrator"})
ALARMS = frozenset(
    {Kind.EMERGENCY_RECEIVED, Kind.HUMAN_NEEDED, Kind.NOBODY_TO_ASK, Kind.TASK_DENIED, Kind.TAKER_SILENT, Kind.MESSAGE_DEAD,
     Kind.SYSTEM_REFUSED, Kind.INBOUND_FAILED, Kind.ACKNOWLEDGEMENT_LAPSED, Kind.STEP_SKIPPED, Kind.CALL_HANDED_ON}
)  # fmt: skip

# Each event in words. %(who)s: who did it; the other words come from the event's data, see _words.
SAID: dict[Kind, str] = {
    Kind.REQUEST_RECEIVED: N_("The request came in (%(source)s)."),
    Kind.QUESTION_ASKED: N_("The resident is asked: %(asks)s"),
    Kind.REQUEST_COMPLETED: N_("All that is needed is known."),
    Kind.EMERGENCY_RECEIVED: N_("May be danger to life. The resident is told to ring 112."),
    Kind.TASK_OPENED: N_("Opened: the search for help begins. %(routine)s"),
    Kind.HUMAN_NEEDED: N_("A human must look: %(reason)s"),
    Kind.STEP_BEGUN: N_("The turn has come to %(ask)s."),
    Kind.STEP_SKIPPED: N_("Nobody to ask at %(ask)s: passed over at once."),
    Kind.NOBODY_TO_ASK: N_("Nobody is left to ask: you must act."),
    Kind.OFFERS_SENT: N_("Asked: %(people)s"),
    Kind.ACKNOWLEDGEMENT_ASKED: N_("Asked to answer for it: %(people)s"),
    Kind.ACKNOWLEDGEMENT_ASKED_AGAIN: N_("Asked once more: %(people)s"),
    Kind.OFFER_DECLINED: N_("%(who)s said no. %(note)s"),
    Kind.OFFERS_EXPIRED: N_("The offer ran out for %(people)s."),
    Kind.OFFERS_SUPERSEDED: N_("No longer asked: %(people)s"),
    Kind.TASK_TAKEN: N_("%(who)s took it. %(note)s"),
    Kind.TASK_ASSIGNED: N_("%(who)s was given it."),
    Kind.TASK_ACKNOWLEDGED: N_("%(who)s answers for it."),
    Kind.TASK_PLANNED: N_("%(who)s says when it will be done: %(planned)s."),
    Kind.SERVICE_CLOSED: N_("The service groups are closed. They are asked from %(opens)s."),
    Kind.TASK_STARTED: N_("%(who)s is on the way."),
    Kind.TASK_WITHDRAWN: N_("%(who)s gave it back. %(note)s"),
    Kind.TAKER_NUDGED: N_("Reminded: %(people)s"),
    Kind.TAKER_SILENT: N_("Nothing has been heard of %(people)s. The task is open again."),
    Kind.ACKNOWLEDGEMENT_LAPSED: N_("Nothing came of the acknowledgement: asked again."),
    Kind.TASK_DONE: N_("%(who)s says that it is done."),
    Kind.PHONE_RANG: N_("Phoned us."),
    Kind.PHONE_TAKEN: N_("An operator talks with the caller."),
    Kind.PHONE_RELEASED: N_("The operator has left the call."),
    Kind.PHONE_CONNECTED: N_("Helper and resident were connected by telephone."),
    Kind.PHONE_ENDED: N_("The call has ended."),
    Kind.HELPER_THANKED: N_("The resident's thanks were passed on to the helper."),
    Kind.TASK_CONFIRMED: N_("The resident says that help came."),
    Kind.TASK_DENIED: N_("The resident says that nobody came."),
    Kind.TASK_CLOSED: N_("Closed."),
    Kind.TASK_CANCELLED: N_("Cancelled by %(who)s. %(note)s"),
    Kind.TASK_ESCALATED: N_("%(who)s sent it on to the next step."),
    Kind.TASK_NOTED: N_("%(who)s noted: %(text)s"),
    Kind.TAKER_RELIEVED: N_("Taken back from %(people)s."),
    Kind.TASK_HELD: N_("%(who)s put it on hold until %(until)s. %(note)s"),
    Kind.TASK_RESUMED: N_("The hold is over."),
    Kind.TASK_MERGED: N_("%(who)s put %(code)s and %(into)s together."),
    Kind.TASK_SPLIT: N_("%(who)s made a part of it a request of its own: %(into)s."),
    Kind.TASK_CHANGED: N_("%(who)s changed %(changed)s."),
    Kind.TASK_ANSWERED: N_("%(who)s answered: %(text)s"),
    Kind.TASK_RELEASED: N_("%(who)s gave it back to the others."),
    Kind.CALLBACK_WANTED: N_("%(who)s wants the resident phoned: %(text)s"),
    Kind.REQUEST_ADDED_TO: N_("Added by %(who)s: %(text)s"),
    Kind.FIXED_CONTACT_SET: N_("%(who)s will be asked first next time."),
    Kind.TASK_DELAYED: N_("%(who)s comes about %(minutes)s minutes later."),
    Kind.SERVICE_WANTED: N_("%(who)s says that it is for the service group. %(note)s"),
    Kind.NEXT_VISIT_PLANNED: N_("%(who)s would like to come again on %(day)s: %(code)s"),
    Kind.PEOPLE_CHANGED: N_("%(who)s changed how many it needs: %(count)s."),
    Kind.LEAD_CHANGED: N_("%(who)s named who leads those who help."),
    Kind.FIXED_CONTACT_PROPOSED: N_("After the second visit both were asked about a fixed contact."),
    Kind.FIXED_CONTACT_ENDED: N_("The fixed contact has ended."),
    Kind.OCCASION_MOVED: N_("The next visit is on %(day)s now."),
    Kind.HOLIDAYS_CHOSEN: N_("%(who)s chose for holidays: %(holidays)s."),
    Kind.CONCERN_REPLIED: N_("%(who)s answered in confidence: “%(text)s”"),
    Kind.RESIDENT_NOT_REACHED: N_("%(who)s has not reached the resident: %(how)s."),
    Kind.RESIDENT_HEARD_OF: N_("The resident has written: “%(text)s”"),
    Kind.CONCERN_REPORTED: N_("%(who)s is worried. The coordinators have it in words: %(code)s"),
    Kind.EXPENSE_RECORDED: N_("%(who)s has paid %(amount)s kr. %(over)s"),
    Kind.RECEIPT_ADDED: N_("%(who)s has sent the receipt for %(amount)s kr."),
    Kind.RECEIPT_ASKED: N_("%(who)s asked for the receipt for %(amount)s kr."),
    Kind.EXPENSE_APPROVED: N_("%(who)s approved %(amount)s kr."),
    Kind.EXPENSE_PAID: N_("%(who)s noted that %(amount)s kr were paid back."),
    Kind.EXPENSE_REJECTED: N_("%(who)s rejected %(amount)s kr."),
    Kind.EQUIPMENT_LENT: N_("%(who)s lent out a thing."),
    Kind.EQUIPMENT_RETURNED: N_("%(who)s noted that a thing is back."),
    Kind.EQUIPMENT_REMINDED: N_("Reminded of a thing that was lent."),
    Kind.PERSON_STOPPED: N_("%(who)s has said STOPP."),
    Kind.PERSON_STARTED: N_("%(who)s gets texts again."),
    Kind.INBOUND_FAILED: N_("A message could not be dealt with, because of a fault of ours: read it."),
    Kind.SYSTEM_RECEIVED: N_("The case system of %(group)s has it as %(request)s."),
    Kind.SYSTEM_REFUSED: N_("The case system of %(group)s did not take it (%(error)s): tell the group."),
    Kind.MESSAGE_DEAD: N_("A message did not arrive: phone instead."),
    Kind.MESSAGE_HANDLED: N_("%(who)s has phoned instead of an SMS."),
    Kind.CALL_TAKEN: N_("%(who)s is about to phone."),
    Kind.CALL_RELEASED: N_("%(who)s did not phone after all."),
    Kind.CALL_NOT_ANSWERED: N_("%(who)s phoned; nobody answered."),
    Kind.CALL_HANDED_ON: N_("The call was handed on to a coordinator."),
    Kind.CALL_WANTED: N_("%(who)s asked to be connected with the resident."),
    Kind.CALL_ENDED: N_("A call through the network: %(outcome)s."),
}
FIELD_NAMES = {
    "category": N_("the category"),
    "area": N_("the area"),
    "place": N_("the place"),
    "address": N_("the address"),
    "from_area": N_("the area where it is fetched"),
    "from_place": N_("the place where it is fetched"),
    "from_address": N_("the address where it is fetched"),
    "urgency": N_("the urgency"),
    "wanted": N_("the time"),
    "requires": N_("what it takes"),
    "expected": N_("the expected cost"),
    "infection": N_("whether the household is infected"),
}
ASKS = {"category": N_("what is needed?"), "place": N_("where do you live?")}
SOURCES = {
    "sms": N_("by SMS"),
    "46elks": N_("by SMS"),
    "telegram": N_("in the chat"),
    "api": N_("by a program"),
    "open311": N_("from another case system"),
    "desk": N_("by phone"),
    "repeat": N_("it comes back"),
    "phone-chat": N_("a weekly call"),
}
# How a call through the network went.
CALLED = {
    Ended.TALKED: N_("they talked"),
    Ended.FIRST_SILENT: N_("the helper did not answer"),
    Ended.FIRST_BUSY: N_("the helper's line was busy"),
    Ended.SECOND_SILENT: N_("the resident did not answer"),
    Ended.SECOND_BUSY: N_("the resident's line was busy"),
}
# What happens when a visit that comes back falls on a holiday.
ON_HOLIDAYS = {
    "": N_("a day as others"),
    "skip": N_("nobody comes"),
    "before": N_("the working day before"),
    "after": N_("the working day after"),
}
REACHED = {"door": N_("nobody opened"), "phone": N_("nobody answered the phone")}
NOT_CONNECTED = N_("it could not be connected")
CANCELLED_BECAUSE = {"resident": N_("The resident does not need it any more."), "staff": ""}
MESSAGE_STATES = {
    MessageState.QUEUED: N_("waiting to be sent"),
    MessageState.SENDING: N_("being sent"),
    MessageState.SENT: N_("sent"),
    MessageState.DELIVERED: N_("has arrived"),
    MessageState.FAILED: N_("did not go through, tried again"),
    MessageState.DEAD: N_("did not arrive"),
    MessageState.TO_CALL: N_("to be said by phone"),
    MessageState.STOPPED: N_("not sent: STOPP"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One event as a page shows it. tone: alarm, human or program."""

    id: int
    at: datetime
    text: str
    by: str
    tone: str


@dataclass(frozen=True, slots=True)
class Said:
    """One message about a task. way: in or out. state: in words; bad: it has not arrived."""

    at: datetime
    way: str
    who: str
    text: str
    state: str
    bad: bool


def line_of(row: Any, case: Case, runtime: Runtime, words: Texts, clock_time: Callable[[datetime], str]) -> Line:
    """An event's row (board_history) in words."""
    kind, data = Kind(row["kind"]), orjson.loads(row["data"])
    who = _who(row, case, words)
    filled = _words(data, case, runtime, words, clock_time) | {"who": who}
    text = words.gettext(SAID[kind]) % _Filled(filled)
    tone = "alarm" if kind in ALARMS else "program" if kind in AUTOMATIC or row["actor_roles"] is None else "human"
    text = " ".join(text.split())
    return Line(row["id"], row["at"], text[:1].upper() + text[1:], row["staff_name"] or "", tone)


class _Filled(dict[str, str]):
    """Events of an earlier release may lack a word: the sentence is shown without it."""

    def __missing__(self, key: str) -> str:
        return ""


def _who(row: Any, case: Case, words: Texts) -> str:
    if row["actor_roles"] is None:
        return words.gettext(N_("the program"))
    asked = case.people.get(row["person_id"])  # as the reader may know them, see discretion.py
    name = (asked.name or asked.organisation) if asked else row["actor_name"] or row["actor_organisation"]
    if name:
        return str(name)
    staff = STAFF_ROLES.intersection(row["actor_roles"])
    return words.gettext(
        N_("a colleague") if staff else N_("the resident") if "resident" in row["actor_roles"] else N_("a helper")
    )


def _words(
    data: Mapping[str, Any], case: Case, runtime: Runtime, words: Texts, clock_time: Callable[[datetime], str]
) -> dict[str, str]:
    name = words.gettext
    filled = {
        "people": _people(data, case, words),
        "ask": name(STEPS.get(data.get("ask", ""), N_("the next group"))),
        "reason": name(REASONS.get(data.get("reason", ""), OTHER_REASON)),
        "routine": name(ROUTINES[data["routine"]]) if data.get("routine") in ROUTINES else "",
        "asks": name(ASKS.get(data.get("asks", ""), "")),
        "source": name(SOURCES.get(data.get("source", ""), N_("another way"))),
        "text": str(data.get("text", "")),
        "code": str(data.get("code", "")),
        "count": str(data.get("needed", "")),
        "holidays": name(ON_HOLIDAYS.get(data.get("holidays", ""), "")),
        "how": name(REACHED.get(data.get("how", ""), "")),
        "into": str(data.get("into", "")),
        "note": _note(data, words),
        "group": runtime.network.group_name(data.get("group", "")),
        "request": str(data.get("request", "")),
        "error": str(data.get("error", "")),
        "outcome": name(CALLED.get(data.get("outcome", ""), NOT_CONNECTED)),
        "changed": _changed(data.get("changed"), runtime, words),
        "minutes": str(data.get("minutes", "")),
        "amount": in_kronor(data.get("amount_ore", 0), words.language),
        "over": name(N_("That is more than the limit.")) if data.get("over_limit") else "",
        "day": day(date.fromisoformat(data["occasion"]), words.language) if data.get("occasion") else "",
    }
    if until := data.get("until"):
        filled["until"] = clock_time(datetime.fromisoformat(until))
        filled["opens"] = planned_words(until, "time", words.language, runtime.network.zone)
    if at := data.get("at"):
        filled["planned"] = planned_words(at, data.get("said", "time"), words.language, runtime.network.zone)
    return filled


def _note(data: Mapping[str, Any], words: Texts) -> str:
    said = data.get("note") or data.get("reason") or ""
    said = words.gettext(NO_BECAUSE[said]) if said in NO_BECAUSE else said
    return words.gettext(CANCELLED_BECAUSE[said]) if said in CANCELLED_BECAUSE else f"“{said}”" if said else ""


def _people(data: Mapping[str, Any], case: Case, words: Texts) -> str:
    offers = {o.id: o.person_id for o in case.offers}
    ids = [*(data.get("people") or ()), *(offers[o] for o in data.get("offers") or () if o in offers)]
    names = []
    for person in dict.fromkeys(ids):
        someone = case.people.get(person)
        names.append((someone.name or someone.organisation or as_written(someone.phone or "?")) if someone else "?")
    return ", ".join(names) or words.gettext(N_("nobody"))


def _changed(changed: Any, runtime: Runtime, words: Texts) -> str:
    """ "the category (Groceries → Pharmacy), the address": an address itself stands in no event."""
    if not isinstance(changed, dict):
        return words.gettext(N_("the request"))
    told = []
    for field, values in changed.items():
        label = words.gettext(FIELD_NAMES.get(field, str(field)))
        if isinstance(values, list) and len(values) == 2:
            old, new = (_value(field, value, runtime, words) for value in values)
            label = f"{label} ({old} → {new})"
        told.append(label)
    return ", ".join(told)


def _value(field: str, value: Any, runtime: Runtime, words: Texts) -> str:
    if value in (None, ""):
        return "–"
    if field == "category":
        category = runtime.network.category(value)
        return category.name(words.language) if category else str(value)
    if field == "requires" and isinstance(value, list):
        return ", ".join(skill_name(str(skill), words) for skill in value) or "–"
    if field == "expected":
        return f"{in_kronor(value, words.language)} kr"
    if field in ("area", "from_area"):
        return runtime.network.area_name(value) or str(value)
    if field == "urgency" and value in set(Urgency):
        return words.gettext(URGENCIES[Urgency(value)])
    return str(value)


def said_of(row: Any, case: Case, runtime: Runtime, words: Texts) -> Said:
    """A message's row (board_messages) with its text and what became of it."""
    asked = case.people.get(row["person_id"])
    who = (asked.name or asked.organisation if asked else row["name"]) or as_written(row["phone"] or "?")
    if row["way"] == "in":
        return Said(row["at"], "in", who, row["body"], words.gettext(N_("came in")), False)
    text = row["body"] or _worded(row, runtime)
    state = MessageState(row["state"])
    handled = row["handled"]
    shown = words.gettext(N_("said by phone")) if handled else words.gettext(MESSAGE_STATES[state])
    if state is MessageState.FAILED and row["attempts"]:
        shown = f"{shown} ({row['attempts']})"
    return Said(row["at"], "out", who, text, shown, not handled and state in (MessageState.DEAD, MessageState.TO_CALL))


def _worded(row: Any, runtime: Runtime) -> str:
    try:
        return runtime.wording(row["kind"], orjson.loads(row["params"]), row["language"])
    except (KeyError, ValueError):
        return str(row["kind"])
