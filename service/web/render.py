"""Pages: templates with the reader's language, times in the network's zone, and what every page carries."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web
from markupsafe import Markup

from dispatch.phones import as_written
from service.sign_in.accounts import Viewer
from service.sign_in.permissions import may
from service.web import times
from service.web.assets import asset
from service.web.context import RUNTIME, VIEWER
from service.web.texts import N_, Texts, language_name, page_languages, texts

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_COOKIE = "language"
LANGUAGE_NAMES = {"sv": "Svenska", "en": "English"}
COMPRESS_FROM = 2_000  # bytes

NAVIGATION = (
    ("/board", N_("Board")),
    ("/desk", N_("Desk")),
    ("/duty", N_("Duty")),
    ("/people", N_("People")),
    ("/service", N_("Service groups")),
)
# What is not needed every hour, folded away behind "More".
MORE = (
    ("/phone-chats", N_("Phone chats")),
    ("/settlement", N_("Expenses")),
    ("/equipment", N_("Equipment")),
    ("/ladders", N_("Ladders")),
    ("/areas", N_("Areas")),
    ("/accounts", N_("Accounts")),
)


@cache
def environment(language: str) -> jinja2.Environment:
    """The templates in one language: `_`, `ngettext`, and the macros know it without being told."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    words = texts(language)
    made.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters["phone"] = lambda number: as_written(number) if number else ""
    made.globals["language_name"] = lambda code: language_name(code, language)
    made.globals |= {"asset": asset, "language": language, "languages": page_languages(), "language_names": LANGUAGE_NAMES}
    return made


def language_of(request: web.Request) -> str:
    """What the reader has chosen, else what the browser asks for, else the network's first language."""
    known = page_languages()
    viewer: Viewer | None = request.get(VIEWER)
    wanted = [request.cookies.get(LANGUAGE_COOKIE), viewer.language if viewer else None]
    accepted = request.headers.get("Accept-Language", "")[:200].split(",")
    wanted += [part.partition(";")[0].strip()[:2].casefold() for part in accepted]
    wanted += request.app[RUNTIME].network.languages
    return next((w for w in wanted if w in known), known[0])


def texts_of(request: web.Request) -> Texts:
    """The words of the reader's language, for texts that are made in Python."""
    return texts(language_of(request))


def context_of(request: web.Request) -> dict[str, Any]:
    """What every template may use: the reader, the network, the time, and ways to show times."""
    runtime = request.app[RUNTIME]
    return {**shared_context(runtime, language_of(request), runtime.clock.now()), **_of_reader(request)}


def shared_context(runtime: Any, language: str, now: datetime) -> dict[str, Any]:
    """What templates need that is the same for everybody who reads in one language (frames of the live board)."""
    words, zone = texts(language), runtime.network.zone
    second = runtime.clock.real_seconds(timedelta(seconds=1))

    def when(moment: datetime | None) -> Markup:
        return times.when(moment, now, zone, words)

    def countdown(moment: datetime | None) -> Markup:
        return times.countdown(moment, now, zone, words)

    def span(length: timedelta) -> str:
        return times.span(length, words)

    def clock_time(moment: datetime) -> str:
        return times.absolute(moment, zone, language, now)

    return {
        "network": runtime.network,
        "now": now,
        "clock": {"now": now.isoformat(), "speed": 1 / second if second else 0},
        "is_demo": runtime.is_demo,
        "when": when,
        "countdown": countdown,
        "span": span,
        "clock_time": clock_time,
        "day": lambda date: times.day(date, language),
    }


def _of_reader(request: web.Request) -> dict[str, Any]:
    viewer: Viewer | None = request.get(VIEWER)
    shown, more = (
        [(path, name) for path, name in links if viewer and may(viewer.role, "GET", path)] for links in (NAVIGATION, MORE)
    )
    if len(more) < 2:  # nothing that is worth folding
        shown, more = [*shown, *more], []
    back = request.path_qs if request.method == "GET" else "/" + request.path.split("/")[1]
    return {
        "viewer": viewer,
        "csrf": viewer.csrf if viewer else "",
        "navigation": shown,
        "more": more,
        "path": request.path,
        "back": back,
    }


def render(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    """A page, or a part of one for htmx. Never kept by a cache: it may show somebody's need."""
    text = environment(language_of(request)).get_template(template).render({**context_of(request), **context})
    return page(text, status)


def page(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """HTML that is ready."""
    response = web.Response(text=text, content_type="text/html", status=status, headers=headers)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "HX-Request"
    if len(text) > COMPRESS_FROM:
        response.enable_compression()
    return response


def wants_part(request: web.Request) -> bool:
    """Does htmx ask for a part to put into a page that is open already?"""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
