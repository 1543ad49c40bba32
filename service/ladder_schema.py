"""The ladders of a network file, [[ladder]] and [[ladder.step]]."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from dispatch.ladder_rules import ANY, LadderRule
from dispatch.model import Ask, Step
from service.network_values import UNKNOWN_KEPT, Seconds


class StepPart(BaseModel):
    """[[ladder.step]]"""

    model_config = UNKNOWN_KEPT

    ask: Ask
    wait: Seconds | None = None
    every: Seconds | None = None
    wave: Annotated[int, Field(ge=1, le=100)] = 3
    acknowledge: Seconds | None = None
    widen: bool = True

    @model_validator(mode="after")
    def _complete(self) -> "StepPart":
        if self.ask.acknowledges:
            if self.acknowledge is None and self.wait is None:
                raise ValueError(f'a step that asks "{self.ask}" needs acknowledge = "30m"')
        elif self.wait is None:
            raise ValueError(f'a step that asks "{self.ask}" needs wait = "30m"')
        elif self.acknowledge is not None:
            raise ValueError(f'only "service" and "coordinator" acknowledge, not "{self.ask}"')
        return self

    def step(self) -> Step:
        """The step as the domain knows it. A step that acknowledges is left after one round unless it says how long."""
        if self.ask.acknowledges:
            every = self.acknowledge or self.wait or 0.0
            return Step(self.ask, self.wait or every, every, self.wave)
        wait = self.wait or 0.0
        return Step(self.ask, wait, self.every or wait, self.wave, self.widen)


class LadderPart(BaseModel):
    """[[ladder]]"""

    model_config = UNKNOWN_KEPT

    category: str = ANY
    area: str = ANY
    urgency: Literal["*", "normal", "high", "emergency"] = "*"
    hours: Literal["*", "holiday", "weekend", "night", "evening", "office", "day"] = "*"
    step: Annotated[list[StepPart], Field(min_length=1)]

    def rule(self) -> LadderRule:
        """The rule as the domain knows it."""
        return LadderRule(self.category, self.urgency, tuple(s.step() for s in self.step), self.area, self.hours)


def wrong_ladders(ladders: list[LadderPart], areas: set[str]) -> Iterator[str]:
    """Ladders for nowhere, and two for the very same thing: nobody could say which of them is meant."""
    for n, part in enumerate(ladders, 1):
        key = part.rule().key
        if part.area not in (ANY, *areas):
            yield f'ladder {n} is for the unknown area "{part.area}"'
        for m, other in enumerate(ladders[: n - 1], 1):
            if other.rule().key == key:
                told = ", ".join(f'{name} "{value}"' for name, value in key._asdict().items())
                yield f"ladder {m} and ladder {n} are both for {told}: take one of them away"
