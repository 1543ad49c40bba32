"""Writes `sql/schema.sql`: the schema as all migrations leave it, for people to read. `make schema` runs this.

It is made by the server itself, from an empty database brought up to date, so that it cannot say anything else than what
the migrations do; a test compares.
"""

import asyncio
import re
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from service.postgres import EmbeddedPostgres, program
from sql.migrate import migrate

SCHEMA_FILE = Path("sql", "schema.sql")
_HEADING = "-- Generated from sql/migrations by `make schema`; edit those. One network's schema, as it is after all of them.\n\n"


def describe(server: EmbeddedPostgres) -> str:
    """Return the migrated schema as SQL, made in a scratch database on `server`. Blocks; needs no running event loop."""
    server.ensure_database("schema_file")
    try:
        asyncio.run(_migrate(server))
        command = [str(program("pg_dump")), "--schema-only", "--no-owner", "--schema=network", server.dsn("schema_file")]
        dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finally:
        server.drop_database("schema_file")
    return _HEADING + _essence(dump)


async def _migrate(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(**server.connect_args, database="schema_file")
    try:
        await migrate(connection, "network", datetime(2020, 1, 1, tzinfo=UTC))
    finally:
        await connection.close()


def _essence(dump: str) -> str:
    """Leave out what pg_dump writes for psql and not for readers: settings, versions, a heading over every object."""
    noise = re.compile(r"--.*|SET .*;|SELECT pg_catalog\.set_config.*;|\\(un)?restrict .*|CREATE SCHEMA network;")
    kept = "\n".join(line for line in dump.splitlines() if not noise.fullmatch(line))
    return re.sub(r"\n{3,}", "\n\n", kept.replace("network.", "")).strip() + "\n"


def main() -> None:
    """Write the file, in the checkout that is the working directory."""
    with (
        tempfile.TemporaryDirectory(prefix="budkavle-schema-") as directory,
        EmbeddedPostgres.start(Path(directory), durable=False) as server,
    ):
        SCHEMA_FILE.write_text(describe(server), encoding="utf-8")


if __name__ == "__main__":
    main()
