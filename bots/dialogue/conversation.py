"""One inbound message, decided: which command it is, and what is answered. Pure; the shell around it is bots/inbound.py.

Whatever is written ends answered, asked about, or with a human (domain.md, "one way in, many ways out").
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bots.dialogue.understand import Understanding
from bots.dialogue.words import Reply, Verb
from bots.inbound_message import Inbound
from dispatch.changes import Changes, Received, message
from dispatch.errors import Outcome, UnknownNumber, WhichNumber
from dispatch.events import Event, Kind
from dispatch.intake import Request, decide_answer, decide_for_human, decide_hand_over, decide_request
from dispatch.mint import Mint
from dispatch.model import ENDED, Case, Offer, OfferKind, OfferState, Person, TaskState, Urgency
from dispatch.network import Network
from dispatch.notices import notices
from dispatch.offers import decide_add, decide_cancel, decide_confirm, decide_done, decide_no, decide_start, decide_yes
from dispatch.store import Context
from geo.fold import fold

OWN_CONFIRMATION = 1  # "JA 1" means the person's own request; offers are numbered from 10
REPLY_NUMBERS_SHOWN = 4
Decision = tuple[Case, list[Event]]


@dataclass(slots=True)
class Turn:
    """One message being answered: who wrote, what is known, and what is to be stored."""

    inbound: Inbound
    context: Context
    understood: Understanding
    network: Network
    now: datetime
    mint: Mint
    person: Person
    changes: Changes = field(default_factory=Changes)
    task_id: int | None = None

    def say(self, kind: str, force: bool = False, **params: Any) -> None:
        """Answer the sender."""
        self.changes.messages.append(message(self.person, kind, params, self.task_id, self.now, force))

    def apply(self, before: Case | None, decision: Decision) -> None:
        """Store a decision on a case, with the messages that follow from it."""
        after, events = decision
        self.task_id = after.task.id
        if after.resident.id == self.person.id and self.person.area is None and after.need.area and after.need.category:
            # Nobody is asked again where they live.
            _change_person(self, replace(self.person, area=after.need.area, place=after.need.place))
        self.changes.case(before, after, events)
        self.changes.messages += notices(after, events, self.network, self.now)

    def request(self) -> Request:
        """What was understood, as a request."""
        u = self.understood
        return Request(
            text=self.inbound.text.strip(),
            source=self.inbound.carrier,
            category=u.category,
            area=u.area,
            place=u.place,
            wanted=u.wanted,
            urgency=Urgency(u.urgency),
        )

    def for_human(self, reason: str) -> None:
        """Hand the message to a human as a task of its own."""
        decision = decide_for_human(self.person, self.request(), reason, self.network, self.now, self.mint)
        self.apply(None, decision)

    def active(self) -> list[Case]:
        """The sender's own requests that somebody is working on, newest first."""
        return [c for c in self.context.own if c.task.state not in ENDED | {TaskState.DONE, TaskState.ASKING}]

    def asking(self) -> Case | None:
        """The sender's own request that waits for an answer to a question."""
        return next((c for c in self.context.own if c.task.state is TaskState.ASKING), None)

    def unconfirmed(self) -> Case | None:
        """The sender's own request that is said to be done."""
        return next((c for c in self.context.own if c.task.state is TaskState.DONE), None)


def decide_inbound(
    inbound: Inbound,
    context: Context,
    understood: Understanding,
    reply: Reply | None,
    network: Network,
    now: datetime,
    mint: Mint,
) -> Changes:
    """Everything that one message changes: requests, offers, people, answers, and the message itself in the inbox."""
    person = context.person or _newcomer(inbound, understood, now, mint)
    turn = Turn(inbound, context, understood, network, now, mint, person)
    if context.person is None:
        turn.changes.people_new.append(person)
    outcome = _outcome(turn, reply)
    # Somebody whose number cannot be read cannot be answered; a human sees the message instead.
    turn.changes.messages = [m for m in turn.changes.messages if m.person_id != person.id or person.phone]
    turn.changes.received.append(
        Received(inbound.carrier, inbound.carrier_id, inbound.sender, person.id, turn.task_id, inbound.text, outcome, now)
    )
    return turn.changes


def decide_failed(inbound: Inbound, context: Context, network: Network, now: datetime, mint: Mint) -> Changes:
    """The message could not be dealt with because of a fault of ours: it is kept, and a human gets it."""
    nothing = Understanding("other", None, None, None, "normal", "sv", None, ())
    person = context.person or _newcomer(inbound, nothing, now, mint)
    turn = Turn(inbound, context, nothing, network, now, mint, person)
    if context.person is None:
        turn.changes.people_new.append(person)
    turn.for_human("failed")
    turn.changes.events.append(Event(now, Kind.INBOUND_FAILED, turn.task_id, person.id))
    if not person.phone:
        turn.changes.messages = []
    turn.changes.received.append(
        Received(inbound.carrier, inbound.carrier_id, inbound.sender, person.id, turn.task_id, inbound.text, "failed", now)
    )
    return turn.changes


def _newcomer(inbound: Inbound, understood: Understanding, now: datetime, mint: Mint) -> Person:
    return Person(
        id=mint.id(),
        phone=inbound.phone,
        phone_raw="" if inbound.phone else inbound.sender[:80],
        created_at=now,
        language=understood.language,
        roles=("resident",),
    )


def _outcome(turn: Turn, reply: Reply | None) -> str:
    if turn.understood.intent == "emergency":
        return _emergency(turn)
    if not turn.person.phone:
        turn.for_human("unreadable_number")
        return "unreadable_number"
    if reply:
        if reply.verb is Verb.STOP:
            return _stop(turn)
        if reply.verb is Verb.START:
            return _start(turn)
        try:
            if _reply(turn, reply):
                return str(reply.verb)
        except Outcome as outcome:
            turn.say(outcome.kind, **outcome.params)
            return outcome.kind
    return _talk(turn)


def _emergency(turn: Turn) -> str:
    """Ring 112 is said at once and a human is told at once; never merely offered to volunteers. Never a duplicate."""
    request = replace(turn.request(), urgency=Urgency.EMERGENCY)
    turn.apply(None, decide_request(turn.person, request, turn.network, turn.now, turn.mint))
    return "emergency"


def _stop(turn: Turn) -> str:
    """STOPP: no more messages, whatever was offered is declined, whatever was taken goes back. Own requests live on; what
    would have been texted about them becomes a call."""
    stopped = replace(turn.person, stopped_at=turn.now)
    for case, offer in _offers(turn):
        if offer.live and case.task.state not in ENDED:
            turn.apply(case, decide_no(case, offer, turn.network, turn.now))
    turn.changes.messages = [m for m in turn.changes.messages if m.person_id != turn.person.id]
    _change_person(turn, stopped)
    turn.changes.silenced.append(turn.person.id)
    turn.changes.events.append(Event(turn.now, Kind.PERSON_STOPPED, None, turn.person.id))
    turn.task_id = None
    turn.say("stopped", force=True)
    return "stop"


def _start(turn: Turn) -> str:
    _change_person(turn, replace(turn.person, stopped_at=None))
    turn.changes.events.append(Event(turn.now, Kind.PERSON_STARTED, None, turn.person.id))
    turn.say("started", force=True)
    return "start"


def _change_person(turn: Turn, person: Person) -> None:
    if turn.changes.people_new:
        turn.changes.people_new = [person]
    else:
        turn.changes.people[person.id] = person
    turn.person = person


def _offers(turn: Turn) -> list[tuple[Case, Offer]]:
    return [(c, o) for c in turn.context.asked for o in c.offers if o.person_id == turn.person.id]


def _reply(turn: Turn, reply: Reply) -> bool:
    """A word such as JA 47. False when it cannot be meant as one: then it is ordinary talk.

    Raises Outcome for everything that can be said no to.
    """
    own = turn.unconfirmed()
    if reply.number == OWN_CONFIRMATION and own and reply.verb in (Verb.YES, Verb.NO):
        turn.apply(own, decide_confirm(own, reply.verb is Verb.YES, turn.now))
        return True
    offers = _offers(turn)
    if reply.number is not None:
        meant = [(c, o) for c, o in offers if o.number == reply.number]
        if meant:
            _act(turn, reply, *max(meant, key=lambda pair: (pair[1].live, pair[1].sent_at)))
            return True
        if not offers and "volunteer" not in turn.person.roles:
            return False
        raise UnknownNumber("no offer has this number", number=reply.number, numbers=_numbers(offers))
    fitting = [(c, o) for c, o in offers if o.live and _can_mean(reply.verb, c, o)]
    confirms = own is not None and reply.verb in (Verb.YES, Verb.NO, Verb.OK)
    if len(fitting) + confirms > 1:
        numbers = _numbers(fitting) + ([OWN_CONFIRMATION] if confirms else [])
        raise WhichNumber("several tasks can be meant", word=_WORD[reply.verb], numbers=numbers)
    if fitting:
        _act(turn, reply, *fitting[0])
        return True
    if own is not None and confirms:
        turn.apply(own, decide_confirm(own, reply.verb is not Verb.NO, turn.now))
        return True
    return False


_WORD = {
    Verb.YES: "JA",
    Verb.NO: "NEJ",
    Verb.OK: "OK",
    Verb.ON_WAY: "PÅ VÄG",
    Verb.DONE: "KLAR",
    Verb.CANNOT: "KAN INTE",
    Verb.KEEP: "FAST",
}


def _numbers(offers: list[tuple[Case, Offer]]) -> list[int]:
    return sorted(o.number for _, o in offers if o.live)[:REPLY_NUMBERS_SHOWN]


def _can_mean(verb: Verb, case: Case, offer: Offer) -> bool:
    """Could the bare word be about this live offer?"""
    held = offer.state is OfferState.ACCEPTED
    match verb:
        case Verb.YES | Verb.NO | Verb.OK:
            return offer.state is OfferState.SENT
        case Verb.ON_WAY:
            return held and case.task.state is not TaskState.DONE
        case Verb.DONE:
            return (held or offer.state is OfferState.WITHDRAWN) and case.task.state is not TaskState.DONE
        case Verb.CANNOT:
            return offer.state is OfferState.SENT or (held and case.task.state is not TaskState.DONE)
        case Verb.KEEP:
            return held and offer.kind is OfferKind.HELP
        case _:
            return False


def _act(turn: Turn, reply: Reply, case: Case, offer: Offer) -> None:
    network, now = turn.network, turn.now
    turn.task_id = case.task.id
    if reply.verb is Verb.KEEP:
        _keep(turn, case, offer)
        return
    before = case
    if reply.verb in (Verb.YES, Verb.OK):
        decision = decide_yes(case, offer, reply.rest[:60], network, now)
    elif reply.verb is Verb.ON_WAY:
        decision = decide_start(case, offer, network, now)
    elif reply.verb is Verb.DONE:
        decision = decide_done(case, offer, network, now)
        turn.changes.helped.append(turn.person.id)
    else:
        decision = decide_no(case, offer, network, now)
    turn.apply(before, decision)
    if not decision[1]:
        turn.say("noted")


def _keep(turn: Turn, case: Case, offer: Offer) -> None:
    """FAST 47: the volunteer is asked first the next time this resident needs something."""
    if offer.state is not OfferState.ACCEPTED or offer.kind is not OfferKind.HELP:
        raise UnknownNumber("not a task that this person has done", number=offer.number, numbers=[])
    resident = replace(case.resident, fixed_contact=turn.person.id)
    turn.changes.people[resident.id] = resident
    turn.changes.events.append(Event(turn.now, Kind.FIXED_CONTACT_SET, case.task.id, turn.person.id))
    turn.say("fixed_contact_noted")
    told = {"helper": turn.person.first_name, "organisation": turn.person.organisation}
    turn.changes.messages.append(message(resident, "fixed_contact", told, case.task.id, turn.now))


def _talk(turn: Turn) -> str:
    intent = turn.understood.intent
    unconfirmed, asking = turn.unconfirmed(), turn.asking()
    if unconfirmed and (helped := _says_helped(turn)) is not None:
        turn.apply(unconfirmed, decide_confirm(unconfirmed, helped, turn.now))
        return "confirmation"
    handle = _INTENTS.get(intent)
    if handle and (not asking or intent in ("cancel", "status", "thanks")):
        return handle(turn)
    if asking:
        return _answer(turn, asking)
    if turn.understood.category is None and _is_helper(turn.person) and not turn.context.own:
        turn.for_human("helper_wrote")
        return "helper_wrote"
    return _new_request(turn)


def _says_helped(turn: Turn) -> bool | None:
    """The answer to "did you get help?" in the resident's own words; None when the message is about something else.

    "When do you come?" is a no too: nobody has been there.
    """
    intent, words = turn.understood.intent, fold(turn.inbound.text).split()
    if intent in ("no", "status") or words[:1] in (["nej"], ["nä"], ["no"]) or "ingen" in words:
        return False
    return True if intent in ("yes", "thanks") else None


def _is_helper(person: Person) -> bool:
    return bool({"volunteer", "service", "coordinator", "operator", "lead"}.intersection(person.roles))


def _answer(turn: Turn, case: Case) -> str:
    if turn.understood.intent in ("callback", "question"):
        turn.apply(case, decide_hand_over(case, turn.understood.intent, turn.network, turn.now))
        return turn.understood.intent
    turn.apply(case, decide_answer(case, turn.request(), turn.network, turn.now))
    return "answer"


def _new_request(turn: Turn) -> str:
    same = fold(turn.inbound.text)
    for case in turn.active():
        if fold(case.need.text) == same:  # sent again while waiting: the answer is how it goes
            turn.task_id = case.task.id
            _say_status(turn, case)
            return "repeated"
    turn.apply(None, decide_request(turn.person, turn.request(), turn.network, turn.now, turn.mint))
    return "request"


def _cancel(turn: Turn) -> str:
    cases = turn.active() + ([asking] if (asking := turn.asking()) else [])
    words = fold(turn.inbound.text).upper().split()
    named = [c for c in cases if c.task.code in words]
    if len(cases) > 1 and not named:
        turn.say("cancel_which", codes=[c.task.code for c in cases[:REPLY_NUMBERS_SHOWN]])
        return "cancel_which"
    if not cases:
        turn.say("nothing_open")
        return "nothing_open"
    case = (named or cases)[0]
    turn.apply(case, decide_cancel(case, turn.person.id, "resident", turn.now))
    return "cancel"


def _status(turn: Turn) -> str:
    cases = turn.active() or ([asking] if (asking := turn.asking()) else [])
    if not cases:
        turn.say("nothing_open")
    for case in cases[:2]:
        turn.task_id = case.task.id
        _say_status(turn, case)
    return "status"


def _say_status(turn: Turn, case: Case) -> None:
    taker = case.people[case.takers[-1].person_id] if case.takers else None
    turn.say(
        f"status_{case.task.state}" + (f"_{case.task.asks}" if case.task.asks else ""),
        code=case.task.code,
        category=case.need.category,
        place=case.need.place or turn.network.area_name(case.need.area),
        helper=taker.first_name if taker else "",
        organisation=taker.organisation if taker else "",
        word=case.task.code_word,
        wanted=case.need.wanted,
    )


def _thanks(turn: Turn) -> str:
    turn.say("welcome")
    return "thanks"


def _correction(turn: Turn) -> str:
    active = turn.active()
    if not active:
        return _new_request(turn)
    turn.apply(active[0], decide_add(active[0], turn.inbound.text.strip(), turn.person.id, turn.now))
    return "correction"


def _yes_or_no(turn: Turn) -> str:
    turn.say("nothing_open")
    return "nothing_open"


def _for_human(reason: str) -> Callable[[Turn], str]:
    def hand(turn: Turn) -> str:
        turn.for_human(reason)
        return reason

    return hand


_INTENTS: dict[str, Callable[[Turn], str]] = {
    "cancel": _cancel,
    "status": _status,
    "thanks": _thanks,
    "correction": _correction,
    "yes": _yes_or_no,
    "no": _yes_or_no,
    "callback": _for_human("callback"),
    "question": _for_human("question"),
    "offer": _for_human("wants_to_help"),
    "stop": _stop,
}
