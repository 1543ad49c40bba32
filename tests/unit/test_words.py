"""Reply words, as people write them."""

import pytest

from bots.dialogue.words import Reply, Verb, parse


@pytest.mark.parametrize(
    ("text", "verb", "number", "rest"),
    [
        ("JA 47", Verb.YES, 47, ""),
        ("ja47", Verb.YES, 47, ""),
        ("Ja, 47!", Verb.YES, 47, ""),
        ("47 ja", Verb.YES, 47, ""),
        ('"JA 47"', Verb.YES, 47, ""),
        ("Svara JA 47", Verb.YES, 47, ""),
        ("JA nr 47", Verb.YES, 47, ""),
        ("JA #47", Verb.YES, 47, ""),
        ("hej! ja 47", Verb.YES, 47, ""),
        ("JA 47 kl 15", Verb.YES, 47, "kl 15"),
        ("JA 47. Kommer ca 15:30, Åsa", Verb.YES, 47, "Kommer ca 15:30, Åsa"),
        ("ja kl 15", Verb.YES, None, "kl 15"),
        ("Ja tack gärna", Verb.YES, None, ""),
        ("Ja det gör jag", Verb.YES, None, ""),
        ("J", Verb.YES, None, ""),
        ("japp", Verb.YES, None, ""),
        ("JADÅ!", Verb.YES, None, ""),
        ("👍🏻", Verb.YES, None, ""),
        ("👍 47", Verb.YES, 47, ""),
        ("yes please", Verb.YES, None, ""),
        ("NEJ 47", Verb.NO, 47, ""),
        ("nej 47 är sjuk", Verb.NO, 47, "är sjuk"),
        ("Nej tack", Verb.NO, None, ""),
        ("n", Verb.NO, None, ""),
        ("PÅ VÄG 47", Verb.ON_WAY, 47, ""),
        ("pa vag", Verb.ON_WAY, None, ""),
        ("Påväg 4", Verb.ON_WAY, 4, ""),
        ("är på väg", Verb.ON_WAY, None, ""),
        ("on my way 47", Verb.ON_WAY, 47, ""),
        ("KLAR 47", Verb.DONE, 47, ""),
        ("klart!", Verb.DONE, None, ""),
        ("färdig 47 tog 40 min", Verb.DONE, 47, "tog 40 min"),
        ("KAN INTE 47", Verb.CANNOT, 47, ""),
        ("kaninte 47", Verb.CANNOT, 47, ""),
        ("kan tyvärr inte", Verb.CANNOT, None, ""),
        ("Can’t 47", Verb.CANNOT, 47, ""),
        ("OK 12.", Verb.OK, 12, ""),
        ("Okej", Verb.OK, None, ""),
        ("STOPP", Verb.STOP, None, ""),
        ("Stop tack!", Verb.STOP, None, ""),
        ("START", Verb.START, None, ""),
        ("FAST 47", Verb.KEEP, 47, ""),
    ],
)
def test_a_reply(text: str, verb: Verb, number: int | None, rest: str) -> None:
    assert parse(text) == Reply(verb, number, rest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "?",
        "47",
        "tack",
        "Ja jag behöver mat",
        "ja 2 liter mjölk",  # an amount, not offer 2
        "ja 12345",  # no such number
        "klar med maten?",
        "JA 47 eller NEJ 47",  # the whole instruction copied
        "stopp i avloppet",
        "STOPP 47",
        "stopp nu har jag fått nog av regnet",
        "på väg hem från affären såg jag en hund",
        "jag kan inte gå ut",
        "fast jag vill inte",
        "start av bilen behövs",
    ],
)
def test_no_reply(text: str) -> None:
    assert parse(text) is None
