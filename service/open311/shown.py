"""Our kinds of help and requests as GeoReport v2 shows them. Pure: rows and the network in, records out.

Without a key nobody reads who asked for what: a request is its kind, its area with the middle of it, its times and how it goes.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dispatch.model import TaskState, Urgency
from dispatch.network import Category, Network
from geo.travel import rounded
from service.board.lanes import STATES, URGENCIES
from service.web.texts import N_, Texts

OPEN, CLOSED = "open", "closed"
CLOSED_STATES = frozenset({TaskState.DONE, TaskState.CLOSED, TaskState.CANCELLED})
STATES_OF = {OPEN: sorted(set(TaskState) - CLOSED_STATES), CLOSED: sorted(CLOSED_STATES)}
WANTED, URGENCY = "wanted", "urgency"  # the attributes of every kind of help
_SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


def service_record(category: Category, words: Texts) -> dict[str, Any]:
    """One kind of help."""
    by = N_("Done by volunteers.") if category.volunteers else N_("Done by the municipality's service groups.")
    return {
        "service_code": category.key,
        "service_name": category.name(words.language),
        "description": words.gettext(by),
        "metadata": True,
        "type": "realtime",
        "keywords": ", ".join(dict.fromkeys(category.names.values())),
        "group": "",
    }


def definition_record(category: Category, words: Texts) -> dict[str, Any]:
    """What may be said besides of one kind of help."""
    urgencies = [{"key": u.value, "name": words.gettext(URGENCIES[u])} for u in (Urgency.NORMAL, Urgency.HIGH)]
    attributes = [
        _attribute(WANTED, "string", 1, words.gettext(N_("When is the help needed?")), []),
        _attribute(
            URGENCY, "singlevaluelist", 2, words.gettext(N_("How urgent is it? Ring 112 when life is in danger.")), urgencies
        ),
    ]
    return {"service_code": category.key, "attributes": attributes}


def _attribute(code: str, datatype: str, order: int, description: str, values: list[dict[str, str]]) -> dict[str, Any]:
    told = {
        "variable": True, "code": code, "datatype": datatype, "required": False, "datatype_description": "", "order": order,
        "description": description,
    }  # fmt: skip
    return told | {"values": values} if values else told


def request_record(row: Mapping[str, Any], network: Network, words: Texts, has_key: bool) -> dict[str, Any]:
    """One request (a row of open311_requests). Of somebody with a protected identity nobody reads even the area."""
    category, state = network.category(row["category"]), TaskState(row["state"])
    told = has_key and not row["protected"]
    spot = None if row["protected"] else _spot(row, network, told)
    address = ", ".join(filter(None, (row["address"] or row["home"],))) if told else ""
    return {
        "service_request_id": row["code"],
        "status": CLOSED if state in CLOSED_STATES else OPEN,
        "status_notes": words.gettext(STATES[state]),
        "service_name": category.name(words.language) if category else row["category"],
        "service_code": row["category"],
        "description": row["text"] if told else "",
        "agency_responsible": network.name,
        "service_notice": "",
        "requested_datetime": _time(row["created_at"], network),
        "updated_datetime": _time(row["changed_at"], network),
        "expected_datetime": "",
        "address": "" if row["protected"] else address or network.area_name(row["area"]),
        "address_id": "",
        "zipcode": "",
        "lat": spot[0] if spot else "",
        "long": spot[1] if spot else "",
        "media_url": "",
    }


def _spot(row: Mapping[str, Any], network: Network, told: bool) -> tuple[float, float] | None:
    if told and row["lat"] is not None:
        return row["lat"], row["lon"]
    middle = network.position(row["area"], None)
    return rounded(*middle) if middle else None


def _time(at: datetime, network: Network) -> str:
    return at.astimezone(network.zone).isoformat(timespec="seconds")


def discovery_record(network: Network, base: str, changed: datetime) -> dict[str, Any]:
    """Where the service is and what it speaks (https://wiki.open311.org/Service_Discovery/). base: our public address."""
    at = _time(changed, network)
    endpoint = {
        "specification": _SPECIFICATION,
        "url": f"{base}/open311/v2",
        "changeset": at,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    contact = f"{network.name}, {network.phone}"
    return {"changeset": at, "contact": contact, "key_service": contact, "endpoints": [endpoint]}
