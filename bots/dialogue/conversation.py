"""One inbound message, decided: which command it is, and what is answered. Pure; the shell around it is bots/inbound.py.

Whatever is written ends answered, asked about, or with a human (domain.md, "one way in, many ways out"); only what is noise
(bots/dialogue/noise.py) is filed without an answer.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bots.dialogue import said, sms_registration, standing
from bots.dialogue.choosing import choose
from bots.dialogue.noise import is_flood, noise
from bots.dialogue.phone_chats import answer_phone_chat, leave_all
from bots.dialogue.repeating import answer_repeating
from bots.dialogue.replies import answer_reply, loose_reply
from bots.dialogue.standing import PARTLY, SHORT_WORD
from bots.dialogue.turn import Turn
from bots.dialogue.understand import Understanding
from bots.dialogue.words import Reply, Verb
from bots.inbound_message import Inbound
from dispatch.changes import Changes
from dispatch.errors import Outcome, WhichNumber
from dispatch.events import Event, Kind
from dispatch.intake import decide_answer, decide_hand_over, decide_request
from dispatch.mint import Mint
from dispatch.model import ENDED, Case, Offer, Person, Urgency
from dispatch.network import Network
from dispatch.offers import decide_add, decide_no
from dispatch.store import Context
from dispatch.wellbeing import decide_heard_of, is_alarm_of_its_own, is_welfare_check
from dispatch.whereabouts import spot_of
from geo.fold import fold


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
    turn = Turn.begin(inbound, context, understood, network, now, mint)
    choose(turn)
    outcome = sms_registration.answer(turn, reply) or answer_turn(turn, reply)
    _tell_who_looks(turn)
    return turn.end(outcome)


def _tell_who_looks(turn: Turn) -> None:
    """Whoever finds out how somebody is, whom nobody has reached, hears that the person has written, whatever it is about."""
    check = next((c for c in turn.context.own if is_welfare_check(c)), None)
    if check is None or turn.decides(check.task.id):
        return
    task_id = turn.task_id
    turn.apply(check, decide_heard_of(check, turn.inbound.text.strip(), turn.now))
    turn.task_id = task_id


def decide_failed(inbound: Inbound, context: Context, network: Network, now: datetime, mint: Mint) -> Changes:
    """The message could not be dealt with because of a fault of ours: it is kept, and a human gets it."""
    nothing = Understanding("other", None, None, None, "normal", "sv", None, ())
    turn = Turn.begin(inbound, context, nothing, network, now, mint)
    turn.for_human("failed")
    turn.changes.events.append(Event(now, Kind.INBOUND_FAILED, turn.task_id, turn.person.id))
    return turn.end("failed")


def answer_turn(turn: Turn, reply: Reply | None) -> str:
    """Answer what somebody has said in words, whatever the channel. Returns what it was taken for."""
    if turn.inbound.phone in turn.network.own_numbers:
        return "own_number"  # a text of ours that came back: answering it would never end
    if turn.understood.intent == "emergency":
        return _emergency(turn, reply)
    if (ignored := None if _must_be_heard(reply) else noise(turn, reply)) is not None:
        return ignored
    if not turn.person.can_be_written_to:
        turn.for_human("unreadable_number")
        return "unreadable_number"
    if reply:
        if reply.verb is Verb.STOP:
            return _stop(turn)
        if reply.verb is Verb.START:
            return _start(turn)
    try:
        if talk := answer_phone_chat(turn, reply):
            return talk
        if about_visits := answer_repeating(turn, reply):
            return about_visits
        if reply and answer_reply(turn, reply):
            return str(reply.verb)
        if (loose := loose_reply(turn)) and answer_reply(turn, loose):
            return str(loose.verb)
    except Outcome as outcome:
        turn.say(outcome.kind, **outcome.params, **_about(turn, outcome))
        return outcome.kind
    return _talk(turn)


def _must_be_heard(reply: Reply | None) -> bool:
    """STOPP, START, and an answer to an offer by its number count in any flood."""
    return reply is not None and (reply.verb in (Verb.STOP, Verb.START) or reply.number is not None)


def _about(turn: Turn, outcome: Outcome) -> dict[str, Any]:
    """What the numbers are that can be meant, for channels that show no numbers."""
    if not isinstance(outcome, WhichNumber):
        return {}
    meant = [(c, o) for c, o in turn.offers() if o.live and o.number in outcome.params["numbers"]]
    place = turn.network.place_name
    return {
        "about": [
            {"number": o.number, "code": c.task.code, "category": c.need.category, "place": place(c.need.area, c.need.place)}
            for c, o in meant
        ]
    }


def _emergency(turn: Turn, reply: Reply | None) -> str:
    """Ring 112 is said at once and a human is told at once; never merely offered to volunteers. Never a duplicate.

    "KAN INTE 10, jag har ramlat och kommer inte upp" also gives task 10 back. That 112 has been called, and nothing else, is
    told to whoever has the alarm; in a flood, so is every further alarm of the same sender for some minutes.
    """
    alarm = next((c for c in turn.active() if c.need.urgency is Urgency.EMERGENCY), None)
    joins = is_flood(turn) and not is_alarm_of_its_own(turn.active(), turn.now)
    if alarm is not None and (said.has_phoned_112(turn.inbound.text) or joins):
        turn.apply(alarm, decide_add(alarm, turn.inbound.text.strip(), turn.person.id, turn.now))
        turn.changes.messages = [m for m in turn.changes.messages if m.person_id != turn.person.id]
        if not is_flood(turn):
            turn.say("emergency_noted", force=True, code=alarm.task.code)
        return "emergency"
    request = replace(turn.request(), urgency=Urgency.EMERGENCY)
    if held := turn.held():  # a helper's alarm is about the one who is helped, as far as anybody can tell
        request = turn.about(request, held[-1][0])
    turn.apply(None, decide_request(turn.person, request, turn.network, turn.now, turn.mint))
    task_id = turn.task_id
    if reply and reply.number is not None and reply.verb is not Verb.WORRY:
        with contextlib.suppress(Outcome):
            answer_reply(turn, replace(reply, rest=""))
        turn.task_id = task_id
    return "emergency"


def _stop(turn: Turn) -> str:
    """STOPP: no more messages, whatever was offered is declined, whatever was taken goes back. Own requests live on; what
    would have been texted about them becomes a call."""
    stopped = replace(turn.person, stopped_at=turn.now)
    for asked in [offer.id for _, offer in turn.offers() if offer.live]:
        case, offer = next((c, o) for c, o in turn.offers() if o.id == asked)  # as the one before has left it
        if offer.live and case.task.state not in ENDED:
            turn.apply(case, decide_no(case, offer, turn.network, turn.now))
    leave_all(turn)
    turn.changes.messages = [m for m in turn.changes.messages if m.person_id != turn.person.id]
    turn.change_person(stopped)
    turn.changes.silenced.append(turn.person.id)
    turn.changes.cannot_come.append(turn.person.id)
    turn.changes.events.append(Event(turn.now, Kind.PERSON_STOPPED, None, turn.person.id))
    turn.task_id = None
    turn.say("stopped", force=True)
    return "stop"


def _start(turn: Turn) -> str:
    turn.change_person(replace(turn.person, stopped_at=None))
    turn.changes.events.append(Event(turn.now, Kind.PERSON_STARTED, None, turn.person.id))
    turn.say("started", force=True)
    return "start"


def _talk(turn: Turn) -> str:
    intent, text = turn.understood.intent, turn.inbound.text
    unconfirmed, asking = turn.unconfirmed(), turn.asking()
    visited = next((c for c in turn.context.own if c.takers), None)
    if visited is not None and said.complains(text):
        turn.for_human("complaint", about=visited)
        return "complaint"
    if unconfirmed and said.helped_partly(text):
        turn.for_human(PARTLY, about=unconfirmed)  # neither yes nor no: somebody asks what is missing
        return PARTLY
    if unconfirmed and (helped := standing.says_helped(turn)) is not None:
        standing.confirm(turn, unconfirmed, helped)
        if helped and intent == "request" and turn.understood.category is not None:
            _new_request(turn)  # "Ja, och kan någon gå ut med hunden?"
        return "confirmation"
    held = turn.held()
    if held and intent == "yes" and len(text.split()) <= SHORT_WORD:
        turn.say("noted")
        return "noted"
    if held and not turn.wishes() and not asking and intent != "thanks":
        return _helper_wrote(turn, *held[-1])
    if intent in ("correction", "request", "other") and standing.complete_late(turn):
        return "answer"
    handle = _INTENTS.get(intent)
    if handle and (not asking or intent in ("cancel", "status", "thanks", "stop")):
        return handle(turn)
    if asking:
        return _answer(turn, asking)
    return _wish(turn)


def _wish(turn: Turn) -> str:
    """Words that ask for something, or that are about what is on its way: "porten är låst"."""
    understood = turn.understood
    if understood.category is None and _is_helper(turn.person) and not turn.context.own:
        turn.for_human(HELPER_WROTE)
        return HELPER_WROTE
    if _is_somebody_else(turn) and understood.intent == "request":
        return _new_request(turn)
    if understood.category is None and understood.about is None and turn.active():
        return standing.correction(turn)
    return _new_request(turn)


def _is_somebody_else(turn: Turn) -> bool:
    """Does the sender say another name than the one that is known for this telephone, or stands in what is open?"""
    name = said.name_in(turn.inbound.text)
    if name is None or not turn.context.own:
        return False
    first = fold(name).split()[0]
    known = f"{turn.person.name} {' '.join(c.need.text for c in turn.context.own)}"
    return first not in fold(known).split()


HELPER_WROTE = "helper_wrote"  # why a human must act: somebody who helps has written


def _helper_wrote(turn: Turn, case: Case, held: Offer) -> str:
    """Somebody who holds a task writes: it is about the task, whatever it sounds like, and a human must read it now. What is
    written next joins what was written before. The way to give the task back is told along."""
    before = next((c for c in turn.active() if c.task.human == HELPER_WROTE), None)
    if before is not None:
        turn.apply(before, decide_add(before, turn.inbound.text.strip(), turn.person.id, turn.now))
    else:
        turn.for_human(HELPER_WROTE, about=case)
    turn.changes.messages = [m for m in turn.changes.messages if m.kind not in ("human_will_answer", "addition_noted")]
    turn.say("helper_heard", number=held.number, offer=held.id)
    return HELPER_WROTE


def _is_helper(person: Person) -> bool:
    return bool({"volunteer", "service", "coordinator", "operator", "lead"}.intersection(person.roles))


def _answer(turn: Turn, case: Case) -> str:
    """What was said to our question. A question back goes to a human, and ours still stands; somebody else at the same
    telephone has a wish of their own."""
    intent = turn.understood.intent
    if intent == "callback":
        turn.apply(case, decide_hand_over(case, intent, turn.network, turn.now))
        return intent
    if intent == "question":
        turn.for_human(intent)
        turn.changes.messages = [m for m in turn.changes.messages if m.kind != "human_will_answer"]
        answered = turn.understood.area if case.task.asks == "place" else turn.understood.about
        if answered is None:
            turn.say(f"question_passed_on_{case.task.asks}")
            return intent
        # "Gränna, är det gratis?" answers ours too; a human answers theirs.
    if _is_somebody_else(turn) and turn.understood.category not in (None, case.need.category):
        return _new_request(turn)
    answer = turn.request()
    another = answer.category if _wishes_more(turn) and answer.category != case.need.category else None
    for waiting in turn.all_asking():
        # The place is for all that wait; another kind of help is one of them only when it is no wish of its own.
        of_its_own = waiting.need.category if another or waiting is not case else None
        said_to_it = replace(answer, category=of_its_own) if of_its_own else answer
        turn.apply(waiting, decide_answer(waiting, said_to_it, turn.network, turn.now))
    after = turn.as_decided(case.task.id)
    if another and after is not None and after.need.category == case.need.category and after.need.area:
        # "In Gränna, and I need my medicine too": the answer completes the one, and the other is a request of its own.
        at = after.need
        more = replace(answer, area=at.area, place=at.place, address=at.address, spot=spot_of(at), located=at.located)
        turn.apply(None, decide_request(turn.person, more, turn.network, turn.now, turn.mint))
    turn.say_once()
    return "answer"


_NO_MORE = frozenset(fold("bara ingen inget inga inte räcker nej only no not").split())


def _wishes_more(turn: Turn) -> bool:
    """Does the answer to "where do you live?" ask for something else as well?"""
    asking, words = turn.asking(), fold(turn.inbound.text).split()
    wanted = asking is not None and asking.need.category is not None
    return wanted and turn.understood.intent == "request" and _NO_MORE.isdisjoint(words)


def _new_request(turn: Turn) -> str:
    same = fold(turn.inbound.text)
    for case in turn.active():
        if fold(case.need.text) == same:  # sent again while waiting: the answer is how it goes
            turn.task_id = case.task.id
            standing.say_status(turn, case)
            return "repeated"
    request = turn.request()
    if turn.context.own and (name := said.name_in(turn.inbound.text)) and _is_somebody_else(turn):
        request = replace(request, told_by_name=name)
    for category in (request.category, *turn.understood.also):
        turn.apply(None, decide_request(turn.person, replace(request, category=category), turn.network, turn.now, turn.mint))
    turn.say_once()
    return "request"


def _correction(turn: Turn) -> str:
    asks_too = _is_somebody_else(turn) and not _ASKS.isdisjoint(fold(turn.inbound.text).split())
    return standing.correction(turn) if turn.active() and not asks_too else _new_request(turn)


_ASKS = frozenset(fold("behöver vill hjälp önskar need want help").split())


def _yes_or_no(turn: Turn) -> str:
    if turn.active():
        short = len(turn.inbound.text.split()) <= SHORT_WORD
        return standing.status(turn) if short else _correction(turn)  # "nej inte idag, imorgon": for whoever is on the way
    turn.say("nothing_open")
    return "nothing_open"


def _for_human(reason: str) -> Callable[[Turn], str]:
    def hand(turn: Turn) -> str:
        turn.for_human(reason)
        return reason

    return hand


_INTENTS: dict[str, Callable[[Turn], str]] = {
    "cancel": standing.cancel,
    "status": standing.status,
    "thanks": standing.thanks,
    "correction": _correction,
    "yes": _yes_or_no,
    "no": _yes_or_no,
    "callback": _for_human("callback"),
    "question": _for_human("question"),
    "offer": sms_registration.offers_help,
    "stop": _stop,
}
