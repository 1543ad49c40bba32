"""What a carrier tells about a call, whichever carrier it is."""

from dataclasses import dataclass

from bots.carriers.api import LONGEST_NAME, Malformed
from bots.inbound_message import storable
from dispatch.phones import read_phone

KEYS = frozenset("0123456789*#")
# What stands in a hidden number's place: 46elks and Twilio, https://help.twilio.com/articles/223179988 (ANONYMOUS in digits,
# "Restricted", "Unavailable").
HIDDEN = frozenset(
    {
        "", "anonymous", "private", "withheld", "hidden", "unknown", "unavailable", "restricted", "blocked", "secret", "skyddat",
        "+266696687", "266696687", "+7378742833", "7378742833", "+2562533", "2562533", "+8656696", "8656696",
        "+86282452253", "86282452253", "+464", "464", "0", "+0",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Incoming:
    """Somebody phones the network. caller: E.164; None for a hidden number. called: the number that was dialled, E.164 or ""."""

    carrier: str
    carrier_id: str
    caller: str | None
    called: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What has come of a step. key: the one that was pressed, "" for none. outcome of a connection: answered, busy, failed.
    recording: where it is, "" for none. answered_by: the number (E.164) that has answered while they talk, None for nobody."""

    key: str = ""
    outcome: str = ""
    recording: str = ""
    answered_by: str | None = None


def incoming_call(carrier: str, carrier_id: str, caller: str, called: str) -> Incoming:
    """A call, its numbers read. Raises Malformed without a name for it: nothing that is said about it later could be found."""
    carrier_id = storable(carrier_id).strip()
    if not carrier_id or len(carrier_id) > LONGEST_NAME:
        raise Malformed("the call's id is empty or too long")
    written = storable(caller).strip()
    hidden = written.casefold() in HIDDEN
    return Incoming(carrier, carrier_id, None if hidden else read_phone(written), read_phone(storable(called).strip()) or "")
