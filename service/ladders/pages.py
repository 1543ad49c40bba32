"""/ladders: every ladder in words, and changing one."""

from collections.abc import Container, Mapping

from aiohttp import web

from dispatch.errors import LadderChanged
from dispatch.ladder import DEFAULT, EMERGENCY
from dispatch.ladder_check import check_ladder
from dispatch.ladder_edits import edits_of, save_ladder
from dispatch.ladder_rules import ANY, LadderKey, When, most_specific, rule_for
from dispatch.model import Ask, Step, Urgency
from dispatch.network import Network
from service.board.lanes import STEPS, URGENCIES
from service.ladders.following import follow_ladders
from service.ladders.form import Draft, draft_of, typed_draft
from service.ladders.shown import ladder_told, ladders_told, members_of, times_told
from service.ladders.words import ALL, HOURS, steps_told, title
from service.live import LADDERS
from service.sign_in.guard import viewer_of
from service.sign_in.permissions import COORDINATORS
from service.web.context import RUNTIME, read_form
from service.web.render import render, texts_of
from service.web.texts import N_, Texts

routes = web.RouteTableDef()

SAVED = {
    "saved": N_("Saved. Tasks that open from now on follow it; those that run keep the ladder they began with."),
    "back": N_("The ladder is the network file's again. Tasks that run keep the ladder they began with."),
    "removed": N_("Taken away. Tasks that run keep the ladder they began with."),
}
CHANGED = N_(
    "%(who)s has changed this ladder meanwhile. What you wrote is still here; theirs stands below. Save again to replace theirs."
)
MEND_FIRST = N_("This cannot be saved yet. Mend what is marked.")


@routes.get("/ladders")
async def ladders(request: web.Request) -> web.Response:
    """Every ladder, in the order in which they win, and what the network says about hours."""
    runtime, words = request.app[RUNTIME], texts_of(request)
    saved = SAVED.get(request.query.get("done", ""))
    return render(
        request, "ladders/ladders.html", ladders=await ladders_told(runtime, words), saved=words.gettext(saved) if saved else "",
        may_edit=viewer_of(request).role in COORDINATORS, choices=choices(runtime.network, words),
        times=times_told(runtime.network, runtime.network.local_date(runtime.clock.now()), words),
    )  # fmt: skip


@routes.get("/ladders/edit")
async def edit(request: web.Request) -> web.Response:
    """The form of one ladder, with what is in force for it now."""
    runtime = request.app[RUNTIME]
    await follow_ladders(runtime.pool, runtime.network)
    key = _key(request.query, runtime.network)
    steps = _in_force(key, runtime.network)
    return await _page(request, key, draft_of(steps), steps)


@routes.post("/ladders/edit")
async def change(request: web.Request) -> web.Response:
    """What a button of the form does: a step is added or moved, the ladder is shown in words, saved, or taken back."""
    runtime, form = request.app[RUNTIME], await read_form(request)
    key, button = _key(form, runtime.network), form.get("do", "preview")
    if button == "back":
        return await _save(request, key, None, form, typed_draft(form))
    if button.startswith("restore-"):
        async with runtime.pool.acquire() as connection:
            old = [e for e in await edits_of(connection, key) if str(e.number) == button.removeprefix("restore-") and e.steps]
        if not old or old[0].steps is None:
            raise web.HTTPNotFound
        return await _page(request, key, draft_of(old[0].steps), old[0].steps, seen=_seen(form))
    draft, steps = typed_draft(form).after(button).read()
    if button != "save":
        return await _page(request, key, draft if button == "preview" else Draft(draft.steps), steps, seen=_seen(form))
    if not steps or any(f.is_wrong for f in check_ladder(rule_for(key, steps), runtime.network)):
        return await _page(request, key, draft, steps, 422, seen=_seen(form), problem=texts_of(request).gettext(MEND_FIRST))
    return await _save(request, key, steps, form, draft)


async def _save(
    request: web.Request, key: LadderKey, steps: tuple[Step, ...] | None, form: Mapping[str, str], draft: Draft
) -> web.Response:
    runtime, words = request.app[RUNTIME], texts_of(request)
    try:
        async with runtime.pool.acquire() as connection:
            await save_ladder(connection, key, steps, _seen(form), viewer_of(request).person, runtime.clock.now())
    except LadderChanged as error:
        await follow_ladders(runtime.pool, runtime.network)
        who = error.params["by"] or words.gettext(N_("Somebody else"))
        shown = steps if steps is not None else draft.read()[1]
        return await _page(request, key, draft, shown, 409, problem=words.gettext(CHANGED) % {"who": who})
    await follow_ladders(runtime.pool, runtime.network)
    runtime.live.changed(topics=[LADDERS])
    done = "saved" if steps is not None else "back" if key in runtime.network.ladders.of_file else "removed"
    raise web.HTTPSeeOther(f"/ladders?done={done}")


async def _page(
    request: web.Request, key: LadderKey, draft: Draft, steps: tuple[Step, ...], status: int = 200, seen: int | None = None,
    problem: str = "",
) -> web.Response:  # fmt: skip
    """The form, the ladder in words when it can be read, and its earlier versions. seen: the version that was looked at."""
    runtime, words = request.app[RUNTIME], texts_of(request)
    async with runtime.pool.acquire() as connection:
        history = await edits_of(connection, key)
    of_file = runtime.network.ladders.of_file.get(key)
    newest = history[0].number if history else 0
    return render(
        request, "ladders/edit.html", status, key=key, title_=title(key, runtime.network, words), draft=draft, problem=problem,
        asks=[(ask.value, words.gettext(STEPS[ask])) for ask in Ask], is_edited=bool(history and history[0].steps is not None),
        told=ladder_told(rule_for(key, steps), runtime.network, await members_of(runtime), words) if steps else None,
        seen=newest if seen is None else seen, of_file=steps_told(of_file.steps, words) if of_file else None,
        history=[(edit, steps_told(edit.steps, words) if edit.steps else None) for edit in history],
    )  # fmt: skip


def choices(network: Network, words: Texts) -> dict[str, list[tuple[str, str]]]:
    """What a ladder may be for, by the names of LadderKey: pairs of value and text."""
    everything = {name: (ANY, words.gettext(text)) for name, text in zip(LadderKey._fields, ALL, strict=True)}
    return {
        "category": [everything["category"], *((c.key, c.name(words.language)) for c in network.categories.values())],
        "area": [everything["area"], *((a.key, a.name) for a in network.areas.values())],
        "urgency": [everything["urgency"], *((u.value, words.gettext(text)) for u, text in URGENCIES.items())],
        "hours": [everything["hours"], *((when.value, words.gettext(HOURS[when])) for when in When)],
    }


def _key(given: Mapping[str, str], network: Network) -> LadderKey:
    """What the ladder is for. Raises 404 for what the network does not have."""
    key = LadderKey(*(given.get(name, ANY) for name in LadderKey._fields))
    known: tuple[Container[str], ...] = (network.categories, network.areas, set(Urgency), set(When))
    stands = network.ladders.rule(key) is not None  # also one whose area has gone out of the file since: it can be taken away
    if not stands and not all(part == ANY or part in values for part, values in zip(key, known, strict=True)):
        raise web.HTTPNotFound
    return key


def _in_force(key: LadderKey, network: Network) -> tuple[Step, ...]:
    """The ladder for exactly this, else the one that is used for it now."""
    if own := network.ladders.rule(key):
        return own.steps
    emergency = key.urgency == Urgency.EMERGENCY
    urgency = Urgency.NORMAL if key.urgency == ANY else Urgency(key.urgency)
    rules = tuple(rule for rule in network.ladders.rules if not emergency or rule.urgency == Urgency.EMERGENCY)
    category, area = (None if part == ANY else part for part in (key.category, key.area))
    used = most_specific(rules, category, area, urgency, () if key.hours == ANY else (key.hours,))
    return used.steps if used else EMERGENCY if emergency else DEFAULT


def _seen(form: Mapping[str, str]) -> int:
    given = form.get("seen", "")
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise web.HTTPBadRequest
    return int(given)
