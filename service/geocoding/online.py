"""Asking an online geocoder: only for an operator who presses a key, one question at a time, with a memory of a month.

The address is all that is sent, and the answer is looked for around the network only. Public services are shared by many:
https://operations.osmfoundation.org/policies/nominatim/ allows at most one question a second from all of an application's users
together, wants it named in the User-Agent, answers kept, and nothing asked while somebody is still typing.

The memory leaks least by not holding the question: its key is an HMAC of the address by the secret key of the installation, so
that nobody without it can try addresses out; the answer is what the public map says; and of the time only the day is kept.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib.metadata import version
from typing import Any, Protocol

import aiohttp
import asyncpg
import orjson
import structlog

from bots.bounded import read_at_most
from dispatch.network import Geocoder, Network
from geo.fold import fold
from geo.locate import position
from geo.location import Candidate, Precision
from service.geocoding.cleaning import public_part
from service.geocoding.services import SERVICES, Box, Hit
from sql import query

log = structlog.get_logger()

KEPT_FOR = timedelta(days=30)
AROUND = 0.05  # degrees around the network in which is looked
PAUSE = timedelta(minutes=1)  # after it has said that it is asked too much, or is overloaded
LONGEST_PAUSE = 3600  # seconds
BIGGEST = 300_000  # bytes of an answer
CONFIDENCE = {Precision.ADDRESS: 0.9, Precision.STREET: 0.7, Precision.PLACE: 0.6, Precision.POSTCODE: 0.5}
BUSY = (403, 429, 503)
FAULTS = (aiohttp.ClientError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError)


class AddressFinder(Protocol):
    """Whatever finds an address outside the house."""

    async def find(self, address: str) -> tuple[Candidate, ...]:
        """Where the address may be, best first; empty when it is not known, or nobody answers. Never raises."""


class Online:
    """One network's geocoder. now: the real time. secret_key: empty keeps nothing."""

    def __init__(
        self,
        config: Geocoder,
        network: Network,
        session: aiohttp.ClientSession,
        pool: Any,
        secret_key: str,
        now: Callable[[], datetime],
    ) -> None:
        self.config, self._network, self._session, self._pool, self._now = config, network, session, pool, now
        self._service = SERVICES[config.kind]
        self._secret = secret_key.encode()
        self._asking = asyncio.Lock()

    async def find(self, address: str) -> tuple[Candidate, ...]:
        """See AddressFinder. At most `timeout_seconds` for the answer, and as long again for the turn."""
        sent = public_part(address)
        box = box_of(self._network)
        if not sent or box is None:
            return ()
        try:
            async with asyncio.timeout(2 * self.config.timeout_seconds), self._asking:
                if known := await self.known(address):  # perhaps since somebody else has asked it just now
                    return known
                hits = await self._ask(sent, box)
                await self._keep(sent, hits)
        except FAULTS as error:
            log.warning("geocoder.no_answer", kind=self.config.kind, why=type(error).__name__)
            return ()
        return self._candidates(hits)

    async def known(self, address: str) -> tuple[Candidate, ...]:
        """What was answered for this address before. Nothing is sent."""
        sent = public_part(address)
        if not sent or not self._secret:
            return ()
        try:
            found = await self._pool.fetchval(query("geocoder_known"), self._key(sent), self._today())
        except FAULTS as error:
            log.warning("geocoder.no_memory", why=type(error).__name__)
            return ()
        kept = orjson.loads(found) if found else []
        return self._candidates([Hit(h["label"], h["lat"], h["lon"], Precision(h["precision"])) for h in kept])

    async def _ask(self, sent: str, box: Box) -> list[Hit]:
        """Raises one of FAULTS when there is no answer."""
        await self._take_turn()
        timeout = aiohttp.ClientTimeout(total=self.config.timeout_seconds)
        url, params = self.config.url.rstrip("/") + self._service.path, self._service.params(sent, box)
        headers = {"User-Agent": user_agent(self._network), "Accept": "application/json"}
        request = self._session.get(url, params=params, headers=headers, timeout=timeout, allow_redirects=False)
        async with request as response:
            if response.status in BUSY:
                await self._pause(response.headers.get("Retry-After", ""))
            if response.status != 200:
                raise ValueError("no answer of this service")
            body = await read_at_most(response, BIGGEST)
        west, south, east, north = box
        hits = self._service.read(orjson.loads(body))
        return [hit for hit in hits if south <= hit.lat <= north and west <= hit.lon <= east]

    async def _take_turn(self) -> None:
        """Wait until it may be asked: the time between two questions is kept by all processes together."""
        now, every = self._now(), timedelta(seconds=self.config.every_seconds)
        latest = now + timedelta(seconds=self.config.timeout_seconds)
        at = await self._pool.fetchval(query("geocoder_turn"), now, every, latest)
        if at is None:
            raise TimeoutError("others ask already")
        await asyncio.sleep(max(0.0, (at - now).total_seconds()))

    async def _pause(self, retry_after: str) -> None:
        seconds = min(int(retry_after), LONGEST_PAUSE) if retry_after.isascii() and retry_after.isdigit() else 0
        await self._pool.execute(query("geocoder_pause"), self._now() + max(PAUSE, timedelta(seconds=seconds)))

    async def _keep(self, sent: str, hits: Sequence[Hit]) -> None:
        if not hits or not self._secret:
            return
        answer = [{"label": h.label, "lat": h.lat, "lon": h.lon, "precision": h.precision.value} for h in hits]
        said, today = orjson.dumps(answer).decode(), self._today()
        try:
            await self._pool.execute(query("geocoder_keep"), self._key(sent), said, today + KEPT_FOR, today)
        except FAULTS as error:
            log.warning("geocoder.no_memory", why=type(error).__name__)

    def _key(self, sent: str) -> bytes:
        return hmac.new(self._secret, f"geocoder\n{self.config.url}\n{fold(sent)}".encode(), hashlib.sha256).digest()

    def _today(self) -> date:
        return self._now().date()

    def _candidates(self, hits: Sequence[Hit]) -> tuple[Candidate, ...]:
        """The answers on the map as it is now."""
        found = []
        for hit in hits:
            at = position(self._network.atlas.map, hit.lat, hit.lon)
            found.append(replace(at, label=hit.label, confidence=CONFIDENCE[hit.precision], precision=hit.precision))
        return tuple(found)


def box_of(network: Network) -> Box | None:
    """Where is looked: the network and a little around it. None for a network without a map: then nothing is asked."""
    outline = network.atlas.map.outline
    if outline.is_empty:
        return None
    west, south, east, north = outline.bounds
    return west - AROUND, south - AROUND, east + AROUND, north + AROUND


def user_agent(network: Network) -> str:
    """Who asks: the program and the network."""
    return f"Budkavle/{version('budkavle')} ({network.key})"


async def open_online(
    network: Network, session: aiohttp.ClientSession, pool: Any, secret_key: str, now: Callable[[], datetime]
) -> Online | None:
    """The network's geocoder, None when it has chosen none: then nothing that one has ever answered is kept. What is too old
    goes."""
    config = network.geocoder
    await pool.execute(query("geocoder_clear"), now().date() if config else None)
    return Online(config, network, session, pool, secret_key, now) if config else None
