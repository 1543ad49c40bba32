"""Telephones where carriers' exchanges would be: they call the program's webhooks and do as they are told, step by step.

A call is in somebody's hand: `pressed`, `rang`, `nobody_answers`, `says`, `hangs_up` go on with it. `heard` are the prompts so
far, by their keys. What the program gives is fetched and checked as a carrier would: every sound must be there.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import aiohttp
from twilio.request_validator import RequestValidator

from service.demo.carrier import FakeElks
from service.demo.http_carriers import TWILIO_ACCOUNT, TWILIO_TOKEN, FakeTwilio

_NUMBERS = itertools.count(1)
HOTLINE = "+46366800000"


class WrongAnswer(AssertionError):
    """The program answered something that no carrier can do."""


@dataclass(slots=True)
class Call:
    """One call, whichever carrier's. waits: what the carrier does now: key, ring, record, or "" when the call is over."""

    caller: str
    id: str = field(default_factory=lambda: f"c{next(_NUMBERS):031x}")
    called: str = HOTLINE
    heard: list[str] = field(default_factory=list)
    sounds: list[str] = field(default_factory=list)  # addresses
    waits: str = ""
    rings: list[str] = field(default_factory=list)  # numbers whose telephones ring now
    shows: str = ""  # what they see
    steps: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # webhooks so far: address and form
    answers: list[str] = field(default_factory=list)  # what the program has answered, as it came

    @property
    def client(self) -> aiohttp.ClientSession:
        """What webhooks are called with."""
        raise NotImplementedError

    def said(self) -> list[str]:
        """The prompts since this was asked last."""
        new, self.heard = self.heard, []
        return new

    async def begins(self) -> "Call":
        """Somebody dials the network's number."""
        raise NotImplementedError

    async def pressed(self, key: str) -> "Call":
        """A key; "" for none."""
        raise NotImplementedError

    async def rang(self, result: str) -> "Call":
        """The other telephones have rung: answered (and the talk is over), busy, failed."""
        raise NotImplementedError

    async def says(self, content: bytes) -> "Call":
        """Something is recorded."""
        raise NotImplementedError

    async def hangs_up(self) -> None:
        """The caller hangs up."""
        raise NotImplementedError

    async def somebody_answers(self, number: str) -> None:
        """One of the telephones that ring is answered, and they talk from now on. Not every carrier tells."""
        self._require("ring")
        if number not in self.rings:
            raise WrongAnswer(f"{number} does not ring")

    async def nobody_answers(self) -> "Call":
        """All of them ring until it is given up."""
        return await self.rang("failed")

    async def again(self) -> str:
        """The last webhook once more, as a carrier that has heard no answer. Returns what is answered; nothing follows."""
        address, form = self.steps[-1]
        return await self._post(address, form)

    def _require(self, what: str) -> None:
        if self.waits != what:
            raise WrongAnswer(f"the call waits for {self.waits or 'nothing'}, not for {what}")

    async def _plays(self, address: str) -> None:
        """Fetch a sound as a carrier does. The demo's prompts are known by what their address says."""
        self.sounds.append(address)
        async with self.client.get(address) as response:
            if response.status != 200 or not response.content_type.startswith("audio/") or not await response.read():
                raise WrongAnswer(f"{address} is no sound: {response.status}")
        made_of = parse_qs(urlsplit(address).query).get("say", [""])[0]
        self.heard += made_of.partition(":")[2].split(",")

    async def _post(self, address: str, form: dict[str, str]) -> str:
        raise NotImplementedError


@dataclass(slots=True)
class ElksCall(Call):
    """A call through 46elks."""

    carrier: FakeElks = field(default_factory=FakeElks)
    action: dict[str, Any] = field(default_factory=dict)
    over: str = ""  # where they tell that it has ended

    @property
    def client(self) -> aiohttp.ClientSession:
        """What webhooks are called with."""
        return self.carrier.client

    async def begins(self) -> Call:
        """46elks' voice_start."""
        form = {"direction": "incoming", "from": self.caller, "to": self.called, "created": "2020-04-08T07:00:00.000000"}
        return await self._go(f"{self.carrier.hooks}/call", form)

    async def pressed(self, key: str) -> Call:
        """`result` is the digits."""
        self._require("key")
        return await self._go(self.action["next"], {"result": key})

    async def rang(self, result: str) -> Call:
        """`result` is success, busy or failed."""
        self._require("ring")
        return await self._go(self.action["next"], {"result": "success" if result == "answered" else result})

    async def says(self, content: bytes) -> Call:
        """The recording is told at `record`, and the call goes on at `next`."""
        self._require("record")
        address, after = self.action["record"], self.action["next"]
        form = {"wav": self.carrier.keeps(content), "duration": "7", "from": self.caller, "to": self.called}
        await self._post(address, self._with_id(form))
        return await self._go(after, {})

    async def hangs_up(self) -> None:
        """`whenhangup` has `id` in place of `callid`."""
        self.waits = ""
        await self._post(
            self.over, {"id": self.id, "state": "success", "start": "2020-04-08T07:00:00", "duration": "9", "cost": "0"}
        )

    def _with_id(self, form: dict[str, str]) -> dict[str, str]:
        return {"callid": self.id, **form}

    async def _go(self, address: str, form: dict[str, str]) -> Call:
        """Do as the program answers until somebody must do something."""
        form = self._with_id(form)
        while True:
            self.steps.append((address, form))
            async with self.client.post(address, data=form) as response:
                if response.status != 200:
                    raise WrongAnswer(f"46elks hangs up: {response.status}")
                self.action = await response.json()
            self.answers.append(repr(self.action))
            self.over = self.action.get("whenhangup", self.over)
            self.waits = await self._does(self.action)
            if self.waits or "next" not in self.action:
                break
            address, form = self.action["next"], {"callid": self.id}
        if not self.waits:
            await self.hangs_up()
        return self

    async def _does(self, action: dict[str, Any]) -> str:
        if "ivr" in action:
            await self._plays(action["ivr"])
            return "key"
        if "connect" in action:
            self.rings, self.shows = action["connect"].split(","), action.get("callerid", self.caller)
            return "ring"
        if "record" in action:
            return "record"
        if "play" in action:
            await self._plays(action["play"])
        elif "hangup" not in action:
            raise WrongAnswer(f"46elks does not know {action}")
        return ""

    async def _post(self, address: str, form: dict[str, str]) -> str:
        async with self.client.post(address, data=form) as response:
            if response.status not in (200, 204):
                raise WrongAnswer(f"{response.status}")
            return await response.text()


@dataclass(slots=True)
class TwilioCall(Call):
    """A call through Twilio. Every webhook is signed."""

    carrier: FakeTwilio = field(default_factory=FakeTwilio)
    there: str = ""  # where the answer to what is awaited goes
    told: dict[str, str] = field(default_factory=dict)  # where it is told who has answered, by number
    left: list[ElementTree.Element] = field(default_factory=list)  # verbs after the one that waits

    @property
    def client(self) -> aiohttp.ClientSession:
        """What webhooks are called with."""
        return self.carrier.client

    async def begins(self) -> Call:
        """Twilio's "a call comes in"."""
        return await self._go(f"{self.carrier.public}/hooks/twilio/call", {"CallStatus": "ringing"})

    async def pressed(self, key: str) -> Call:
        """`Digits`; without a key the verbs after Gather go on."""
        self._require("key")
        if key:
            return await self._go(self.there, {"Digits": key})
        return await self._through(self.left)

    async def rang(self, result: str) -> Call:
        """`DialCallStatus`."""
        self._require("ring")
        status = {"answered": "completed", "failed": "no-answer"}.get(result, result)
        return await self._go(self.there, {"DialCallStatus": status})

    async def somebody_answers(self, number: str) -> None:
        """The leg's status callback."""
        await Call.somebody_answers(self, number)
        if address := self.told.get(number):
            form = {"CallSid": "CAleg", "ParentCallSid": self.id, "To": number, "From": self.shows, "CallStatus": "in-progress"}
            await self._post(address, form)

    async def says(self, content: bytes) -> Call:
        """`RecordingUrl`."""
        self._require("record")
        return await self._go(self.there, {"RecordingUrl": self.carrier.keeps(content), "RecordingDuration": "7"})

    async def hangs_up(self) -> None:
        """Twilio's "call status changes"."""
        self.waits = ""
        await self._post(
            f"{self.carrier.public}/hooks/twilio/call", self._with_id({"CallStatus": "completed", "CallDuration": "9"})
        )

    def _with_id(self, form: dict[str, str]) -> dict[str, str]:
        return {"CallSid": self.id, "AccountSid": TWILIO_ACCOUNT, "From": self.caller, "To": self.called, **form}

    async def _go(self, address: str, form: dict[str, str]) -> Call:
        form = self._with_id({"CallStatus": "in-progress", **form})
        self.steps.append((address, form))
        answer = await self._post(address, form)
        self.answers.append(answer)
        document = ElementTree.fromstring(answer)  # noqa: S314 - the program's own
        return await self._through(list(document))

    async def _through(self, verbs: list[ElementTree.Element]) -> Call:
        """Do one verb after the other until somebody must do something. A second Gather is only the first one repeated."""
        for n, verb in enumerate(verbs):
            self.left = [v for v in verbs[n + 1 :] if v.tag != "Gather"]
            self.there = verb.get("action", "")
            match verb.tag:
                case "Play":
                    await self._plays(verb.text or "")
                case "Gather":
                    for played in verb:
                        await self._plays(played.text or "")
                    self.waits = "key"
                    return self
                case "Dial":
                    self.rings, self.shows = [number.text or "" for number in verb], verb.get("callerId", self.caller)
                    self.told = {n.text or "": a for n in verb if (a := n.get("statusCallback"))}
                    self.waits = "ring"
                    return self
                case "Record":
                    self.waits = "record"
                    return self
                case "Redirect":
                    return await self._go(verb.text or "", {})
                case "Hangup" | "Reject":
                    break
                case _:
                    raise WrongAnswer(f"Twilio does not know {verb.tag}")
        await self.hangs_up()
        return self

    async def _post(self, address: str, form: dict[str, str]) -> str:
        signature = RequestValidator(TWILIO_TOKEN).compute_signature(address, form)
        async with self.client.post(address, data=form, headers={"X-Twilio-Signature": signature}) as response:
            if response.status not in (200, 204):
                raise WrongAnswer(f"Twilio says that the application has failed: {response.status}")
            return await response.text()
