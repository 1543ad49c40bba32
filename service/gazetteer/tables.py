"""What the importers of tables share: rows with their lines, and numbers as people write them."""

import csv
import re
from collections.abc import Iterator
from functools import lru_cache

from service.gazetteer.files import Refused, SourceFile

_POSTCODE = re.compile(r"(?:SE?[- ]?)?(\d{3}) ?(\d{2})", re.IGNORECASE)


def rows(file: SourceFile, delimiter: str, encoding: str = "utf-8") -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the number of the line that it ends on. Raises Refused for what is no CSV."""
    reader = csv.reader(file.lines(encoding), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if any(row):
                yield reader.line_num, row
    except csv.Error as error:
        raise Refused(f"line {reader.line_num}: this is no CSV ({error}); is a quotation mark not closed?") from error


def delimiter_of(first: str) -> str:
    """Which of comma, semicolon and tab stands most often in the first line."""
    return max(",;\t", key=first.count)


def read_number(text: str) -> float | None:
    """A number with a decimal point or comma, None when it is none ("nan" and "1e400" are none)."""
    try:
        value = float(text)
    except ValueError:
        try:
            value = float(text.replace(",", ".").replace("\u00a0", "").replace(" ", ""))
        except ValueError:
            return None
    return value if -1e12 < value < 1e12 else None


@lru_cache(maxsize=65536)
def read_postcode(text: str) -> str | None:
    """Five digits, "" for nothing, None for what is no Swedish postcode ("563 32", "56332", "SE-563 32")."""
    text = text.strip()
    if not text:
        return ""
    found = _POSTCODE.fullmatch(text)
    return found[1] + found[2] if found else None


def shown_postcode(postcode: str) -> str:
    """Five digits as they are written on letters: "563 32"."""
    return f"{postcode[:3]} {postcode[3:]}"
