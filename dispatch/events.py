"""What has happened, in the past tense. Every change of state is one of these, stored in the change's own transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The kinds of events. Log names are the same words."""

    REQUEST_RECEIVED = "request.received"  # something is missing still
    QUESTION_ASKED = "question.asked"
    REQUEST_COMPLETED = "request.completed"
    EMERGENCY_RECEIVED = "emergency.received"
    TASK_OPENED = "task.opened"
    HUMAN_NEEDED = "human.needed"
    STEP_BEGUN = "step.begun"
    STEP_SKIPPED = "step.skipped"  # nobody was on duty or fits: a hole in the coverage
    NOBODY_TO_ASK = "nobody.to_ask"  # the last step is empty: somebody must look at the board
    OFFERS_SENT = "offers.sent"
    ACKNOWLEDGEMENT_ASKED = "acknowledgement.asked"
    ACKNOWLEDGEMENT_ASKED_AGAIN = "acknowledgement.asked_again"
    OFFER_DECLINED = "offer.declined"
    OFFERS_EXPIRED = "offers.expired"
    OFFERS_SUPERSEDED = "offers.superseded"
    TASK_TAKEN = "task.taken"
    TASK_ASSIGNED = "task.assigned"
    TASK_ACKNOWLEDGED = "task.acknowledged"
    TASK_STARTED = "task.started"
    TASK_WITHDRAWN = "task.withdrawn"
    TAKER_NUDGED = "taker.nudged"
    TAKER_SILENT = "taker.silent"
    ACKNOWLEDGEMENT_LAPSED = "acknowledgement.lapsed"
    TASK_DONE = "task.done"
    TASK_CONFIRMED = "task.confirmed"
    TASK_DENIED = "task.denied"  # the resident says that nobody came
    TASK_CLOSED = "task.closed"
    TASK_CANCELLED = "task.cancelled"
    TASK_ESCALATED = "task.escalated"
    TASK_NOTED = "task.noted"
    REQUEST_ADDED_TO = "request.added_to"
    FIXED_CONTACT_SET = "fixed_contact.set"
    PERSON_STOPPED = "person.stopped"
    PERSON_STARTED = "person.started"
    INBOUND_FAILED = "inbound.failed"
    MESSAGE_DEAD = "message.dead"
    MESSAGE_HANDLED = "message.handled"  # a human has phoned instead


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `person_id`: who did it; None: the program itself. `data` is JSON."""

    at: datetime
    kind: Kind
    task_id: int | None = None
    person_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
