"""Messages to send: leased, sent outside any transaction, tried again with growing pauses, and dead where a human sees it.

A message is sent at least once. Only a process that dies between the carrier's answer and storing it sends one twice; the
lease keeps a second worker away meanwhile.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

import orjson
import structlog

from dispatch import sms
from dispatch.changes import other_way
from dispatch.events import Kind
from dispatch.phones import ANY_NUMBER, Numbers
from sql import query

log = structlog.get_logger()

LEASE = timedelta(seconds=60)  # longer than a carrier's time-out, so that a slow send is not taken for a dead sender
IN_FLIGHT = 64  # messages, in this process
KEPT_FREE = 8  # of these places, for "ring 112": however many numbers hang, it leaves
CLOSING = 5.0  # seconds that what is in hand may take when the process stops
PATIENCE = 1.0  # seconds of real time that a batch is waited for; whoever hangs longer hangs alone


class MessageState(StrEnum):
    """What became of a message. `to_call`: a human phones instead; `stopped`: the person said STOPP before it left."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"  # will be tried again
    DEAD = "dead"
    TO_CALL = "to_call"
    STOPPED = "stopped"


_M = MessageState
MESSAGE_TRANSITIONS: dict[MessageState, frozenset[MessageState]] = {
    _M.QUEUED: frozenset({_M.SENDING, _M.STOPPED}),
    _M.SENDING: frozenset({_M.SENT, _M.FAILED, _M.DEAD, _M.DELIVERED, _M.SENDING, _M.STOPPED}),
    _M.SENT: frozenset({_M.DELIVERED, _M.FAILED, _M.DEAD, _M.STOPPED}),
    _M.DELIVERED: frozenset(),
    _M.FAILED: frozenset({_M.SENDING, _M.STOPPED, _M.DELIVERED}),
    _M.DEAD: frozenset({_M.DELIVERED}),
    _M.TO_CALL: frozenset(),
    _M.STOPPED: frozenset(),
}
PAUSES = tuple(timedelta(seconds=s) for s in (5, 20, 60, 300, 900, 1800, 3600, 7200))  # about four hours in all
# A chat has the SMS behind it: a quarter of an hour, and never so long that what was down is noticed late to be up.
CHAT_PAUSES = tuple(timedelta(seconds=s) for s in (2, 5, 15, 30, *[60] * 14))
TEXTS, CHATS = ("sms", "email"), ("telegram",)  # the channels of two loops: a carrier that hangs holds up only its own


# Hears what became of a message: its task's id, and its state. Called when that is stored.
OnChange = Callable[[int | None, MessageState], None]


class CarrierRefused(Exception):
    """The carrier will never send this: the number or the text is wrong. str() is the carrier's reason."""


class ChatUnreachable(CarrierRefused):
    """Nothing can be written into this chat any more, or for so long that the message must go another way."""


class Obsolete(Exception):
    """What the message was to say is no longer so: nobody needs to read it."""


class CarrierUnavailable(Exception):
    """The carrier cannot send now: down, slow, out of credits, wrong password. Trying again may help.

    after: when the carrier itself says how long to wait (HTTP 429); such a try is not counted.
    """

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


@dataclass(frozen=True, slots=True)
class Sent:
    """The carrier has the message. carrier_id: its name for it; body: its words, where the carrier's side has found them."""

    carrier: str
    carrier_id: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class ChatLetter:
    """A message on its way into somebody's chat. tries: this one counted."""

    id: int
    person_id: int
    task_id: int | None
    kind: str
    params: dict[str, Any]
    language: str
    chat_id: int
    tries: int


class ChatCarrier(Protocol):
    """Writes into chats. Unlike an SMS a message there has buttons, and may show how its task stands by now."""

    async def deliver(self, letter: ChatLetter) -> Sent:
        """Raises ChatUnreachable, CarrierRefused or CarrierUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text on its way. id: our message's, which comes back in delivery reports. to: E.164, or an e-mail address.

    subject: for carriers whose messages have one. urgent: about danger, or what must always leave. came_by: the carrier by
    which the person wrote last. failed_by: the carrier that could not bring this very message.
    """

    id: int
    to: str
    body: str
    subject: str = ""
    urgent: bool = False
    came_by: str | None = None
    failed_by: str | None = None


class Carrier(Protocol):
    """Whoever sends a text."""

    async def send(self, text: Text) -> Sent:
        """Send it. Raises CarrierRefused or CarrierUnavailable."""
        ...


class Wording(Protocol):
    """Puts a message into words."""

    def __call__(self, kind: str, params: dict[str, Any], language: str, channel: str = "sms") -> str:
        """The text in the person's language, as long as the channel takes it."""
        ...

    def subject(self, kind: str, params: dict[str, Any], language: str) -> str:
        """The text's subject, for channels that show one."""
        ...


def again_at(attempts: int, now: datetime, pauses: Sequence[timedelta] = PAUSES) -> datetime | None:
    """When to try again after `attempts` failed tries; None when it is time to give up."""
    return now + pauses[attempts - 1] if attempts <= len(pauses) else None


@dataclass(slots=True)
class _Result:
    id: int
    task_id: int | None
    state: MessageState
    carrier: str | None = None
    carrier_id: str | None = None
    body: str = ""
    parts: int | None = None  # of an SMS
    error: str | None = None
    again_at: datetime | None = None
    uncounted: bool = False  # the carrier said when to come again
    instead: tuple[str, str] | None = None  # another channel, and the state there


@dataclass(slots=True)
class Outbox:
    """Sends what is due: one message a person at a time, so that they arrive in order; a number that hangs holds up nobody
    else. Nothing is held open in the database while a carrier is waited for."""

    pool: Any
    carriers: Mapping[str, Carrier]  # by channel: "sms", "email"
    wording: Wording
    now: Callable[[], datetime]
    on_change: OnChange = lambda _task_id, _state: None
    channels: Sequence[str] = TEXTS
    chat: ChatCarrier | None = None
    numbers: Numbers = ANY_NUMBER  # that are texted
    _sending: set["asyncio.Task[None]"] = field(default_factory=set)

    async def send_due(self) -> int:
        """Lease what is due and send it. Returns how many messages were tried.

        Waits for all of them, but for those that a carrier keeps waiting: they go on by themselves.
        """
        room = IN_FLIGHT - len(self._sending)
        if room <= 0:
            await asyncio.wait(self._sending, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            return 0
        leased_at = self.now()
        only_urgent = room <= KEPT_FREE
        places = room if only_urgent else room - KEPT_FREE
        rows = await self.pool.fetch(
            query("lease_messages"), leased_at, leased_at + LEASE, places, only_urgent, list(self.channels)
        )
        started = {asyncio.create_task(self._send_one(row)) for row in rows}
        self._sending |= started
        for task in started:
            task.add_done_callback(self._sending.discard)
        if started:
            await asyncio.wait(started, timeout=PATIENCE)
        return len(rows)

    async def close(self) -> None:
        """Let what is in hand arrive. What takes longer is given up; its lease gives it to the next process."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=CLOSING)
        for task in list(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def _send_one(self, row: Any) -> None:
        result = await self._send(row)
        for pause in (0.1, 0.5, 2.0):
            try:
                await self._store(result)
                return
            except Exception as error:
                log.warning("message.unstored", message=result.id, error=type(error).__name__)
            await asyncio.sleep(pause)
        # The lease runs out and it is sent again: at worst twice, never not at all.

    async def _send(self, row: Any) -> _Result:
        result = _Result(row["id"], row["task_id"], MessageState.SENT)
        try:
            sent = await self._hand_over(row, result)
            result.carrier, result.carrier_id = sent.carrier, sent.carrier_id
            result.body = result.body or sent.body
        except Obsolete:
            result.state = MessageState.STOPPED
        except ChatUnreachable as error:
            result.error, result.instead = str(error), self._instead(row)
        except CarrierUnavailable as error:
            result.error = str(error)
            self._try_later(row, result, error)
        except Exception as error:
            # Refused for good, or a text of ours that cannot be worded: seen on the page, and the others go on.
            result.state, result.error = MessageState.DEAD, str(error) or type(error).__name__
            if not isinstance(error, CarrierRefused):
                log.exception("message.unsendable", message=row["id"], kind=row["kind"])
        return result

    def _try_later(self, row: Any, result: _Result, error: CarrierUnavailable) -> None:
        in_chat = row["channel"] in CHATS
        if in_chat and error.after is not None and error.after > sum(CHAT_PAUSES, timedelta(0)):
            result.instead = self._instead(row)  # somebody waits for it
            return
        if error.after is not None:
            result.again_at, result.uncounted = self.now() + error.after, True
        else:
            result.again_at = again_at(row["attempts"], self.now(), CHAT_PAUSES if in_chat else PAUSES)
        result.state = MessageState.FAILED if result.again_at else MessageState.DEAD
        if in_chat and result.again_at is None:
            result.instead = self._instead(row)

    def _instead(self, row: Any) -> tuple[str, str]:
        """The channel and state of a message that cannot go into a chat."""
        channel = other_way(row["phone"], row["email"], row["stopped_at"] is not None, row["always"])
        return channel, MessageState.TO_CALL if channel == "call" else MessageState.QUEUED

    async def _hand_over(self, row: Any, result: _Result) -> Sent:
        kind, params, language, channel = row["kind"], orjson.loads(row["params"]), row["language"], row["channel"]
        if channel in CHATS:
            if self.chat is None or row["telegram_id"] is None or row["chat_blocked_at"] is not None:
                raise ChatUnreachable("the person has no chat with us")
            letter = ChatLetter(
                row["id"], row["person_id"], row["task_id"], kind, params, language, row["telegram_id"], row["attempts"]
            )
            return await self.chat.deliver(letter)
        carrier, to = self.carriers.get(channel), row["email"] if channel == "email" else row["phone"]
        if carrier is None or not to:
            raise CarrierRefused(f"nothing here sends by {channel}" if carrier is None else "the person's address is gone")
        result.body = self.wording(kind, params, language, channel)
        if channel != "sms":
            return await carrier.send(Text(row["id"], to, result.body, self.wording.subject(kind, params, language)))
        if refusal := self.numbers.refusal(to, urgent=row["always"]):
            raise CarrierRefused(refusal)
        result.body = sms.plain(result.body)
        result.parts = sms.parts(result.body)
        return await carrier.send(
            Text(row["id"], to, result.body, urgent=row["always"], came_by=row["came_by"], failed_by=row["failed_by"])
        )

    async def _store(self, r: _Result) -> None:
        """Note at once what became of a message: a process that dies now sends at most this one twice."""
        now = self.now()
        if r.instead is not None:
            await self.pool.execute(query("reroute_message"), r.id, *r.instead, r.error, now)
            self.on_change(r.task_id, MessageState(r.instead[1]))
            return
        columns = (r.id, r.state, r.carrier, r.carrier_id, r.body, r.parts, r.error, r.again_at)
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(query("messages_sent"), *([c] for c in columns), now, int(r.uncounted))
            if r.state is MessageState.DEAD:
                # The carrier's words may hold the number or the text: they are for the page, not for the log.
                log.warning(Kind.MESSAGE_DEAD, message=r.id)
                await connection.execute(query("record_event"), now, Kind.MESSAGE_DEAD, r.task_id, None, _data(r.id, r.error))
        self.on_change(r.task_id, r.state)


def _data(message_id: int, error: str | None) -> str:
    return orjson.dumps({"message": message_id, "error": error}).decode()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A carrier's delivery report. state: SENT, DELIVERED or FAILED. message_id: ours, when the carrier gives it back."""

    carrier: str
    carrier_id: str
    state: MessageState
    message_id: int | None = None
    error: str | None = None


async def receive_receipt(pool: Any, receipt: Receipt, now: datetime, on_change: OnChange) -> bool:
    """Note a delivery report. False when no message of ours is meant.

    Reports come late, twice and in any order: a message that was delivered stays so. One that failed on the way is tried
    again like one that could not be handed over.
    """
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(query("message_by_receipt"), receipt.message_id, receipt.carrier, receipt.carrier_id)
        if row is None:
            return False
        state, again, ended = receipt.state, None, None
        if state is MessageState.FAILED and row["carrier_id"] not in (None, receipt.carrier_id):
            return True  # about an earlier try; the later one is under way
        if state is MessageState.FAILED and row["stopped"]:
            state, ended = MessageState.STOPPED, now
        elif state is MessageState.FAILED:
            again = again_at(row["attempts"], now)
            state = state if again else MessageState.DEAD
        if state is MessageState.SENT or state not in MESSAGE_TRANSITIONS[MessageState(row["state"])]:
            return True
        if state in (MessageState.DELIVERED, MessageState.DEAD):
            ended = now
        await connection.execute(
            query("set_message_state"), row["id"], state, again, ended, receipt.error, receipt.carrier, receipt.carrier_id
        )
        if state is MessageState.DEAD:
            await connection.execute(
                query("record_event"), now, Kind.MESSAGE_DEAD, row["task_id"], None, _data(row["id"], receipt.error)
            )
    on_change(row["task_id"], state)
    return True
