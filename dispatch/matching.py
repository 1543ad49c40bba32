"""Whom to ask, and in what order. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise

from dispatch.duty import Candidate
from dispatch.errors import ProtectedResident
from dispatch.model import Case, Need, OfferKind, OfferState, Person, Step
from dispatch.network import Network
from geo.model import Spot
from geo.travel import Travel, minutes, rounded, told_minutes, travel_of
from geo.ways import Way

NEVER = datetime.min.replace(tzinfo=UTC)
DAY_BEGINS, EVENING_BEGINS = 7, 17  # local hours: what people mean by being free on weekdays, or in the evenings
SATURDAY = 5  # datetime.weekday()
NEAR_KM = (2, 5, 10, 20)  # people within the same of these are about as near; further away is the last step
# Whoever was told "no longer needed" may be asked again when the task comes back; the others have given their answer.
ASKABLE_AGAIN = frozenset({OfferState.SUPERSEDED})


def keys_for(case: Case, step: Step, network: Network) -> tuple[str, ...]:
    """The roster's keys that a step of this task turns to."""
    if step.ask == "fixed-contact":
        first = case.resident.fixed_contact or case.task.asks_first
        return (f"person:{first}",) if first else ()
    return network.groups_for(step.ask, case.need.area)


def require_may_know(person: Person, case: Case) -> None:
    """A protected identity never leaves staff (domain.md, Privacy). Raises ProtectedResident for anybody else."""
    if case.resident.protected and not person.is_staff:
        raise ProtectedResident("the resident's identity is protected: staff only", code=case.task.code)


def fitting(members: Iterable[Candidate], case: Case, step: Step, network: Network, today: date) -> Iterator[Candidate]:
    """Those who may be asked, in no order of preference.

    Hard rules for offers of help: not asked before about this task, the category's required skills, the daily limit, never
    the resident, and staff only when the resident's identity is protected. Whoever must acknowledge is asked whatever else
    the person was asked about this task, but for those who are being asked, have said no or have handed it back.
    """
    if step.ask.acknowledges:
        asked = {
            o.person_id
            for o in case.offers
            if o.kind is OfferKind.ACKNOWLEDGE and (o.state in (OfferState.SENT, OfferState.DECLINED) or o.handed_back)
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
       week, or at any, then who is near: within 2, 5, 10 or 20 km, or further away, all of the way counted and a ferry as what
       a car drives in its time. Whose way is not known counts as far away.
    3. Fairness, among those who are about as near: fewest offers today, asked longest ago, helped least.
    """
    local = now.astimezone(network.zone)
    today = local.date()
    found = list(fitting(members, case, step, network, today))
    if step.ask.acknowledges:
        return found
    foreign = case.resident.language if case.resident.language != "sv" else None
    about, hours = _what_is_avoided(case.need), hours_of(local)
    steps = _Steps(network, case.need)

    def place_in_line(c: Candidate) -> tuple[bool, bool, bool, bool, int, int, datetime, int]:
        person = c.person
        return (
            person.standby_since is not None,
            bool(person.avoids) and not about.isdisjoint(person.avoids),
            foreign is not None and foreign not in person.languages,
            bool(person.available) and hours.isdisjoint(person.available),
            steps.of(person),
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
    told = [("category", need.category), ("place", need.place), ("area", need.area)]
    told += [("place", need.from_place), ("area", need.from_area)]
    return frozenset(f"{kind}:{value}" for kind, value in told if value)


class _Steps:
    """How near people are to a need, in NEAR_KM's steps; whoever lives in the same place is looked up once."""

    def __init__(self, network: Network, need: Need) -> None:
        self._network = network
        self._stops = stops_of(network, need)
        self._known: dict[Spot | tuple[str | None, str | None], int] = {}

    def of(self, person: Person) -> int:
        home = (person.lat, person.lon) if person.lat is not None and person.lon is not None else (person.area, person.place)
        step = self._known.get(home)
        if step is None:
            way = _way(self._network, person, self._stops)
            step = self._known[home] = len(NEAR_KM) if way is None else bisect_left(NEAR_KM, way.effort_km)
        return step


@dataclass(frozen=True, slots=True)
class Journey:
    """What somebody may be told of the way before accepting: whole kilometres, 0 for less than one, and minutes in steps of
    five, by the way that they get about. Made of rounded positions, so that no number of such answers finds an address."""

    km: int
    minutes: int
    travel: Travel


def stops_of(network: Network, need: Need) -> tuple[Spot, ...]:
    """Where a helper has to go, in order: where something is fetched, if it is, and where it is needed. As exactly as may be
    told to people who have not accepted. Empty when the network does not know where."""
    there = _spot(network, need.lat, need.lon, need.area, need.place)
    if not need.is_fetched or there is None:
        return (there,) if there else ()
    origin = _spot(network, need.from_lat, need.from_lon, need.from_area, need.from_place)
    return (origin, there) if origin else (there,)


def way_to(network: Network, person: Person, need: Need) -> Way | None:
    """The person's way to a need, both legs of it when something is fetched first. None when the network does not know where one
    of them is."""
    return _way(network, person, stops_of(network, need))


def _way(network: Network, person: Person, stops: tuple[Spot, ...]) -> Way | None:
    here = _spot(network, person.lat, person.lon, person.area, person.place)
    if here is None or not stops:
        return None
    ways = network.atlas.ways
    way = ways.way(here, stops[0])
    for before, stop in pairwise(stops):
        way += ways.way(before, stop)
    return way


def _spot(network: Network, lat: float | None, lon: float | None, area: str | None, place: str | None) -> Spot | None:
    return rounded(lat, lon) if lat is not None and lon is not None else network.position(area, place)


def distance_km(network: Network, person: Person, need: Need) -> int | None:
    """How far it is from the person to the need, in whole kilometres. None when that is not known (see `way_to`)."""
    way = way_to(network, person, need)
    return None if way is None else round(way.km)


def journey(network: Network, person: Person, need: Need) -> Journey | None:
    """How far it is, and how long it takes. The minutes are those of the whole kilometres: they say no more than these do."""
    way = way_to(network, person, need)
    if way is None:
        return None
    travel = travel_of(person.travels, person.skills, way.km)
    time = minutes(max(round(way.road_km), 0.5), travel) + way.crossing_minutes
    return Journey(round(way.km), told_minutes(time), travel)


def needs_volunteers(network: Network, area: str | None, count: int) -> bool:
    """Does an area that can count on `count` volunteers (the query active_volunteers) need one more now? Whoever is not needed
    yet is on standby."""
    wanted = network.volunteers_wanted.get(area) if area else None
    return wanted is None or count < wanted
