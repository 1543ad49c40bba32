"""The embedded server: it starts, keeps its data, is shared, is found again after a crash, and leaves nothing behind."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from service.postgres import EmbeddedPostgres, PostgresUnavailable

# A program that starts the server of the directory given, says so, and runs until it is killed or told to end.
HOLDER = """
import sys
from pathlib import Path
from service.postgres import EmbeddedPostgres
with EmbeddedPostgres.start(Path(sys.argv[1]), durable=False) as server:
    print(server.pid, flush=True)
    sys.stdin.readline()
"""


def ask(server: EmbeddedPostgres, query: str, database: str = "postgres") -> Any:
    async def connected() -> Any:
        connection = await asyncpg.connect(**server.connect_args, database=database)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(connected())


def servers_of(data_dir: Path) -> list[int]:
    """Process numbers of every PostgreSQL process at work in this directory, sessions included."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name() == "postgres" and Path(process.cwd()) == data_dir.resolve() / "postgres":
                found.append(process.pid)
    return found


def end(holder: subprocess.Popen[str]) -> None:
    holder.communicate("\n", timeout=20)


def hold(data_dir: Path) -> tuple[subprocess.Popen[str], int]:
    """Start another process that uses the server; return it and the server's process number."""
    root = Path(__file__).parents[2]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir)], cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    return holder, int(holder.stdout.readline())


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data directory for the module, with a space and letters in its name: making a new cluster is what costs."""
    directory = tmp_path_factory.mktemp("postgres") / "läs mig, 'nu'"
    yield directory
    assert servers_of(directory) == []


def start(data_dir: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres.start(data_dir, durable=False)


def test_data_stays_and_no_process_does(data_dir: Path) -> None:
    with start(data_dir) as server:
        server.ensure_database("kvar")
        server.ensure_database("kvar")
        ask(server, "CREATE TABLE kept AS SELECT 7 AS number", "kvar")
        assert servers_of(data_dir)
    assert servers_of(data_dir) == []
    server.stop()  # a second time does nothing

    with start(data_dir) as server:
        assert ask(server, "SELECT number FROM kept", "kvar") == 7
        server.drop_database("kvar")
        server.drop_database("kvar")
        assert ask(server, "SELECT count(*) FROM pg_database WHERE datname = 'kvar'") == 0


def test_order_and_letters_are_the_same_on_every_machine(data_dir: Path) -> None:
    with start(data_dir) as server:
        assert ask(server, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'template1'") == "bC.UTF-8"
        assert ask(server, "SELECT lower('ÅÄÖ É')") == "åäö é"
        assert ask(server, "SHOW fsync") == "off"


def test_listens_nowhere_but_on_a_private_socket(data_dir: Path) -> None:
    with start(data_dir) as server:
        assert ask(server, "SHOW listen_addresses") == ""
        assert Path(server.connect_args["host"]).stat().st_mode & 0o077 == 0
        assert Path(server.connect_args["host"], ".s.PGSQL.5432").stat().st_mode & 0o077 == 0


def test_dsn_opens_the_database(data_dir: Path) -> None:
    async def name(dsn: str) -> str:
        connection = await asyncpg.connect(dsn)
        try:
            return str(await connection.fetchval("SELECT current_database()"))
        finally:
            await connection.close()

    with start(data_dir) as server:
        server.ensure_database("två ord")
        assert asyncio.run(name(server.dsn("två ord"))) == "två ord"


def test_found_again_after_its_owner_was_killed(data_dir: Path) -> None:
    holder, pid = hold(data_dir)
    holder.kill()
    holder.communicate()
    assert psutil.pid_exists(pid)
    with start(data_dir) as server:
        assert server.pid == pid
        assert ask(server, "SELECT 1") == 1
    assert servers_of(data_dir) == []


def test_starts_again_after_everything_was_killed(data_dir: Path) -> None:
    holder, pid = hold(data_dir)
    holder.kill()
    holder.communicate()
    os.kill(pid, signal.SIGKILL)
    with start(data_dir) as server:
        assert server.pid != pid
        assert ask(server, "SELECT 1") == 1


@pytest.mark.parametrize("content", ["{other}", "not a number", "", "999999999"])
def test_stale_pid_file(data_dir: Path, content: str) -> None:
    """After a crash, and above all in a container, the number in the file may be any other process's."""
    with start(data_dir):
        left = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[1:]
    pid_file = data_dir / "postgres" / "postmaster.pid"
    other = subprocess.Popen(["sleep", "60"])
    pid_file.write_text("\n".join([content.format(other=other.pid), *left, ""]))
    try:
        with start(data_dir) as server:
            assert ask(server, "SELECT 1") == 1
    finally:
        other.kill()
        other.wait()


def test_the_last_of_two_processes_stops_it(data_dir: Path) -> None:
    holder, pid = hold(data_dir)
    server = start(data_dir)
    assert server.pid == pid
    end(holder)
    assert ask(server, "SELECT 1") == 1
    server.stop()
    assert servers_of(data_dir) == []


def test_two_handles_in_one_process_are_two_users(data_dir: Path) -> None:
    with start(data_dir) as first:
        with start(data_dir) as second:
            assert second.pid == first.pid
        assert ask(first, "SELECT 1") == 1


def test_many_that_start_at_once_share_one(data_dir: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", HOLDER, str(data_dir)]
    holders = [subprocess.Popen(command, cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)]
    pids = {holder.stdout.readline() for holder in holders if holder.stdout}
    for holder in holders:
        end(holder)
    assert len(pids) == 1
    assert servers_of(data_dir) == []


def test_ctrl_c_reaches_the_owner_and_not_the_server(data_dir: Path) -> None:
    holder, pid = hold(data_dir)
    assert os.getsid(pid) != os.getsid(holder.pid)
    holder.send_signal(signal.SIGINT)
    holder.communicate(timeout=20)
    assert servers_of(data_dir) == []


def test_open_connections_do_not_hold_up_the_stop(data_dir: Path) -> None:
    async def scenario() -> float:
        server = await asyncio.to_thread(start, data_dir)
        connection = await asyncpg.connect(**server.connect_args, database="postgres")
        began = time.monotonic()
        await asyncio.to_thread(server.stop)
        took = time.monotonic() - began
        with contextlib.suppress(asyncpg.PostgresError, OSError):
            await connection.close()
        return took

    assert asyncio.run(scenario()) < 5


def test_a_path_too_long_for_a_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("en mycket lång sökväg " * 5) / "data"
    with start(deep) as server:
        socket_dir = Path(server.connect_args["host"])
        assert ask(server, "SELECT 1") == 1
        assert not socket_dir.is_relative_to(deep)
    assert not socket_dir.exists()


def test_a_socket_directory_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from service import postgres

    trap = tmp_path / "trap"
    trap.symlink_to(tmp_path)
    monkeypatch.setattr(postgres, "socket_directory", lambda _: trap)
    with pytest.raises(PostgresUnavailable, match="belongs to somebody else"):
        start(tmp_path / "data")


def test_an_interrupted_creation_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    with start(tmp_path) as server:
        assert ask(server, "SELECT 1") == 1


def test_a_server_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    with start(tmp_path):
        pass
    (tmp_path / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(PostgresUnavailable) as caught:
        start(tmp_path)
    assert "postgres.log" in str(caught.value)
    assert "FATAL" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PostgresUnavailable, match="cannot be used"):
        start(tmp_path / "file" / "data")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the server an account of its own")
def test_root_opens_no_more_than_the_way(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with start(closed / "data") as server:
        assert psutil.Process(server.pid).uids().real != 0
        assert closed.stat().st_mode & 0o777 == 0o701
        assert (closed / "data" / "postgres").stat().st_mode & 0o777 == 0o700
