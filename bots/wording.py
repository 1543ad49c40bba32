"""Puts messages into words: the texts of bots/locale, filled with what a message carries.

Texts to people are short, say what happens next, and fit in two SMS parts; what a resident wrote is cut to what is left.
By e-mail there is room for all of it, nobody can answer with a number, and so a link takes the numbers' place: where a text
must be another one there, it stands under the same id in email.po.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.pofile import read_po

from bots.dialogue.times import When, say_back
from bots.telegram.words import both_addresses, chat_words
from dispatch import sms
from dispatch.helping import SERVICE_WANTED
from dispatch.money import in_kronor
from dispatch.network import Network
from dispatch.phones import as_written
from dispatch.whereabouts import OUTSIDE

LOCALE = Path(__file__).parent / "locale"
MOST_PARTS = 2
AS_WRITTEN = frozenset({"addition", "staff_reply", "call_back"})  # texts whose words stand without quotation marks
MOST_HELD = 5  # tasks that a text about the end of a shift names
LONGEST_TEXT = 320  # characters; more never fits into two parts
LONGEST_CHAT = 2_500  # characters of the resident's words in a chat, whose messages hold 4096
LONGEST_LETTER = 10_000  # characters of the resident's words in an e-mail
_WHY = ("why", "nearest", "nearby")  # what says more of the reason that a human is asked for
_A_MONDAY = date(2020, 4, 6)
_CLOCK_TIME = re.compile(r"\b(\d{1,2}):(\d{2})\b")
WORDS_BEFORE_LINK = 60  # characters of the resident's words that matter more in an SMS than the link


@cache
def texts(language: str, catalogue: str = "messages") -> Mapping[str, str]:
    """The texts of one catalogue by id: "messages", "email", "spoken", "telegram"; English where the language has no such."""
    language = language_of(language, catalogue)
    with (LOCALE / language / f"{catalogue}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id}


@cache
def languages(catalogue: str = "messages") -> frozenset[str]:
    """The languages that there are texts for."""
    return frozenset(path.parent.name for path in LOCALE.glob(f"*/{catalogue}.po"))


def language_of(language: str, catalogue: str) -> str:
    """The language itself when it has the catalogue, else English: whole letters are in one language."""
    return language if language in languages(catalogue) else "en"


class Wording:
    """Words messages for one network. link, task_link: the address where staff, and where volunteers, answer an offer, by the
    offer's id; None: there is none."""

    def __init__(
        self,
        network: Network,
        link: Callable[[int], str | None] = lambda _: None,
        task_link: Callable[[int], str | None] = lambda _: None,
        rota_link: Callable[[int], str | None] = lambda _: None,
    ) -> None:
        self._network = network
        self._link, self._task_link, self._rota_link = link, task_link, rota_link
        places = [p.name for area in network.areas.values() for p in area.places[:1]]
        self._example = places[-1] if places else network.name

    def __call__(self, kind: str, params: Mapping[str, Any], language: str, channel: str = "sms") -> str:
        """The text `kind` in the person's language; by SMS at most two parts long. Raises KeyError for an unknown kind."""
        language = language_of(language, channel if channel in ("email", "telegram") else "messages")
        if channel == "email":
            return self._letter(kind, params, language)
        if channel == "telegram":
            return self._in_chat(kind, params, language)
        words = self._words(kind, params, language, LONGEST_TEXT)
        template = texts(language)[self._variant(kind, params)]
        said = words["text"]
        text, kept = _fitted(template, words)
        room = 1 if kind == "offer" else MOST_PARTS  # many are asked: a link is not worth a second SMS to each of them
        needed = 0 if params.get("list") else WORDS_BEFORE_LINK  # the page has the words too, and what to do besides
        if kept < min(len(said), needed) or sms.parts(sms.plain(text)) > room:
            text, _ = _fitted(template, {**words, "link": "", "see_list": ""})
        if sms.parts(sms.plain(text)) > MOST_PARTS:
            if len(places := params.get("places") or ()) > 1:  # what is not listed can still be written
                return self(kind, {**params, "places": places[:-1]}, language, channel)
            if any(params.get(key) for key in _WHY):  # who it is matters more than why they are asked
                return self(kind, {**params, **dict.fromkeys(_WHY)}, language, channel)
        return text.replace("  ", " ").strip()

    def aloud(self, kind: str, params: Mapping[str, Any], language: str) -> str:
        """What a call of ours reads to somebody who takes no SMS: no more than an SMS says, in words for the ear. Raises KeyError
        for a kind that is not read aloud."""
        language = language_of(language, "spoken")
        words = self._words(kind, params, language, LONGEST_TEXT)
        text = texts(language, "spoken")[f"aloud_{kind}"].format_map(words)
        return _CLOCK_TIME.sub(lambda found: found[1] if found[2] == "00" else f"{found[1]} {found[2]}", " ".join(text.split()))

    def subject(self, kind: str, params: Mapping[str, Any], language: str) -> str:
        """The subject of the e-mail: what it is about, and nothing of the resident."""
        language = language_of(language, "email")
        t = texts(language, "email")
        default = "subject_task" if params.get("code") else "subject"
        return t.get(f"subject_{kind}", t[default]).format_map(self._words(kind, params, language, 0)).strip()

    def _letter(self, kind: str, params: Mapping[str, Any], language: str) -> str:
        t, name = texts(language, "email"), self._variant(kind, params)
        params = {**params, "why": None} if params.get("protected") else params
        words = self._words(kind, params, language, LONGEST_LETTER)
        url = self._url(params)
        if "rota" not in params:
            words["link"] = t["link"].format(url=url) if url else t["no_link"].format_map(words)
        if params.get("protected"):  # an e-mail is read by more machines than one: who it is stands behind the link
            words |= {"name": t["name_protected"], "phone": "", "address": "", "address_at": "", "text": ""}
        body = t.get(name, texts(language)[name]).format_map(words)
        return f"{body}\n\n{t['end'].format_map(words)}".replace("  ", " ").replace(" \n", "\n").strip()

    def _in_chat(self, kind: str, params: Mapping[str, Any], language: str) -> str:
        """A text for a chat: there is room for all of it, and buttons take the numbers' place."""
        t, name = {**texts(language), **texts(language, "telegram")}, self._variant(kind, params)
        words = self._words(kind, params, language, LONGEST_CHAT)
        words["link"] = ""
        text = t[name].format_map(words | chat_words(params, language, t, self._network.zone))
        return "\n".join(line.rstrip() for line in text.replace("  ", " ").splitlines()).strip()

    def _url(self, params: Mapping[str, Any]) -> str | None:
        if isinstance(person := params.get("rota"), int):
            return self._rota_link(person)
        offer, link = params.get("offer"), self._task_link if params.get("helps") else self._link
        return link(offer) if isinstance(offer, int) else None

    def _variant(self, kind: str, params: Mapping[str, Any]) -> str:
        told_off = kind in ("no_longer_needed", "handled_by_other") and params.get("cancelled")
        if kind == "my_shifts" and not self._url(params):
            return "my_shifts_phone"
        return f"{kind}_cancelled" if told_off else kind

    def _words(self, kind: str, params: Mapping[str, Any], language: str, longest: int) -> dict[str, Any]:
        t = texts(language)
        url = self._url(params)
        category = self._network.category(params.get("category"))
        what = category.name(language) if category else t["what_unknown"]
        day = _day(params.get("occasion"), language)
        wanted = params.get("wanted") or " ".join(filter(None, (day, params.get("at"))))
        note = params.get("when") or wanted
        said = _in_one_line((params.get("text") or "")[:longest])
        return {
            **params,
            "network": self._network.name,
            "hotline": self._network.phone,
            "example": self._example,
            "what": what[:1].lower() + what[1:],
            "What": what[:1].upper() + what[1:],
            "where": told_where(params, t),
            "wanted": f", {wanted}" if wanted else "",
            "when": f" ({note})" if note else t["soon"],
            "helper": self._helper(params, t),
            "hello": t["reg_begins"] if params.get("begins") else "",
            "refs": params.get("refs") or params.get("code") or "",
            "name": params.get("name") or t["name_unknown"],
            "phone": params.get("phone") or "",
            **_address(params, t),
            **_amounts(params, language),
            **_team_words(params, t),
            **self._days(params, day, language),
            "door": t["door"].format(word=params["word"]) if self._is_at_the_door(params) else "",
            "url": url or "",
            "link": "" if not url else f" {url}" if kind == "offer" else t[_link_text(params)].format(url=url),
            "text": f'"{said}"' if said and kind not in AS_WRITTEN else said,
            "see_list": t["see_list"] if url and params.get("list") else "",
            "because": t.get(f"because_{params.get('routine')}", ""),
            "urgent": t.get(f"urgent_{params.get('urgency')}", ""),
            "reason": self._reason(params, t, category is None or category.volunteers),
            "several": self._several(params, language, t),
            **_choices(params, t),
            **_places(params, t),
            **self._shift_words(params, language, t),
            **self._talk_words(params, language, t),
            **_staff_times(params, language, t, self._network.zone),
        }

    def _days(self, params: Mapping[str, Any], day: str, language: str) -> dict[str, str]:
        """day: the occasion's, in words."""
        occasion = params.get("occasion")
        on = date.fromisoformat(occasion) if isinstance(occasion, str) else occasion
        holiday = self._network.days.holiday(on, language) if on else None
        return {
            "day": day,
            "holiday": holiday or "",
            "away": _day(params.get("away"), language),
            "hour": params.get("hour") or "",
        }

    def _several(self, params: Mapping[str, Any], language: str, t: Mapping[str, str]) -> str:
        """What somebody has asked for in one message: "handla mat (K7M2) och apotek (9MUK)"."""
        named = []
        for one in params.get("several", ()):
            category = self._network.category(one["category"])
            what = category.name(language) if category else t["what_unknown"]
            named.append(f"{what[:1].lower() + what[1:]} ({one['code']})")
        return f"{', '.join(named[:-1])}{t['and']}{named[-1]}" if len(named) > 1 else "".join(named)

    def _shift_words(self, params: Mapping[str, Any], language: str, t: Mapping[str, str]) -> dict[str, Any]:
        """The words of texts about a shift: whose it is, "fre 10/4 kl 17–21", and what waits when it begins."""
        waited = timedelta(minutes=params.get("waited") or 0)
        return {
            "group": params.get("group") or self._network.name,
            "time": _span(params, language, t, self._network.zone),
            "open": params.get("open") or 0,
            "missing": params.get("missing") or 1,
            "count": params.get("count") or 1,
            "held": _held(params),
            "humans": params.get("humans") or 0,
            "waited": format_timedelta(waited, granularity="minute", locale=language),
        }

    def _talk_words(self, params: Mapping[str, Any], language: str, t: Mapping[str, str]) -> dict[str, Any]:
        """When two talk: "varje onsdag kl 14:00", and the next time of it."""
        weekly, starts = "...", params.get("call_at")
        if weekday := params.get("weekday"):
            day = format_date(_A_MONDAY + timedelta(days=weekday - 1), "EEEE", locale=language)
            weekly = t["talk_weekly"].format(day=day, at=params.get("at") or "")
        call_at = datetime.fromisoformat(starts) if isinstance(starts, str) else starts
        local = call_at.astimezone(self._network.zone) if call_at else None
        next_at = _clock_and_day(local, language, t, self._network.zone) if local else "..."
        return {"weekly": weekly, "next": next_at}

    def _is_at_the_door(self, params: Mapping[str, Any]) -> bool:
        """Does somebody come, who must know the code word? Most of what only a human can sort out is sorted out by phone."""
        return bool(params.get("word")) and params.get("human") in (None, SERVICE_WANTED)

    def _helper(self, params: Mapping[str, Any], t: Mapping[str, str]) -> str:
        name, organisation = params.get("helper"), params.get("organisation")
        if name and organisation:
            return t["from"].format(name=name, organisation=organisation)
        return str(name or organisation or t["somebody"])

    def _reason(self, params: Mapping[str, Any], t: Mapping[str, str], for_volunteers: bool) -> str:
        reason = params.get("human") or ("handed_back" if params.get("handed_back") else None)
        if reason:
            said, why = t.get(f"reason_{reason}", t["reason_none"]), params.get("why")
            there = _there(params, t) if reason == OUTSIDE else ""
            return f'{said}: "{why.rstrip(".")}"' if why else f"{said} ({there})" if there else said
        if routine := params.get("routine"):
            return t.get(f"reason_routine_{routine}", t["reason_service"])
        if params.get("protected"):
            return t["reason_protected"]
        return t["reason_none"] if for_volunteers else t["reason_service"]


def _staff_times(params: Mapping[str, Any], language: str, t: Mapping[str, str], zone: ZoneInfo) -> dict[str, str]:
    """When somebody of the staff will do it, and when the service groups open: "fredag 10 april kl 10"."""
    planned, said, opens = params.get("planned_at"), params.get("planned_as") or "time", params.get("opens_at")
    opening = _clock_and_day(opens, language, t, zone) if opens else ""
    return {
        "planned": planned_words(planned, said, language, zone) if planned else t["soon"].strip(),
        "opens": opening,
        "closed": t["they_open"].format(opens=opening) if opens else "",
        "days": str(params.get("days") or ""),
    }


def _clock_and_day(at: datetime | str, language: str, t: Mapping[str, str], zone: ZoneInfo) -> str:
    """In few characters: "mån 13/4 kl 08:00". at: a time, from JSON as text."""
    local = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(zone)
    return t["talk_time"].format(day=format_date(local, "EEE d/M", locale=language), at=f"{local:%H:%M}")


def planned_words(at: datetime | str, said: str, language: str, zone: ZoneInfo) -> str:
    """A planned time as exactly as it was said: see dispatch.plans.SAID. at: a time, from JSON as text."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    local = moment.astimezone(zone)
    when = When(
        local.date(),
        part=said if said not in ("time", "by", "day") else None,
        starts=local if said == "time" else None,
        ends=local if said == "by" else None,
    )
    return say_back(when, language) or ""


def told_where(params: Mapping[str, Any], t: Mapping[str, str]) -> str:
    """The place; of what is fetched elsewhere both places, and how long the way is, if that is to be told."""
    place = params.get("place") or t["where_unknown"]
    if "from_place" not in params:
        return str(place)
    km = params.get("way_km")
    return t["from_to_km" if km else "from_to"].format(start=params["from_place"] or t["elsewhere"], end=place, km=km)


def _choices(params: Mapping[str, Any], t: Mapping[str, str]) -> dict[str, str]:
    """What somebody may choose from: codes of tasks, and numbers that can be answered with."""
    numbers = params.get("numbers") or ()
    return {
        "codes": t["or"].join(params.get("codes", ())),
        "choices": t["or"].join(f"{params.get('word', '')} {n}" for n in numbers),
        "open_numbers": t["open_numbers"].format(numbers=", ".join(map(str, numbers))) if numbers else "",
    }


def _places(params: Mapping[str, Any], t: Mapping[str, str]) -> dict[str, str]:
    """Which of several places may be meant, numbered: "1 Gränna, 2 Huskvarna". And who helps in a place that is none of ours."""
    about = params.get("asked_about")
    return {
        "which": t["which_of"].format(asked_about=about) if about else t["which"],
        "places": ", ".join(f"{at} {name}" for at, name in enumerate(params.get("places") or (), 1)),
        "asked_about": about or "",
        "nearby": params.get("nearby") or "",
        "nearby_phone": as_written(params["nearby_phone"]) if params.get("nearby_phone") else "",
    }


def _address(params: Mapping[str, Any], t: Mapping[str, str]) -> dict[str, str]:
    address = both_addresses(params, t)
    return {
        "address": f"{address}, " if address else "",
        "address_at": t["at_address"].format(address=address) if address else "",
    }


def _there(params: Mapping[str, Any], t: Mapping[str, str]) -> str:
    """For staff, of what lies outside: the nearest area, and who helps there."""
    nearest = params.get("nearest")
    area = t["nearest_area"].format(nearest=nearest, km=max(1, round(params["km"]))) if nearest else ""
    phone = params.get("nearby_phone")
    network = " ".join(filter(None, (params.get("nearby"), as_written(phone) if phone else "")))
    return "; ".join(filter(None, (area, network)))


def _in_one_line(text: str) -> str:
    return " / ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _amounts(params: Mapping[str, Any], language: str) -> dict[str, Any]:
    """How much and how many, and of what."""
    amount = params.get("amount_ore")
    return {
        "amount": in_kronor(amount, language) if amount else "",
        "limit": params.get("limit") or "",
        "minutes": params.get("minutes") or "",
        "item": params.get("item") or "…",
    }


def _held(params: Mapping[str, Any]) -> str:
    """What somebody has taken: "K7M2 (47), W3HN (48)", each with the number to answer with."""
    held = list(zip(params.get("codes") or ("...",), params.get("numbers") or ("...",), strict=False))
    named = ", ".join(f"{code} ({number})" for code, number in held[:MOST_HELD])
    return f"{named} ..." if len(held) > MOST_HELD else named


def _team(params: Mapping[str, Any], t: Mapping[str, str]) -> str:
    """Those who help together: "Bo +4670… och Cia"."""
    named = [" ".join(filter(None, one)) for one in params.get("team") or ()]
    return f"{', '.join(named[:-1])}{t['and']}{named[-1]}" if len(named) > 1 else "".join(named)


def _day(day: str | date | None, language: str) -> str:
    """The day of an occasion, "fredag 17/4", for what says no time in the resident's own words. From JSON it is text."""
    if day is None:
        return ""
    return format_date(date.fromisoformat(day) if isinstance(day, str) else day, "EEEE d/M", locale=language)


def _team_words(params: Mapping[str, Any], t: Mapping[str, str]) -> dict[str, Any]:
    """How several people do it together, and what all who go there must mind."""
    leave = params.get("leave")
    return {
        "people": params.get("people") or 1,
        "more": params.get("more") or 1,
        "team": _team(params, t),
        "lead": params.get("lead") or "",
        "leave": t["leave"] if leave else "",
        "at_door": t["at_door"] if leave else "",
    }


def _link_text(params: Mapping[str, Any]) -> str:
    """The text that a link stands in: to a person's own shifts, or to what is answered."""
    return "rota_link" if "rota" in params else "link"


def _span(params: Mapping[str, Any], language: str, t: Mapping[str, str], zone: ZoneInfo) -> str:
    """When a shift is, by the network's clock. starts, ends: times, from JSON as text; without them, some other day."""
    times = [params.get("starts"), params.get("ends")]
    if None in times:
        return "..."
    begins, ends = ((datetime.fromisoformat(x) if isinstance(x, str) else x).astimezone(zone) for x in times if x)
    hours = "–".join(f"{x:%H:%M}" if x.minute else f"{x:%H}" for x in (begins, ends))
    return t["shift_time"].format(day=format_datetime(begins, "EEE d/M", locale=language), hours=hours)


def _fitted(template: str, words: Mapping[str, Any]) -> tuple[str, int]:
    """The text in two SMS parts, and how much of the resident's words is left: they give way, whoever reads them can phone."""
    text, said = template.format_map(words), words["text"]
    while sms.parts(sms.plain(text)) > MOST_PARTS and said:
        said = said[: max(len(said) - 8, 0)]
        text = template.format_map({**words, "text": f"{said.rstrip()}..." if said else ""})
    return text, len(said)
