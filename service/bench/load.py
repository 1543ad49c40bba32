"""The load of the intake measurement, a process of its own: `python -m service.bench.load`, one round a line of JSON.

It must cost little beside what it measures, so requests are complete bytes before the clock starts, an answer is read only
as far as its status, and nothing but the standard library and uvloop is loaded.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

import uvloop

MOST_A_SECOND = 20_000  # requests made ready; more than any floor takes
_FORM = b"direction=incoming&id=s%032x&from=%%2B4670%07d&to=%%2B46766860000&created=2020-04-08T07%%3A00%%3A00&message=%s"
END = b"\r\n\r\n"

# Complete requests: each names a kind of help and a place, so that each becomes a committed, open task.
_WISHES = (
    "Kan någon handla mat åt mig",
    "Hej! Jag behöver hjälp att handla mat, får inte gå ut",
    "Behöver hämta medicin på apoteket",
    "Min hund behöver rastas",
    "Skulle någon kunna hämta ut min medicin",
    "Hej, jag är 82 år och behöver hjälp att handla",
    "Jag behöver hjälp med datorn, den krånglar",
    "Vi sitter i karantän och behöver mat från affären",
    "Kan nån gå till apoteket åt mej",
    "Behöver hjälp att posta ett brev",
)
_PLACES = (
    "Gränna", "Huskvarna", "Bankeryd", "Tenhult", "Taberg", "Norrahammar", "Råslätt", "Ekhagen", "Österängen", "Kortebo",
    "Bottnaryd", "Kaxholmen", "Lekeryd", "Dalvik", "Trånghalla",
)  # fmt: skip
_SHAPES = ("{wish}? Bor i {place}", "{wish}. Jag bor i {place}. Mvh Elsa", "{wish} på torsdag, {place}", "{place}: {wish}. Tack!")


def texts() -> list[str]:
    """The messages, in the order in which they are sent, again and again."""
    return [shape.format(wish=wish, place=place) for wish, place, shape in itertools.product(_WISHES, _PLACES, _SHAPES)]


def requests(path: str, first: int, count: int) -> Iterator[bytes]:
    """Requests as 46elks sends them, each of a new message from a new number. first: the number of the first."""
    words = [quote_plus(text).encode() for text in texts()]
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n".encode()
    for number in range(first, first + count):
        form = _FORM % (number, number, words[number % len(words)])
        yield b"%sContent-Length: %d\r\n\r\n%s" % (head, len(form), form)


@dataclass(slots=True)
class Round:
    """What all connections of one round share: the requests that are left, and what was found."""

    left: Iterator[bytes]
    ends: float = 0.0
    waits: list[float] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


class Phone(asyncio.Protocol):
    """One connection that always has one request on its way, until time or requests run out."""

    def __init__(self, round_: Round) -> None:
        self._round = round_
        self._answer = b""
        self._sent = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Ready; sends nothing before all others are."""
        self._transport = transport

    def send(self) -> None:
        """Send the next request, or end."""
        now = time.perf_counter()
        request = next(self._round.left, None) if now < self._round.ends else None
        if request is None:
            self._transport.close()
            return
        self._sent = now
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Count a whole answer: 204 has no body. After anything else the connection is not used any more."""
        self._answer += data
        if not self._answer.endswith(END):
            return
        if self._answer.startswith(b"HTTP/1.1 204"):
            self._round.waits.append(time.perf_counter() - self._sent)
            self._answer = b""
            self.send()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Ended; an answer that was not 204 is told."""
        if self._answer:
            self._round.other.append(self._answer[:200].decode(errors="replace"))
        if not self.ended.done():
            self.ended.set_result(None)


async def play(port: int, path: str, connections: int, seconds: float, first: int) -> dict[str, Any]:
    """One round. Returns how many answers were 204, how fast, and how much of one core this process itself took."""
    round_ = Round(iter(list(requests(path, first, int(seconds * MOST_A_SECOND)))))
    loop = asyncio.get_running_loop()
    phones = [(await loop.create_connection(lambda: Phone(round_), "127.0.0.1", port))[1] for _ in range(connections)]
    begun, used = time.perf_counter(), time.process_time()
    round_.ends = begun + seconds
    for phone in phones:
        phone.send()
    await asyncio.wait_for(asyncio.gather(*(phone.ended for phone in phones)), seconds + 30)
    took, used = time.perf_counter() - begun, time.process_time() - used
    waits = sorted(round_.waits) or [0.0]
    return {
        "answered": len(round_.waits),
        "other": round_.other,
        "per_second": len(round_.waits) / took,
        "p50_ms": waits[len(waits) // 2] * 1000,
        "p99_ms": waits[len(waits) * 99 // 100] * 1000,
        "generator_share": used / took,
    }


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(uvloop.run(play(**json.loads(line)))), flush=True)
