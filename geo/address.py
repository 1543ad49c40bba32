"""Reads what may be an address out of a free sentence, as Swedes write them: "jag bor på n. strandg 14 b, 563 32 gränna".

Nothing is looked up here: what is found are names under which a gazetteer may know a street, a farm or a village, in the folded
spelling of geo/fold.py. So a few too many cost little, as long as they are not words of everyday language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from geo.address_words import (
    ABBREVIATED,
    ADJECTIVES,
    BARE,
    FARM,
    FREQUENT,
    IN_THE_HOUSE,
    LIVES,
    MAYBE_ENDINGS,
    NEVER,
    NO_STREETS,
    OTHER_FORM,
    SAINT,
    STREET_ENDINGS,
    UNITS,
    WHERE,
)
from geo.fold import fold
from geo.places import POSTCODE

_SCAN = 600  # characters of a text that are read: an address stands near the beginning of what is that long
_MOST = 12  # names that are looked for
_LONGEST_NAME = 3  # words
_HIGHEST_NUMBER = 999
_WORD = re.compile(r"(?P<word>[^\W\d_]+(?:[:'’´`-][^\W\d_]+)*)(?P<dot>\.?)|(?P<number>\d+)")
_LETTER_APART = frozenset("abcdefghjklmn")  # of a house, with a blank before it; not "i", which is a word
_NO_NAMES = NEVER | IN_THE_HOUSE | UNITS | NO_STREETS | BARE
_SHORT = 4  # words: a text as short is a name, not a sentence


@dataclass(frozen=True, slots=True)
class Named:
    """What may be the name of a street, a village or a farm.

    names: folded spellings, likeliest first. loose: spellings that leave something out ("strandgatan" for "norra strandgatan").
    is_street: does it end as a street does? number and letter (small): the house's. weight: how much the text says that it is a
    place, 0 to 1. written: the words that it was read from, folded.
    """

    names: tuple[str, ...]
    is_street: bool
    weight: float
    written: str
    loose: tuple[str, ...] = ()
    number: int | None = None
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """All that a text says of where. named: streets first, then in the order of the text. postcodes: five digits each.
    words: the folded words that were read."""

    named: tuple[Named, ...]
    postcodes: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or a number. text: folded. gap: what stands before it. start, end: where, in characters."""

    text: str
    gap: str
    start: int
    end: int
    dot: bool = False
    capital: bool = False
    number: int | None = None

    @property
    def joins(self) -> bool:
        """May it go on with what stands before it?"""
        return self.gap.strip(" \t\u00a0-") == ""


def read_address(text: str) -> Written:
    """What `text` says of where somebody is. Reads the first 600 characters. Never fails; empty when it says nothing."""
    text = text[:_SCAN]
    tokens = _tokens(text)
    streets, taken = _streets(tokens)
    others = list(_others(tokens, taken))
    kept = list(text)
    for token in (tokens[at] for at in taken if tokens[at].number is not None):
        kept[token.start : token.end] = "#" * (token.end - token.start)  # so that "4 563 32" is a house and a postcode
    postcodes = tuple(dict.fromkeys(hit[1] + hit[2] for hit in POSTCODE.finditer("".join(kept))))
    return Written(tuple([*streets, *others][:_MOST]), postcodes, tuple(fold(text).split()))


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    end = 0
    for hit in _WORD.finditer(text):
        gap, end = text[end : hit.start()], hit.end()
        if (digits := hit["number"]) is not None:
            number = int(digits) if len(digits) < 6 and digits.isdecimal() and digits[0] != "0" else 0
            found.append(_Token(fold(digits), gap, hit.start(), hit.end(), number=number))
        elif word := fold(hit["word"]):
            found.append(_Token(word, gap, hit.start(), hit.end(), hit["dot"] != "", hit["word"][0].isupper()))
    return found


def _streets(tokens: Sequence[_Token]) -> tuple[list[Named], set[int]]:
    """The streets, and the tokens that were used up by them."""
    found: list[Named] = []
    taken: set[int] = set()
    for at, token in enumerate(tokens):
        if token.number is not None or token.text in NO_STREETS or (token.text in NEVER and token.text not in BARE):
            continue
        number, letter, end = _house(tokens, at + 1)
        spelt = _spellings(tokens, at, number is not None)
        if spelt is None:
            continue
        names, loose, start, sure = spelt
        written = " ".join(t.text for t in tokens[start:end])
        found.append(Named(names, True, 1.0 if number or sure else 0.6, written, loose, number, letter))
        taken.update(range(start, end))
    return found, taken


def _spellings(tokens: Sequence[_Token], at: int, numbered: bool) -> tuple[tuple[str, ...], tuple[str, ...], int, bool] | None:
    """How the street whose last word is at `at` may be spelt: in full and loosely, where it begins, and is it one for sure?"""
    word = tokens[at].text
    if word in BARE or (word in ("g", "v") and numbered):
        return _after_a_name(tokens, at, numbered)
    forms, sure = _forms(word, tokens[at].dot, numbered)
    if not forms:
        return None
    first = at
    while first > 0 and at - first < _LONGEST_NAME - 1 and _goes_before(tokens, first):
        first -= 1
    names: list[str] = []
    loose: list[str] = []
    start = at
    for begin in range(first, at):
        before = _expanded(tokens[begin:at])
        is_part = tokens[begin].text in ADJECTIVES or tokens[begin].capital
        names += [f"{spelt} {form}" for spelt in _saints(before) for form in forms]
        names += [before.replace(" ", "") + form for form in forms if begin == at - 1 and not is_part]
        start = min(start, begin) if is_part else start
    if start < at and tokens[start].text in ADJECTIVES:
        loose.extend(forms)
    else:
        names.extend(forms)
        loose.extend(f"{adjective} {forms[0]}" for adjective in FREQUENT)
    return tuple(dict.fromkeys(names)), tuple(loose), start, sure


def _forms(word: str, dot: bool, numbered: bool) -> tuple[list[str], bool]:
    """The full spellings of a street of one word, and is it surely a street's name?"""
    for ending in STREET_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            return [word, *_other_form(word, ending)], True
    for ending in MAYBE_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and numbered:
            return [word, *_other_form(word, ending)], True
    for short, full in ABBREVIATED:
        if word.endswith(short) and len(word) - len(short) >= 3 and (numbered or dot):
            return [word[: -len(short)] + ending for ending in full], numbered
    return [], False


def _other_form(word: str, ending: str) -> list[str]:
    """With the article or without it: both are written for either."""
    return [word[: -len(ending)] + OTHER_FORM[ending]] if ending in OTHER_FORM else []


def _after_a_name(tokens: Sequence[_Token], at: int, numbered: bool) -> tuple[tuple[str, ...], tuple[str, ...], int, bool] | None:
    """A street whose last word is "väg", "torget", "g" on its own: what stands before it makes the name."""
    first = at
    while first > 0 and at - first < _LONGEST_NAME and _goes_before(tokens, first):
        first -= 1
    word = tokens[at].text
    lasts = {"g": ["gatan", "gata"], "v": ["vagen", "vag"]}.get(word, [word, *_other_form(word, word)])
    names: list[str] = []
    start = at
    for begin in range(first, at):
        own = tokens[begin]
        told = own.capital or own.text.endswith("s") or own.text in ADJECTIVES or own.text in SAINT
        if not told and not numbered:
            continue
        start = min(start, begin)
        before = _expanded(tokens[begin:at])
        names += [f"{spelt} {last}" for spelt in _saints(before) for last in lasts]
        names += [before.replace(" ", "") + last for last in lasts if begin == at - 1]
    return (tuple(dict.fromkeys(names)), (), start, numbered) if names else None


def _goes_before(tokens: Sequence[_Token], at: int) -> bool:
    """May the word before the one at `at` be part of the same name?"""
    before = tokens[at - 1]
    if before.number is not None or not tokens[at].joins:
        return False
    if before.dot and len(before.text) > 2:  # the end of a sentence
        return False
    return before.text in ADJECTIVES or before.text in SAINT or (before.text not in NEVER and len(before.text) >= 2)


def _expanded(tokens: Sequence[_Token]) -> str:
    """The words with what is abbreviated written out: "n" is norra, "s:t" sankt."""
    words = [SAINT.get(token.text) or ADJECTIVES.get(token.text) or token.text for token in tokens]
    return " ".join(words)


def _saints(name: str) -> tuple[str, ...]:
    """A name with sankt written out, and as gazetteers cut it short: "S:t", which folds to "s t"."""
    return (name, f"s t {name.removeprefix('sankt ')}") if name.startswith("sankt ") else (name,)


def _house(tokens: Sequence[_Token], at: int) -> tuple[int | None, str, int]:
    """The house number that begins at `at`, its letter, and where it ends; None when there is none."""
    none = None, "", at
    if at < len(tokens) and tokens[at].text in ("nr", "nummer", "no"):
        at += 1
    if at >= len(tokens) or not tokens[at].number or not tokens[at].joins or (tokens[at].number or 0) > _HIGHEST_NUMBER:
        return none
    number, at = tokens[at].number, at + 1
    if at == len(tokens):
        return number, "", at
    after = tokens[at]
    if after.number is not None and after.gap in (".", ":", ","):
        return none  # a time, an amount
    if after.number is not None and after.gap == " " and len(tokens[at - 1].text) == 3 and len(after.text) == 2:
        return none  # a postcode
    if after.text in UNITS and after.gap in ("", " "):
        return none
    is_letter = len(after.text) == 1 and after.text.isalpha() and not after.dot
    if is_letter and (after.gap == "" or (after.gap == " " and after.text in _LETTER_APART)):
        return number, after.text, at + 1
    return number, "", at


def _others(tokens: Sequence[_Token], taken: set[int]) -> Iterator[Named]:
    """What may be a village or a farm, or a street whose name does not say that it is one."""
    short = len(tokens) <= _SHORT
    skip = _care_of(tokens)
    at = 0
    while at < len(tokens):
        weight = 0.0 if at in taken or at in skip else _weight(tokens, at, short)
        if not weight:
            at += 1
            continue
        end = at + 1
        while end < len(tokens) and end - at < _LONGEST_NAME and end not in taken and _goes_on(tokens, end):
            end += 1
        named = _name(tokens, at, end, weight)
        yield named
        at = end


def _name(tokens: Sequence[_Token], at: int, end: int, weight: float) -> Named:
    """The name in tokens[at:end], any shorter beginning of it, and the house number or property number behind."""
    words = [token.text for token in tokens[at:end]]
    runs = [" ".join(words[:size]) for size in range(len(words), 0, -1)]
    names = [*runs, *("".join(words[:size]) for size in range(len(words), 1, -1))]
    if any(word in FARM for word in words[1:]):
        weight = max(weight, 0.8)
    number, letter, _ = _house(tokens, end)
    after = tokens[end : end + 2]
    if len(after) == 2 and after[0].number and after[1].number and after[1].gap == ":":
        names = [f"{runs[0]} {after[0].text} {after[1].text}", *names]  # a property, such as Torp 3:12
        weight, number, letter = max(weight, 0.8), None, ""
    elif number is not None:
        weight = max(weight, 0.7)
    farms = tuple(f"{words[0]} {farm}" for farm in ("gard", "torp")) if len(words) == 1 and weight >= 0.7 else ()
    return Named(tuple(dict.fromkeys(names)), False, weight, " ".join(words), farms, number, letter)


def _weight(tokens: Sequence[_Token], at: int, short: bool) -> float:
    """How much speaks for a name that begins at `at`; 0: nothing."""
    token = tokens[at]
    if len(token.text) >= 4 and token.capital and _is_property(tokens, at + 1):
        return 0.8
    if token.number is not None or len(token.text) < 2 or token.text in _NO_NAMES:
        return 0.0
    before = tokens[at - 1].text if at else ""
    if at and token.joins and before in WHERE:
        lives = any(t.text in LIVES for t in tokens[max(0, at - 3) : at])
        return 0.8 if lives else 0.7 if token.capital else 0.5
    if at + 1 < len(tokens) and tokens[at + 1].joins and tokens[at + 1].text in FARM:
        return 0.8
    is_numbered = _house(tokens, at + 1)[0] is not None or _is_property(tokens, at + 1)
    if short or (is_numbered and len(token.text) >= 4):
        return 0.7 if token.capital or len(tokens) <= 2 else 0.5
    return 0.0


def _is_property(tokens: Sequence[_Token], at: int) -> bool:
    after = tokens[at : at + 2]
    return len(after) == 2 and bool(after[0].number and after[1].number) and after[1].gap == ":"


def _goes_on(tokens: Sequence[_Token], at: int) -> bool:
    token, before = tokens[at], tokens[at - 1]
    return token.number is None and token.joins and not before.dot and token.text not in NEVER and token.text not in WHERE


def _care_of(tokens: Sequence[_Token]) -> set[int]:
    """Whose door it is ("c/o Berg"): a person's name, not a place's."""
    found: set[int] = set()
    for at in range(len(tokens) - 2):
        if tokens[at].text == "c" and tokens[at + 1].text == "o" and tokens[at + 1].gap == "/":
            end = at + 2
            while end < len(tokens) and end < at + 5 and (end == at + 2 or tokens[end].joins):
                end += 1
            found.update(range(at, end))
    return found
