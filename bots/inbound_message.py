"""One message as it came in, whatever the carrier."""

from dataclasses import dataclass, replace

from dispatch.money import without_card_numbers


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text from somebody. carrier_id: unique for the carrier. phone: E.164, None when the sender cannot be read.

    chat: the sender's account, for what comes from a chat. stored: the inbox row in which it waits already.
    position: what was shared with it, latitude and longitude in degrees. alias: another mark by which the carrier's own
    duplicates are known.
    """

    carrier: str
    carrier_id: str
    sender: str
    phone: str | None
    text: str
    chat: int | None = None
    stored: int | None = None
    position: tuple[float, float] | None = None
    alias: str | None = None


def without_secrets(inbound: Inbound) -> Inbound:
    """The message without card numbers and PINs, before it is written anywhere (domain.md, Money)."""
    text = without_card_numbers(inbound.text)
    return inbound if text == inbound.text else replace(inbound, text=text)


def storable(text: str) -> str:
    """The text without what PostgreSQL and JSON cannot hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
