"""The pages of the measurement of boards, a process of its own: `python -m service.bench.watchers`.

A line of JSON {"port", "requests", "wanted"} opens a stream a request; each {"post", "wanted"} after it sends that request
and waits until something that was `wanted` has come on every stream, at most ten seconds. The answer says how many were
served, when the last was, and how many bytes came. Nothing but the standard library and uvloop is loaded.
"""

import asyncio
import contextlib
import functools
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

PATIENCE = 10.0
QUIET = 0.02  # seconds after the last, for what else comes with it
LONGEST_WANTED = 100


@dataclass(slots=True)
class Pages:
    """All streams: what they wait for, and how many have had it."""

    streams: int = 0
    wanted: bytes = b""
    served: int = 0
    received: int = 0
    last: float = 0.0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def expect(self, wanted: str) -> None:
        """From now on a stream is served when these words have come."""
        self.wanted, self.served, self.received = wanted.encode(), 0, 0
        self.done.clear()

    def serve(self) -> None:
        """One more is served."""
        self.served += 1
        self.last = time.perf_counter()
        if self.served == self.streams:
            self.done.set()


class Page(asyncio.Protocol):
    """One stream."""

    def __init__(self, pages: Pages, request: str) -> None:
        self._pages, self._request = pages, request
        self._tail = b""

    def connection_made(self, transport: Any) -> None:
        """Ask for the stream."""
        transport.write(self._request.encode())

    def data_received(self, data: bytes) -> None:
        """Look for what is wanted, also when it came in two parts."""
        self._pages.received += len(data)
        seen = self._tail + data
        if self._pages.wanted in seen:
            self._pages.serve()
            seen = b""
        self._tail = seen[-LONGEST_WANTED:]


async def play() -> None:
    """Serve the lines of JSON."""
    pages, port = Pages(), 0
    loop = asyncio.get_running_loop()
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        pages.expect(asked["wanted"])
        begun = time.perf_counter()
        if "requests" in asked:
            port, pages.streams = asked["port"], len(asked["requests"])
            for request in asked["requests"]:
                await loop.create_connection(functools.partial(Page, pages, request), "127.0.0.1", port)
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(asked["post"].encode())
            await reader.readline()
            writer.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(pages.done.wait(), PATIENCE)
        await asyncio.sleep(QUIET)
        told = {"served": pages.served, "last_ms": (pages.last - begun) * 1000, "bytes": pages.received}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    uvloop.run(play())
