"""What a service group does with a task besides what everybody may, one function each: see COMMANDS in handlers.py."""

from datetime import UTC, date, datetime

from dispatch.actions import Scene
from dispatch.errors import BadRequest, NotYours
from dispatch.model import Offer, OfferState
from dispatch.offers import Decision
from dispatch.plans import DAY, ENDS, SAID, Plan, decide_plan


async def plan(s: Scene) -> Decision:
    """When it will be done: details "at", a datetime with offset or a date; or "day", a date. "said": how exactly, one of
    plans.SAID. Without a person, whoever has it is meant."""
    return decide_plan(s.case, _offer(s), _plan(s), s.office.network, s.now)


def _offer(s: Scene) -> Offer:
    """The acting person's offer, else that of whoever has the task."""
    own = s.case.offer_of(s.who.id) if s.who else None
    if own is not None and (s.person is not None or own.state is OfferState.ACCEPTED or not s.case.takers):
        return own
    if s.person is not None or not s.case.takers:
        raise NotYours(s.case.task.code)
    return s.case.takers[-1]


def _plan(s: Scene) -> Plan:
    """Raises BadRequest when there is neither a time nor a day."""
    details, zone = s.command.details, s.office.network.zone
    at, said = details.get("at") or details.get("day"), str(details.get("said") or "")
    if isinstance(at, datetime) and at.tzinfo is not None:
        return Plan(at.astimezone(UTC), said if said in SAID else SAID[0])
    if isinstance(at, date) and not isinstance(at, datetime):
        try:
            return Plan.on_day(at, zone, s.now, said if said in ENDS else DAY)
        except OverflowError:
            raise BadRequest("at: this day is none that anything can be planned for") from None
    raise BadRequest("at: say when it will be done: a day, or date and time with offset")
