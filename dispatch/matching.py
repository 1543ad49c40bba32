"""Whom to ask, and in what order. Pure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from dispatch.answers import NO_ANSWERS, Answers
from dispatch.duty import Candidate
from dispatch.model import Case, Need, OfferKind, OfferState, Person, Step
from dispatch.network import Network
from dispatch.rules import Sieve, question_of
from geo.model import Spot
from geo.travel import Travel, minutes, rounded, told_minutes, travel_of
from geo.ways import Way

NEVER = datetime.min.replace(tzinfo=UTC)
DAY_BEGINS, EVENING_BEGINS = 7, 17  # local hours: what people mean by being free on weekdays, or in the evenings
SATURDAY = 5  # datetime.weekday()
NEAR_KM = (2, 5, 10, 20)  # people within the same of these are about as near; further away is the last step


def keys_for(case: Case, step: Step, network: Network) -> tuple[str, ...]:
    """The roster's keys that a step of this task turns to."""
    if step.ask == "fixed-contact":
        first = case.resident.fixed_contact or case.task.asks_first
        return (f"person:{first}",) if first else ()
    return network.groups_for(step.ask, case.need.area)


def fitting(
    members: Iterable[Candidate], case: Case, step: Step, network: Network, now: datetime, passed: Counter[str] | None = None
) -> Iterator[Candidate]:
    """Those who may be asked, in no order of preference. passed: counts the others, by the rule that stops them.

    For offers of help the hard rules of rules.py hold. Whoever must acknowledge is asked whatever else the person was asked about
    this task, but for those who are being asked, have said no or have handed it back.
    """
    if step.ask.acknowledges:
        asked = {
            o.person_id
            for o in case.offers
            if o.kind is OfferKind.ACKNOWLEDGE and (o.state in (OfferState.SENT, OfferState.DECLINED) or o.handed_back)
        }
        yield from (c for c in members if c.person.id not in asked)
        return
    stops = Sieve(question_of(case, network, now)).stops
    for c in members:
        rule = stops(c)
        if rule is None:
            yield c
        elif passed is not None:
            passed[rule] += 1


def rank(
    members: Iterable[Candidate],
    case: Case,
    step: Step,
    network: Network,
    now: datetime,
    order: "Order | None" = None,
    passed: Counter[str] | None = None,
) -> list[Candidate]:
    """Those who may be asked, best first (see `Order`). Nobody is left out: whoever is last is still asked before the ladder goes
    on. passed: as in `fitting`."""
    found = list(fitting(members, case, step, network, now, passed))
    if not step.ask.acknowledges:
        found.sort(key=(order or Order(case, network, now)).place)
    return found


Place = tuple[bool, bool, bool, bool, bool, int, int, int, int, datetime, int]


class Order:
    """The order in which people are asked about one task, and for each person what counts.

    1. The resident's fixed contact, where the step has one.
    2. What people have been promised: whoever is on standby comes after everybody else of the step, and among each of these
       whoever avoids this category, place or area comes last.
    3. What suits the resident: who speaks the resident's language, then who has said that they can help at this time of the
       week, or at any, then who is near: within 2, 5, 10 or 20 km, or further away, all of the way counted and a ferry as what
       a car drives in its time. Whose way is not known counts as far away.
    4. Fairness, among those who are about as near: fewest tasks now and offers today, then asked longest ago, by days.
    5. Among those who are about equal in that: who mostly says yes to such offers, then asked longest ago, and helped least.
    """

    def __init__(self, case: Case, network: Network, now: datetime, answers: Answers = NO_ANSWERS) -> None:
        local = now.astimezone(network.zone)
        self._today = local.date()
        self._contact = case.resident.fixed_contact
        self._need = case.need
        self._foreign = case.resident.language if case.resident.language != "sv" else None
        self._about, self._hours = _what_is_avoided(case.need), hours_of(local)
        self._steps = _Steps(network, case.need)
        self._answers = answers
        self._habit = answers.habit if answers.people else None

    def place(self, c: Candidate) -> Place:
        """Where somebody stands: the smallest is asked first. Days count only where there are habits that may break a tie."""
        person, asked_at, habit = c.person, c.asked_at or NEVER, self._habit
        return (
            person.id != self._contact,
            person.standby_since is not None,
            bool(person.avoids) and not self._about.isdisjoint(person.avoids),
            self._foreign is not None and not person.speaks(self._foreign),
            bool(person.available) and self._hours.isdisjoint(person.available),
            self._steps.of(person),
            c.holds + (c.asked_today if c.asked_on == self._today else 0),
            asked_at.toordinal() if habit else 0,
            habit(person.id, self._need.category) if habit else 0,
            asked_at,
            c.helped_total,
        )

    def reasons(self, c: Candidate) -> list[str]:
        """What counts for somebody, as keys of service/board/why.py, some with a number: "km:5". They are kept with the offer, so
        that they stay true, and name nobody."""
        person, need, step = c.person, self._need, self._steps.of(c.person)
        asked_today = c.asked_on_day(self._today)
        tally = self._answers.of_person(person.id, need.category)
        days = (self._today - c.asked_at.date()).days if c.asked_at else 0
        return [
            key
            for key, counts in (
                ("fixed", person.id == self._contact),
                ("standby", person.standby_since is not None),
                ("avoids", not self._about.isdisjoint(person.avoids)),
                ("language", self._foreign is not None and person.speaks(self._foreign)),
                ("hours", not self._hours.isdisjoint(person.available)),
                ("place", person.place is not None and (person.area, person.place) == (need.area, need.place)),
                (f"km:{NEAR_KM[min(step, len(NEAR_KM) - 1)]}", step < len(NEAR_KM)),
                (f"holds:{c.holds}", c.holds > 0),
                (f"today:{asked_today}", asked_today > 0),
                ("never", c.asked_at is None),
                (f"days:{days}", c.asked_at is not None and not asked_today),
                (f"yes:{tally.yes}/{tally.asked}", tally.asked > 0),
            )
            if counts
        ]


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
