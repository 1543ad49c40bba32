"""What staff add to an OK by SMS: when it will be done ("OK 12 fredag", "PLAN 12 fredag 10"). Pure."""

import re
from datetime import UTC, datetime

from bots.dialogue.times import read_when
from dispatch.errors import IllegalMove, Outcome, PlanPassed, PlanTooFar, PlanUnclear
from dispatch.model import Case, Offer, OfferState
from dispatch.network import Network
from dispatch.offers import Decision, decide_yes
from dispatch.plans import BY, DAY, Plan, decide_plan

_HOUR = r"\d{1,2}(?:[.:]\d{2})?"
_BARE_HOUR = re.compile(rf"[\s,]+({_HOUR}(?:\s?[-–]\s?{_HOUR})?)\s*$")


def read_plan(text: str, network: Network, now: datetime) -> Plan | None:
    """The time that is said; None when none is. An hour may stand alone behind a day: "fredag 10"."""
    when = read_when(text, now, network.zone)
    if when is not None and when.starts is None and when.ends is None:
        with_hour = read_when(_BARE_HOUR.sub(r" kl \1", text), now, network.zone)
        when = with_hour if with_hour is not None and with_hour.day == when.day else when
    if when is None or when.day is None or when.repeats is not None:
        return None
    if when.ends is not None:
        return Plan(when.ends.astimezone(UTC), BY)
    if when.starts is not None:
        return Plan(when.starts.astimezone(UTC))
    return Plan.on_day(when.until or when.day, network.zone, now, when.part or DAY)


def plan_of(text: str, offer: Offer, network: Network, now: datetime) -> Plan:
    """The same of words that are there to say it. Raises PlanUnclear."""
    plan = read_plan(text, network, now)
    if plan is None:
        raise PlanUnclear("at: no day can be read", number=offer.number)
    return plan


def decide_ok(case: Case, offer: Offer, text: str, network: Network, now: datetime) -> tuple[Decision, Outcome | None]:
    """OK, perhaps with a time. Whoever names one that is not possible answers for the task nevertheless, and hears what was wrong
    with the time. Raises what acknowledging and planning raise."""
    plan = read_plan(text, network, now)
    if plan is None:
        return decide_yes(case, offer, "", network, now), None
    try:
        return decide_plan(case, offer, plan, network, now), None
    except (PlanPassed, PlanTooFar) as refused:
        if offer.state is OfferState.ACCEPTED:
            raise
        return decide_yes(case, offer, "", network, now), refused
    except IllegalMove:  # an emergency is not planned
        return decide_yes(case, offer, "", network, now), None
