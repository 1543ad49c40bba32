"""The words said at the door (dispatch/code_words.txt): nobody can mishear one for another, and none frightens anybody.

The list is written by hand; these are its rules. A word is taken out rather than a rule bent.
"""

import re
from itertools import combinations

import pytest

from bots.dialogue.words import parse
from dispatch.mint import ALPHABET, CODE_WORDS, Mint, spare_words
from dispatch.sms import is_gsm7
from service.network_file import BUILT_IN, find_network_file, read_network

NETWORKS = sorted(path.stem for path in BUILT_IN.glob("*.toml"))
# Swedish first names that are things as well, and everything that may upset somebody who is alone behind a door.
NAMES = "ALM ANKI ASTER BJÖRK BJÖRN BERG BÄCK FALK FURA HEDDA IRIS LILJA LILY LINNEA LIND LOVIS ROSE SALLY SIV STEN SVEN TURE"
FRIGHTENING = (
    "DÖD LIK BLOD KNIV VAPEN GEVÄR BOMB BRAND ELD GIFT SPÖKE ORM SPINDEL RÅTTA VARG TJUV RÅN FÄNGELSE POLIS KRIG VIRUS FEBER "
    "CANCER CORONA KRONA SMITTA SJUKHUS AMBULANS GRAV KISTA HÄXA DJÄVUL FAN HELVETE GRIS KO ÅSNA APA IDIOT FET DUM PIN "
    "KOD KORT BANK PENGAR"
)
COMMANDS = "JA NEJ OK KLAR STOPP START AVBRYT HJÄLP STATUS FAST VÄG INTE TACK HEJ SVARA LATE NYCKEL DÖRR PORT"


def sound(word: str) -> str:
    """Roughly how it sounds: whatever a Swede may hear as the same letter is one."""
    said = word.lower()
    said = re.sub(r"stj|skj|sch|sj|ch|sk(?=[eiyäö])", "S", said)
    said = re.sub(r"tj|kj|k(?=[eiyäö])", "C", said)
    said = re.sub(r"^[hlgd]j", "j", said)
    for letters, as_one in (("ck", "k"), ("ä", "e"), ("å", "o"), ("w", "v"), ("c", "k"), ("z", "s"), ("x", "ks"), ("q", "k")):
        said = said.replace(letters, as_one)
    return re.sub(r"(.)\1", r"\1", said)


def apart(one: str, other: str) -> int:
    """How many letters must be put in, taken out or changed to make one into the other."""
    above = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, theirs in enumerate(other, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != theirs)))
        above = row
    return above[-1]


def test_there_are_enough_and_each_can_be_said_and_sent() -> None:
    assert len(set(CODE_WORDS)) == len(CODE_WORDS) >= 150
    alphabet = set("ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ")
    assert [w for w in CODE_WORDS if not (4 <= len(w) <= 8 and set(w) <= alphabet and is_gsm7(w))] == []


def test_no_two_look_alike() -> None:
    """At least three letters lie between any two."""
    assert [(a, b) for a, b in combinations(CODE_WORDS, 2) if apart(a, b) < 3] == []


def test_no_two_sound_alike() -> None:
    sounds = {word: sound(word) for word in CODE_WORDS}
    assert [(a, b) for a, b in combinations(CODE_WORDS, 2) if apart(sounds[a], sounds[b]) < 2] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SJAL", "STJAL"),
        ("SKÄL", "SJÄL"),
        ("KÄRNA", "TJÄRNA"),
        ("LÄKA", "LÄCKA"),
        ("BÅT", "BOT"),
        ("HJUL", "JUL"),
        ("SCHAL", "SJAL"),
    ],
)
def test_what_sounds_the_same(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize("words", [NAMES, FRIGHTENING, COMMANDS], ids=["names", "frightening", "commands"])
def test_none_is_a_name_nor_frightens_nor_means_something_else(words: str) -> None:
    """Nor comes near: one letter wrong, and it would."""
    assert [(a, b) for a in CODE_WORDS for b in words.split() if apart(a, b) < 2] == []


def test_none_is_an_answer_by_sms_nor_a_task_code() -> None:
    assert [w for w in CODE_WORDS if parse(w) is not None] == []
    assert [w for w in CODE_WORDS if len(w) < 6 and set(w) <= set(ALPHABET)] == []


@pytest.mark.parametrize("network", NETWORKS)
def test_none_is_a_place_of_the_network(network: str) -> None:
    network_ = read_network(find_network_file(network))
    named = {area.name for area in network_.areas.values()} | {p.name for area in network_.areas.values() for p in area.places}
    parts = {part.upper() for name in named for part in re.findall(r"\w+", name)}
    assert sorted(parts & set(CODE_WORDS)) == []


def test_words_told_in_one_breath_differ() -> None:
    mint = Mint(seed=1)
    given = [mint.code_word() for _ in range(200)]
    assert all(len(set(given[at : at + 20])) == 20 for at in range(180))
    assert len(set(spare_words())) == len(spare_words())
