"""Before there is a database: texts are taken all the same, danger is answered, and who phones reaches a coordinator.

A service that starts while its outside database is away would refuse what carriers bring, and not all of them bring it again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import asyncpg
import structlog
from aiohttp import web

from bots.dialogue.understand import Understander
from bots.inbound import DATABASE_DOWN, DatabaseDown
from bots.inbound_message import Inbound
from bots.wording import Wording
from dispatch.clock import Clock, SystemClock
from dispatch.network import Network
from service.carriers.danger import Danger
from service.carriers.opening import open_carriers, open_modem, open_spool
from service.carriers.reception import Reception
from service.carriers.telephone import Telephone, open_prompts
from service.settings import Settings
from service.web import sms_hooks, voice_hooks
from service.web.context import problem
from service.web.sms_hooks import DOOR, Door
from service.web.voice_hooks import TELEPHONE

log = structlog.get_logger()

PAUSE = 2.0  # seconds between looks whether the database is there
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def database_answers(settings: Settings) -> bool:
    """Can an outside database be reached? True for the embedded one, which is ours to start, and for one that answers no."""
    if settings.database_url is None:
        return True
    try:
        connection = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=10)
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError):
        return False
    except Exception:  # a wrong password, a wrong name: said plainly by whoever opens it
        return True
    await connection.close()
    return True


@contextlib.asynccontextmanager
async def porch(settings: Settings, network: Network, clock: Clock) -> AsyncIterator[web.Application]:
    """An application that takes texts to disk, puts calls through to a coordinator, and answers 503 to everything else."""
    async with aiohttp.ClientSession() as session:
        modem = open_modem(settings, network, clock)
        carriers = open_carriers(settings, network, session, clock, _unheard, modem)
        understander = Understander(tuple(network.areas.values()), tuple(network.categories), network.words)
        danger = Danger(network, understander, Wording(network), carriers["sms"])
        reception = Reception(_closed, _closed_too, open_spool(settings, network), _unheard_of, danger.tell)
        app = web.Application(middlewares=[_later])
        app[DOOR] = Door(settings, reception, SystemClock())
        app[TELEPHONE] = Telephone(settings, network, clock, open_prompts(settings, network))
        app.add_routes(sms_hooks.routes)
        app.add_routes(voice_hooks.routes)
        yield app
        await reception.close()
        if modem is not None:
            await modem.tables.close()


async def until_it_answers(settings: Settings, stop: asyncio.Event) -> None:
    """Wait for the database, or for the end of the process."""
    while not stop.is_set() and not await database_answers(settings):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PAUSE)


@web.middleware
async def _later(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed, web.HTTPServiceUnavailable, DatabaseDown, *DATABASE_DOWN):
        return problem(503, "database_down", "the database cannot be reached; try again", {"Retry-After": "10"})


async def _closed(_inbound: Inbound) -> None:
    raise DatabaseDown


async def _closed_too() -> None:
    raise ConnectionError


async def _unheard(_name: str, _wrong: str | None) -> None:
    return None


async def _unheard_of(_name: str) -> None:
    return None
