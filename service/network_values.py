"""What all parts of a network file share: how a table is read, and how a time is written."""

import re
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict

# Unknown keys are kept apart and told about (`unknown_keys`): a file for a newer release still starts.
UNKNOWN_KEPT = ConfigDict(extra="allow")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def read_duration(value: object) -> float:
    """Seconds of "2s", "15m", "1h", "1d". Raises ValueError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value) if isinstance(value, str) else None
    if not match or float(match[1]) <= 0:
        raise ValueError(f'"{value}" is no duration; write "30s", "15m" or "2h"')
    return float(match[1]) * _UNITS[match[2]]


Seconds = Annotated[float, BeforeValidator(read_duration)]
