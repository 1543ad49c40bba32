"""Nominatim and Photon: what they are asked, and their answers read. Nothing is sent here.

Nominatim: https://nominatim.org/release-docs/latest/api/Search/ and …/api/Output/ (format jsonv2).
Photon: https://github.com/komoot/photon/blob/master/docs/api-v1.md (GeoJSON, properties as in GeocodeJSON).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol

from geo.location import Precision

COUNTRY = "se"  # ISO 3166: addresses in other countries are not looked for
MOST = 5  # answers
LONGEST_LABEL = 200  # characters
_PLACES = (
    "village",
    "hamlet",
    "town",
    "suburb",
    "quarter",
    "neighbourhood",
    "city_district",
    "isolated_dwelling",
    "farm",
    "city",
)

Box = tuple[float, float, float, float]  # west, south, east, north: degrees in WGS 84


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer. label: as one would say it ("Storgatan 4, Gränna"). lat, lon: degrees in WGS 84."""

    label: str
    lat: float
    lon: float
    precision: Precision


class Service(Protocol):
    """A kind of geocoder. path: where it is asked; status: a path that answers 200 when it works."""

    path: str
    status: str

    def params(self, address: str, box: Box) -> Mapping[str, str]:
        """The query for an address inside a box: the address is the only thing in it that is not public."""

    def read(self, document: Any) -> list[Hit]:
        """The answers of a JSON document, best first; what cannot be read, or is coarser than a place, is left out. Raises
        ValueError for a document that is none of this service's."""


class Nominatim:
    """https://nominatim.org, OpenStreetMap's own."""

    path, status = "/search", "/status"

    def params(self, address: str, box: Box) -> Mapping[str, str]:
        """See Service."""
        west, south, east, north = (f"{degrees:.3f}" for degrees in box)
        return {
            "q": address, "format": "jsonv2", "addressdetails": "1", "limit": str(MOST), "countrycodes": COUNTRY,
            "viewbox": f"{west},{north},{east},{south}", "bounded": "1", "accept-language": "sv",
        }  # fmt: skip

    def read(self, document: Any) -> list[Hit]:
        """See Service."""
        if not isinstance(document, list):
            raise ValueError("no list of places")
        return list(_hits(_from_nominatim(place) for place in document if isinstance(place, dict)))


class Photon:
    """https://photon.komoot.io, or one's own. It is told no country: older ones refuse parameters that they do not know."""

    path, status = "/api", "/status"

    def params(self, address: str, box: Box) -> Mapping[str, str]:
        """See Service."""
        return {"q": address, "limit": str(MOST), "bbox": ",".join(f"{degrees:.3f}" for degrees in box)}

    def read(self, document: Any) -> list[Hit]:
        """See Service."""
        if not isinstance(document, dict) or not isinstance(document.get("features"), list):
            raise ValueError("no collection of features")
        return list(_hits(_from_photon(feature) for feature in document["features"] if isinstance(feature, dict)))


SERVICES: Mapping[str, Service] = {"nominatim": Nominatim(), "photon": Photon()}


@dataclass(frozen=True, slots=True)
class _Found:
    """What a service says of one place; empty or None for what it does not say."""

    lat: Any
    lon: Any
    country: str = ""
    name: str = ""
    street: str = ""
    number: str = ""
    place: str = ""
    postcode: str = ""
    is_street: bool = False
    is_postcode: bool = False
    is_coarse: bool = False  # a municipality, a county


def _hits(found: Iterator[_Found]) -> Iterator[Hit]:
    seen = set()
    for one in found:
        precision, label = _precision(one), _label(one)
        try:
            lat, lon = float(one.lat), float(one.lon)
        except (TypeError, ValueError):
            continue
        is_ours = one.country.lower() in ("", COUNTRY)
        if precision is None or not label or not is_ours or not (isfinite(lat) and isfinite(lon)) or (label, precision) in seen:
            continue
        seen.add((label, precision))
        yield Hit(label, lat, lon, precision)


def _precision(found: _Found) -> Precision | None:
    if found.is_coarse:
        return None
    if found.number and found.street:
        return Precision.ADDRESS
    if found.is_postcode:
        return Precision.POSTCODE
    return Precision.STREET if found.is_street else Precision.PLACE


def _label(found: _Found) -> str:
    if found.number and found.street:
        first = f"{found.street} {found.number}"
    elif found.is_postcode:
        first = found.postcode or found.name
    else:
        first = found.name or found.street
    return ", ".join(dict.fromkeys(part for part in (first, found.place) if part))[:LONGEST_LABEL]


def _texts(source: Any, *names: str) -> list[str]:
    """The fields that are texts, on one line each; empty for any other."""
    fields = source if isinstance(source, dict) else {}
    return [" ".join(value.split()) if isinstance(value := fields.get(name), str) else "" for name in names]


def _from_nominatim(place: Mapping[str, Any]) -> _Found:
    address = place.get("address")
    country, number, road, postcode = _texts(address, "country_code", "house_number", "road", "postcode")
    kind, category, name = _texts(place, "type", "category", "name")
    rank = place.get("place_rank")
    where = next((said for said in _texts(address, *_PLACES) if said), "")
    return _Found(
        lat=place.get("lat"), lon=place.get("lon"), country=country, name=name or _first_of(place), street=road, number=number,
        place=where, postcode=postcode, is_street=category == "highway", is_postcode=kind == "postcode",
        is_coarse=isinstance(rank, int) and rank < 15,  # 12 counties, 14 municipalities; a town is 16
    )  # fmt: skip


def _first_of(place: Mapping[str, Any]) -> str:
    """What the whole label begins with: versions before 4.3 give no name by itself."""
    (label,) = _texts(place, "display_name")
    return label.partition(",")[0]


def _from_photon(feature: Mapping[str, Any]) -> _Found:
    properties = feature.get("properties")
    country, name, street, number, postcode = _texts(properties, "countrycode", "name", "street", "housenumber", "postcode")
    kind, key, value = _texts(properties, "type", "osm_key", "osm_value")
    where = next((said for said in _texts(properties, "locality", "district", "city") if said), "")
    geometry = feature.get("geometry")
    spot = geometry.get("coordinates") if isinstance(geometry, dict) else None
    lon, lat = spot[:2] if isinstance(spot, Sequence) and not isinstance(spot, str) and len(spot) >= 2 else (None, None)
    return _Found(
        lat=lat, lon=lon, country=country, name=name, street=street, number=number, place=where, postcode=postcode,
        is_street=kind == "street" or key == "highway", is_postcode=value == "postcode",
        is_coarse=kind in ("county", "state", "country"),
    )  # fmt: skip
