"""Where a measurement takes place: a database server of its own in a temporary directory, and child processes beside it."""

import asyncio
import contextlib
import os
import socket
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import click
import orjson
import psutil

from service.database import Database, open_database
from service.settings import Settings

FLOOR_DATABASE = "floor"
HOOK_KEY = "bench-hook-key"
API_TOKEN = "bench-api-token"  # noqa: S105 - of a server that lives for a measurement
START_SECONDS = 60.0
STOP_SECONDS = 10.0


class Unverified(click.ClickException):
    """The figure cannot be trusted; str() says what was counted and what was found."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One measurement's surroundings. `floor` is the floors' database; the program's own is in the same server."""

    directory: Path
    floor: Database
    postgres: str

    def environment(self, port: int = 0) -> dict[str, str]:
        """The environment of a child: the caller's own settings of the program do not leak into a measurement."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BUDKAVLE_")}
        return kept | {
            "BUDKAVLE_DATA_DIR": str(self.directory),
            "BUDKAVLE_LISTEN": f"127.0.0.1:{port}",
            "BUDKAVLE_SECRET_KEY": "bench-secret-key",
            "BUDKAVLE_ELKS_API": "http://127.0.0.1:9",  # nothing is sent: no worker runs
            "BUDKAVLE_ELKS_USERNAME": "bench",
            "BUDKAVLE_ELKS_PASSWORD": "bench",
            "BUDKAVLE_ELKS_KEY": HOOK_KEY,
            "BUDKAVLE_API_TOKEN": API_TOKEN,
        }

    async def connection(self, database: str) -> Any:
        """A connection to a database of the stage's server."""
        return await Database(self.floor.connect_args | {"database": database}, None).connection()


@contextlib.asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """A server that keeps its data as safely as in service, in a directory that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as directory:
        settings = Settings(data_dir=Path(directory), database_url=None)
        async with open_database(settings, FLOOR_DATABASE) as floor:
            connection = await floor.connection()
            version = str(await connection.fetchval("SHOW server_version"))
            await connection.close()
            yield Stage(Path(directory), floor, version)


@dataclass(frozen=True, slots=True)
class Server:
    """A child that listens, soon."""

    process: asyncio.subprocess.Process
    port: int
    log: Path


@contextlib.asynccontextmanager
async def web_child(stage: Stage, arguments: Sequence[str]) -> AsyncIterator[Server]:
    """A Python process that will listen; it is ended afterwards."""
    port = _free_port()
    log = stage.directory / f"child-{port}.log"
    with log.open("wb") as output:
        child = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env=stage.environment(port), stdout=output, stderr=output, cwd=stage.directory
        )
    try:
        yield Server(child, port, log)
    finally:
        await _end(child)


async def listens(server: Server) -> None:
    """Return as soon as the child takes connections."""
    async with asyncio.timeout(START_SECONDS):
        while not await _answers(server.port):
            if server.process.returncode is not None:
                raise click.ClickException(f"the measured process ended: {server.log.read_text()[-2000:]}")
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def json_child(stage: Stage, module: str) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """`python -m module` as a function: keywords go in as a line of JSON, the answer comes back as one."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        env=stage.environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=stage.directory,
    )
    assert child.stdin and child.stdout  # noqa: S101 - pipes were asked for

    async def ask(**arguments: Any) -> Any:
        assert child.stdin and child.stdout  # noqa: S101
        child.stdin.write(orjson.dumps(arguments, option=orjson.OPT_APPEND_NEWLINE))
        if line := await child.stdout.readline():
            return orjson.loads(line)
        raise click.ClickException(f"{module} ended with status {await child.wait()}")

    try:
        yield ask
    finally:
        child.stdin.close()
        await _end(child)


@dataclass(frozen=True, slots=True)
class Meter:
    """The processor time that one process and the stage's database server have taken: what other programs on the machine
    do hardly changes it."""

    python: psutil.Process
    postgres: psutil.Process

    @classmethod
    def of(cls, directory: Path, pid: int) -> Self:
        """For the process `pid` and the server whose data is in `directory`."""
        server = int((directory / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        return cls(psutil.Process(pid), psutil.Process(server))

    def read(self) -> tuple[float, float]:
        """Seconds so far: the process's, the server's with all its sessions'."""
        return _used(self.python), sum(_used(session) for session in self.postgres.children())


def _used(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:  # a session that has just ended
        return 0.0
    return float(times.user + times.system)


def median(values: Sequence[float], digits: int = 0) -> float:
    """The median, rounded: more digits than a measurement has are noise."""
    return round(statistics.median(values), digits) if digits else round(statistics.median(values))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        await asyncio.wait_for(child.wait(), STOP_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()
