"""Inbound texts on disk, while the database is away: acknowledged means that they are not lost.

One file a text, named so that their order is that of their coming, written under another name, flushed to the disk, and then
given its name. Each is handed to the gate until that has stored it, and removed only then. A process that dies in between
hands it over once more; the gate knows it by the carrier's id.
"""

import asyncio
import contextlib
import fcntl
import itertools
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import orjson
import structlog

from bots.inbound_message import Inbound

log = structlog.get_logger()

MOST_TRIES = 20  # that storing one text fails, with a database that works, before it is put aside for a human


class Spool:
    """A directory of texts. Several processes may add to it; one at a time empties it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = itertools.count()
        self._failures: dict[str, int] = {}
        self._waiting = any(self._files())

    @property
    def is_empty(self) -> bool:
        """Has everything that was added here been stored? Only as this process knows it: see `look`."""
        return not self._waiting

    def look(self) -> bool:
        """Is anything there, whoever has added it?"""
        self._waiting = any(self._files())
        return self._waiting

    async def add(self, inbound: Inbound) -> None:
        """Write a text to the disk, flushed. Raises OSError when it cannot be."""
        self._waiting = True
        await asyncio.to_thread(self._write, inbound)

    def _write(self, inbound: Inbound) -> None:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(self._numbers):06d}"
        draft = self._directory / f".{name}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(asdict(inbound)))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._directory / f"{name}.json")
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    async def replay(self, store: Callable[[Inbound], Awaitable[bool]]) -> int:
        """Hand each text to `store`, in their order. Returns how many were stored.

        `store` returns False for one that it cannot store now while it could store others: that one stays, and is put aside
        after MOST_TRIES. What `store` raises ends it, and everything that is left stays.
        """
        with self._alone() as alone:
            stored = 0
            for path in self._files() if alone else ():
                stored += await self._hand_over(path, store)
            self._waiting = any(self._files())
            return stored

    async def _hand_over(self, path: Path, store: Callable[[Inbound], Awaitable[bool]]) -> bool:
        try:
            inbound = _read(path)
        except (OSError, ValueError, TypeError):
            self._put_aside(path)
            return False
        if await store(inbound):
            await asyncio.to_thread(path.unlink)
            self._failures.pop(path.name, None)
            return True
        self._failures[path.name] = self._failures.get(path.name, 0) + 1
        if self._failures[path.name] >= MOST_TRIES:
            self._put_aside(path)
        return False

    @property
    def waiting(self) -> int:
        """How many texts wait to be handed over."""
        return len(self._files())

    @property
    def put_aside(self) -> int:
        """How many texts lie there that could not be stored: somebody must read them."""
        return len(list(self._directory.glob("*.broken"))) if self._directory.is_dir() else 0

    def _put_aside(self, path: Path) -> None:
        log.error("spool.unreadable", file=path.name)
        path.rename(path.with_suffix(".broken"))

    def _files(self) -> list[Path]:
        return sorted(self._directory.glob("*.json")) if self._directory.is_dir() else []

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        """Is nobody else emptying it? True holds until the end."""
        if not self._directory.is_dir():
            yield False
            return
        with (self._directory / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True


def _read(path: Path) -> Inbound:
    fields = orjson.loads(path.read_bytes())
    position = fields.pop("position", None)
    return Inbound(**fields, position=tuple(position) if position else None)
