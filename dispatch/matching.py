"""Whom to ask, and in what order. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from dispatch.duty import Candidate
from dispatch.errors import ProtectedResident
from dispatch.model import Case, OfferKind, OfferState, Person, Step
from dispatch.network import Network

NEVER = datetime.min.replace(tzinfo=UTC)
# Whoever was told "no longer needed" may be asked again when the task comes back; the others have given their answer.
ASKABLE_AGAIN = frozenset({OfferState.SUPERSEDED})


def keys_for(case: Case, step: Step, network: Network) -> tuple[str, ...]:
    """The roster's keys that a step of this task turns to."""
    if step.ask == "fixed-contact":
        return (f"person:{case.resident.fixed_contact}",) if case.resident.fixed_contact else ()
    return network.groups_for(step.ask, case.need.area)


def require_may_know(person: Person, case: Case) -> None:
    """A protected identity never leaves staff (domain.md, Privacy). Raises ProtectedResident for anybody else."""
    if case.resident.protected and not person.is_staff:
        raise ProtectedResident("the resident's identity is protected: staff only", code=case.task.code)


def fitting(members: Iterable[Candidate], case: Case, step: Step, network: Network, today: date) -> Iterator[Candidate]:
    """Those who may be asked, in no order of preference.

    Hard rules for offers of help: not asked before about this task, the category's required skills, the daily limit, never
    the resident, and staff only when the resident's identity is protected. Whoever must acknowledge is asked whatever else
    the person was asked about this task, but for those who are being asked or have said no.
    """
    if step.ask.acknowledges:
        asked = {
            o.person_id
            for o in case.offers
            if o.kind is OfferKind.ACKNOWLEDGE and o.state in (OfferState.SENT, OfferState.DECLINED)
        }
        return (c for c in members if c.person.id not in asked)
    met = {o.person_id for o in case.offers if o.state not in ASKABLE_AGAIN}
    met.add(case.resident.id)
    category = network.category(case.need.category)
    protected = case.resident.protected
    requires = category.requires if category else ()
    return (
        c
        for c in members
        if c.person.id not in met
        and c.asked_on_day(today) < c.daily_limit
        and (not requires or c.has_skills(requires, today))
        and (not protected or c.person.is_staff)
    )


def rank(members: Iterable[Candidate], case: Case, step: Step, network: Network, today: date) -> list[Candidate]:
    """Those who may be asked, best first: who speaks the resident's language, then fairness: fewest offers today, asked
    longest ago, helped least."""
    found = list(fitting(members, case, step, network, today))
    if step.ask.acknowledges:
        return found
    foreign = case.resident.language if case.resident.language != "sv" else None
    found.sort(
        key=lambda c: (
            foreign is not None and foreign not in c.person.languages,
            c.asked_today if c.asked_on == today else 0,
            c.asked_at or NEVER,
            c.helped_total,
        )
    )
    return found
