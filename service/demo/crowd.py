"""What the people of the demo's town do: they ask for help, and react to the texts that they get.

`reaction` is pure; `Crowd` waits on the demo's clock and sends. Whoever a visitor plays is left alone. Those who have the chat
are in service/demo/chat_crowd.py.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

from dispatch.clock import Clock
from service.demo.town import Townsperson, place_text, request_text, wish_text

Answers = list[tuple[float, str]]
FIRST_REQUESTS = (0.2, 0.7, 0.8)  # real seconds between: the board is alive before a visitor has found it
FAR_AWAY = ("Bottnaryd",)  # nobody goes there: for the coordinator to solve
DAY_PAUSE, NIGHT_PAUSE = 8.0, 20.0  # minutes between requests, about: what the town's volunteers can carry

# What the first minutes at the board bring: real seconds since the one before, who, and the words.
SCENES = (
    (4.0, "twice", "Kan någon handla mat åt mig? Storgatan 12 i Huskvarna"),
    (5.0, "danger", "Min man har ont i bröstet och svettas, vad ska jag göra"),
    (6.0, "twice", "Skulle behöva mjölk och bröd från affären. Storgatan 12 i Huskvarna"),
    (5.0, "far away", "Behöver skjuts till tandläkaren i morgon kl 10. Bor i Bottnaryd"),
)

_OFFER = re.compile(r"Svara JA (\d+) eller NEJ \1")
_CHOICE = re.compile(r"Vilket menar du\? Svara (\D+ \d+)")
_MINE = re.compile(r"Svara PÅ VÄG (\d+), KLAR \1 eller KAN INTE \1")
_ACKNOWLEDGE = re.compile(r"Svara OK (\d+)")
_ACKNOWLEDGED = re.compile(r"är ditt\..* Svara KLAR (\d+)")
_KEEP = re.compile(r"Svara FAST (\d+)")
_CANCEL_WHICH = re.compile(r"Skriv AVBOKA och koden: (\w+)")
_CALLED_OFF = re.compile(r"nr (\d+)\D.*(?:behövs inte längre|är avbokat)|behöver inte svara på nr (\d+)")


def reaction(person: Townsperson, text: str, rng: Random) -> Answers:
    """What the person answers to a text: (minutes later, words), in order. Empty: nothing."""
    if person.role == "volunteer":
        return _volunteer(person, text, rng)
    if person.role == "resident":
        return _resident(person, text, rng)
    return _staff(person, text, rng)


def called_off(text: str) -> int | None:
    """The number of the task that the text says need not be done any more."""
    match = _CALLED_OFF.search(text)
    return int(match[1] or match[2]) if match else None


def _volunteer(person: Townsperson, text: str, rng: Random) -> Answers:
    if (match := _OFFER.search(text)) and any(place in text for place in FAR_AWAY):
        return [(rng.uniform(1, 6), f"NEJ {match[1]}")]
    if match := _OFFER.search(text):
        return _offered(person, match[1], rng)
    if match := _CHOICE.search(text):
        return [(rng.uniform(1, 4), match[1])]
    if match := _MINE.search(text):
        return _nudged(match[1], rng) if text.startswith("Hur går det") else _taken(match[1], rng)
    if (match := _KEEP.search(text)) and rng.random() < 0.2:
        return [(rng.uniform(1, 6), f"FAST {match[1]}")]
    return []


def _offered(person: Townsperson, number: str, rng: Random) -> Answers:
    mood = rng.random()
    if mood < person.willing:
        yes = rng.choice(("JA {n}", "Ja {n}", "ja {n}", "JA {n} om en stund", "Ja {n}, efter jobbet", "JA"))
        return [(rng.uniform(1, 12), yes.format(n=number))]
    if mood < person.willing + 0.2:
        return [(rng.uniform(1, 20), rng.choice(("NEJ {n}", "nej {n} tyvärr", "Nej {n}")).format(n=number))]
    return []  # the phone lies in a coat somewhere


def _taken(number: str, rng: Random) -> Answers:
    mood = rng.random()
    if mood < 0.06:
        return [(rng.uniform(5, 30), f"KAN INTE {number}")]
    if mood < 0.11:
        return []  # does it and forgets to say so; the nudge helps
    leaves = rng.uniform(5, 40)
    done = (leaves + rng.uniform(20, 70), rng.choice(("KLAR {n}", "Klar {n}", "klart {n}")).format(n=number))
    return [(leaves, f"PÅ VÄG {number}"), done] if mood < 0.85 else [done]


def _nudged(number: str, rng: Random) -> Answers:
    return [(rng.uniform(1, 20), f"KLAR {number}")] if rng.random() < 0.8 else []


def _resident(person: Townsperson, text: str, rng: Random) -> Answers:
    mood = rng.random()
    if "Vad behöver du hjälp med?" in text:
        words = wish_text(rng) if mood < 0.8 else "Jo du förstår det är lite svårt att säga"
        return [(rng.uniform(1, 8), words)] if mood < 0.9 else []
    if "Var bor du?" in text or "Vilken ort eller stadsdel bor du i?" in text:
        return [(rng.uniform(1, 8), place_text(person, rng))] if mood < 0.9 else []
    if "Svara JA eller NEJ" in text:
        words = rng.choice(("JA", "Ja", "ja tack", "Ja tack så mycket")) if mood < 0.9 else "NEJ"
        return [(rng.uniform(2, 60), words)] if mood < 0.93 else []
    if match := _CANCEL_WHICH.search(text):
        return [(rng.uniform(1, 4), f"AVBOKA {match[1]}")]
    if "Vi letar nu efter" in text:
        return _waiting(mood, rng)
    if "kommer och hjälper dig" in text and mood < 0.12:
        return [(rng.uniform(1, 5), rng.choice(("Tack!", "Tack så mycket", "tack snälla ni")))]
    return []


def _waiting(mood: float, rng: Random) -> Answers:
    if mood < 0.05:
        return [(rng.uniform(3, 40), "Avboka tack, min dotter handlade")]
    if mood < 0.1:
        return [(rng.uniform(10, 40), rng.choice(("Hur går det med min beställning?", "STATUS")))]
    if mood < 0.16:
        return [(rng.uniform(1, 6), "Glömde skriva: portkod 1234")]
    return []


def _staff(person: Townsperson, text: str, rng: Random) -> Answers:
    service = person.role == "service"
    if match := _ACKNOWLEDGED.search(text):
        if service and rng.random() < 0.05:
            return [(rng.uniform(20, 60), f"KAN INTE {match[1]}")]
        return [(rng.uniform(50, 180) if service else rng.uniform(10, 60), f"KLAR {match[1]}")]
    if (match := _ACKNOWLEDGE.search(text)) and service and any(place in text for place in FAR_AWAY):
        return [(rng.uniform(2, 6), f"NEJ {match[1]}")]
    if match := _ACKNOWLEDGE.search(text):
        if not text.count("Ingen har svarat än") and rng.random() < 0.2:
            return []  # in a meeting: the program must ask again
        return [(rng.uniform(4, 25) if service else rng.uniform(1, 8), f"OK {match[1]}")]
    return []


class Crowd:
    """The town's people at their phones. `send` is how they text the network."""

    def __init__(
        self,
        town: Mapping[str, Townsperson],
        clock: Clock,
        zone: ZoneInfo,
        send: Callable[[str, str], Awaitable[object]],
        seed: int,
        watched: Callable[[], bool] = lambda: False,
    ) -> None:
        """watched: has a visitor the board open? Then the visitor is the coordinator, and nobody else acts as one."""
        self.town = town
        self._watched = watched
        self._clock = clock
        self._zone = zone
        self._send = send
        self._rng = Random(seed)
        self._played: set[str] = set()
        self._expectant: dict[str, str] = {}  # visitors who are volunteers and whom nobody has asked yet, and their areas
        self._planned: dict[asyncio.Task[None], tuple[str, str]] = {}
        residents = [person for person in town.values() if person.role == "resident"]
        self._residents = self._rng.sample(residents, len(residents))  # who asks next stands first

    def play(self, phone: str) -> None:
        """A visitor has this phone now: what its owner was about to write is not written."""
        person = self.town.get(phone)
        if person and person.role == "volunteer" and phone not in self._played:
            self.expect(phone, person.area)
        self._played.add(phone)
        self._forget(lambda whose, _words: whose == phone)

    def leave(self, phone: str) -> None:
        """The visitor has put the phone down; its owner reacts again to what comes."""
        self._played.discard(phone)
        self._expectant.pop(phone, None)

    def expect(self, who: str, area: str) -> None:
        """A visitor waits to be asked in this area: somebody near asks for help soon. who: a phone, or another name."""
        self._expectant[who] = area

    def was_asked(self, who: str) -> None:
        """The visitor has heard from the network."""
        self._expectant.pop(who, None)

    def is_played(self, phone: str) -> bool:
        """Has a visitor this phone?"""
        return phone in self._played

    def hear(self, phone: str, text: str) -> None:
        """A text has come to this phone."""
        self.was_asked(phone)
        person = self.town.get(phone)
        if person is None or phone in self._played or self._is_visitors(person, text):
            return
        if (number := called_off(text)) and self._rng.random() < 0.9:  # some answer before they have read
            self._forget(lambda whose, words: whose == phone and str(number) in words.split())
        for minutes, words in reaction(person, text, self._rng):
            self.plan(minutes, phone, words, self._send)

    def plan(self, minutes: float, phone: str, words: str, act: Callable[[str, str], Awaitable[object]]) -> None:
        """Whoever has this phone does something later, unless a visitor takes it before. words: what to write, or to tap."""
        task = asyncio.create_task(self._later(timedelta(minutes=minutes), phone, words, act))
        self._planned[task] = (phone, words)
        task.add_done_callback(lambda done: self._planned.pop(done, None))

    def _is_visitors(self, person: Townsperson, text: str) -> bool:
        """Is this for a visitor at the board to answer? What coordinators are asked, and emergencies."""
        return self._watched() and (person.role == "coordinator" or (person.role == "service" and "FARA FÖR LIV" in text))

    async def live(self) -> None:
        """Residents ask for help, for as long as this runs."""
        for pause in FIRST_REQUESTS:
            await asyncio.sleep(pause)
            await self._ask()
        scenes = asyncio.create_task(self._play_scenes())
        self._planned[scenes] = ("", "")
        while True:
            await asyncio.sleep(self._clock.real_seconds(timedelta(minutes=self._pause())))
            await self._ask()

    async def _play_scenes(self) -> None:
        """Once a visitor watches the board, what a coordinator is there for happens soon: see SCENES."""
        while not self._watched():  # noqa: ASYNC110 - nobody tells the town who looks at it
            await asyncio.sleep(1)
        cast: dict[str, str] = {}
        for pause, who, words in SCENES:
            await asyncio.sleep(pause)
            if who not in cast:
                person = next(p for p in self._residents if p.phone not in self._played and p.phone not in cast.values())
                cast[who] = person.phone
            await self._send(cast[who], words)

    async def stop(self) -> None:
        """Nobody writes anything any more."""
        tasks = list(self._planned)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _pause(self) -> float:
        hour = self._clock.now().astimezone(self._zone).hour
        usual = DAY_PAUSE if 7 <= hour < 22 else NIGHT_PAUSE
        return self._rng.uniform(0.5, 1.5) * usual

    async def _ask(self) -> None:
        """The resident who has been quiet longest asks; every second time near a visitor who waits to be asked."""
        free = [person for person in self._residents if person.phone not in self._played]
        near = [person for person in free if person.area in self._expectant.values()]
        for person in near[:1] if near and self._rng.random() < 0.5 else free[:1]:
            self._residents.remove(person)
            self._residents.append(person)
            await self._send(person.phone, request_text(person, self._rng))

    async def _later(self, wait: timedelta, phone: str, words: str, act: Callable[[str, str], Awaitable[object]]) -> None:
        await asyncio.sleep(self._clock.real_seconds(wait))
        await act(phone, words)

    def _forget(self, whose: Callable[[str, str], bool]) -> None:
        for task, planned in list(self._planned.items()):
            if whose(*planned):
                task.cancel()
