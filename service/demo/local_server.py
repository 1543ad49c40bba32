"""What the pretended carriers have in common: a server on a free port of this machine, a client, and work in the background."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web


@dataclass(slots=True)
class LocalServer:
    """Serves an application, and calls the program's webhooks."""

    _runner: web.AppRunner | None = None
    _session: aiohttp.ClientSession | None = None
    _tasks: set["asyncio.Task[Any]"] = field(default_factory=set)

    async def serve(self, app: web.Application) -> str:
        """Listen on a free port. Returns the address, without a slash at the end."""
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._session = aiohttp.ClientSession()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close everything."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def client(self) -> aiohttp.ClientSession:
        """What the program's webhooks are called with."""
        assert self._session is not None, "the server has not been started"  # noqa: S101
        return self._session

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something in the background, until `stop`."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
