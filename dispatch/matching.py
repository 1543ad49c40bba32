"""Whom to ask, and in what order. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from dispatch.duty import Candidate
from dispatch.errors import ProtectedResident
from dispatch.model import Case, Need, OfferKind, OfferState, Person, Step
from dispatch.network import Network
from geo.distance import kilometres

NEVER = datetime.min.replace(tzinfo=UTC)
DAY_BEGINS, EVENING_BEGINS = 7, 17  # local hours: what people mean by being free on weekdays, or in the evenings
SATURDAY = 5  # datetime.weekday()
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


def rank(members: Iterable[Candidate], case: Case, step: Step, network: Network, now: datetime) -> list[Candidate]:
    """Those who may be asked, best first. Nobody is left out: whoever is last is still asked before the ladder goes on.

    1. What people have been promised: whoever is on standby comes after everybody else of the step, and among each of these
       whoever avoids this category, place or area comes last.
    2. What suits the resident: who speaks the resident's language, then who has said that they can help at this time of the
       week, or at any.
    3. Fairness: fewest offers today, asked longest ago, helped least.
    """
    local = now.astimezone(network.zone)
    today = local.date()
    found = list(fitting(members, case, step, network, today))
    if step.ask.acknowledges:
        return found
    foreign = case.resident.language if case.resident.language != "sv" else None
    about, hours = _what_is_avoided(case.need), hours_of(local)

    def place_in_line(c: Candidate) -> tuple[bool, bool, bool, bool, int, datetime, int]:
        person = c.person
        return (
            person.standby_since is not None,
            bool(person.avoids) and not about.isdisjoint(person.avoids),
            foreign is not None and foreign not in person.languages,
            bool(person.available) and hours.isdisjoint(person.available),
            c.asked_today if c.asked_on == today else 0,
            c.asked_at or NEVER,
            c.helped_total,
        )

    found.sort(key=place_in_line)
    return found


def hours_of(local: datetime) -> frozenset[str]:
    """Which of model.AVAILABLE a local time belongs to: a Saturday evening to two of them, a night between weekdays to none."""
    weekend = local.weekday() >= SATURDAY
    return frozenset(
        name
        for name, is_now in (
            ("weekdays", not weekend and DAY_BEGINS <= local.hour < EVENING_BEGINS),
            ("evenings", local.hour >= EVENING_BEGINS),
            ("weekends", weekend),
        )
        if is_now
    )


def _what_is_avoided(need: Need) -> frozenset[str]:
    """The need in the words of Person.avoids."""
    told = {"category": need.category, "place": need.place, "area": need.area}
    return frozenset(f"{kind}:{value}" for kind, value in told.items() if value)


def distance_km(network: Network, person: Person, need: Need) -> int | None:
    """How far the person's place is from the need's, in whole kilometres as the crow flies. None when the network does not
    know where one of them is."""
    here, there = network.position(person.area, person.place), network.position(need.area, need.place)
    return round(kilometres(*here, *there)) if here and there else None


def needs_volunteers(network: Network, area: str | None, count: int) -> bool:
    """Does an area that can count on `count` volunteers (the query active_volunteers) need one more now? Whoever is not needed
    yet is on standby."""
    wanted = network.volunteers_wanted.get(area) if area else None
    return wanted is None or count < wanted
