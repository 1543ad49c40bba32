"""The answer to "which of these places do you mean?": a number, a name, or a part of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.dialogue.turn import Turn
from bots.dialogue.where import placed
from dispatch.model import Case, TaskState
from dispatch.network import Network
from dispatch.whereabouts import full_name
from geo.fold import fold
from geo.location import Candidate

LATE = frozenset({"no_answer", "not_understood"})  # a human has been told, and our question may still be answered
_POLITE = frozenset({"yes", "no", "thanks", "offer"})
_NOT = frozenset(fold("nej inte ej no not ei ні لا").split())
_LONGEST = 4  # words of an answer that is a number with something polite around it
# The first, the second … in the languages that we write, as they are folded.
_ORDINALS = [
    "första forsta ett etta ettan first one ensimmäinen yksi перший перша перше один الأول الاول واحد",
    "andra tva två tvåa tvåan second two toinen kaksi другий друга друге два الثاني اثنان",
    "tredje tre trea trean third three kolmas kolme третій третя третє три الثالث ثلاثة",
    "fjärde fyra fyran fourth four neljäs neljä четвертий четверта четверте чотири الرابع أربعة",
    "femte fem femman fifth five viides viisi п'ятий п'ята п'ять الخامس خمسة",
    "sjätte sex sexan sixth six kuudes kuusi шостий шоста шість السادس ستة",
]
_ORDINAL = {fold(word): at for at, words in enumerate(_ORDINALS) for word in words.split()}


def choose(turn: Turn) -> None:
    """Let what was understood say the place that the sender has chosen, if we have asked which and the message says."""
    if turn.understood.intent in ("emergency", "stop", "status", "cancel"):
        return
    best = turn.understood.where.best
    if best is not None and best.precision.is_exact:
        return  # more than any choice says
    case = asked_which(turn)
    if case is None:
        return
    chosen = chosen_in(turn.inbound.text, case.task.choices, turn.network)
    if chosen is None:
        chosen = _in_the_area(turn, case.task.choices)
    if chosen is None and turn.understood.intent == "yes" and len(case.task.choices) == 1:
        chosen = case.task.choices[0]
    if chosen is not None:
        turn.understood = placed(turn.understood, chosen)
        if turn.understood.intent in _POLITE:  # "1 tack" answers
            turn.understood = replace(turn.understood, intent="other")


def asked_which(turn: Turn) -> Case | None:
    """The sender's own request of which we have asked which place is meant, the newest; None without any."""
    waiting = [c for c in turn.context.own if c.task.state is TaskState.ASKING]
    late = [c for c in turn.context.own if c.task.state is TaskState.OPEN and c.task.human in LATE and not c.takers]
    return next((c for c in [*waiting, *late] if c.task.choices and c.need.area is None), None)


def _in_the_area(turn: Turn, choices: Sequence[Candidate]) -> Candidate | None:
    """The only choice in the area that was named instead: "Kortebo", of a place that was called by Bankeryd beside it."""
    words = fold(turn.inbound.text).split()
    there = [c for c in choices if c.area is not None and c.area == turn.understood.area]
    return there[0] if len(there) == 1 and len(words) <= _LONGEST and _NOT.isdisjoint(words) else None


def chosen_in(text: str, choices: Sequence[Candidate], network: Network) -> Candidate | None:
    """The one of `choices` that `text` names, by its number in their order or by what tells it apart; None when it names none or
    several."""
    words = fold(text).split()
    if (at := _number(words)) is not None:
        return choices[at] if at < len(choices) else None
    named = _named(words, choices, network)
    if len(named) != 1 and len(words) <= _LONGEST:
        ordinals = {_ORDINAL[w] for w in words if w in _ORDINAL}
        at = ordinals.pop() if len(ordinals) == 1 else None
        return choices[at] if at is not None and at < len(choices) else None
    return named[0] if len(named) == 1 else None


def _number(words: Sequence[str]) -> int | None:
    numbers = [int(w) for w in words if w.isdecimal()]
    return numbers[0] - 1 if len(numbers) == 1 and 0 < numbers[0] < 100 and len(words) <= _LONGEST else None


def _named(words: Sequence[str], choices: Sequence[Candidate], network: Network) -> list[Candidate]:
    """The choices of which the most telling words are said: those that no other choice has."""
    parts = [set(fold(full_name(c, network)).split()) for c in choices]
    common = set.intersection(*parts) if parts else set()
    said = set(words)
    scores = [len((part - common) & said) / max(1, len(part - common)) for part in parts]
    best = max(scores, default=0.0)
    return [c for c, score in zip(choices, scores, strict=True) if score == best] if best > 0 else []
