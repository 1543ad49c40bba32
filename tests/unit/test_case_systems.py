"""What a case system's reports do to a task, and what it is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.case_systems import FIRST_LOOK, LAST_LOOK, Report, RequestState, SystemRequest, asked_systems, decide_report
from dispatch.errors import IllegalMove
from dispatch.ladder import DEFAULT
from dispatch.model import Case, Deadline, Need, Offer, OfferKind, OfferState, Person, Task, TaskState, Urgency
from dispatch.offers import decide_acknowledge, decide_cancel
from dispatch.plans import LONGEST_PLAN
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
NOW = datetime(2020, 4, 8, 7, tzinfo=UTC)
LATER = NOW + timedelta(hours=5)
GROUP = "service-municipal"
FILED = Report("J-1", requested_at=NOW, updated_at=NOW)
NOTED, PLANNED = replace(FILED, notes="Vi tar det"), replace(FILED, expected_at=LATER)
CLOSED = replace(FILED, closed=True, notes="Klart")


def asked(urgency: Urgency = Urgency.NORMAL, **task: Any) -> Case:
    """Elsa's task, which the case system and Karin, its colleague, are asked to answer for."""
    system = Person(2, None, NOW, organisation="Servicegrupp kommunen", roles=("service",), system=GROUP)
    karin = Person(3, "+46701110002", NOW, name="Karin", roles=("service",))
    offers = tuple(
        Offer(n, 1, n, OfferKind.ACKNOWLEDGE, 0, 10 + n, OfferState.SENT, True, NOW, NOW + timedelta(days=365)) for n in (2, 3)
    )
    need = Need(1, 1, "Mjölk", "sms", NOW, category="care", area="granna", urgency=urgency)
    made = Task(
        1, 1, "K7M2", TaskState.OPEN, "TULPAN", NOW, NOW, ladder=DEFAULT, step=0, deadline=Deadline.ADVANCE, deadline_at=NOW
    )
    return Case(replace(made, **task), need, Person(1, "+46701000001", NOW), offers, {2: system, 3: karin})


def held(by: int = 2) -> Case:
    case = asked()
    return decide_acknowledge(case, next(o for o in case.offers if o.person_id == by), NETWORK, NOW)[0]


TOLD: list[tuple[str, Case, Report, bool, TaskState, Deadline, list[str]]] = [
    ("filed", asked(), FILED, False, TaskState.OPEN, Deadline.ADVANCE, []),
    ("filed, which counts", asked(), FILED, True, TaskState.WITH_SERVICE, Deadline.FOLLOW_UP,
     ["task.acknowledged", "offers.superseded"]),
    ("a note", asked(), NOTED, False, TaskState.WITH_SERVICE, Deadline.FOLLOW_UP,
     ["task.acknowledged", "offers.superseded", "task.noted"]),
    ("a time", asked(), PLANNED, False, TaskState.WITH_SERVICE, Deadline.FOLLOW_UP,
     ["task.acknowledged", "offers.superseded", "task.planned"]),
    ("a time for an emergency, which is not put off", asked(Urgency.EMERGENCY), PLANNED, False, TaskState.WITH_SERVICE,
     Deadline.FOLLOW_UP, ["task.acknowledged", "offers.superseded"]),
    ("closed at once", asked(), CLOSED, False, TaskState.DONE, Deadline.CONFIRM,
     ["task.acknowledged", "offers.superseded", "task.noted", "task.done"]),
    ("closed", held(), CLOSED, False, TaskState.DONE, Deadline.CONFIRM, ["task.noted", "task.done"]),
    ("news of what it has", held(), NOTED, False, TaskState.WITH_SERVICE, Deadline.FOLLOW_UP, ["task.noted"]),
    ("about what Karin has", held(3), CLOSED, False, TaskState.WITH_SERVICE, Deadline.FOLLOW_UP, ["task.noted"]),
    ("about what it was not asked", replace(asked(), offers=()), CLOSED, True, TaskState.OPEN, Deadline.ADVANCE, []),
]  # fmt: skip


@pytest.mark.parametrize(("case", "report", "on_receipt", "state", "deadline", "kinds"), [t[1:] for t in TOLD],
                         ids=[t[0] for t in TOLD])  # fmt: skip
def test_reports(case: Case, report: Report, on_receipt: bool, state: TaskState, deadline: Deadline, kinds: list[str]) -> None:
    after, events = decide_report(case, GROUP, report, on_receipt, NETWORK, NOW + timedelta(minutes=5))
    assert (after.task.state, after.task.deadline) == (state, deadline)
    assert [e.kind.value for e in events] == kinds


def test_nobody_is_reminded_before_the_time_that_was_said() -> None:
    after, _ = decide_report(held(), GROUP, PLANNED, False, NETWORK, NOW + timedelta(minutes=5))
    assert after.task.planned_at == LATER
    assert after.task.deadline_at is not None and after.task.deadline_at >= LATER
    again, events = decide_report(after, GROUP, replace(PLANNED, updated_at=LATER), False, NETWORK, NOW + timedelta(minutes=9))
    assert (again.task, events) == (after.task, [])
    far = replace(PLANNED, expected_at=NOW + timedelta(days=400))
    assert decide_report(held(), GROUP, far, False, NETWORK, NOW)[0].task.planned_at == NOW + LONGEST_PLAN


def test_a_sign_of_life_puts_the_reminder_off() -> None:
    case = replace(held(), task=replace(held().task, nudges=1))
    after, _ = decide_report(case, GROUP, NOTED, False, NETWORK, LATER)
    assert after.task.nudges == 0
    assert after.task.deadline_at == NETWORK.after(LATER, NETWORK.patience.follow_up, Urgency.NORMAL)


def test_what_has_ended_stays_as_it_is() -> None:
    cancelled, _ = decide_cancel(asked(), None, "staff", NOW)
    assert decide_report(cancelled, GROUP, CLOSED, True, NETWORK, NOW) == (cancelled, [])
    with pytest.raises(IllegalMove):  # and so it would be refused
        cancelled.task.to(TaskState.DONE)


def test_who_is_asked_is_sent_a_request_once() -> None:
    case = asked()
    (request,) = asked_systems(replace(case, offers=()), case, NOW)
    assert (request.task_id, request.group_key, request.due_at) == (1, GROUP, NOW)
    assert asked_systems(case, case, NOW) == []


def test_looks_come_later_and_later_and_soon_again_after_news() -> None:
    request, waits = SystemRequest(1, GROUP, NOW, NOW, RequestState.OPEN), []
    for heard in ("a", "a", "a", "a", "a", "a", "b"):
        request = request.looked_at(NOW, heard)
        waits.append((request.due_at or NOW) - NOW)
    assert waits == [FIRST_LOOK, *(FIRST_LOOK * n for n in (2, 4, 8)), LAST_LOOK, LAST_LOOK, FIRST_LOOK]
