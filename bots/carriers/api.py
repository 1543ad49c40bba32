"""What the carriers share: how their APIs are asked, and what is wrong with what they send."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson

from bots.inbound_message import Inbound, storable
from dispatch.outbox import CarrierUnavailable
from dispatch.phones import read_phone

TIMEOUT = aiohttp.ClientTimeout(total=15)  # with three carriers one after the other it stays below a message's lease
LONGEST = 20_000  # characters of a text that are kept; no SMS is near
LONGEST_NAME = 200  # characters of a sender, or of a carrier's id


class Malformed(Exception):
    """A webhook lacks what it must have; str() says what."""


def required(fields: Mapping[str, Any], *names: str) -> list[str]:
    """The values of the fields, none of them missing. Raises Malformed."""
    for name in names:
        if not isinstance(fields.get(name), str):
            raise Malformed(f"the field '{name}' is missing")
    return [storable(fields[name]) for name in names]


def incoming(carrier: str, carrier_id: str, sender: str, text: str, alias: str | None = None) -> Inbound:
    """A text from somebody. A sender that is no phone number is kept as it is written. Raises Malformed."""
    carrier_id, sender = carrier_id.strip(), sender.strip()
    for what, value in (("id", carrier_id), ("sender", sender)):
        if not value or len(value) > LONGEST_NAME:
            raise Malformed(f"the message's {what} is empty or too long")
    return Inbound(carrier, carrier_id, sender, read_phone(sender), text[:LONGEST], alias=alias)


def our_id(written: str | None) -> int | None:
    """Our message's id as a carrier gives it back, or None when it is none."""
    return int(written) if written and written.isascii() and written.isdigit() and len(written) < 19 else None


async def ask(
    session: aiohttp.ClientSession, carrier: str, url: str, headers: Mapping[str, str], **body: Any
) -> tuple[int, str, Mapping[str, str]]:
    """POST to a carrier. body: `data` or `json`, as aiohttp takes them. Returns status, text and headers of the answer.

    Raises CarrierUnavailable when there is no answer.
    """
    try:
        async with session.post(url, headers=headers, timeout=TIMEOUT, allow_redirects=False, **body) as response:
            return response.status, await response.text(errors="replace"), response.headers
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise CarrierUnavailable(f"{carrier} cannot be reached: {type(error).__name__}") from error


def read_object(carrier: str, text: str) -> dict[str, Any]:
    """The JSON object of an answer. Raises CarrierUnavailable: an answer that cannot be read is none."""
    try:
        found = orjson.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CarrierUnavailable(f"{carrier} answered something that cannot be read")
    return found


def short(text: str) -> str:
    """The beginning of what a carrier said, on one line."""
    return " ".join(storable(text).split())[:120]
