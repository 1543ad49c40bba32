"""What those of the town's volunteers do who have Telegram: they tap buttons, as others of the crowd text.

`tap_reaction` is pure; `ChatCrowd` looks at what comes into chats and plans the taps on the demo's clock.
"""

from collections.abc import Mapping, Sequence
from random import Random

from bots.wording import texts
from dispatch.network import Network
from service.demo.bot_api import ChatUser, FakeTelegram, Group, Sent
from service.demo.chats import Chats
from service.demo.crowd import FAR_AWAY, Answers, Crowd
from service.demo.town import Townsperson

T: Mapping[str, str] = texts("sv", "telegram")
YES, START, DONE, LATE, CANNOT = (T[key] for key in ("b_yes", "b_start", "b_done", "b_late", "b_cannot"))
NOT_NOW, TOO_FAR, NOT_MINE = (T[key] for key in ("b_later", "b_far", "b_thing"))
KEEP, FINISHED = T["b_keep"], T["b_finished"]
HOW_LATE = tuple(T[key] for key in ("b_late_15", "b_late_30", "b_late_60"))
# A button by which a person knows what the message is about; it is thought about once.
TELLING = (YES, HOW_LATE[0], START, KEEP, DONE)
NUDGE = T["nudge"].partition("{")[0]
REGISTERED = T["reg_done"].partition("{where}")[0]

GROUP = Group(-4001, "Gränna hjälper")
GROUP_AREA = "granna"
ACTIVE_IN_GROUP = 0.3  # of its posts are taken there, at most


def tap_reaction(person: Townsperson, text: str, labels: Sequence[str], rng: Random) -> Answers:
    """What the volunteer taps under a message: (minutes later, label), in order. Empty: nothing."""
    if YES in labels:
        return [(rng.uniform(1, 6), TOO_FAR)] if any(place in text for place in FAR_AWAY) else _offered(person, rng)
    if HOW_LATE[0] in labels:
        return [(rng.uniform(0.3, 1), rng.choice(HOW_LATE))]
    if DONE in labels and (text.startswith(NUDGE) or CANNOT not in labels):  # is asked how it goes
        return [(rng.uniform(1, 20), DONE)] if rng.random() < 0.8 else []
    if START in labels:
        return _taken(rng)
    if KEEP in labels:
        mood = rng.random()
        return [(rng.uniform(1, 6), KEEP if mood < 0.2 else FINISHED)] if mood < 0.5 else []
    return []


def _offered(person: Townsperson, rng: Random) -> Answers:
    mood = rng.random()
    if mood < person.willing:
        return [(rng.uniform(1, 12), YES)]
    if mood < person.willing + 0.2:
        return [(rng.uniform(1, 20), rng.choice((NOT_NOW, NOT_NOW, TOO_FAR, NOT_MINE)))]
    return []


def _taken(rng: Random) -> Answers:
    mood = rng.random()
    if mood < 0.06:
        return [(rng.uniform(5, 30), CANNOT)]
    if mood < 0.11:
        return []  # does it and forgets to say so; the nudge helps
    leaves = rng.uniform(5, 40)
    late = [(leaves * 0.6, LATE)] if mood < 0.2 else []
    done = (leaves + rng.uniform(20, 70), DONE)
    return [*late, (leaves, START), done] if mood < 0.85 else [done]


class ChatCrowd:
    """The town's people in Telegram, and the group that some of them have. Whoever a visitor plays is left alone."""

    def __init__(self, crowd: Crowd, chats: Chats, telegram: FakeTelegram, network: Network, seed: int) -> None:
        self.people = {p.chat: p for p in crowd.town.values() if p.chat}
        self.users = {p.chat: _user(p) for p in self.people.values()}
        self.areas: dict[int, str] = {}  # of visitors who have registered
        self._crowd = crowd
        self._chats = chats
        self._network = network
        self._rng = Random(seed)
        self._thought_about: set[tuple[int, str, bool]] = set()
        for user in self.users.values():
            telegram.knows(user)
        near = {GROUP_AREA, *network.neighbours.get(GROUP_AREA, ())}
        self._in_group = [p for p in self.people.values() if p.area in near]
        telegram.joined(GROUP, *(self.users[p.chat] for p in self._in_group))
        chats.on_message = self.hear

    def is_in_group(self, user: int) -> bool:
        """Does the group's chat show among this person's?"""
        return any(p.chat == user for p in self._in_group) or self.areas.get(user) == GROUP_AREA

    def hear(self, sent: Sent, is_new: bool) -> None:
        """A message has come, or has changed."""
        buttons = {label: data for row in sent.buttons for label, data in row}
        person = self.people.get(sent.chat_id)
        if YES in buttons:
            self._crowd.was_asked(person.phone if person else str(sent.chat_id))
        if sent.chat_id == GROUP.id:
            self._hear_in_group(sent, buttons.get(YES) if is_new else None)
        elif person is None:
            self._hear_visitor(sent)
        elif not self._crowd.is_played(person.phone) and self._is_news(sent, is_new, buttons):
            for minutes, label in tap_reaction(person, sent.text, list(buttons), self._rng):
                self._plan(person, sent.chat_id, minutes, buttons[label])

    def _is_news(self, sent: Sent, is_new: bool, buttons: Mapping[str, str]) -> bool:
        """Is there something to think about that has not been thought about? A nudge always is."""
        telling = next((buttons[label] for label in TELLING if label in buttons), None)
        if telling is None:
            return False
        thought = (sent.chat_id, telling, CANNOT in buttons)
        known = thought in self._thought_about
        self._thought_about.add(thought)
        return not known or (is_new and sent.text.startswith(NUDGE))

    def _hear_in_group(self, sent: Sent, join: str | None) -> None:
        free = [p for p in self._in_group if not self._crowd.is_played(p.phone)]
        if join and free and self._rng.random() < ACTIVE_IN_GROUP:
            self._plan(self._rng.choice(free), sent.chat_id, self._rng.uniform(2, 15), join)

    def _hear_visitor(self, sent: Sent) -> None:
        """Somebody new who is a volunteer now should not wait long for a task."""
        if sent.text.startswith(REGISTERED):
            where = sent.text.removeprefix(REGISTERED)
            area = next((area.key for area in self._network.areas.values() if where.startswith(area.name)), None)
            if area:
                self.areas[sent.chat_id] = area
                self._crowd.expect(str(sent.chat_id), area)

    def _plan(self, person: Townsperson, chat: int, minutes: float, data: str) -> None:
        async def tap(_phone: str, what: str) -> None:
            await self._chats.tap(self.users[person.chat], chat, what)

        self._crowd.plan(minutes, person.phone, data, tap)


def _user(person: Townsperson) -> ChatUser:
    first, _, last = person.name.partition(" ")
    return ChatUser(person.chat, first, last)
