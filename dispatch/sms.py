"""How a text travels as SMS: which alphabet it needs and how many parts it costs.

Source: 3GPP TS 23.038 (alphabets, tables 6.2.1 and 6.2.1.1) and TS 23.040 (9.2.3.24.1, concatenation: a six-octet header
in every part of a message that needs more than one). Pure.
"""

from __future__ import annotations

import unicodedata

# TS 23.038 6.2.1, in the table's order; ESC (0x1B), which only introduces the extension table, is left out.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# TS 23.038 6.2.1.1: each of these is sent as ESC and one more septet.
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM7 = _BASIC | _EXTENSION

_GSM7_SINGLE, _GSM7_PART = 160, 153  # septets
_UCS2_SINGLE, _UCS2_PART = 70, 67  # UTF-16 code units

_TYPOGRAPHIC: dict[str, str] = {
    **dict.fromkeys("‘’‚‛′ʼ´`", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("•‣·●▪◦∙", "-"),
    **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "),
    **dict.fromkeys("\u2028\u2029", "\n"),
    "…": "...",
    "×": "x",
    "→": "->",
    "ﬁ": "fi",
    "ﬂ": "fl",
}
# Zero-width joiner and non-joiner hold emoji and Persian words together; all other invisible characters may go.
_MEANINGFUL_INVISIBLE = "\u200d\u200c"


class _Table(dict[int, str]):
    """A translation table that decides about each character the first time it is met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        gone = char != "\n" and char not in _MEANINGFUL_INVISIBLE and unicodedata.category(char) in ("Cc", "Cf", "Cs")
        self[code] = kept = "" if gone else char
        return kept


_PLAIN = _Table({ord(char): plain for char, plain in _TYPOGRAPHIC.items()})


def plain(text: str) -> str:
    """Return `text` with typographic characters as their GSM 7-bit equivalents where the meaning stays.

    Quotation marks, dashes, dots, bullets and odd blanks are replaced; control and invisible characters (and lone
    surrogates, which no carrier can take) are removed, except "\\n"; "\\r\\n" becomes "\\n". Letters are never touched: a
    name with "ë" costs a shorter message rather than being misspelt.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_PLAIN)


def is_gsm7(text: str) -> bool:
    """Return whether every character is in the GSM 7-bit default alphabet or its extension table."""
    return _GSM7.issuperset(text)


def parts(text: str) -> int:
    """Return how many SMS parts `text` takes; at least 1, as an empty message is still a message."""
    return len(split(text))


def split(text: str) -> list[str]:
    """Return the parts that `text` travels as, in order.

    GSM 7-bit: 160 septets alone, 153 a part when there are several; a character of the extension table takes two septets
    and is never split. Otherwise UCS-2: 70 UTF-16 units alone, 67 a part; a surrogate pair is never split.
    """
    if is_gsm7(text):
        sizes, single, part = [2 if char in _EXTENSION else 1 for char in text], _GSM7_SINGLE, _GSM7_PART
    else:
        sizes, single, part = [2 if ord(char) > 0xFFFF else 1 for char in text], _UCS2_SINGLE, _UCS2_PART
    if sum(sizes) <= single:
        return [text]
    found, begin, used = [], 0, 0
    for at, size in enumerate(sizes):
        if used + size > part:
            found.append(text[begin:at])
            begin, used = at, 0
        used += size
    return [*found, text[begin:]]
