"""A request that nobody made, tried without asking anybody: what would happen, told line by line."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from dispatch import store
from dispatch.dry_run import Course, Happening, Pause, Trial, dry_run
from dispatch.duty import Roster
from dispatch.events import Kind
from dispatch.model import Ask, Person
from dispatch.network import Network
from dispatch.phones import as_written
from service.board.history import SAID
from service.board.lanes import STEPS
from service.ladders.words import passed
from service.web.texts import N_, Texts

NIGHT = time(3)
ALARMS = frozenset({Kind.STEP_SKIPPED, Kind.NOBODY_TO_ASK})


@dataclass(frozen=True, slots=True)
class LineTold:
    """One thing that would happen. tone: alarm, wait or empty."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """What would happen at one time. since: how long after the request."""

    at: datetime
    since: str
    lines: list[LineTold]


async def try_out(pool: Any, network: Network, trial: Trial) -> Course:
    """The dry run with the people of the database. Reads, and stores nothing."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):

        async def look_up(roster: Roster, keys: Collection[str], now: datetime) -> None:
            await store.look_up(connection, roster, keys, now)

        return await dry_run(trial, network, look_up)


def tonight(network: Network, now: datetime) -> datetime:
    """The next time that it is three in the night."""
    today = network.local_date(now)
    return next(
        at
        for day in (today, today + timedelta(days=1), today + timedelta(days=2))
        if (at := datetime.combine(day, NIGHT, network.zone)) > now
    )


def christmas_eve(network: Network, now: datetime) -> datetime:
    """The next Christmas Eve, at three in the morning."""
    year = network.local_date(now).year
    return next(at for y in (year, year + 1) if (at := datetime(y, 12, 24, 3, tzinfo=network.zone)) > now)


def moments_told(course: Course, words: Texts, clock_time: Any, names: bool = True) -> list[Moment]:
    """The course in words. names: those of the people who would be asked; else how many."""
    told = []
    for at, happenings in groupby(course.happenings, key=lambda happening: happening.at):
        since = (at - course.trial.at).total_seconds()
        after = words.gettext(N_("after %(long)s")) % {"long": passed(since, words)} if since else words.gettext(N_("at once"))
        told.append(Moment(at, after, [_line(happening, words, clock_time, names) for happening in happenings]))
    return told


def _line(happening: Happening | Pause, words: Texts, clock_time: Any, names: bool) -> LineTold:
    if isinstance(happening, Pause):
        night = N_("It is night: nobody is asked, and the ladder's clock stands still until %(until)s.")
        closed = N_("Nobody new is asked until %(until)s: the offices are closed.")
        return LineTold(words.gettext(night if happening.night else closed) % {"until": clock_time(happening.until)}, "wait")
    if happening.kind is Kind.SERVICE_CLOSED:
        said = N_("The service groups are closed for long: %(people)s hear of it now, and may take it.")
        closed = said if happening.people else N_("The service groups are closed: it waits for the first that opens.")
        return LineTold(words.gettext(closed) % {"people": _people(happening.people, words, names)}, "wait")
    ask = words.gettext(STEPS[happening.ask]) if happening.ask else ""
    text = words.gettext(SAID[happening.kind]) % {"ask": ask, "people": _people(happening.people, words, names)}
    if happening.kind is Kind.STEP_SKIPPED:
        text += " " + _why_skipped(happening, words)
    return LineTold(text, "alarm" if happening.kind in ALARMS else "")


def _why_skipped(happening: Happening, words: Texts) -> str:
    if happening.on_duty:
        said = words.ngettext(
            "%(num)s person is on duty, but may not be asked: the skills, the daily limit, or asked already.",
            "%(num)s people are on duty, but may not be asked: the skills, the daily limit, or asked already.",
            happening.on_duty,
        )
        return said % {"num": happening.on_duty}
    if happening.ask is Ask.NEIGHBOURS:
        return words.gettext(N_("Nobody is on duty in the areas beside it."))
    return words.gettext(N_("Nobody is on duty there."))


def _people(people: tuple[Person, ...], words: Texts, names: bool) -> str:
    if not names:
        return words.ngettext("%(num)s person", "%(num)s people", len(people)) % {"num": len(people)}
    return ", ".join(p.name or p.organisation or as_written(p.phone or "?") for p in people)
