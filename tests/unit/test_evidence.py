"""What single words speak for: the file that comes along is what the labelled messages teach."""

import json
from pathlib import Path

from bots.dialogue.evidence import Evidence, shipped, signs
from bots.dialogue.learn import learn

CORPUS = Path(__file__).parents[1] / "corpus"


def test_the_signs_of_a_message() -> None:
    found = signs(["hundvakten", "sökes"], asks=True)
    assert {
        "hundvakten",
        "hundv*",
        "hundvak*",
        "*akten",
        "^ hundvakten",
        "hundvakten sökes",
        "sökes $",
        "^hundvakten",
        "#2",
        "?",
    } <= set(found)
    assert signs([], asks=False) == {"^ $": 0.7, "#0": 0.5}


def test_what_is_learnt_is_what_the_messages_say() -> None:
    rows = [({"hunden": 1.0, "#1": 0.5}, "pet"), ({"maten": 1.0, "#1": 0.5}, "groceries")] * 3
    weights = learn(rows)
    assert weights["hunden"]["pet"] > 0 > weights["hunden"]["groceries"]
    evidence = Evidence([("category", sign, " ".join(f"{k}={w}" for k, w in told.items())) for sign, told in weights.items()])
    spoken = evidence.speaks_for("category", {"hunden": 1.0})
    assert spoken["pet"] > spoken["groceries"]
    assert learn(rows) == weights  # the same messages give the same file


def test_the_shares_are_shares() -> None:
    spoken = shipped().speaks_for("intent", signs(["kan", "ni", "handla"], asks=False))
    assert max(spoken, key=lambda key: spoken[key]) == "request"
    assert all(score <= 0 for score in spoken.values())


def test_the_held_out_messages_are_not_among_those_that_are_learnt_from() -> None:
    learnt = {json.loads(line)["text"] for path in CORPUS.glob("*.jsonl") for line in path.read_text("utf-8").splitlines()}
    held_out = {
        json.loads(line)["text"] for path in CORPUS.glob("held_out/*.jsonl") for line in path.read_text("utf-8").splitlines()
    }
    assert held_out
    assert len(learnt & held_out) <= 0.09 * len(held_out)  # "ja" and "ta bort mig från listan" are everybody's
