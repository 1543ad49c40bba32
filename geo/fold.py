"""One spelling for comparing: no capitals, no accents, no punctuation.

This is the only place that decides what "the same word" means; places, lexicons and reply words all go through it.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

# Letters that Unicode does not decompose but a Swedish reader takes for these.
_SPECIAL = {"ø": "o", "æ": "a", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "œ": "oe"}
_GONE = ("Mn", "Mc", "Me", "Cf")  # accents and vowel marks on their own, zero-width joiners, soft hyphens
# An apostrophe vanishes ("don't" → "dont", "м'ясо" → "мясо") while other punctuation separates words.
_VANISH = "'’‘ʼ`´ـ"


class _Table(dict[int, str]):
    """A translation table that works out each character the first time it is met (at most one entry a code point)."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_char(chr(code))
        return folded


def _fold_char(char: str) -> str:
    if char in _VANISH:
        return ""
    category = unicodedata.category(char)
    if category in _GONE:
        return ""
    if category[0] not in "LN":
        return " "
    # Compatibility forms too, so that "①" and full-width letters read as what they look like. Accents go from Latin letters
    # only: in Cyrillic й and ї, and in Arabic أ, are letters of their own.
    form: Literal["NFKD", "NFKC"] = "NFKD" if "LATIN" in unicodedata.name(char, "") else "NFKC"
    kept = unicodedata.normalize(form, unicodedata.normalize(form, char).casefold())
    kept = "".join(_SPECIAL.get(c, c) for c in kept if c not in _VANISH and unicodedata.category(c) not in _GONE)
    return "".join(c if unicodedata.category(c)[0] in "LN" else " " for c in kept)


_TABLE = _Table()


def fold(text: str) -> str:
    """Return `text` casefolded, without Latin accents (å ä ö é → a a o e), punctuation as single blanks, ends trimmed.

    Arabic and Cyrillic letters stay as they are (Arabic vowel marks go). Idempotent; never fails; linear in the length.
    """
    if text.isascii():
        return " ".join(text.casefold().translate(_TABLE).split())
    text = unicodedata.normalize("NFC", text).casefold().translate(_TABLE)
    return unicodedata.normalize("NFC", " ".join(text.split()))  # again: what stood between two letters may be gone
