"""What /words in a private chat do. Pure; what needs more than the turn (rota, erasure) is asked for by name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bots.dialogue.registration import FLOW, forget
from bots.telegram import registration
from bots.telegram.buttons import data
from bots.telegram.turn import ChatTurn
from bots.wording import languages
from dispatch.events import Event, Kind
from dispatch.model import FURTHER_NOTICE

PAUSES = {"day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30), "long": None}
LANGUAGES = ("sv", "en", "fi", "ar", "uk")


def command_of(text: str) -> tuple[str, str] | None:
    """The command and what follows it: "/start volontar" → ("start", "volontar"); None for ordinary words."""
    if not text.startswith("/"):
        return None
    word, _, rest = text[1:].partition(" ")
    return word.partition("@")[0].casefold(), " ".join(rest.split())


def start(t: ChatTurn, payload: str) -> None:
    """/start, perhaps by a link. A link that means nothing any more leads to the welcome like none."""
    word, _, area = payload.casefold().partition("-")
    if word == "volontar":
        registration.begin(t, area or None)
        return
    t.done_asking()
    t.say("chat_welcome", [[("b_want_to_help", data("begin", 0, "help"))], [("b_need_help", data("begin", 0, "need"))]])


def help_(t: ChatTurn, _rest: str) -> None:
    """/hjalp: what can be written here."""
    t.say("chat_help_volunteer" if "volunteer" in t.turn.person.roles else "chat_help")


def pause(t: ChatTurn, _rest: str) -> None:
    """/paus: for how long?"""
    t.say("pause_ask", [[(f"b_pause_{key}", data("pause", 0, key))] for key in PAUSES])


def paused(t: ChatTurn, key: str) -> None:
    """The pause's length has been tapped."""
    if key not in PAUSES:
        return
    span, person = PAUSES[key], t.turn.person
    until = FURTHER_NOTICE if span is None else t.turn.now + span
    t.turn.change_person(replace(person, paused_until=until))
    t.turn.changes.events.append(Event(t.turn.now, Kind.PERSON_PAUSED, None, person.id, {"person": person.id}))
    t.turn.changes.cannot_come.append(person.id)
    if span is None:
        t.say("paused_long")
        return
    t.say("paused", until=until.astimezone(t.turn.network.zone).date().isoformat())


def again(t: ChatTurn, _rest: str) -> None:
    """/igen: the pause is over."""
    person = t.turn.person
    if person.paused_until is not None:
        t.turn.changes.events.append(Event(t.turn.now, Kind.PERSON_RESUMED, None, person.id, {"person": person.id}))
    t.turn.change_person(replace(person, paused_until=None))
    t.say("resumed")


def language(t: ChatTurn, _rest: str) -> None:
    """/sprak: which?"""
    t.say("language_ask", [[(f"languages_{key}", data("language", 0, key))] for key in LANGUAGES if key in languages()])


def language_chosen(t: ChatTurn, key: str) -> None:
    """A language has been tapped."""
    if key in languages():
        t.turn.change_person(replace(t.turn.person, language=key))
        t.say("language_noted")


def erase(t: ChatTurn, _rest: str) -> None:
    """/radera: really?"""
    t.say("erase_ask", [[("b_erase", data("erase", 0, "yes"))], [("b_keep_all", data("erase", 0, "no"))]])


def cancel(t: ChatTurn, _rest: str) -> None:
    """/avbryt: whatever was being asked, no more of it."""
    if t.asked.flow == FLOW:
        forget(t.turn)
    t.done_asking()
    t.say("asking_ended", shares="nothing")


COMMANDS: dict[str, Callable[[ChatTurn, str], None]] = {
    "start": start,
    "hjalp": help_,
    "help": help_,
    "paus": pause,
    "pause": pause,
    "igen": again,
    "resume": again,
    "sprak": language,
    "language": language,
    "radera": erase,
    "delete": erase,
    "avbryt": cancel,
    "cancel": cancel,
}
# These are looked up before they are answered: see bots/telegram/answers.py.
LOOKED_UP = {"mina": "mine", "mine": "mine", "pass": "rota", "rota": "rota"}
