"""Which of a ladder's hours a moment belongs to."""

from datetime import datetime, time

from dispatch.days import DayKind
from dispatch.hours import Hours
from dispatch.ladder_rules import When
from dispatch.network import Network

EVENING_BEGINS = time(17)
NIGHT = time(22), time(7)  # of a network without quiet hours


def hours_at(network: Network, now: datetime) -> frozenset[When]:
    """All that hold at `now`: one of night, evening and day, and what the day is. A night belongs to the day on which it is: the
    first hours of a Saturday are weekend, those of a Monday are not."""
    local = now.astimezone(network.days.zone)
    kind = network.days.kind(local.date())
    quiet = network.hours if network.hours.begin != network.hours.end else Hours(network.days.zone, *NIGHT)
    found = set[When]()
    if kind is DayKind.HOLIDAY:
        found.add(When.HOLIDAY)
    if local.isoweekday() > 5 or (kind is DayKind.HOLIDAY and network.holidays_are_weekends):
        found.add(When.WEEKEND)
    if network.office.closes(network.days, now) is not None:
        found.add(When.OFFICE)
    if quiet.quiet_until(now) is not None:
        found.add(When.NIGHT)
    else:
        found.add(When.DAY if quiet.end <= local.time() < EVENING_BEGINS else When.EVENING)
    return frozenset(found)
