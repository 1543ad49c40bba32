"""The people's pages: the list, one person, the form."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import asyncpg
from aiohttp import web
from markupsafe import Markup

from bots.inbound_message import storable
from bots.wording import languages as written_languages
from dispatch.model import FURTHER_NOTICE, VETTED
from dispatch.network import Network
from dispatch.visits import end_fixed_contact
from service.directory import changing, listing
from service.directory import person as form
from service.directory.changing import Gone, Outdated, Owner, Taken
from service.directory.history import history
from service.directory.listing import ROLE_NAMES, ROLES, STANDINGS, VETTINGS, Filters
from service.directory.patterns import pattern_of
from service.sign_in.accounts import Viewer
from service.sign_in.guard import viewer_of
from service.sign_in.permissions import PEOPLE
from service.skills import skill_name
from service.travels import TRAVELS
from service.web.context import RUNTIME, read_form
from service.web.render import language_of, render, texts_of
from service.web.texts import N_, Texts, language_name
from sql import query

routes = web.RouteTableDef()

LONGEST_WHY = 500
HOWS = {
    "phone": N_("by phone"),
    "form": N_("by a form"),
    "sms": N_("by SMS"),
    "chat": N_("in a chat"),
    "paper": N_("on paper"),
}


# What whoever sees everything reads besides, by the query that finds it.
TOLD = {
    "contact_of": "directory_contact_of",
    "consents": "directory_consents",
    "apart": "apart_of",
    "checks": "vetting_history",
}


def may(viewer: Viewer, what: str) -> bool:
    """May the viewer do this with people? what: a key of PEOPLE."""
    return viewer.role in PEOPLE[what]


def number_of(request: web.Request, text: str | None = None) -> int:
    """The id in an address. Raises 404 for what can be none."""
    given = request.match_info["id"] if text is None else text
    if not given.isascii() or not given.isdigit() or len(given) > 19 or int(given) >= 2**63:
        raise web.HTTPNotFound
    return int(given)


def _sees(viewer: Viewer, row: Any) -> bool:
    """An area lead sees the own area's volunteers, and nobody with a protected identity."""
    if may(viewer, "all"):
        return True
    own = row["area"] == viewer.area or f"area:{viewer.area}" in row["group_keys"]
    return own and "volunteer" in row["roles"] and not row["protected"]


def may_edit(viewer: Viewer, row: Any) -> bool:
    """May the viewer change this person at all?"""
    return may(viewer, "contact") and (may(viewer, "staff") or not (row["has_account"] or form.is_staff(row)))


async def load(request: web.Request) -> Any:
    """The person in the address. Raises 404 for somebody who does not exist for the viewer, 303 to whom a duplicate is now."""
    person = number_of(request)
    row = await request.app[RUNTIME].pool.fetchrow(query("directory_person"), person)
    if row is None or row["erased_at"] is not None or not _sees(viewer_of(request), row):
        raise web.HTTPNotFound
    if row["merged_into"] is not None:
        raise web.HTTPSeeOther(f"/people/{row['merged_into']}")
    return row


@routes.get("/people")
async def people(request: web.Request) -> web.Response:
    """The list. Everything that is searched for stands in the address."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)
    filters = Filters.of(request.query, runtime.network)
    after, before = (number_of(request, request.query[n]) if n in request.query else None for n in ("after", "before"))
    async with runtime.pool.acquire() as connection:
        found = await listing.page(connection, filters, viewer, runtime.clock.now(), runtime.network, after, before)
        words = await connection.fetch(query("directory_words"))
    reader = language_of(request)
    languages = sorted((language_name(w["word"], reader), w["word"]) for w in words if w["what"] == "language")
    named = texts_of(request)
    skills = sorted((skill_name(w["word"], named), w["word"]) for w in words if w["what"] == "skill" and w["word"] != VETTED)
    return render(
        request,
        "people/list.html",
        filters=filters,
        found=found,
        skills=[(key, name) for name, key in skills],
        areas=[(area.key, area.name) for area in runtime.network.areas.values()],
        spoken=[(code, name) for name, code in languages],
        role_filters=ROLES,
        all_seen=may(viewer, "all"),
        may_add=may(viewer, "contact"),
        may_phone=may(viewer, "confidential"),
        **_names(request),
    )


def _names(request: web.Request) -> dict[str, Any]:
    words = texts_of(request)
    return {
        "translated": lambda table: [(key, words.gettext(name)) for key, name in table.items()],
        "role_names": ROLE_NAMES,
        "standings": STANDINGS,
        "vettings": VETTINGS,
        "skills_of": lambda row: [skill_name(skill, words) for skill in form.skills_of(row)],
    }


@routes.get("/people/new")
async def new_person(request: web.Request) -> web.Response:
    """The empty form; what an address says besides is filled in (`/people/new?phone=…`)."""
    shown = form.shown(form.EMPTY, language_of(request)) | {"volunteer": "yes"}
    given = {name: storable(request.query[name]) for name in ("name", "phone", "area") if name in request.query}
    return _form(request, None, {**shown, **given})


@routes.post("/people")
async def add_person(request: web.Request) -> web.Response:
    """Somebody new."""
    runtime, viewer, data = request.app[RUNTIME], viewer_of(request), await read_form(request)
    typed = _typed(form.shown(form.EMPTY, language_of(request)), data, form.fields_for(viewer.role, new=True))
    reading = form.read(typed, (), runtime.network, texts_of(request))
    if not reading.problems:
        try:
            made = await changing.add(runtime, reading.values, viewer.person)
        except (Taken, asyncpg.UniqueViolationError) as error:
            reading.problems |= _taken(request, error, None)
        else:
            raise web.HTTPSeeOther(f"/people/{made}")
    return _form(request, None, typed, reading.problems, status=422)


@routes.get("/people/{id}/edit")
async def edit_person(request: web.Request) -> web.Response:
    """The form with what is known."""
    row = await load(request)
    if not may_edit(viewer_of(request), row):
        raise web.HTTPForbidden
    return _form(request, row, form.shown(row, language_of(request)), seen=form.digests(row))


@routes.post("/people/{id}")
async def save_person(request: web.Request) -> web.Response:
    """Store the form. What somebody else has changed meanwhile is said, and nothing that was typed is lost."""
    runtime, viewer, row, data = request.app[RUNTIME], viewer_of(request), await load(request), await read_form(request)
    if not may_edit(viewer, row):
        raise web.HTTPForbidden
    reader, seen = language_of(request), storable(data.get("seen", ""))[:2000]
    typed = _typed(form.shown(row, reader), data, form.fields_for(viewer.role))
    reading = form.read(typed, row["roles"], runtime.network, texts_of(request))
    if reading.problems:
        return _form(request, row, typed, reading.problems, seen=seen, status=422)
    try:
        await changing.edit(runtime, row["id"], reading.values, seen, viewer.person)
    except (Taken, asyncpg.UniqueViolationError) as error:
        return _form(request, row, typed, _taken(request, error, row["id"]), seen=seen, status=422)
    except LookupError:  # erased meanwhile
        raise web.HTTPNotFound from None
    except Gone as gone:
        raise web.HTTPSeeOther(f"/people/{gone.into}") from None
    except Outdated as outdated:
        now = form.shown(outdated.row, reader)
        # What nobody has typed over is shown as it is now; the rest stays as it was typed.
        kept = {f: now[f] if form.untouched(reading.values, f, seen) else typed[f] for f in outdated.fields}
        since = [(f, now[f], typed[f]) for f in outdated.fields]
        return _form(request, row, typed | kept, seen=form.digests(outdated.row), since=since, status=409)
    raise web.HTTPSeeOther(f"/people/{row['id']}")


def _typed(shown: Mapping[str, str], data: Mapping[str, str], fields: tuple[str, ...]) -> dict[str, str]:
    """The whole form: what the viewer may not change stays as it is."""
    return {**shown, **{name: storable(data.get(name, "")) for name in fields}}


def _taken(request: web.Request, error: Exception, person: int | None) -> dict[str, str]:
    """Whose number or address it is, with the way to make one person of two."""
    words = texts_of(request)
    if not isinstance(error, Taken):
        return {"phone": words.gettext("Somebody has just got this number or address. Save once more.")}
    return {owner.field: _belongs(request, owner, person) for owner in error.owners}


def _belongs(request: web.Request, owner: Owner, person: int | None) -> Markup:
    words = texts_of(request)
    name = owner.name or words.gettext("somebody without a name")
    said = words.gettext("This belongs to %(name)s already.") % {"name": name}
    if person is not None and may(viewer_of(request), "merge"):
        return Markup('{} <a href="/people/{}/merge?other={}">{}</a>').format(
            said, person, owner.person, words.gettext("Is it the same person? Merge.")
        )
    return Markup('{} <a href="/people/{}">{}</a>').format(said, owner.person, words.gettext("Open"))


def _form(
    request: web.Request,
    row: Any,
    typed: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    seen: str = "",
    since: list[tuple[str, str, str]] | None = None,
    status: int = 200,
) -> web.Response:
    network: Network = request.app[RUNTIME].network
    reader = language_of(request)
    codes = dict.fromkeys([*network.languages, *sorted(written_languages()), typed["language"]])
    return render(
        request,
        "people/form.html",
        status,
        row=row,
        typed=typed,
        problems=problems or {},
        seen=seen,
        since=since or [],
        fields=form.fields_for(viewer_of(request).role, new=row is None),
        labels=form.FIELDS,
        told=lambda name, value: form.told(name, value, network, texts_of(request)),
        translated=_names(request)["translated"],
        areas=[(area.key, area.name) for area in network.areas.values()],
        written=[(code, language_name(code, reader)) for code in codes if code],
        vetting_choices=form.VETTING,
        travels=TRAVELS,
    )


@routes.get("/people/{id}")
async def one_person(request: web.Request) -> web.Response:
    """Everything that the viewer may know about one person, and what passed between them and us."""
    return await show_person(request, await load(request))


async def show_person(
    request: web.Request,
    row: Any,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
    choices: Sequence[Any] = (),
    **typed: str,
) -> web.Response:
    """The page of a person. problems: what is wrong in its forms; choices: people whom a name that was written may mean."""
    runtime, viewer, words = request.app[RUNTIME], viewer_of(request), texts_of(request)
    now, everything = runtime.clock.now(), may(viewer, "all")
    before = _moment(request.query.get("before", "")) or now + timedelta(days=1)
    async with runtime.pool.acquire() as connection:
        only_area = None if everything else viewer.area or ""
        entries, older = await history(
            connection, runtime, row["id"], before, only_area, row["language"], words, may(viewer, "confidential")
        )
        pattern = await pattern_of(connection, row["id"], now) if may(viewer, "confidential") else []
        told = {name: await connection.fetch(query(of), row["id"]) if everything else [] for name, of in TOLD.items()}
    return render(
        request,
        "people/person.html",
        status,
        row=row,
        problems=problems or {},
        typed=typed,
        entries=entries,
        older=older,
        **told,
        pattern=pattern,
        choices=choices,
        hows=HOWS,
        everything=everything,
        **_about(row, runtime.network, now, words),
        may={"edit": may_edit(viewer, row), **{what: may(viewer, what) for what in ("pause", "restart", "merge")}},
        further_notice=FURTHER_NOTICE,
        **_names(request),
    )


def _about(row: Any, network: Network, now: datetime, words: Texts) -> dict[str, Any]:
    """What the page says of the person as of today."""
    today = network.local_date(now)
    return {
        "today": today,
        "standing": form.standing_of(row, now),
        "vetting": form.vetting_of(row, today),
        "available": form.available(row, words),
        "travels": TRAVELS,
        "avoided": form.avoided(row, network, words),
        "asked_now": row["asked_today"] if row["asked_on"] == today else 0,
        "is_asked": "volunteer" in row["roles"] or bool(row["group_keys"]),
    }


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        return None


@routes.post("/people/{id}/end-contact")
async def end_contact(request: web.Request) -> web.Response:
    """The resident and the fixed contact part, at either side's word; nobody has to say why."""
    runtime, viewer, row = request.app[RUNTIME], viewer_of(request), await load(request)
    if viewer.person is not None:
        await end_fixed_contact(runtime.office, row["id"], viewer.person, runtime.clock.now())
    raise web.HTTPSeeOther(f"/people/{row['id']}")


@routes.post("/people/{id}/pause")
async def pause_person(request: web.Request) -> web.Response:
    """Not asked for a week, to and including a day, or until further notice. What waits for an answer stays."""
    runtime, viewer, row, data = request.app[RUNTIME], viewer_of(request), await load(request), await read_form(request)
    until = _until(data, runtime.network, runtime.clock.now())
    if until is None:
        problem = texts_of(request).gettext("Write a day that is still to come, like 2027-05-31.")
        return await show_person(request, row, {"day": problem}, 422, day=storable(data.get("day", ""))[:40])
    await changing.pause(runtime, row["id"], until, viewer.person)
    raise web.HTTPSeeOther(f"/people/{row['id']}")


def _until(data: Mapping[str, str], network: Network, now: datetime) -> datetime | None:
    """When the pause ends: at midnight in the network, after its last day. None when the day is none, or has passed."""
    if data.get("length") == "further":
        return FURTHER_NOTICE
    today = network.local_date(now)
    try:
        last = today + timedelta(days=6) if data.get("length") == "week" else date.fromisoformat(data.get("day", "").strip())
        return datetime.combine(last + timedelta(days=1), time(), network.zone) if last >= today else None
    except (ValueError, OverflowError):
        return None


@routes.post("/people/{id}/resume")
async def resume_person(request: web.Request) -> web.Response:
    """The pause ends now."""
    row = await load(request)
    await changing.pause(request.app[RUNTIME], row["id"], None, viewer_of(request).person)
    raise web.HTTPSeeOther(f"/people/{row['id']}")


@routes.post("/people/{id}/restart")
async def restart_person(request: web.Request) -> web.Response:
    """STOPP ends by the person's own START, or here when the person has said so in another way: that is written down."""
    runtime, row, data = request.app[RUNTIME], await load(request), await read_form(request)
    why = storable(data.get("why", "")).strip()
    if not 0 < len(why) <= LONGEST_WHY:
        problem = texts_of(request).gettext("Write how the person said it: 1 to %(n)s characters.") % {"n": LONGEST_WHY}
        return await show_person(request, row, {"why": problem}, 422, why=why)
    await changing.restart(runtime, row["id"], why, viewer_of(request).person)
    raise web.HTTPSeeOther(f"/people/{row['id']}")
