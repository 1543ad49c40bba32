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
    phone, word, address = params.get("phone"), params.get("word"), both_addresses(params, t)
    until = params.get("until")
    return {
        "facts": _facts(params, t),
        "state": t["state_under_way" if params.get("under_way") else "state_yours"].format(code=params.get("code", "")),
        # A shared position is shown by the button of the map; its figures help nobody.
        "address_line": f"{address}\n" if address and not POSITION.fullmatch(address) else "",
        "phone_line": t["phone_line"].format(phone=phone) if phone else "",
        "word_line": t["word_line"].format(word=word) if word else "",
        "routine": " ".join(routines(params, t)) + "".join(f"\n☐ {item}" for item in params.get("checklist") or ()),
        "helper_name": params.get("helper") or t["somebody"],
        "until": format_date(date.fromisoformat(until), "EEEE d MMMM", locale=language) if until else "",
        "shifts": _shifts(params.get("shifts") or (), language, t, zone),
    }


def both_addresses(params: Mapping[str, Any], t: Mapping[str, str]) -> str:
    """The address; of what is fetched elsewhere both, each with its place. Empty for those who may know neither."""
    address = params.get("address") or ""
    if "from_address" not in params:
        return str(address)
    start = with_place(params["from_address"], params.get("from_place") or "")
    end = with_place("" if POSITION.fullmatch(address) else address, params.get("place") or "")
    return t["both_addresses"].format(start=start or t["elsewhere"], end=end or t["where_unknown"])


def with_place(address: str, place: str) -> str:
    """The address with the name of its place, unless that stands in it already."""
    return address if place.casefold() in address.casefold() else ", ".join(filter(None, (address, place)))


def travel_time(minutes: int, t: Mapping[str, str]) -> str:
    """Minutes of a way, from an hour on in hours and minutes."""
    hours, left = divmod(minutes, HOUR)
    text = t["time_minutes" if not hours else "time_both" if left else "time_hours"]
    return text.format(hours=hours, minutes=left)


def _way(params: Mapping[str, Any], t: Mapping[str, str]) -> str:
    """How far it is, and how long by the way that the person gets about; both legs of what is fetched elsewhere."""
    km, travel = params["km"], params.get("travel")
    by = t[f"by_{travel}"].format(time=travel_time(params["travel_minutes"], t)) if travel else ""
    return t["fact_both" if km and "from_place" in params else "fact_km" if km else "fact_near"].format(km=km, by=by)


def _facts(params: Mapping[str, Any], t: Mapping[str, str]) -> str:
    km, minutes = params.get("km"), params.get("takes")
    said = t["fact_same"] if params.get("same") else ""
    said += t["fact_leave"] if params.get("leave") else ""
    if km is not None:
        said += _way(params, t)
    if minutes:
        hours = minutes / HOUR
        if minutes < HOUR or minutes % 30:
            said += t["fact_minutes"].format(minutes=minutes)
        else:
            said += t["fact_hour"] if hours == 1 else t["fact_hours"].format(hours=f"{hours:g}".replace(".", ","))
    return said


def routines(params: Mapping[str, Any], t: Mapping[str, str]) -> list[str]:
    """The centre's routines (domain.md, "Routines that every task obeys") as far as they concern this kind of help."""
    parts = [t["routine"], t.get(str(params.get("help")), ""), t["routine_leave"] if params.get("leave") else ""]
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
