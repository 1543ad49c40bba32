"""Several wishes in one message: "handla mat och hämta medicin, bor i Gränna" asks for two things.

A part of the message counts when it says itself what is to be done ("hämta medicin"), not when it only names one more thing
("mjölk och hundmat" is one shopping). Pure.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bots.dialogue.understand import Understander, Understanding
from geo.fold import fold

_MOST_WORDS = 80  # a longer message is a letter: one matter, read by a human or told once
_MOST_TOPICS = 3
CARRYING = frozenset({"errand", "transport"})
_JOINTS = re.compile(
    r"[,.;!?\n+&]|\b(?:och|o|samt|sen|sedan|dessutom|också|även|and|also|plus|then|ja|sekä|та|і|و)\b", re.IGNORECASE
)
_NOT = frozenset(fold("inte ej ingen aldrig utan not cannot no").split())
# How what is to be done begins, folded.
_VERBS = """
handla kop inhandla hamta skjutsa skjuts kora aka folja prata umgas sallskap rasta promenera skotta klippa stada fixa laga
duscha bada byta betala skicka posta lamna bara installera titta ringa montera flytta raka sanda vattna mata passa hjalpa
lyfta ordna boka bestalla tvatta dammsuga buy get fetch pick drive ride walk talk fix clean shovel mow cook collect deliver
pay send post carry install feed
"""
_DOES = re.compile(rf"\b(?:{'|'.join(_VERBS.split())}|ga ut|hjalp med)\w*")


def with_other_topics(understander: Understander, text: str, understood: Understanding) -> Understanding:
    """What was understood, with the other kinds of help that the message asks for beside its category (`also`)."""
    if understood.intent != "request" or understood.category is None or len(text.split()) > _MOST_WORDS:
        return understood
    parts = [part.strip() for part in _JOINTS.split(text)]
    asking = [part for part in parts if _asks(fold(part))]
    if len(asking) < 2:
        return understood
    found = [understander.understand(part).about for part in asking]
    others = [key for key in dict.fromkeys(found) if key not in (None, understood.category)]
    if understood.category not in found:  # no part says it alone: the message is about one thing
        return understood
    if understood.origin is not None and understood.category in CARRYING:  # fetched there and driven here: one errand
        others = [key for key in others if key not in CARRYING]
    return replace(understood, also=tuple(key for key in others if key is not None)[: _MOST_TOPICS - 1])


def _asks(part: str) -> bool:
    return bool(_DOES.search(part)) and _NOT.isdisjoint(part.split())
