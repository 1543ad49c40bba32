"""Finds the place a resident means in a free sentence.

Exact spellings (without accents and capitals) are looked up by runs of one to three words; only when none is found are the
remaining words, minus the common ones, compared loosely. A name that several areas have gives an equally good match in each.
Street names are not known here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from geo.common import COMMON_WORDS
from geo.fold import fold
from geo.model import Area, Place

_SCAN = 2_000  # characters of a message that are read
_MAX_FUZZY_WORDS = 40  # so that a long letter costs no more than a few messages
_MAX_RUN = 3  # words of the longest place name looked up
_LONG_NAME = 7  # letters: what is put together to a name as long is no chance
_SCRAPS = frozenset({"bo", "a", "o", "i"})
_HALF_NAME, _POSTCODE = 0.6, 0.9  # how sure a part of a name, and a postcode, make us
# What Swedes (and Finns) add to a place name: Grännas, Huskvarnabor, Tenhultstrakten, Bankerydissä.
_ENDINGS = (
    "s",
    "bo",
    "bor",
    "bon",
    "borna",
    "bons",
    "boende",
    "bornas",
    "trakten",
    "straktern",
    "strakten",
    "omradet",
    "somradet",
    "hallet",
    "shallet",
    "ssa",
    "issa",
    "sta",
    "ista",
    "lla",
    "an",
    "iin",
)
# Five digits in Swedish grouping, not inside a longer number such as a phone number or an amount.
POSTCODE = re.compile(r"(?<![\d+])(?<!\d[ -])(\d{3}) ?(\d{2})(?![\d])(?![ -]\d)(?! ?(?:kr|kronor|:-))")
# A rough Swedish reading of Cyrillic, enough for the loose comparison (Банкерюд → bankeryd).
_CYRILLIC = str.maketrans(
    {
        **dict(zip("абвгґдеєзиіїйклмнопрстуфхыэ", "abvggdeeziiijklmnoprstufhye", strict=True)),
        "ж": "j",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "sh",
        "ь": "",
        "ъ": "",
        "ю": "y",
        "я": "a",
        "ё": "o",
    }
)


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """A place found in a text.

    place is the place's name, or None when only the area is known (its name, a postcode). score is 0..1, 1 being the full
    name spelt right. lat and lon are degrees (an area's are the mean of its places; None for an area without any).
    matched is the part of the text, folded, that was recognised.
    """

    place: str | None
    area: str
    score: float
    lat: float | None
    lon: float | None
    matched: str


@dataclass(frozen=True, slots=True)
class _Target:
    place: Place | None
    area: Area
    score: float


class PlaceIndex:
    """All the names by which a network's places and areas are called. Immutable, safe to share."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self._names: dict[str, tuple[_Target, ...]] = {}  # by name without blanks: "norraunnaryd"; one in each area that has it
        self._multi: set[str] = set()  # the names among them that are of several words
        self._postcodes = {code.replace(" ", ""): area for area in areas for code in area.postcodes}
        for area in areas:
            for place in area.places:
                self._add(fold(place.name), _Target(place, area, 1.0))
        places = {fold(place.name) for area in areas for place in area.places}
        for area in areas:
            parts = [fold(part) for part in re.split(r",|&|/|\boch\b|\band\b", area.name)]
            for part in parts:
                # A village that has been drawn into another area still stands in the name "A, B och C" of its old one.
                if len(parts) == 1 or part not in places:
                    self._add(part, _Target(None, area, 1.0))
        self._add_halves(areas)
        self._names.pop("", None)
        # Most words fail this one look-up and cost nothing more. Two letters: for those of two, as in "by marken".
        self._heads = frozenset(name[:size] for name in self._names for size in (2, 3))
        self._firsts = frozenset(fold(place.name).split()[0] for area in areas for place in area.places if " " in place.name)
        self._by_letter: dict[str, list[str]] = {}
        for name in self._names:
            if len(name) >= 5:
                self._by_letter.setdefault(name[0], []).append(name)

    def _add(self, name: str, target: _Target) -> None:
        key = name.replace(" ", "")
        if " " in name:
            self._multi.add(key)
        known = self._names.get(key, ())
        if all(other.area is not target.area for other in known):
            self._names[key] = (*known, target)

    def _add_halves(self, areas: Sequence[Area]) -> None:
        """Let one telling word stand for a name of several ("Unnaryd" for "Norra Unnaryd"), if it tells one area."""
        halves: dict[str, _Target] = {}
        seen: Counter[str] = Counter()
        for area in areas:
            targets = [(fold(place.name), place) for place in area.places]
            names = targets + [(fold(part), None) for part in re.split(r",|&|/|\boch\b", area.name)]
            own = {word: place for name, place in reversed(names) if " " in name for word in name.split()}
            for word, place in own.items():
                seen[word] += 1
                halves[word] = _Target(place, area, _HALF_NAME)
        for word, target in halves.items():
            if seen[word] == 1 and len(word) >= 5 and word not in COMMON_WORDS:
                self._names.setdefault(word, (target,))

    def find(self, text: str) -> tuple[PlaceMatch, ...]:
        """Return the places named in `text`, best first, each area and place once; empty when none is.

        Reads at most the first 2,000 characters. Equally good matches come in the order of the text. Never fails.
        """
        return self.find_folded(text[:_SCAN], fold(text[:_SCAN]).split())

    def find_folded(self, text: str, words: Sequence[str]) -> tuple[PlaceMatch, ...]:
        """As `find`, for a caller that has the folded words of `text` at hand already."""
        found = list(self._exact(words))
        if not found:
            found = list(self._fuzzy(words))
        found.extend(self._postcode(text))
        best: dict[tuple[str, str | None], PlaceMatch] = {}
        for match in sorted(found, key=lambda match: -match.score):
            best.setdefault((match.area, match.place), match)
        return tuple(best.values())

    def _exact(self, words: Sequence[str]) -> Iterator[PlaceMatch]:
        names = self._names
        at = 0
        while at < len(words):
            taken = 1
            if words[at][:3] not in self._heads:
                at += 1
                continue
            for size in range(min(_MAX_RUN, len(words) - at), 0, -1):
                run = words[at : at + size]
                key = run[0] if size == 1 else "".join(run)
                name = key if key in names else self._without_ending(key)
                if name and (size == 1 or self._may_join(name, run)):
                    matched = " ".join(run)
                    for target in names[name]:
                        yield self._match(target, 1.0, matched)
                    taken = size
                    break
            at += taken

    def _without_ending(self, word: str) -> str | None:
        for ending in _ENDINGS:
            if word.endswith(ending) and (name := word[: -len(ending)]) in self._names and len(name) >= 4:
                return None if word in COMMON_WORDS else name
        return None

    def _may_join(self, name: str, run: Sequence[str]) -> bool:
        """Let "rås lätt" be Råslätt, but never put a name together from scraps ("Tor på" is not Torpa, "Marie bo" no Mariebo)."""
        if name in self._multi or (len(name) >= _LONG_NAME and all(word not in _SCRAPS for word in run)):
            return True
        return all(len(word) >= 3 and word not in COMMON_WORDS for word in run)

    def _fuzzy(self, words: Sequence[str]) -> Iterator[PlaceMatch]:
        candidates = [word for word in words if len(word) >= 5 and word not in COMMON_WORDS][:_MAX_FUZZY_WORDS]
        for word in candidates:
            heard = word if word.isascii() else word.translate(_CYRILLIC)
            for name, distance in self._closest(heard):
                yield from self._misspelt(name, distance, word)
        for first, second in pairwise(words):
            if first in self._firsts and second not in COMMON_WORDS:
                for name, distance in self._closest(first + second):
                    yield from self._misspelt(name, distance, f"{first} {second}")

    def _misspelt(self, name: str, distance: int, matched: str) -> Iterator[PlaceMatch]:
        for target in self._names[name]:
            yield self._match(target, 1.0 - 0.8 * distance / len(name) - 0.1, matched)

    def _closest(self, word: str) -> list[tuple[str, int]]:
        """Return the names that `word` misspells, with the number of slips: the closest; several when it is as close to each."""
        names = self._by_letter.get(word[0], [])
        for form in self._stems(word):
            hit = process.extractOne(form, names, scorer=OSA.distance, score_cutoff=3)
            if hit is not None and hit[1] <= slips_allowed(len(hit[0])):
                equal = process.extract(form, names, scorer=OSA.distance, score_cutoff=hit[1], limit=None)
                return [(name, int(slips)) for name, slips, _ in equal if slips <= slips_allowed(len(name))]
        return []

    @staticmethod
    def _stems(word: str) -> Iterator[str]:
        yield word
        for ending in ("s", "bor", "bo", "issa", "ssa", "trakten"):
            if word.endswith(ending) and len(word) - len(ending) >= 5:
                yield word[: -len(ending)]

    def _postcode(self, text: str) -> Iterator[PlaceMatch]:
        if not self._postcodes:
            return
        for hit in POSTCODE.finditer(text):
            code = hit[1] + hit[2]
            for size in range(len(code), 1, -1):
                if (area := self._postcodes.get(code[:size])) is not None:
                    yield self._match(_Target(None, area, 1.0), _POSTCODE, hit[0])
                    break

    @staticmethod
    def _match(target: _Target, score: float, matched: str) -> PlaceMatch:
        place, area = target.place, target.area
        score *= target.score
        if place is not None:
            return PlaceMatch(place.name, area.key, score, place.lat, place.lon, matched)
        count = len(area.places)
        lat = sum(p.lat for p in area.places) / count if count else None
        lon = sum(p.lon for p in area.places) / count if count else None
        return PlaceMatch(None, area.key, score, lat, lon, matched)


def meant(matches: Sequence[PlaceMatch]) -> tuple[PlaceMatch, ...]:
    """What a text's matches (from `PlaceIndex.find`) mean: one; none when there are none; and several, which must be asked about,
    when the first name is that of places in several areas and nothing else in the text tells which ("Nyhem i Gränna" does)."""
    if not matches:
        return ()
    first = matches[0]
    same = [match for match in matches if match.matched == first.matched and match.score == first.score]
    if len(same) == 1:
        return (first,)
    told = {match.area for match in matches if match.matched != first.matched}
    narrowed = [match for match in same if match.area in told]
    return tuple(narrowed if len(narrowed) == 1 else same)


def slips_allowed(length: int) -> int:
    """Return how many slips (one letter more, less, other, or two swapped) a name of this many letters may have."""
    return 0 if length <= 5 else 1 if length <= 7 else 2 if length <= 11 else 3
