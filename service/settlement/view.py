"""A month's expenses as staff read them: by organisation and helper, with sums; and the same as a table for a spreadsheet.

Amounts in öre. Days and months are those of the network's own clock.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.expenses import ExpenseState
from dispatch.phones import as_written
from dispatch.settlement import Month, month_of
from service.web.texts import N_, Texts

STATES = {
    ExpenseState.NEW: N_("new"),
    ExpenseState.APPROVED: N_("approved"),
    ExpenseState.PAID: N_("paid back"),
    ExpenseState.REJECTED: N_("rejected"),
}
WAYS = {"swish": N_("by Swish"), "invoice": N_("by invoice")}
COLUMNS = (
    N_("Day"), N_("Task"), N_("Organisation"), N_("Helper"), N_("Telephone"), N_("Amount (kr)"), N_("Receipt"),
    N_("Over the limit"), N_("State"), N_("Paid back how"), N_("Settled"), N_("Settled by"), N_("Reason"),
)  # fmt: skip
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Sum:
    """What some expenses come to. counts: what is not rejected; open: what is not paid back yet either."""

    counts: int
    open: int


@dataclass(frozen=True, slots=True)
class Helper:
    """One helper's expenses. ticked: ids of those whose next step is the first to take."""

    id: int
    name: str
    phone: str
    rows: Sequence[Any]
    sum: Sum
    ticked: frozenset[int]


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation's helpers; name "": without any."""

    name: str
    helpers: Sequence[Helper]
    sum: Sum


def organisations(rows: Sequence[Any]) -> list[Organisation]:
    """The rows of the query `settlement`, which come in this order, as a tree."""
    found = []
    for name, of_it in groupby(rows, key=lambda row: row["organisation"]):
        mine = list(of_it)
        helpers = [_helper(list(theirs)) for _, theirs in groupby(mine, key=lambda row: row["person_id"])]
        found.append(Organisation(name, helpers, total(mine)))
    return found


def _helper(rows: list[Any]) -> Helper:
    first = rows[0]
    states = {row["state"] for row in rows}
    step = ExpenseState.NEW if ExpenseState.NEW in states else ExpenseState.APPROVED
    ticked = frozenset(row["id"] for row in rows if row["state"] == step)
    return Helper(first["person_id"], first["name"], first["phone"] or "", rows, total(rows), ticked)


def total(rows: Iterable[Any]) -> Sum:
    """What the rows come to."""
    counting = [row for row in rows if row["state"] != ExpenseState.REJECTED]
    unpaid = [row for row in counting if row["state"] != ExpenseState.PAID]
    return Sum(sum(row["amount_ore"] for row in counting), sum(row["amount_ore"] for row in unpaid))


def months(oldest: datetime | None, now: datetime, zone: ZoneInfo) -> list[Month]:
    """From this month back to that of the first expense."""
    at, first = month_of(now, zone), month_of(oldest or now, zone)
    found = [at]
    while at > first:
        at = at.later(-1)
        found.append(at)
    return found


def as_csv(rows: Iterable[Any], zone: ZoneInfo, words: Texts) -> bytes:
    """A file that a Swedish Excel opens as a table: UTF-8 with a byte order mark, semicolons, a comma in amounts."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([words.gettext(column) for column in COLUMNS])
    for row in rows:
        writer.writerow([defused(cell) for cell in _cells(row, zone, words)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cells(row: Any, zone: ZoneInfo, words: Texts) -> list[str]:
    name = words.gettext
    yes, no = name(N_("yes")), name(N_("no"))
    return [
        f"{row['created_at'].astimezone(zone):%Y-%m-%d}",
        row["code"],
        row["organisation"],
        row["name"],
        as_written(row["phone"]) if row["phone"] else "",
        f"{row['amount_ore'] // 100},{row['amount_ore'] % 100:02}",
        yes if row["receipt"] else no,
        yes if row["over_limit"] else no,
        name(STATES[ExpenseState(row["state"])]),
        name(WAYS[row["paid_how"]]) if row["paid_how"] else "",
        f"{row['settled_at'].astimezone(zone):%Y-%m-%d %H:%M}" if row["settled_at"] else "",
        row["settled_by"] or "",
        row["reason"],
    ]


def defused(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula: an apostrophe stands before one that begins like it (OWASP, CSV
    Injection)."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA_BEGINS) else cell
