"""Quiet hours: nights in which nobody is asked about ordinary tasks, and a clock that stands still meanwhile."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Hours:
    """The network's quiet hours, from `begin` to `end` in local time, every night. `begin == end`: none.

    Local times are turned into UTC one night at a time, so the nights when clocks change are an hour longer or shorter
    and nothing else.
    """

    zone: ZoneInfo
    begin: time = time(0)
    end: time = time(0)

    def quiet_until(self, now: datetime) -> datetime | None:
        """The end of the quiet hours that `now` lies in, in UTC; None when it is not quiet."""
        if self.begin == self.end:
            return None
        today = now.astimezone(self.zone).date()
        for day in (today - timedelta(days=1), today):
            begins, ends = _night(self.zone, self.begin, self.end, day)
            if begins <= now < ends:
                return ends
        return None

    def awake_from(self, now: datetime) -> datetime:
        """`now`, or the end of the quiet hours that it lies in."""
        return self.quiet_until(now) or now

    def add(self, now: datetime, span: timedelta) -> datetime:
        """The moment when `span` of waking time has passed since `now`."""
        moment = self.awake_from(now)
        if self.begin == self.end:
            return moment + span
        left = span
        while True:
            bedtime = self._next_begin(moment)
            if moment + left < bedtime:
                return moment + left
            left -= bedtime - moment
            moment = self.awake_from(bedtime)

    def _next_begin(self, moment: datetime) -> datetime:
        today = moment.astimezone(self.zone).date()
        return next(
            b for b in (_night(self.zone, self.begin, self.end, today + timedelta(days=d))[0] for d in (0, 1, 2)) if b > moment
        )


@lru_cache(maxsize=64)
def _night(zone: ZoneInfo, begin: time, end: time, day: date) -> tuple[datetime, datetime]:
    """The quiet hours that begin on `day`, in UTC. Asked for with every decision, about two days at a time."""
    ends_on = day if begin < end else day + timedelta(days=1)
    begins = datetime.combine(day, begin, zone)
    return begins.astimezone(UTC), datetime.combine(ends_on, end, zone).astimezone(UTC)
