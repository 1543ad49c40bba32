"""Where gammu-smsd keeps its tables, and how they are made from the file that Debian's package brings.

With the embedded server they lie in a database `gammu` beside ours, which the daemon reaches by the same Unix socket (its libpq
takes the socket's directory for a host): no port is opened, and only the account of the service and root come in.
"""

import asyncio
import gzip
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import structlog

from bots.carriers.gammu import NAME
from dispatch.network import Network
from service.database import Database
from service.postgres import EmbeddedPostgres
from service.settings import Settings, SettingsError
from sql import query

log = structlog.get_logger()

DATABASE = ROLE = "gammu"
EXAMPLES = Path("/usr/share/doc/gammu-smsd/examples")
NOT_THERE = (
    "gammu's own table definitions are not on this machine. On Debian or Ubuntu: sudo apt-get install --reinstall "
    "-o DPkg::Options::=--path-include='/usr/share/doc/gammu-smsd/*' gammu-smsd"
)


def read_schema() -> str:
    """The definitions of gammu's tables as its package brings them. Raises SettingsError when they are not there."""
    plain, packed = EXAMPLES / "pgsql.sql", EXAMPLES / "pgsql.sql.gz"
    if plain.exists():
        text = plain.read_text(encoding="utf-8")
    elif packed.exists():
        text = gzip.decompress(packed.read_bytes()).decode("utf-8")
    else:
        raise SettingsError(NOT_THERE)
    return re.sub(r"(?im)^\s*CREATE LANGUAGE plpgsql;", "", text)  # every PostgreSQL that we take has it


async def make_tables(connection: Any) -> bool:
    """Make gammu's tables in the database that is connected to. False: they are there. Raises SettingsError."""
    async with connection.transaction():
        await connection.execute(query("gammu_lock"))
        if await connection.fetchval(query("gammu_has_tables")):
            return False
        await connection.execute(await asyncio.to_thread(read_schema))
        return True


def reach_embedded(server: EmbeddedPostgres) -> dict[str, Any]:
    """How gammu's database on the embedded server is reached by asyncpg."""
    return server.connect_args | {"database": DATABASE, "user": ROLE}


async def prepare_embedded(server: EmbeddedPostgres) -> bool:
    """Make gammu's database and tables on the embedded server. False: they are there. Raises SettingsError."""
    await asyncio.to_thread(server.ensure_database, DATABASE)
    connection = await asyncpg.connect(**server.connect_args | {"database": DATABASE}, timeout=10)
    try:
        async with connection.transaction():
            await connection.execute(query("gammu_lock"))
            await connection.execute(query("gammu_role"))
            await connection.execute(query("gammu_owner"))
    finally:
        await connection.close()
    connection = await asyncpg.connect(**reach_embedded(server), timeout=10)
    try:
        return await make_tables(connection)
    finally:
        await connection.close()


async def embedded_gammu(settings: Settings, network: Network, database: Database) -> dict[str, Any] | None:
    """How gammu's database on the embedded server is reached, when this network uses that. Its tables are made if they can be;
    without them the service runs all the same, and the carrier's health says what is missing."""
    if NAME not in network.carriers or settings.gammu_database_url is not None or database.server is None:
        return None
    try:
        await prepare_embedded(database.server)
    except (SettingsError, OSError, asyncpg.PostgresError) as error:
        log.warning("modem.tables_missing", why=str(error))
    return reach_embedded(database.server)


async def prepare(settings: Settings, database: Database) -> dict[str, str]:
    """Make gammu's tables wherever the settings say. Returns what smsdrc must say of them. Raises SettingsError."""
    url = settings.gammu_database_url
    if url is not None:
        connection = await asyncpg.connect(url.get_secret_value(), timeout=10)
        try:
            await make_tables(connection)
        finally:
            await connection.close()
        return _of_url(url.get_secret_value())
    if database.server is None:
        raise SettingsError("with a database of your own, say where gammu's is: BUDKAVLE_GAMMU_DATABASE_URL")
    await prepare_embedded(database.server)
    host = str(database.server.connect_args["host"])
    if ":" in host:
        raise SettingsError(f"gammu-smsd cannot use a path with a colon: set BUDKAVLE_DATA_DIR to another one than {host}")
    return {"host": host, "user": ROLE, "database": DATABASE}


def _of_url(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    told = {
        "host": f"{parts.hostname or 'localhost'}:{parts.port or 5432}",
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.lstrip("/")),
    }
    return {name: value for name, value in told.items() if value}


def write_smsdrc(directory: Path, reach: dict[str, str]) -> Path:
    """Write `smsdrc`, readable by its owner alone. Raises SettingsError when there is one: nothing is overwritten."""
    path = directory / "smsdrc"
    if path.exists():
        raise SettingsError(f"there already: {path}; nothing was written")
    directory.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(SMSDRC.format(reach="\n".join(f"{name} = {value}" for name, value in reach.items())), encoding="utf-8")
    return path


SMSDRC = """\
# For gammu-smsd, which sends and receives texts by a modem. All settings: man gammu-smsdrc

[gammu]
# Where the modem is. 'gammu-detect' lists what is plugged in; a name below /dev/serial/by-id stays when it is moved.
device = /dev/ttyUSB0
connection = at115200

[smsd]
service = sql
driver = native_pgsql
{reach}
# The SIM card's PIN, if it asks for one.
# pin = 1234
# Ask whether texts arrive. "no" where the subscription charges for that.
deliveryreport = log
# Seconds until a long text's parts are handed over one by one; they are joined afterwards.
multiparttimeout = 30
# A text that fails is tried once more after so many seconds; after that Budkavle decides what to do.
maxretries = 1
retrytimeout = 60
# How often the modem is asked for texts, and says how it is, in seconds.
receivefrequency = 5
statusfrequency = 60
# When the database goes away it tries once and ends; whatever starts it again (a loop, systemd) is safer than its own tries.
backendretries = 1
logfile = stderr
debuglevel = 0
"""
