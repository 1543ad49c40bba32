"""How many attempts to reach somebody count, and when an alarm is one of its own."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.wellbeing import in_vain

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "count"),
    [((), 0), ((0,), 1), ((0, 2, 9), 1), ((0, 10), 2), ((0, 9, 11), 2), ((30, 0, 15), 3), ((0, 0, 0), 1), ((0, 60 * 24 * 5), 2)],
)
def test_attempts_close_together_are_one(minutes: tuple[int, ...], count: int) -> None:
    assert in_vain(NOON + timedelta(minutes=m) for m in minutes) == count
