"""Keeps what stands in chats true: the message of each offer, and each task's post in a group.

It compares versions, not notifications: a message that shows an older version of its task than the task has is made anew from
the case. Whatever has changed a task, by whatever way, its messages follow; what happened while Telegram was away is caught up
with in one edit. Editing rings nobody.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from bots.telegram.api import ChatApi, ChatMoved, MessageGone
from bots.telegram.cards import BELOW, Card, card
from bots.telegram.carrier import fingerprint, in_words, worded
from bots.telegram.inbox import named
from bots.telegram.posts import post
from bots.wording import Wording
from dispatch import store
from dispatch.model import Case
from dispatch.network import Network
from dispatch.outbox import CarrierRefused, CarrierUnavailable, ChatUnreachable
from sql import query

log = structlog.get_logger()

AT_ONCE = 32
LEASE = timedelta(seconds=60)
PATIENCE = 1.0  # real seconds that a batch is waited for
MOST_TRIES = 300  # of a card in a chat that refuses us: about two weeks
GROUP_PAUSE = timedelta(seconds=3)  # between two touches of a post: Telegram allows 20 messages a minute in a group
LONGEST_PAUSE = 60  # seconds, after failures
REFUSED_PAUSE = timedelta(hours=1)  # for what Telegram does not take: a fault of ours, or of the group's settings


@dataclass(slots=True)
class Keeper:
    """board: the public address, for links to the board."""

    api: ChatApi
    pool: Any
    network: Network
    wording: Wording
    now: Callable[[], datetime]
    board: str | None
    _writing: set["asyncio.Task[None]"] = field(default_factory=set)

    async def work(self) -> int:
        """Bring what is not true any more up to date. Returns how many messages were touched."""
        now = self.now()
        await self.pool.execute(query("add_missing_posts"), now)
        rows = await self.pool.fetch(query("claim_untrue"), now, now + LEASE, AT_ONCE)
        if not rows:
            return 0
        async with self.pool.acquire() as connection:
            cases = {c.task.id: c for c in await store.cases_by_id(connection, sorted({row["task_id"] for row in rows}))}
        started = {asyncio.create_task(self._one(row, cases.get(row["task_id"]))) for row in rows}
        self._writing |= started
        for task in started:
            task.add_done_callback(self._writing.discard)
        await asyncio.wait(started, timeout=PATIENCE)  # whoever hangs longer hangs alone
        return len(rows)

    async def close(self) -> None:
        """What is being written is given up; its lease gives it to the next process."""
        for task in list(self._writing):
            task.cancel()
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def _one(self, row: Any, case: Case | None) -> None:
        try:
            await self._show(row, case)
        except Exception as error:  # one message's fault stops no other; its lease makes it be tried again
            log.warning("chat_message.fault", message=row["id"], **named(error))

    async def _show(self, row: Any, case: Case | None) -> None:
        made = await self._made(row, case)
        if made is None or case is None:
            await self.pool.execute(query("forget_message"), row["id"])
            return
        wanted, language = made
        try:
            shows = fingerprint(wanted, language)
            message = row["message_id"]
            if message is None or shows != row["shows"]:
                message = await self._write(row, wanted, language)
            if wanted.over:
                await self.pool.execute(query("forget_message"), row["id"])
            else:
                pause = GROUP_PAUSE if row["offer_id"] is None else timedelta(0)
                await self.pool.execute(query("shown"), row["id"], message, case.task.version, shows, self.now() + pause)
        except ChatMoved as moved:
            await self.pool.execute(query("move_group"), row["chat_id"], moved.to, self.now())
            await self.pool.execute(query("show_later"), row["id"], self.now())
        except (MessageGone, ChatUnreachable) as error:
            await self._cannot(row, error, wanted)
        except CarrierUnavailable as error:
            wait = error.after or timedelta(seconds=min(2 ** row["tries"], LONGEST_PAUSE))
            await self.pool.execute(query("show_later"), row["id"], self.now() + wait)
        except CarrierRefused:
            log.warning("chat_message.refused", message=row["id"])
            if wanted.over:
                await self.pool.execute(query("forget_message"), row["id"])
            else:
                await self.pool.execute(query("show_later"), row["id"], self.now() + REFUSED_PAUSE)

    async def _cannot(self, row: Any, error: MessageGone | ChatUnreachable, wanted: Card) -> None:
        """The chat refuses us, or the message is gone. A post that somebody has deleted is not made again; a card in a chat that
        refuses us still says who the resident is, and is brought up to date when the chat takes it again."""
        is_post, gone = row["offer_id"] is None, isinstance(error, MessageGone)
        if is_post and not gone:
            await self.pool.execute(query("leave_group"), row["chat_id"], self.now())
        elif (is_post and not wanted.over) or (not is_post and not gone and row["tries"] < MOST_TRIES):
            await self.pool.execute(query("show_later"), row["id"], self.now() + REFUSED_PAUSE)
        else:
            await self.pool.execute(query("forget_message"), row["id"])

    async def _made(self, row: Any, case: Case | None) -> tuple[Card, str] | None:
        """How the message should be, and in which language; None when it is about nothing any more."""
        if case is None:
            return None
        if row["offer_id"] is None:
            purpose = await self.pool.fetchrow(query("group_chat_of"), row["chat_id"], row["topic_id"])
            return (post(case, purpose["purpose"], self.network, self.board), self.network.languages[0]) if purpose else None
        offer = next((o for o in case.offers if o.id == row["offer_id"]), None)
        if offer is None:
            return None
        person = case.people[offer.person_id]
        # Somebody who is forgotten, or writes from another account now, has nothing in this chat any more.
        passed = row["passed"] or person.telegram_id != row["chat_id"]
        return (BELOW if passed else card(case, offer, self.network)), person.language

    async def _write(self, row: Any, wanted: Card, language: str) -> int:
        text, rows = worded(wanted, language, self.wording), in_words(wanted.labels, language)
        message: int | None = row["message_id"]
        if message is None:
            return await self.api.send(row["chat_id"], text, rows, topic=row["topic_id"])
        if wanted is BELOW:
            try:  # a newer one has everything: the chat stays short
                await self.api.delete(row["chat_id"], message)
                return message
            except (MessageGone, CarrierRefused):
                log.info("chat_message.too_old_to_delete", message=row["id"])
        await self.api.edit(row["chat_id"], message, text, rows)
        return message
