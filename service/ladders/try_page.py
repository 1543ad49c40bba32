"""/ladders/try: what would happen if nobody answered."""

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from dispatch.dry_run import Trial
from dispatch.ladder_rules import ANY
from dispatch.model import Urgency
from dispatch.network import Network
from service.ladders.pages import choices
from service.ladders.trying import christmas_eve, moments_told, tonight, try_out
from service.ladders.words import steps_told, title
from service.runtime import Runtime
from service.web.context import RUNTIME
from service.web.render import language_of, render, shared_context, texts_of
from service.web.texts import N_
from service.web.times import day

routes = web.RouteTableDef()

NO_TIME = N_("Write a day and a time, or choose one of the buttons.")
BUTTONS = (
    ("now", N_("Now")),
    ("tonight", N_("Tonight at three")),
    ("christmas", N_("Christmas Eve at three in the morning")),
    ("other", N_("At this time")),
)


@routes.get("/ladders/try")
async def try_ladder(request: web.Request) -> web.Response:
    """The form, and below it what would happen: nothing is stored, and nobody is asked."""
    runtime, words, given = request.app[RUNTIME], texts_of(request), request.query
    typed = {name: given.get(name, "") for name in ("category", "area", "urgency", "language", "protected", "time", "at")}
    offered = {name: [c for c in of if c[0] != ANY] for name, of in choices(runtime.network, words).items()}
    trial, wrong = _trial(typed, runtime) if "time" in given else (None, False)
    course = await try_out(runtime.pool, runtime.network, trial) if trial else None
    if trial:
        typed["at"] = trial.at.astimezone(runtime.network.zone).strftime("%Y-%m-%dT%H:%M")
    clock_time = shared_context(runtime, language_of(request), trial.at if trial else runtime.clock.now())["clock_time"]
    return render(
        request, "ladders/try.html", 422 if wrong else 200, typed=typed, choices=offered, buttons=BUTTONS, course=course,
        problems={"at": words.gettext(NO_TIME)} if wrong else {}, clock_time=clock_time,
        moments=moments_told(course, words, clock_time) if course else [],
        steps=steps_told(course.ladder, words) if course else [],
        begins=_day_and_time(trial.at, runtime.network, language_of(request)) if trial else "",
        title_=title(course.rule, runtime.network, words) if course and course.rule else "",
    )  # fmt: skip


def _trial(typed: Mapping[str, str], runtime: Runtime) -> tuple[Trial | None, bool]:
    """What is to be tried, and whether the time cannot be read. Raises 404 for what the network does not have."""
    network = runtime.network
    known = (network.categories, network.areas, set(Urgency))
    if any(typed[name] not in values for name, values in zip(("category", "area", "urgency"), known, strict=True)):
        raise web.HTTPNotFound
    at = moment_of(typed["time"], typed["at"], network, runtime.clock.now())
    if at is None:
        return None, True
    language = typed["language"] if typed["language"] in network.languages else network.languages[0]
    return Trial(
        typed["category"], typed["area"], Urgency(typed["urgency"]), at, language, bool(typed["protected"])
    ), False  # fmt: skip


def _day_and_time(moment: datetime, network: Network, language: str) -> str:
    local = moment.astimezone(network.zone)
    return f"{day(local.date(), language)} {local:%H:%M}"


def moment_of(button: str, typed: str, network: Network, now: datetime) -> datetime | None:
    """The time that is meant: a word of BUTTONS, or a local time such as 2020-12-24T03:00. None for what is no time."""
    if button in ("now", "tonight", "christmas"):
        return {"now": now, "tonight": tonight(network, now), "christmas": christmas_eve(network, now)}[button]
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=network.zone)
    return at if 2000 <= at.year < 2200 else None
