"""What somebody writes about a phone chat: JA or NEJ to the question, HOPPA ÖVER this week's call, SLUTA."""

from bots.dialogue.turn import Turn
from bots.dialogue.words import Reply, Verb
from dispatch.errors import WhichNumber
from dispatch.model import OfferState
from dispatch.phone_chats import NUMBER, ChatState, Decided, Side, Two, decide_end, decide_skip, decide_yes
from geo.fold import fold

SEVERAL = "question"  # why a human must act: which of several pairs is meant, somebody asks
_POLITE = frozenset(fold("hej hejsan tack snälla please vi jag vill vill vi detta denna den här veckan vecka gången idag "
                         "i dag samtalet this week").split())  # fmt: skip
_SKIP = tuple(fold(words) for words in ("hoppa över", "hoppar över", "skip"))
_END = tuple(fold(words) for words in ("sluta", "slutar", "sluta ringa", "sluta med samtalen", "end"))


def answer_phone_chat(turn: Turn, reply: Reply | None) -> str | None:
    """Answer what is about a phone chat; None when the message is about something else. Raises WhichNumber when a bare JA could
    mean something else as well."""
    if not turn.context.phone_chats:
        return None
    if reply is not None and reply.verb in (Verb.YES, Verb.NO) and (asked := _asked(turn, reply)) is not None:
        side, two = asked
        if reply.verb is Verb.YES:
            take_over(turn, decide_yes(two, side, turn.now, turn.person.id))
            return "phone_chat_yes"
        take_over(turn, decide_end(two, side, turn.now, turn.person.id))
        return "phone_chat_no"
    if says(turn.inbound.text, _SKIP):
        return _skip(turn)
    if says(turn.inbound.text, _END):
        return _end(turn)
    return None


def leave_all(turn: Turn) -> None:
    """Whoever says STOPP leaves every pair; the others are told kindly."""
    for side, two in _pairs(turn):
        take_over(turn, decide_end(two, side, turn.now, turn.person.id, gone=True))


def take_over(turn: Turn, decided: Decided) -> None:
    """A decision on a pair is to be stored with the message. Nothing that can be said in a message needs a human or a call."""
    turn.changes.phone_chats.append(decided.chat)
    turn.changes.events += decided.events
    turn.changes.messages += decided.messages
    if decided.hang_up:
        turn.changes.dials_off.append(decided.chat.id)


def _pairs(turn: Turn) -> list[tuple[Side, Two]]:
    found = [Two(chat, resident, volunteer, turn.network) for chat, resident, volunteer in turn.context.phone_chats]
    return [(side, two) for two in found if (side := two.chat.side_of(turn.person.id)) is not None]


def _asked(turn: Turn, reply: Reply) -> tuple[Side, Two] | None:
    """The question that a yes or no answers, if it is this one."""
    waiting = [(s, t) for s, t in _pairs(turn) if t.chat.state is ChatState.ASKED and t.chat.yes_of(s) is None]
    if not waiting or reply.number not in (None, NUMBER):
        return None
    others = [o.number for _, o in turn.offers() if o.live and o.state is OfferState.SENT]
    others += [1] if turn.unconfirmed() else []
    if reply.number is None and others:
        raise WhichNumber("a bare word could mean another question", word="JA", numbers=sorted([NUMBER, *others])[:4])
    return waiting[0]


def says(text: str, phrases: tuple[str, ...]) -> bool:
    """Is this all that is said, but for politeness?"""
    words = fold(text).split()
    return any(
        " ".join(words[at : at + len(phrase.split())]) == phrase
        and all(word in _POLITE for word in (*words[:at], *words[at + len(phrase.split()) :]))
        for phrase in phrases
        for at in range(len(words))
    )


def _skip(turn: Turn) -> str | None:
    active = [(s, t) for s, t in _pairs(turn) if t.chat.state is ChatState.ACTIVE]
    if not active:
        return None
    side, two = min(active, key=lambda pair: pair[1].chat.call_at or turn.now)  # the call that comes next
    take_over(turn, decide_skip(two, side, turn.now, turn.person.id))
    return "phone_chat_skip"


def _end(turn: Turn) -> str:
    pairs = _pairs(turn)
    if len(pairs) > 1:
        turn.for_human(SEVERAL)
        return SEVERAL
    side, two = pairs[0]
    take_over(turn, decide_end(two, side, turn.now, turn.person.id))
    return "phone_chat_end"
