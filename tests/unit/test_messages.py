"""By which way a message goes: SMS first, then e-mail, then a human who phones."""

from datetime import UTC, datetime

import pytest

from dispatch.changes import message
from dispatch.email_addresses import read_email
from dispatch.model import Person

NOW = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
MOBILE, LANDLINE, MAIL = "+46701000001", "+4636105000", "grupp@kommun.example"

WAYS = [
    ("a mobile", MOBILE, None, False, False, "sms"),
    ("a mobile and an address", MOBILE, MAIL, False, False, "sms"),
    ("a landline", LANDLINE, None, False, False, "call"),
    ("a landline and an address", LANDLINE, MAIL, False, False, "email"),
    ("an address", None, MAIL, False, False, "email"),
    ("nothing at all", None, None, False, False, "call"),
    ("a mobile after STOPP", MOBILE, None, True, False, "call"),
    ("a mobile after STOPP, and an address", MOBILE, MAIL, True, False, "call"),
    ("danger, after STOPP", MOBILE, MAIL, True, True, "sms"),
    ("danger, at a landline", LANDLINE, MAIL, False, True, "call"),  # an e-mail is read tomorrow
    ("danger, and only an address", None, MAIL, False, True, "email"),
]


@pytest.mark.parametrize(("phone", "email", "stopped", "force", "channel"), [r[1:] for r in WAYS], ids=[r[0] for r in WAYS])
def test_the_way_of_a_message(phone: str | None, email: str | None, stopped: bool, force: bool, channel: str) -> None:
    person = Person(1, phone, NOW, email=email, stopped_at=NOW if stopped else None)
    made = message(person, "received", {}, None, NOW, force)
    assert (made.channel, made.always) == (channel, force)
    assert made.state == ("to_call" if channel == "call" else "queued")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (" Grupp@Kommun.example ", MAIL),
        ("a.b+c@x-y.example.se", "a.b+c@x-y.example.se"),
        ("grupp@kommun", None),
        ("grupp@@kommun.se", None),
        ("grupp@kommun.se\nBcc: x@y.se", None),
        ("grupp @kommun.se", None),
        (".a@kommun.se", None),
        ("å@kommun.se", None),
        ("a" * 65 + "@kommun.se", None),
        ("", None),
    ],
)
def test_addresses(written: str, read: str | None) -> None:
    assert read_email(written) == read
