"""Carriers that stand where Twilio and a phone with SMS Gateway would: the same API, and webhooks that are signed as theirs."""

import hashlib
import hmac
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from twilio.request_validator import RequestValidator

from service.demo.local_server import LocalServer

TWILIO_ACCOUNT, TWILIO_TOKEN = "AC" + "0" * 32, "fake-twilio-token"
PHONE_USERNAME, PHONE_PASSWORD, PHONE_KEY = "fake-phone", "fake-phone-password", "fake-phone-key"


@dataclass(frozen=True, slots=True)
class Posted:
    """An SMS that the program has sent. report: what the program knows it by, or where its status goes."""

    id: str
    sender: str
    to: str
    text: str
    report: str


@dataclass(slots=True)
class HttpCarrier(LocalServer):
    """What both have in common. answers: what the next sends are answered with instead of success: a status, or a status
    and a body."""

    api: str = ""
    public: str = ""  # the program's address, as the carrier knows it
    texts: list[Posted] = field(default_factory=list)
    answers: list[int | tuple[int, dict[str, Any]]] = field(default_factory=list)
    tries: int = 0
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def to(self, number: str) -> list[str]:
        """What has been sent to a number."""
        return [t.text for t in self.texts if t.to == number]

    def _refused(self, request: web.Request, username: str, password: str) -> web.Response | None:
        self.tries += 1
        if request.headers.get("Authorization") != aiohttp.encode_basic_auth(username, password):
            return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
        if not self.answers:
            return None
        special = self.answers.pop(0)
        status, body = special if isinstance(special, tuple) else (special, {"message": "no"})
        return web.json_response(body, status=status)


@dataclass(slots=True)
class FakeTwilio(HttpCarrier):
    """Twilio's API for one account. An incoming message that is answered 5xx does not come again."""

    recordings: dict[str, bytes] = field(default_factory=dict)  # by name

    async def start(self) -> None:
        """Listen on a free port; `api` is the address to give the program."""
        app = web.Application()
        app.router.add_post(f"/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages.json", self._send)
        app.router.add_get(f"/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Recordings/{{name}}", self._recording)
        self.api = await self.serve(app)

    def keeps(self, content: bytes) -> str:
        """What somebody has said in a call. Returns where it is fetched."""
        name = f"RE{next(self._numbers):032x}"
        self.recordings[name] = content
        return f"{self.api}/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Recordings/{name}"

    async def _recording(self, request: web.Request) -> web.Response:
        if refused := self._refused(request, TWILIO_ACCOUNT, TWILIO_TOKEN):
            return refused
        content = self.recordings.get(request.match_info["name"])
        return web.Response(body=content, content_type="audio/wav") if content else web.Response(status=404)

    async def _send(self, request: web.Request) -> web.Response:
        if refused := self._refused(request, TWILIO_ACCOUNT, TWILIO_TOKEN):
            return refused
        form = {k: str(v) for k, v in (await request.post()).items()}
        sid = f"SM{next(self._numbers):032x}"
        self.texts.append(Posted(sid, form["From"], form["To"], form["Body"], form.get("StatusCallback", "")))
        return web.json_response({"sid": sid, "status": "queued", "to": form["To"]}, status=201)

    async def receive(self, sender: str, text: str, **fields: str) -> int:
        """Somebody texts the network. Returns what the program answers."""
        sid = f"SM{next(self._numbers):032x}"
        form = {
            "MessageSid": sid,
            "AccountSid": TWILIO_ACCOUNT,
            "From": sender,
            "To": "+46766860001",
            "Body": text,
            "NumMedia": "0",
        }
        return await self.call("/hooks/twilio/sms", form | fields)

    async def report(self, sent: Posted, status: str, **fields: str) -> int:
        """What became of a message."""
        return await self.call(sent.report.removeprefix(self.public), {"MessageSid": sent.id, "MessageStatus": status} | fields)

    async def call(self, path: str, form: dict[str, str], signature: str | None = None) -> int:
        """A signed webhook. signature: another one than the right one."""
        address = f"{self.public}{path}"
        signed = RequestValidator(TWILIO_TOKEN).compute_signature(address, form) if signature is None else signature
        async with self.client.post(address, data=form, headers={"X-Twilio-Signature": signed}) as response:
            return response.status


@dataclass(slots=True)
class FakePhone(HttpCarrier):
    """A phone with SMS Gateway. paths: where its API takes messages."""

    paths: tuple[str, ...] = ("/messages",)

    async def start(self) -> None:
        """Listen on a free port; `api` is the address to give the program."""
        app = web.Application()
        for path in self.paths:
            app.router.add_post(path, self._send)
        self.api = await self.serve(app)

    async def _send(self, request: web.Request) -> web.Response:
        if refused := self._refused(request, PHONE_USERNAME, PHONE_PASSWORD):
            return refused
        body = await request.json()
        for number in body["phoneNumbers"]:
            self.texts.append(Posted(body["id"], "", number, body["textMessage"]["text"], body["id"]))
        return web.json_response({"id": body["id"], "state": "Pending", "recipients": []}, status=202)

    async def receive(self, sender: str, text: str, at: str = "2020-04-08T09:00:00.123+02:00", event: str | None = None) -> int:
        """Somebody texts the phone. at: when; event: the webhook's id, when it comes again."""
        payload = {"messageId": "abc123", "message": text, "sender": sender, "simNumber": 1, "receivedAt": at}
        return await self.tell("sms:received", payload, event)

    async def report(self, sent: Posted, event: str, **payload: str) -> int:
        """What became of a message: sms:sent, sms:delivered, sms:failed."""
        return await self.tell(event, {"messageId": sent.id, "phoneNumber": sent.to, **payload})

    async def tell(self, event: str, payload: dict[str, Any], event_id: str | None = None, seconds_ago: int = 0) -> int:
        """A signed webhook."""
        body = orjson.dumps({
            "deviceId": "fake", "event": event, "id": event_id or f"ev{next(self._numbers):020x}", "webhookId": "w",
            "payload": payload,
        })  # fmt: skip
        stamp = str(int(time.time()) - seconds_ago)
        signature = hmac.new(PHONE_KEY.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
        return await self.post(body, {"X-Timestamp": stamp, "X-Signature": signature})

    async def post(self, body: bytes, headers: dict[str, str], key: str = PHONE_KEY) -> int:
        """A webhook as it is given."""
        headers = {"Content-Type": "application/json", **headers}
        async with self.client.post(f"{self.public}/hooks/android-sms/{key}", data=body, headers=headers) as response:
            return response.status
