"""Becoming a volunteer by SMS: an offer of help begins it, and one plain question after the other is answered in own words. Pure.

What is asked, and what becomes of the person, is the same as in the chat (bots/dialogue/registration.py). The offer's own words
answer what they can. Danger, a request, a question, and the answer to something else that the same number was asked are dealt
with as ever: the registration waits and goes on.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bots.dialogue import registration
from bots.dialogue.registration import FLOW, LASTS
from bots.dialogue.replies import OWN_CONFIRMATION, REPLY_NUMBERS_SHOWN
from bots.dialogue.turn import Turn
from bots.dialogue.volunteer_names import is_for_a_human, name_in, read_name, read_organisation, wish_in
from bots.dialogue.volunteer_words import clearly_yes_or_no, ends, find, listed, speaks_of_languages, yes_or_no
from bots.dialogue.words import Reply, Verb
from dispatch.changes import Conversation
from dispatch.intake import decide_for_human
from dispatch.matching import needs_volunteers
from dispatch.model import OfferState, Urgency
from dispatch.offers import decide_cancel
from dispatch.phones import is_landline
from geo.fold import fold

WANTS_TO_HELP = "wants_to_help"  # why a human must act
MOST_MISSES = 3  # answers in a row that were not understood; then a human takes over
SHORT_WORD = 2  # words that are an attempt to answer, and no news
TELLS = 3  # things about oneself in one message
LONGEST_CANCEL = 4  # words that say no more than "never mind"
LONGEST_ANSWER = 10  # words; more are a letter about something else, whatever stands in it
ANSWERED_BY_NO = frozenset({"organisation", "skills", "languages", "consent"})  # questions to which a bare NEJ is an answer
# Intents that the dialogue answers.
_ELSEWHERE = frozenset({"request", "question", "callback", "status", "thanks", "cancel"})
_ABOUT_TASKS = frozenset({Verb.ON_WAY, Verb.DONE, Verb.CANNOT, Verb.KEEP})
_WORD = {"yes": "JA", "no": "NEJ"}


def offers_help(turn: Turn) -> str:
    """Somebody offers to help: the first question, or a human where questions by SMS do no justice to it. Returns what the
    message was taken for."""
    person, network, phone = turn.person, turn.network, turn.inbound.phone
    hears = phone is not None and person.phone is not None and not is_landline(phone) and person.stopped_at is None
    if turn.inbound.chat is not None or not hears or person.protected or is_for_a_human(turn.inbound.text):
        turn.for_human(WANTS_TO_HELP)
        return WANTS_TO_HELP
    standing = sorted(o.number for _, o in turn.offers() if o.live and o.state is OfferState.SENT)
    if standing:  # it may be the answer to what was asked, but a guess is not enough
        one = len(standing) == 1
        turn.say("yes_or_no", number=standing[0]) if one else turn.say(
            "which_number", word="JA", numbers=standing[:REPLY_NUMBERS_SHOWN]
        )
        return "which_offer"
    if registration.volunteers_in(person, network) is not None:
        return _already(turn)
    if turn.changes.people_new:
        turn.change_person(replace(person, roles=()))  # no resident: somebody who may become a volunteer
    _ask_next(turn, registration.what_is_known(person, network) | _told(turn), begins=True)
    return FLOW


def _already(turn: Turn) -> str:
    turn.say("reg_already", place=turn.network.area_name(turn.person.area))
    return "already_volunteer"


def answer(turn: Turn, reply: Reply | None) -> str | None:
    """An answer to the question that stands: what the message was taken for. None: no question stands, or the message is about
    something else, which is dealt with as ever."""
    talk, intent, text = turn.context.talk, turn.understood.intent, turn.inbound.text
    if turn.inbound.chat is not None or intent == "emergency":
        return None
    if talk is None:
        return _was_no_request(turn)
    stops = (intent == "stop" or (reply is not None and reply.verb is Verb.STOP)) and not ends(text)
    if stops or turn.now - talk.changed_at > LASTS:
        _end(turn)
        return None
    if registration.volunteers_in(turn.person, turn.network) is not None:  # by now, in the chat or by a coordinator
        _end(turn)
        return _already(turn) if talk.step == "consent" and _yes_or_no(turn, talk)[0] else None
    newest = not _asked_since(turn, talk.changed_at)
    if ends(text):
        return _broken_off(turn) if newest else None
    if _is_somewhere_else(turn, reply):
        return None
    said, about_this = _yes_or_no(turn, talk)
    if said is not None and not about_this and (others := _answered_by_yes_or_no(turn)):
        since = max(at for at, _ in others)
        if since >= talk.changed_at and talk.step in ANSWERED_BY_NO:
            choices = [number for _, number in others][:REPLY_NUMBERS_SHOWN]
            turn.say("reg_which", word=_WORD[said], numbers=choices)
            return "which_question"
        newest = since < talk.changed_at and talk.step in ANSWERED_BY_NO
    return _read(turn, talk) if newest or about_this else None


def _yes_or_no(turn: Turn, talk: Conversation) -> tuple[str | None, bool]:
    """A yes or no, and whether it says what it is about. To the last question it may be given in more words."""
    said, about_this = yes_or_no(turn.inbound.text)
    if said is None and talk.step == "consent" and "?" not in turn.inbound.text:
        said = clearly_yes_or_no(turn.inbound.text, turn.understood.intent)
    return said, about_this


def _was_no_request(turn: Turn) -> str | None:
    """ "Hej!" was taken for a request, and "what do you need help with?" is answered by an offer: it never was one."""
    case = turn.asking()
    if turn.understood.intent != "offer" or case is None or not set(fold(case.need.text).split()) <= listed("greetings"):
        return None
    turn.apply(case, decide_cancel(case, turn.person.id, "resident", turn.now))
    turn.changes.messages, turn.task_id = [], None
    return offers_help(turn)


def _is_somewhere_else(turn: Turn, reply: Reply | None) -> bool:
    """Has it one meaning whatever was being asked: JA 47, START, KLAR from somebody who helps, and all that follows danger?"""
    danger = any(c.need.urgency is Urgency.EMERGENCY for c in turn.active())
    if danger or reply is None:
        return danger
    helps = any(o.live for _, o in turn.offers())
    return reply.number is not None or reply.verb is Verb.START or (helps and reply.verb in _ABOUT_TASKS)


def _answered_by_yes_or_no(turn: Turn) -> list[tuple[datetime, int]]:
    """What else a bare yes or no may answer: when it was asked, and the number that it is answered with."""
    offers = [(o.sent_at, o.number) for _, o in turn.offers() if o.live and o.state is OfferState.SENT]
    own = turn.unconfirmed()
    return sorted(offers + ([(own.task.changed_at, OWN_CONFIRMATION)] if own is not None else []), reverse=True)


def _asked_since(turn: Turn, since: datetime) -> bool:
    """Has something come up since our question that words are about: a question about a request, or a task that was taken?"""
    asking = turn.asking()
    held = [o.answered_at for _, o in turn.held() if o.answered_at is not None]
    return any(at >= since for at in [*held, *([asking.task.changed_at] if asking is not None else [])])


def _may_be_about_help(turn: Turn) -> bool:
    """Words that answer nothing of ours may be about somebody who comes or came: "porten är låst", "hon kom aldrig"."""
    return any(c.takers for c in turn.context.own) and len(turn.inbound.text.split()) > SHORT_WORD


def _read(turn: Turn, talk: Conversation) -> str | None:
    """The answer to this question, if it is one. What is clearly about something else is dealt with as ever."""
    value, sure = _answer_to(turn, talk)
    understood, said = turn.understood, {k: v for k, v in talk.data.items() if k != "misses"}
    if not sure and (intent := _elsewhere(turn)) is not None:
        is_ours = (
            not understood.about and len(turn.inbound.text.split()) <= LONGEST_CANCEL and not turn.active() and not turn.held()
        )
        if intent == "cancel" and is_ours:
            return _broken_off(turn)
        turn.understood = replace(understood, intent=intent)
        return None
    if not sure and (value is None or talk.step not in ("name", "area")) and _may_be_about_help(turn):
        return None
    if value is None:
        return _missed(turn, talk)
    if talk.step == "consent":
        return _agreed(turn, said) if value else _refused(turn)
    if talk.step == "area":
        said["place"] = understood.place
    if talk.step == "name":
        said = _told_beside(turn, value, said)
    if talk.step == "languages":
        value = list(dict.fromkeys([*said.get("languages", ()), *value]))
    _ask_next(turn, {**said, talk.step: value})
    return FLOW


def _elsewhere(turn: Turn) -> str | None:
    """The intent of a message that is dealt with as ever: a wish, a question … None: it may be an answer to ours."""
    intent = turn.understood.intent
    if wish := wish_in(turn.inbound.text):
        return intent if intent in ("request", "callback") else wish
    return intent if intent in _ELSEWHERE or (intent == "correction" and turn.context.own) else None


def _answer_to(turn: Turn, talk: Conversation) -> tuple[Any, bool]:
    """What the message answers to the question, None for nothing that was understood; and whether it can be nothing else."""
    text, understood = turn.inbound.text, turn.understood
    long, asks = len(text.split()) > LONGEST_ANSWER, "?" in text
    if talk.step == "name":
        return _name(turn, long, asks)
    if long:
        return None, False
    match talk.step:
        case "organisation":
            name = read_organisation(text)
            again = name is not None and fold(name) == fold(talk.data.get("name", ""))  # the answer before, sent twice
            group = not asks and find("organisation", text).keys and listed("no_name").isdisjoint(fold(name or "").split())
            return (None if again else name), name == "" or bool(group)
        case "area":
            return understood.area, False
        case "consent":
            said, _ = _yes_or_no(turn, talk)
            return (said == "yes" if said else None), said is not None
        case _:
            found = find(talk.step, text)
            return found.answer, found.answer is not None and found.sure


def _name(turn: Turn, long: bool, asks: bool) -> tuple[str | None, bool]:
    """Whoever tells much beside the name answers, and asks for nothing: "Anna Berg, har bil, pratar arabiska"."""
    text, understood = turn.inbound.text, turn.understood
    says_so = name_in(text) is not None
    tells = understood.intent != "request" and not asks and len(_told(turn)) >= TELLS
    is_place = understood.place is not None and fold(understood.place) == fold(text)
    name = None if is_place or (long and not says_so and not tells) else read_name(text)
    return name, name is not None and not asks and (tells or (says_so and not long))


def _told(turn: Turn) -> dict[str, Any]:
    """What somebody says about himself or herself in the words of an offer, by question."""
    text, understood = turn.inbound.text, turn.understood
    told: dict[str, Any] = {step: list(found) for step in ("skills", "available") if (found := find(step, text, False).keys)}
    if name := name_in(text):
        told["name"] = name
    if understood.area in turn.network.areas:
        told |= {"area": understood.area, "place": understood.place}
    if speaks_of_languages(text) and (spoken := find("languages", text, False).keys):
        told |= {"languages": list(dict.fromkeys([turn.person.language, *spoken])), "languages_asked": True}
    return told


def _told_beside(turn: Turn, name: str, said: dict[str, Any]) -> dict[str, Any]:
    """What stands beside the name is told too: "Anna Berg, bor i Gränna". But the place in "Sten Torp" is none."""
    told = _told(turn)
    if fold(told.get("place") or "-") in fold(name):
        told = {k: v for k, v in told.items() if k not in ("area", "place")}
    spoken = {k: told[k] for k in ("languages", "languages_asked") if "languages_asked" in told}
    return told | said | spoken


def _ask_next(turn: Turn, said: dict[str, Any], begins: bool = False) -> None:
    step = registration.next_question(turn.person, said)
    _ask(turn, step, {**said, "languages_asked": True} if step == "languages" else said, begins=begins)


def _ask(turn: Turn, step: str, said: dict[str, Any], again: bool = False, begins: bool = False) -> None:
    turn.changes.conversations = [Conversation(None, FLOW, step, said, turn.now, turn.person.id)]
    told: dict[str, Any] = {"begins": True} if begins else {}
    if step == "consent":
        told |= {"name": said["name"], "place": said.get("place") or turn.network.area_name(said.get("area"))}
    turn.say(f"reg_{step}_again" if again else f"reg_{step}", **told)


def _end(turn: Turn) -> None:
    turn.changes.conversations = [Conversation(None, "", "", {}, turn.now, turn.person.id)]


def _missed(turn: Turn, talk: Conversation) -> str:
    """Asked again in other words; after three in a row a human takes over."""
    misses = talk.data.get("misses", 0) + 1
    if misses < MOST_MISSES:
        _ask(turn, talk.step, {**talk.data, "misses": misses}, again=True)
        return "not_understood"
    _end(turn)
    said = talk.data
    parts = (said.get("name"), said.get("organisation"), said.get("place"), turn.inbound.text.strip())
    request = replace(turn.request(), text=", ".join(filter(None, parts)), category=None, area=said.get("area"), wanted=None)
    turn.apply(None, decide_for_human(turn.person, request, WANTS_TO_HELP, turn.network, turn.now, turn.mint))
    return WANTS_TO_HELP


def _agreed(turn: Turn, said: dict[str, Any]) -> str:
    needed = needs_volunteers(turn.network, said.get("area"), turn.context.volunteers)
    kind = registration.agreed(turn, said, needed, "sms")
    if kind is None:  # the network file has changed meanwhile
        _ask(turn, "area", said)
        return FLOW
    _end(turn)
    turn.say(kind, place=turn.network.area_name(said["area"]))
    return "registered"


def _refused(turn: Turn) -> str:
    _end(turn)
    registration.forget(turn)
    turn.say("reg_refused")
    return "refused"


def _broken_off(turn: Turn) -> str:
    _end(turn)
    registration.forget(turn)
    turn.say("asking_ended")
    return "broken_off"
