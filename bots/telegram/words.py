"""The words that only texts in a chat are filled with: how far, how long, routines, shifts. Pure."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time

HOUR = 60  # minutes
POSITION = re.compile(r"-?\d{1,2}\.\d+, -?\d{1,3}\.\d+")  # an address that is a shared position


def chat_words(params: Mapping[str, Any], language: str, t: Mapping[str, str], zone: ZoneInfo) -> dict[str, str]:
    """What chat texts have besides the words of all channels. t: the texts of the chat."""
    phone, word, address = params.get("phone"), params.get("word"), params.get("address")
    until = params.get("until")
    return {
        "facts": _facts(params, t),
        "state": t["state_under_way" if params.get("under_way") else "state_yours"].format(code=params.get("code", "")),
        # A shared position is shown by the button of the map; its figures help nobody.
        "address_line": f"{address}\n" if address and not POSITION.fullmatch(address) else "",
        "phone_line": t["phone_line"].format(phone=phone) if phone else "",
        "word_line": t["word_line"].format(word=word) if word else "",
        "routine": " ".join(routines(params, t)),
        "helper_name": params.get("helper") or t["somebody"],
        "until": format_date(date.fromisoformat(until), "EEEE d MMMM", locale=language) if until else "",
        "shifts": _shifts(params.get("shifts") or (), language, t, zone),
    }


def _facts(params: Mapping[str, Any], t: Mapping[str, str]) -> str:
    km, minutes = params.get("km"), params.get("takes")
    said = t["fact_same"] if params.get("same") else ""
    if km is not None:
        said += t["fact_km"].format(km=km) if km else t["fact_near"]
    if minutes:
        hours = minutes / HOUR
        if minutes < HOUR or minutes % 30:
            said += t["fact_minutes"].format(minutes=minutes)
        else:
            said += t["fact_hour"] if hours == 1 else t["fact_hours"].format(hours=f"{hours:g}".replace(".", ","))
    return said


def routines(params: Mapping[str, Any], t: Mapping[str, str]) -> list[str]:
    """The centre's routines (domain.md, "Routines that every task obeys") as far as they concern this kind of help."""
    parts = [t["routine"], t.get(str(params.get("routine")), "")]
    if params.get("limit"):
        parts.append(t["routine_money"].format(limit=params["limit"]))
    return [part for part in parts if part]


def _shifts(shifts: Any, language: str, t: Mapping[str, str], zone: ZoneInfo) -> str:
    lines = []
    for number, shift in enumerate(shifts, 1):
        begins, ends = (datetime.fromisoformat(shift[key]).astimezone(zone) for key in ("starts_at", "ends_at"))
        day = format_datetime(begins, "EEE d/M", locale=language)
        time = f"{day} {format_time(begins, 'HH:mm', locale=language)}–{format_time(ends, 'HH:mm', locale=language)}"
        mark = t["rota_mine"] if shift["mine"] else ""
        mark += t["rota_swap"] if shift["swap"] else t["rota_greatest"] if shift["greatest"] else ""
        lines.append(
            t["rota_line"].format(n=number, time=time, mark=mark, **{k: shift[k] for k in ("group", "signed_up", "needed")})
        )
    return "\n".join(lines)
