"""Signed links: whoever holds one may act on one task, without an account. Short enough for an SMS.

A token is the base64url of 8 bytes of id and the first 96 bits of an HMAC-SHA256 (RFC 2104; truncated as in RFC 4868) over
purpose and id: 27 characters, which end in a letter or a digit, so that no mail program leaves the last one out of the
link. Nothing is stored: a link lives as long as what it points to, and changing the secret key ends all of them.
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

ID_BYTES = 8
SIGNATURE_BYTES = 12
SERVICE, TASK, CALL = "service", "task", "call"
ROTA, CALENDAR = "rota", "calendar"  # what a link is for: one kind is never read as another


class Links:
    """Makes and reads the links of one installation. public_url: the address from outside; None: there are no links."""

    def __init__(self, secret_key: str, public_url: str | None) -> None:
        self._key = secret_key.encode()
        self._public_url = public_url.rstrip("/") if public_url else None

    def service(self, offer_id: int) -> str | None:
        """The address where staff who were asked answer this offer; None without a public address."""
        return self._address("s", self.token(offer_id))

    def task(self, offer_id: int) -> str | None:
        """The address where a volunteer answers this offer of help; None without a public address."""
        return self._address("t", self.task_token(offer_id))

    def rota(self, person_id: int) -> str | None:
        """The address where a volunteer sees and changes the own shifts; None without a public address."""
        return self._address("rota", self.rota_token(person_id))

    def calendar(self, feed_id: int) -> str | None:
        """The address of a calendar that other programs fetch; None without a public address."""
        address = self._address("calendar", self._signed(CALENDAR, feed_id))
        return f"{address}.ics" if address else None

    def rota_token(self, person_id: int) -> str:
        """The signed form of a person's id, for the own shifts."""
        return self._signed(ROTA, person_id)

    def read_rota(self, token: str) -> int | None:
        """The person's id by a rota's link, or None for what we have not signed for one."""
        return self._read(ROTA, token)

    def read_calendar(self, token: str) -> int | None:
        """The feed's id by a calendar's address, or None for what we have not signed for one."""
        return self._read(CALENDAR, token)

    def token(self, offer_id: int) -> str:
        """The signed form of an offer's id, for staff."""
        return self._signed(SERVICE, offer_id)

    def task_token(self, offer_id: int) -> str:
        """The signed form of an offer's id, for a volunteer."""
        return self._signed(TASK, offer_id)

    def call_token(self, call_id: int) -> str:
        """The signed form of a call's id, for the sound of what is said in it."""
        return self._signed(CALL, call_id)

    def read_call(self, token: str) -> int | None:
        """The call's id, or None for what we have not signed for one."""
        return self._read(CALL, token)

    def read(self, token: str) -> int | None:
        """The offer's id by staff's link, or None for what we have not signed for them."""
        return self._read(SERVICE, token)

    def read_task(self, token: str) -> int | None:
        """The offer's id by a volunteer's link, or None for what we have not signed for one."""
        return self._read(TASK, token)

    def _address(self, path: str, token: str) -> str | None:
        if self._public_url is None or not self._key:
            return None
        return f"{self._public_url}/{path}/{token}"

    def _read(self, purpose: str, token: str) -> int | None:
        """Takes equally long for every wrong signature."""
        try:
            raw = urlsafe_b64decode(token.encode("ascii") + b"=")
        except (UnicodeEncodeError, binascii.Error, ValueError):
            return None
        if len(raw) != ID_BYTES + SIGNATURE_BYTES or not self._key:
            return None
        offer_id = int.from_bytes(raw[:ID_BYTES])
        # The text is compared, not the bytes: a token has one spelling.
        return offer_id if hmac.compare_digest(token, self._signed(purpose, offer_id)) else None

    def _signed(self, purpose: str, number: int) -> str:
        name = number.to_bytes(ID_BYTES)
        signature = hmac.new(self._key, f"budkavle link|{purpose}|".encode() + name, hashlib.sha256).digest()
        return urlsafe_b64encode(name + signature[:SIGNATURE_BYTES]).decode().rstrip("=")
