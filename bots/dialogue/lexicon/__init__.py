"""The lexicon: TOML files a person can read and mend, loaded into a matcher.

`emergency.toml`, `harmless.toml`, `categories.toml` and `intents.toml` hold phrases by concept, language and how surely they
tell;
`verbs.toml` holds verbs in their forms, `words.toml` word classes, spellings, the commonest words of each language, and the words
of time. How a phrase is written: see `bots.dialogue.matcher`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import accumulate
from typing import Any

from bots.dialogue.matcher import Matcher, Phrase
from geo.fold import fold

FILES = ("emergency", "harmless", "categories", "intents", "verbs", "words")
WEIGHTS = {"certain": 5.0, "sure": 3.0, "likely": 2.0, "hint": 1.0, "against": -3.0}
_ACCENTED = re.compile("[åäöÅÄÖ]")
_SENTENCE_END = re.compile(r"(?<=\w\w\w)[.!?]+\s|\n")  # not behind "kl." and "st."
_FIGURE = re.compile(r"\d")
_FORMS = ("do", "does", "did", "done", "bid")  # the classes of a verb's forms, in the order of verbs.toml
_PREFIX = {"emergency": "emergency.", "harmless": "", "categories": "category.", "intents": "intent."}


class Lexicon:
    """The compiled lexicon. Immutable."""

    def __init__(self, extra: Mapping[str, Any]) -> None:
        """Load the shipped files and add `extra`, which has their shape. Raises ValueError for a phrase that cannot be read."""
        self._data = {name: _merged(_load(name), extra.get(name, {})) for name in FILES}
        words = self._data["words"]
        self._languages: dict[str, tuple[str, ...]] = {}
        for language, line in words["common"].items():
            for word in fold(line).split():
                self._languages[word] = (*self._languages.get(word, ()), language)
        self._apart, self._unaccented = _apart(words["apart"])
        self._fillers = frozenset(fold(words["fillers"]).split())
        self._spellings = {fold(word): fold(usual) for usual, line in words["spelling"].items() for word in line.split()}
        self.classes = self._classes()
        self.matcher = Matcher(self._phrases(), self.classes, self._languages, self._spellings, self._fillers)
        self._whole = dict(self._whole_phrases())
        self._openers = {fold(word): key for key in ("yes", "no") for word in words["opener"][key].split()}
        self.dialect_i = frozenset(fold(words["dialect_i"]["behind"]).split())
        self._kin = frozenset(fold(word) for word in words["behalf"]["kin"])
        self._behalf = _behalf_pattern(words["behalf"])
        self._time = _time_pattern(words["time"])
        self._time_ends = frozenset(fold(phrase).split()[-1] for name in ("moment", "unit") for phrase in words["time"][name])

    def _phrases(self) -> Iterator[Phrase]:
        for name, prefix in _PREFIX.items():
            table = self._data[name] if name != "harmless" else {"harmless": self._data[name]}
            for key, languages in table.items():
                concept = key if key in ("harmless", "urgency.high") else prefix + key
                for language, lists in languages.items():
                    for name_of_weight, weight in WEIGHTS.items():
                        for text in lists.get(name_of_weight, ()):
                            yield Phrase(concept, language, weight, self._kept_apart(text))
        for category, language, forms in self._verbs():
            if category != "any":
                for form in dict.fromkeys((*forms, f"{forms[0]}s")):
                    yield Phrase(f"category.{category}", language, WEIGHTS["likely"], self._kept_apart(form))

    def _verbs(self) -> Iterator[tuple[str, str, list[str]]]:
        """Yield the category, the language and the forms of each verb. Raises ValueError for a verb without its four forms."""
        for category, languages in self._data["verbs"].items():
            for language, verbs in languages.items():
                for verb in verbs:
                    forms = verb.split()
                    if not 4 <= len(forms) <= len(_FORMS):
                        raise ValueError(f"verb {verb!r} needs infinitive, present, past and supine, and may have an imperative")
                    yield category, language, forms

    def _classes(self) -> dict[str, Sequence[str]]:
        """Return the word classes, with those of the verbs' forms: <do>, <does>, <did>, <done>, <bid>, <be_done> ("hämtas")."""
        classes: dict[str, list[str]] = {name: [] for name in (*_FORMS, "be_done")}
        for _, _, forms in self._verbs():
            for name, form in zip(_FORMS, forms, strict=False):
                classes[name].append(form)
            classes["be_done"].append(f"{forms[0]}s")
        every = {**self._data["words"]["class"], **classes}
        return {name: [self._kept_apart(member) for member in members] for name, members in every.items()}

    def _kept_apart(self, text: str) -> str:
        return self._apart.sub(_marked, text)

    def sentence_ends(self, text: str) -> list[int]:
        """Return where sentences end among the words of `text`: how many words come before each end."""
        parts = _SENTENCE_END.split(text)
        return list(accumulate(len(fold(part).split()) for part in parts[:-1])) if len(parts) > 1 else []

    def words(self, text: str) -> list[str]:
        """Return the folded words of a message, those of `apart` marked."""
        if _ACCENTED.search(text):
            return fold(self._apart.sub(_marked, text)).split()
        return [self._unaccented.get(word, word) for word in fold(text).split()]

    def _whole_phrases(self) -> Iterator[tuple[str, str]]:
        for key, languages in self._data["intents"].items():
            for lists in languages.values():
                for text in lists.get("whole", ()):
                    yield self._spelt(fold(self._kept_apart(text)).split()), key

    def _spelt(self, words: Sequence[str]) -> str:
        return " ".join([self._spellings.get(word, word) for word in words])

    def whole(self, words: Sequence[str]) -> str | None:
        """Return the intent of a message that, but for fillers around it, is nothing but a known phrase."""
        start, end = 0, len(words)
        while True:
            if (intent := self._whole.get(self._spelt(words[start:end]))) is not None:
                return intent
            if end - start > 1 and words[end - 1] in self._fillers:
                end -= 1
            elif end - start > 1 and words[start] in self._fillers:
                start, end = start + 1, len(words)
            else:
                return None

    def has_intent(self, key: str) -> bool:
        """Is there an intent of this name?"""
        return key in self._data["intents"]

    def opener(self, word: str) -> str | None:
        """Return "yes" or "no" when a short message that begins with this folded word means that."""
        return self._openers.get(word)

    def languages_of(self, word: str) -> tuple[str, ...]:
        """Return the languages in which the folded word is a common one."""
        return self._languages.get(word, ())

    def behalf_in(self, text: str, words: Sequence[str]) -> str | None:
        """Return who is in need when it is not the writer, as written ("min granne Elsa"), or None. words: text, folded."""
        if self._kin.isdisjoint(words):
            return None
        found = self._behalf.search(text)
        return next(filter(None, found.groups())).strip(" ,.") if found else None

    def time_in(self, text: str, words: Sequence[str]) -> str | None:
        """Return the first, longest time phrase of `text` as written ("på torsdag kl 10"), or None. words: text, folded.

        The pattern is dear: it is tried only when there is a figure, or a word that a time without figures ends in.
        """
        if self._time_ends.isdisjoint(words) and not _FIGURE.search(text):
            return None
        found = self._time.search(text)
        return found[0].strip(" ,.") if found else None


def _marked(found: re.Match[str]) -> str:
    return f"{found[0]}q"


def _apart(table: Mapping[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return a pattern for the words that are kept apart, and what an unaccented word stands for."""
    words = [*table["rare"].split(), *table["usual"].split()]
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE), {
        fold(word): f"{fold(word)}q" for word in table["usual"].split()
    }


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))


def _merged(base: Any, more: Any) -> Any:
    """Return `base` with `more` added: tables by key, lists and texts one after the other."""
    if isinstance(base, dict) and isinstance(more, Mapping):
        return {key: _merged(base[key], more[key]) if key in base and key in more else base.get(key, more.get(key))
                for key in {**base, **more}}  # fmt: skip
    if isinstance(base, list) and isinstance(more, Sequence):
        return [*base, *more]
    if isinstance(base, str) and isinstance(more, str):
        return f"{base} {more}"
    return more


# A resident writes "pa lordag" as well as "på lördag"; the lexicon's time words match either way.
_ACCENTS = {"a": "[aåäà]", "o": "[oöó]", "e": "[eé]"}


def _behalf_pattern(table: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """Return a pattern for the one in need: behind "åt" or "för", or before what tells a need ("min mor orkar inte")."""
    who = rf"(?:(?:{_either(table['own'])})\s)?(?:\w+\s)?(?:{_either(table['kin'])})(?:\s(?-i:[A-ZÅÄÖ])[\w-]+)?"
    needs = rf"(?:\s(?!{_either(table['needs'])})\w+){{0,2}}\s(?:{_either(table['needs'])})(?!\w)"
    return re.compile(rf"(?<!\w)(?:{_either(table['for'])})\s({who})(?!\w)|(?<!\w)({who}){needs}", re.IGNORECASE)


def _time_pattern(time: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """Return a pattern for one or more time words in a row, from the table `time` of `words.toml`."""
    before = _either(time["before"])
    moment = _either(time["moment"])
    clock = (
        r"(?:kl\.?|klockan|at|klo)?\s?(?:[01]?\d|2[0-3])[:.][0-5]\d"
        r"|(?:kl\.?|klockan|klo|at)\s?\d{1,2}(?:\s?[-–]\s?\d{1,2})?(?:\s?[ap]m)?"
    )
    date = rf"\d{{1,2}}[/.]\d{{1,2}}(?!\d)|(?:den\s)?\d{{1,2}}(?::?e|:?a|th|st|nd|rd)?\s(?:{_either(time['month'])})"
    span = rf"om\s(?:\w+\s)?(?:\d+|{_either(time['number'])})\s(?:{_either(time['unit'])})"
    one = rf"(?:(?:{before})\s)*(?:{span}|{moment}|{clock}|{date})(?!\w)"
    return re.compile(rf"(?<!\w){one}(?:[ ,]+{one}){{0,3}}", re.IGNORECASE)


def _either(words: Sequence[str]) -> str:
    """Return an alternation of the words, longest first, blanks matching any blank and vowels any accent."""
    ready = sorted({fold(word) for word in words}, key=len, reverse=True)
    return "|".join("".join(r"\s" if char == " " else _ACCENTS.get(char, char) for char in word) for word in ready)
