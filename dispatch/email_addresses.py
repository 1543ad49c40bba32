"""E-mail addresses: read as people write them, stored in small letters."""

import re

# What mail servers everywhere take: RFC 5321's dot-string in ASCII, at a domain name with a dot. Quoted local parts and
# addresses with Swedish letters exist, but most servers refuse them.
_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])"
)


def read_email(written: str) -> str | None:
    """The address in small letters, or None when it cannot be one."""
    address = written.strip().casefold()
    local, _, domain = address.rpartition("@")
    return address if _ADDRESS.fullmatch(address) and len(local) <= 64 and len(domain) <= 253 else None
