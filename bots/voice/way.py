"""Where a carrier goes on in a call: the addresses of the script's steps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """base: the address below which this call's steps lie. turn: how often the script has answered in this call, so that a
    webhook that comes twice is known by its address."""

    base: str
    turn: int = 0

    def step(self, name: str) -> str:
        """Where the carrier tells what has come of a step."""
        return f"{self.base}/{self.turn}/{name}"

    def part(self, number: int) -> str:
        """Where it reads the next part of what it is doing."""
        return f"{self.base}/{self.turn}/part?n={number}"
