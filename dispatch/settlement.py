"""Paying helpers back: an expense is approved and paid, or rejected with a reason; a missing receipt is asked for.

    new ──► approved ──► paid
     └────────┴──► rejected ──► approved   (a mistake is mended)

Amounts in öre. The month that an expense belongs to is that of the network's own clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from dispatch.changes import Changes, Message, Settled, message
from dispatch.errors import BadRequest, ReceiptThere, SettledAlready
from dispatch.events import Event, Kind
from dispatch.expenses import Expense, ExpenseState
from dispatch.model import Person
from dispatch.money import has_card_number
from dispatch.office import Office, until_stored
from dispatch.rows import expense_of, person_of
from sql import query

MOVES: dict[ExpenseState, frozenset[ExpenseState]] = {
    ExpenseState.NEW: frozenset({ExpenseState.APPROVED, ExpenseState.REJECTED}),
    ExpenseState.APPROVED: frozenset({ExpenseState.PAID, ExpenseState.REJECTED}),
    ExpenseState.REJECTED: frozenset({ExpenseState.APPROVED}),
    ExpenseState.PAID: frozenset(),
}
WAYS = ("swish", "invoice")  # how somebody is paid back
LONGEST_REASON = 200  # characters
MOST_NAMED = 6  # codes in one SMS
MOST_AT_ONCE = 500  # expenses in one form
ASKED_AGAIN = timedelta(hours=20)  # sooner, nobody is asked for the same receipt once more
RECEIPT_WAITED_FOR = timedelta(days=60)  # so long after it was asked for, a receipt is taken though the task has ended


class Action(StrEnum):
    """What staff do with expenses."""

    APPROVE = "approve"
    PAY = "pay"
    REJECT = "reject"
    ASK = "ask"


_INTO = {Action.APPROVE: ExpenseState.APPROVED, Action.PAY: ExpenseState.PAID, Action.REJECT: ExpenseState.REJECTED}
_KINDS = {
    Action.APPROVE: Kind.EXPENSE_APPROVED,
    Action.PAY: Kind.EXPENSE_PAID,
    Action.REJECT: Kind.EXPENSE_REJECTED,
    Action.ASK: Kind.RECEIPT_ASKED,
}


@dataclass(frozen=True, slots=True)
class Settle:
    """One action on some expenses, all or none. by: who acts, as a person's id. how: one of WAYS, for PAY. reason: for REJECT."""

    expenses: tuple[int, ...]
    action: Action
    by: int | None
    how: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """An expense with what must be known about it. offer: the one by which the helper has the task, or had it."""

    expense: Expense
    helper: Person
    code: str
    offer: int | None


def decide_settle(expense: Expense, command: Settle, now: datetime) -> tuple[Expense, Event]:
    """The expense as it is from now on, with what happened.

    Raises SettledAlready, ReceiptThere, and BadRequest when what the action needs is missing.
    """
    data: dict[str, Any] = {"expense": expense.id, "amount_ore": expense.amount_ore}
    if command.action is Action.ASK:
        asked_lately = expense.receipt_asked_at is not None and now - expense.receipt_asked_at < ASKED_AGAIN
        if expense.receipt is not None or asked_lately:
            raise ReceiptThere("the receipt is there, or was asked for today")
        after = replace(expense, receipt_asked_at=now)
    else:
        after = _moved(expense, command, now)
        data |= {"how": after.paid_how} if after.paid_how else {}
    return after, Event(now, _KINDS[command.action], expense.task_id, command.by, data)


def _moved(expense: Expense, command: Settle, now: datetime) -> Expense:
    into, reason = _INTO[command.action], " ".join(command.reason.split())
    if into not in MOVES[expense.state]:
        raise SettledAlready(f"an expense that is {expense.state} cannot become {into}")
    if into is ExpenseState.PAID and command.how not in WAYS:
        raise BadRequest(f"how: choose one of {', '.join(WAYS)}")
    if into is ExpenseState.REJECTED and not 0 < len(reason) <= LONGEST_REASON:
        raise BadRequest(f"reason: say why, in at most {LONGEST_REASON} characters")
    if has_card_number(reason):
        raise BadRequest("reason: no card numbers")
    how = command.how if into is ExpenseState.PAID else None
    kept = reason if into is ExpenseState.REJECTED else ""
    return replace(expense, state=into, settled_by=command.by, settled_at=now, paid_how=how, reason=kept)


def told(claims: Sequence[Claim], command: Settle, now: datetime) -> list[Message]:
    """What helpers hear: one message each about all that was paid, one an expense about what was not or is missing."""
    if command.action is Action.APPROVE:
        return []
    if command.action is Action.PAY:
        return [_paid(mine, command, now) for mine in _by_helper(claims).values() if mine[0].helper.can_be_written_to]
    kind = "receipt_wanted" if command.action is Action.ASK else "expense_rejected"
    return [_about(claim, kind, command, now) for claim in claims if claim.helper.can_be_written_to]


def _by_helper(claims: Sequence[Claim]) -> dict[int, list[Claim]]:
    found: dict[int, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.helper.id, []).append(claim)
    return found


def _paid(claims: Sequence[Claim], command: Settle, now: datetime) -> Message:
    codes = list(dict.fromkeys(c.code for c in claims))
    refs = ", ".join(codes[:MOST_NAMED]) + ("…" if len(codes) > MOST_NAMED else "")
    params = {"amount_ore": sum(c.expense.amount_ore for c in claims), "refs": refs}
    return message(claims[0].helper, f"expense_paid_{command.how}", params, claims[0].expense.task_id, now)


def _about(claim: Claim, kind: str, command: Settle, now: datetime) -> Message:
    params: dict[str, Any] = {"code": claim.code, "amount_ore": claim.expense.amount_ore}
    if command.action is Action.REJECT:
        params |= {"text": " ".join(command.reason.split())}
    elif claim.offer is not None:
        params |= {"offer": claim.offer, "helps": True}
    return message(claim.helper, kind, params, claim.expense.task_id, now)


def decide_receipt(expense: Expense, receipt: int, now: datetime) -> tuple[Settled, Event]:
    """A receipt has come for an expense that was told without one."""
    data = {"expense": expense.id, "amount_ore": expense.amount_ore}
    event = Event(now, Kind.RECEIPT_ADDED, expense.task_id, expense.person_id, data)
    return Settled(expense, replace(expense, receipt=receipt)), event


def waits_for_receipt(expense: Expense, now: datetime) -> bool:
    """Was the receipt asked for, so that it is taken though the task has ended long ago?"""
    return expense.receipt_asked_at is not None and now - expense.receipt_asked_at <= RECEIPT_WAITED_FOR


async def settle(office: Office, command: Settle, now: datetime) -> int:
    """Carry out the action on all the expenses, or on none. Returns how many. Raises what decide_settle raises."""
    if not 0 < len(command.expenses) <= MOST_AT_ONCE:
        raise BadRequest(f"expenses: choose from 1 to {MOST_AT_ONCE}")

    async def attempt(connection: Any) -> tuple[Changes, int]:
        rows = await connection.fetch(query("claims"), list(command.expenses))
        claims = [Claim(expense_of(row), person_of(orjson.loads(row["helper"])), row["code"], row["offer"]) for row in rows]
        if len(claims) != len(set(command.expenses)):
            raise SettledAlready("an expense is gone")
        changes = Changes()
        for claim in claims:
            after, event = decide_settle(claim.expense, command, now)
            changes.settled.append(Settled(claim.expense, after))
            changes.events.append(event)
        changes.messages += told(claims, command, now)
        return changes, len(claims)

    return await until_stored(office, attempt, now)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the network's own calendar."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def begins_on(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    def begins(self, zone: ZoneInfo) -> datetime:
        """Its first moment, as the clocks on the walls say."""
        return datetime(self.year, self.month, 1, tzinfo=zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """The first moment of the next."""
        return self.later(1).begins(zone)

    def later(self, months: int) -> "Month":
        """So many months later, or earlier."""
        years, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(years, month + 1)


def month_of(moment: datetime, zone: ZoneInfo) -> Month:
    """The month that it is in the zone."""
    local = moment.astimezone(zone)
    return Month(local.year, local.month)


def read_month(text: str) -> Month | None:
    """ "2026-11"; None for what is no month between 2000 and 9998."""
    year, _, month = text.partition("-")
    if not (text.isascii() and len(year) == 4 and year.isdigit() and len(month) == 2 and month.isdigit()):
        return None
    return Month(int(year), int(month)) if 2000 <= int(year) <= 9998 and 1 <= int(month) <= 12 else None
