"""A home cannot be found from the position that is kept of a volunteer."""

from hypothesis import given
from hypothesis import strategies as st

from geo.distance import kilometres
from geo.travel import rounded

HALF_DIAGONAL_KM = 0.71
SWEDEN = st.tuples(st.floats(55.0, 69.5), st.floats(10.5, 24.5))
ANYWHERE = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
SHARE = st.floats(-0.49, 0.49)


@given(SWEDEN)
def test_it_is_near_enough(spot: tuple[float, float]) -> None:
    assert kilometres(*spot, *rounded(*spot)) <= HALF_DIAGONAL_KM


@given(SWEDEN, SHARE, SHARE)
def test_all_of_a_cell_get_the_same(spot: tuple[float, float], up: float, across: float) -> None:
    """From whatever corner of the cell, however often: there is nothing to take the mean of."""
    lat, lon = rounded(*spot)
    east = 0.009 * lon_per_lat(lat)
    assert rounded(lat + up * 0.009, lon + across * east) == (lat, lon)


def lon_per_lat(lat: float) -> float:
    """A little less than how many degrees of longitude are as wide as one of latitude, as the cell may be a little narrower."""
    return kilometres(0, 0, 1, 0) / kilometres(lat, 0, lat, 1) * 0.99


@given(ANYWHERE)
def test_what_is_rounded_stays(spot: tuple[float, float]) -> None:
    once = rounded(*spot)
    assert rounded(*once) == once
