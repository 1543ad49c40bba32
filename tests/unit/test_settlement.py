"""How an expense moves on its way back to the helper, which month it belongs to, and cells that are no formulas."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import BadRequest, Outcome, ReceiptThere, SettledAlready
from dispatch.expenses import Expense, ExpenseState
from dispatch.settlement import MOVES, WAYS, Action, Month, Settle, decide_settle, month_of, read_month
from service.settlement.view import defused

SWEDEN = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
EXPENSE = Expense(1, 2, 3, 24_550, False, NOW)
ACTIONS = {Action.APPROVE: ExpenseState.APPROVED, Action.PAY: ExpenseState.PAID, Action.REJECT: ExpenseState.REJECTED}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", ExpenseState)
def test_the_moves(state: ExpenseState, action: Action) -> None:
    """Only those of the table; whatever was paid stays paid; a reason stands only with what is rejected."""
    expense = replace(EXPENSE, state=state, paid_how="swish" if state is ExpenseState.PAID else None)
    command = Settle((1,), action, 9, "invoice", "Fel  dag")
    if ACTIONS[action] not in MOVES[state]:
        with pytest.raises(SettledAlready):
            decide_settle(expense, command, NOW)
        return
    after, event = decide_settle(expense, command, NOW)
    assert (after.state, after.settled_by, after.settled_at) == (ACTIONS[action], 9, NOW)
    assert after.reason == ("Fel dag" if action is Action.REJECT else "")
    assert after.paid_how == ("invoice" if action is Action.PAY else None)
    assert "Fel" not in str(event.data)


APPROVED = replace(EXPENSE, state=ExpenseState.APPROVED)
REFUSED = [
    ("paid in no way", APPROVED, Settle((1,), Action.PAY, 9), BadRequest),
    ("paid in cash", APPROVED, Settle((1,), Action.PAY, 9, "cash"), BadRequest),
    ("rejected without a reason", EXPENSE, Settle((1,), Action.REJECT, 9, reason=" "), BadRequest),
    ("rejected at length", EXPENSE, Settle((1,), Action.REJECT, 9, reason="x" * 201), BadRequest),
    ("rejected with a card", EXPENSE, Settle((1,), Action.REJECT, 9, reason="kort 4111 1111 1111 1111"), BadRequest),
    ("the receipt is there", replace(EXPENSE, receipt=5), Settle((1,), Action.ASK, 9), ReceiptThere),
    ("asked an hour ago", replace(EXPENSE, receipt_asked_at=NOW - timedelta(hours=1)), Settle((1,), Action.ASK, 9), ReceiptThere),
]


@pytest.mark.parametrize(("expense", "command", "outcome"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_cannot_be_done(expense: Expense, command: Settle, outcome: type[Outcome]) -> None:
    with pytest.raises(outcome):
        decide_settle(expense, command, NOW)


def test_a_receipt_is_asked_for_again_the_next_day() -> None:
    asked = replace(EXPENSE, receipt_asked_at=NOW - timedelta(days=1))
    after, _ = decide_settle(asked, Settle((1,), Action.ASK, 9), NOW)
    assert after.receipt_asked_at == NOW
    assert len(WAYS) == 2


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 10, 31, 22, 59, tzinfo=UTC), "2026-10"),  # winter time since the 25th
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), "2026-11"),
        (datetime(2026, 3, 31, 21, 59, tzinfo=UTC), "2026-03"),  # summer time since the 29th
        (datetime(2026, 3, 31, 22, 0, tzinfo=UTC), "2026-04"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "2027-01"),
    ],
)
def test_months_are_those_of_the_clock_on_the_wall(moment: datetime, month: str) -> None:
    found = month_of(moment, SWEDEN)
    assert str(found) == month
    assert found.begins(SWEDEN) <= moment < found.ends(SWEDEN)


def test_a_month_with_a_change_of_clocks_is_an_hour_longer_or_shorter() -> None:
    lengths = [Month(2026, m).ends(SWEDEN).astimezone(UTC) - Month(2026, m).begins(SWEDEN).astimezone(UTC) for m in (3, 10)]
    assert lengths == [timedelta(days=31, hours=-1), timedelta(days=31, hours=1)]


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "2026-1", "1999-12", "9999-12", "२०२६-११", "2026-11-01", "-"])
def test_what_is_no_month(text: str) -> None:
    assert read_month(text) is None


@pytest.mark.parametrize(
    ("cell", "safe"),
    [("=1+1", "'=1+1"), ("+46", "'+46"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("  =1", "'  =1"),
     ("Anna", "Anna"), ("245,50", "245,50"), ("", ""), ("a=1", "a=1")],
)  # fmt: skip
def test_no_cell_is_a_formula(cell: str, safe: str) -> None:
    assert defused(cell) == safe
