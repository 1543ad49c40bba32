"""New needs: told by form or program, or taken down by an operator in one call."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from dispatch import store
from dispatch.changes import Changes, Consent, Received, message, texts_reach
from dispatch.errors import BadRequest, CardNumber, UnknownPerson
from dispatch.events import Event, Kind
from dispatch.hygiene import LASTS
from dispatch.intake import Request, at_home, decide_for_human, decide_request
from dispatch.model import Case, Person, Urgency
from dispatch.money import has_card_number, without_card_numbers
from dispatch.network import Network
from dispatch.offers import Decision
from dispatch.office import DESK, Office, take_over, until_stored
from dispatch.recurring import check_rule
from dispatch.whereabouts import OUTSIDE

INCOMPLETE = "incomplete"  # why a human must act: something is missing, and no SMS can ask for it
CONSENT_BY = ("phone", "form", "sms", "chat", "paper")  # how somebody may have agreed, as the table of consents knows it


@dataclass(frozen=True, slots=True)
class OpenNeed:
    """A need told by phone, form or program. phone: E.164 or None. reason: why only a human can take it, if so."""

    phone: str | None
    request: Request
    name: str = ""
    language: str = "sv"
    reason: str | None = None
    phone_raw: str = ""  # as it was written, when it cannot be read
    infected_until: date | None = None  # the last day on which the household counts as infected


async def open_need(office: Office, command: OpenNeed, now: datetime) -> Case:
    """Open a request for a resident, known or new. Card numbers and PINs are taken out, and the resident is warned."""
    told = command.request
    command = replace(command, request=_without_card_numbers(told))

    async def attempt(connection: Any) -> tuple[Changes, Case]:
        changes = Changes()
        person = await store.person_by_phone(connection, command.phone) if command.phone else None
        if person is None:
            person = _resident(command, office.mint.id(), now)
            changes.people_new.append(person)
        else:
            if (command.name and not person.name) or (person.area is None and command.request.area):
                person = replace(
                    person,
                    name=person.name or command.name,
                    area=person.area or command.request.area,
                    place=person.place or command.request.place,
                    address=person.address or command.request.address,
                )
            if command.infected_until:
                person = replace(person, infected_until=command.infected_until)
            # Always, as with an SMS: it counts as their turn, so that nobody merges the person away meanwhile.
            changes.people[person.id] = person
        await store.fill(connection, office.mint, 1)
        if command.reason:
            decision = decide_for_human(person, command.request, command.reason, office.network, now, office.mint)
        else:
            decision = decide_request(person, command.request, office.network, now, office.mint)
        take_over(changes, None, decision, office, now)
        if command.request != told and texts_reach(person):
            changes.messages.append(message(person, "card_number_removed", {}, decision[0].task.id, now))
        return changes, decision[0]

    return await until_stored(office, attempt, now)


def _without_card_numbers(request: Request) -> Request:
    wanted = without_card_numbers(request.wanted) if request.wanted else request.wanted
    return replace(request, text=without_card_numbers(request.text), address=without_card_numbers(request.address), wanted=wanted)


def _resident(command: OpenNeed, new_id: int, now: datetime) -> Person:
    request = command.request
    return Person(
        id=new_id,
        phone=command.phone,
        created_at=now,
        phone_raw=command.phone_raw,
        name=command.name,
        language=command.language,
        roles=("resident",),
        area=request.area,
        place=request.place,
        address=request.address,
        infected_until=command.infected_until,
    )


@dataclass(frozen=True, slots=True)
class OpenCall:
    """What an operator takes down in one telephone call.

    by: the operator's person id. phone: the resident's number in E.164; phone_raw: as it was heard, when it cannot be read.
    person: the resident's person id when the operator has recognised them, whatever number the call comes from. language:
    None leaves it as it is. protected: only ever set here, never taken back; so is infected: the household counts as infected
    from now on, for LASTS. told_by_*: whoever asks on the resident's
    behalf. consent_how: one of CONSENT_BY, or None when nothing was agreed now. reason: why only a human can take it, if so.
    """

    by: int
    requests: tuple[Request, ...]
    phone: str | None = None
    phone_raw: str = ""
    person: int | None = None
    name: str = ""
    language: str | None = None
    area: str | None = None
    place: str | None = None
    address: str = ""
    protected: bool = False
    infected: bool = False
    told_by_name: str = ""
    told_by_phone: str | None = None
    consent_how: str | None = None
    consent_given_by: str = ""
    reason: str | None = None
    note: str = ""
    form: str | None = None


async def open_call(office: Office, command: OpenCall, now: datetime) -> list[Case]:
    """Open everything that was asked for in one call, in one commit: an emergency first, then in the order told.

    The resident has heard on the telephone what happens next, so that an SMS confirms it and nobody phones for it once more.
    Where a question by SMS would reach nobody, what is incomplete goes to a human. Raises BadRequest, UnknownPerson, and
    AlreadyReceived when this form was stored before.
    """
    _check(command, office.network)
    requests = sorted(command.requests, key=lambda r: r.urgency is not Urgency.EMERGENCY)

    async def attempt(connection: Any) -> tuple[Changes, list[Case]]:
        changes = Changes()
        person = await _caller(connection, command, office, now, changes)
        await store.fill(connection, office.mint, 2 * len(requests))
        cases = []
        for request in requests:
            decision = _decide(person, _as_told(request, command, person, office.network), command.reason, office, now)
            case, events = decision
            done_by = [replace(e, person_id=command.by) if e.person_id == person.id else e for e in events]
            take_over(changes, None, (case, done_by), office, now)
            cases.append(case)
        changes.messages = [m for m in changes.messages if m.person_id != person.id or m.channel != "call"]
        if command.consent_how:
            changes.consents.append(Consent(person.id, now, command.consent_how, command.consent_given_by, command.by))
        if command.note:
            noted = Event(now, Kind.TASK_NOTED, cases[0].task.id, command.by, {"text": command.note})
            changes.events.append(noted)
        if command.form:
            changes.received.append(_as_filed(command, command.form, person, cases, now))
        return changes, cases

    return await until_stored(office, attempt, now)


def _as_filed(command: OpenCall, form: str, person: Person, cases: list[Case], now: datetime) -> Received:
    said = "\n".join(c.need.text for c in cases)
    sender = command.told_by_phone or command.phone or command.phone_raw[:80]
    return Received(DESK, form, sender, person.id, cases[0].task.id, said, "call", now)


def _check(command: OpenCall, network: Network) -> None:
    if not command.requests:
        raise BadRequest("say what is needed: at least one request")
    if command.area is not None and command.area not in network.areas:
        raise BadRequest(f"area: there is no '{command.area}'")
    if command.consent_how is not None and command.consent_how not in CONSENT_BY:
        raise BadRequest(f"consent: choose one of {', '.join(CONSENT_BY)}")
    words = [command.note, command.address, *(t for r in command.requests for t in (r.text, r.address, r.wanted or ""))]
    if any(has_card_number(text) for text in words):
        raise CardNumber("that looks like a card's number or a PIN: write it without")
    for request in command.requests:
        if request.category is not None and request.category not in network.categories:
            raise BadRequest(f"category: there is no '{request.category}'")
        if request.area is not None and request.area not in network.areas:
            raise BadRequest(f"area: there is no '{request.area}'")
        if not request.text.strip() and request.category is None:
            raise BadRequest("say what is needed: text or category")
        if request.repeats is not None:
            check_rule(request.repeats)


async def _caller(connection: Any, command: OpenCall, office: Office, now: datetime, changes: Changes) -> Person:
    """The resident as they are from now on: new, or known and with what the operator has typed."""
    today = office.network.local_date(now)
    if command.person is not None:
        known = await store.person_by_id(connection, command.person)
        if known is None:
            raise UnknownPerson("there is no such person")
    else:
        known = await store.person_by_phone(connection, command.phone) if command.phone else None
    if known is None:
        person = _as_typed(Person(office.mint.id(), command.phone, now, phone_raw=command.phone_raw[:80]), command, today)
        changes.people_new.append(person)
        return person
    person = _as_typed(known, command, today)
    if known.phone is None and command.phone and await store.person_by_phone(connection, command.phone) is None:
        person = replace(person, phone=command.phone)
    changes.people[person.id] = person  # always: it counts as their turn
    return person


def _as_typed(person: Person, command: OpenCall, today: date) -> Person:
    moved = command.area is not None and command.area != person.area
    return replace(
        person,
        name=command.name.strip() or person.name,
        language=command.language or person.language,
        roles=person.roles if "resident" in person.roles else (*person.roles, "resident"),
        area=command.area or person.area,
        place=command.place if command.area is not None else person.place,
        address=command.address if moved else command.address or person.address,
        protected=person.protected or command.protected,
        infected_until=today + LASTS if command.infected else person.infected_until,
    )


def _as_told(request: Request, command: OpenCall, person: Person, network: Network) -> Request:
    told = replace(request, source=DESK, told_by_name=command.told_by_name, told_by_phone=command.told_by_phone)
    return at_home(person, told, network)


def _decide(person: Person, request: Request, reason: str | None, office: Office, now: datetime) -> Decision:
    is_complete = request.category is not None and request.area is not None
    is_emergency = request.urgency is Urgency.EMERGENCY
    if not is_complete and not is_emergency and not texts_reach(person):
        reason = reason or INCOMPLETE
    if reason and not (is_emergency and reason == OUTSIDE):  # danger is an alarm, wherever it is
        return decide_for_human(person, request, reason, office.network, now, office.mint)
    return decide_request(person, request, office.network, now, office.mint)
