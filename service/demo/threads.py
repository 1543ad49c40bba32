"""The phones of the demo: what was texted to and from each, and the way to text the network."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dispatch.clock import Clock
from service.demo.carrier import FakeElks, Text

KEPT = 60  # texts a phone


@dataclass(frozen=True, slots=True)
class Line:
    """One text on a phone's screen. mine: written on this phone."""

    at: datetime
    mine: bool
    text: str


class Threads:
    """Every phone's thread with the network. on_text hears each text that comes to a phone: its number and the words."""

    def __init__(self, carrier: FakeElks, clock: Clock, on_text: Callable[[str, str], None] = lambda _phone, _text: None) -> None:
        self._carrier = carrier
        self._clock = clock
        self._threads: defaultdict[str, deque[Line]] = defaultdict(lambda: deque(maxlen=KEPT))
        self.on_text = on_text
        carrier.on_sent = self._came

    def of(self, phone: str) -> list[Line]:
        """The phone's texts, oldest first."""
        return list(self._threads.get(phone, ()))

    async def write(self, phone: str, text: str) -> bool:
        """Text the network. True when the program has taken it."""
        self._threads[phone].append(Line(self._clock.now(), True, text))
        return 200 <= await self._carrier.receive(phone, text) < 300

    def _came(self, sent: Text) -> None:
        self._carrier.texts.clear()  # kept here, and shorter
        self._threads[sent.to].append(Line(self._clock.now(), False, sent.text))
        self.on_text(sent.to, sent.text)
