"""When it will be done: whoever answers for a task says so, and the resident is told. Pure.

Until then nobody is reminded; when the time has passed without a KLAR, what follows is what follows on silence (escalation.py).
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dispatch.errors import IllegalMove, NotYours, PlanPassed, PlanTooFar, TaskEnded
from dispatch.events import Event, Kind
from dispatch.model import ENDED, Case, Deadline, Offer, OfferKind, OfferState, TaskState, Urgency
from dispatch.network import Network
from dispatch.offers import Decision, decide_acknowledge
from dispatch.silence import follow_up_at

LONGEST_PLAN = timedelta(days=30)
DAY = "day"
TIME, BY = "time", "by"
# When a part of a day is over, in local time: what is promised for it is due by then.
ENDS = {
    "morning": time(10),
    "forenoon": time(12),
    "noon": time(14),
    "afternoon": time(17),
    "evening": time(21),
    "night": time(23, 59),
    DAY: time(18),
}
SAID = (TIME, BY, *ENDS)  # how exactly a time was said; "on_way" besides, when somebody has set out


@dataclass(frozen=True, slots=True)
class Plan:
    """When something will be done. at: due by then. said: one of SAID."""

    at: datetime
    said: str = TIME

    @classmethod
    def on_day(cls, day: date, zone: ZoneInfo, now: datetime, part: str = DAY) -> "Plan":
        """A local day, or a part of it. What is said of today when its working hours are over is meant for tonight."""
        at = datetime.combine(day, ENDS[part], zone).astimezone(UTC)
        if at <= now and day == now.astimezone(zone).date():
            at = datetime.combine(day, time(23, 59), zone).astimezone(UTC)
        return cls(at, part)


def decide_plan(case: Case, offer: Offer, plan: Plan, network: Network, now: datetime) -> Decision:
    """Whoever answers for the task says when it will be done; said before an OK, it is one. Said twice, it changes nothing.

    Raises PlanPassed, PlanTooFar, TaskEnded, NotYours, IllegalMove for an emergency and for what a volunteer has, and all that
    acknowledging raises.
    """
    if case.task.state in ENDED | {TaskState.DONE}:
        raise TaskEnded(case.task.code)
    if case.need.urgency is Urgency.EMERGENCY or offer.kind is OfferKind.HELP:
        raise IllegalMove("only staff plan, and no emergency", code=case.task.code)
    require_possible(plan, offer.number, now)
    events: list[Event] = []
    if offer.state is not OfferState.ACCEPTED and case.task.state is TaskState.OPEN:
        case, events = decide_acknowledge(case, offer, network, now)
        events[0] = replace(events[0], data={**events[0].data, "planned": True})
    elif offer.state is not OfferState.ACCEPTED:
        raise NotYours(case.task.code, number=offer.number)
    task, before = case.task, case.task.planned_at
    if (task.planned_at, task.planned_as) == (plan.at, plan.said):
        return case, events
    case = replace(case, task=replace(task, planned_at=plan.at, planned_as=plan.said, nudges=0))
    if task.deadline is not Deadline.HELD:
        at = follow_up_at(case, network, now)
        case = replace(case, task=replace(case.task, deadline=Deadline.FOLLOW_UP, deadline_at=at))
    data = {"offer": offer.id, "at": plan.at.isoformat(), "said": plan.said, "new": before is None, "taken": bool(events)}
    return case, [*events, Event(now, Kind.TASK_PLANNED, task.id, offer.person_id, data)]


def require_possible(plan: Plan, number: int, now: datetime) -> None:
    """number: of the offer that the answer is about. Raises PlanPassed, PlanTooFar."""
    if plan.at <= now:
        raise PlanPassed("at: this time has passed", number=number)
    if plan.at > now + LONGEST_PLAN:
        raise PlanTooFar(f"at: at most {LONGEST_PLAN.days} days ahead", days=LONGEST_PLAN.days, number=number)
