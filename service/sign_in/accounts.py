"""Accounts, passwords, the second step, one-time links and sessions. Times are the wall's, also when a demo's clock runs fast.

Passwords are hashed with argon2id; tokens are 256 random bits of which the database has the SHA-256 only.
"""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dispatch.mint import Mint
from service.sign_in.permissions import Role
from sql import query

SESSION_LASTS = timedelta(days=14)
SLEEPS_AFTER = timedelta(hours=24)  # without a request; a shift is shorter, a stolen machine is found later
SEEN_EVERY = timedelta(minutes=5)  # how exactly it is known when a session was last used
LINK_LASTS = timedelta(days=2)
SHORTEST_PASSWORD = 10  # characters; NIST SP 800-63B asks for length, not for kinds of characters
LONGEST_PASSWORD = 200
FAILURES_MATTER = timedelta(minutes=15)
FAILURES_A_NAME = 8
FAILURES_AN_ADDRESS = 40  # an office behind one address has many people
ANEW = "new-"  # begins the token of a link after which the password is chosen anew
STEP_SECONDS = 30  # of a TOTP code (RFC 6238)

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody")  # checked when there is no such account, so that names cannot be told from the time taken


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who has signed in, as of this request."""

    account: int
    name: str
    person: int | None  # None: a program with the API's token
    role: Role
    area: str | None
    group: str | None
    language: str | None
    has_password: bool
    has_code: bool
    csrf: str
    session: bytes  # the token's hash

    def sees_area(self, area: str | None) -> bool:
        """May a task or a volunteer of this area be seen? An area lead sees the own area only."""
        return self.role is not Role.AREA_LEAD or area == self.area


class TooManyTries(Exception):
    """So many sign-ins have failed that this one is not even tried. minutes: how long to wait."""

    minutes = int(FAILURES_MATTER / timedelta(minutes=1))


class NameTaken(Exception):
    """There is an account with this name."""


def hashed(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def create_account(pool: Any, mint: Mint, name: str, role: Role, area: str | None, group: str | None, now: datetime) -> int:
    """A new account, and the person whom its doings are written down for. Returns its id. Raises NameTaken."""
    person_role = {Role.AREA_LEAD: "lead", Role.ADMINISTRATOR: "administrator"}.get(role, role.value)
    person = mint.id()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(query("account_person"), person, name, [person_role], area, now, group)
        account: int | None = await connection.fetchval(query("create_account"), name, person, role.value, area, group, now)
        if account is None:
            raise NameTaken(name)
        return account


async def make_link(pool: Any, account: int, now: datetime, anew: bool = False) -> str:
    """The token of a new one-time link; earlier ones of the account stop working.

    anew: for whoever has forgotten the password or lost the phone with the second step: both are chosen anew when it is used.
    """
    token = (ANEW if anew else "") + secrets.token_urlsafe(32)
    await pool.execute(query("create_link"), hashed(token), account, now, now + LINK_LASTS)
    return token


async def use_link(pool: Any, token: str, now: datetime) -> int | None:
    """The account of a link that is good, which it is from now on no more."""
    async with pool.acquire() as connection, connection.transaction():
        account: int | None = await connection.fetchval(query("use_link"), hashed(token), now)
        if account is not None and token.startswith(ANEW):
            await connection.execute(query("forget_password"), account)
    return account


async def note_try(pool: Any, who: str, address: str, now: datetime) -> None:
    """Count a try before it is looked at: guesses that come all at once count too. Raises TooManyTries."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(query("one_try_at_a_time"), who)
        since = now - FAILURES_MATTER
        if not await connection.fetch(query("note_try"), who, address, now, since, FAILURES_A_NAME, FAILURES_AN_ADDRESS):
            raise TooManyTries


async def check_password(pool: Any, name: str, password: str, code: str, address: str, now: datetime) -> int | None:
    """The account when name, password and, where there is one, the second step's code are right.

    None when anything is wrong: which of them is not said. Raises TooManyTries.
    """
    who = (f"name:{name.casefold()[:100]}", f"address:{address}")
    await note_try(pool, *who, now)
    row = await pool.fetchrow(query("account_by_name"), name)
    usable = row is not None and row["disabled_at"] is None and row["password_hash"] is not None
    right = await asyncio.to_thread(_matches, row["password_hash"] if usable else _NOBODY, password) and usable
    if right and row["totp_secret"]:
        right = await _use_code(pool, row, code, now)
    if not right:
        return None
    await pool.execute(query("forget_tries"), *who, now)
    return int(row["id"])


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


async def _use_code(pool: Any, row: Any, code: str, now: datetime) -> bool:
    step = matching_step(row["totp_secret"], code, now)
    return step is not None and await pool.fetchval(query("use_code"), row["id"], step) is not None


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step that a code belongs to: this one, or the one before or after; None when it is wrong."""
    totp, digits = pyotp.TOTP(secret), "".join(c for c in code if c.isascii() and c.isdigit())
    here = int(now.timestamp()) // STEP_SECONDS
    return next(
        (s for s in (here, here - 1, here + 1) if digits and secrets.compare_digest(totp.at(s * STEP_SECONDS), digits)), None
    )


async def set_password(pool: Any, account: int, password: str, keep: bytes | None, now: datetime) -> None:
    """A new password. Every other session of the account ends; `keep` is the hash of the one that may go on."""
    password_hash = await asyncio.to_thread(_HASHER.hash, password[:LONGEST_PASSWORD])
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(query("set_password"), account, password_hash)
        await connection.execute(query("revoke_sessions"), account, now, keep)


async def start_session(pool: Any, account: int, agent: str, now: datetime) -> str:
    """The token of a new session, for the cookie."""
    token = secrets.token_urlsafe(32)
    csrf = secrets.token_urlsafe(16)
    await pool.execute(query("create_session"), hashed(token), account, csrf, agent[:200], now, now + SESSION_LASTS)
    return token


async def read_session(pool: Any, token: str, now: datetime) -> Viewer | None:
    """Who is behind a session's token; None when there is no such session any more."""
    key = hashed(token)
    row = await pool.fetchrow(query("session"), key, now, now - SLEEPS_AFTER)
    if row is None:
        return None
    if now - row["seen_at"] > SEEN_EVERY:
        await pool.execute(query("session_seen"), key, now)
    return Viewer(
        account=row["id"],
        name=row["name"],
        person=row["person_id"],
        role=Role(row["role"]),
        area=row["area"],
        group=row["group_key"],
        language=row["language"],
        has_password=row["has_password"],
        has_code=row["has_code"],
        csrf=row["csrf"],
        session=key,
    )
