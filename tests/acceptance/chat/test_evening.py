"""A whole evening: 200 volunteers, 60 tasks, and Telegram away for ten minutes in the middle.

Afterwards every task is where it should be, nobody has been asked more than the limit, and no message was lost or doubled.
"""

from collections import Counter
from random import Random
from typing import Any

from service.demo.bot_api import ChatUser, Sent
from tests.acceptance.chat.conftest import Telegram
from tests.acceptance.conftest import HEADER, Town

VOLUNTEERS, TASKS = 200, 60
AREAS = ("granna", "bankeryd", "huskvarna", "oster", "vaster", "tenhult")
PLACES = ("Gränna", "Bankeryd", "Huskvarna", "Ekhagen", "Dalvik", "Tenhult")
OFFER_LIMIT = 6  # offers a day and person, as the schema has it
MINUTES = 90


def volunteers() -> list[ChatUser]:
    return [ChatUser(50_000 + n, f"Volontär{n}") for n in range(VOLUNTEERS)]


class Evening:
    """The volunteers at their phones: some say yes, some no, some nothing; who has a task does it."""

    def __init__(self, town: Town, telegram: Telegram, seed: int) -> None:
        self.town, self.telegram, self.rng = town, telegram, Random(seed)
        self.users = {user.id: user for user in volunteers()}
        self.answered: set[tuple[int, int]] = set()

    async def react(self) -> None:
        """Everybody looks at the phone once. Nobody hears anything while Telegram is away."""
        if self.telegram.api.down:
            return
        for chat, messages in list(self.telegram.api.chats.items()):
            if chat in self.users:
                for message in messages:
                    await self._look(self.users[chat], message)
        await self.town.settle()

    async def _look(self, user: ChatUser, message: Sent) -> None:
        labels = {label for row in message.buttons for label, _ in row}
        mood = self.rng.random()
        if "Inte nu" in labels and (user.id, message.message_id) not in self.answered:
            self.answered.add((user.id, message.message_id))
            if mood < 0.75:
                await self.telegram.api.taps(user, message, "Ja, jag kan" if mood < 0.45 else "Inte nu")
        elif "På väg" in labels and mood < 0.3:
            await self.telegram.api.taps(user, message, "På väg")
        elif "Klar" in labels and mood < 0.25:
            await self.telegram.api.taps(user, message, "Klar" if mood < 0.22 else "Kan inte ändå")


async def move_in(town: Town, telegram: Telegram) -> None:
    rows = []
    for n, user in enumerate(volunteers()):
        telegram.api.knows(user)
        rows.append(f"{user.first_name} Ek,+4670123{n + 5000:04d},{AREAS[n % len(AREAS)]},,,,{user.id},,")
    await town.import_people(HEADER + "\n".join(rows))


async def test_an_evening_with_ten_minutes_without_telegram(town: Town, telegram: Telegram) -> None:
    await move_in(town, telegram)
    evening, rng = Evening(town, telegram, 7), Random(11)
    residents = [f"+4670100{n:04d}" for n in range(TASKS)]
    for minute in range(MINUTES):
        if minute < TASKS:
            place = PLACES[rng.randrange(len(PLACES))]
            await town.phone(residents[minute]).sends(f"Kan någon handla mat? Bor i {place}")
        telegram.api.down = 30 <= minute < 40
        await town.forward(minutes=1)
        await evening.react()
    telegram.api.down = False
    await town.forward(minutes=2)
    await evening.react()

    await every_task_is_where_it_should_be(town)
    await nobody_was_asked_too_often(town)
    await what_stands_in_chats_is_true(town, telegram)
    await no_message_was_lost_or_doubled(town, telegram)
    telegram.ignored.update(evening.users)
    town.allowed.update(t.to for t in town.carrier.texts)


async def every_task_is_where_it_should_be(town: Town) -> None:
    rows = await town.runtime.pool.fetch("SELECT id, state, deadline_at FROM task")
    assert len(rows) == TASKS
    states = Counter(row["state"] for row in rows)
    assert all(row["deadline_at"] is not None for row in rows if row["state"] not in ("closed", "cancelled"))
    assert states["taken"] + states["underway"] + states["done"] + states["closed"] > TASKS / 2, states
    takers = await town.runtime.pool.fetch(
        "SELECT t.id, t.state, count(o.id) FILTER (WHERE o.state = 'accepted') AS n FROM task t"
        " LEFT JOIN offer o ON o.task_id = t.id GROUP BY t.id, t.state"
    )
    for row in takers:
        assert row["n"] == (1 if row["state"] in ("taken", "underway", "done", "closed", "with_service") else 0), dict(row)


async def nobody_was_asked_too_often(town: Town) -> None:
    most = await town.runtime.pool.fetchval(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM offer WHERE kind = 'help' GROUP BY person_id) AS counted"
    )
    assert 0 < most <= OFFER_LIMIT
    twice = await town.runtime.pool.fetch(
        "SELECT task_id, person_id FROM offer WHERE kind = 'help' GROUP BY task_id, person_id, step, sent_at HAVING count(*) > 1"
    )
    assert not twice


async def what_stands_in_chats_is_true(town: Town, telegram: Telegram) -> None:
    """Who has a task sees it; nobody else sees a resident's number anywhere."""
    held: dict[int, set[str]] = {}
    for row in await town.runtime.pool.fetch(
        "SELECT p.telegram_id, r.phone FROM offer o JOIN task t ON t.id = o.task_id JOIN need n ON n.id = t.need_id"
        " JOIN person r ON r.id = n.resident_id JOIN person p ON p.id = o.person_id"
        " WHERE o.state = 'accepted' AND t.state IN ('taken', 'underway') AND p.telegram_id IS NOT NULL"
    ):
        held.setdefault(row["telegram_id"], set()).add(row["phone"])
    for chat, messages in telegram.api.chats.items():
        shown = {f"+4670100{n:04d}" for n in range(TASKS) for m in messages if f"+4670100{n:04d}" in m.text}
        assert shown == held.get(chat, set()), chat


async def no_message_was_lost_or_doubled(town: Town, telegram: Telegram) -> None:
    left = await town.runtime.pool.fetch(
        "SELECT state, count(*) FROM outbox WHERE channel = 'telegram' AND state NOT IN ('sent', 'stopped') GROUP BY state"
    )
    assert not left, [dict(row) for row in left]
    sent: Counter[tuple[int, Any]] = Counter()
    for row in await town.runtime.pool.fetch(
        "SELECT p.telegram_id, o.params ->> 'offer' AS offer FROM outbox o JOIN person p ON p.id = o.person_id"
        " WHERE o.channel = 'telegram' AND o.kind = 'offer' AND o.state = 'sent' AND o.carrier_id IS NOT NULL"
    ):
        sent[row["telegram_id"], row["offer"]] += 1
    assert set(sent.values()) == {1}
    offered = Counter(chat for chat, _ in sent)
    for chat, count in offered.items():
        first = [m.edits[0] if m.edits else m.text for m in telegram.api.chats[chat]]
        assert sum("Kan du hjälpa en granne" in text for text in first) == count
    waiting = await town.runtime.pool.fetchval("SELECT count(*) FROM inbox WHERE outcome IN ('waiting', 'failed')")
    assert waiting == 0
