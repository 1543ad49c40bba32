"""What all commands share: the network they are for, its database, and errors that are told plainly."""

from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from dispatch.clock import SystemClock
from dispatch.network import Network
from service.event_loop import run_async
from service.network_file import NetworkFileError, find_network_file, read_network
from service.postgres import PostgresUnavailable
from service.settings import Settings, SettingsError
from sql.migrate import MigrationError

DEFAULT_NETWORK = "jonkoping"
T = TypeVar("T")


def fails_plainly(command: Callable[..., Any]) -> Callable[..., Any]:
    """Errors that a person can cause end the program with their message, not with a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (SettingsError, NetworkFileError, PostgresUnavailable, MigrationError) as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            what = error.filename or "the database cannot be reached"
            raise click.ClickException(f"{error.strerror or error}: {what}") from error

    return run


def network_of(settings: Settings, config: Path | None) -> Network:
    """The network of --config, else of BUDKAVLE_CONFIG, else the one that comes with the program."""
    return read_network(find_network_file(config or settings.config or DEFAULT_NETWORK))


CONFIG = click.option("--config", type=click.Path(path_type=Path), help="The network file. Default: BUDKAVLE_CONFIG.")


def with_pool(settings: Settings, network: Network, work: Callable[[Any], Awaitable[T]]) -> T:
    """Run `work` on the network's database, its schema up to date; the service may be running meanwhile."""

    async def run() -> T:
        from service.database import bring_up_to_date, open_database, open_pool

        async with open_database(settings) as database:
            await bring_up_to_date(database, network.key, SystemClock().now())
            async with open_pool(database, network.key, 2) as pool:
                return await work(pool)

    result: T = run_async(run())
    return result
