"""What happens in group chats: linking one to an area or to the coordinators on duty, and the posts' buttons."""

from typing import TYPE_CHECKING

from bots.telegram.buttons import Tap, read_tap
from bots.telegram.commands import command_of
from bots.telegram.inbox import Waiting
from bots.telegram.posts import AREA, DUTY, may_join
from bots.telegram.turn import Effect
from bots.telegram.updates import ChatUpdate, Sort
from dispatch import store
from dispatch.actions import Act
from dispatch.errors import OfferGone, Outcome, TaskEnded
from dispatch.handlers import act
from dispatch.model import Person
from geo.fold import fold
from sql import query

if TYPE_CHECKING:
    from bots.telegram.answers import Answers

LINK = frozenset({"koppla", "link"})
DUTY_WORDS = frozenset({"vakt", "duty", "samordnare"})
MAY_LINK = frozenset({"coordinator", "operator", "administrator", "lead"})


async def answer(a: "Answers", waiting: Waiting, update: ChatUpdate) -> None:
    """One update from a group. What people say to each other there is neither answered nor kept."""
    if update.sort is Sort.TAP:
        await _tapped(a, waiting, update)
        return
    command = command_of(update.text)
    if command is None or command[0] not in LINK or not a.floods.calm(update.chat, a.clock.now()):
        await a.close(waiting, "group_talk")
        return
    person, language = await a.person(update), a.office.network.languages[0]
    kind, params = await _link(a, update, command[1], person)
    await a.close(waiting, kind, a.said(update), person)
    a.meanwhile(a.say_at_once(update.chat, a.wording(kind, params, language, "telegram"), update.topic))


async def _link(a: "Answers", update: ChatUpdate, said: str, person: Person | None) -> tuple[str, dict[str, str]]:
    """Link the group, or the topic, that the command was written in. Returns the answer."""
    network = a.office.network
    if person is None or MAY_LINK.isdisjoint(person.roles):
        return "group_not_allowed", {}
    key = fold(said)
    area = next((x.key for x in network.areas.values() if key in {x.key, fold(x.name), *(fold(p.name) for p in x.places)}), None)
    if area is None and key not in DUTY_WORDS:
        return "group_which", {"text": ", ".join([*network.areas, "vakt"])}
    purpose = DUTY if area is None else AREA
    leads_only = {"coordinator", "operator", "administrator"}.isdisjoint(person.roles)
    if leads_only and (purpose == DUTY or person.area != area):
        return "group_not_allowed", {}
    now = a.clock.now()
    await a.office.pool.execute(query("link_group"), update.chat, update.topic, purpose, area, now, person.id)
    return f"group_linked_{purpose}", {"place": network.area_name(area)}


async def _tapped(a: "Answers", waiting: Waiting, update: ChatUpdate) -> None:
    """A post's button: whoever is registered and fits takes the task, or answers for it."""
    tap, person = read_tap(update.text), await a.person(update)
    language = person.language if person else a.office.network.languages[0]
    if tap is None or tap.verb not in ("join", "answer"):
        await a.close(waiting, "unknown_button")
        a.after(update, Effect("toast_stale"), language)
        return
    try:
        said = await _take(a, waiting, update, tap, person)
    except Outcome as outcome:
        await a.close(waiting, outcome.kind, a.said(update), person)
        a.after(update, Effect(f"toast_{outcome.kind}", params=dict(outcome.params)), language)
        return
    a.after(update, Effect(said), language)


async def _take(a: "Answers", waiting: Waiting, update: ChatUpdate, tap: Tap, person: Person | None) -> str:
    """Returns the text id of what is said for a moment. Raises an Outcome."""
    needs = "volunteer" if tap.verb == "join" else "coordinator"
    linked = await a.office.pool.fetchrow(query("group_chat_of"), update.chat, update.topic)
    if person is None or needs not in person.roles or linked is None:
        await a.close(waiting, "not_registered", a.said(update), person)
        return "toast_not_registered"
    async with a.office.pool.acquire() as connection:
        cases = await store.cases_by_id(connection, [tap.id])
        posted = await connection.fetchval(query("is_posted"), update.chat, update.topic, tap.id)
    if not posted or not cases:  # the data may be forged: only what stands here can be taken here
        raise TaskEnded("?")
    if tap.verb == "join" and not may_join(cases[0], a.office.network):
        raise OfferGone("?")
    received = a.received(waiting, update, person, tap.verb)
    given = Act("", person=person.id, received=received, task=tap.id)
    await act(a.office, "accept" if tap.verb == "join" else "acknowledge", given, a.clock.now())
    return "toast_yes_see_chat"
