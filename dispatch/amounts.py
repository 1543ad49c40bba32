"""Amounts of money in people's own words, in öre, hundredths of a krona. Pure."""

import re

MOST = 2_000_000  # öre; more than that is a slip of the finger
_BLANK = "[ \u00a0\u202f]"
# 245; 1 234; 245,50; 245.5; 1.234,50. Not a part of a date, a telephone number, a time or a longer number.
_NUMBER = (
    rf"(?<![\w.,:/+-])(?P<whole>\d{{1,3}}(?:{_BLANK}\d{{3}})+|\d{{1,3}}(?:\.\d{{3}})+(?=,\d)|\d+)"
    rf"(?:[.,](?P<part>\d{{1,2}}))?(?P<dash>:-|,-)?(?![.,:/-]?\d)"
)
_KRONOR = r"(?:kr|kronor|sek|crowns)\b\.?"
_AMOUNT = re.compile(rf"(?P<before>\b{_KRONOR}:?{_BLANK}*)?{_NUMBER}(?P<after>{_BLANK}*{_KRONOR})?", re.IGNORECASE)
# With these around it, a number alone is an amount: "det blev 245".
_AROUND = frozenset(
    "det blev kostade kosta summan summa totalt total totalen kvitto kvittot betalade betalt utlägg utlägget jag för på "
    "is it was the i paid cost costs receipt sum in all".split()
)


def read_amount(text: str) -> int | None:
    """The one amount that the text names, in öre: "245", "245,50 kr", "kr 245:-", "1 234,50", "SEK 99.90".

    None when there is none, or no single clear one: then whoever asked asks again. What stands with "kr" counts before bare
    numbers ("245 kr, var där kl 15").
    """
    found = list(_AMOUNT.finditer(text))
    marked = [m for m in found if m["before"] or m["after"] or m["dash"]]
    if not marked and (len(found) != 1 or not _is_alone(text, found[0])):
        return None
    amounts = {_ore(m) for m in marked or found}
    return amounts.pop() or None if len(amounts) == 1 else None


def marked_amounts(text: str) -> list[int]:
    """All amounts that stand with "kr" or the like, in öre: "handla för 2000 kr"."""
    return [_ore(m) for m in _AMOUNT.finditer(text) if m["before"] or m["after"] or m["dash"]]


def _is_alone(text: str, found: re.Match[str]) -> bool:
    around = f"{text[: found.start()]} {text[found.end() :]}".casefold()
    return set(re.findall(r"\w+", around)) <= _AROUND and not re.search(r"[^\w\s.,!:()]", around)


def _ore(found: re.Match[str]) -> int:
    whole = re.sub(r"\D", "", found["whole"])
    return int(whole) * 100 + int((found["part"] or "0").ljust(2, "0"))
