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
    shipped = Lexicon({})
    found = list(_mistakes(extra, shipped))
    if not found:
        try:
            Lexicon(extra)
        except (ValueError, TypeError, AttributeError, KeyError) as error:  # a table of `words` or `verbs` of another shape
            found.append(str(error))
    return found


def _mistakes(extra: Mapping[str, Any], shipped: Lexicon) -> Iterator[str]:
    for name, table in extra.items():
        if name not in FILES:
            yield f"[{name}]: there is no such table; there are {', '.join(FILES)}"
        elif not isinstance(table, Mapping):
            yield f"{name}: write a table, such as [{name}.…]"
        elif name not in ("words", "verbs"):
            for concept, languages in table.items():
                yield from _concept(
                    f"{name}.{concept}", languages, shipped, known=name != "intents" or shipped.has_intent(concept)
                )


def _concept(where: str, languages: Any, shipped: Lexicon, known: bool) -> Iterator[str]:
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
                yield from _lists(f"{where}.{language}", lists, shipped)


def _lists(where: str, lists: Mapping[str, Any], shipped: Lexicon) -> Iterator[str]:
    for weight, phrases in lists.items():
        if weight not in _LISTS:
            yield f"[{where}] {weight}: no such list; there are {', '.join(_LISTS)}"
        elif not isinstance(phrases, list):
            yield f'[{where}] {weight}: write a list, such as {weight} = ["…"]'
        else:
            for phrase in phrases:
                if wrong := _phrase(phrase, shipped):
                    yield f"[{where}] {weight}, {phrase!r}: {wrong}"


def _phrase(phrase: Any, shipped: Lexicon) -> str | None:
    if not isinstance(phrase, str) or not phrase.strip(" ^$."):
        return "is no phrase"
    try:
        Matcher([Phrase("", "sv", 1.0, phrase)], shipped.classes, ())
    except ValueError as error:
        return str(error)
    return None
