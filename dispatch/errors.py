"""Named outcomes: everything that a person can run into, each with the words that the person gets.

`kind` is the text's key in bots/locale (what is answered by SMS); `str(error)` is plain English for the API and the log.
None of them carries a message body or a full phone number.
"""

from collections.abc import Mapping
from typing import Any


class Outcome(Exception):
    """Something that a person asked for cannot be done; nothing was changed."""

    kind = "not_possible"
    status = 409  # what the API answers

    def __init__(self, detail: str, **params: Any) -> None:
        super().__init__(detail)
        self.params: Mapping[str, Any] = params


class OfferGone(Outcome):
    """Somebody was faster, or the offer's time has run out."""

    kind = "too_late"


class AlreadyYours(Outcome):
    """The person accepts what the person already has."""

    kind = "already_yours"


class NotYours(Outcome):
    """The person reports on a task that the person has not taken."""

    kind = "not_yours"


class UnknownNumber(Outcome):
    """No offer has this number for this phone."""

    kind = "unknown_number"
    status = 404


class WhichNumber(Outcome):
    """A bare word could mean several tasks."""

    kind = "which_number"


class YesOrNo(Outcome):
    """A number and no word that says what about it."""

    kind = "yes_or_no"


class TaskEnded(Outcome):
    """The task is done, closed or cancelled already."""

    kind = "task_ended"


class IllegalMove(Outcome):
    """The task's state does not allow the action."""

    kind = "not_possible"


class UnknownTask(Outcome):
    """No task has this code."""

    kind = "nothing_open"
    status = 404


class UnknownPerson(Outcome):
    """No person has this phone number."""

    kind = "not_possible"
    status = 422


class BadRequest(Outcome):
    """The request itself cannot be understood."""

    kind = "not_possible"
    status = 422


class Stale(Exception):
    """The state changed between reading and storing. Whoever catches it reads and decides again."""


class AlreadyReceived(Exception):
    """The carrier delivered a message that is stored already. It is acknowledged again and nothing else."""
