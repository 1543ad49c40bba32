"""Finds phrases of a lexicon in a row of folded words: quickly, and despite slips of spelling.

A phrase is written as a person would read it, folded or not:

    "ont i bröstet"        these words, beside each other
    "apotek*"              a word that begins so; "*medicin" ends so; "*blod*" has it anywhere, for Swedish compounds
    "kan inte .. andas"    up to three other words where the dots stand
    "<fall> .. upp"        any word of the class `fall`
    "<chest> & <pain>"     both, in any order, at most ten words from the first to the last
    "^ kan <do>"           only where the message begins, but for a greeting; "slut $" only where it ends

A Swedish word that means nothing as written is tried without its ending ("gurkorna" as "gurka") and as a compound
("kvällsmedicin" as "medicin", "hundsällskap" as "hund"), for the words that tell a category.

Words of six letters and more that still mean nothing are compared with the lexicon's words: one slip (a letter more,
less, other, or two swapped) is forgiven, two from nine letters on, and the first letter must be right. Arabic words are
also tried without the "and", "in" and "the" that are written together with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from geo.fold import fold

_REMEMBERED = 20_000  # words whose meanings are kept
_GAP = 3  # words that ".." may stand for
_SPAN = 10  # words from the first to the last of those joined by "&"
_LONGEST_WORD = 40  # letters; longer ones are no language
_FUZZY_FROM, _TWO_SLIPS_FROM = 6, 9  # letters
_PERHAPS_FROM = 8  # letters from which a word is also taken for a misspelt one when it begins or ends like a known one
_COMPARED = 6  # letters at the front of a word by which words a slip apart are found; the rest is compared afterwards
_PART_FROM = 4  # letters of a known word that may be part of a compound
_STEM_FROM = 7  # letters of a prefix pattern ("apotek*") from which a slip is forgiven in it


@dataclass(frozen=True, slots=True)
class Phrase:
    """One line of a lexicon: what it says about which concept ("category.pharmacy"), in which language, how surely."""

    concept: str
    language: str
    weight: float
    text: str
    first: bool = False  # only where the message begins
    last: bool = False  # only where it ends


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found in the words [start, end)."""

    phrase: Phrase
    start: int
    end: int
    at: tuple[int, ...] = ()  # the words joined by "&", between which others stand


# The rest of a phrase after its first word: (words that may stand between, what must come).
_Step = tuple[int, int]
_Rest = tuple[Phrase, tuple[_Step, ...]]  # the phrase, and its third word on
_NONE: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a word may stand for, and the phrases that it is or begins."""

    atoms: tuple[int, ...]
    alone: Sequence[Phrase]
    beside: Sequence[Mapping[int, Sequence[_Rest]]]
    apart: Sequence[Mapping[int, Sequence[_Rest]]]
    together: Sequence[tuple[Phrase, tuple[int, ...]]]


_ARABIC = str.maketrans(
    {"\u0623": "\u0627", "\u0625": "\u0627", "\u0622": "\u0627", "\u0649": "\u064a", "\u0629": "\u0647", "\u0626": "\u064a"}
)
# "and", "so"; "in", "to", "as"; "the": written together with an Arabic word (wa, fa; bi, li, ka; al).
_JOINED = re.compile("[\u0648\u0641]?(?:[\u0628\u0644\u0643]?\u0627\u0644|\u0644\u0644|[\u0628\u0644\u0643])?(?=\\w{3})")
# What Swedish adds to a noun or verb, folded, the longest first.
_ENDINGS = tuple("arnas ornas ernas arna orna erna aren ades ande ens ets ade ad at ar or er en et an as a e n s t".split())
_SEPARATORS = str.maketrans("-:/,", "    ")  # as in folding, where "tv:n" is two words


class Matcher:
    """A compiled set of phrases. Immutable once built, safe to share."""

    def __init__(
        self,
        phrases: Iterable[Phrase],
        classes: Mapping[str, Sequence[str]],
        common: Iterable[str],
        spellings: Mapping[str, str] | None = None,
        fillers: Iterable[str] = (),
    ) -> None:
        self._spellings = dict(spellings or {})
        self._fillers = frozenset(fillers)
        self._atoms: dict[str, int] = {}
        self._exact: dict[str, tuple[int, ...]] = {}
        self._prefix: dict[str, tuple[int, ...]] = {}
        self._suffix: dict[str, tuple[int, ...]] = {}
        self._inside: dict[str, tuple[int, ...]] = {}
        self._alone: dict[int, list[Phrase]] = {}  # phrases of one word
        self._pairs: dict[int, dict[int, list[_Rest]]] = {}  # longer ones, by their first and second word beside each other
        self._apart: dict[int, dict[int, list[_Rest]]] = {}  # those with ".." between the first and the second
        self._common = frozenset(self._spelt(fold(word)) for word in common)
        self._together: dict[int, list[tuple[Phrase, tuple[int, ...]]]] = {}  # those joined by "&", by the first of them
        self._nouns: dict[str, list[int]] = {}  # Swedish words of a category, whose inflections and compounds are known too
        self._stems: dict[str, list[int]] = {}  # the same, without their endings
        self._telling: set[int] = set()  # the single words, and parts of them, that tell a category
        self._heads: dict[str, list[int]] = {}  # the beginnings among them ("medicin*"): a compound's last part may be one
        for name, members in classes.items():
            atom = self._atom(f"<{name}>")
            for member in members:
                self._learn(member, atom)
        for phrase in phrases:
            self._compile(phrase)
        self._inside_sizes = sorted({len(key) for key in self._inside})
        self._slips = _slip_table(word for word in self._exact if len(word) >= _FUZZY_FROM and word.isalpha())
        self._stem_slips = _slip_table(stem for stem in self._prefix if len(stem) >= _STEM_FROM)
        # People use the same words again and again: most of a message has been looked up before.
        self._meanings = lru_cache(maxsize=_REMEMBERED)(self._mean)

    def _atom(self, pattern: str) -> int:
        return self._atoms.setdefault(pattern, len(self._atoms))

    def _learn(self, pattern: str, atom: int) -> None:
        """File a single-word pattern under the table that finds it."""
        word = _spelled(fold(pattern))
        word = word if "*" in pattern else self._spelt(word)
        if not word or " " in word or ("*" in pattern and len(word) < 2):
            raise ValueError(f"{pattern!r} is not a word, a beginning or an end of one")
        front, back = pattern.startswith("*"), pattern.endswith("*")
        table = self._inside if front and back else self._suffix if front else self._prefix if back else self._exact
        if atom not in table.get(word, _NONE):
            table[word] = (*table.get(word, _NONE), atom)

    def _compile(self, phrase: Phrase) -> None:
        steps: list[_Step] = []
        gap = 0
        pieces = phrase.text.translate(_SEPARATORS).split()
        phrase = replace(phrase, first=pieces[0] == "^", last=pieces[-1] == "$")
        for piece in pieces[phrase.first : len(pieces) - phrase.last]:
            if piece in ("..", "&"):
                gap = _GAP
                continue
            if piece.startswith("<"):
                if piece not in self._atoms:
                    raise ValueError(f"phrase {phrase.text!r}: no class {piece}")
                steps.append((gap, self._atoms[piece]))
            else:
                pattern = ("*" if piece[0] == "*" else "") + fold(piece) + ("*" if piece[-1] == "*" else "")
                atom = self._atom(pattern)
                self._learn(pattern, atom)
                steps.append((gap, atom))
            gap = 0
        first = steps[0][1]
        if "&" in pieces:
            if len(pieces) != 2 * len(steps) - 1 or ".." in pieces:
                raise ValueError(f"phrase {phrase.text!r}: write single words or classes on both sides of &")
            self._together.setdefault(first, []).append((phrase, tuple(atom for _, atom in steps[1:])))
        elif len(steps) == 1:
            self._alone.setdefault(first, []).append(phrase)
            if phrase.language == "sv" and phrase.concept.startswith("category.") and phrase.weight > 0:
                self._telling.add(first)
                self._inflects(phrase.text, first)
        else:
            gap, second = steps[1]
            (self._apart if gap else self._pairs).setdefault(first, {}).setdefault(second, []).append((phrase, tuple(steps[2:])))

    def _inflects(self, pattern: str, atom: int) -> None:
        """File a Swedish word of a category, so that other forms and compounds of it are found: by stem, or as a beginning."""
        word = fold(pattern)
        if len(word) < _PART_FROM or " " in word or pattern.startswith("*"):
            return
        if pattern.endswith("*"):
            self._heads.setdefault(word, []).append(atom)
        else:
            self._nouns.setdefault(word, []).append(atom)
            self._stems.setdefault(_stem(word), []).append(atom)

    def _spelt(self, word: str) -> str:
        return self._spellings.get(word, word)

    def hits(self, words: Sequence[str], around: Set[str] = frozenset(), ends: Sequence[int] = ()) -> list[Hit]:
        """Return every phrase found in the folded words, in the order of the text.

        around: words (of places) before which "^" and behind which "$" hold too. ends: where sentences end, as places among the
        words; no phrase but those with "&" reaches into the next.
        """
        meanings = [self._meanings(word) for word in words]
        atoms = [meaning.atoms for meaning in meanings]
        found: list[Hit] = []
        left = [*(end for end in ends if end < len(words)), len(words)]
        for start, here in enumerate(meanings):
            while left[0] <= start:
                del left[0]
            found += [Hit(phrase, start, start + 1) for phrase in here.alone]
            for seconds in here.beside:
                found += _longer(atoms, start, seconds, 0, left[0])
            for seconds in here.apart:
                found += _longer(atoms, start, seconds, _GAP, left[0])
            if here.together:
                found += _joined(atoms, start, here.together)
        if any(hit.phrase.first or hit.phrase.last for hit in found):
            first, last = self._core(words, around)
            found = [
                hit for hit in found if (hit.start == first or not hit.phrase.first) and (hit.end >= last or not hit.phrase.last)
            ]
        return found

    def _core(self, words: Sequence[str], around: Set[str]) -> tuple[int, int]:
        """Return where the message begins and ends, but for the greetings, thanks and places around it."""
        skipped = self._fillers | around
        begins = next((at for at, word in enumerate(words) if word not in skipped), 0)
        ends = next((at for at in range(len(words), 0, -1) if words[at - 1] not in skipped), len(words))
        return begins, ends

    def _mean(self, word: str) -> _Meaning:
        """Return what a word stands for, with the phrases that it is or begins."""
        atoms = self._look_up(word)
        together = [rule for atom in atoms for rule in self._together.get(atom, ())]
        beside, apart = ([table[atom] for atom in atoms if atom in table] for table in (self._pairs, self._apart))
        return _Meaning(atoms, [phrase for atom in atoms for phrase in self._alone.get(atom, ())], beside, apart, together)

    def _look_up(self, word: str) -> tuple[int, ...]:
        """Return what a folded word may stand for: as written, as a beginning, as part of a compound, or misspelt."""
        word = self._spelt(_spelled(word))
        exact = self._exact.get(word, _NONE)
        size = len(word)
        if size < 3 or size > _LONGEST_WORD or word in self._common:
            return exact
        found = list(exact)
        prefix, suffix = self._prefix, self._suffix
        for cut in range(2, size + 1):
            if (atoms := prefix.get(word[:cut])) is not None:
                found += atoms
            if (atoms := suffix.get(word[size - cut :])) is not None:
                found += atoms
        if size >= 4:
            found += self._parts(word)
        if not found:
            found = [atom for bare in _bare(word) for atom in self._exact.get(bare, _NONE)]
        if not exact and size >= _FUZZY_FROM and self._telling.isdisjoint(found):
            found += self._inflected(word)
        if not exact and ((not found and size >= _FUZZY_FROM - 1) or size >= _PERHAPS_FROM):
            found += self._misspelt(word)
        return tuple(found) if len(found) > len(exact) else exact

    def _inflected(self, word: str) -> list[int]:
        """Return the meanings of the known word that this is a form of, or else of the last or the first part of the compound."""
        if (stem := _stem(word)) in self._stems:
            return self._stems[stem]
        for cut in range(3, len(word) - _PART_FROM + 1):
            part = word[cut:]
            if found := self._nouns.get(part) or self._stem_of(part) or self._begins(part):
                return found
        for cut in range(len(word) - 3, _PART_FROM, -1):
            if found := self._nouns.get(word[:cut]):
                return found
        return []

    def _stem_of(self, part: str) -> list[int] | None:
        stem = _stem(part)
        return self._stems.get(stem) if len(stem) > _PART_FROM else None  # "medvetande" is no tooth ("tand")

    def _begins(self, part: str) -> list[int] | None:
        ends = range(len(part), max(_FUZZY_FROM, len(part) - 4) - 1, -1)  # no more than an ending may follow
        return next((found for end in ends if (found := self._heads.get(part[:end]))), None)

    def _parts(self, word: str) -> list[int]:
        size, inside = len(word), self._inside
        found: list[int] = []
        for length in self._inside_sizes:
            for start in range(size - length + 1):
                if (atoms := inside.get(word[start : start + length])) is not None:
                    found += atoms
        return found

    def _misspelt(self, word: str) -> tuple[int, ...]:
        """Return the meanings of the known word, or beginning of a word, closest to this one; nothing when none is close."""
        near = {known for key in _deletions(word[:_COMPARED], _forgiven(word)) for known in self._slips.get(key, ())}
        close = [(distance, known) for known in near
                 if known[0] == word[0] and (distance := OSA.distance(known, word)) <= min(2, _forgiven(known))]  # fmt: skip
        if close:
            return self._look_up(min(close)[1])  # of two as close the first in the alphabet, so that every start agrees
        for key in sorted(_deletions(word[:_COMPARED], 1), key=lambda key: (-len(key), key)):
            for stem in self._stem_slips.get(key, ()):
                if stem[0] == word[0] and any(OSA.distance(stem, word[: len(stem) + more]) <= 1 for more in (0, 1, -1)):
                    return self._prefix[stem]
        return _NONE


def _stem(word: str) -> str:
    """Return a Swedish word without its ending, at least four letters of it."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _PART_FROM:
            return word[: -len(ending)]
    return word


def _longer(
    atoms: Sequence[tuple[int, ...]], start: int, seconds: Mapping[int, Sequence[_Rest]], gap: int, limit: int
) -> Iterable[Hit]:
    """Return the phrases of several words that begin at `start`, by what may come second; each phrase once."""
    found: dict[int, Hit] = {}
    for at in range(start + 1, min(start + 2 + gap, limit)):
        for atom in atoms[at]:
            if (rests := seconds.get(atom)) is not None:
                for phrase, steps in rests:
                    if end := _follow(atoms, steps, at + 1, limit) if steps else at + 1:
                        found.setdefault(id(phrase), Hit(phrase, start, end))
    return found.values()


def _joined(atoms: Sequence[tuple[int, ...]], start: int, rules: Iterable[tuple[Phrase, tuple[int, ...]]]) -> Iterator[Hit]:
    """Yield the phrases joined by "&" whose first word stands at `start` and the others near it, each another word."""
    around = range(max(0, start - _SPAN + 1), min(start + _SPAN, len(atoms)))
    for phrase, others in rules:
        at = [start]
        for other in others:
            near = [place for place in around if place not in at and other in atoms[place]]
            if not near:
                break
            at.append(min(near, key=lambda place: abs(place - start)))
        else:
            if max(at) - min(at) < _SPAN:
                yield Hit(phrase, min(at), max(at) + 1, tuple(sorted(at)))


def _follow(atoms: Sequence[tuple[int, ...]], steps: Sequence[_Step], start: int, limit: int) -> int:
    """Return where the phrase ends that goes on at word `start` with `steps`, or 0."""
    gap, wanted = steps[0]
    for at in range(start, min(start + gap + 1, limit)):
        if wanted in atoms[at]:
            if len(steps) == 1:
                return at + 1
            if end := _follow(atoms, steps[1:], at + 1, limit):
                return end
    return 0


def _spelled(word: str) -> str:
    """Return an Arabic word as people in a hurry write it: one alif, no marks at the end. Others stay as they are."""
    return word.translate(_ARABIC) if word >= "\u0600" else word


def _bare(word: str) -> list[str]:
    """Return an Arabic word without what is written together with it: without "and", without "in the" or "to", bare."""
    end = found.end() if (found := _JOINED.match(word)) else 0
    return [] if not end else [word[1:], "\u0627\u0644" + word[end:], word[end:]]


def _forgiven(known: str) -> int:
    return 2 if len(known) >= _TWO_SLIPS_FROM else 1


def _deletions(word: str, depth: int) -> set[str]:
    """Return the word and all it becomes with up to `depth` letters left out."""
    found = {word}
    layer = found
    for _ in range(depth):
        layer = {short[:at] + short[at + 1 :] for short in layer for at in range(len(short))}
        found = found | layer
    return found


def _slip_table(known: Iterable[str]) -> dict[str, list[str]]:
    """Return known words by what remains of them with letters left out: two words a slip apart meet in such a remainder."""
    table: dict[str, list[str]] = {}
    for word in known:
        for key in _deletions(word[:_COMPARED], _forgiven(word)):
            table.setdefault(key, []).append(word)
    return table
