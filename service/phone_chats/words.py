"""Phone chats in the reader's words: times, why two fit, how it went."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from babel.dates import format_date

from dispatch.companions import SLOTS, USUAL, Match, Part, Slot, slot_key
from dispatch.dialling import Ended
from dispatch.phone_chats import ChatState, Stage, Two
from service.web.texts import N_, Texts, language_name

PARTS = {
    Part.FORENOON: N_("forenoon"),
    Part.AFTERNOON: N_("afternoon"),
    Part.EVENING: N_("evening"),
}
STATES = {
    ChatState.ASKED: N_("asked"),
    ChatState.ACTIVE: N_("goes on"),
    ChatState.PAUSED: N_("paused"),
    ChatState.ENDED: N_("has ended"),
}
WENT = {
    Ended.TALKED: N_("they talked"),
    Ended.FIRST_SILENT: N_("the volunteer did not answer"),
    Ended.FIRST_BUSY: N_("the volunteer's line was busy"),
    Ended.SECOND_SILENT: N_("the resident did not answer"),
    Ended.SECOND_BUSY: N_("the resident's line was busy"),
    Ended.LINE_DOWN: N_("it could not be connected"),
}
ENDED_BY = {
    "resident": N_("the resident did not want to any more"),
    "volunteer": N_("the volunteer did not want to any more"),
    "staff": N_("by staff"),
    "unanswered": N_("the question was not answered"),
}
ALONE = {
    "nobody": N_("No volunteer is free right now."),
    "language": N_("No free volunteer speaks the language."),
    "time": N_("No free volunteer can at those times."),
}
_A_MONDAY = datetime(2020, 4, 6)


@dataclass(frozen=True, slots=True)
class Shown:
    """One pair in words. last: how the last call went, "" before the first; lately: it has ended."""

    two: Two
    state: str
    weekly: str
    last: str
    ended: str
    waits_for: tuple[str, ...]  # sides that have not answered
    again: bool  # somebody did not answer, and is rung again


def day_name(weekday: int, language: str) -> str:
    """The name of an ISO weekday."""
    return format_date(_A_MONDAY + timedelta(days=weekday - 1), "EEEE", locale=language)


def slot_words(slot: Slot, words: Texts) -> str:
    """ "onsdag eftermiddag"."""
    return f"{day_name(slot[0], words.language)} {words.gettext(PARTS[slot[1]])}"


def slots_words(slots: tuple[Slot, ...] | frozenset[Slot], words: Texts) -> str:
    """Some slots; all of them is any time."""
    if len(slots) == len(SLOTS):
        return words.gettext(N_("any time"))
    return ", ".join(slot_words(slot, words) for slot in SLOTS if slot in slots)


def slot_choices(slots: tuple[Slot, ...], words: Texts) -> list[tuple[str, str]]:
    """The slots as a form's choices, with when a call usually begins then."""
    return [(slot_key(slot), f"{slot_words(slot, words)}, {USUAL[slot[1]]:%H:%M}") for slot in slots]


def reasons(match: Match, words: Texts) -> list[str]:
    """What speaks for a match, the most important first."""
    name = words.gettext
    languages = ", ".join(language_name(code, words.language) for code in match.languages)
    told = [name(N_("both speak: %(languages)s")) % {"languages": languages}]
    if match.interests:
        told.append(name(N_("both like: %(interests)s")) % {"interests": ", ".join(match.interests)})
    if match.same_area:
        told.append(name(N_("live in the same area")))
    told.append(
        name(N_("talks with nobody yet"))
        if not match.volunteer.pairs
        else words.ngettext("talks with %(num)s already", "talks with %(num)s already", match.volunteer.pairs)
        % {"num": match.volunteer.pairs}
    )
    told.append(name(N_("can both: %(times)s")) % {"times": slots_words(match.slots, words)})
    return told


def shown_pair(two: Two, words: Texts) -> Shown:
    """A pair as the page has it."""
    chat, name = two.chat, words.gettext
    went = name(WENT[Ended(chat.last_outcome)]) if chat.last_outcome in set(WENT) else ""
    waits = tuple(side for side, yes in (("resident", chat.resident_yes), ("volunteer", chat.volunteer_yes)) if yes is None)
    ended = name(ENDED_BY.get(chat.ended_how or "", "")) if chat.ended_how else ""
    again = chat.stage is Stage.CALL and bool(chat.resident_misses or chat.volunteer_misses)
    return Shown(two, name(STATES[chat.state]), weekly(chat.weekday, chat.at, words), went, ended, waits, again)


def weekly(weekday: int, at: time, words: Texts) -> str:
    """ "onsdag 14:00"."""
    return f"{day_name(weekday, words.language)} {at:%H:%M}"
