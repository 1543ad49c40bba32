"""A carrier that stands where 46elks would: it takes SMS over the same API and calls the same webhooks.

The demo and the tests speak through it; the program does not know the difference.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from dispatch import sms
from service.demo.local_server import LocalServer
from service.demo.rung import Telephones

USERNAME = "fake-user"
PASSWORD = "fake-password"  # noqa: S105 - of a carrier that does not exist
KEY = "fake-hook-key"


@dataclass(frozen=True, slots=True)
class Text:
    """An SMS that the program has sent. whendelivered: where its delivery report goes."""

    id: str
    sender: str
    to: str
    text: str
    whendelivered: str | None


@dataclass(slots=True)
class FakeElks(LocalServer):
    """46elks' API for one account, and the phones behind it.

    answers: what the next sends are answered with, in order, instead of success: an HTTP status, or "timeout" for none.
    on_sent: called with every text that was accepted.
    """

    api: str = ""
    hooks: str = ""  # base of the program's hooks, with the key
    texts: list[Text] = field(default_factory=list)
    answers: list[int | str] = field(default_factory=list)
    tries: int = 0
    call_answers: list[int] = field(default_factory=list)  # the same for calls: statuses
    call_tries: int = 0
    telephones: Telephones = field(init=False)  # those that are rung
    reports: bool = True  # send a delivery report for each text
    recordings: dict[str, bytes] = field(default_factory=dict)  # by name; what is asked for before it is here is not found
    on_sent: Callable[[Text], None] = lambda _text: None
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.telephones = Telephones(self)

    async def start(self) -> None:
        """Listen on a free port of this machine; `api` is the address to give the program."""
        app = web.Application()
        app.router.add_post("/a1/sms", self._send)
        app.router.add_get("/a1/recordings/{name}", self._recording)
        app.router.add_post("/a1/calls", self._call)
        self.api = f"{await self.serve(app)}/a1"

    async def _call(self, request: web.Request) -> web.Response:
        self.call_tries += 1
        if request.headers.get("Authorization") != aiohttp.encode_basic_auth(USERNAME, PASSWORD):
            return web.Response(status=401, text="Authorization failed")
        special = self.call_answers.pop(0) if self.call_answers else None
        if special is not None:
            return web.Response(status=special, text="Refused")
        return await self.telephones.take(await request.post())

    async def ask(self, url: str, form: dict[str, str]) -> Any:
        """Call a webhook of a call; its answer, an action, as JSON; None when there is none."""
        try:
            async with self.client.post(url, data=form, timeout=aiohttp.ClientTimeout(total=10)) as response:
                return await response.json(content_type=None) if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None

    async def _send(self, request: web.Request) -> web.Response:
        self.tries += 1
        if request.headers.get("Authorization") != aiohttp.encode_basic_auth(USERNAME, PASSWORD):
            return web.Response(status=401, text="Authorization failed")
        form = await request.post()
        to, text, sender = str(form.get("to", "")), str(form.get("message", "")), str(form.get("from", ""))
        if not to.startswith("+") or not text or not sender:
            return web.Response(status=400, text="Missing or invalid parameter")
        special = self.answers.pop(0) if self.answers else None
        if special == "timeout":
            request.transport.close() if request.transport else None
            return web.Response(status=500)
        if isinstance(special, int):
            return web.Response(status=special, text="Not enough credits" if special == 403 else "Refused")
        sent = Text(f"s{next(self._numbers):031x}", sender, to, text, str(form.get("whendelivered", "")) or None)
        self.texts.append(sent)
        self.on_sent(sent)
        if self.reports and sent.whendelivered:
            self.spawn(self.report(sent, "delivered"))
        reply = {
            "id": sent.id, "status": "created", "parts": sms.parts(text), "cost": 3500 * sms.parts(text), "from": sender,
            "to": to, "message": text, "direction": "outgoing", "created": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        return web.json_response(reply)

    def keeps(self, content: bytes) -> str:
        """What somebody has said in a call. Returns where it is fetched."""
        name = f"r{next(self._numbers):031x}.wav"
        self.recordings[name] = content
        return f"{self.api}/recordings/{name}"

    async def _recording(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != aiohttp.encode_basic_auth(USERNAME, PASSWORD):
            return web.Response(status=401, text="Authorization failed")
        content = self.recordings.get(request.match_info["name"])
        return web.Response(body=content, content_type="audio/wav") if content else web.Response(status=404)

    async def report(self, sent: Text, status: str) -> None:
        """Send a delivery report to the program."""
        form = {"id": sent.id, "status": status, "delivered": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")}
        await self._post(sent.whendelivered or f"{self.hooks}/delivery", form)

    async def receive(self, sender: str, text: str, message_id: str | None = None, to: str = "+46766860000") -> int:
        """Somebody texts the network. Delivered until the program answers 2xx, as 46elks does. Returns the last status."""
        form = {
            "direction": "incoming", "id": message_id or f"i{next(self._numbers):031x}", "from": sender, "to": to,
            "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"), "message": text,
        }  # fmt: skip
        status = 0
        for attempt in range(5):
            status = await self._post(f"{self.hooks}/sms", form)
            if status < 500 and status != 0:
                break
            await asyncio.sleep(0.05 * 2**attempt)
        return status

    async def _post(self, url: str, form: dict[str, str]) -> int:
        try:
            async with self.client.post(url, data=form, timeout=aiohttp.ClientTimeout(total=10)) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0
