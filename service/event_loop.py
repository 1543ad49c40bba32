"""Where every command's coroutine runs."""

from collections.abc import Coroutine
from typing import Any

import uvloop


def run_async(work: Coroutine[Any, Any, Any]) -> Any:
    """Run on uvloop. Ctrl-C where no signal handler is set ends quietly, with the shell's status for it."""
    try:
        return uvloop.run(work)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
