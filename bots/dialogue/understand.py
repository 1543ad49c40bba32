"""What a resident's or volunteer's message means, by rules a person can read.

The words are in `lexicon/*.toml`; `matcher` finds them; this module weighs them, together with what single words speak for
(`evidence`), which decides where the phrases say little. Nothing leaves the machine. Emergencies come first and are looked for
in the first 20,000 characters; all else in the first 2,000.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from bots.dialogue import words as reply_words
from bots.dialogue.evidence import shipped, signs
from bots.dialogue.lexicon import Lexicon
from bots.dialogue.matcher import Hit
from bots.dialogue.origins import both_places
from bots.dialogue.words import Verb
from dispatch.intake import Origin
from geo.location import Location
from geo.model import Area
from geo.places import PlaceIndex, PlaceMatch, meant

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
    "pet", "care", "money", "pharmacy", "transport", "meals", "tech", "home", "company", "groceries", "errand", "other",
)  # fmt: skip
_PHRASES_COUNT = 2.2  # how much a phrase's weight counts beside what single words speak for
_UNSPOKEN = -9.0  # what single words speak for an answer that they do not know
_SURE = 2.9  # a phrase that says so surely is not outweighed by single words
_ALARMING = 3.0  # so much more for danger than for anything else, and it is danger
_LIKELY = -0.16  # what single words must speak for an answer, where no phrase says anything: about 85 percent
_CLAUSE_END = re.compile(r"[,.!;:()\n–—]+|\s-\s")
_NONE = "none"  # a request that says nothing of its kind
_LANGUAGES = ("sv", "en", "fi", "ar", "uk")
NOWHERE = Location()


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
    behalf: str | None = None  # who is in need when it is not the writer, as written: "min granne Elsa"
    origin: Origin | None = None  # of a request: where something is fetched; area and place are then where it is delivered
    also: tuple[str, ...] = ()  # other categories that a request asks for (bots/dialogue/topics.py)
    where: Location = NOWHERE  # where it is, when that was looked up (bots/dialogue/where.py)
    ambiguous: tuple[PlaceMatch, ...] = ()  # places of one name in several areas: area is None, for it must be asked which


@dataclass(frozen=True, slots=True)
class _Reading:
    """An understanding and all that led to it."""

    understood: Understanding
    evidence: Sequence[Hit]
    cancelled: Sequence[Hit]  # phrases of danger that only sound like it
    places: Sequence[PlaceMatch]
    intents: Mapping[str, float]
    categories: Mapping[str, float]


@cache
def _shipped() -> Lexicon:
    """The lexicon that comes with the program: read once a process, whatever networks it serves."""
    return Lexicon({})


class Understander:
    """Understands the messages of one network. Safe to share between tasks; only `know` changes anything."""

    def __init__(self, areas: Sequence[Area], categories: Sequence[str], extra: Mapping[str, Any] | None = None) -> None:
        """Build from the network's areas and category keys.

        extra is a lexicon in the shape of the shipped files, by file name without ".toml" ({"categories": {"groceries":
        {"sv": {"sure": ["ica-kasse"]}}}}), added to them.

        Raises ValueError for a phrase that cannot be read.
        """
        self._places = PlaceIndex(areas)
        self._categories = frozenset(categories)
        self._lexicon = Lexicon(extra) if extra else _shipped()
        self._evidence = shipped()

    @property
    def places(self) -> PlaceIndex:
        """The names of places that it knows."""
        return self._places

    def know(self, areas: Sequence[Area]) -> None:
        """From now on these are the areas, with their places: somebody has moved a boundary."""
        self._places = PlaceIndex(areas)

    def understand(self, text: str) -> Understanding:
        """Return what `text` says. Never raises; an empty or unreadable text is the intent "other"."""
        return self._read(text).understood

    def explain(self, text: str) -> dict[str, Any]:
        """Return what decided how `text` is understood, as plain lists for a person who corrects the lexicon.

        The phrases that speak for what was found, with their weights and languages; what came next ("runner_up"); what only
        sounded like danger; the words by which the area was chosen. Slower than `understand`, which finds the same.
        """
        reading = self._read(text)
        intents = sorted(reading.intents.items(), key=lambda found: (-found[1], _rank(_ORDER, found[0])))
        others = [[intent, round(weight, 1)] for intent, weight in intents if weight > 0 and intent != reading.understood.intent]
        return {
            "phrases": [[h.phrase.concept, h.phrase.text, h.phrase.weight, h.phrase.language] for h in reading.evidence],
            "runner_up": others[0] if others else None,
            "categories": {key: round(weight, 1) for key, weight in reading.categories.items()},
            "words_speak_for": self._spoken(text),
            "only_sounds_like_danger": [[h.phrase.concept, h.phrase.text] for h in reading.cancelled],
            "area_by": [[p.matched, p.place, p.area, round(p.score, 2)] for p in reading.places],
        }

    def _spoken(self, text: str) -> dict[str, dict[str, float]]:
        """The three answers that single words speak for most, with their shares."""
        found_signs = signs(self._lexicon.words(text[:_READ]), "?" in text)
        told = {}
        for about in ("intent", "category"):
            spoken = sorted(self._evidence.speaks_for(about, found_signs).items(), key=lambda pair: -pair[1])[:3]
            told[about] = {key: round(math.exp(score), 2) for key, score in spoken}
        return told

    def _read(self, text: str) -> _Reading:
        read = text[:_READ]
        words = self._lexicon.words(read)
        places = self._places.find_folded(read, words)
        named = {word for match in places for word in match.matched.split()}
        hits = self._lexicon.matcher.hits(words, named, self._lexicon.sentence_ends(read))
        language, hits = self._language(words, hits)
        area, place, ambiguous = _where(places)
        behalf = self._lexicon.behalf_in(read, words)

        # A place's name tells where, and nothing else: "Skärstad" does not ask for cleaning.
        hits = _outermost([hit for hit in hits if not named or _not_a_name(hit, words, named)])

        danger, cancelled = self._emergencies(hits)
        danger = danger or self._emergencies_further_on(text)
        found_signs = signs(words, "?" in read)
        spoken = self._evidence.speaks_for("intent", found_signs) if words else {}
        if danger or (not cancelled and _is_alarming(spoken)):
            reasons = _phrases(danger) or ("intent.emergency: its words",)
            found = Understanding(
                "emergency", None, area, place, "emergency", language, None, reasons, None, behalf, ambiguous=ambiguous
            )
            return _Reading(found, danger, cancelled, places, {}, {})

        categories, about, about_hits = self._category(hits)
        unnamed = [word for word in words if word not in named] if named else words
        intents, intent, evidence = self._intent(text, unnamed, hits, categories.get(about or "", 0.0))
        if intents or intent == "other":
            intent, evidence = _weighed(intents, spoken, intent, evidence)
        category = self._category_by_words(categories, found_signs, about) if intent == "request" else None
        category_hits = about_hits if category is not None and category == about else []
        urgent = [hit for hit in hits if hit.phrase.concept == "urgency.high"]
        urgency = "high" if urgent and intent in ("request", "callback", "status", "other") else "normal"
        evidence = [*evidence, *category_hits, *urgent]
        wanted = self._lexicon.time_in(read, words)
        reasons = _phrases(evidence)
        found = Understanding(
            intent, category, area, place, urgency, language, wanted, reasons, about, behalf, ambiguous=ambiguous
        )
        return _Reading(_fetched(found, words, read, places), evidence, cancelled, places, intents, categories)

    def _emergencies(self, hits: Sequence[Hit]) -> tuple[list[Hit], list[Hit]]:
        """Return the phrases of danger, and apart from them those inside an expression that only sounds like it."""
        danger = [hit for hit in hits if hit.phrase.concept.startswith("emergency.")]
        if not danger:
            return danger, danger
        harmless = [hit for hit in hits if hit.phrase.concept == "harmless"]
        cancelled = [d for d in danger if any(_inside(d, h) for h in harmless)]
        return [d for d in danger if d not in cancelled], cancelled

    def _emergencies_further_on(self, text: str) -> list[Hit]:
        if len(text) <= _READ:
            return []
        # Begin a little before the end of what was read, so that no phrase is cut in two.
        return self._emergencies(self._lexicon.matcher.hits(self._lexicon.words(text[_READ - 100 : _SCAN_EMERGENCY])))[0]

    def _category(self, hits: Sequence[Hit]) -> tuple[dict[str, float], str | None, list[Hit]]:
        """Return the categories' weights, the one that weighs most, and its phrases."""
        weights: dict[str, float] = {}
        evidence: dict[str, list[Hit]] = {}
        for hit in hits:
            kind, _, key = hit.phrase.concept.partition(".")
            if kind == "category" and key in self._categories:
                weights[key] = weights.get(key, 0.0) + hit.phrase.weight
                evidence.setdefault(key, []).append(hit)
        best = max(weights, key=lambda key: (weights[key], -_rank(_CATEGORY_ORDER, key)), default=None)
        if best is None or weights[best] <= 0:
            return weights, None, []
        return weights, best, evidence[best]

    def _category_by_words(self, weights: Mapping[str, float], found_signs: Mapping[str, float], about: str | None) -> str | None:
        """The category of a request, by its phrases and by what its words speak for."""
        spoken = self._evidence.speaks_for("category", found_signs)
        scores = {key: score for key, score in spoken.items() if key in self._categories or key == _NONE}
        for key, weight in weights.items():
            scores[key] = scores.get(key, _UNSPOKEN) + _PHRASES_COUNT * weight
        best = max(scores, key=lambda key: (scores[key], -_rank(_CATEGORY_ORDER, key)), default=_NONE)
        if not weights and spoken.get(best, _UNSPOKEN) < _LIKELY:
            return about
        return None if best == _NONE else best

    def _intent(
        self, text: str, words: Sequence[str], hits: Sequence[Hit], category_weight: float
    ) -> tuple[dict[str, float], str, list[Hit]]:
        """Return the intents' weights, the one that weighs most, and the phrases that speak for it."""
        if len(words) <= _REPLY_WORDS:
            whole = self._lexicon.whole(words)
            if whole:
                return {}, whole, []
            reply = reply_words.parse(text)
            if reply is not None and reply.verb in _REPLY_INTENT:
                return {}, _REPLY_INTENT[reply.verb], []
        reasons: dict[str, list[float]] = {}
        evidence: dict[str, list[Hit]] = {}
        if opened := self._opened(text, words):
            reasons[opened] = [_OPENER_WEIGHT]
        for hit in hits:
            kind, _, key = hit.phrase.concept.partition(".")
            if kind == "intent":
                reasons.setdefault(key, []).append(hit.phrase.weight)
                evidence.setdefault(key, []).append(hit)
        weights = {key: _weigh(found) for key, found in reasons.items()}
        if category_weight:
            weights["request"] = _weigh([*reasons.get("request", []), min(1.0 + category_weight / 3, 2.5)])
        elif "request" in weights:
            weights["request"] = min(weights["request"], _OPENER_WEIGHT)  # help with nothing named is the less sure reading
        best = max(weights, key=lambda key: (weights[key], -_rank(_ORDER, key)), default="other")
        if weights.get(best, 0.0) <= 0:
            best = "question" if not weights and "?" in text and len(words) >= _QUESTION_WORDS else "other"
        return weights, best, evidence.get(best, [])

    def _opened(self, text: str, words: Sequence[str]) -> str | None:
        """Return yes or no when the message begins as one: "nej, ...", "kan jag göra, är där vid tre"."""
        if not words or len(words) > 2 * _REPLY_WORDS or self._says_i(text, words):
            return None
        if len(words) <= _REPLY_WORDS and (opened := self._lexicon.opener(words[0])):
            return opened
        first = self._lexicon.whole(self._lexicon.words(_CLAUSE_END.split(text.strip(), maxsplit=1)[0]))
        return first if first in ("yes", "no") else None

    def _says_i(self, text: str, words: Sequence[str]) -> bool:
        """Is the first word no yes, but dialect: "ja ha inge mat heme"?"""
        return words[0] == "ja" and len(words) > 1 and words[1] in self._lexicon.dialect_i and "," not in text[:4]

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


def _where(places: Sequence[PlaceMatch]) -> tuple[str | None, str | None, tuple[PlaceMatch, ...]]:
    """The area and the place that are meant; or, where several may be, neither, and these."""
    which = meant(places)
    return (which[0].area, which[0].place, ()) if len(which) == 1 else (None, None, which)


def _fetched(found: Understanding, words: Sequence[str], text: str, places: Sequence[PlaceMatch]) -> Understanding:
    """A request for what is fetched in one place and delivered in another has both."""
    both = both_places(words, text, places) if found.intent == "request" else None
    if both is None:
        return found
    origin, there = both
    return replace(found, origin=origin, area=there.area, place=there.place, ambiguous=())


def _not_a_name(hit: Hit, words: Sequence[str], named: Set[str]) -> bool:
    danger = hit.phrase.concept.startswith("emergency.")  # which a misspelt word is more likely to be than a place
    return danger or named.isdisjoint((words[hit.start], words[hit.end - 1]))


def _is_alarming(spoken: Mapping[str, float]) -> bool:
    others = max((score for key, score in spoken.items() if key != "emergency"), default=0.0)
    return spoken.get("emergency", _UNSPOKEN) - others > _ALARMING


def _weighed(
    weights: Mapping[str, float], spoken: Mapping[str, float], intent: str, evidence: list[Hit]
) -> tuple[str, list[Hit]]:
    """The intent by its phrases and by what its words speak for, and the phrases that decided."""
    scores = {key: score for key, score in spoken.items() if key != "emergency"}
    for key, weight in weights.items():
        scores[key] = scores.get(key, _UNSPOKEN) + _PHRASES_COUNT * weight
    best = max(scores, key=lambda key: (scores[key], -_rank(_ORDER, key)), default=intent)
    if best == intent or weights.get(intent, 0.0) >= _SURE or (not weights and spoken.get(best, _UNSPOKEN) < _LIKELY):
        return intent, evidence
    return best, []


def _inside(danger: Hit, harmless: Hit) -> bool:
    """Does the phrase of danger, or one of the words that only together are danger, lie in the harmless one?"""
    if danger.at:
        return any(harmless.start <= at < harmless.end for at in danger.at)
    return harmless.start <= danger.start and danger.end <= harmless.end


def _outermost(hits: Sequence[Hit]) -> list[Hit]:
    """Return the phrases without those that lie within a longer or surer one of the same concept: "kan" in "kan ni"."""
    kept: dict[str, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, -abs(hit.phrase.weight))):
        before = kept.setdefault(hit.phrase.concept, [])
        same_sign = (b for b in before if (b.phrase.weight > 0) == (hit.phrase.weight > 0))
        if not any(b.start <= hit.start and hit.end <= b.end and b.phrase.weight >= hit.phrase.weight for b in same_sign):
            before.append(hit)
    return [hit for of_concept in kept.values() for hit in of_concept]


def _weigh(reasons: Sequence[float]) -> float:
    """Return the weight of an intent's reasons: the strongest counts whole, the next half, those against whole.

    The rest adds nothing: many weak signs of a wish ("kan", "svårt att", "hemma") do not make up for a plain word.
    """
    strongest = sorted((weight for weight in reasons if weight > 0), reverse=True)[:2]
    return sum(strongest[:1]) + 0.5 * sum(strongest[1:]) + sum(weight for weight in reasons if weight < 0)


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
