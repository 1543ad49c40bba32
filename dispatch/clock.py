"""The only clock. Everything else is told what time it is."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, and how long a wait of program time takes on the wall."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        ...

    def real_seconds(self, span: timedelta) -> float:
        """How many real seconds pass while `span` passes on this clock."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        return datetime.now(UTC)

    def real_seconds(self, span: timedelta) -> float:
        """The span itself, in seconds."""
        return span.total_seconds()


class FastClock:
    """A clock that starts at `start` and runs `speed` times as fast as the machine's. For the demo."""

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = start
        self._speed = speed
        self._began = datetime.now(UTC)

    def now(self) -> datetime:
        """The fast time now, aware, in UTC."""
        return self._start + (datetime.now(UTC) - self._began) * self._speed

    def real_seconds(self, span: timedelta) -> float:
        """The span divided by the speed, in seconds."""
        return span.total_seconds() / self._speed


class ManualClock:
    """A clock that stands still until it is moved. For tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The time it was last moved to."""
        return self._now

    def real_seconds(self, span: timedelta) -> float:
        """Nothing: whoever waits on this clock waits for somebody to move it."""
        return 0.0 if span <= timedelta(0) else 0.01

    def move_to(self, moment: datetime) -> None:
        """Move forward to `moment`. A clock never goes backwards: an earlier moment raises ValueError."""
        if moment < self._now:
            raise ValueError(f"the clock stands at {self._now}, {moment} is earlier")
        self._now = moment
