"""A network's own words: a file beside its own, whose mistakes are told by file and phrase."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bots.dialogue.understand import Understander
from service.doctor import examine
from service.network_file import BUILT_IN, NetworkFileError, read_network

WORDS = """
[categories.groceries.sv]
sure = ["torgkasse*"]
[intents.offer.sv]
whole = ["jag är med på ett hörn"]
[emergency.lock.sv]
sure = ["fast i <water_gate>"]
[harmless.sv]
sure = ["valborgsbål*"]
[verbs.home]
sv = ["vedstapla vedstaplar vedstaplade vedstaplat"]
[words.class]
water_gate = ["slussen"]
"""


def network_with(directory: Path, words: str) -> Path:
    """A network file in `directory` that names words.toml, which says `words`."""
    (directory / "words.toml").write_text(words, encoding="utf-8")
    text = (BUILT_IN / "jonkoping.toml").read_text(encoding="utf-8")
    path = directory / "network.toml"
    path.write_text(text.replace("[network]\n", '[network]\nwords = "words.toml"\n', 1), encoding="utf-8")
    return path


def test_words_are_added_to_the_programs_own(tmp_path: Path) -> None:
    network = read_network(network_with(tmp_path, WORDS))
    understander = Understander(tuple(network.areas.values()), tuple(network.categories), network.words)
    assert understander.understand("en torgkasse till Taberg").category == "groceries"
    assert understander.understand("handla mat i Taberg").category == "groceries"
    assert understander.understand("Jag är med på ett hörn!").intent == "offer"
    assert understander.understand("de sitter fast i slussen").intent == "emergency"
    assert understander.understand("kan ni vedstapla åt mig").category == "home"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("[categories.groceries.sv\n", r"words\.toml: .*line 1"),
        ("[category.groceries.sv]\nsure = ['x']", r"words\.toml: \[category\]: there is no such table"),
        ("[intents.wish.sv]\nsure = ['mat']", r"\[intents\.wish\]: there is no such intent"),
        ("[categories.groceries]\nsure = ['mat']", r"\[categories\.groceries\.sure\]: no such language"),
        ("[categories.groceries.no]\nsure = ['mat']", r"\[categories\.groceries\.no\]: no such language"),
        ("[categories.groceries.sv]\nvery = ['mat']", r"\[categories\.groceries\.sv\] very: no such list"),
        ("[categories.groceries.sv]\nsure = 'mat'", r"sure: write a list"),
        ("[categories.groceries.sv]\nsure = ['kasse', '*']", r"sure, '\*': .*is not a word"),
        ("[categories.groceries.sv]\nsure = ['<food> hem']", r"'<food> hem': .*no class <food>"),
        ("[categories.groceries.sv]\nsure = ['en kasse & hem']", "single words or classes on both sides"),
        ("[categories.groceries.sv]\nsure = ['']", "is no phrase"),
        ("[verbs.home]\nsv = ['skotta skottar']", r"verb 'skotta skottar' needs"),
        ("words = 3", "words: not of the shape"),
        ("categories = 1", r"categories: write a table"),
    ],
)
def test_a_mistake_is_told_by_file_and_phrase(tmp_path: Path, words: str, said: str) -> None:
    with pytest.raises(NetworkFileError, match=said):
        read_network(network_with(tmp_path, words))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = network_with(tmp_path, "")
    (tmp_path / "words.toml").unlink()
    with pytest.raises(NetworkFileError, match=r"words\.toml: No such file"):
        read_network(path)


async def test_the_doctor_names_the_phrase(tmp_path: Path) -> None:
    (finding,) = [f for f in await examine(network_with(tmp_path, "[harmless.sv]\nsure = ['<no> x']")) if not f.ok]
    assert "words.toml" in finding.say and "'<no> x'" in finding.say


def understood(network: Path | str, *lines: str) -> list[dict[str, Any]]:
    """What `budkavle understand --explain` answers."""
    command = [sys.executable, "-c", "from service.cli import main; main()", "understand", "--explain", "--network", str(network)]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_explain_shows_what_decided(tmp_path: Path) -> None:
    own, danger = understood(
        network_with(tmp_path, WORDS),
        "En torgkasse åt min granne Elsa varje fredag kl 10. Taberg",
        "läste om branden, men hjälp, det brinner",
    )
    assert (own["intent"], own["category"], own["behalf"]) == ("request", "groceries", "min granne Elsa")
    assert ["category.groceries", "torgkasse*", 3.0, "sv"] in own["phrases"]
    assert own["when"]["repeats"] == "FREQ=WEEKLY;BYDAY=FR"
    assert own["when"]["starts"][11:16] == "10:00"
    assert own["area_by"] == [["taberg", "Taberg", "hovslatt", 1.0]]
    assert danger["intent"] == "emergency"
    assert danger["only_sounds_like_danger"] and danger["reasons"]
