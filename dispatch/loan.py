"""One loan of a thing that the centre lends: a value that the store knows. What becomes of it is in equipment.py."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Loan:
    """A thing that somebody has. task_id: for which task, if for one. stage, next_at: what happens next, and when; both None once
    it is back, or nobody is reminded any more. version grows with every stored change."""

    id: int
    equipment_id: int
    person_id: int
    task_id: int | None
    lent_at: datetime
    due_on: date
    lent_by: int | None
    returned_at: datetime | None = None
    stage: str | None = None
    next_at: datetime | None = None
    version: int = 1
