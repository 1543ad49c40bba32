"""A register of addresses that nobody lives at, from a seed: as large as a region's, shaped as Lantmäteriet's."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pyproj import Transformer

LOCALITIES = 300
HOUSES_A_STREET = 40
CENTRE = (57.95, 14.35)  # degrees, in the middle of Jönköping's network
REACH = 0.35  # of a degree of latitude around it: within what an import takes
_BEFORE = "Norr Söder Öster Väster Stor Lill Gran Tall Björk Ek Ask Al Sten Berg Hav Sjö Kyrk Kvarn Säter Ängs".split()
_AFTER = "by torp stad ås berga hult ryd näs sjö köping holm vik tuna boda landa".split()
_FIRST = """
Stor Kyrk Skol Järnvägs Ring Park Kungs Drottning Nygårds Björk Tall Gran Ek Lönn Ask Rönn Häst Får Get Svan Örn Falk Trast
Lärk Mås Gök Hare Räv Älg Björn Varg Lo Ängs Hag Skogs Bergs Dal Ås Sjö Strand Hamn Fiskar Båts Kvarn Smedje Bagar Skräddar
Mjölnar Snickar Murar Målar Glas Silver Guld Koppar Järn Sten Grus Sand Ler Södra Norra Östra Västra Övre Nedre Gamla Nya
Höjd Sol Mån Stjärn Vinter Sommar Höst Vår Morgon Kvälls Natt Brunns Käll Bäck Å Bro Vad Led Gräns Rå Torp Stug Gårds
Herrgårds Präst Klockar Kantors Läkar Brand Post Torg Handels Köpmans Tegel Bruks Fabriks Industri Verkstads Lager Flyg Tåg
Buss Cykel Gång Löp Ski Back Kull Kastanje Körsbärs Äppel Päron Plommon Hallon Blåbärs Lingon Smultron Ros Tulpan
Liljekonvalje Vitsippe Blåsippe Viol
""".split()
_LAST = "gatan vägen stigen gränd allén backen torget svängen liden vreten".split()


class Address(NamedTuple):
    """One house. lat, lon: degrees, WGS 84."""

    street: str
    number: int
    letter: str
    postcode: str
    locality: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Street:
    """One street of one locality, and where its houses are."""

    name: str
    locality: str
    postcode: str
    lat: float
    lon: float


def streets(count: int, seed: int) -> list[Street]:
    """So many streets, spread over the localities; no locality has a name twice."""
    chance = random.Random(seed)
    names = [a + b for a in _FIRST for b in _LAST]
    localities = [a + b for a in _BEFORE for b in _AFTER][:: max(1, len(_BEFORE) * len(_AFTER) // LOCALITIES)]
    each = -(-count // len(localities))
    made = []
    for number, locality in enumerate(localities):
        lat, lon = CENTRE[0] + chance.uniform(-REACH, REACH), CENTRE[1] + 2 * chance.uniform(-REACH, REACH)
        for place, name in enumerate(chance.sample(names, each)):
            spot = (lat + chance.gauss(0, 0.008), lon + chance.gauss(0, 0.015))
            made.append(Street(name, locality, f"{55000 + number * 4 + place % 4}", *spot))
    return made[:count]


def addresses(of: list[Street], seed: int) -> Iterator[Address]:
    """The houses of the streets, odd numbers on one side and even ones on the other; some have letters."""
    chance = random.Random(seed)
    for street in of:
        turn = chance.uniform(-1, 1)
        for place in range(HOUSES_A_STREET):
            letter = "AB"[place % 2] if place > HOUSES_A_STREET - 5 else ""
            lat, lon = street.lat + place * turn * 1e-4, street.lon + place * (1 - abs(turn)) * 2e-4
            yield Address(
                street.name, place - (place % 2 if letter else 0) + 1, letter, street.postcode, street.locality, lat, lon
            )


def write_register(path: Path, rows: list[Address]) -> None:
    """The addresses as a file in SWEREF 99 TM."""
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3006", always_xy=True)
    lats, lons = np.array([row.lat for row in rows]), np.array([row.lon for row in rows])
    east, north = to_metres.transform(lons, lats)
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, delimiter=";")
        table.writerow(("Adressområde", "Adressplats", "Bokstav", "Postnummer", "Postort", "Kommundel", "N", "E"))
        for row, n, e in zip(rows, north.round(2).tolist(), east.round(2).tolist(), strict=True):
            postcode = f"{row.postcode[:3]} {row.postcode[3:]}"
            table.writerow((row.street, row.number, row.letter, postcode, row.locality.upper(), row.locality, n, e))
