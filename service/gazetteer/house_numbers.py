"""House numbers as they stand in files: "4", "4 B", "4b", "12-14", "4 lgh 1102"."""

import re
from functools import lru_cache

_HOUSE = re.compile(
    r"(?P<number>\d{1,4})\s*(?P<letter>[a-zåäö](?![a-zåäö]))?"
    r"(?:\s*[-–/]\s*(?P<last>\d{1,4})?\s*(?P<last_letter>[a-zåäö](?![a-zåäö]))?)?"
    r"(?:[\s,]*(?:lgh|lght|lägenhet|apt|uppg|uppgång|tr|trappa)\b.*)?"
)
_STREET_AND_HOUSE = re.compile(r"(?P<street>.*?[^\W\d_].*?)[\s,]+(?P<house>\d.*)")
_LONGEST_ROW = 20  # numbers between the ends of "12-32"


@lru_cache(maxsize=65536)
def read_numbers(text: str) -> tuple[tuple[int, str], ...]:
    """The houses that `text` names: number and small letter, or "". A span ("12-16") is each second number; "4 A-C" each letter.
    Empty: it names none."""
    found = _HOUSE.fullmatch(text.strip().casefold())
    if not found or int(found["number"]) == 0:
        return ()
    number, letter = int(found["number"]), found["letter"] or ""
    last, last_letter = int(found["last"] or 0), found["last_letter"] or ""
    if number < last <= number + _LONGEST_ROW and not letter and not last_letter:
        step = 2 if (last - number) % 2 == 0 else 1
        return tuple((each, "") for each in range(number, last + 1, step))
    if not last and "a" <= letter < last_letter <= "z":
        return tuple((number, chr(each)) for each in range(ord(letter), ord(last_letter) + 1))
    ends = [(number, letter)]
    if last and (last, last_letter) != ends[0]:
        ends.append((last, last_letter))
    return tuple(ends)


def split_address(text: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """The street and the houses of "Storgatan 4 B"; no houses where there is no number that can be read."""
    found = _STREET_AND_HOUSE.fullmatch(text.strip())
    numbers = read_numbers(found["house"]) if found else ()
    return (found["street"].strip(" ,"), numbers) if found and numbers else (text.strip(), ())
