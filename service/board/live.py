"""What the stream of a board sends: the cards that have changed, and how many stand in each column."""

from dataclasses import dataclass

import orjson

from service.board.cards import load_cards, load_counts
from service.board.filters import Filters
from service.live import CALLS, CARRIERS, MAP, Batch, frame
from service.runtime import Runtime
from service.web.render import environment, shared_context
from service.web.texts import texts
from sql import query


@dataclass(frozen=True, slots=True, eq=False)
class BoardView:
    """A board as some people see it: equal filters and languages are rendered once, whoever watches."""

    runtime: Runtime
    filters: Filters
    language: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BoardView) and (self.filters, self.language) == (other.filters, other.language)

    def __hash__(self) -> int:
        return hash((self.filters, self.language))

    async def render(self, batch: Batch) -> bytes | None:
        """Cards that stand somewhere now, ids of those that do not any more, and the columns' numbers."""
        frames = b""
        if batch.tasks:
            frames += frame("cards", await self._cards(batch), batch.position)
        if CALLS in batch.topics and not self.filters.public_only:  # phoning is the office's
            alerts = await self.runtime.pool.fetchrow(query("board_alerts"))
            frames += frame("calls", str(alerts["calls"]), batch.position)
        if CARRIERS in batch.topics and not self.filters.public_only:
            frames += frame("carriers", await self._carriers(), batch.position)
        if MAP in batch.topics:  # the page fetches the map anew, if it shows it
            frames += frame("map", "", batch.position)
        return frames or None

    async def _carriers(self) -> str:
        context = shared_context(self.runtime, self.language, self.runtime.clock.now())
        states, put_aside = await self.runtime.health.states(), self.runtime.reception.spool.put_aside
        template = environment(self.language).get_template("board/carriers.html")
        return template.render({**context, "carriers": states, "put_aside": put_aside})

    async def _cards(self, batch: Batch) -> str:
        now = self.runtime.clock.now()
        tasks = sorted(batch.tasks)
        lanes = await load_cards(self.runtime, self.filters, texts(self.language), now, tasks)
        cards = [card for lane in lanes.values() for card in lane]
        here = {card.id for card in cards}
        context = shared_context(self.runtime, self.language, now)
        html = environment(self.language).get_template("board/cards.html").render({**context, "cards": cards})
        news = {
            "cards": html,
            "gone": [f"t{task}" for task in tasks if task not in here],
            "counts": await load_counts(self.runtime, self.filters, now),
            "now": now,
        }
        return orjson.dumps(news).decode()
