"""What happens when those who have a task are not heard of: a nudge, and then it stands open again for others."""

from dataclasses import replace
from datetime import datetime

from dispatch import ladder
from dispatch.events import Event, Kind
from dispatch.model import Case, Deadline, OfferState, Task, TaskState
from dispatch.network import Network
from dispatch.service_groups import holders_time


def silent_taker(case: Case, network: Network, now: datetime) -> tuple[Case, list[Event]]:
    """First a nudge. Then it is open again: the coordinators, who may know what to do, are asked at once, and when
    none has answered in time, the next volunteers. Whoever still says KLAR is heard."""
    task = case.task
    again_at = network.after(now, network.patience.check_in, case.need.urgency)
    if task.nudges == 0:
        event = Event(now, Kind.TAKER_NUDGED, task.id, None, {"offers": [o.id for o in case.takers]})
        return replace(case, task=replace(task, nudges=1, deadline_at=again_at)), [event]
    event = Event(now, Kind.TAKER_SILENT, task.id, None, {"people": [o.person_id for o in case.takers]})
    for offer in case.takers:
        case = case.with_offer(offer.to(OfferState.WITHDRAWN, answered_at=now))  # live: a late KLAR counts
    step = max(task.step, 0)
    steps = (*task.ladder[:step], ladder.COORDINATOR, *task.ladder[step:])
    return replace(case, task=back_to_open(replace(task, ladder=steps), step, now, human="taker_silent")), [event]


def forgotten_in_silence(case: Case) -> bool:
    """Is it words that only a human can answer, and can none of those who have them be reminded?"""
    takers = [case.people[o.person_id] for o in case.takers]
    return case.task.human is not None and not any(p.can_be_written_to for p in takers)


def lapsed_acknowledgement(case: Case, network: Network, now: datetime) -> tuple[Case, list[Event]]:
    """Reminded once, where a reminder arrives; then asked again from the step that had acknowledged."""
    task = case.task
    if task.planned_at is not None and task.planned_at > now:  # put off until now, and planned for later
        return replace(case, task=replace(task, nudges=0, deadline_at=follow_up_at(case, network, now))), []
    if task.nudges == 0 and not forgotten_in_silence(case):
        promised = task.planned_at is not None
        patience = network.patience.check_in if promised else network.patience.follow_up
        again_at = holders_time(case, patience, network, now)
        event = Event(now, Kind.TAKER_NUDGED, task.id, None, {"offers": [o.id for o in case.takers]})
        return replace(case, task=replace(task, nudges=1, deadline_at=again_at)), [event]
    for offer in case.takers:
        case = case.with_offer(offer.to(OfferState.WITHDRAWN, answered_at=now, live=False))
    step = first_acknowledging(task)
    event = Event(now, Kind.ACKNOWLEDGEMENT_LAPSED, task.id)
    return replace(case, task=back_to_open(task, max(task.step, step), now)), [event]


def follow_up_at(case: Case, network: Network, now: datetime) -> datetime:
    """When staff who have the task are asked how it goes: some time after what they have planned, else as long as they may be
    silent. Words that somebody waits to have answered come back sooner from a colleague whom no reminder reaches: perhaps the
    shift is over."""
    planned, patience = case.task.planned_at, network.patience
    if planned is not None and planned > now:
        return holders_time(case, patience.check_in, network, planned)
    return holders_time(case, patience.check_in if forgotten_in_silence(case) else patience.follow_up, network, now)


def back_to_open(task: Task, step: int, now: datetime, human: str | None = None) -> Task:
    """The task stands open again at the beginning of a step, to be acted on at once."""
    return task.in_state(
        TaskState.OPEN,
        step=step,
        rounds=0,
        step_ends=None,
        nudges=0,
        human=human or task.human,
        deadline=Deadline.ADVANCE,
        deadline_at=now,
        planned_at=None,
        planned_as="",
    )


def first_acknowledging(task: Task) -> int:
    """The index of the ladder's first step where somebody must answer for the task; every ladder has one."""
    return next(i for i, s in enumerate(task.ladder) if s.ask.acknowledges)
