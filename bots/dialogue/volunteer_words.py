"""How whoever wants to help answers by SMS in own words: skills, languages, when, yes or no. Pure.

The words are in `lexicon/volunteers.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rapidfuzz import process
from rapidfuzz.distance import OSA

from dispatch.model import AVAILABLE
from geo.fold import fold

_LONGEST_RUN = 4  # words of the longest phrase
_BEFORE, _AFTER = 2, 4  # words between "no" and what is meant by it
_MISSPELT, _BADLY = 5, 9  # letters from which one, and two, may be wrong
_ANY = "*"
_SHORT = 4  # words of a yes that does not begin as one
_YES, _NOT = "ja", "inte"
_ABOUT_VOLUNTEERING = re.compile(r"(volont\w*|volunteer\w*|anmalan|vapaaehto\w*|волонтер\w*|متطوع|تطوع)")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a message. keys: in the order of the words; denied: those that it says no to. sure: nothing else stands
    in it; nothing: it says that there is nothing to tell."""

    keys: tuple[str, ...]
    denied: tuple[str, ...]
    sure: bool
    nothing: bool

    @property
    def answer(self) -> list[str] | None:
        """The answer to the question, empty for nothing to tell; None when it is no answer."""
        if self.keys:
            return list(self.keys)
        return [] if (self.nothing or self.denied) and self.sure else None


@cache
def _words() -> dict[str, dict[str, list[str] | str]]:
    with files("bots.dialogue.lexicon").joinpath("volunteers.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def listed(name: str) -> frozenset[str]:
    """A list of `[words]`, folded: of phrases, or of single words."""
    said = _words()["words"][name]
    return frozenset(fold(said).split()) if isinstance(said, str) else frozenset(fold(phrase) for phrase in said)


class _Phrases:
    """The phrases of one question, by what they mean. One phrase may mean two things: "vardagskvällar"."""

    def __init__(self, kind: str) -> None:
        self._exact: dict[str, list[str]] = {}
        self._open: list[tuple[re.Pattern[str], str]] = []
        for key, phrases in _words()[kind].items():
            for phrase in phrases:
                if _ANY in phrase:
                    self._open.append((re.compile(r"\w*".join(re.escape(fold(part)) for part in phrase.split(_ANY))), key))
                if not phrase.startswith(_ANY):  # the beginning alone is what a spelling mistake is compared with
                    self._exact.setdefault(fold(phrase), []).append(key)  # fold drops the "*"
        self._long = [phrase for phrase in self._exact if len(phrase) >= _MISSPELT and " " not in phrase]

    def at(self, words: Sequence[str], start: int, is_answer: bool) -> tuple[list[str], int]:
        """What the words from `start` on mean, and how many they are; the longest phrase first."""
        for size in range(min(_LONGEST_RUN, len(words) - start), 0, -1):
            run = " ".join(words[start : start + size])
            if not is_answer and run in listed("only_as_answer"):
                continue
            if run in self._exact:
                return self._exact[run], size
            if keys := list(dict.fromkeys(key for pattern, key in self._open if pattern.fullmatch(run))):
                return keys, size
        return (self._nearly(words[start]), 1) if is_answer else ([], 1)

    def _nearly(self, word: str) -> list[str]:
        if len(word) < _MISSPELT or word in listed("around"):
            return []
        wrong = 2 if len(word) >= _BADLY else 1
        near = process.extractOne(word, self._long, scorer=OSA.distance, score_cutoff=wrong)
        return self._exact[near[0]] if near else []


@cache
def _phrases(kind: str) -> _Phrases:
    return _Phrases(kind)


def find(kind: str, text: str, is_answer: bool = True) -> Found:
    """What a message says about "skills", "languages" or "available". is_answer: to that question; then words may be misspelt,
    and those that can mean many things mean this."""
    words, phrases = fold(text).split(), _phrases(kind)
    keys: list[str] = []
    denied: list[str] = []
    covered, nothing, at = 0, False, 0
    while at < len(words):
        meant, size = phrases.at(words, at, is_answer)
        if meant and _denied(words, at, at + size):
            denied += meant
        elif meant:
            keys += meant
        else:
            size = _run_in(words, at, "nothing")
            nothing = nothing or size > 0
            size = max(size, 1) if size or words[at] in listed("around") or words[at].isdecimal() else 0
        covered += size
        at += max(size, 1)
    if kind == "available":  # never: nobody who offers help means that
        always = "always" in keys or (denied and not keys)
        keys, nothing = [when for when in AVAILABLE if when in keys or (always and when not in denied)], False
    return Found(tuple(dict.fromkeys(keys)), tuple(denied), bool(words) and covered == len(words), nothing)


def _run_in(words: Sequence[str], at: int, name: str) -> int:
    """How many words from `at` on are a phrase of this list."""
    sizes = range(min(_LONGEST_RUN, len(words) - at), 0, -1)
    return next((size for size in sizes if " ".join(words[at : at + size]) in listed(name)), 0)


def _denied(words: Sequence[str], start: int, end: int) -> bool:
    """Is it what somebody has not: "ingen bil", "bil har jag inte"?"""
    before = words[max(0, start - _BEFORE) : start]
    after_but = max((n + 1 for n, word in enumerate(before) if word in listed("but")), default=0)
    before = before[after_but:]
    if any(_run_in(before, n, "not") for n in range(len(before))):
        return True
    rest = words[end:]
    return 0 < len(rest) <= _AFTER and rest[-1] in listed("not")


def speaks_of_languages(text: str) -> bool:
    """Does a longer message say that somebody speaks a language, or would translate?"""
    return not listed("speaks").isdisjoint(fold(text).split())


def yes_or_no(text: str) -> tuple[str | None, bool]:
    """A plain "yes" or "no", and whether it says that it is about volunteering ("JA VOLONTÄR"). None: neither, or both."""
    words = fold(text.replace("👍", " ja ").replace("👎", " nej ")).split()
    rest = [word for word in words if not _ABOUT_VOLUNTEERING.fullmatch(word)]
    said = {answer for answer in ("yes", "no") if not listed(answer).isdisjoint(rest)}
    if _NOT in rest and _YES not in rest:
        said = {"no"}  # "absolut inte"
    if len(said) != 1 or not all(word in listed("yes") | listed("no") | listed("agrees") for word in rest):
        return None, False
    return said.pop(), len(rest) < len(words)


def clearly_yes_or_no(text: str, intent: str) -> str | None:
    """A yes or no in more words, as it was understood: "ja det vore snällt", "mycket gärna". None: neither is clear enough to
    keep what somebody has said, or to throw it away."""
    words = fold(text).split()
    if intent == "yes" and listed("not").isdisjoint(words) and (words[0] in listed("yes") or len(words) <= _SHORT):
        return "yes"
    return "no" if intent == "no" and words[0] in listed("no") else None


def ends(text: str) -> bool:
    """AVBRYT: no more questions."""
    return " ".join(word for word in fold(text).split() if word not in listed("polite")) in listed("ends")
