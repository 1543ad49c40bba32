"""How often somebody may do something: counted in this process, forgotten when it ends."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST_KEYS = 10_000


class Limiter:
    """At most `most` times within `within`, for each key. The keys that were used longest ago are forgotten first."""

    def __init__(self, most: int, within: timedelta) -> None:
        self._most, self._within = most, within
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()

    def allows(self, key: str, now: datetime) -> bool:
        """May it be done once more? Counts it when it may."""
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while len(self._times) > MOST_KEYS:
            self._times.popitem(last=False)
        while times and times[0] <= now - self._within:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(now)
        return True
