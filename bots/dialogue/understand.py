"""What a resident's or volunteer's message means, by rules a person can read.

The words are in `lexicon/*.toml`; `matcher` finds them; this module weighs them. Nothing is learnt, nothing leaves the
machine. Emergencies come first and are looked for in the first 20,000 characters; all else in the first 2,000.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bots.dialogue import words as reply_words
from bots.dialogue.lexicon import Lexicon
from bots.dialogue.matcher import Hit
from bots.dialogue.words import Verb
from geo.fold import fold
from geo.model import Area
from geo.places import PlaceIndex

_READ = 2_000  # characters understood
_SCAN_EMERGENCY = 20_000  # characters in which an emergency is looked for
_OPENER_WEIGHT = 2.9  # "nej, ...": less than a sure phrase of something else
_QUESTION_WORDS = 3  # so many words and a question mark are a question; fewer are somebody's "??"
_CLEARLY = 2.0  # common words more in one language than in another that settle which it is
_REPLY_WORDS = 8  # a message longer than this many words is no bare reply

_REPLY_INTENT = {
    Verb.YES: "yes",
    Verb.NO: "no",
    Verb.CANNOT: "no",
    Verb.OK: "yes",
    Verb.STOP: "stop",
}
# When two intents weigh the same, the one whose loss costs more comes first.
_ORDER = (
    "stop", "request", "cancel", "correction", "callback", "status", "offer", "question", "no", "yes", "thanks", "other",
)  # fmt: skip
_CATEGORY_ORDER = (
    "care", "money", "pharmacy", "transport", "pet", "meals", "tech", "home", "company", "groceries", "errand", "other",
)  # fmt: skip
# "Kan inte ändå" is no "kan inte anda(s)", which it would be without its dots.
_AFTER_ALL = re.compile(r"\bänd[åa]\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[,.!;:()\n–—]+|\s-\s")
_LANGUAGES = ("sv", "en", "fi", "ar", "uk")


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message seems to say.

    intent is one of request, offer, status, cancel, correction, yes, no, stop, callback, question, thanks, other, emergency.
    category and area are keys or None. place is the place's name as the network spells it. urgency is "normal", "high" or
    "emergency". language is sv, en, fi, ar or uk. wanted is the time as written ("på torsdag kl 10") or None. reasons are
    the phrases that decided, for the people who correct the lexicon.
    """

    intent: str
    category: str | None
    area: str | None
    place: str | None
    urgency: str
    language: str
    wanted: str | None
    reasons: tuple[str, ...]
    about: str | None = None  # the category that the words are about, whatever the intent
    also: tuple[str, ...] = ()  # other categories that a request asks for (bots/dialogue/topics.py)


@cache
def _shipped() -> Lexicon:
    """The lexicon that comes with the program: read once a process, whatever networks it serves."""
    return Lexicon({})


class Understander:
    """Understands the messages of one network. Immutable once built, safe to share between tasks and threads."""

    def __init__(self, areas: Sequence[Area], categories: Sequence[str], extra: Mapping[str, Any] | None = None) -> None:
        """Build from the network's areas and category keys.

        extra is a lexicon in the shape of the shipped files, by file name without ".toml" ({"categories": {"groceries":
        {"sv": {"sure": ["ica-kasse"]}}}}), added to them.

        Raises ValueError for a phrase that cannot be read.
        """
        self._places = PlaceIndex(areas)
        self._categories = frozenset(categories)
        self._lexicon = Lexicon(extra) if extra else _shipped()

    def understand(self, text: str) -> Understanding:
        """Return what `text` says. Never raises; an empty or unreadable text is the intent "other"."""
        text = _AFTER_ALL.sub("trots allt", text)
        read = text[:_READ]
        words = fold(read).split()
        hits = self._lexicon.matcher.hits(words)
        language, hits = self._language(words, hits)
        hits = _outermost(hits)
        places = self._places.find_folded(read, words)
        area, place = (places[0].area, places[0].place) if places else (None, None)

        danger = self._emergencies(hits) or self._emergencies_further_on(text)
        if danger:
            return Understanding("emergency", None, area, place, "emergency", language, None, _phrases(danger))

        category, category_hits, category_weight = self._category(hits)
        intent, intent_hits = self._intent(text, words, hits, category_weight)
        about = category
        if intent != "request":
            category, category_hits = None, []
        urgent = [hit for hit in hits if hit.phrase.concept == "urgency.high"]
        urgency = "high" if urgent and intent in ("request", "callback", "status", "other") else "normal"
        wanted = self._lexicon.time_in(read, words)
        return Understanding(
            intent, category, area, place, urgency, language, wanted, _phrases([*intent_hits, *category_hits, *urgent]), about
        )

    def _emergencies(self, hits: Sequence[Hit]) -> list[Hit]:
        """Return the phrases of danger, without those inside an expression that only sounds like it."""
        danger = [hit for hit in hits if hit.phrase.concept.startswith("emergency.")]
        if not danger:
            return danger
        harmless = [hit for hit in hits if hit.phrase.concept == "harmless"]
        return [d for d in danger if not any(h.start <= d.start and d.end <= h.end for h in harmless)]

    def _emergencies_further_on(self, text: str) -> list[Hit]:
        if len(text) <= _READ:
            return []
        # Begin a little before the end of what was read, so that no phrase is cut in two.
        return self._emergencies(self._lexicon.matcher.hits(fold(text[_READ - 100 : _SCAN_EMERGENCY]).split()))

    def _category(self, hits: Sequence[Hit]) -> tuple[str | None, list[Hit], float]:
        """Return the category that weighs most, its phrases and its weight."""
        weights: dict[str, float] = {}
        evidence: dict[str, list[Hit]] = {}
        for hit in hits:
            kind, _, key = hit.phrase.concept.partition(".")
            if kind == "category" and key in self._categories:
                weights[key] = weights.get(key, 0.0) + hit.phrase.weight
                evidence.setdefault(key, []).append(hit)
        if not weights:
            return None, [], 0.0
        best = max(weights, key=lambda key: (weights[key], -_rank(_CATEGORY_ORDER, key)))
        if weights[best] <= 0:
            return None, [], 0.0
        return best, evidence[best], weights[best]

    def _intent(self, text: str, words: Sequence[str], hits: Sequence[Hit], category_weight: float) -> tuple[str, list[Hit]]:
        """Return the intent that weighs most, and the phrases that speak for it."""
        if len(words) <= _REPLY_WORDS:
            whole = self._lexicon.whole(words)
            if whole:
                return whole, []
            reply = reply_words.parse(text)
            if reply is not None and reply.verb in _REPLY_INTENT:
                return _REPLY_INTENT[reply.verb], []
        weights: dict[str, float] = {}
        evidence: dict[str, list[Hit]] = {}
        if opened := self._opened(text, words):
            weights[opened] = _OPENER_WEIGHT
        for hit in hits:
            kind, _, key = hit.phrase.concept.partition(".")
            if kind == "intent":
                weights[key] = _add(weights.get(key, 0.0), hit.phrase.weight)
                evidence.setdefault(key, []).append(hit)
        if category_weight:
            weights["request"] = _add(weights.get("request", 0.0), min(1.0 + category_weight / 3, 2.5))
        elif "request" in weights:
            weights["request"] = min(weights["request"], _OPENER_WEIGHT)  # help with nothing named is the less sure reading
        if not weights:
            return ("question" if "?" in text and len(words) >= _QUESTION_WORDS else "other"), []
        best = max(weights, key=lambda key: (weights[key], -_rank(_ORDER, key)))
        if weights[best] <= 0:
            return "other", []
        return best, evidence.get(best, [])

    def _opened(self, text: str, words: Sequence[str]) -> str | None:
        """Return yes or no when the message begins as one: "nej, ...", "kan jag göra, är där vid tre"."""
        if not words or len(words) > 2 * _REPLY_WORDS:
            return None
        if len(words) <= _REPLY_WORDS and (opened := self._lexicon.opener(words[0])):
            return opened
        first = self._lexicon.whole(fold(_CLAUSE_END.split(text.strip(), maxsplit=1)[0]).split())
        return first if first in ("yes", "no") else None

    def _language(self, words: Sequence[str], hits: Sequence[Hit]) -> tuple[str, list[Hit]]:
        """Return the language most words and phrases belong to (Swedish when nothing tells), and the phrases to go by.

        A phrase of another language is left out when the text is clearly not in it: "mamma dog i våras" speaks of no dog
        and no thief (Finnish "varas").
        """
        counts = dict.fromkeys(_LANGUAGES, 0.0)
        for word in words:
            script = _script(word)
            if script:
                counts[script] += 2.0
            for language in self._lexicon.languages_of(word):
                counts[language] += 1.0
        for hit in hits:
            counts[hit.phrase.language] += 0.5
        best = max(_LANGUAGES, key=lambda language: counts[language])
        enough = counts[best] - _CLEARLY
        return best, [hit for hit in hits if hit.phrase.language == best or counts[hit.phrase.language] > enough]


def _outermost(hits: Sequence[Hit]) -> list[Hit]:
    """Return the phrases without those that lie within a longer or surer one of the same concept: "kan" in "kan ni"."""
    kept: dict[str, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, -abs(hit.phrase.weight))):
        before = kept.setdefault(hit.phrase.concept, [])
        same_sign = (b for b in before if (b.phrase.weight > 0) == (hit.phrase.weight > 0))
        if not any(b.start <= hit.start and hit.end <= b.end and b.phrase.weight >= hit.phrase.weight for b in same_sign):
            before.append(hit)
    return [hit for of_concept in kept.values() for hit in of_concept]


def _add(weight: float, more: float) -> float:
    """Return the weight of two reasons: the stronger counts whole, the weaker half; a reason against counts whole."""
    if more < 0 or weight < 0:
        return weight + more
    return max(weight, more) + 0.5 * min(weight, more)


def _rank(order: Sequence[str], key: str) -> int:
    return order.index(key) if key in order else len(order)


def _script(word: str) -> str | None:
    first = word[0]
    if "\u0400" <= first <= "\u04ff":
        return "uk"
    if "\u0600" <= first <= "\u06ff" or "\u0750" <= first <= "\u077f" or "\ufb50" <= first <= "\ufeff":
        return "ar"
    return None


def _phrases(hits: Sequence[Hit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{hit.phrase.concept}: {hit.phrase.text}" for hit in hits))
