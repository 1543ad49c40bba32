"""People and groups from files: the network file's contacts, and `budkavle people import`."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from bots.inbound_message import storable
from dispatch.mint import Mint
from dispatch.network import COORDINATORS, Network
from dispatch.phones import read_phone
from sql import query

COLUMNS = ("name", "phone", "area", "group", "skills", "languages", "telegram_id", "role", "organisation")
ROLES = ("volunteer", "resident", "operator", "coordinator", "lead", "service", "administrator")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken: its line in the file, counted as an editor does, and why."""

    line: int
    why: str


@dataclass(slots=True)
class Report:
    """What an import did. unasked: volunteers whom no step of a ladder reaches, having neither area nor group."""

    taken: int = 0
    new_people: int = 0
    new_memberships: int = 0
    unasked: int = 0
    bad: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    person: dict[str, Any]
    groups: tuple[str, ...]


class NotACsv(Exception):
    """The file is no CSV with the columns that are needed; str() says what is missing."""


async def sync_network(connection: Any, network: Network, mint: Mint, now: datetime) -> None:
    """Bring the groups of the network file, and the contacts it names, into the database. A contact whom it no longer names
    leaves the group; people from an import stay."""
    groups = network.groups
    async with connection.transaction():
        await connection.execute(
            query("sync_groups"),
            [g.key for g in groups],
            [g.kind for g in groups],
            [g.area for g in groups],
            [g.name for g in groups],
            [g.duty for g in groups],
        )
        rows = []
        for group in groups:
            role = "coordinator" if group.key == COORDINATORS else "service" if group.kind == "service" else "volunteer"
            for contact in group.contacts:
                organisation = network.name if group.key == COORDINATORS else group.name
                person = _person(mint, contact, roles=[role], organisation=organisation)
                rows.append(_Row(0, person, (group.key,)))
        keys, ids = (await _save(connection, rows, now, "file")).memberships
        for row in await _save_systems(connection, network, mint, now):
            keys.append(row["system"])
            ids.append(row["id"])
        await connection.fetchval(query("save_members"), keys, ids, "file")
        await connection.execute(query("forget_members"), keys, ids)
        await connection.execute(query("watch_now"), now)  # the file may have other shifts, and other groups


async def _save_systems(connection: Any, network: Network, mint: Mint, now: datetime) -> list[Any]:
    """The contacts that stand for the groups' case systems, as rows with "system", the group's key, and "id"."""
    groups = [g for g in network.groups if g.system is not None]
    columns = [mint.id() for _ in groups], [g.key for g in groups], [g.name for g in groups]
    return list(await connection.fetch(query("save_systems"), *columns, now)) if groups else []


async def import_people(connection: Any, text: str, network: Network, mint: Mint, now: datetime) -> Report:
    """Take a CSV of people (contracts.md, `people import`). Good rows are taken and bad ones reported; twice changes nothing.

    Raises NotACsv.
    """
    report = Report()
    rows = list(_read(text, network, mint, report))
    rows = await _without_stolen_accounts(connection, rows, report)
    async with connection.transaction():
        saved = await _save(connection, rows, now, "import")
    report.new_people, report.new_memberships = saved.new_people, saved.new_memberships
    report.taken = len(rows)
    report.unasked = sum(1 for r in rows if not r.groups and "volunteer" in r.person["roles"])
    report.bad.sort(key=lambda b: b.line)
    return report


def _read(text: str, network: Network, mint: Mint, report: Report) -> Iterable[_Row]:
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), skipinitialspace=True)
    header = [name.strip().casefold() for name in reader.fieldnames or ()]
    if "name" not in header or "phone" not in header:
        raise NotACsv(f"the first line must name the columns: {','.join(COLUMNS)}")
    reader.fieldnames = header
    seen: dict[str, int] = {}
    for raw in reader:
        line = reader.line_num
        cells = {k: storable(v or "").strip() for k, v in raw.items() if isinstance(k, str) and not isinstance(v, list)}
        if not any(cells.values()):
            continue
        row = _row(line, cells, network, mint)
        if isinstance(row, BadRow):
            report.bad.append(row)
        elif (first := seen.setdefault(row.person["phone"], line)) != line:
            report.bad.append(BadRow(line, f"the same number stands on line {first}"))
        else:
            yield row


def _row(line: int, cells: dict[str, str], network: Network, mint: Mint) -> _Row | BadRow:
    phone = read_phone(cells.get("phone", ""))
    if phone is None:
        return BadRow(line, f'"{cells.get("phone", "")}" is no phone number')
    if not cells.get("name") or len(cells["name"]) > LONGEST:
        return BadRow(line, "the name is missing or too long")
    areas, wanted = _list(cells, "area"), _list(cells, "group")
    for key in areas:
        if key not in network.areas:
            return BadRow(line, f'there is no area "{key}"')
    known = {g.key for g in network.groups}
    for key in wanted:
        if key not in known:
            return BadRow(line, f'there is no group "{key}"')
    role = cells.get("role", "").casefold() or "volunteer"
    if role not in ROLES:
        return BadRow(line, f'"{role}" is no role; use {", ".join(ROLES)}')
    telegram = cells.get("telegram_id", "")
    if telegram and not (telegram.isascii() and telegram.isdigit() and len(telegram) < 19):
        return BadRow(line, f'"{telegram}" is no Telegram id')
    groups = _groups(role, areas, wanted, network)
    if groups is None:
        return BadRow(line, "say in the column group which service group this person belongs to")
    person = _person(
        mint,
        phone,
        name=cells["name"],
        roles=[role],
        organisation=cells.get("organisation", "")[:LONGEST],
        telegram_id=int(telegram) if telegram else None,
        area=areas[0] if areas else None,
        skills=[s.casefold() for s in _list(cells, "skills")],
        languages=[s.casefold() for s in _list(cells, "languages")],
    )
    return _Row(line, person, tuple(groups))


def _groups(role: str, areas: list[str], wanted: list[str], network: Network) -> list[str] | None:
    """The groups that somebody belongs to; None for service staff when the file does not say which of several."""
    if role == "volunteer":
        return [*(f"area:{key}" for key in areas), *wanted]
    if role == "coordinator":
        return [*wanted, COORDINATORS]
    if role == "service" and not wanted:
        service = [g.key for g in network.groups if g.kind == "service"]
        return service if len(service) == 1 else None
    return wanted


def _list(cells: dict[str, str], name: str) -> list[str]:
    return [item.strip() for item in cells.get(name, "").split(";") if item.strip()]


def _person(mint: Mint, contact: str, **columns: Any) -> dict[str, Any]:
    """A row of save_people. contact: E.164, or an e-mail address for somebody who is not phoned."""
    address = {"phone": None, "email": contact} if "@" in contact else {"phone": contact, "email": None}
    empty: dict[str, Any] = {
        "name": "",
        "organisation": "",
        "telegram_id": None,
        "area": None,
        "skills": [],
        "languages": [],
    }
    languages = columns.get("languages") or []
    # People are written to in Swedish unless the file says that they speak another language and not Swedish.
    language = languages[0] if languages and "sv" not in languages else "sv"
    return {"id": mint.id(), **address, "language": language, **empty, **columns}


async def _without_stolen_accounts(connection: Any, rows: list[_Row], report: Report) -> list[_Row]:
    ids = [r.person["telegram_id"] for r in rows if r.person["telegram_id"]]
    owners = {row["telegram_id"]: row["phone"] for row in await connection.fetch(query("telegram_owner"), ids)}
    good = []
    for row in rows:
        account, phone = row.person["telegram_id"], row.person["phone"]
        if account and owners.setdefault(account, phone) != phone:
            report.bad.append(BadRow(row.line, f"the Telegram id {account} belongs to somebody else"))
        else:
            good.append(row)
    return good


@dataclass(frozen=True, slots=True)
class _Saved:
    """memberships: group keys and the ids of who is in them, side by side."""

    new_people: int
    new_memberships: int
    memberships: tuple[list[str], list[int]]


async def _save(connection: Any, rows: list[_Row], now: datetime, source: str) -> _Saved:
    merged: dict[str, dict[str, Any]] = {}
    for row in rows:  # a contact may stand in several groups of the network file
        known = merged.setdefault(_contact(row.person), row.person)
        known["roles"] = sorted({*known["roles"], *row.person["roles"]})
    saved: list[Any] = []
    for name, key in (("save_people", "phone"), ("save_people_by_email", "email")):
        people = [person for person in merged.values() if person[key]]
        saved += await connection.fetch(query(name), orjson.dumps(people).decode(), now) if people else []
    ids = {row["contact"]: row["id"] for row in saved}
    pairs = [(key, ids[_contact(row.person)]) for row in rows for key in row.groups]
    memberships = [key for key, _ in pairs], [person for _, person in pairs]
    added = await connection.fetchval(query("save_members"), *memberships, source)
    return _Saved(len([row for row in saved if row["is_new"]]), added, memberships)


def _contact(person: dict[str, Any]) -> str:
    return str(person["phone"] or person["email"])
