"""Where every command's coroutine runs, and how many connections its process may hold."""

import contextlib
import resource
from collections.abc import Coroutine
from typing import Any

import uvloop


def run_async(work: Coroutine[Any, Any, Any]) -> Any:
    """Run on uvloop. Ctrl-C where no signal handler is set ends quietly, with the shell's status for it."""
    try:
        return uvloop.run(work)
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def open_files(wanted: int) -> int:
    """How many files this process may open; the limit is raised towards `wanted` as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    more = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
        soft = more
    return soft
