"""Photographs and voice notes: fetched from Telegram once they have been written down, so that they can be seen without it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from bots.telegram.api import ChatApi
from bots.telegram.inbox import NAME
from dispatch.outbox import CarrierRefused, CarrierUnavailable
from sql import query

log = structlog.get_logger()

AT_ONCE = 2
TRIES = 12
LONGEST_FETCH = 60  # real seconds
LONGEST_PAUSE = 1800  # seconds


@dataclass(slots=True)
class Files:
    """Fetches what is due."""

    api: ChatApi
    pool: Any
    now: Callable[[], datetime]

    async def work(self) -> int:
        """Fetch a few files. Returns how many were tried."""
        rows = await self.pool.fetch(query("due_files"), self.now(), AT_ONCE, [NAME])
        for row in rows:
            await self._fetch(row)
        return len(rows)

    async def _fetch(self, row: Any) -> None:
        try:
            async with asyncio.timeout(LONGEST_FETCH):
                content = await self.api.fetch(row["file_id"])
        except CarrierRefused:
            log.warning("file.given_up", attachment=row["id"])
            await self.pool.execute(query("fetch_file_later"), row["id"], None)
        except (CarrierUnavailable, TimeoutError) as error:
            wait = getattr(error, "after", None) or timedelta(seconds=min(5 * 2 ** row["tries"], LONGEST_PAUSE))
            again = self.now() + wait if row["tries"] < TRIES else None
            await self.pool.execute(query("fetch_file_later"), row["id"], again)
        else:
            await self.pool.execute(query("store_file"), row["id"], content)
