"""What of an address may leave the house: the street, the number, the place. Nothing of who lives there or how to get in."""

import re

LONGEST = 120  # characters; an address is shorter
_ASIDE = re.compile(r"\([^)]*\)?")
_PARTS = re.compile(r"[,;\n]+")
# Somebody's name, number or key: the whole part goes, for nothing says where the name ends.
_PRIVATE = re.compile(
    r"\bc/o\b|\bhos\b|@|\b(?:tel|telefon|mobil|ring|kod|koden|portkod|dörrkod|code|nyckeln?|key)\b"
    r"|\+\d|\b0\d(?:[ /-]?\d){5,}|\d{6,}",
    re.IGNORECASE,
)
# A dwelling in the house: only these words go, with what they number.
_DWELLING = re.compile(
    r"\b(?:lgh|lägenhet\w*|apt|apartment|flat|våning|vån|floor|uppg|uppgång|port|rum|room)\b\.?[ :]*(?:nr\.?[ ]*)?\w{1,5}\b"
    r"|\b\d{1,2}[ ]*(?:tr|trappor)\b\.?|\b(?:en|ett|två|tre|fyra|fem)[ ]trapp\w*\b",
    re.IGNORECASE,
)


def public_part(written: str) -> str:
    """The part of an address that a map knows, in one line; empty when nothing is left that could be found on one.

    Flats, floors, door codes, "c/o" with its name, telephone numbers and what stands in brackets are taken out.
    """
    parts = []
    for part in _PARTS.split(_ASIDE.sub(" ", written)):
        if not _PRIVATE.search(part):
            parts.append(" ".join(_DWELLING.sub(" ", part).split()).strip(" .:-"))
    said = ", ".join(part for part in parts if part)
    return said if sum(c.isalpha() for c in said) >= 3 and len(said) <= LONGEST else ""
