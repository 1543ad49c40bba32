"""What a decision takes from outside besides the time: ids, task codes and code words.

Decisions are pure; they are handed a Mint. Tests hand them one with a fixed seed.
"""

import random
from collections import deque
from collections.abc import Iterable
from pathlib import Path

# No look-alikes: 0/O, 1/I/L, 2/Z, 5/S, 6/G, 8/B, Q. Somebody reads these aloud over a bad line.
ALPHABET = "ACDEFHJKMNPRTUVWXY3479"
_SPREAD = 0x9E3779B1  # odd and prime, so that multiplying by it permutes the codes and neighbours look unlike


def task_code(number: int) -> str:
    """The code of the task with this running number: four characters for the first 234,256, then five, and so on.

    Numbers up to each length's end give different codes: the code is the number multiplied by a constant that has no
    factor in common with the count of codes.
    """
    length, below = 4, 0
    while number >= below + len(ALPHABET) ** length:
        below += len(ALPHABET) ** length
        length += 1
    rest = (number - below) * _SPREAD % len(ALPHABET) ** length
    letters = []
    for _ in range(length):
        rest, place = divmod(rest, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


# Said aloud at the door: Swedish, concrete, friendly, none like another by letter or by sound (tests/unit/test_code_words.py).
CODE_WORDS = tuple(Path(__file__).with_name("code_words.txt").read_text(encoding="utf-8").split())
SPARE_WORDS = 12  # as many more as the database may choose from, when a word is in use
_LATELY = 24  # words that one process does not give again at once: several requests told in one breath


def spare_words() -> list[str]:
    """Some words for the door, in no order that anybody can foresee."""
    return random.SystemRandom().sample(CODE_WORDS, SPARE_WORDS)


class Mint:
    """Gives ids, task numbers and code words. Task numbers come from the database in blocks (see store.fill)."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed) if seed is not None else random.SystemRandom()
        self._ids = random.Random(seed if seed is not None else random.SystemRandom().getrandbits(128))
        self._numbers: list[int] = []
        self._given: deque[str] = deque(maxlen=_LATELY)

    def id(self) -> int:
        """A new id: 62 random bits, so that any process can make one without asking."""
        return self._ids.getrandbits(62)

    def code_word(self) -> str:
        """A word for the door, from the system's own randomness, none of those given just before.

        The database takes another one when it is in use, or was the resident's own lately: sql/queries/commit.sql."""
        word = self._random.choice([w for w in CODE_WORDS if w not in self._given])
        self._given.append(word)
        return word

    def task_code(self) -> str:
        """A code that no task has had. Raises IndexError when no numbers are left: see `short_of`."""
        return task_code(self._numbers.pop())

    def short_of(self, wanted: int) -> bool:
        """True when fewer than `wanted` task numbers are in stock."""
        return len(self._numbers) < wanted

    def stock(self, numbers: Iterable[int]) -> None:
        """Add task numbers, to be used in their order."""
        self._numbers = [*sorted(numbers, reverse=True), *self._numbers]
