"""What helpers have paid for residents: one expense, and where it is on its way back. Field names are the columns."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ExpenseState(StrEnum):
    """Where an expense is on its way back to the helper. See dispatch/settlement.py for the moves."""

    NEW = "new"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Expense:
    """What a helper has paid for a resident. amount_ore: hundredths of a krona. receipt: an attachment's id. settled_by: who
    moved it to its state, as a person's id. paid_how: "swish" or "invoice" once it is paid. reason: why it was rejected."""

    id: int
    task_id: int
    person_id: int
    amount_ore: int
    over_limit: bool
    created_at: datetime
    receipt: int | None = None
    state: ExpenseState = ExpenseState.NEW
    settled_by: int | None = None
    settled_at: datetime | None = None
    paid_how: str | None = None
    reason: str = ""
    receipt_asked_at: datetime | None = None
