"""How many messages are understood in a second on one core, beside folding and splitting the same messages.

No message comes twice. In the cold rounds each has words that were never seen before, as when a whole town writes for the first
time; in the warm rounds only the combinations are new, as on all days after. Nothing of the database is touched.
"""

import itertools
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from bots.dialogue.understand import Understander
from geo.fold import fold
from service.bench.load import texts
from service.bench.stage import Stage, Unverified
from service.network_file import find_network_file, read_network

ROUNDS = 3
MESSAGES = 2_000  # of one round, made ready before the clock starts
_SYLLABLES = "bar gun sten lind ek mal ro vik tor sa lin da ber ta nor an dre sol kar min fla gra stu ko pre sil".split()


async def measure_understand(stage: Stage, seconds: float) -> dict[str, Any]:
    """Messages a second, cold and warm, and the floor's. Raises Unverified when a message is not understood as what it is."""
    network = read_network(find_network_file("jonkoping"))
    understander = Understander(tuple(network.areas.values()), tuple(network.categories))
    found: dict[str, dict[str, list[float]]] = {"cold": {"ours": [], "floor": []}, "warm": {"ours": [], "floor": []}}
    verified = 0
    before = pinned()
    try:
        makers = {"cold": new_messages(random.Random(1), strange=2), "warm": new_messages(random.Random(2), strange=0)}
        for (kind, maker), _ in itertools.product(makers.items(), range(ROUNDS)):
            messages = list(itertools.islice(maker, MESSAGES))
            found[kind]["floor"].append(_rate(lambda text: fold(text).split(), messages, seconds / ROUNDS / 10))
            found[kind]["ours"].append(_rate(understander.understand, messages, seconds / ROUNDS, once=kind == "cold"))
            verified += _verified(understander, messages[:200])
    finally:
        if before is not None:
            os.sched_setaffinity(0, before)
    middle = {kind: {side: statistics.median(rates) for side, rates in sides.items()} for kind, sides in found.items()}
    shown = {kind: {**sides, "ratio": round(sides["ours"] / sides["floor"], 4)} for kind, sides in middle.items()}
    return {**shown, "verified": verified, "messages_a_round": MESSAGES, "pinned_to_one_core": before is not None}


def new_messages(chance: random.Random, strange: int) -> Iterator[str]:
    """Yield complete requests, no two the same, each with `strange` words that stand in no other and in no lexicon."""
    known = [text.split() for text in texts()]
    names = itertools.product(_SYLLABLES, repeat=3)
    plain = ["".join(name).capitalize() for name in itertools.islice(names, 400)]
    seen: set[str] = set()
    for count in itertools.count():
        invented = [_invented(count * strange + number) for number in range(strange)]
        text = " ".join([*chance.choice(known), *invented, "mvh", chance.choice(plain), chance.choice(plain)])
        if text not in seen:
            seen.add(text)
            yield text


def _invented(number: int) -> str:
    word = "q"
    while number:
        number, syllable = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[syllable]
    return word + "um"


def _rate(work: Callable[[str], object], messages: list[str], seconds: float, once: bool = False) -> float:
    """Messages a second, over at least `seconds`; once: every message only one time, however soon that is over."""
    done, began = 0, time.process_time()
    while True:
        for text in messages:
            work(text)
        done += len(messages)
        took = time.process_time() - began
        if once or took >= seconds:
            return done / took


def _verified(understander: Understander, messages: list[str]) -> int:
    for text in messages:
        if understander.understand(text).intent != "request":
            raise Unverified(f"understand: this is a request and was not understood as one: {text}")
    return len(messages)


def pinned() -> set[int] | None:
    """Hold this process to one core while it measures, where the system lets it. Returns the cores it had."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    return before
