"""Puts messages into words: the texts of bots/locale, filled with what a message carries.

Texts to people are short, say what happens next, and fit in two SMS parts; what a resident wrote is cut to what is left.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from dispatch import sms
from dispatch.network import Network

LOCALE = Path(__file__).parent / "locale"
MOST_PARTS = 2
LONGEST_TEXT = 320  # characters; more never fits into two parts


@cache
def texts(language: str) -> Mapping[str, str]:
    """The texts of one language by id. Raises FileNotFoundError when there are none."""
    with (LOCALE / language / "messages.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id}


@cache
def languages() -> frozenset[str]:
    """The languages that there are texts for."""
    return frozenset(path.parent.name for path in LOCALE.glob("*/messages.po"))


class Wording:
    """Words messages for one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        places = [p.name for area in network.areas.values() for p in area.places[:1]]
        self._example = places[-1] if places else network.name

    def __call__(self, kind: str, params: Mapping[str, Any], language: str) -> str:
        """The text `kind` in the person's language, at most two SMS parts long. Raises KeyError for an unknown kind."""
        language = language if language in languages() else "en"
        words = self._words(kind, params, language)
        template = texts(language)[self._variant(kind, params)]
        text = template.format_map(words)
        said = words["text"]
        while sms.parts(sms.plain(text)) > MOST_PARTS and said:
            # The resident's own words give way; whoever reads them here can phone.
            said = said[: max(len(said) - 8, 0)]
            text = template.format_map({**words, "text": f"{said.rstrip()}..." if said else ""})
        return text.replace("  ", " ").strip()

    def _variant(self, kind: str, params: Mapping[str, Any]) -> str:
        told_off = kind in ("no_longer_needed", "handled_by_other") and params.get("cancelled")
        return f"{kind}_cancelled" if told_off else kind

    def _words(self, kind: str, params: Mapping[str, Any], language: str) -> dict[str, Any]:
        t = texts(language)
        category = self._network.category(params.get("category"))
        what = category.name(language) if category else t["what_unknown"]
        wanted = params.get("wanted")
        note = params.get("when") or wanted
        address = params.get("address")
        lines = (params.get("text") or "")[:LONGEST_TEXT].splitlines()
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
            "address_at": t["at_address"].format(address=address) if address else "",
            "text": f'"{said}"' if said and kind != "addition" else said,
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
        return t["reason_none"] if for_volunteers else t["reason_service"]
