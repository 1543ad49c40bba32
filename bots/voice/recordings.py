"""What callers have said: fetched from the carrier once it has been written down, so that the desk hears it without the carrier.

46elks keeps a recording for 72 hours, https://46elks.se/docs/record-call; Twilio until it is deleted. The address comes by
webhook: it is asked, with the account's password, only where the carrier's own API is.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog

from bots.bounded import TooLong, read_at_most
from sql import query

log = structlog.get_logger()

AT_ONCE = 2
BIGGEST = 20_000_000  # bytes; two minutes of speech are 4 MB at most
LONGEST_FETCH = 60  # real seconds
LONGEST_PAUSE = 1800  # seconds
TRIES = 150  # that is a little more than the 72 hours
GONE = frozenset({400, 410})  # 404 may come right: a recording takes a moment to be ready


@dataclass(frozen=True, slots=True)
class Source:
    """A carrier that keeps recordings. api: the address of its API; headers: what it is asked with."""

    api: str
    headers: Mapping[str, str]

    def is_own(self, address: str) -> bool:
        """Is the address one of the carrier's own API's?"""
        try:
            theirs, ours = urlsplit(address), urlsplit(self.api)
            same = (theirs.scheme, theirs.hostname, theirs.port) == (ours.scheme, ours.hostname, ours.port)
        except ValueError:
            return False
        return same and theirs.username is None and theirs.password is None


class _Refused(Exception):
    """It will never be fetched."""


@dataclass(frozen=True, slots=True)
class Recordings:
    """Fetches what is due. sources: by the carrier's name."""

    session: aiohttp.ClientSession
    pool: Any
    now: Callable[[], datetime]
    sources: Mapping[str, Source]

    async def work(self) -> int:
        """Fetch a few recordings. Returns how many were tried."""
        rows = await self.pool.fetch(query("due_files"), self.now(), AT_ONCE, list(self.sources))
        for row in rows:
            await self._fetch(row)
        return len(rows)

    async def _fetch(self, row: Any) -> None:
        try:
            async with asyncio.timeout(LONGEST_FETCH):
                content = await self._content(self.sources[row["carrier"]], row["file_id"])
        except _Refused as error:
            log.warning("recording.given_up", attachment=row["id"], why=str(error))
            await self.pool.execute(query("fetch_file_later"), row["id"], None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            wait = timedelta(seconds=min(5 * 2 ** min(row["tries"], 12), LONGEST_PAUSE))
            again = self.now() + wait if row["tries"] < TRIES else None
            await self.pool.execute(query("fetch_file_later"), row["id"], again)
        else:
            await self.pool.execute(query("store_file"), row["id"], content)

    async def _content(self, source: Source, address: str) -> bytes:
        if not source.is_own(address):
            raise _Refused("the address is not the carrier's")
        async with self.session.get(address, headers=source.headers, allow_redirects=False) as response:
            if response.status in GONE:
                raise _Refused(f"the carrier answered {response.status}")
            if response.status != 200:
                raise aiohttp.ClientError(f"the carrier answered {response.status}")
            try:
                return await read_at_most(response, BIGGEST)
            except TooLong as error:
                raise _Refused("it is too big") from error
