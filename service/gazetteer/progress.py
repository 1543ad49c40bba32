"""What whoever imports sees meanwhile: a bar on a terminal, else a plain line every few seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from service.gazetteer.files import SourceFile

EVERY = 5.0  # seconds between plain lines


class _Lines:
    def __init__(self, stream: TextIO) -> None:
        self._stream, self._said = stream, time.monotonic()

    def __call__(self, file: SourceFile, items: int) -> None:
        now = time.monotonic()
        if now - self._said >= EVERY:
            self._said = now
            share = 100 * file.read // max(file.size, 1)
            print(f"{file.name}: {share} %, {items} rows", file=self._stream, flush=True)

    def storing(self) -> None:
        """Everything has been read."""
        print("all is read; storing it", file=self._stream, flush=True)


class _Bar:
    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._tasks: dict[SourceFile, int] = {}

    def __call__(self, file: SourceFile, items: int) -> None:
        if file not in self._tasks:
            self._tasks[file] = self._bar.add_task(file.name, total=file.size, items=0)
        self._bar.update(self._tasks[file], completed=min(file.read, file.size), items=items)  # type: ignore[arg-type]

    def storing(self) -> None:
        """Everything has been read: how long the rest takes nobody knows."""
        self._bar.add_task("storing", total=None, items="")


@contextmanager
def progress(stream: TextIO = sys.stderr) -> Iterator[_Lines | _Bar]:
    """Is called with a file and how many rows it has given so far, and at last `storing`."""
    if not stream.isatty():
        yield _Lines(stream)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[items]} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        yield _Bar(bar)
