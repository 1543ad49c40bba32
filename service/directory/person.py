"""One person as a form: what it shows, what was typed, what is wrong with that, and what has changed since. Pure."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from babel import Locale

from bots.inbound_message import storable
from bots.wording import languages as written_languages
from dispatch.email_addresses import read_email
from dispatch.model import VETTED
from dispatch.network import Network
from dispatch.phones import as_written, read_phone
from service.sign_in.permissions import PEOPLE, Role
from service.skills import skill_name, skill_of
from service.travels import TRAVELS
from service.web.texts import N_, Texts, language_name, texts

Row = Mapping[str, Any]

# The form's fields in their order, by the names that people read.
FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "phone": N_("Telephone"),
    "email": N_("E-mail"),
    "volunteer": N_("Volunteer"),
    "resident": N_("Resident"),
    "organisation": N_("Organisation"),
    "area": N_("Area"),
    "place": N_("Place"),
    "address": N_("Address"),
    "language": N_("Is written to in"),
    "languages": N_("Speaks"),
    "skills": N_("Skills"),
    "travels": N_("Gets about"),
    "daily_limit": N_("Questions a day at most"),
    "vetting": N_("Background check"),
    "vetted_on": N_("Checked on"),
    "vetting_source": N_("How it was shown"),
    "vetted_until": N_("Valid until"),
    "protected": N_("Protected identity"),
    "infected_until": N_("Household infected until"),
    "notes": N_("Notes"),
}
VETTING: Mapping[str, str] = {
    "none": N_("not checked"),
    "asked": N_("check asked for"),
    "valid": N_("checked"),
    "refused": N_("refused"),
}
AVAILABLE: Mapping[str, str] = {  # the keys are those of model.AVAILABLE
    "weekdays": N_("weekdays in the daytime"),
    "evenings": N_("evenings"),
    "weekends": N_("weekends"),
}
LONGEST = {"vetting_source": 200, "name": 200, "organisation": 200, "place": 100, "address": 300, "notes": 5000}
MOST_WORDS, LONGEST_WORD = 20, 40  # of skills, and of languages
MOST_A_DAY = 50
STAFF_ROLES = frozenset({"operator", "coordinator", "lead", "service", "administrator"})
CHECK_FIELDS = frozenset({"vetting", "vetted_on", "vetting_source", "vetted_until"})
_ROLE_FIELDS = frozenset({"volunteer", "resident"})


def fields_for(role: Role, new: bool = False) -> tuple[str, ...]:
    """The fields that an account with this role may change; somebody new gets a role from whoever adds them."""
    barred = frozenset() if role in PEOPLE["vetting"] else CHECK_FIELDS
    if role not in PEOPLE["roles"] and not new:
        barred |= _ROLE_FIELDS
    return tuple(f for f in FIELDS if f not in barred)


def is_staff(row: Row) -> bool:
    """Has the person a role of the staff? Volunteers and residents may be changed by more people."""
    return not STAFF_ROLES.isdisjoint(row["roles"])


def vetting_of(row: Row, today: date) -> str:
    """How the background check stands: a key of VETTING, or "ended" when its last day has passed.

    Somebody who was imported with the skill has been checked, whatever else is not known about it.
    """
    state = _vetting(row)
    return "ended" if state == "valid" and row["vetted_until"] is not None and row["vetted_until"] < today else state


def _vetting(row: Row) -> str:
    return "valid" if row["vetting"] == "none" and VETTED in row["skills"] else str(row["vetting"])


def standing_of(row: Row, now: datetime) -> str:
    """active, paused or stopped."""
    if row["stopped_at"] is not None:
        return "stopped"
    return "paused" if row["paused_until"] is not None and row["paused_until"] > now else "active"


@cache
def _language_names(reader: str) -> Mapping[str, str]:
    return {code: name for code, name in Locale.parse(reader).languages.items() if len(code) in (2, 3)}


@cache
def _languages_by_name() -> Mapping[str, str]:
    named = {name.casefold(): code for reader in ("en", "sv") for code, name in _language_names(reader).items()}
    return {**named, **{code: code for code in _language_names("sv")}}


def skills_of(row: Row) -> list[str]:
    """What the person can do; the background check stands by itself."""
    return [s for s in row["skills"] if s != VETTED]


def available(row: Row, words: Texts) -> str:
    """When the person has said that they can help, in words; empty for at any time."""
    return ", ".join(words.gettext(AVAILABLE[when]) for when in AVAILABLE if when in row["available"])


def avoided(row: Row, network: Network, words: Texts) -> str:
    """What the person is asked about last, in words: kinds of help, places, areas."""
    told = []
    for wish in row["avoids"]:
        kind, _, key = wish.partition(":")
        category = network.category(key) if kind == "category" else None
        told.append(category.name(words.language) if category else network.area_name(key) or key if kind == "area" else key)
    return ", ".join(told)


def shown(row: Row, reader: str) -> dict[str, str]:
    """What the form shows of a person. reader: the language of the page."""
    return {
        **{f: row[f] or "" for f in ("name", "email", "organisation", "area", "place", "address", "language", "notes")},
        "phone": as_written(row["phone"] or ""),
        "volunteer": "yes" if "volunteer" in row["roles"] else "",
        "resident": "yes" if "resident" in row["roles"] else "",
        "languages": ", ".join(language_name(code, reader) for code in row["languages"]),
        "skills": ", ".join(skill_name(skill, texts(reader)) for skill in skills_of(row)),
        "travels": row["travels"] or "",
        "daily_limit": str(row["daily_limit"]),
        "vetting": _vetting(row),
        "vetted_on": row["vetted_on"].isoformat() if row["vetted_on"] else "",
        "vetting_source": row["vetting_source"],
        "vetted_until": row["vetted_until"].isoformat() if row["vetted_until"] else "",
        "protected": "yes" if row["protected"] else "",
        "infected_until": row["infected_until"].isoformat() if row["infected_until"] else "",
    }


def told(name: str, value: str, network: Network, words: Texts) -> str:
    """A field's value as people read it. value: what `shown` gives."""
    if name == "area":
        return network.area_name(value) or value
    if name == "vetting":
        return words.gettext(VETTING.get(value, value))
    if name == "travels":
        return words.gettext(TRAVELS[value]) if value in TRAVELS else ""
    if name in ("volunteer", "resident", "protected"):
        return words.gettext("yes") if value else words.gettext("no")
    return language_name(value, words.language) if name == "language" else value


EMPTY: Row = {
    **dict.fromkeys(("phone", "email", "area", "place", "travels", "vetted_on", "vetted_until", "infected_until")),
    **dict.fromkeys(("name", "organisation", "address", "notes", "vetting_source"), ""),
    **dict.fromkeys(("roles", "skills", "languages"), ()),
    "language": "sv",
    "daily_limit": 6,
    "vetting": "none",
    "protected": False,
}


@dataclass(slots=True)
class Reading:
    """What a form says: `values` by the database's columns, and what is wrong by the form's fields."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def read(typed: Mapping[str, str], roles: Iterable[str], network: Network, words: Texts) -> Reading:
    """Read a whole form. roles: those that the person has already, of which the staff's stay."""
    out = Reading()
    for name in ("name", "organisation", "place", "address", "vetting_source"):
        out.values[name] = _line(typed[name])
    out.values["place"] = out.values["place"] or None
    out.values["notes"] = storable(typed["notes"]).replace("\r\n", "\n").strip()
    for name, longest in LONGEST.items():
        if len(out.values[name] or "") > longest:
            out.problems[name] = words.gettext("This is too long: at most %(n)s characters.") % {"n": longest}
    _read_contact(typed, out, network, words)
    _read_words(typed, out, words)
    _read_vetting(typed, out, words)
    kept = [r for r in roles if r not in _ROLE_FIELDS]
    out.values["roles"] = sorted({*kept, *(r for r in _ROLE_FIELDS if typed[r])})
    if not out.values["roles"]:
        out.problems["volunteer"] = words.gettext("Choose at least one: volunteer or resident.")
    out.values["protected"] = bool(typed["protected"])
    _read_day("infected_until", typed, out, words)
    return out


def _line(text: str) -> str:
    return " ".join("".join(c for c in storable(text) if c.isprintable() or c.isspace()).split())


def _read_contact(typed: Mapping[str, str], out: Reading, network: Network, words: Texts) -> None:
    phone, email, area = _line(typed["phone"]), _line(typed["email"]), typed["area"]
    out.values |= {"phone": read_phone(phone[:200]) if phone else None, "email": read_email(email[:400]) if email else None}
    if phone and out.values["phone"] is None:
        out.problems["phone"] = words.gettext("This is no telephone number. Write it like 070-123 45 67.")
    if email and out.values["email"] is None:
        out.problems["email"] = words.gettext("This is no e-mail address.")
    if not out.values["name"] and not phone and not email:
        out.problems.setdefault("name", words.gettext("Write a name, or a way to reach the person."))
    out.values["travels"] = typed["travels"] if typed["travels"] in TRAVELS else None
    if typed["travels"] and out.values["travels"] is None:
        out.problems["travels"] = words.gettext("Choose one of these, or nothing.")
    out.values["area"] = area if area in network.areas else None
    if area and area not in network.areas:
        out.problems["area"] = words.gettext("There is no such area.")


def _list(text: str) -> list[str]:
    parts = (_line(part).casefold() for part in re.split(r"[,;\n]", storable(text)))
    return list(dict.fromkeys(part for part in parts if part))


def _read_words(typed: Mapping[str, str], out: Reading, words: Texts) -> None:
    named = dict.fromkeys(skill_of(written) for written in _list(typed["skills"]))
    skills = [s for s in named if s != VETTED]
    out.values["skills"] = skills
    if len(skills) > MOST_WORDS or any(len(s) > LONGEST_WORD for s in skills):
        out.problems["skills"] = words.gettext("Short words with commas between them: at most %(n)s.") % {"n": MOST_WORDS}
    known, spoken = _languages_by_name(), _list(typed["languages"])
    out.values["languages"] = list(dict.fromkeys(known[name] for name in spoken if name in known))
    unknown = [name for name in spoken if name not in known]
    if unknown:
        out.problems["languages"] = words.gettext("No language that we know: %(words)s") % {"words": ", ".join(unknown)[:200]}
    elif len(spoken) > MOST_WORDS:
        out.problems["languages"] = words.gettext("Short words with commas between them: at most %(n)s.") % {"n": MOST_WORDS}
    out.values["language"] = typed["language"]
    if typed["language"] not in known and typed["language"] not in written_languages():
        out.problems["language"] = words.gettext("Choose one of the languages.")
    limit = typed["daily_limit"].strip()
    good = limit.isascii() and limit.isdigit() and len(limit) < 4 and 1 <= int(limit) <= MOST_A_DAY
    out.values["daily_limit"] = int(limit) if good else None
    if not good:
        out.problems["daily_limit"] = words.gettext("A number from 1 to %(n)s.") % {"n": MOST_A_DAY}


def _read_vetting(typed: Mapping[str, str], out: Reading, words: Texts) -> None:
    """A check that is valid gives the skill that categories ask for; nothing else does."""
    state = typed["vetting"]
    out.values |= {"vetting": state}
    if state not in VETTING:
        out.problems["vetting"] = words.gettext("Choose how the background check stands.")
    elif state == "valid":
        out.values["skills"] = [*out.values["skills"], VETTED]
    for name in ("vetted_on", "vetted_until"):
        _read_day(name, typed, out, words)


def _read_day(name: str, typed: Mapping[str, str], out: Reading, words: Texts) -> None:
    written = typed[name].strip()
    try:
        out.values[name] = date.fromisoformat(written) if written else None
    except ValueError:
        out.problems[name] = words.gettext("Write the day like 2027-05-31.")


def raw(values: Row, name: str) -> str:
    """A field's value, the same whatever language the page is in: what is compared."""
    if name in _ROLE_FIELDS:
        return str(name in values["roles"])
    if name == "skills":
        return ",".join(skills_of(values))
    if name == "vetting":
        return _vetting(values)
    value = values[name]
    return ",".join(value) if isinstance(value, list | tuple) else str(value or "")


def digests(values: Row) -> str:
    """What the form carries along, so that it is known which fields have changed since, without their values."""
    return " ".join(f"{name}:{_digest(values, name)}" for name in FIELDS)


def _digest(values: Row, name: str) -> str:
    return hashlib.blake2s(raw(values, name).encode("utf-8", "replace"), digest_size=6).hexdigest()


def changed_since(row: Row, seen: str) -> list[str]:
    """The fields whose values are not those that the form was made with. seen: what `digests` gave then."""
    then = dict(part.split(":", 1) for part in seen.split() if ":" in part)
    return [name for name in FIELDS if name in then and then[name] != _digest(row, name)]


def untouched(values: Row, name: str, seen: str) -> bool:
    """Does the field say what it said when the form was made?"""
    return f"{name}:{_digest(values, name)}" in seen.split()


def where_now(before: Row, after: Row) -> dict[str, Any]:
    """What becomes of the volunteer's rounded position: it goes when they live elsewhere now."""
    moved = any(raw(before, name) != raw(after, name) for name in ("area", "place", "address"))
    return {"lat": None, "lon": None} if moved else {}


def differences(before: Row, after: Row) -> list[str]:
    """The fields that differ."""
    return [name for name in FIELDS if raw(before, name) != raw(after, name)]
