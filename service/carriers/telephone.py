"""The telephone of one network: its prompts, its switchboard, and where the recordings are fetched."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import structlog

from bots.carriers import elks46, twilio
from bots.voice.heard import Heard, Incoming
from bots.voice.prompts import Prompts
from bots.voice.recordings import Recordings, Source
from bots.voice.speech import SpeechUnavailable
from bots.voice.switchboard import Said, Switchboard
from dispatch.clock import Clock
from dispatch.network import Network
from service.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Telephone:
    """What answering a call needs. switchboard: None before there is a database; then every answer is None, and the caller is
    put through to a coordinator without one."""

    settings: Settings
    network: Network
    clock: Clock
    prompts: Prompts
    switchboard: Switchboard | None = None

    async def begin(self, incoming: Incoming) -> Said | None:
        """Somebody phones."""
        return await self.switchboard.begin(incoming, self.clock.now()) if self.switchboard else None

    async def go_on(self, carrier: str, call_id: str, turn: int, step: str, heard: Heard) -> Said | None:
        """A step of the script has ended."""
        if self.switchboard is None:
            return None
        return await self.switchboard.go_on(carrier, call_id, turn, step, heard, self.clock.now())

    async def read_again(self, carrier: str, call_id: str, turn: int) -> Said | None:
        """What was answered last, for its next part."""
        return await self.switchboard.read_again(carrier, call_id, turn) if self.switchboard else None

    async def told(self, carrier: str, call_id: str, number: str | None) -> None:
        """One of those who were rung has answered."""
        if self.switchboard:
            await self.switchboard.told(carrier, call_id, number, self.clock.now())

    async def hang_up(self, carrier: str, call_id: str) -> None:
        """The call is over."""
        if self.switchboard:
            await self.switchboard.hang_up(carrier, call_id, self.clock.now())


@contextlib.asynccontextmanager
async def speaking(prompts: Prompts) -> AsyncIterator[None]:
    """What has not been spoken yet is spoken while this is open, so that the first caller need not wait for it."""

    async def prepare() -> None:
        try:
            log.info("prompts.ready", prompts=await prompts.prepare())
        except (SpeechUnavailable, OSError) as error:
            log.error("prompts.unavailable", error=f"{type(error).__name__}: {error}")

    task = asyncio.create_task(prepare())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def open_prompts(settings: Settings, network: Network) -> Prompts:
    """The network's prompts; what espeak-ng has spoken is kept in this machine's data directory."""
    return Prompts(network, settings.data_dir / "prompts", network.voice.recordings)


def open_recordings(settings: Settings, session: aiohttp.ClientSession, pool: Any, now: Callable[[], datetime]) -> Recordings:
    """Whoever keeps what callers have said, as far as there is an account there."""
    sources: dict[str, Source] = {}
    if settings.elks_username and settings.elks_password:
        sources[elks46.NAME] = _source(settings.elks_api, settings.elks_username, settings.elks_password.get_secret_value())
    if settings.twilio_account and settings.twilio_token:
        sources[twilio.NAME] = _source(settings.twilio_api, settings.twilio_account, settings.twilio_token.get_secret_value())
    return Recordings(session, pool, now, sources)


def _source(api: str, username: str, password: str) -> Source:
    return Source(api, {"Authorization": aiohttp.encode_basic_auth(username, password)})
