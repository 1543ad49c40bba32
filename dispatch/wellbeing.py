"""Somebody may need somebody to look: alarms that come again, residents whom nobody reaches, and what worries a helper.

domain.md, "Emergency first": what may be about danger is a human's at once. So is a resident who has not been reached three times
(a welfare check), and what a helper tells in confidence: its words are for coordinators alone. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.errors import BadRequest, IllegalMove, TaskEnded
from dispatch.escalation import WAITS_FOR
from dispatch.events import Event, Kind
from dispatch.helping import CONCERN, require_held
from dispatch.intake import Request, decide_for_human
from dispatch.mint import Mint
from dispatch.model import ENDED, Case, Deadline, Offer, Person, TaskState, Urgency
from dispatch.network import Network
from dispatch.offers import Decision

WELFARE = "welfare"  # why a human must act: nobody has reached the resident; the source of that need, too
ATTEMPTS = 3  # in vain, then somebody looks how the resident is
APART = timedelta(minutes=10)  # knocking and phoning at the same time is one attempt
MATTER = timedelta(days=7)  # attempts that lie further back say nothing about today
OWN_ALARM_AFTER = timedelta(minutes=10)  # in a flood, and when somebody phones again: later than that it is an alarm of its own


class How(StrEnum):
    """How somebody tried to reach a resident."""

    PHONE = "phone"
    DOOR = "door"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody has tried to reach a resident. reached: with success. by_id: who tried. Field names are the table's columns."""

    person_id: int
    at: datetime
    how: How
    reached: bool
    by_id: int | None = None
    task_id: int | None = None


def in_vain(moments: Iterable[datetime]) -> int:
    """How many attempts these are, made since the resident was heard of; those less than APART after one that counts are that
    one."""
    counted: list[datetime] = []
    for moment in sorted(moments):
        if not counted or moment - counted[-1] >= APART:
            counted.append(moment)
    return len(counted)


def is_alarm_of_its_own(cases: Iterable[Case], now: datetime) -> bool:
    """Is one more alarm from the same sender a new one, or a part of one that was raised a moment ago? Only floods and repeated
    telephone calls ask; and even then an alarm is one of its own again after OWN_ALARM_AFTER."""
    return all(case.task.created_at <= now - OWN_ALARM_AFTER for case in cases if case.need.urgency is Urgency.EMERGENCY)


def decide_nobody_home(case: Case, offer: Offer, how: How, network: Network, now: datetime) -> Decision:
    """The helper stands at the door, or phones, and nobody answers. It counts as a sign of life of the helper's. Raises NotYours,
    TaskEnded."""
    require_held(case, offer)
    event = Event(now, Kind.RESIDENT_NOT_REACHED, case.task.id, offer.person_id, {"offer": offer.id, "how": str(how)})
    if case.task.deadline is Deadline.HELD:
        return case, [event]
    heard_by = network.after(now, network.patience.check_in, case.need.urgency)
    task = replace(case.task, nudges=0, deadline=WAITS_FOR[case.task.state], deadline_at=heard_by)
    return replace(case, task=task), [event]


def decide_welfare_check(
    resident: Person, about: Case | None, note: str, network: Network, now: datetime, mint: Mint
) -> Decision:
    """Somebody of the staff is to find out how the resident is: first the coordinators, then the service groups too. about: the
    request for which the resident was not reached. The mint must have a number in stock."""
    text = f"{about.task.code}: {note}" if about and note else about.task.code if about else note
    at = about.need if about is not None and about.resident.id == resident.id else None
    request = Request(
        text=text,
        source=WELFARE,
        area=at.area if at else resident.area,
        place=at.place if at else resident.place,
        address=(at.address if at else "") or resident.address,
        urgency=Urgency.HIGH,
        told_by_name=at.told_by_name if at else "",
        told_by_phone=at.told_by_phone if at else None,
    )
    return decide_for_human(resident, request, WELFARE, network, now, mint)


def is_in_need(person: Person, about: Case | None) -> bool:
    """Is it the one whom the request is about, and no helper, who is not reached?"""
    if about is not None:
        return about.resident.id == person.id and about.need.source != CONCERN
    return "resident" in person.roles and "volunteer" not in person.roles and not person.is_staff


def is_welfare_check(case: Case) -> bool:
    """Does somebody look how the resident is, and has not found out yet?"""
    return case.need.source == WELFARE and case.task.state not in ENDED | {TaskState.DONE}


def decide_heard_of(check: Case, text: str, now: datetime) -> Decision:
    """The resident has written while somebody looks: whoever does reads it. It is for a human to say that all is well."""
    return check, [Event(now, Kind.RESIDENT_HEARD_OF, check.task.id, check.resident.id, {"text": text})]


def thread_of(own: Sequence[Case], code: str | None) -> Case | None:
    """The confidential thread that the helper whose cases these are has with the coordinators about the task `code`; None for
    `code`: the newest about any."""
    threads = (c for c in own if c.need.source == CONCERN and c.task.state not in ENDED | {TaskState.DONE})
    return next((c for c in threads if code is None or c.need.text.startswith(f"{code}:")), None)


def decide_concern_reply(case: Case, text: str, by: int | None, now: datetime) -> Decision:
    """A coordinator writes to the helper who worries; the thread stays open, and the helper may answer. Raises IllegalMove for
    what is no concern, TaskEnded, BadRequest when the helper reads nothing that we write."""
    if case.need.source != CONCERN:
        raise IllegalMove("only a helper's concern has a confidential thread", code=case.task.code)
    if case.task.state in ENDED:
        raise TaskEnded(case.task.code)
    if not case.resident.can_be_written_to or case.resident.stopped_at is not None:
        raise BadRequest("the helper cannot be written to: phone instead")
    return case, [Event(now, Kind.CONCERN_REPLIED, case.task.id, by, {"text": text})]
