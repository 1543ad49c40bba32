"""What has come in by a modem: rows of gammu-smsd's inbox become texts, the parts of a long one joined. Pure.

Seen with gammu-smsd 1.42: a row a part; of the parts that came together the first has all the text and the others none, and what
comes later (after MultipartTimeout) has its own. `Text` always holds each part's own characters, in hex.
"""

import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bots.carriers.api import LONGEST_NAME, incoming
from bots.carriers.gammu import NAME
from bots.inbound_message import Inbound, storable

PATIENCE = timedelta(minutes=10)  # how long a text's missing part is waited for
PICTURE = "(bild)"  # what a message without words is read as
NOBODY = "okänt nummer"  # a sender that the modem could not read
USSD = 127  # class of what the operator's own menus say
_BINARY = "8bit"


class Concatenation(NamedTuple):
    """Which part of which text a row is. reference: the sender's number for the text; part: from 1."""

    reference: str
    total: int
    part: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the inbox. header, encoded: in hex. received_at, stored_at: without a zone, to tell rows apart only."""

    id: int
    sender: str
    words: str
    encoded: str
    header: str
    coding: str
    message_class: int
    received_at: datetime
    stored_at: datetime
    age: timedelta

    @classmethod
    def of(cls, row: Any) -> "Row":
        """A row as `gammu_unread` gives it."""
        return cls(
            row["id"], row["sender"], row["words"], row["encoded"], row["header"], row["coding"], row["class"],
            row["received_at"], row["stored_at"], timedelta(seconds=row["age"]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """A text that has come in whole, or as far as it came; None: nothing that anybody wrote. ids: its rows."""

    ids: tuple[int, ...]
    inbound: Inbound | None


def concatenation(header: str) -> Concatenation | None:
    """What a user data header says of parts, or None (3GPP TS 23.040, 9.2.3.24.1 and 9.2.3.24.8)."""
    try:
        octets = binascii.unhexlify(header.strip())
    except (ValueError, binascii.Error):
        return None
    at = 1
    while at + 1 < len(octets):
        kind, length = octets[at], octets[at + 1]
        data = octets[at + 2 : at + 2 + length]
        at += 2 + length
        if (kind, length) in ((0x00, 3), (0x08, 4)) and len(data) == length:
            total, part = data[-2], data[-1]
            if total > 1 and 1 <= part <= total:
                return Concatenation(data[:-2].hex(), total, part)
    return None


@dataclass(slots=True)
class _Parts:
    """Rows that are one text. again: rows that say once more what another says."""

    total: int
    rows: dict[int, Row] = field(default_factory=dict)
    again: list[Row] = field(default_factory=list)

    def takes(self, row: Row, part: int) -> bool:
        there = self.rows.get(part)
        if there is not None and (there.words, there.encoded) != (row.words, row.encoded):
            return False  # the sender's reference has come round: the next text
        if there is None:
            self.rows[part] = row
        else:
            self.again.append(row)
        return True

    @property
    def is_due(self) -> bool:
        return len(self.rows) == self.total or max(row.age for row in self.rows.values()) >= PATIENCE


def decide_heard(rows: Sequence[Row]) -> list[Heard]:
    """The texts among the rows that can be read now, in the order of their first rows. Parts that wait for others are left."""
    texts: list[_Parts] = []
    open_texts: dict[tuple[str, str, int], list[_Parts]] = {}
    for row in sorted(rows, key=lambda r: r.id):
        told = concatenation(row.header)
        if told is None:
            texts.append(_Parts(1, {1: row}))
            continue
        same = open_texts.setdefault((row.sender, told.reference, told.total), [])
        if not any(parts.takes(row, told.part) for parts in same):
            same.append(_Parts(told.total, {told.part: row}))
            texts.append(same[-1])
    return [_heard(parts) for parts in texts if parts.is_due]


def _heard(parts: _Parts) -> Heard:
    rows = [parts.rows[part] for part in sorted(parts.rows)]
    ids = tuple(sorted(row.id for row in (*rows, *parts.again)))
    if rows[0].message_class == USSD:
        return Heard(ids, None)
    sender = storable(rows[0].sender).strip()[:LONGEST_NAME] or NOBODY
    return Heard(ids, incoming(NAME, _carrier_id(rows), sender, storable(_words(rows))))


def _words(rows: Sequence[Row]) -> str:
    if any(row.coding == _BINARY for row in rows):
        return PICTURE
    if len(rows) > 1 and all(_is_utf16(row.encoded) for row in rows):
        # Joined before they are read: a phone may cut an emoji in two.
        return b"".join(bytes.fromhex(row.encoded) for row in rows).decode("utf-16-be", "replace")
    return "".join(row.words for row in rows)


def _is_utf16(encoded: str) -> bool:
    return len(encoded) % 4 == 0 and encoded != "" and all(c in "0123456789abcdefABCDEF" for c in encoded)


def _carrier_id(rows: Sequence[Row]) -> str:
    """The same for the same rows, and another when gammu's database, whose IDs begin at 1, is made anew."""
    said = "\n".join(f"{row.id} {row.sender} {row.received_at} {row.stored_at}" for row in rows)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:40]
