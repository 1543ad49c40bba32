"""Puts messages into words: the texts of bots/locale, filled with what a message carries.

Texts to people are short, say what happens next, and fit in two SMS parts; what a resident wrote is cut to what is left.
By e-mail there is room for all of it, nobody can answer with a number, and so a link takes the numbers' place: where a text
must be another one there, it stands under the same id in email.po.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.messages.pofile import read_po

from dispatch import sms
from dispatch.network import Network

LOCALE = Path(__file__).parent / "locale"
MOST_PARTS = 2
AS_WRITTEN = frozenset({"addition", "staff_reply", "call_back"})  # texts whose words stand without quotation marks
LONGEST_TEXT = 320  # characters; more never fits into two parts
LONGEST_LETTER = 10_000  # characters of the resident's words in an e-mail
WORDS_BEFORE_LINK = 60  # characters of the resident's words that matter more in an SMS than the link


@cache
def texts(language: str, catalogue: str = "messages") -> Mapping[str, str]:
    """The texts of one language by id: "messages", or "email". Raises FileNotFoundError when there are none."""
    with (LOCALE / language / f"{catalogue}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id}


@cache
def languages() -> frozenset[str]:
    """The languages that there are texts for."""
    return frozenset(path.parent.name for path in LOCALE.glob("*/messages.po"))


class Wording:
    """Words messages for one network. link: the address where an offer is answered, by the offer's id; None: there is none."""

    def __init__(self, network: Network, link: Callable[[int], str | None] = lambda _: None) -> None:
        self._network = network
        self._link = link
        places = [p.name for area in network.areas.values() for p in area.places[:1]]
        self._example = places[-1] if places else network.name

    def __call__(self, kind: str, params: Mapping[str, Any], language: str, channel: str = "sms") -> str:
        """The text `kind` in the person's language; by SMS at most two parts long. Raises KeyError for an unknown kind."""
        language = language if language in languages() else "en"
        if channel == "email":
            return self._letter(kind, params, language)
        words = self._words(kind, params, language, LONGEST_TEXT)
        template = texts(language)[self._variant(kind, params)]
        said = words["text"]
        text, kept = _fitted(template, words)
        if kept < min(len(said), WORDS_BEFORE_LINK) or sms.parts(sms.plain(text)) > MOST_PARTS:
            text, _ = _fitted(template, {**words, "link": ""})
        return text.replace("  ", " ").strip()

    def subject(self, kind: str, params: Mapping[str, Any], language: str) -> str:
        """The subject of the e-mail: what it is about, and nothing of the resident."""
        language = language if language in languages() else "en"
        t = texts(language, "email")
        default = "subject_task" if params.get("code") else "subject"
        return t.get(f"subject_{kind}", t[default]).format_map(self._words(kind, params, language, 0)).strip()

    def _letter(self, kind: str, params: Mapping[str, Any], language: str) -> str:
        t, name = texts(language, "email"), self._variant(kind, params)
        words = self._words(kind, params, language, LONGEST_LETTER)
        url = self._url(params)
        words["link"] = t["link"].format(url=url) if url else t["no_link"].format_map(words)
        if params.get("protected"):  # an e-mail is read by more machines than one: who it is stands behind the link
            words |= {"name": t["name_protected"], "phone": "", "address": "", "address_at": "", "text": ""}
        body = t.get(name, texts(language)[name]).format_map(words)
        return f"{body}\n\n{t['end'].format_map(words)}".replace("  ", " ").replace(" \n", "\n").strip()

    def _url(self, params: Mapping[str, Any]) -> str | None:
        offer = params.get("offer")
        return self._link(offer) if isinstance(offer, int) else None

    def _variant(self, kind: str, params: Mapping[str, Any]) -> str:
        told_off = kind in ("no_longer_needed", "handled_by_other") and params.get("cancelled")
        return f"{kind}_cancelled" if told_off else kind

    def _words(self, kind: str, params: Mapping[str, Any], language: str, longest: int) -> dict[str, Any]:
        t = texts(language)
        url = self._url(params)
        category = self._network.category(params.get("category"))
        what = category.name(language) if category else t["what_unknown"]
        wanted = params.get("wanted") or _day(params.get("occasion"), language)
        note = params.get("when") or wanted
        address = params.get("address")
        lines = (params.get("text") or "")[:longest].splitlines()
        said = " / ".join(" ".join(line.split()) for line in lines if line.strip())
        return {
            **params,
            "network": self._network.name,
            "hotline": self._network.phone,
            "example": self._example,
            "what": what[:1].lower() + what[1:],
            "What": what[:1].upper() + what[1:],
            "where": params.get("place") or t["where_unknown"],
            "wanted": f", {wanted}" if wanted else "",
            "when": f" ({note})" if note else t["soon"],
            "helper": self._helper(params, t),
            "name": params.get("name") or t["name_unknown"],
            "phone": params.get("phone") or "",
            "address": f"{address}, " if address else "",
            "door": t["door"].format(word=params["word"]) if params.get("word") and not params.get("human") else "",
            "address_at": t["at_address"].format(address=address) if address else "",
            "link": t["link"].format(url=url) if url else "",
            "text": f'"{said}"' if said and kind not in AS_WRITTEN else said,
            "urgent": t.get(f"urgent_{params.get('urgency')}", ""),
            "reason": self._reason(params, t, category is None or category.volunteers),
            "codes": t["or"].join(params.get("codes", ())),
            "choices": t["or"].join(f"{params.get('word', '')} {n}" for n in params.get("numbers", ())),
            "open_numbers": t["open_numbers"].format(numbers=", ".join(map(str, params["numbers"])))
            if params.get("numbers")
            else "",
        }

    def _helper(self, params: Mapping[str, Any], t: Mapping[str, str]) -> str:
        name, organisation = params.get("helper"), params.get("organisation")
        if name and organisation:
            return t["from"].format(name=name, organisation=organisation)
        return str(name or organisation or t["somebody"])

    def _reason(self, params: Mapping[str, Any], t: Mapping[str, str], for_volunteers: bool) -> str:
        reason = params.get("human")
        if reason:
            return t.get(f"reason_{reason}", t["reason_none"])
        if params.get("protected"):
            return t["reason_protected"]
        return t["reason_none"] if for_volunteers else t["reason_service"]


def _day(day: str | date | None, language: str) -> str:
    """The day of an occasion, "fredag 17/4", for what says no time in the resident's own words. From JSON it is text."""
    if day is None:
        return ""
    return format_date(date.fromisoformat(day) if isinstance(day, str) else day, "EEEE d/M", locale=language)


def _fitted(template: str, words: Mapping[str, Any]) -> tuple[str, int]:
    """The text in two SMS parts, and how much of the resident's words is left: they give way, whoever reads them can phone."""
    text, said = template.format_map(words), words["text"]
    while sms.parts(sms.plain(text)) > MOST_PARTS and said:
        said = said[: max(len(said) - 8, 0)]
        text = template.format_map({**words, "text": f"{said.rstrip()}..." if said else ""})
    return text, len(said)
