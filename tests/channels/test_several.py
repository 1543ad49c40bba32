"""Several carriers as one: who is asked first, and who when that one fails."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bots.carriers.several import SeveralCarriers
from dispatch.outbox import CarrierRefused, CarrierUnavailable, Sent, Text

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ELSA = "+46701000001"


@dataclass
class Pretended:
    """A carrier that answers what it is told to."""

    name: str
    error: Exception | None = None
    got: list[Text] = field(default_factory=list)

    async def send(self, text: Text) -> Sent:
        self.got.append(text)
        if self.error:
            raise self.error
        return Sent(self.name, f"{self.name}-{text.id}")


@dataclass
class Three:
    now: datetime = NOW
    told: list[tuple[str, str | None]] = field(default_factory=list)
    carriers: dict[str, Pretended] = field(default_factory=lambda: {name: Pretended(name) for name in "abc"})

    async def hear(self, name: str, wrong: str | None) -> None:
        self.told.append((name, wrong))

    def __post_init__(self) -> None:
        self.together = SeveralCarriers(self.carriers, lambda: self.now, self.hear)


ORDER = [
    ("nothing known", Text(1, ELSA, "x"), "abc"),
    ("the way it came", Text(1, ELSA, "x", came_by="c"), "cab"),
    ("a way that is no longer there", Text(1, ELSA, "x", came_by="old"), "abc"),
    ("one that could not bring it", Text(1, ELSA, "x", failed_by="a"), "bca"),
    ("the way it came, which could not bring it", Text(1, ELSA, "x", came_by="b", failed_by="b"), "acb"),
]


@pytest.mark.parametrize(("text", "order"), [row[1:] for row in ORDER], ids=[row[0] for row in ORDER])
def test_the_order(text: Text, order: str) -> None:
    assert Three().together.order(text) == list(order)


async def test_the_next_sends_when_one_fails_and_the_failed_one_rests() -> None:
    three = Three()
    three.carriers["a"].error = CarrierUnavailable("a answered 500: number +46 70 100 00 01 not now")
    assert (await three.together.send(Text(1, ELSA, "x"))).carrier == "b"
    assert three.told == [("a", "a answered 500: number … not now"), ("b", None)]
    three.carriers["a"].error = None
    assert (await three.together.send(Text(2, ELSA, "x", came_by="a"))).carrier == "b"  # it rests still
    three.now += timedelta(seconds=11)
    assert (await three.together.send(Text(3, ELSA, "x"))).carrier == "a"


async def test_whoever_fails_again_and_again_rests_longer() -> None:
    three = Three()
    three.carriers["a"].error = CarrierUnavailable("down")
    for _ in range(4):
        await three.together.send(Text(1, ELSA, "x"))
        three.now += timedelta(minutes=6)
    tries = len(three.carriers["a"].got)
    three.now -= timedelta(minutes=5)
    await three.together.send(Text(1, ELSA, "x"))
    assert (tries, len(three.carriers["a"].got)) == (4, 4)


async def test_a_number_that_one_refuses_another_may_reach() -> None:
    """A refusal is about the number: the carrier is well."""
    three = Three()
    three.carriers["a"].error = CarrierRefused("no such number")
    assert (await three.together.send(Text(1, ELSA, "x"))).carrier == "b"
    assert three.told == [("b", None)]


REFUSED, AWAY, LATER = CarrierRefused("no"), CarrierUnavailable("away"), CarrierUnavailable("slow", timedelta(seconds=9))
NOBODY: list[tuple[str, list[Exception], type[Exception], timedelta | None]] = [
    ("all refuse", [REFUSED, REFUSED, REFUSED], CarrierRefused, None),
    ("one may later", [REFUSED, AWAY, REFUSED], CarrierUnavailable, None),
    ("all are away", [AWAY, AWAY, AWAY], CarrierUnavailable, None),
    ("all say when", [LATER, LATER, LATER], CarrierUnavailable, timedelta(seconds=9)),
    ("one says when", [LATER, AWAY, AWAY], CarrierUnavailable, None),
]


@pytest.mark.parametrize(("errors", "expected", "after"), [row[1:] for row in NOBODY], ids=[row[0] for row in NOBODY])
async def test_nobody_can(errors: list[Exception], expected: type[Exception], after: timedelta | None) -> None:
    three = Three()
    for carrier, error in zip(three.carriers.values(), errors, strict=True):
        carrier.error = error
    with pytest.raises(expected) as raised:
        await three.together.send(Text(1, ELSA, "x"))
    assert getattr(raised.value, "after", None) == after


async def test_a_network_without_a_carrier() -> None:
    with pytest.raises(CarrierRefused, match="no carrier"):
        await SeveralCarriers({}, lambda: NOW).send(Text(1, ELSA, "x"))
