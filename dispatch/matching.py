"""Whom to ask, and in what order. Pure."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from dispatch.duty import Candidate
from dispatch.model import Case, OfferState, Step
from dispatch.network import Network

NEVER = datetime.min.replace(tzinfo=UTC)
# Whoever was told "no longer needed" may be asked again when the task comes back; the others have given their answer.
ASKABLE_AGAIN = frozenset({OfferState.SUPERSEDED})
# Staff whose acknowledgement has lapsed are asked anew; whoever was a volunteer on the same task may be staff as well.
ASKABLE_AGAIN_TO_ACKNOWLEDGE = frozenset({OfferState.SUPERSEDED, OfferState.WITHDRAWN, OfferState.EXPIRED})


def keys_for(case: Case, step: Step, network: Network) -> tuple[str, ...]:
    """The roster's keys that a step of this task turns to."""
    if step.ask == "fixed-contact":
        return (f"person:{case.resident.fixed_contact}",) if case.resident.fixed_contact else ()
    return network.groups_for(step.ask, case.need.area)


def rank(members: Iterable[Candidate], case: Case, step: Step, network: Network, today: date) -> list[Candidate]:
    """Those who may be asked, best first.

    Hard rules for offers of help: not asked before about this task, the category's required skills, the daily limit, and
    never the resident. Whoever must acknowledge is always asked. Among those who fit: who speaks the resident's language,
    then fairness: fewest offers today, asked longest ago, helped least.
    """
    again = ASKABLE_AGAIN_TO_ACKNOWLEDGE if step.ask.acknowledges else ASKABLE_AGAIN
    met = {o.person_id for o in case.offers if o.state not in again}
    met.add(case.resident.id)
    if step.ask.acknowledges:
        return [c for c in members if c.person.id not in met]
    category = network.category(case.need.category)
    requires = frozenset(category.requires) if category else frozenset()
    foreign = case.resident.language if case.resident.language != "sv" else None
    fitting = [
        c
        for c in members
        if c.person.id not in met and c.asked_on_day(today) < c.daily_limit and requires.issubset(c.person.skills)
    ]
    fitting.sort(
        key=lambda c: (
            foreign is not None and foreign not in c.person.languages,
            c.asked_on_day(today),
            c.asked_at or NEVER,
            c.helped_total,
        )
    )
    return fitting
