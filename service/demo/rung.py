"""The telephones that the program rings through the fake 46elks: they answer, are busy, are silent, or an answering machine does.

A call that is connected goes on until `hang_up`: the story decides how long two people talk.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from aiohttp import web

# hangs: it rings, and no more is heard of the call
Habit = Literal["answers", "silent", "busy", "machine", "hangs"]


@dataclass(slots=True)
class Rung:
    """One call that the program has made. heard: addresses of what was played; second: who was rung then; caller_ids: what the
    telephones showed."""

    id: str
    to: str
    voice_start: str
    whenhangup: str
    caller_ids: list[str]
    heard: list[str] = field(default_factory=list)
    second: str | None = None
    pressed: str = ""  # keys, in order
    talking: str | None = None  # where the carrier goes on when the two have talked
    over: bool = False


class Carrier(Protocol):
    """What the telephones need of the carrier that they are behind."""

    def spawn(self, work: Any) -> None:
        """Do something in the background."""

    async def ask(self, url: str, form: dict[str, str]) -> Any:
        """Call a webhook, and read the action that it answers."""


@dataclass(slots=True)
class Telephones:
    """habits: what happens at a number, "answers" where nothing is said; keys: what is pressed there, in order, else "1" once."""

    carrier: Carrier
    habits: dict[str, Habit] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    calls: list[Rung] = field(default_factory=list)
    talk_for: float | None = None  # seconds, until they hang up by themselves; None: the story says when
    twice: bool = False  # every webhook comes twice

    async def take(self, form: Any) -> web.Response:
        """POST /calls."""
        if not str(form.get("to", "")).startswith("+") or not form.get("from") or not form.get("voice_start"):
            return web.Response(status=400, text="Missing or invalid parameter")
        call = Rung(
            f"c{len(self.calls) + 1:031x}", str(form["to"]), str(form["voice_start"]), str(form.get("whenhangup", "")),
            [str(form["from"])],
        )  # fmt: skip
        self.calls.append(call)
        self.carrier.spawn(self._ring(call))
        return web.json_response({"id": call.id, "state": "ongoing", "from": str(form["from"]), "to": call.to})

    async def _ring(self, call: Rung) -> None:
        habit = self.habits.get(call.to, "answers")
        if habit == "hangs":
            return
        if habit in ("silent", "busy"):
            await self._over(call, "failed" if habit == "silent" else "busy")
            return
        await self._follow(
            call, await self._tell(call.voice_start, {"callid": call.id, "from": call.caller_ids[0], "to": call.to})
        )

    async def _follow(self, call: Rung, action: Any) -> None:
        while isinstance(action, dict) and "hangup" not in action:
            if "connect" in action:
                if await self._connect(call, action):
                    return
                action = self._then(action, call) or await self._next(call, action, self.habits.get(call.second or "", ""))
                continue
            call.heard += [str(action[name]) for name in ("ivr", "play") if name in action]
            if "ivr" in action:
                pressed = "" if self.habits.get(call.to) == "machine" else self._key(call)
                inline = action.get(pressed)
                action = inline if isinstance(inline, dict) else await self._next(call, action, pressed)
            else:
                action = await self._next(call, action, "ok")
        await self._over(call, "success")

    def _key(self, call: Rung) -> str:
        waiting = self.keys.get(call.to, [])
        key = waiting.pop(0) if waiting else "" if call.pressed else "1"
        call.pressed += key
        return key

    async def _connect(self, call: Rung, action: dict[str, Any]) -> bool:
        """Ring the second one. True when the two talk now."""
        call.second = str(action["connect"])
        call.caller_ids.append(str(action.get("callerid", "")))
        if self.habits.get(call.second, "answers") in ("silent", "busy"):
            return False
        call.talking = str(action.get("next", ""))
        if self.talk_for is not None:
            self.carrier.spawn(self._hang_up_later(call, self.talk_for))
        return True

    async def _hang_up_later(self, call: Rung, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._talked(call)

    def _then(self, action: dict[str, Any], call: Rung) -> Any:
        return action.get("busy" if self.habits.get(call.second or "") == "busy" else "failed")

    async def _next(self, call: Rung, action: dict[str, Any], result: str) -> Any:
        after = action.get("next")
        if isinstance(after, dict) or not after:
            return after
        said = {"silent": "failed", "busy": "busy"}.get(result, result)
        return await self._tell(str(after), {"callid": call.id, "result": said})

    async def hang_up(self, first: bool = False) -> None:
        """Whoever talks hangs up. first: it is the one whom we rang first, and 46elks says only that the call is over."""
        call = next(c for c in reversed(self.calls) if c.talking is not None and not c.over)
        if first:
            await self._over(call, "success")
        else:
            await self._talked(call)

    async def _talked(self, call: Rung) -> None:
        if not call.over:
            after, call.talking = call.talking, None
            await self._follow(call, await self._tell(after or "", {"callid": call.id, "result": "success"}))

    async def _over(self, call: Rung, state: str) -> None:
        call.over = True
        await self._tell(call.whenhangup, {"id": call.id, "state": state, "direction": "outgoing"})

    async def _tell(self, url: str, form: dict[str, str]) -> Any:
        if not url:
            return None
        answer = await self.carrier.ask(url, form)
        if self.twice:
            await self.carrier.ask(url, form)
        return answer
