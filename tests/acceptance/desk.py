"""Staff at the board, as the pages reach the domain: an action, by somebody, with what the page showed."""

from dataclasses import dataclass
from typing import Any

from dispatch.handlers import Act, act
from dispatch.model import Case
from tests.acceptance.conftest import Town


@dataclass(frozen=True)
class Colleague:
    """A member of staff who works on the pages, with or without a telephone."""

    town: Town
    id: int

    async def does(self, action: str, code: str, text: str = "", **given: Any) -> Case:
        """Act on a task. `phone`, `person` and `seen` are the action's own; everything else is a detail."""
        own = {name: given.pop(name) for name in ("phone", "person", "seen") if name in given}
        command = Act(code, text=text, by=self.id, details=given, **own)
        case = await act(self.town.runtime.office, action, command, self.town.clock.now())
        await self.town.settle()
        return case


async def colleague(town: Town, name: str, role: str = "operator", phone: str | None = None) -> Colleague:
    """Somebody of the staff who has an account."""
    new_id = town.runtime.office.mint.id()
    await town.runtime.pool.execute(
        "INSERT INTO person (id, phone, name, roles, created_at) VALUES ($1, $2, $3, $4, $5)",
        new_id, phone, name, [role], town.clock.now(),
    )  # fmt: skip
    return Colleague(town, new_id)


async def last_event(town: Town, code: str) -> int:
    """What a page that is read now shows as the last thing that has happened."""
    return int((await town.api("GET", f"tasks/{code}"))["history"][-1]["id"])


async def kinds(town: Town, code: str) -> list[str]:
    """What has happened to a task, in order."""
    return [e["kind"] for e in (await town.api("GET", f"tasks/{code}"))["history"]]


async def event(town: Town, code: str, kind: str) -> Any:
    """The last event of a kind."""
    return [e for e in (await town.api("GET", f"tasks/{code}"))["history"] if e["kind"] == kind][-1]


async def calls(town: Town) -> list[tuple[str, str]]:
    """Whom somebody has to phone, and about what: (text's name, phone)."""
    rows = await town.runtime.pool.fetch(
        "SELECT o.kind, p.phone, p.phone_raw FROM outbox o"
        " JOIN person p ON p.id = o.person_id WHERE o.state = 'to_call' ORDER BY o.id"
    )
    return [(row["kind"], row["phone"] or row["phone_raw"]) for row in rows]
