"""What a call leaves behind: a request like the last one, a call-back on the desk with what was said, an emergency."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bots.voice.prompts import CATALOGUE
from bots.voice.script import Wish
from bots.wording import texts
from dispatch import store
from dispatch.changes import Changes, Message, Received
from dispatch.intake import Request, at_home, decide_for_human, decide_request
from dispatch.model import Attachment, Case, Person, TaskState, Urgency
from dispatch.offers import Decision
from dispatch.office import Office, take_over
from dispatch.phone_calls import SOURCE, PhoneCall
from dispatch.rows import case_of
from dispatch.wellbeing import is_alarm_of_its_own
from sql import query

CALLBACK, EMERGENCY = "callback", "emergency"  # why a human must act
# What waits for somebody to phone already: one call-back is enough.
WAITING = frozenset({CALLBACK, "voice", EMERGENCY})
# Said on the telephone a moment ago: nobody must phone a landline to say it again.
HEARD = frozenset({"received", "received_night", "received_service", "human_will_answer", "we_will_phone"})


@dataclass(slots=True)
class Filed:
    """A call with what it leaves behind. own: the caller's requests that have not ended."""

    call: PhoneCall
    person: Person | None
    own: list[Case]
    changes: Changes = field(default_factory=Changes)


async def carry_out(connection: Any, office: Office, filed: Filed, wishes: Sequence[Wish], now: datetime) -> None:
    """Open what is wished for, and put the recording where it belongs. Changes `filed`."""
    for wish in wishes:
        await store.fill(connection, office.mint, 2)
        await _open(connection, office, filed, wish, now)
    call = filed.call
    if not call.recording or call.task_id is None or call.person_id is None:
        return
    if not await connection.fetchval(query("has_recording"), call.task_id, call.recording):
        voice = Attachment(
            id=office.mint.id(), task_id=call.task_id, person_id=call.person_id, kind="voice", carrier=call.carrier,
            file_id=call.recording, mime="audio/wav", created_at=now, due_at=now,
        )  # fmt: skip
        filed.changes.attachments.append(voice)


async def _open(connection: Any, office: Office, filed: Filed, wish: Wish, now: datetime) -> None:
    call = filed.call
    if wish.kind != "again" and (waiting := _waits_already(filed, wish, now)):
        person_id = filed.person.id if filed.person else call.person_id
        filed.call = replace(call, task_id=waiting, person_id=person_id)
        return
    person = _caller(filed, office, now)
    if wish.kind == "again":
        last = case_of(await connection.fetchval(query("last_request"), person.id)).need
        request = Request(last.text, SOURCE, last.category, last.area, last.place, last.address)
        decision = decide_request(person, request, office.network, now, office.mint)
    else:
        decision = _for_a_human(person, wish, office, now)
    after = decision[0]
    filed.own.insert(0, after)
    fresh = Changes()
    take_over(fresh, None, decision, office, now)
    fresh.messages = [m for m in map(_as_phoned, fresh.messages) if not _was_heard(m, person)]
    fresh.received.append(_in_the_inbox(call, person, after, wish, now))
    filed.changes.add(fresh)
    filed.call = replace(call, task_id=after.task.id, person_id=person.id)


def _for_a_human(person: Person, wish: Wish, office: Office, now: datetime) -> Decision:
    """Words for the desk are in the network's language."""
    is_emergency = wish.kind == EMERGENCY
    said = texts("sv" if "sv" in office.network.languages else "en", CATALOGUE)[wish.note]
    request = Request(said, SOURCE, urgency=Urgency.EMERGENCY if is_emergency else Urgency.NORMAL)
    if is_emergency:
        return decide_request(person, request, office.network, now, office.mint)
    return decide_for_human(person, at_home(person, request, office.network), CALLBACK, office.network, now, office.mint)


def _waits_already(filed: Filed, wish: Wish, now: datetime) -> int | None:
    """A task that somebody has to phone about anyway. Whoever phones again a moment after an alarm rings everybody again, which
    is enough; later it is an alarm of its own."""
    if wish.kind == EMERGENCY and is_alarm_of_its_own(filed.own, now):
        return None
    wanted = {EMERGENCY} if wish.kind == EMERGENCY else WAITING
    if filed.call.task_id is not None and wish.kind != EMERGENCY:
        return filed.call.task_id
    waits = (TaskState.OPEN, TaskState.WITH_SERVICE)
    return next((c.task.id for c in filed.own if c.task.human in wanted and c.task.state in waits), None)


def _caller(filed: Filed, office: Office, now: datetime) -> Person:
    """Whose number it is; somebody new, also behind a hidden number: two calls may be two people."""
    person = filed.person
    if person is not None:
        filed.changes.people.setdefault(person.id, person)  # it counts as their turn
        return person
    person = Person(office.mint.id(), filed.call.caller, now, language=filed.call.language, roles=("resident",))
    filed.changes.people_new.append(person)
    filed.person = person
    return person


def _as_phoned(message: Message) -> Message:
    """Who has phoned is told that somebody phones, not that somebody reads."""
    return replace(message, kind="we_will_phone") if message.kind == "human_will_answer" else message


def _was_heard(message: Message, caller: Person) -> bool:
    return message.person_id == caller.id and message.kind in HEARD and message.state == "to_call"


def _in_the_inbox(call: PhoneCall, person: Person, case: Case, wish: Wish, now: datetime) -> Received:
    """The call as it stands among what the person has said."""
    text, outcome = case.need.text, f"call_{wish.kind}"
    carrier_id = f"call:{call.carrier_id}:{wish.kind}"
    return Received(call.carrier, carrier_id, call.caller or "", person.id, case.task.id, text, outcome, now)
