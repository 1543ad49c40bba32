"""The outbox's way into private chats: words with buttons, and for an offer one message that shows how its task stands."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from bots.inbound import DATABASE_DOWN
from bots.telegram.api import ChatApi, NeverStarted
from bots.telegram.buttons import Button, Rows
from bots.telegram.cards import CARDS, SHOWN_BY_CARD, WITH_WORDS, Card, card
from bots.telegram.keyboards import asked_to_share, rows_for
from bots.wording import Wording, texts
from dispatch import store
from dispatch.model import HELD, Case, Offer, OfferState, TaskState
from dispatch.network import Network
from dispatch.outbox import CarrierUnavailable, ChatLetter, ChatUnreachable, Obsolete, Sent
from sql import query

log = structlog.get_logger()

NAME = "telegram"
ASKING = frozenset({"offer", "offer_changed", "acknowledge", "acknowledge_again", "service_closed"})
FOR_HOLDERS = frozenset({"taken_details", "assigned", "nudge", "changed_for_helper", "addition"})


@dataclass(slots=True)
class TelegramCarrier:
    """on_blocked: hears of a person whose chat refuses us, by id."""

    api: ChatApi
    pool: Any
    network: Network
    wording: Wording
    now: Callable[[], datetime]
    on_blocked: Callable[[int], Awaitable[None]]

    async def deliver(self, letter: ChatLetter) -> Sent:
        """Send one message, unless the offer's message says it already. Raises as ChatCarrier does, and Obsolete."""
        try:
            if "offer" in letter.params and letter.kind in CARDS | SHOWN_BY_CARD:
                return await self._about_offer(letter)
            return await self._plain(letter)
        except DATABASE_DOWN as error:
            raise CarrierUnavailable("the database cannot be reached") from error
        except NeverStarted:
            raise  # by SMS, then, and nothing else follows
        except ChatUnreachable:
            await self.on_blocked(letter.person_id)
            if letter.kind in ("offer", "offer_changed"):
                raise Obsolete from None  # whoever is not there is not asked
            raise

    async def _plain(self, letter: ChatLetter) -> Sent:
        text = self.wording(letter.kind, letter.params, letter.language, NAME)
        rows = in_words(rows_for(letter.kind, letter.params, letter.task_id, self.network, letter.language), letter.language)
        asks = asked_to_share(letter.kind, letter.params)
        label = texts(letter.language, NAME).get(f"b_share_{asks}", "")
        message = await self.api.send(letter.chat_id, text, rows, asks, label)
        return Sent(NAME, f"{letter.chat_id}:{message}", text)

    async def _about_offer(self, letter: ChatLetter) -> Sent:
        case, offer = await self._case(letter)
        standing = await self.pool.fetchval(query("card_of_offer"), letter.params["offer"], letter.chat_id)
        told_by_card = letter.kind in SHOWN_BY_CARD and not letter.params.get("written")
        told_by_card = told_by_card or (letter.kind == "taken_details" and bool(letter.params.get("tapped")))
        if standing is not None and told_by_card:
            said = self.wording(letter.kind, letter.params, letter.language, NAME)
            return Sent(NAME, f"{letter.chat_id}:{standing}", said)  # the keeper edits it
        if letter.kind not in CARDS or case is None or offer is None:
            return await self._plain(letter)
        if letter.kind in ASKING and offer.state is not OfferState.SENT:
            raise Obsolete
        if letter.kind in FOR_HOLDERS and not (offer.state is OfferState.ACCEPTED and case.task.state in HELD | {TaskState.OPEN}):
            raise Obsolete  # it says who the resident is, and is for whoever has the task
        paused = case.people[offer.person_id].paused_until
        if letter.kind in ("offer", "offer_changed") and paused is not None and paused > self.now():
            raise Obsolete
        made = card(case, offer, self.network)
        text = worded(made, letter.language, self.wording)
        if letter.kind in WITH_WORDS:
            text = f"{self.wording(letter.kind, letter.params, letter.language, NAME)}\n\n{text}"
        # Protected from the beginning: an offer's message will say who the resident is once it has been accepted.
        message = await self.api.send(letter.chat_id, text, in_words(made.labels, letter.language), private=True)
        await self._stands_there((letter.chat_id, message, case.task.id, offer.id, case.task.version), made, letter.language)
        return Sent(NAME, f"{letter.chat_id}:{message}", text)

    async def _stands_there(self, place: tuple[int, int, int, int, int], made: Card, language: str) -> None:
        """Note that the message stands in the chat. It has been sent: a database that is away must not make it be sent again."""
        for pause in (0.1, 0.5, 2.0, 0.0):
            try:
                async with self.pool.acquire() as connection, connection.transaction():
                    await connection.execute(query("add_card"), *place, fingerprint(made, language), self.now())
                    await connection.execute(query("end_older_cards"), place[3], place[1], self.now())
                return
            except DATABASE_DOWN as error:
                log.warning("card.unstored", error=type(error).__name__)
                await asyncio.sleep(pause)

    async def _case(self, letter: ChatLetter) -> tuple[Case | None, Offer | None]:
        async with self.pool.acquire() as connection:
            cases = await store.cases_by_id(connection, [letter.task_id]) if letter.task_id else []
        case = cases[0] if cases else None
        return case, next((o for o in case.offers if o.id == letter.params["offer"]), None) if case else None


def worded(made: Card, language: str, wording: Wording) -> str:
    """A card's words."""
    return wording(made.kind, made.params, language, NAME)


def in_words(labels: Rows, language: str) -> Rows:
    """The buttons with their labels in the language; those that begin with "=" stand as they are, and "#on 3" is the
    label b_on with the number."""
    t = texts(language, NAME)

    def label(button: Button) -> Button:
        word, _, number = button.label.removeprefix("#").partition(" ")
        if button.label.startswith("#"):
            said = f"{t.get(f'b_{word}', word)} {number}"
        else:
            said = button.label[1:] if button.label.startswith("=") else t.get(button.label, button.label)
        return Button(said, button.data, button.url)

    return tuple(tuple(label(b) for b in row) for row in labels)


def fingerprint(made: Card, language: str) -> str:
    """What the message shows, so that it is not edited for nothing."""
    shown = repr((made.kind, sorted(made.params.items(), key=lambda item: item[0]), made.labels, language))
    return hashlib.sha256(shown.encode()).hexdigest()[:24]
