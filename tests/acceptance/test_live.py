"""What happens to residents' requests reaches the pages that watch, with everything of the service in between."""

import asyncio
from dataclasses import dataclass

from service.live import CALLS, CARRIERS, Batch, Watcher, messages_of
from tests.acceptance.conftest import Town

ELSA = "+46701000001"
NEED = {"resident": {"name": "Elsa", "phone": ELSA}, "category": "groceries", "area": "granna", "text": "mat"}


@dataclass(frozen=True)
class Changed:
    """A view that names what has changed."""

    async def render(self, batch: Batch) -> bytes | None:
        return " ".join([*map(str, sorted(batch.tasks)), *sorted(batch.topics), ""]).encode()


async def everything(watcher: Watcher) -> set[str]:
    """What is heard until it is quiet."""
    heard = b""
    while more := await watcher.next(0.5):
        heard += more
    return set(heard.decode().split())


async def test_a_text_its_answer_and_its_receipt_are_seen(town: Town) -> None:
    with town.runtime.live.watch(Changed()) as watcher:
        await town.phone(ELSA).sends("Kan någon hämta medicin? Bor i Gränna")
        heard = await everything(watcher)
        (task,) = await town.runtime.pool.fetch("SELECT id FROM task")
        assert heard == {str(task["id"]), messages_of(task["id"]), CARRIERS}  # the first text: the carrier is in use
        await town.api("POST", f"tasks/{(await town.task())['code']}/note", {"text": "ringde"})
        assert await everything(watcher) == {str(task["id"])}
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)


async def test_somebody_to_phone_is_seen_on_the_list_of_calls(town: Town) -> None:
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna)
    with town.runtime.live.watch(Changed()) as watcher:
        await town.api("POST", "needs", NEED | {"resident": {"phone": "036-10 50 00"}}, status=201)
        assert CALLS in await everything(watcher)


async def test_a_text_that_cannot_be_sent_is_seen_with_its_task_and_on_the_list_of_calls(town: Town) -> None:
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    with town.runtime.live.watch(Changed()) as watcher:
        await town.api("POST", "needs", NEED, status=201)
        await everything(watcher)
        town.carrier.answers = [400] * 9  # "Missing or invalid parameter": refused for good
        await town.settle()
        (task,) = await town.runtime.pool.fetch("SELECT id FROM task")
        dead = await town.runtime.pool.fetchval("SELECT count(*) FROM outbox WHERE state = 'dead'")
        assert dead
        assert await everything(watcher) == {str(task["id"]), CALLS}


async def test_a_stop_does_not_wait_for_open_pages(town: Town) -> None:
    with town.runtime.live.watch(Changed()) as watcher:
        asyncio.get_running_loop().call_later(0.05, town.runtime.live.end)
        assert await watcher.next(5) is None
    assert town.runtime.live.full
