"""The demo's town: who lives there, what they can do and what they write. Made up by a seed, down to the numbers.

The numbers begin with +46 70 000, which nobody has. Some areas have no volunteer at all, as in life: their requests go on
to the neighbours, and what nobody near can do goes to the municipality.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from dispatch.network import Network
from geo.fold import fold
from service.people import COLUMNS

# Area: volunteers, residents. Lekeryd and Bottnaryd have nobody.
INHABITANTS = {
    "vaster": (12, 15), "oster": (10, 12), "bankeryd": (8, 9), "huskvarna": (11, 13), "hovslatt": (9, 10), "raslatt": (6, 7),
    "granna": (4, 5), "kaxholmen": (4, 4), "tenhult": (2, 3), "lekeryd": (0, 2), "norra": (0, 2),
}  # fmt: skip
ORGANISATIONS = {
    "vaster": ("Sofia församling", "Dalviks IF", "Studentkåren"),
    "oster": ("Scoutkåren Ekhagen", "Ekhagens IF", "Röda Korset"),
    "bankeryd": ("Bankeryds församling", "Bankeryds SK"),
    "huskvarna": ("Scoutkåren Huskvarna", "Huskvarna församling", "Huskvarna Södra"),
    "hovslatt": ("Norrahammars GIF", "Tabergs missionskyrka"),
    "raslatt": ("Råslätts SK", "Öppna förskolan Råslätt"),
    "granna": ("Equmeniakyrkan Gränna", "Gränna scoutkår"),
    "kaxholmen": ("Skärstads IF", "Kaxholmens hembygdsförening"),
    "tenhult": ("Tenhults scoutkår",),
}
YOUNG = (
    "Elsa Nils Maja Oskar Amina Linus Sara Hugo Ida Yusuf Klara Anton Emma Jonas Leyla Filip Hanna Viktor Tuva Adam Frida "
    "Simon Nora Erik Moa Emil Alva David Stina Ali Ebba Johan Wilma Karim Lovisa Axel Mariam Tobias Signe Isak"
).split()
OLD = (
    "Gun Birgit Sven Ingrid Karl-Erik Britta Lennart Margareta Rune Ulla Gösta Kerstin Bengt Inga-Lill Åke Gunborg Arne Maj "
    "Stig Siv Tage Barbro Olle Vera Helge Irma Folke Asta Börje Elsie Evert Rut Harry Dagny Verner Svea Einar Märta"
).split()
SURNAMES = (
    "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson Lindberg "
    "Hansson Bengtsson Lindström Axelsson Haddad Bergström Lundgren Wallin Ahmed Sandström Nyström Hassan Fransson Holm"
).split()

# What residents ask for, and how often. The category is what a person would call it; the program must find it.
WISHES: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "groceries": (34, (
        "Kan någon handla mat?", "kan nån handla matt åt mej", "Behöver hjälp att handla, mjölk bröd potatis och kaffe",
        "Skulle någon kunna köpa lite mat, kylen är tom", "Behöver storhandla men har ingen bil",
    )),
    "pharmacy": (16, (
        "Kan någon hämta min medicin på apoteket", "behöver hämta ut tabletter på appoteket",
        "Min blodtrycksmedicin är slut, kan nån gå till apoteket", "Apotek, recept ligger där",
    )),
    "errand": (9, (
        "Har ett paket att hämta på posten", "Kan någon gå till biblioteket med mina låneböcker", "behöver posta ett brev",
    )),
    "company": (9, (
        "Är så ensam, finns det någon att prata med", "Skulle behöva lite sällskap en stund", "Ingen att prata med här",
    )),
    "pet": (6, ("Kan någon rasta hunden, jag har brutit foten", "behöver hjälp gå ut med hunden")),
    "home": (6, ("Kan någon byta en lampa i taket", "behöver hjälp bära upp ved från källaren")),
    "tech": (4, ("Min mobil krånglar, kan någon hjälpa mig med tekniken", "får inte igång surfplattan")),
    "transport": (7, ("Behöver skjuts till Ryhov på torsdag kl 10", "kan nån köra mig till tandläkaren imorgon")),
    "care": (3, ("Behöver hjälp att duscha, jag ramlade igår", "Kan någon lägga om mitt sår")),
    "money": (3, ("Behöver hjälp att betala räkningar på banken", "kan någon ta ut pengar åt mig")),
}  # fmt: skip
VAGUE = ("Hej, jag behöver hjälp", "kan ni hjälpa mig", "Jag skulle behöva lite hjälp här hemma")
EMERGENCIES = (
    "Min man har ont i bröstet och svettas, vad ska jag göra",
    "Grannen har ramlat i trappan och vaknar inte",
)
FOR_HUMANS = ("Kan ni ringa upp mig?", "Vad kostar det att få hjälp?", "Jag vill gärna hjälpa till som volontär")
CHATTERS = 3  # every third volunteer, about, has Telegram
FIRST_ACCOUNT = 5_000_000
STREETS = "Storgatan Kyrkogatan Skolgatan Ringvägen Björkvägen Parkgatan Ängsvägen Stationsgatan".split()


@dataclass(frozen=True, slots=True)
class Townsperson:
    """Somebody who has a phone. role: resident, volunteer, service or coordinator. willing: how often a yes is the answer.

    known: the network has met this resident before. chat: the account of a volunteer who has Telegram, or 0.
    """

    phone: str
    name: str
    role: str
    area: str = ""
    place: str = ""
    organisation: str = ""
    groups: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    willing: float = 0.5
    known: bool = False
    chat: int = 0


def build_town(network: Network, seed: int) -> dict[str, Townsperson]:
    """Everybody, by number. The service groups and the coordinator are those of the network file."""
    rng = Random(seed)
    people = _staff(network)
    for key, (volunteers, residents) in INHABITANTS.items():
        places = [place.name for place in network.areas[key].places]
        people += [_volunteer(rng, 1001 + len(people) + i, key, places) for i in range(volunteers)]
        people += [_resident(rng, 2001 + len(people) + i, key, places) for i in range(residents)]
    return {person.phone: person for person in people}


def _staff(network: Network) -> list[Townsperson]:
    coordinators = [Townsperson(c, "Samordnaren", "coordinator") for c in network.coordinators if "@" not in c]
    groups = [g for g in network.groups if g.kind == "service"]
    service = [Townsperson(c, g.name, "service") for g in groups for c in g.contacts if "@" not in c]
    return coordinators + service


def _volunteer(rng: Random, number: int, area: str, places: list[str]) -> Townsperson:
    return Townsperson(
        phone=f"+4670000{number:04}",
        name=f"{rng.choice(YOUNG)} {rng.choice(SURNAMES)}",
        role="volunteer",
        area=area,
        place=rng.choice(places),
        organisation=rng.choice(ORGANISATIONS[area]),
        groups=("emergency",) if rng.random() < 0.15 else (),
        skills=("car", "vetted") if rng.random() < 0.2 else ("car",) if rng.random() < 0.4 else (),
        willing=rng.uniform(0.2, 0.7),
        chat=FIRST_ACCOUNT + number if number % CHATTERS == 0 else 0,
    )


def _resident(rng: Random, number: int, area: str, places: list[str]) -> Townsperson:
    return Townsperson(
        phone=f"+4670000{number:04}",
        name=f"{rng.choice(OLD)} {rng.choice(SURNAMES)}",
        role="resident",
        area=area,
        place=rng.choice(places),
        known=rng.random() < 0.4,
    )


def people_csv(town: Mapping[str, Townsperson]) -> str:
    """The volunteers, and the residents whom the network has met, as `budkavle people import` takes them."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS)
    rows.writeheader()
    for person in town.values():
        if person.role == "volunteer" or person.known:
            rows.writerow({
                "name": person.name, "phone": person.phone, "area": person.area, "group": ";".join(person.groups),
                "skills": ";".join(person.skills), "languages": "sv", "telegram_id": person.chat or "", "role": person.role,
                "organisation": person.organisation,
            })  # fmt: skip
    return out.getvalue()


def request_text(person: Townsperson, rng: Random) -> str:
    """What a resident writes first: mostly a request, now and then one with something missing, seldom something else."""
    kind = rng.random()
    if kind < 0.03:
        return rng.choice(EMERGENCIES)
    if kind < 0.07:
        return rng.choice(FOR_HUMANS)
    if kind < 0.15:
        return rng.choice(VAGUE)
    wish = wish_text(rng)
    if kind < 0.25:
        return wish
    opening = rng.choice(("", "", "Hej! ", "Hej, ", "God dag. "))
    ending = rng.choice(("", "", "", " Tack på förhand", f" Hälsn {person.name.split()[0]}"))
    where = rng.choice(("Bor i {}", "bor i {}", "{street} i {}", "{}")).format(
        place_text(person, rng), street=f"{rng.choice(STREETS)} {rng.randrange(1, 40)}"
    )
    return f"{opening}{wish}{' ' if wish.endswith('?') else '. '}{where}{ending}"


def wish_text(rng: Random) -> str:
    """What a resident needs, without saying where."""
    (_, phrases) = rng.choices(list(WISHES.values()), [weight for weight, _ in WISHES.values()])[0]
    return rng.choice(phrases)


def place_text(person: Townsperson, rng: Random) -> str:
    """Where the resident lives, as people spell it on a small keyboard."""
    return person.place if rng.random() < 0.75 else fold(person.place)
