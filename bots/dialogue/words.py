"""The words a text message can answer with: JA 47, NEJ, PÅ VÄG 47, KLAR, STOPP.

Pure. Case, accents, punctuation, quotes and blanks around do not matter. What is not clearly a reply word is None, and
goes to `understand` instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from geo.fold import fold

_SCAN = 500  # characters; a reply word is short, what follows is somebody's letter


class Verb(StrEnum):
    """What the sender wants to do with an offer, a task or the messages themselves."""

    YES = "yes"
    NO = "no"
    ON_WAY = "on-way"
    DONE = "done"
    CANNOT = "cannot"
    OK = "ok"
    STOP = "stop"
    START = "start"
    PLAN = "plan"  # when it will be done
    KEEP = "keep"  # remain the fixed contact of the person helped
    NOBODY_HOME = "nobody-home"  # nobody opens
    PART = "part"  # be no fixed contact any more, or have none
    SHIFTS = "shifts"  # see and change the own shifts
    WORRY = "worry"  # about the person helped: for coordinators only


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply word, the number beside it (1-4 digits) and what else was written, in its original spelling."""

    verb: Verb
    number: int | None
    rest: str


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


_SPELLINGS: dict[Verb, str] = {
    Verb.YES: "ja|j|ja tack|jaa|japp|jajamen|jajamansan|jada|jo|joda|jo tack|jovisst|yes|yes please|y|yep|yeah|absolut|visst|"
    "javisst|ja visst|ja absolut|sjalvklart|garna|ja garna|jag tar den|jag tar det|jag tar|tar den|kyllä|joo|نعم|так",
    Verb.NO: "nej|n|nej tack|na|naj|nej tyvarr|tyvarr inte|tyvarr|nix|nope|no|no thanks|no thank you|ei|ei kiitos|لا|ні",
    Verb.ON_WAY: "pa vag|pavag|pa vagen|ar pa vag|jag ar pa vag|nu pa vag|pa vag nu|on my way|on the way|omw|im on my way|"
    "aker nu|jag aker nu",
    Verb.DONE: "klar|klart|klara|nu klar|nu klart|allt klart|det ar klart|ar klar|jag ar klar|nu ar det klart|fardig|fardigt|"
    "jag ar fardig|done|all done|finished|utfort|levererat|avklarat",
    Verb.CANNOT: "kan inte|kaninte|kan ej|kan tyvarr inte|kan inte tyvarr|jag kan inte|jag kan tyvarr inte|tyvarr kan jag inte|"
    "tyvarr kan inte|hinner inte|hinner tyvarr inte|cant|can not|cannot|i cant|i cannot|sorry i cant|sorry cant",
    Verb.OK: "ok|okej|okey|okay|oki|okidoki|okejdå|k|kvitterar|kvitterat|uppfattat|mottaget",
    Verb.STOP: "stopp|stop|stoppa|stopp alla|stop all|stopall|unsubscribe|avsluta|avregistrera",
    Verb.START: "start|starta|borja|starta igen|start igen",
    Verb.PLAN: "plan|planera|planerar|planerat|planned",
    Verb.KEEP: "fast|fast kontakt|fortsatt fast",
    Verb.NOBODY_HOME: "ingen hemma|inte hemma|ej hemma|ingen oppnar|oppnar inte|oppnar ej|ingen svarar|nobody home|not home|"
    "nobody opens|nobody answers|no answer",
    Verb.SHIFTS: "pass|mina pass|passen|schema|mitt schema|rota|shifts|my shifts",
    Verb.WORRY: "oro",
    Verb.PART: "inte fast|ej fast|inte fast kontakt|inte langre fast|sluta fast|not fixed",
}
_VERBS = {fold(word): verb for verb, words in _SPELLINGS.items() for word in words.split("|")}
_FIRST_WORDS = frozenset(word.split()[0] for word in _VERBS) | {"nr", "nummer", "number"}
_GREETINGS = frozenset({"hej", "hejsan", "hi", "hello"})
_LONGEST = max(len(word.split()) for word in _VERBS)
# Said around a reply word without changing it.
_FILLERS = frozenset(
    fold(
        "tack tackar tack så mycket snälla gärna absolut visst det gör jag jag det kan jag kommer kan vi vill bra fint bara "
        "hej hejsan då nu javisst självklart mvh hälsningar hälsn h please thanks thank you i can do it sure sorry tyvärr "
        "sir ok okej jadå ja nej med glädje nöje fixar tar ordnar löser kul toppen perfekt super"
    ).split()
)
# "Svara JA 47": people copy the instruction with the answer.
_INSTRUCTION = frozenset({"svara", "svar", "svarar", "reply", "answer", "skriv"})
_NUMBER_WORDS = frozenset({"nr", "nummer", "number"})
_OR = frozenset({"eller", "or"})
_STOP_FILLERS = frozenset({"tack", "please", "snalla"})
# What may follow a bare word and still leave it a reply: a time ("ja kl 15"), or a new clause after a comma or full stop.
_TIME_FIRST = _words("""
    kl klockan vid efter fore innan om runt cirka ca at around after before idag imorgon imorn ikvall nu strax senast
""")
# "JA 2 liter mjölk" counts milk, it does not answer offer 2.
_UNITS = _words("""
    liter dl cl kg kilo gram stycken paket pkt burkar burk påsar påse flaskor flaska kr kronor timmar timme minuter dagar
    gånger personer
""")
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*|👍|👎")
_EMOJI = {"👍": "ja", "👎": "nej"}


@dataclass(frozen=True, slots=True)
class _Token:
    word: str  # folded
    start: int
    end: int


def parse(text: str) -> Reply | None:
    """Return the reply `text` is, or None when it is a sentence of its own.

    The word comes first (after "Svara" or "Hej" at most), or after the number ("47 ja"). With a number of 1-4 digits
    directly beside it, anything may follow and is `rest`. Without one, only fillers ("tack", "det gör jag") or a time
    ("ja kl 15") may. A number followed by a measure is an amount and not a task: "ja 2 liter mjölk" is None, since
    answering offer 2 by mistake costs more than asking; so is the instruction copied whole, "JA 47 eller NEJ 47". STOPP
    must be all there is, but for "tack".
    """
    text = text[:_SCAN]
    if not _may_begin(text):
        return None
    tokens = [_Token(_EMOJI.get(m[0]) or fold(m[0]), m.start(), m.end()) for m in _TOKEN.finditer(text)]
    while tokens and tokens[0].word in _INSTRUCTION:
        tokens.pop(0)
    if len(tokens) > 1 and tokens[0].word in _GREETINGS:
        tokens.pop(0)
    if not tokens:
        return None
    if tokens[0].word.isdecimal():
        return _number_first(text, tokens)
    tokens = [token for at, token in enumerate(tokens) if not (token.word in _NUMBER_WORDS and _is_number_at(tokens, at + 1))]
    found = _verb_at(tokens, 0)
    return _after_verb(text, tokens, *found) if found else None


def _may_begin(text: str) -> bool:
    """Does the message begin as a reply does? Says no to nearly all other messages before they are taken apart."""
    greeted = False
    for found in _TOKEN.finditer(text):
        word = _EMOJI.get(found[0]) or fold(found[0])
        if not greeted and word in _INSTRUCTION:
            continue
        if not greeted and word in _GREETINGS:
            greeted = True
            continue
        return word.isdecimal() or word in _FIRST_WORDS
    return greeted


def _verb_at(tokens: list[_Token], at: int) -> tuple[Verb, int] | None:
    """Return the reply word that starts at token `at` and the token after it, the longest spelling first."""
    for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
        verb = _VERBS.get(" ".join(token.word for token in tokens[at : at + size]))
        if verb is not None:
            return verb, at + size
    return None


def _is_number(token: _Token) -> bool:
    return token.word.isdecimal() and len(token.word) <= 4


def _is_number_at(tokens: list[_Token], at: int) -> bool:
    return at < len(tokens) and _is_number(tokens[at])


def _number_first(text: str, tokens: list[_Token]) -> Reply | None:
    if not _is_number(tokens[0]) or (found := _verb_at(tokens, 1)) is None:
        return None
    verb, after = found
    if verb is Verb.STOP:
        return None
    return Reply(verb, int(tokens[0].word), _rest(text, tokens, after))


def _after_verb(text: str, tokens: list[_Token], verb: Verb, after: int) -> Reply | None:
    left = tokens[after:]
    if verb is Verb.STOP:
        return Reply(verb, None, "") if all(token.word in _STOP_FILLERS for token in left) else None
    if left and _is_number(left[0]):
        if len(left) > 1 and left[1].word in _UNITS:
            return None
        if len(left) > 2 and left[1].word in _OR and _verb_at(left, 2):
            return None
        return Reply(verb, int(left[0].word), _rest(text, tokens, after + 1))
    if verb is Verb.WORRY and left:  # what follows is what worries
        return Reply(verb, None, _rest(text, tokens, after))
    if all(token.word in _FILLERS for token in left):
        return Reply(verb, None, "")
    if left[0].word in _TIME_FIRST and len(left) <= 5:
        return Reply(verb, None, _rest(text, tokens, after))
    return None


def _rest(text: str, tokens: list[_Token], after: int) -> str:
    """Return what is written from token `after` on, as it was written, without the punctuation between."""
    return text[tokens[after].start :].strip() if after < len(tokens) else ""
