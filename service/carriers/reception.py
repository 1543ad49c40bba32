"""Where inbound texts are taken: whoever is answered 2xx is not lost, also while the database is away.

A carrier may not deliver again what was answered 5xx (Twilio), or give up in time (a phone). So a text that the database does not
take within seconds is written to disk and handed over when the database is back. While anything waits on disk, what comes in
queues behind it: a resident's words keep their order.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from bots.inbound import DATABASE_DOWN, DatabaseDown
from bots.inbound_message import Inbound, without_secrets
from service.carriers.spool import Spool

log = structlog.get_logger()

PATIENCE = 8.0  # seconds that the database may take: carriers wait 15 and more


def _seen(task: "asyncio.Task[None]") -> None:
    if not task.cancelled():
        task.exception()


@dataclass(slots=True)
class Reception:
    """Takes texts from carriers.

    store: puts one into the database, or raises DatabaseDown. look: asks the database anything, or raises what DATABASE_DOWN
    names. on_heard: hears by which carrier something was stored. on_spooled: hears what had to be written to disk.
    """

    store: Callable[[Inbound], Coroutine[Any, Any, None]]
    look: Callable[[], Awaitable[Any]]
    spool: Spool
    on_heard: Callable[[str], Awaitable[None]]
    on_spooled: Callable[[Inbound], Coroutine[Any, Any, None]]
    _telling: set["asyncio.Task[None]"] = field(default_factory=set)

    async def receive(self, inbound: Inbound) -> None:
        """Store a text, in the database or on disk. Raises DatabaseDown when neither can be: the carrier must hear that."""
        inbound = without_secrets(inbound)
        if self.spool.is_empty:
            storing = asyncio.create_task(self.store(inbound))
            storing.add_done_callback(_seen)  # it may end when nobody waits any more
            try:
                await asyncio.wait_for(asyncio.shield(storing), PATIENCE)
            except (DatabaseDown, TimeoutError):
                log.warning("inbound.spooled", carrier=inbound.carrier)
            else:
                await self.on_heard(inbound.carrier)
                return
        try:
            await self.spool.add(inbound)
        except OSError as error:
            log.error("spool.unwritable", error=error.strerror)
            raise DatabaseDown from error
        telling = asyncio.create_task(self.on_spooled(inbound))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def replay(self) -> int:
        """Hand over what waits on disk, if the database takes it. Returns how many texts were stored."""
        if not self.spool.look():
            return 0
        try:
            stored = await self.spool.replay(self._store)
        except DatabaseDown:
            return 0
        if stored:
            log.info("spool.replayed", messages=stored)
        return stored

    async def _store(self, inbound: Inbound) -> bool:
        """False: the database works, but not for this text. Raises DatabaseDown."""
        try:
            await self.store(inbound)
        except DatabaseDown:
            try:
                await self.look()
            except DATABASE_DOWN as error:
                raise DatabaseDown from error
            return False
        return True

    async def close(self) -> None:
        """Let what is being told arrive."""
        await asyncio.gather(*self._telling, return_exceptions=True)
