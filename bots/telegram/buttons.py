"""What a button says and what comes back when it is tapped.

A button's data has at most 64 bytes (Telegram) and may be forged by a program in its user's name: so it only names an action
and an id, and whoever taps must be the one whom the offer was made to. Ids are written in base 36.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_BYTES = 64
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Button:
    """label: what it says, in the reader's language. data: what comes back; or url: what it opens."""

    label: str
    data: str = ""
    url: str = ""


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Tap:
    """A button's data, read. verb: which action; id: of what, or 0; more: the rest, such as the minutes."""

    verb: str
    id: int
    more: str = ""


def data(verb: str, number: int = 0, more: str = "") -> str:
    """The data of a button. Raises ValueError when it is too long for Telegram, which is a mistake of ours."""
    written = ":".join([verb, _base36(number), *([more] if more else [])])
    if len(written.encode()) > MOST_BYTES:
        raise ValueError(f"the data of the button {verb} is too long")
    return written


def read_tap(written: str) -> Tap | None:
    """What was tapped; None for what no button of ours carries."""
    verb, _, rest = written.partition(":")
    number, _, more = rest.partition(":")
    if not verb.isascii() or not verb.isalpha() or not number or set(number) - set(_DIGITS) or len(number) > 13:
        return None
    return Tap(verb, int(number, 36), more)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def in_rows(buttons: Sequence[Button], width: int) -> Rows:
    """The buttons, `width` beside each other."""
    return tuple(tuple(buttons[at : at + width]) for at in range(0, len(buttons), width))
