"""Learns what words speak for from labelled messages, and writes bots/dialogue/lexicon/evidence.csv:

    python -m bots.dialogue.learn tests/corpus/*.jsonl

A multinomial logistic regression by stochastic gradient steps. The same messages give the same file.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bots.dialogue.evidence import signs
from bots.dialogue.lexicon import Lexicon

TARGET = Path(__file__).parent / "lexicon" / "evidence.csv"
ROUNDS, STEP, DECAY = 30, 0.5, 2e-5
SEEN = 2  # messages that a sign must stand in
SMALLEST = 0.3  # weights below this are left out
HEAD = "## Written by bots/dialogue/learn.py: what a sign is evidence about, the sign, its weight for each answer.\n"


def learn(rows: Sequence[tuple[Mapping[str, float], str]]) -> dict[str, dict[str, float]]:
    """Each sign's weights by answer. rows: the signs of a message and its label."""
    counts = Counter(sign for found, _ in rows for sign in found)
    names = [sign for sign, n in counts.items() if n >= SEEN]
    index = {sign: place for place, sign in enumerate(names)}
    answers = sorted({label for _, label in rows})
    weights = np.zeros((len(names), len(answers)))
    squares = np.full((len(names), 1), 1e-6)
    ready = []
    for found, label in rows:
        kept = [(index[sign], value) for sign, value in found.items() if sign in index]
        places = np.array([place for place, _ in kept], dtype=int)
        ready.append((places, np.array([value for _, value in kept]), answers.index(label)))
    order = random.Random(1)
    for _ in range(ROUNDS):
        order.shuffle(ready)
        for places, values, answer in ready:
            scores = values @ weights[places]
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            shares[answer] -= 1.0
            gradient = np.outer(values, shares)
            squares[places] += (gradient**2).sum(axis=1, keepdims=True)
            weights[places] -= STEP * gradient / np.sqrt(squares[places]) + DECAY * weights[places]
    return {
        sign: {answer: round(float(weights[at, k]), 1) for k, answer in enumerate(answers) if abs(weights[at, k]) >= SMALLEST}
        for sign, at in index.items()
    }


def lines(messages: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """The file's lines, learnt from labelled messages."""
    lexicon = Lexicon({})
    read = [(signs(lexicon.words(m["text"]), "?" in m["text"]), m) for m in messages]
    about = {
        "intent": [(found, str(m["intent"])) for found, m in read if m["intent"]],
        "category": [(found, str(m["category"] or "none")) for found, m in read if m["intent"] == "request"],
    }
    written = []
    for name, rows in about.items():
        for sign, weights in sorted(learn(rows).items()):
            if weights:
                written.append((name, sign, " ".join(f"{answer}={weight}" for answer, weight in weights.items())))
    return written


def main(paths: Sequence[str]) -> None:
    """Learn from files of one JSON object a line, and write the target."""
    texts = [Path(path).read_text(encoding="utf-8") for path in paths]
    messages = [json.loads(line) for text in texts for line in text.splitlines() if line.strip()]
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        file.write(HEAD)
        csv.writer(file, lineterminator="\n").writerows(lines(messages))


if __name__ == "__main__":
    main(sys.argv[1:])
