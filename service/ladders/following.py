"""The process follows the ladders that somebody has edited, here or in another process."""

from typing import Any

import structlog

from bots.inbound import DATABASE_DOWN
from dispatch.ladder_edits import follow_edits
from dispatch.network import Network

log = structlog.get_logger()


async def follow_ladders(pool: Any, network: Network) -> None:
    """Look at the ladders that the database has, when they are newer than those that this process chooses from. What cannot
    be read leaves the old ones, and holds nothing else up."""
    try:
        async with pool.acquire() as connection:
            is_newer = await follow_edits(connection, network)
    except DATABASE_DOWN:
        raise
    except Exception:
        log.exception("ladders.unread", version=network.ladders.version)
        return
    if is_newer:
        log.info("ladders.followed", version=network.ladders.version)
