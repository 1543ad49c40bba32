"""What people who want to help answer by SMS, as they write: with misspellings, without accents, in whole sentences."""

import pytest

from bots.dialogue.volunteer_names import is_for_a_human, name_in, read_name, read_organisation, wish_in
from bots.dialogue.volunteer_words import clearly_yes_or_no, ends, find, speaks_of_languages, yes_or_no

ALWAYS = ["weekdays", "evenings", "weekends"]


@pytest.mark.parametrize(
    ("written", "skills"),
    [
        ("bil", ["car"]),
        ("Bil!", ["car"]),
        ("ja jag har körkort o bil", ["car"]),
        ("b-körkort", ["car"]),
        ("har en gammal bil", ["car"]),
        ("BIL OCH SLÄP", ["car", "tow-bar"]),
        ("slap och dragkrok", ["tow-bar"]),
        ("bil, verktg, hund", ["car", "tools", "dogs"]),
        ("sjukskötreska", ["health-care"]),
        ("jag är undersköterska sen 20 år", ["health-care"]),
        ("läkarstudent", ["health-care"]),
        ("Jobbat inom vården", ["health-care"]),
        ("förskollärare", ["teaching"]),
        ("hlr och första hjälpen", ["first-aid"]),
        ("Hjärt-lungräddning", ["first-aid"]),
        ("datorer och mobiler", ["computers"]),
        ("IT-tekniker", ["computers"]),
        ("van vid hundar", ["dogs"]),
        ("ingen bil men hund", ["dogs"]),
        ("nej men jag har bil", ["car"]),
        ("bil har jag inte", []),
        ("Kör inte", []),
        ("rädd för hundar", []),
        ("NEJ", []),
        ("nej tack", []),
        ("Nej, inget särskilt", []),
        ("inte vad jag vet", []),
        ("I have a car and a trailer", ["car", "tow-bar"]),
        ("no", []),
        ("nurse, retired", ["health-care"]),
        ("auto ja peräkärry", ["car", "tow-bar"]),
        ("ei", []),
        ("عندي سيارة", ["car"]),
        ("لا", []),
        ("маю авто і собаку", ["car", "dogs"]),
        ("ні", []),
        ("ja", None),
        ("kanske", None),
        ("hundra procent säker", None),
        ("jag kan sy och baka", None),
        ("stabil mobil", None),
    ],
)
def test_skills(written: str, skills: list[str] | None) -> None:
    assert find("skills", written).answer == skills


@pytest.mark.parametrize(
    ("written", "languages"),
    [
        ("svenska", ["sv"]),
        ("Svenska och engleska", ["sv", "en"]),
        ("svenka", ["sv"]),
        ("bara svenska", ["sv"]),
        ("talar svenska, engelska o somaliska", ["sv", "en", "so"]),
        ("arabsika", ["ar"]),
        ("lite tyska också", ["de"]),
        ("teckenspråk", ["sgn"]),
        ("persiska/dari", ["fa"]),
        ("pratar inte engelska", []),
        ("nej", []),
        ("inga fler", []),
        ("English and a little Swedish", ["en", "sv"]),
        ("suomea ja ruotsia", ["fi", "sv"]),
        ("العربية والسويدية", ["ar", "sv"]),
        ("українська, російська", ["uk", "ru"]),
        ("klingonska", None),
        ("ja", None),
    ],
)
def test_languages(written: str, languages: list[str] | None) -> None:
    assert find("languages", written).answer == languages


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("vardagar", ["weekdays"]),
        ("vardgar", ["weekdays"]),
        ("mån-fre dagtid", ["weekdays"]),
        ("tisdagar efter kl 15", ["weekdays"]),
        ("kvällar o helger", ["evenings", "weekends"]),
        ("kvallar", ["evenings"]),
        ("kvälar", ["evenings"]),
        ("efter jobbet", ["evenings"]),
        ("vardagskvällar", ["weekdays", "evenings"]),
        ("på lördagar", ["weekends"]),
        ("hälger", ["weekends"]),
        ("inte helger", ["weekdays", "evenings"]),
        ("kan inte på vardagar men helger går bra", ["weekends"]),
        ("ALLTID", ALWAYS),
        ("alltid utom helger", ["weekdays", "evenings"]),
        ("när som helst", ALWAYS),
        ("när ni behöver mig", ALWAYS),
        ("spelar ingen roll", ALWAYS),
        ("det varierar", ALWAYS),
        ("weekends", ["weekends"]),
        ("any time", ALWAYS),
        ("iltaisin ja viikonloppuisin", ["evenings", "weekends"]),
        ("aina", ALWAYS),
        ("في المساء", ["evenings"]),
        ("دائما", ALWAYS),
        ("увечері", ["evenings"]),
        ("завжди", ALWAYS),
        ("nej", None),
        ("aldrig", None),
        ("vet inte riktigt", None),
        ("3 timmar", None),
    ],
)
def test_when(written: str, when: list[str] | None) -> None:
    assert find("available", written).answer == when


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Anna Berg", "Anna Berg"),
        ("anna-lisa berg", "Anna-Lisa Berg"),
        ("ANNA BERG", "Anna Berg"),
        ("Åsa", "Åsa"),
        ("Bo", "Bo"),
        ("J. Andersson", "J. Andersson"),
        ("Gunnar von Essen", "Gunnar von Essen"),
        ("Sten Torp.", "Sten Torp"),
        ("Hej, jag heter Anna", "Anna"),
        ("Jag är Anna Berg", "Anna Berg"),
        ("namn: Eva Ek", "Eva Ek"),
        ("Anna, bor i Gränna", "Anna"),
        ("Anna Berg och bor i Gränna", "Anna Berg"),
        ("jag heter Anna och vill hjälpa till", "Anna"),
        ("My name is John Smith", "John Smith"),
        ("I'm John", "John"),
        ("Nimeni on Matti Virtanen", "Matti Virtanen"),
        ("اسمي أحمد علي", "أحمد علي"),
        ("Мене звати Оксана", "Оксана"),
        ("ja", None),
        ("Hej", None),
        ("porten är låst", None),
        ("hon kom aldrig", None),
        ("Vad kostar det?", None),
        ("070-123 45 67", None),
        ("jag vill hjälpa till", None),
        ("", None),
        ("👍", None),
        ("x" * 200, "x" * 80),
    ],
)
def test_names(written: str, name: str | None) -> None:
    found = read_name(written)
    assert found == (name if name != "x" * 80 else "X" + "x" * 79)


def test_a_name_in_an_offer_is_one_that_is_said_to_be_one() -> None:
    assert name_in("Hej! Jag heter Emil, 17 år, och går på gymnasiet") == "Emil"
    assert name_in("Jag kan handla åt någon. Mvh Anna Berg") == "Anna Berg"
    assert name_in("jag heter anna berg och har bil") == "Anna Berg"
    assert name_in("Anna kan hjälpa till") is None


@pytest.mark.parametrize(
    ("written", "organisation"),
    [
        ("nej", ""),
        ("Nej, ingen", ""),
        ("ei", ""),
        ("Scouterna", "Scouterna"),
        ("ja, Equmeniakyrkan Gränna", "Equmeniakyrkan Gränna"),
        ("jag är med i Röda korset.", "Röda korset"),
        ("ja", None),
        ("5", None),
        ("", None),
        ("God morgon", None),
        ("oj, fel nummer", None),
        ("Hjälp till hemlösa", "Hjälp till hemlösa"),
    ],
)
def test_organisations(written: str, organisation: str | None) -> None:
    assert read_organisation(written) == organisation


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("JA", ("yes", False)),
        ("ja det går bra", ("yes", False)),
        ("Ja tack!", ("yes", False)),
        ("absolut", ("yes", False)),
        ("👍", ("yes", False)),
        ("так", ("yes", False)),
        ("nej", ("no", False)),
        ("absolut inte", ("no", False)),
        ("helst inte", ("no", False)),
        ("JA VOLONTÄR", ("yes", True)),
        ("nej volontär", ("no", True)),
        ("ja nej", (None, False)),
        ("JA 47", (None, False)),
        ("ja men vad kostar det", (None, False)),
        ("volontär", (None, False)),
        ("", (None, False)),
    ],
)
def test_yes_and_no(written: str, meant: tuple[str | None, bool]) -> None:
    assert yes_or_no(written) == meant


@pytest.mark.parametrize(
    ("written", "intent", "meant"),
    [
        ("ja det vore snällt", "yes", "yes"),
        ("mycket gärna", "yes", "yes"),
        ("kan jag göra, är där vid tre", "yes", None),
        ("ja fast inte namnet", "yes", None),
        ("nej det passar inte", "no", "no"),
        ("tyvärr jobbar jag då", "no", None),
        ("ja", "question", None),
    ],
)
def test_what_is_clear_enough_to_keep_or_throw_away(written: str, intent: str, meant: str | None) -> None:
    assert clearly_yes_or_no(written, intent) == meant


@pytest.mark.parametrize(
    ("written", "intent"),
    [
        ("nej det är jag som behöver hjälp", "request"),
        ("jag vill ha hjälp", "request"),
        ("ring mig istället", "callback"),
        ("kan vi ta det på telefon?", "callback"),
        ("jag kan ringa till ensamma", None),
        ("Anna Berg", None),
    ],
)
def test_wishes_instead_of_an_answer(written: str, intent: str | None) -> None:
    assert wish_in(written) == intent


def test_what_breaks_off() -> None:
    assert all(ends(said) for said in ("AVBRYT", "avbryt tack", "Avsluta", "cancel", "Jag ångrar mig!", "peruuta", "скасувати"))
    assert not any(ends(said) for said in ("STOPP", "avbryt min beställning av mat", "nej", ""))


@pytest.mark.parametrize(
    ("offer", "humans"),
    [
        ("scoutkåren i Hovslätt ställer upp, vi är tolv personer", True),
        ("Fotbollslaget i Huskvarna kan skotta snö åt äldre", True),
        ("vi i fotbollslaget i Norrahammar kan handla åt äldre", True),
        ("Equmenia på Österängen har 15 ungdomar som gärna ställer upp", True),
        ("Min mc-klubb vill göra nåt bra, hur gör vi?", True),
        ("We are a group of students who want to help", True),
        ("jag har en säng att skänka bort", True),
        ("min son vill hjälpa till", True),
        ("Jag är med i scoutkåren och kan hjälpa till", False),
        ("jag och min fru är pensionärer och vill göra nytta", False),
        ("min fru och jag vill gärna ringa till ensamma äldre", False),
        ("Jag har ett förslag, jag kan handla åt äldre", False),
        ("har bil o ledig på onsdagar om nån behöver skjuts", False),
    ],
)
def test_which_offers_are_for_a_human(offer: str, humans: bool) -> None:
    assert is_for_a_human(offer) is humans


@pytest.mark.parametrize(
    ("offer", "skills", "when", "languages"),
    [
        ("Jag kan hjälpa till med handling på helger, bor i Bankeryd och har bil", ("car",), ("weekends",), ()),
        ("hur kan man hjälpa till? har en dag ledig, en tisdag", (), ("weekdays",), ()),
        ("jag pratar arabiska och somaliska, kan tolka om det behövs", (), (), ("ar", "so")),
        ("sjuksköterska, nu pensionär o ställer gärna upp", ("health-care",), (), ()),
        ("I have a van and can help on weekends", (), ("weekends",), ()),
        ("Jag är van att handla, data är inget för mig", (), (), ()),
    ],
)
def test_what_an_offer_answers_already(
    offer: str, skills: tuple[str, ...], when: tuple[str, ...], languages: tuple[str, ...]
) -> None:
    """In a longer message only what can mean nothing else: "van" is no car there."""
    assert find("skills", offer, is_answer=False).keys == skills
    assert find("available", offer, is_answer=False).keys == when
    assert (find("languages", offer, is_answer=False).keys if speaks_of_languages(offer) else ()) == languages
