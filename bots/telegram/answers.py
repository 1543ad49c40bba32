"""What one update from a private chat leads to: load what is known, decide, store, and answer the tap. The thin shell around the
pure parts: the dialogue of all channels (bots/dialogue), the questions and commands of the chat, and the tasks' buttons."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import orjson
import structlog

from bots.dialogue.choosing import choose
from bots.dialogue.conversation import answer_turn, decide_failed
from bots.dialogue.registration import FLOW
from bots.dialogue.registration import LASTS as REGISTRATION_LASTS
from bots.dialogue.topics import with_other_topics
from bots.dialogue.turn import Turn
from bots.dialogue.understand import Understander, Understanding
from bots.dialogue.where import Finder
from bots.dialogue.words import Reply, Verb, parse
from bots.inbound_message import Inbound
from bots.telegram import commands, groups, lookups, registration, tasks, typed
from bots.telegram.api import ChatApi
from bots.telegram.buttons import Button, Tap, read_tap
from bots.telegram.carrier import in_words
from bots.telegram.inbox import NAME, Waiting
from bots.telegram.keyboards import said_by_tap
from bots.telegram.limits import Floods
from bots.telegram.turn import Asked, ChatTurn, Effect
from bots.telegram.updates import ChatUpdate, Sort, read_update
from bots.wording import Wording
from dispatch import store
from dispatch.changes import Changes, Received
from dispatch.chats import block_chat, link_phone
from dispatch.clock import Clock
from dispatch.model import Person
from dispatch.office import Office, until_stored
from dispatch.outbox import CarrierRefused, CarrierUnavailable
from dispatch.phones import read_phone
from dispatch.rows import person_of
from dispatch.whereabouts import TOLD_OUTSIDE
from sql import query

log = structlog.get_logger()
FILED = 300  # characters of what an update without words is filed as
ONE_HOUR = timedelta(hours=1)  # then a question that was not answered is forgotten, and words mean what they say
# What somebody hears whose request is complete: now is the time to ask for a number, and not while another question stands.
OPENED = frozenset({"received", "received_night", "received_service", "human_will_answer", "emergency", *TOLD_OUTSIDE})
LASTS = {FLOW: REGISTRATION_LASTS}


@dataclass(slots=True)
class Answers:
    """Everything that updates are answered with."""

    office: Office
    understander: Understander
    clock: Clock
    api: ChatApi
    wording: Wording
    public_url: str | None = None
    floods: Floods = field(default_factory=Floods)
    finder: Finder = field(init=False)
    _effects: set["asyncio.Task[None]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.finder = Finder(self.office.pool, self.office.network, self.understander, self.clock.now)

    async def answer(self, waiting: Waiting) -> None:
        """Deal with one update. What it raises is a fault: see UpdateDesk."""
        update = read_update(waiting.raw)
        if update.sort is Sort.NOTHING:
            await self.close(waiting, "nothing")
        elif update.sort is Sort.MIGRATED:
            await self.office.pool.execute(query("move_group"), update.chat, update.to, self.clock.now())
            await self.close(waiting, "group_moved")
        elif update.sort is Sort.LEFT:
            await self.office.pool.execute(query("leave_group"), update.chat, self.clock.now())
            await self.close(waiting, "group_left")
        elif update.writer is None:
            await self.close(waiting, "nobody")
        elif update.sort in (Sort.BLOCKED, Sort.UNBLOCKED):
            await self._membership(waiting, update)
        elif not update.private:
            await groups.answer(self, waiting, update)
        else:
            await self._private(waiting, update)

    async def give_up(self, waiting: Waiting) -> None:
        """An update that could not be dealt with: a human gets its words, if it has any that can be read."""
        try:
            update = read_update(waiting.raw)
            inbound = self.inbound(waiting, update, update.text or f"[{update.sort}]")
        except Exception:
            await self.close(waiting, "unreadable")
            return
        now = self.clock.now()

        async def attempt(connection: Any) -> tuple[Changes, None]:
            context, _ = await self._known(connection, inbound, None)
            await store.fill(connection, self.office.mint, 1)
            return decide_failed(inbound, context, self.office.network, now, self.office.mint), None

        if update.private and update.writer is not None:
            await until_stored(self.office, attempt, now)
        else:
            await self.close(waiting, "failed", update.text)

    async def _membership(self, waiting: Waiting, update: ChatUpdate) -> None:
        person = await self.person(update)
        if person is not None and update.sort is Sort.BLOCKED:
            await block_chat(self.office, person.id, self.clock.now())
        if update.sort is Sort.UNBLOCKED:
            await self.office.pool.execute(query("look_again"), update.chat, self.clock.now())
        await self.close(waiting, str(update.sort), "", person)

    async def _private(self, waiting: Waiting, update: ChatUpdate) -> None:
        calm = self.floods.calm(update.chat, self.clock.now())
        if not calm and self.understander.understand(update.text).intent != "emergency":
            person = await self.person(update)
            await self.close(waiting, "flood", self.said(update), person)
            if update.tap:
                self.after(update, Effect("toast_slowly"), "sv")
            return
        if update.sort is Sort.TAP:
            await self._tapped(waiting, update)
        elif update.sort is Sort.CONTACT:
            await self._contact(waiting, update)
        else:
            await self.talk(waiting, update, self._words(update))

    async def _tapped(self, waiting: Waiting, update: ChatUpdate) -> None:
        tap = read_tap(update.text)
        if tap is None:
            await self.close(waiting, "unknown_button", self.said(update))
            self.after(update, Effect("toast_stale"), "sv")
        elif tap.verb in tasks.ACTIONS or tap.verb in tasks.OTHERS:
            await tasks.tapped(self, waiting, update, tap)
        elif tap.verb in ("say", "kind"):
            category = self.office.network.category(tap.more)
            words = tap.more if tap.verb == "say" else category.name("sv") if category else ""
            await self.talk(waiting, update, words)
            self.after(update, Effect(), "sv")
        elif tap.verb == "erase" and tap.more == "yes":
            await lookups.erase_all(self, waiting, update)
        elif tap.verb in lookups.ROTA:
            await lookups.rota_tapped(self, waiting, update, tap)
        else:
            await self.talk(waiting, update, "", tap)

    async def _contact(self, waiting: Waiting, update: ChatUpdate) -> None:
        """A shared number counts only when it is the sender's own."""
        assert update.contact is not None and update.writer is not None  # noqa: S101 - of its sort
        written, owner = update.contact
        phone = read_phone(written if written.startswith("+") else f"+{written}")
        own = owner == update.writer.id and phone is not None
        if own and phone is not None:
            if await self.person(update) is None:
                await self.meet(waiting, update)
            await link_phone(self.office, update.writer.id, phone, self.clock.now())
        await self.talk(waiting, update, "", own_contact=own)

    async def meet(self, waiting: Waiting, update: ChatUpdate) -> None:
        """Somebody who is not known yet becomes known by the account alone."""
        inbound, now = self.inbound(waiting, update, ""), self.clock.now()

        async def attempt(connection: Any) -> tuple[Changes, None]:
            context, _ = await self._known(connection, inbound, None)
            turn = self._turn(inbound, context, self.understander.understand(""), update)
            changes = Changes(people_new=list(turn.changes.people_new))
            return changes, None

        await until_stored(self.office, attempt, now)

    async def talk(
        self, waiting: Waiting, update: ChatUpdate, words: str, tap: Tap | None = None, own_contact: bool | None = None
    ) -> None:
        """Answer what somebody has written, shared or tapped outside a task's buttons, in one commit."""
        now, network = self.clock.now(), self.office.network
        inbound = self.inbound(waiting, update, words or (self.said(update) if update.tap else ""))
        understood, reply = self.understander.understand(words), parse(words)
        understood = with_other_topics(self.understander, words, understood)
        understood = await self.finder.found(words, understood, reply, update.position)
        effect, language = Effect(), "sv"

        async def attempt(connection: Any) -> tuple[Changes, None]:
            nonlocal effect, language
            if not await connection.fetchval(query("update_waits"), waiting.id):
                return Changes(), None
            context, asked = await self._known(connection, inbound, reply)
            await store.fill(connection, self.office.mint, 3)
            turn = ChatTurn(self._turn(inbound, context, understood, update), update, asked)
            choose(turn.turn)
            outcome = await self._outcome(connection, turn, understood, reply, tap, own_contact)
            effect, language = turn.effect, turn.turn.person.language
            return turn.turn.end(outcome), None

        await until_stored(self.office, attempt, now)
        if update.tap:
            self.after(update, effect, language if language else network.languages[0])

    async def _outcome(
        self, connection: Any, t: ChatTurn, understood: Understanding, reply: Reply | None, tap: Tap | None, own: bool | None
    ) -> str:
        """Which part answers. Danger first, whatever was being asked."""
        update = t.update
        if update.sort is Sort.TEXT and not update.edited and tap is None and (typed_as := typed.answer(self, t)):
            return typed_as
        if understood.intent == "emergency":
            t.done_asking()  # what follows is about the danger
            return self._in_words(t, reply)
        if own is not None:
            registration.phone_shared(t) if own else t.say("contact_not_yours", shares="contact")
            return "contact"
        if tap is not None:
            return await self._tap_outcome(connection, t, tap)
        if command := commands.command_of(update.text):
            return await self._command(connection, t, *command)
        if reply is not None and (reply.verb in (Verb.STOP, Verb.START) or t.asked.flow in tasks.FLOWS):
            t.done_asking()  # these words have one meaning, whatever was being asked
            return self._in_words(t, reply)
        if update.sort in (Sort.PHOTO, Sort.VOICE):
            return await tasks.file_sent(self, connection, t)
        if update.sort is Sort.UNREADABLE:
            t.say("unreadable")
            return "unreadable"
        if t.asked.flow == FLOW and not _is_about_something_else(understood):
            await self._registering(connection, t, update)
            return "register"
        if t.asked.flow in tasks.FLOWS:
            return await tasks.FLOWS[t.asked.flow](self, connection, t)
        if update.edited and understood.intent == "request" and t.turn.active():
            t.turn.understood = replace(understood, intent="correction")  # the same request, said better
        if update.edited and reply is not None:
            return "edited_reply"  # it has been answered as it was first
        return self._in_words(t, reply)

    def _in_words(self, t: ChatTurn, reply: Reply | None) -> str:
        """The dialogue of all channels; and what the chat knows besides: a name, and that a number is missing."""
        person, writer = t.turn.person, t.update.writer
        if not person.name and writer is not None and writer.name:
            t.turn.change_person(replace(person, name=writer.name))
        outcome = answer_turn(t.turn, reply)
        if t.turn.person.stopped_at is not None and outcome not in ("stop", "emergency"):
            t.turn.say("stopped_still", force=True)
        elif t.turn.person.phone is None and any(m.kind in OPENED for m in t.turn.changes.messages):
            t.say("share_number", shares="contact")
        return outcome

    async def _tap_outcome(self, connection: Any, t: ChatTurn, tap: Tap) -> str:
        if tap.verb == "reg" and t.asked.flow == FLOW:
            t.update = _as_tapped(t.update, tap.more)
            await self._registering(connection, t, t.update)
        elif tap.verb == "begin" and tap.more == "help":
            registration.begin(t)
        elif tap.verb == "begin":
            t.say("chat_need_help")
        elif tap.verb == "pause":
            commands.paused(t, tap.more)
        elif tap.verb == "language":
            commands.language_chosen(t, tap.more)
        elif tap.verb == "flow":
            return await tasks.flow_tapped(self, connection, t, tap)
        elif tap.verb == "erase":
            t.say("erase_not")
        else:
            t.effect = Effect("toast_stale", rows=())
            return "old_button"
        if t.effect.rows is None and tap.verb != "begin":
            t.effect = Effect(t.effect.toast, rows=())
        return tap.verb

    async def _command(self, connection: Any, t: ChatTurn, word: str, rest: str) -> str:
        if t.turn.person.stopped_at is not None and word in ("start", "igen", "resume"):
            return answer_turn(t.turn, Reply(Verb.START, None, ""))
        if handle := commands.COMMANDS.get(word):
            handle(t, rest)
        elif word in commands.LOOKED_UP:
            await lookups.COMMANDS[commands.LOOKED_UP[word]](self, connection, t)
        else:
            commands.help_(t, rest)
        return "command"

    async def _registering(self, connection: Any, t: ChatTurn, update: ChatUpdate) -> None:
        understood = t.turn.understood
        place = (understood.area, understood.place) if understood.area else None
        area = t.asked.data.get("area")
        needed = await lookups.area_needs(connection, self.office.network, area, t.turn.now) if area else True
        registration.answer(t, place, needed)

    def _words(self, update: ChatUpdate) -> str:
        """What was written; a shared position as the place that it is near, which is what staff read."""
        return self.finder.name_of(update.position) if update.position else update.text

    # What the parts share.

    def inbound(self, waiting: Waiting, update: ChatUpdate, words: str) -> Inbound:
        """The update as an inbound message. Raises AttributeError when nobody has written it."""
        assert update.writer is not None  # noqa: S101 - checked before
        account = update.writer.id
        return Inbound(NAME, waiting.number, str(account), None, words, chat=account, stored=waiting.id, position=update.position)

    def received(self, waiting: Waiting, update: ChatUpdate, person: Person, outcome: str, words: str = "") -> Received:
        """The update as it is filed by the commit that deals with it."""
        text = words or self.said(update)
        return Received(
            NAME, waiting.number, str(update.chat), person.id, None, text, outcome, self.clock.now(), stored=waiting.id
        )

    def said(self, update: ChatUpdate) -> str:
        """What staff read that somebody has said: the words, or those on the button."""
        return said_by_tap(update.text, self.office.network.languages[0]) if update.tap else update.text[:FILED]

    async def person(self, update: ChatUpdate) -> Person | None:
        """Who has written or tapped; None for somebody who is not known."""
        if update.writer is None:
            return None
        row = await self.office.pool.fetchval(query("person_by_chat"), update.writer.id)
        return person_of(orjson.loads(row)) if row else None

    async def close(self, waiting: Waiting, outcome: str, words: str = "", person: Person | None = None) -> None:
        """An update that changes nothing is filed."""
        await self.office.pool.execute(query("close_update"), waiting.id, outcome, words, person.id if person else None)

    def after(self, update: ChatUpdate, effect: Effect, language: str) -> None:
        """What is done at once when all is stored: the tap is answered, the message's buttons change."""
        self.meanwhile(self._do(update, effect, language))

    def meanwhile(self, doing: Coroutine[Any, Any, None]) -> None:
        """What Telegram is asked beside the queue: a chat that is slow to answer keeps no other waiting."""
        work = asyncio.create_task(doing)
        self._effects.add(work)
        work.add_done_callback(self._effects.discard)

    async def say_at_once(self, chat: int, text: str, topic: int = 0) -> None:
        """Words that are no loss when they do not arrive."""
        try:
            await self.api.send(chat, text, topic=topic)
        except (CarrierRefused, CarrierUnavailable) as error:
            log.info("words.unsent", error=str(error))

    async def settled(self) -> None:
        """Wait for what was begun by `after`."""
        while self._effects:
            await asyncio.gather(*self._effects, return_exceptions=True)

    async def edit_with(self, update: ChatUpdate, kind: str, params: dict[str, Any], language: str) -> None:
        """Make the message that was tapped say something else, if Telegram lets us."""
        rows = tuple(tuple(Button(label, what) for label, what in row) for row in params.get("buttons", ()))
        try:
            text = self.wording(kind, params, language, NAME)
            await self.api.edit(update.chat, update.message, text, in_words(rows, language))
        except (CarrierRefused, CarrierUnavailable) as error:
            log.info("tap.unshown", error=str(error))

    async def _do(self, update: ChatUpdate, effect: Effect, language: str) -> None:
        steps: list[Callable[[], Awaitable[None]]] = []
        if update.tap:
            said = self.wording(effect.toast, effect.params, language, NAME) if effect.toast else ""
            steps.append(lambda: self.api.answer_tap(update.tap, said))
        if effect.rows is not None and update.message:
            rows = in_words(effect.rows, language)
            await self.office.pool.execute(query("buttons_changed"), update.chat, update.message)
            steps.append(lambda: self.api.edit_buttons(update.chat, update.message, rows))
        for step in steps:
            try:
                await step()
            except (CarrierRefused, CarrierUnavailable) as error:
                log.info("tap.unanswered", error=str(error))

    async def _known(self, connection: Any, inbound: Inbound, reply: Reply | None) -> tuple[store.Context, Asked]:
        number = reply.number if reply else None
        sender = store.Sender(None, number, True, inbound.carrier, "", inbound.chat)
        (context,) = await store.inbound_contexts(connection, [sender], self.clock.now())
        row = await connection.fetchrow(query("conversation_of"), inbound.chat)
        lasts = LASTS.get(row["flow"], ONE_HOUR) if row else ONE_HOUR
        if row is None or self.clock.now() - row["changed_at"] > lasts:
            return context, Asked()
        return context, Asked(row["flow"], row["step"], orjson.loads(row["data"]))

    def _turn(self, inbound: Inbound, context: store.Context, understood: Understanding, update: ChatUpdate) -> Turn:
        turn = Turn.begin(inbound, context, understood, self.office.network, self.clock.now(), self.office.mint)
        says_nothing = not inbound.text or inbound.text.startswith("/")
        if turn.changes.people_new and says_nothing and update.writer is not None:
            language = registration.known_language(update.writer.language, self.office.network.languages[0])
            turn.change_person(replace(turn.person, language=language))
        return turn


def _is_about_something_else(understood: Understanding) -> bool:
    """Is it no answer to a question about oneself, but a wish, or a question of one's own?"""
    asks = understood.intent in ("question", "callback", "status", "cancel")
    return asks or (understood.intent == "request" and understood.category is not None)


def _as_tapped(update: ChatUpdate, words: str) -> ChatUpdate:
    return replace(update, text=words)
