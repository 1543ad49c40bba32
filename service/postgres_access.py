"""Who the embedded PostgreSQL runs as, and what that account must be able to reach.

PostgreSQL refuses to run as root. Started by root it therefore runs as a system user of its own, which owns its data
directory and may pass through (never list) the directories above it and above the programs.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SYSTEM_USER = "budkavle-postgres"
SOCKET_NAME = ".s.PGSQL.5432"
# The kernel takes 107 bytes on Linux and 103 on macOS; a little is left for both.
LONGEST_SOCKET_PATH = 100


class PostgresUnavailable(Exception):
    """The database server cannot be had. The text is one line for a person: what is wrong and how to mend it."""


@dataclass(frozen=True)
class Account:
    """The system account that the server runs as."""

    uid: int
    gid: int


def server_account(cluster: Path) -> Account | None:
    """Choose the account for the server whose data is (or will be) in `cluster`; None means our own.

    Only root needs another one. A cluster that exists keeps the account that owns it, so that the choice is stable.
    Raises PostgresUnavailable when the data is somebody else's, or root has no account to give.
    """
    owner = cluster.stat() if cluster.exists() else None
    me = os.geteuid()
    if me != 0:
        if owner is not None and owner.st_uid != me:
            raise PostgresUnavailable(
                f"The database in {cluster} belongs to another user: set BUDKAVLE_DATA_DIR to a directory of your own, "
                f"or run as that user."
            )
        return None
    if owner is not None and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return _system_account()


def _system_account() -> Account:
    if account := _named(SYSTEM_USER):
        return account
    if useradd := shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"):
        command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True, check=False)
    # Without useradd, or where it fails (a read-only /etc), an unprivileged account that every system has will do.
    account = _named(SYSTEM_USER) or _named("nobody")
    if account is None or account.uid == 0:
        raise PostgresUnavailable(
            f"PostgreSQL does not run as root and no other account could be made: run Budkavle as an ordinary user, "
            f"or add a system user named {SYSTEM_USER}."
        )
    return account


def _named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def hand_over(directory: Path, account: Account) -> None:
    """Give `directory` and all in it to `account`; symbolic links are not followed."""
    os.chown(directory, account.uid, account.gid)
    for folder, folders, files in os.walk(directory):
        for name in (*folders, *files):
            os.chown(Path(folder, name), account.uid, account.gid, follow_symlinks=False)


def let_pass(path: Path, account: Account) -> None:
    """Add the traverse bit for others to the directories above `path` that `account` could not pass, and nothing more."""
    for folder in path.parents:
        status = folder.stat()
        if status.st_uid != account.uid and not status.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)


def let_read(tree: Path, account: Account) -> None:
    """Let `account` read what lies in `tree`, and run what its owner may run."""
    let_pass(tree, account)
    _open_for_others(tree)
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            _open_for_others(Path(folder, name))


def _open_for_others(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
    if wanted != mode:
        path.chmod(wanted)


def private_directory(path: Path, account: Account | None) -> None:
    """Make `path` a directory that only the server's account can enter.

    Raises PostgresUnavailable when something that is not ours stands there: under a shared temporary directory
    anybody may have put a directory of that name in order to be connected to.
    """
    mine = os.geteuid()
    owner = account or Account(mine, os.getegid())
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (mine, owner.uid):
        raise PostgresUnavailable(
            f"{path} belongs to somebody else and cannot hold the database's socket: remove it, then start again."
        )
    if status.st_uid != owner.uid:
        os.chown(path, owner.uid, owner.gid)
    path.chmod(0o700)


def socket_directory(data_dir: Path) -> Path:
    """Where the server of `data_dir` puts its socket: inside it, or, when that path does not suit a socket, a short
    name under the temporary directory that follows from the path. Raises PostgresUnavailable when nothing is short enough.
    """
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:20]
    shared = dict.fromkeys((Path(tempfile.gettempdir()), Path("/tmp")))  # noqa: S108 - private_directory checks the owner
    for candidate in (data_dir / "socket", *(folder.resolve() / f"budkavle-{digest}" for folder in shared)):
        # PostgreSQL's clients take a comma for the end of one host and the start of the next.
        if len(os.fsencode(candidate / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and "," not in str(candidate):
            return candidate
    raise PostgresUnavailable(
        f"The path {data_dir} is too long for a database socket: set BUDKAVLE_DATA_DIR or TMPDIR to a short one."
    )
