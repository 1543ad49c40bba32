"""Where something is fetched and where it is delivered, when a message says both: "hämta en soffa på Storgatan 4 i Huskvarna och
köra till Gränna", "from Bankeryd to Gränna".

Two places that the network knows, one after "till", the other after "från" or after a word for fetching; in Swedish and English.
Anything else, and so every message with one place, is left as it is. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from bots.dialogue.said import addresses_in
from dispatch.intake import Origin
from geo.fold import fold
from geo.places import PlaceMatch

_FROM, _TO = frozenset({"fran", "from"}), frozenset({"till", "to"})
_FETCHES = tuple("hamta avhamta fetch collect pick".split())
_REACH = 8  # words between "till" and its place: "till min dotter på Storgatan 3 i Gränna"
_FETCH_REACH = 12  # words between what is done and where: "hämta en gammal soffa som står hos min bror i Huskvarna"
_BESIDE = 3  # words between a street and its place


def both_places(words: Sequence[str], text: str, places: Sequence[PlaceMatch]) -> tuple[Origin, PlaceMatch] | None:
    """Where it is fetched, and the place that it is delivered in; None when the message does not say both. words: the text's,
    folded, in which the places were found."""
    if len(places) != 2:
        return None
    at = [_index(words, place.matched.split()) for place in places]
    if None in at or at[0] == at[1]:
        return None
    found = sorted(zip((i for i in at if i is not None), places, strict=True), key=lambda pair: pair[0])
    markers = [_marker(words, 0, found[0][0]), _marker(words, found[0][0] + 1, found[1][0])]
    if markers not in (["from", "to"], ["to", "from"]):
        return None
    start, end = found if markers[0] == "from" else found[::-1]
    return Origin(start[1].area, start[1].place, _address(text, start[0], end[0])), end[1]


def _index(words: Sequence[str], run: Sequence[str]) -> int | None:
    size = len(run)
    return next((i for i in range(len(words) - size + 1) if list(words[i : i + size]) == list(run)), None)


def _marker(words: Sequence[str], begins: int, place: int) -> str | None:
    """What a place is by the words before it: "from", "to", or None."""
    for back, word in enumerate(reversed(words[begins:place])):
        if word in _TO:
            return "to" if back < _REACH else None
        if word in _FROM:
            return "from" if back < _REACH else None
        if word.startswith(_FETCHES):
            return "from" if back < _FETCH_REACH else None
    return None


def _address(text: str, start: int, end: int) -> str:
    """The street address that belongs to the word at `start` rather than to that at `end`."""
    for address, begins, ends in addresses_in(text):
        first, after = len(fold(text[:begins]).split()), len(fold(text[:ends]).split())
        if after <= start <= after + _BESIDE or (start < first <= start + _BESIDE and not first < end <= after + _BESIDE):
            return address
    return ""
