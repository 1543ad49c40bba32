"""What an operator has typed in one call, read into a command. What is wrong stands beside its field, and nothing typed is lost.

Pure: the database is not asked here.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.dialogue.understand import Understander
from bots.inbound_message import storable
from bots.wording import texts as wordings
from dispatch.amounts import MOST, read_amount
from dispatch.intake import Origin, Request
from dispatch.model import HOLIDAYS, Urgency
from dispatch.network import Network
from dispatch.office import DESK
from dispatch.opening import OpenCall
from dispatch.phones import is_landline, read_phone
from dispatch.recurring import DAYS, repeat_rule
from dispatch.whereabouts import OUTSIDE
from geo.fold import fold
from geo.location import Candidate
from geo.places import PlaceMatch
from service.desk.where import NONE_OF_THEM, Where, places_of
from service.web.texts import N_, Texts

MOST_TASKS = 5
ROWS = range(1, MOST_TASKS + 1)
LONGEST = {
    "phone": 80,
    "name": 100,
    "told_by_name": 100,
    "told_by_phone": 80,
    "address": 300,
    "from_address": 300,
    "note": 2000,
    "text": 2000,
    "wanted": 200,
    "expected": 20,
}
LANGUAGES = ("sv", "en", "fi", "ar", "uk")  # what residents are known to speak; texts for others than sv are English
CARRIED = frozenset({"transport", "errand"})  # categories in which something may be fetched here and delivered there
REPEATS = {
    "": N_("Once"),
    "week": N_("Every week"),
    "two-weeks": N_("Every second week"),
    "month": N_("Every month, first such day"),
    "day": N_("Every day"),
}
_HIDDEN = frozenset(fold("dolt,hemligt,okänt,anonym,anonymt,skyddat,hidden,unknown,withheld,privat,private").split())
_FORM = re.compile(r"[A-Za-z0-9_-]{16,40}")


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number as it was heard. kind: "none" (hidden, or nothing typed), "unreadable", "landline" or "mobile"."""

    phone: str | None = None
    raw: str = ""
    kind: str = "none"


def read_number(written: str) -> Number:
    """Any way of writing it; a number without + is Swedish."""
    written = written.strip()
    if not any(c.isdigit() for c in written) and set(fold(written).split()) <= _HIDDEN | {"nummer", "number"}:
        return Number()
    phone = read_phone(written)
    if phone is None:
        return Number(raw=written[: LONGEST["phone"]], kind="unreadable")
    return Number(phone, kind="landline" if is_landline(phone) else "mobile")


@dataclass(slots=True)
class Draft:
    """A call as it stands in the form: what was typed, and what it is taken for.

    categories, by row: what the words or the operator say; place: the place that the address names; where: what was found for
    the address, and here: what of it is gone by (see `settle`); origin: what was found for where something is fetched. home:
    the resident's own area, when no address was typed. sure: what the operator has been warned of and wants nevertheless.
    person: the id of whom the operator has recognised by name.
    """

    typed: dict[str, str]
    form: str
    number: Number
    told_by: Number
    place: PlaceMatch | None
    area: str | None
    categories: dict[int, str | None] = field(default_factory=dict)
    sounds_dangerous: str = ""  # the words of the first row that do
    problems: dict[str, str] = field(default_factory=dict)
    sure: set[str] = field(default_factory=set)
    person: int | None = None
    where: Where = field(default_factory=Where)
    origin: Where = field(default_factory=Where)
    here: Candidate | None = None
    home: str | None = None

    @property
    def is_danger(self) -> bool:
        """Has the operator answered the first question with yes?"""
        return self.typed.get("danger") == "yes"

    @property
    def is_fetched(self) -> bool:
        """Is something fetched at another address?"""
        return bool(self.typed.get("fetch"))

    @property
    def fetched_rows(self) -> set[int]:
        """The rows that something is fetched for: what is carried, else the first."""
        rows = list(self.rows()) or [1]
        return {n for n in rows if self.categories.get(n) in CARRIED} or {rows[0]} if self.is_fetched else set()

    @property
    def is_other(self) -> bool:
        """Does somebody call on the resident's behalf?"""
        return bool(self.typed.get("other"))

    @property
    def language(self) -> str | None:
        """The language that was chosen, if one was."""
        return self.typed.get("language") if self.typed.get("language") in LANGUAGES else None

    @property
    def address(self) -> str:
        """The address as it was typed."""
        return self.typed.get("address", "").strip()

    @property
    def place_name(self) -> str | None:
        """The name of the place, which may be shown before anybody has accepted."""
        if self.is_outside and self.where.best:  # who helps there is told by the place
            return self.where.best.place or self.where.best.nearby
        named = self.here or self.place
        return named.place if named and named.area == self.area else None

    @property
    def open_choices(self) -> tuple[Candidate, ...]:
        """What may be meant, where the operator has left it to somebody to ask."""
        is_left = self.where.best is None and self.area is None and self.typed.get("address-pick") != NONE_OF_THEM
        return self.where.found.choices if is_left else ()

    @property
    def is_outside(self) -> bool:
        """Is it known that nobody of ours helps there? A chosen area means that somebody does."""
        return self.area is None and self.home is None and self.where.is_outside

    def settle(self, where: Where, home: str | None = None) -> None:
        """Go by what was found for the address. home: the area of a resident whose own address was looked up, as none was
        typed."""
        best, is_theirs = where.best, not self.address and where.pin is None
        self.where, self.home = where, home if is_theirs else None
        if self.area is None or self.typed.get("area") != self.area:  # the operator has chosen none
            self.area = best.area if best and not is_theirs else None
        is_there = best is not None and (where.pin is not None or best.area == (self.area or self.home))
        self.here = best if is_there else None

    def rows(self) -> Iterator[int]:
        """The rows that something is asked for in."""
        return (n for n in ROWS if self.typed.get(f"text-{n}", "").strip() or self.typed.get(f"category-{n}"))

    def words(self) -> str:
        """Everything that was asked for, in the caller's words."""
        lines = [self._line(n) for n in self.rows()]
        return "\n".join(line for line in lines if line)

    def _line(self, n: int) -> str:
        said = [self.typed.get(f"{name}-{n}", "").strip() for name in ("text", "wanted")]
        return ", ".join(part for part in said if part)


def new_form() -> str:
    """What tells one call from every other."""
    return secrets.token_urlsafe(16)


def read_draft(fields: Mapping[str, str], network: Network, understander: Understander) -> Draft:
    """What was typed, and what it is taken for; problems are looked for by `check`."""
    typed = {name: storable(value) for name, value in fields.items()}
    form = typed.get("form", "")
    place = next(iter(places_of(tuple(network.areas.values())).find(typed.get("address", ""))), None)
    chosen = typed.get("area", "")
    area = chosen if chosen in network.areas else place.area if place else None
    draft = Draft(
        typed=typed,
        form=form if _FORM.fullmatch(form) else new_form(),
        number=read_number(typed.get("phone", "")),
        told_by=read_number(typed.get("told_by_phone", "")),
        place=place if place and place.area == area else None,
        area=area,
        person=int(typed["person"]) if re.fullmatch(r"[0-9]{1,18}|[0-8][0-9]{18}", typed.get("person", "")) else None,
        sure=set(typed.get("sure", "").split()) & {"danger", "phone", "told_by_phone"},
    )
    for n in draft.rows():
        text = typed.get(f"text-{n}", "")
        understood = understander.understand(text)
        chosen = typed.get(f"category-{n}", "")
        draft.categories[n] = chosen if chosen in network.categories else understood.category or understood.about
        if understood.intent == "emergency" and not draft.sounds_dangerous:
            draft.sounds_dangerous = text.strip()
    return draft


def check(draft: Draft, words: Texts) -> None:
    """Look for what must be put right before the call is saved. In danger only what cannot be stored counts."""
    typed, problems, say = draft.typed, draft.problems, words.gettext
    for name, value in typed.items():
        most = LONGEST.get(name.partition("-")[0])
        if most and len(value) > most:
            problems[name] = say(N_("At most %(n)s characters, this has %(length)s.")) % {"n": most, "length": len(value)}
    if draft.is_danger:
        return
    if draft.sounds_dangerous and "danger" not in draft.sure:
        problems["danger"] = say(N_("The words sound like danger to life. Ask once more. If nobody is in danger, save again."))
        draft.sure.add("danger")
    for name, number in (("phone", draft.number), ("told_by_phone", draft.told_by if draft.is_other else Number())):
        if number.kind == "unreadable" and name not in draft.sure:
            problems[name] = say(N_("This is no whole telephone number. Ask again, or save once more to keep it as it is."))
            draft.sure.add(name)
    if draft.is_fetched and not typed.get("from_address", "").strip():
        problems["from_address"] = say(N_("Write where it is fetched."))
    if not draft.categories:
        problems["text-1"] = say(N_("Write what is needed, in the caller's own words."))
    for n, category in draft.categories.items():
        if typed.get(f"expected-{n}", "").strip() and expected_of(typed, n) is None:
            problems[f"expected-{n}"] = say(N_("Write the amount only, in kronor: 245 or 245,50."))
        if category is None:
            problems[f"category-{n}"] = say(N_("The words do not tell. Choose the kind of help."))
        if typed.get(f"repeats-{n}") and typed[f"repeats-{n}"] != "day" and typed.get(f"weekday-{n}") not in DAYS:
            problems[f"weekday-{n}"] = say(N_("Choose the day."))


def expected_of(typed: Mapping[str, str], n: int) -> int | None:
    """What the caller or the operator thinks that it costs, in öre; None when nothing is said, or nothing that can be read."""
    amount = read_amount(typed.get(f"expected-{n}", "").strip())
    return amount if amount is not None and amount <= MOST else None


def command_of(
    draft: Draft,
    by: int,
    known: Mapping[str, Any] | None,
    network: Network,
    understander: Understander,
    origin: Origin | None = None,
) -> OpenCall:
    """The call as a command. by: the operator's person id; known: the resident's "id" and "name", if it is known who it is;
    origin: where something is fetched, if it is elsewhere. The draft has no problems."""
    typed, given_by, name = draft.typed, "", draft.typed.get("name", "").strip()
    if known is not None and fold(name) in fold(known["name"]):
        name = known["name"]  # a part of it was enough to find the person
    if draft.is_other:
        given_by = typed.get("told_by_name", "").strip()
    rows = list(draft.rows()) or [1]
    # Where somebody is now, outside the network, is not where they live.
    address, place = ("", None) if draft.is_outside else (draft.address, draft.place_name)
    return OpenCall(
        by=by,
        requests=tuple(_request(draft, n, n == rows[0], network, understander, origin) for n in rows),
        phone=draft.number.phone,
        phone_raw=draft.number.raw,
        person=known["id"] if known is not None else None,
        name=name,
        language=draft.language,
        area=draft.area,
        place=place,
        address=address,
        protected=bool(typed.get("protected")),
        infected=bool(typed.get("infected")),
        told_by_name=given_by,
        told_by_phone=(draft.told_by.phone or draft.told_by.raw or None) if draft.is_other else None,
        consent_how="phone" if typed.get("consent") else None,
        consent_given_by=given_by if typed.get("consent") else "",
        reason=OUTSIDE if draft.is_outside else None,
        note=typed.get("note", "").strip(),
        form=draft.form,
    )


def _request(
    draft: Draft, n: int, is_first: bool, network: Network, understander: Understander, origin: Origin | None
) -> Request:
    """One row. Where a row says nothing, in danger, that it is danger is what there is to say."""
    typed = draft.typed
    text = typed.get(f"text-{n}", "").strip()
    category, here = draft.categories.get(n), draft.here
    emergency, understood = draft.is_danger and is_first, understander.understand(text)
    if emergency and not text:
        text = wordings(network.languages[0] if network.languages[0] in ("sv", "en") else "en", "spoken")["danger"]
    elif not text and category:
        text = network.categories[category].name(network.languages[0])
    urgency = Urgency.EMERGENCY if emergency else Urgency.HIGH if typed.get(f"urgent-{n}") else Urgency.NORMAL
    return Request(
        text=text,
        source=DESK,
        category=category,
        area=draft.area,
        place=draft.place_name,
        address=draft.address if draft.area or draft.is_outside else "",
        wanted=typed.get(f"wanted-{n}", "").strip() or understood.wanted,
        urgency=urgency,
        repeats=_repeats(typed.get(f"repeats-{n}", ""), typed.get(f"weekday-{n}", "")),
        people=int(many) if (many := typed.get(f"people-{n}", "")).isdigit() and 1 <= int(many) <= 20 else None,
        holidays=chosen if (chosen := typed.get(f"holidays-{n}", "")) in HOLIDAYS else None,
        spot=here.spot if here else None,
        located=here.precision if here else None,
        choices=draft.open_choices,
        outside=draft.is_outside,
        away=draft.is_outside,
        expected_ore=expected_of(typed, n),
        origin=origin if n in draft.fetched_rows else understood.origin if understood.area == draft.area else None,
    )


def _repeats(every: str, weekday: str) -> str | None:
    known = every in REPEATS and (every == "day" or weekday in DAYS)
    return repeat_rule(every, weekday) if every and known else None
