"""A service group's own case system is asked to answer for tasks, as a contact of the group that is no human. Pure.

It is asked like everybody else, by an offer; in the same transaction stands a request for whoever speaks to the system
(service/open311/courier.py). What the system says afterwards is a Report, decided on here. The ladder does not wait for it:
a case system that has filed a task is no human who answers for it, unless the network file says so (deploy/adr/0023).
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.events import Event, Kind
from dispatch.model import ENDED, Case, Deadline, Offer, OfferState, TaskState, Urgency
from dispatch.network import Network
from dispatch.offers import Decision, decide_acknowledge, decide_done, decide_note
from dispatch.plans import LONGEST_PLAN, Plan, decide_plan

LONGEST_WORDS = 2_000  # characters of what a case system says
FIRST_LOOK, LAST_LOOK = timedelta(minutes=5), timedelta(hours=1)  # between two looks at a request: grows while nothing is new
_SLACK = timedelta(seconds=2)  # between the times that a system writes while it files a request


class RequestState(StrEnum):
    """Where a request to a case system is."""

    QUEUED = "queued"  # to be posted
    TOKEN = "token"  # noqa: S105 - posted, and the system has not given it an identifier yet
    OPEN = "open"  # the system has it: looked at from time to time
    ENDED = "ended"
    DEAD = "dead"  # the system will not take it: the coordinators know


@dataclass(frozen=True, slots=True)
class SystemRequest:
    """One task that one group's case system is asked to answer for. Field names are the columns of open311_request.

    heard: the digest of the report that was decided on last. attempts: that came to nothing, in a row; polls: that brought no
    news, in a row. unsure: it may have been posted, and the answer was lost.
    """

    task_id: int
    group_key: str
    due_at: datetime | None
    created_at: datetime
    state: RequestState = RequestState.QUEUED
    id: int | None = None
    token: str | None = None
    service_request_id: str | None = None
    heard: str | None = None
    attempts: int = 0
    polls: int = 0
    unsure: bool = False
    error: str | None = None

    def ended(self, state: RequestState = RequestState.ENDED, error: str | None = None) -> "SystemRequest":
        """Nothing more is asked about it."""
        return replace(self, state=state, due_at=None, error=error)

    def looked_at(self, now: datetime, heard: str | None) -> "SystemRequest":
        """After a look at it: soon again when there was news, else later and later."""
        polls = 0 if heard != self.heard else self.polls + 1
        pause = min(FIRST_LOOK * 2 ** min(polls, 8), LAST_LOOK)
        return replace(self, heard=heard, polls=polls, attempts=0, unsure=False, error=None, due_at=now + pause)


@dataclass(frozen=True, slots=True)
class Report:
    """What a case system says of a request. notes: its status_notes."""

    id: str
    closed: bool = False
    notes: str = ""
    expected_at: datetime | None = None
    requested_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_answered(self) -> bool:
        """Does anything show that somebody there has looked at it since it was filed?"""
        filed = self.requested_at
        updated = filed is not None and self.updated_at is not None and self.updated_at > filed + _SLACK
        return self.closed or bool(self.notes) or self.expected_at is not None or updated

    @property
    def digest(self) -> str:
        """The same for reports that say the same. Nothing can be read from it."""
        said = (self.closed, self.notes, self.expected_at, self.updated_at)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def contact_of(case: Case, group_key: str) -> Offer | None:
    """The newest offer to the case system of a group; None when it has not been asked."""
    return next((o for o in reversed(case.offers) if case.people[o.person_id].system == group_key), None)


def asked_systems(before: Case | None, after: Case, now: datetime) -> list[SystemRequest]:
    """The requests that go with the offers which a decision has made to case systems."""
    old = {o.id for o in before.offers} if before else set()
    new = [o for o in after.offers if o.id not in old and o.state is OfferState.SENT]
    systems = dict.fromkeys(system for o in new if (system := after.people[o.person_id].system))
    return [SystemRequest(after.task.id, system, now, now) for system in systems]


def decide_filed(case: Case, group_key: str, request_id: str, now: datetime) -> list[Event]:
    """The case system has the task in its books, by this name."""
    return [Event(now, Kind.SYSTEM_RECEIVED, case.task.id, None, {"group": group_key, "request": request_id})]


def decide_report(case: Case, group_key: str, report: Report, on_receipt: bool, network: Network, now: datetime) -> Decision:
    """News from a case system. It acknowledges the task, says when it will be done, notes, and says that it is done.

    on_receipt: that it has the task counts as answering for it. What others have taken meanwhile stays theirs: then it is a
    note for them. What has ended stays as it is.
    """
    offer = contact_of(case, group_key)
    if offer is None or case.task.state in ENDED | {TaskState.DONE}:
        return case, []
    events: list[Event] = []
    had_it = offer.state is OfferState.ACCEPTED
    if not had_it and case.task.state is TaskState.OPEN and (on_receipt or report.is_answered):
        case, more = decide_acknowledge(case, offer, network, now)
        events += more
    if report.notes:
        case, more = decide_note(case, report.notes[:LONGEST_WORDS], offer.person_id, now)
        events += more
    held = next((o for o in case.takers if o.person_id == offer.person_id), None)
    if held is None:
        return case, events
    if report.closed:
        case, more = decide_done(case, held, network, now)
    else:
        case, more = _goes_on(case, held, report, network, now)
    return case, [*events, *more]


def _goes_on(case: Case, held: Offer, report: Report, network: Network, now: datetime) -> Decision:
    """Nobody is reminded before the time that the system has said; whatever else it says counts as a sign of life."""
    expected = report.expected_at
    if expected is not None and expected > now and case.need.urgency is not Urgency.EMERGENCY:
        return decide_plan(case, held, Plan(min(expected, now + LONGEST_PLAN)), network, now)
    if case.task.deadline is not Deadline.FOLLOW_UP:
        return case, []
    again_at = network.after(now, network.patience.follow_up, case.need.urgency)
    return replace(case, task=replace(case.task, nudges=0, deadline_at=again_at)), []
