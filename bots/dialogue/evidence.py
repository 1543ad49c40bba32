"""What single words speak for, learnt from labelled messages: the lexicon's phrases decide, and where they say little, this does.

`lexicon/evidence.csv` has a line for each sign: what it is evidence about ("intent" or "category"), the sign, and its weight for
each answer. A sign is a word ("hunden"), the beginning or end of a longer one ("apote*", "*dicin"), two words side by side
("kan ni"), the first word ("^kan"), or how long the message is ("#3"). `python -m bots.dialogue.learn` writes the file anew from
tests/corpus; a person can read it, and mend it by hand until then. Pure.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

_BEGINNING, _LONGER_BEGINNING, _END = 5, 7, 5  # letters
_LENGTHS = 6  # from so many words on, a message is long


def signs(words: Sequence[str], asks: bool) -> dict[str, float]:
    """The signs in a row of folded words, with how much each counts. asks: is there a question mark?"""
    found: dict[str, float] = {}
    for word in words:
        found[word] = 1.0
        if len(word) > _BEGINNING:
            found[f"{word[:_BEGINNING]}*"] = 0.7
            found[f"*{word[-_END:]}"] = 0.5
        if len(word) > _LONGER_BEGINNING:
            found[f"{word[:_LONGER_BEGINNING]}*"] = 0.7
    for first, second in zip(["^", *words], [*words, "$"], strict=True):
        found[f"{first} {second}"] = 0.7
    found[f"#{min(len(words), _LENGTHS)}"] = 0.5
    if words:
        found[f"^{words[0]}"] = 1.0
    if asks:
        found["?"] = 1.0
    return found


class Evidence:
    """The learnt weights. Immutable once built."""

    def __init__(self, lines: Sequence[Sequence[str]]) -> None:
        """lines: about, sign, "answer=weight answer=weight ..."."""
        self._weights: dict[str, dict[str, tuple[tuple[str, float], ...]]] = {"intent": {}, "category": {}}
        self._answers: dict[str, tuple[str, ...]] = {}
        for about, sign, told in lines:
            pairs = tuple((answer, float(weight)) for answer, _, weight in (one.rpartition("=") for one in told.split()))
            self._weights[about][sign] = pairs
        for about, by_sign in self._weights.items():
            self._answers[about] = tuple(dict.fromkeys(answer for pairs in by_sign.values() for answer, _ in pairs))

    def speaks_for(self, about: str, found: Mapping[str, float]) -> dict[str, float]:
        """The logarithm of each answer's share, as far as the signs tell. about: "intent" or "category"."""
        scores = dict.fromkeys(self._answers[about], 0.0)
        weights = self._weights[about]
        for sign, value in found.items():
            for answer, weight in weights.get(sign, ()):
                scores[answer] += weight * value
        highest = max(scores.values(), default=0.0)
        total = math.log(sum(math.exp(score - highest) for score in scores.values())) + highest if scores else 0.0
        return {answer: score - total for answer, score in scores.items()}


@cache
def shipped() -> Evidence:
    """The weights that come with the program."""
    text = (files("bots.dialogue.lexicon") / "evidence.csv").read_text(encoding="utf-8")
    return Evidence(list(csv.reader(line for line in text.splitlines() if not line.startswith("##"))))
