"""Tasks that several people do together: how many it needs, who leads them, and what happens while they are not complete. Pure.

Nobody goes alone to what needs two: until all places are filled the task stays open, whoever has said yes waits, and the ladder
looks for the others. One acceptance per place is decided by the task's version, as everything else is.
"""

from dataclasses import replace
from datetime import datetime

from dispatch.errors import BadRequest, NotYours, TaskEnded
from dispatch.events import Event, Kind
from dispatch.model import ENDED, Case, TaskState
from dispatch.network import Network
from dispatch.offers import Decision, complete
from dispatch.silence import back_to_open

MOST_PEOPLE = 20


def decide_people(case: Case, people: object, by: int | None, network: Network, now: datetime) -> Decision:
    """Staff say how many people it needs. With more than have said yes it is open again; with as many it is taken.

    Raises BadRequest (no number from 1 to MOST_PEOPLE, or fewer than have said yes), TaskEnded.
    """
    if not isinstance(people, int) or isinstance(people, bool) or not 1 <= people <= MOST_PEOPLE:
        raise BadRequest(f"people: from 1 to {MOST_PEOPLE}")
    task = case.task
    if task.state in ENDED | {TaskState.DONE}:
        raise TaskEnded(task.code)
    helpers = case.helpers
    if people < len(helpers):
        raise BadRequest(f"people: {len(helpers)} have said yes already; take it from one of them first")
    if people == task.places:
        return case, []
    events = [Event(now, Kind.PEOPLE_CHANGED, task.id, by, {"needed": people, "offers": [o.id for o in helpers]})]
    after = replace(case, task=replace(task, places=people))
    if task.state in (TaskState.TAKEN, TaskState.UNDERWAY) and helpers:
        return replace(after, task=back_to_open(after.task, max(task.step, 0), now)), events
    if task.state is TaskState.OPEN and len(helpers) == people:
        last = helpers[-1]
        taken = Event(now, Kind.TASK_TAKEN, task.id, last.person_id, {"offer": last.id, "note": last.note})
        after, more = complete(after, taken, network, now)
        return after, [*events, *more]
    return after, events


def decide_lead(case: Case, person_id: int, by: int | None, now: datetime) -> Decision:
    """Staff name who leads those who help. Raises NotYours when it is none of them, TaskEnded."""
    if case.task.state in ENDED | {TaskState.DONE}:
        raise TaskEnded(case.task.code)
    if all(o.person_id != person_id for o in case.helpers):
        raise NotYours(case.task.code)
    if case.lead is not None and case.lead.person_id == person_id:
        return case, []
    after = replace(case, task=replace(case.task, lead=person_id))
    return after, [Event(now, Kind.LEAD_CHANGED, case.task.id, by, {"offers": [o.id for o in after.helpers]})]
