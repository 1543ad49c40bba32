"""Which days are working days, weekends and holidays, and when an office is open.

Holidays are those of the country by law (the package `holidays`), and the eves on which nobody works though the law does not say
so: Midsummer's Eve, Christmas Eve, New Year's Eve. A network adds its own ([[holiday]] in its file).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays, list_supported_countries
from holidays.countries.sweden import Sweden

_CATEGORIES = ("public", "de_facto")
_LANGUAGES = {"sv": "sv", "en": "en_US"}
_LONGEST_CLOSED = 400  # days that are looked through for an office's next open hour


class DayKind(StrEnum):
    """What sort of day a local day is. A holiday is one whatever weekday it falls on."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


def is_country(code: str) -> bool:
    """Are the country's holidays known? code: two letters, ISO 3166-1."""
    return code in list_supported_countries(include_aliases=False)


@dataclass(frozen=True, slots=True)
class Days:
    """The calendar of a network. country: two letters, whose holidays count; None: no country's. own: the network's own
    holidays, by day, with their names."""

    zone: ZoneInfo
    country: str | None = "SE"
    own: Mapping[date, str] = field(default_factory=dict)

    def holiday(self, day: date, language: str = "sv") -> str | None:
        """The name of the holiday that the day is, None when it is none."""
        if own := self.own.get(day):
            return own
        return _of_year(self.country, day.year, _LANGUAGES.get(language, "en_US")).get(day) if self.country else None

    def kind(self, day: date) -> DayKind:
        """What sort of day it is."""
        if self.holiday(day) is not None:
            return DayKind.HOLIDAY
        return DayKind.WEEKEND if day.isoweekday() > 5 else DayKind.WEEKDAY


@lru_cache(maxsize=64)
def _of_year(country: str, year: int, language: str) -> Mapping[date, str]:
    supported = country_holidays(country)
    categories = tuple(c for c in _CATEGORIES if c in supported.supported_categories)
    known = language if language in supported.supported_languages else None
    if country == "SE":  # Sundays are the weekend's, though Swedish law counts them among the holidays
        return dict(Sweden(include_sundays=False, years=year, language=known, categories=categories).items())
    return dict(country_holidays(country, years=year, language=known, categories=categories).items())


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When an office is open: on these ISO weekdays (Monday is 1), from `begins` to `ends` in local time, holidays not counted.

    Local times become UTC one day at a time, so that the days when clocks change are right.
    """

    weekdays: frozenset[int]
    begins: time
    ends: time

    def closes(self, days: Days, now: datetime) -> datetime | None:
        """When the office closes, in UTC, if it is open at `now`; None when it is closed."""
        span = self._open_on(days, now.astimezone(days.zone).date())
        return span[1] if span is not None and span[0] <= now < span[1] else None

    def open_from(self, days: Days, now: datetime) -> datetime:
        """`now` when the office is open, else when it opens next, in UTC. `now` too when it never opens within a year: whoever is
        never there must not be waited for."""
        today = now.astimezone(days.zone).date()
        for offset in range(_LONGEST_CLOSED):
            span = self._open_on(days, today + timedelta(days=offset))
            if span is not None and now < span[1]:
                return max(now, span[0])
        return now

    def add(self, days: Days, now: datetime, span: timedelta) -> datetime:
        """The moment when the office has been open for `span` since `now`."""
        moment, left = self.open_from(days, now), span
        while True:
            closes = self.closes(days, moment)
            if closes is None or moment + left <= closes:
                return moment + left
            left -= closes - moment
            moment = self.open_from(days, closes)

    def _open_on(self, days: Days, day: date) -> tuple[datetime, datetime] | None:
        if day.isoweekday() not in self.weekdays or days.kind(day) is DayKind.HOLIDAY:
            return None
        begins = datetime.combine(day, self.begins, days.zone).astimezone(UTC)
        ends = datetime.combine(day, self.ends, days.zone).astimezone(UTC)
        return (begins, ends) if begins < ends else None
