"""What is wrong with a network's own words (`[network] words` in its file), said so that a person can mend it.

The shape is that of the files beside this one: a table by file, concept and language, with lists by how surely they tell.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bots.dialogue.lexicon import FILES, WEIGHTS, Lexicon
from bots.dialogue.matcher import Matcher, Phrase

LANGUAGES = ("sv", "en", "fi", "ar", "uk")
_LISTS = (*WEIGHTS, "whole")


def mistakes(extra: Mapping[str, Any]) -> list[str]:
    """Return a line for each thing in `extra` that cannot be used, with where it stands; empty when all can."""
    words = {name: extra[name] for name in ("words", "verbs") if name in extra}
    try:
        base = Lexicon(words)  # with the classes that its phrases may use
        return list(_mistakes(extra, base))
    except ValueError as error:
        return [str(error)]
    except (TypeError, AttributeError, KeyError):
        return [f"{' or '.join(words)}: not of the shape of the file of that name in bots/dialogue/lexicon"]


def _mistakes(extra: Mapping[str, Any], base: Lexicon) -> Iterator[str]:
    for name, table in extra.items():
        if name not in FILES:
            yield f"[{name}]: there is no such table; there are {', '.join(FILES)}"
        elif not isinstance(table, Mapping):
            yield f"{name}: write a table, such as [{name}.…]"
        elif name == "harmless":
            yield from _concept(name, table, base, known=True)
        elif name not in ("words", "verbs"):
            for concept, languages in table.items():
                yield from _concept(f"{name}.{concept}", languages, base, known=name != "intents" or base.has_intent(concept))


def _concept(where: str, languages: Any, base: Lexicon, known: bool) -> Iterator[str]:
    if not known:
        yield f"[{where}]: there is no such intent"
    elif not isinstance(languages, Mapping):
        yield f"[{where}]: write [{where}.sv] or another language, and lists of phrases below it"
    else:
        for language, lists in languages.items():
            if language not in LANGUAGES:
                yield f"[{where}.{language}]: no such language; there are {', '.join(LANGUAGES)}"
            elif not isinstance(lists, Mapping):
                yield f'[{where}.{language}]: write lists of phrases below it, such as sure = ["…"]'
            else:
                yield from _lists(f"{where}.{language}", lists, base)


def _lists(where: str, lists: Mapping[str, Any], base: Lexicon) -> Iterator[str]:
    for weight, phrases in lists.items():
        if weight not in _LISTS:
            yield f"[{where}] {weight}: no such list; there are {', '.join(_LISTS)}"
        elif not isinstance(phrases, list):
            yield f'[{where}] {weight}: write a list, such as {weight} = ["…"]'
        else:
            for phrase in phrases:
                if wrong := _phrase(phrase, base):
                    yield f"[{where}] {weight}, {phrase!r}: {wrong}"


def _phrase(phrase: Any, base: Lexicon) -> str | None:
    if not isinstance(phrase, str) or not phrase.strip(" ^$."):
        return "is no phrase"
    try:
        Matcher([Phrase("", "sv", 1.0, phrase)], base.classes, ())
    except ValueError as error:
        return str(error)
    return None
