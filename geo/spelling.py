"""How alike two names are, and where in a long list of names those that are alike can be found."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rapidfuzz.distance import OSA

from geo.address_words import ADJECTIVES, STREET_ENDINGS
from geo.places import slips_allowed

_LEAST = 2  # letters of a name's beginning or end that tell something; in its middle one more
_LOOSELY = 0.8  # a name that lacks a word, or has one more: "Strandgatan" where there are Norra and Södra Strandgatan
_LONG = 12  # letters: so many may have two slips far from each other


def alike(names: Sequence[str], loose: Sequence[str], folded: str) -> float:
    """How well a gazetteer's name (folded) is one of `names`, or one of `loose`, which leave something out: 1 is spelt alike, 0
    is another name."""
    if folded in names:
        return 1.0
    if folded in loose:
        return _LOOSELY
    plain = folded.replace(" ", "")
    slips = min((OSA.distance(name.replace(" ", ""), plain) for name in names[:2]), default=99)
    return max(0.0, 0.95 - 0.8 * slips / len(plain)) if slips <= slips_allowed(len(plain)) else 0.0


def patterns(name: str) -> tuple[str, ...]:
    """LIKE patterns, of which at least one fits any name that `name` misspells by one slip, or by more that are near each other.

    One slip leaves one of two parts as it is, and of a long name two leave one of three. The ending that all streets have tells
    nothing and is taken for granted: without it a search among many streets would find most of them.
    """
    first, _, rest = name.partition(" ")
    before, word = (f"{first} ", rest) if rest and first in ADJECTIVES.values() else ("", name)
    ending = next((end for end in STREET_ENDINGS if word.endswith(end) and len(word) > len(end) + _LEAST), "")
    stem = word.removesuffix(ending) if ending else word
    if not slips_allowed(len(name.replace(" ", ""))) or len(stem) < _LEAST + 1:
        return ()
    if len(stem) < 2 * (_LEAST + 1):
        return f"{before}{stem[:_LEAST]}%{ending}", f"{before}%{stem[-_LEAST:]}{ending}"
    count = 2 if len(stem) < _LONG else 3
    cuts = [round(at * len(stem) / count) for at in range(count + 1)]
    parts = [stem[a:b] for a, b in pairwise(cuts)]
    middle = [f"{before}%{part}%{ending}" for part in parts[1:-1]]
    return (f"{before}{parts[0]}%{ending}", *middle, f"{before}%{parts[-1]}{ending}")
