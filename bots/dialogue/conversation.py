"""One inbound message, decided: which command it is, and what is answered. Pure; the shell around it is bots/inbound.py.

Whatever is written ends answered, asked about, or with a human (domain.md, "one way in, many ways out").
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bots.dialogue.phone_chats import answer_phone_chat, leave_all
from bots.dialogue.replies import REPLY_NUMBERS_SHOWN, answer_reply, loose_reply
from bots.dialogue.turn import Turn
from bots.dialogue.understand import Understanding
from bots.dialogue.words import Reply, Verb
from bots.inbound_message import Inbound
from dispatch.changes import Changes
from dispatch.errors import Outcome, WhichNumber
from dispatch.events import Event, Kind
from dispatch.intake import decide_answer, decide_hand_over, decide_request
from dispatch.mint import Mint
from dispatch.model import ENDED, Case, Deadline, Offer, Person, TaskState, Urgency
from dispatch.network import Network
from dispatch.offers import decide_add, decide_cancel, decide_confirm, decide_no
from dispatch.recurring import when
from dispatch.store import Context
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
    return turn.end(answer_turn(turn, reply))


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
    if not turn.person.can_be_written_to:
        turn.for_human("unreadable_number")
        return "unreadable_number"
    if reply:
        if reply.verb is Verb.STOP:
            return _stop(turn)
        if reply.verb is Verb.START:
            return _start(turn)
    try:
        if said := answer_phone_chat(turn, reply):
            return said
        if reply and answer_reply(turn, reply):
            return str(reply.verb)
        if (loose := loose_reply(turn)) and answer_reply(turn, loose):
            return str(loose.verb)
    except Outcome as outcome:
        turn.say(outcome.kind, **outcome.params, **_about(turn, outcome))
        return outcome.kind
    return _talk(turn)


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

    "KAN INTE 10, jag har ramlat och kommer inte upp" also gives task 10 back.
    """
    request = replace(turn.request(), urgency=Urgency.EMERGENCY)
    if held := turn.held():  # a helper's alarm is about the one who is helped, as far as anybody can tell
        request = turn.about(request, held[-1][0])
    turn.apply(None, decide_request(turn.person, request, turn.network, turn.now, turn.mint))
    task_id = turn.task_id
    if reply and reply.number is not None:
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
    intent = turn.understood.intent
    unconfirmed, asking = turn.unconfirmed(), turn.asking()
    visited = next((c for c in turn.context.own if c.takers), None)
    if visited is not None and _COMPLAINT.search(fold(turn.inbound.text)):
        turn.for_human("complaint", about=visited)
        return "complaint"
    if unconfirmed and _PARTLY.search(fold(turn.inbound.text)):
        turn.for_human("complaint", about=unconfirmed)  # neither yes nor no: somebody asks what is missing
        return "partly"
    if unconfirmed and (helped := _says_helped(turn)) is not None:
        turn.apply(unconfirmed, decide_confirm(unconfirmed, helped, turn.now))
        if helped and intent == "request" and turn.understood.category is not None:
            _new_request(turn)  # "Ja, och kan någon gå ut med hunden?"
        return "confirmation"
    held = turn.held()
    if held and intent == "yes" and len(turn.inbound.text.split()) <= SHORT_WORD:
        turn.say("noted")
        return "noted"
    if held and not turn.wishes() and not asking and intent != "thanks":
        return _helper_wrote(turn, *held[-1])
    handle = _INTENTS.get(intent)
    if handle and (not asking or intent in ("cancel", "status", "thanks")):
        return handle(turn)
    if asking:
        return _answer(turn, asking)
    if turn.understood.category is None and _is_helper(turn.person) and not turn.context.own:
        turn.for_human(HELPER_WROTE)
        return HELPER_WROTE
    if turn.understood.category is None and turn.understood.about is None and turn.active():
        return _correction(turn)  # words that ask for nothing new are about what is on its way: "porten är låst"
    return _new_request(turn)


SHORT_WORD = 2  # words of an answer that says nothing but yes or no
HELPER_WROTE = "helper_wrote"  # why a human must act: somebody who helps has written
_CAME = frozenset(fold("kom kommit kommer dök hjälp hjälpt hjälpte varit").split())


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


def _says_helped(turn: Turn) -> bool | None:
    """The answer to "did you get help?" in the resident's own words; None when the message is about something else.

    "When do you come?" is a no too: nobody has been there. What begins with a yes is one, whatever follows.
    """
    intent, words = turn.understood.intent, fold(turn.inbound.text).split()
    nobody_came = "ingen" in words and not _CAME.isdisjoint(words)
    if words[:1] in (["ja"], ["jo"], ["yes"], ["jajamen"]) or (
        words[:1] in (["hon"], ["han"]) and _HAS_COME.search(" ".join(words))
    ):
        return True
    if intent == "no" or words[:1] in (["nej"], ["na"], ["no"]) or nobody_came:
        return False
    if intent == "status":
        return None if turn.active() else False
    return True if intent in ("yes", "thanks") else None


# "Hon har varit här": a plain statement, with nothing against it.
_HAS_COME = re.compile(r"^(?!.*\b(inte|aldrig|ingen|glomde|fel|sur)\b).*\b(kom|varit har|har kommit|hjalpte|fixade)\b")
# "Jag behöver inte mjölk": less of something, and not nothing at all.
_LESS = re.compile(
    r"\bbehover (inte|ej|ingen) (?!hjalp|det\b|den\b|er\b|nagot|nan|langre|mer\b|handla|skjuts|komma|ha\b)\w+|^ingen \w+"
)
# Fear of a helper, or anger: never the helper's to read, and never a new request.
_COMPLAINT = re.compile(
    r"\b(radd for|otrevlig\w*|hota[rdt]\w*|stal|stulit|klagomal|klaga|missnojd|arg pa|tog mina pengar|tagit mina pengar"
    r"|(mitt|mina) (bankkort|kort|kod|pin)|inte kodordet|fel kodord|kunde inte kod\w*|kanner mig lurad|lurade)\b"
)
# "Did you get help?": some of it, or the wrong thing.
_PARTLY = re.compile(
    r"^(nja|delvis|nastan|inte riktigt|sadar)\b|\b(glomde|saknades|fattades|fel vara|fel varor|blev fel|var sur)\b"
)
# "Nej vänta, jag vill inte avboka": the word alone is no wish.
_NO_CANCEL = re.compile(
    r"\b(inte|ej|aldrig|not|dont) (vill )?(avboka|avbestalla|stalla in|cancel)|angra[rt]? mig.*\b(behover|vill ha)\b"
)


def _is_helper(person: Person) -> bool:
    return bool({"volunteer", "service", "coordinator", "operator", "lead"}.intersection(person.roles))


def _answer(turn: Turn, case: Case) -> str:
    if turn.understood.intent in ("callback", "question"):
        turn.apply(case, decide_hand_over(case, turn.understood.intent, turn.network, turn.now))
        return turn.understood.intent
    answer = turn.request()
    another = answer.category if _wishes_more(turn) and answer.category != case.need.category else None
    decision = decide_answer(case, answer, turn.network, turn.now)
    turn.apply(case, decision)
    if another and decision[0].need.category == case.need.category and decision[0].need.area:
        # "In Gränna, and I need my medicine too": the answer completes the one, and the other is a request of its own.
        more = replace(answer, area=decision[0].need.area, place=decision[0].need.place)
        turn.apply(None, decide_request(turn.person, more, turn.network, turn.now, turn.mint))
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
            _say_status(turn, case)
            return "repeated"
    turn.apply(None, decide_request(turn.person, turn.request(), turn.network, turn.now, turn.mint))
    return "request"


def _cancel(turn: Turn) -> str:
    said = fold(turn.inbound.text)
    if _NO_CANCEL.search(said):
        return _status(turn)
    if turn.active() and _LESS.search(said):
        return _correction(turn)
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
    waits = case.task.state is TaskState.OPEN
    if waits and (case.need.urgency is Urgency.EMERGENCY or (case.task.human and case.need.category is None)):
        # Nobody is looking for a helper: a human has been told.
        turn.say("emergency" if case.need.urgency is Urgency.EMERGENCY else "human_will_answer", code=case.task.code)
        return
    taker = case.people[case.takers[-1].person_id] if case.takers else None
    to_come = case.task.occasion is not None and case.task.deadline is Deadline.HELD
    turn.say(
        "status_to_come" if to_come else f"status_{case.task.state}" + (f"_{case.task.asks}" if case.task.asks else ""),
        code=case.task.code,
        category=case.need.category,
        place=case.need.place or turn.network.area_name(case.need.area),
        helper=taker.first_name if taker else "",
        organisation=taker.organisation if taker else "",
        word=case.task.code_word,
        **when(case.task, case.need),
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
    if turn.active():
        short = len(turn.inbound.text.split()) <= SHORT_WORD
        return _status(turn) if short else _correction(turn)  # "nej inte idag, imorgon" is for whoever is on the way
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
