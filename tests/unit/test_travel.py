"""How far and how long it is: around a lake, by its ferry, and from a home that nobody can find."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter

import pytest
import shapely

from dispatch.matching import distance_km, journey, way_to
from dispatch.model import Need, Person
from geo.atlas import Atlas
from geo.distance import kilometres
from geo.model import Barrier, Crossing, Spot
from geo.travel import Travel, minutes, rounded, told_minutes, travel_of
from geo.ways import Way, Ways
from service.network_file import BUILT_IN, read_network

NOW = datetime(2020, 4, 8, 7, tzinfo=UTC)
SHORES: list[Spot] = [
    (57.79, 14.17), (57.80, 14.22), (57.90, 14.30), (58.02, 14.45), (58.15, 14.60), (58.3, 14.65), (58.55, 14.95),
    (58.85, 14.95), (58.85, 14.80), (58.5, 14.50), (58.3, 14.25), (58.1, 14.2), (57.9, 14.13),
]  # fmt: skip
ISLAND: list[Spot] = [(58.0, 14.33), (58.03, 14.40), (58.11, 14.42), (58.08, 14.36)]
FERRY = Crossing("Visingsö ferry", (58.0277, 14.4535), (58.037, 14.398), 45)
BANKERYD, GRANNA, VISINGSO, JONKOPING = (57.8631, 14.1247), (58.0266, 14.4667), (58.045, 14.37), (57.78, 14.16)


def outline(spots: list[Spot], hole: list[Spot] | None = None) -> shapely.Polygon:
    holes = [[(lon, lat) for lat, lon in hole]] if hole else []
    return shapely.Polygon([(lon, lat) for lat, lon in spots], holes)


LAKES = {
    "with its island": Barrier("Vättern", outline(SHORES, ISLAND), (FERRY,)),
    "drawn roughly, without the island": Barrier("Vättern", outline(SHORES), (FERRY,)),
}
NETWORK = read_network(BUILT_IN / "jonkoping.toml")
BY_THE_LAKE = replace(
    NETWORK, atlas=Atlas(replace(NETWORK.atlas.geography, barriers=(LAKES["drawn roughly, without the island"],)))
)


@pytest.mark.parametrize("lake", LAKES.values(), ids=LAKES)
@pytest.mark.parametrize(
    ("start", "end", "km", "ferries"),
    [
        (BANKERYD, GRANNA, (38, 45), 0),  # 27 km as the crow flies; around the lake's south end
        (GRANNA, VISINGSO, (5, 8), 1),
        (BANKERYD, VISINGSO, (43, 52), 1),
        (VISINGSO, VISINGSO, (0, 0), 0),
        (BANKERYD, JONKOPING, (9, 10), 0),  # along the shore, nothing in the way
        (GRANNA, (58.0266, 14.44), (0, 2.5), 0),  # in the water, off the harbour: a position that was rounded
    ],
)
def test_a_lake_is_gone_around_or_crossed(lake: Barrier, start: Spot, end: Spot, km: tuple[float, float], ferries: int) -> None:
    ways = Ways((lake,))
    for way in (ways.way(start, end), ways.way(end, start)):
        assert km[0] <= way.km <= km[1]
        assert way.km >= kilometres(*start, *end) - 0.7  # never shorter than the crow flies, but for what is in the water
        assert way.crossing_minutes == 45 * ferries
        assert (way.crossing_km > 0) is bool(ferries)


def test_a_ferry_takes_its_time_and_is_far_for_its_length() -> None:
    way = Ways((LAKES["with its island"],)).way(GRANNA, VISINGSO)
    assert way.minutes(Travel.CAR) > 45
    assert way.effort_km > 35


def test_a_bridge_is_a_road() -> None:
    bridge = Crossing("bridge", (58.0, 14.18), (58.0, 14.43))
    with_bridge = Ways((replace(LAKES["with its island"], crossings=(bridge,)),)).way(BANKERYD, GRANNA)
    assert with_bridge.crossing_minutes == with_bridge.crossing_km == 0
    assert with_bridge.km < 36


def test_an_island_that_nothing_leads_to_is_as_far_as_the_crow_flies() -> None:
    way = Ways((Barrier("Vättern", outline(SHORES, ISLAND)),)).way(GRANNA, VISINGSO)
    assert way == Way(kilometres(*GRANNA, *VISINGSO))


def test_without_barriers_it_is_as_the_crow_flies() -> None:
    assert Ways(()).way(BANKERYD, GRANNA).km == pytest.approx(kilometres(*BANKERYD, *GRANNA))


def test_a_river_drawn_as_a_line_is_crossed_by_its_bridge() -> None:
    river = Barrier("river", shapely.LineString([(14.0, 57.0), (14.0, 58.0)]), (Crossing("b", (57.9, 13.99), (57.9, 14.01)),))
    way = Ways((river,)).way((57.5, 13.9), (57.5, 14.1))
    assert way.km > 80
    assert way.crossing_km == 0


def test_two_hundred_ways_past_a_shore_of_a_thousand_corners_are_quick() -> None:
    """0.03 s where it was written; a ranking happens again and again, so that most ways are known by then."""
    fine = shapely.segmentize(outline(SHORES), 0.003)
    rough = [(lon + 0.004 * math.sin(9 * n), lat + 0.002 * math.sin(7 * n)) for n, (lon, lat) in enumerate(fine.exterior.coords)]
    ways = Ways((Barrier("Vättern", shapely.make_valid(shapely.Polygon(rough))),))
    homes = [rounded(57.7 + 0.4 * math.sin(n) ** 2, 14 + 0.6 * math.cos(7 * n) ** 2) for n in range(200)]
    began = perf_counter()
    assert all(ways.way(home, GRANNA).km >= kilometres(*home, *GRANNA) - 1.5 for home in homes)
    assert perf_counter() - began < 2
    began = perf_counter()
    for home in homes:
        ways.way(home, GRANNA)
    assert perf_counter() - began < 0.05


@pytest.mark.parametrize(
    ("said", "skills", "km", "travel"),
    [
        ("foot", ("car",), 30, Travel.FOOT),  # who has said it knows best
        (None, ("car", "bicycle"), 1, Travel.CAR),
        (None, ("bicycle",), 1, Travel.BICYCLE),
        (None, (), 2, Travel.FOOT),
        (None, ("dogs",), 2.5, Travel.BICYCLE),
    ],
)
def test_how_somebody_gets_about(said: str | None, skills: tuple[str, ...], km: float, travel: Travel) -> None:
    assert travel_of(said, skills, km) is travel


@pytest.mark.parametrize(
    ("km", "travel", "told"),
    [(0, Travel.FOOT, 5), (0.5, Travel.FOOT, 10), (3, Travel.BICYCLE, 15), (3, Travel.CAR, 10), (40, Travel.CAR, 50)],
)
def test_minutes_are_told_in_steps_of_five(km: float, travel: Travel, told: int) -> None:
    assert told_minutes(minutes(km, travel)) == told


def volunteer(**of: object) -> Person:
    return Person(1, None, NOW, area="granna", place="Gränna", **of)  # type: ignore[arg-type]


def need(**of: object) -> Need:
    return Need(2, 3, "", "sms", NOW, **of)  # type: ignore[arg-type]


def test_both_legs_count() -> None:
    here, there = need(area="granna", place="Gränna"), need(area="vaster", place="Bankeryd")
    both = need(area="granna", place="Gränna", from_area="vaster", from_place="Bankeryd")
    assert not here.is_fetched
    assert both.is_fetched
    one_leg = distance_km(BY_THE_LAKE, volunteer(), there)
    assert distance_km(BY_THE_LAKE, volunteer(), here) == 0
    assert one_leg is not None
    assert abs((distance_km(BY_THE_LAKE, volunteer(), both) or 0) - 2 * one_leg) <= 1


def test_where_it_is_fetched_may_be_unknown() -> None:
    both = need(area="granna", place="Gränna", from_address="hos farfar")
    assert distance_km(NETWORK, volunteer(), both) == 0


def test_the_way_is_told_from_rounded_positions_only() -> None:
    """Whoever lives in the same square kilometre hears the same of every address in another."""
    home, houses = rounded(57.7, 14.1), [(57.7311, 14.1502), (57.7349, 14.1449)]
    assert rounded(*houses[0]) == rounded(*houses[1])
    told = {journey(NETWORK, volunteer(lat=home[0], lon=home[1]), need(area="oster", lat=lat, lon=lon)) for lat, lon in houses}
    assert len(told) == 1
    ways = {way_to(NETWORK, volunteer(lat=home[0], lon=home[1]), need(area="oster", lat=lat, lon=lon)) for lat, lon in houses}
    assert len(ways) == 1


def test_a_journey_is_told_by_the_way_somebody_gets_about() -> None:
    task = need(area="granna", place="Gränna")
    by_car, on_foot = (
        journey(BY_THE_LAKE, replace(volunteer(travels=travels), area="vaster", place="Bankeryd"), task)
        for travels in ("car", "foot")
    )
    assert by_car is not None
    assert on_foot is not None
    assert by_car.km == on_foot.km
    assert (by_car.travel, on_foot.travel) == (Travel.CAR, Travel.FOOT)
    assert by_car.minutes * 12 < on_foot.minutes < by_car.minutes * 16
    assert journey(NETWORK, replace(volunteer(), area=None), task) is None
