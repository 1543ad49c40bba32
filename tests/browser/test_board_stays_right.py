"""Whatever happens, by whatever way, a board that has been watching shows what a board that is opened now shows.

Seeded days: people text, staff act, programs act, time passes, messages are lost. After each step every watching board is
compared, column by column, with the page as it is read anew: counts, order, and everything that stands on each card.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from service.board import cards
from tests.acceptance.conftest import TOKEN, NetworkChange, Town
from tests.browser.conftest import SitsDown
from tests.browser.person import Person

AREAS = ("Gränna", "Bankeryd", "Huskvarna")
KEYS = ("granna", "bankeryd", "huskvarna")
TEXTS = (
    "Kan någon handla mat? Bor i {}", "Kan någon hämta medicin på apoteket? Bor i {}", "Vad kostar det?",
    "hjälp jag har ramlat och kommer inte upp, {}", "Kan någon köra mig till vårdcentralen? Bor i {}", "ring mig",
    "kan nån hjälpa",
)  # fmt: skip
BOARDS = ("/board", "/board?area=granna", "/board?lane=open", "/board?q=mat&category=groceries")
CUT = ["net::ERR_INCOMPLETE_CHUNKED_ENCODING", "[object Event]"]
STEPS = 10
FIELD = re.compile(r'<input[^>]* name="(seen|phone|resident|daily_limit|email|place|address)"[^>]* value="([^"]*)"')

# Reads columns as {lane: {count, more, empty, cards: [[id, words]]}}; the words without times that tick and marks of the moment.
READ = """root => Object.fromEntries([...root.querySelectorAll('.lane')].map(lane => [lane.dataset.lane, {
  count: lane.querySelector('.count').textContent, empty: !lane.querySelector('.empty').hidden,
  more: !lane.querySelector('.more').hidden,
  cards: [...lane.querySelectorAll('.card')].map(card => {
    const copy = card.cloneNode(true);
    copy.classList.remove('fresh', 'open-now');
    for (const time of copy.querySelectorAll('time')) time.textContent = time.dateTime;
    return [copy.id, copy.className, copy.dataset.at, copy.textContent.replace(/\\s+/g, ' ').trim()];
  })}]))"""
SHOWN = f"() => ({READ})(document)"
ANEW = f"""async () => {{
  const url = new URL(location.href), all = {{}};
  for (const lane of document.querySelectorAll('.lane')) {{
    url.searchParams.set('lane', lane.dataset.lane);
    const page = new DOMParser().parseFromString(await (await fetch(url)).text(), 'text/html');
    Object.assign(all, ({READ})(page));
  }}
  return all;
}}"""


@pytest.fixture
def change_network() -> NetworkChange:
    """Nights count too: then everything waits for seven in the morning, all of it at once."""
    return lambda raw: raw["network"].update(coordinators=[])


@pytest.fixture(autouse=True)
def short_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that columns are longer than what is shown of them."""
    monkeypatch.setattr(cards, "A_LANE", 4)


def differs(shown: Any, anew: Any) -> str:
    """What a watching board shows that is wrong; empty when it is right: the first cards of each column, and enough of them."""
    for lane, right in anew.items():
        there, n = shown[lane], len(right["cards"])
        if there["count"] != right["count"] or there["empty"] != (n == 0):
            return f"{lane}: counts {there['count']} and not {right['count']}, or says wrongly that there is nothing"
        if there["cards"] != right["cards"][: len(there["cards"])]:
            return f"{lane}: shows {there['cards']} and not {right['cards']}"
        if len(there["cards"]) < min(n, 3) or there["more"] != (len(there["cards"]) < n):
            return f"{lane}: shows {len(there['cards'])} of {n}, more: {there['more']}"
    return ""


async def is_right(page: Page) -> None:
    """Within three seconds."""
    wrong = ""
    for _ in range(15):
        wrong = differs(await page.evaluate(SHOWN), await page.evaluate(ANEW))
        if not wrong:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"{page.url}: {wrong}")


class Day:
    """What people, programs and time do to the town, chosen by a seed."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.chance, self.phones = town, random.Random(seed), 0
        self.deeds: tuple[Callable[[], Awaitable[None]], ...] = (
            self.asks, self.asks, self.asks, self.answers, self.answers, self.cancels, self.program, self.program, self.time,
            self.night, self.lost, self.edited, self.cut,
        )  # fmt: skip

    async def step(self) -> None:
        for _ in range(self.chance.choice((1, 2, 4))):
            await self.chance.choice(self.deeds)()
            for number in {t.to for t in self.town.carrier.texts}:
                self.town.ignore(self.town.phone(number))

    async def asks(self) -> None:
        self.phones += 1
        text = self.chance.choice(TEXTS).format(self.chance.choice(AREAS))
        await self.town.phone(f"+4670174{self.phones:04d}").sends(text)

    async def answers(self) -> None:
        """A volunteer takes what was offered, goes, is ready, or cannot."""
        number = f"+467012345{self.chance.randint(1, 6):02d}"
        await self.town.phone(number).sends(self.chance.choice(("JA", "NEJ", "PÅ VÄG", "KLAR", "KAN INTE")))

    async def cancels(self) -> None:
        if self.phones:
            await self.town.phone(f"+4670174{self.chance.randint(1, self.phones):04d}").sends("AVBOKA")

    async def program(self) -> None:
        """Scripts act as the API lets them; what cannot be done is refused, and changes nothing."""
        codes = [t["code"] for t in (await self.town.api("GET", "tasks"))["tasks"]]
        if not codes:
            return
        action, body = self.chance.choice((
            ("escalate", {}), ("note", {"text": "en anteckning"}), ("cancel", {"text": "löste sig"}), ("acknowledge", {}),
            ("done", {}), ("hold", {"until": "2020-04-08T20:00:00+02:00"}), ("change", {"urgency": "high"}),
            ("change", {"area": "granna"}), ("assign", {"phone": "+46701234501", "anyway": True}),
            ("change", {"category": "groceries"}),
        ))  # fmt: skip
        url = f"{self.town.base}/api/v1/tasks/{self.chance.choice(codes)}/{action}"
        async with self.town.web.post(url, json=body, headers={"Authorization": f"Bearer {TOKEN}"}) as response:
            assert response.status < 500
        await self.town.settle()

    async def time(self) -> None:
        await self.town.forward(minutes=self.chance.choice((3, 20, 40, 90)))

    async def night(self) -> None:
        if self.chance.random() < 0.2:
            await self.town.forward(hours=12)

    async def lost(self) -> None:
        """The carrier says of an SMS that it did not arrive, again and again."""
        pool = self.town.runtime.pool
        row = await pool.fetchrow("SELECT id FROM outbox WHERE state IN ('sent', 'queued') ORDER BY id DESC LIMIT 1")
        if row:
            await pool.execute("UPDATE outbox SET state = 'queued', attempts = 20, due_at = created_at WHERE id = $1", row["id"])
            await self.town.settle()

    async def edited(self) -> None:
        """An operator writes down whose number it is: the name stands on the cards."""
        row = await self.town.runtime.pool.fetchrow(
            "SELECT id FROM person WHERE 'resident' = ANY(roles) ORDER BY random() LIMIT 1"
        )
        if row is None:
            return
        async with self.town.signed_in("operator") as olle:
            path = f"/people/{row['id']}"
            form = FIELD.findall(await olle.sees(f"{path}/edit"))
            await olle.sends(path, **dict(form) | {"language": "sv", "name": self.chance.choice(("Ny Person", "Åke Ö", "Bo"))})

    async def cut(self) -> None:
        """Every open stream is torn off, as by a proxy that restarts."""
        if self.chance.random() < 0.3:
            for watcher in self.town.runtime.live._all():
                watcher.drop()


@pytest.mark.parametrize("seed", [1])
async def test_a_board_that_watches_shows_what_a_new_one_shows(town: Town, sits_down: SitsDown, seed: int) -> None:
    for n in range(6):
        await town.volunteer(f"Vera{n} Vik", KEYS[n % 3])
    people: list[Person] = [await sits_down("coordinator") for _ in BOARDS]
    people.append(await sits_down("area-lead", area="granna"))
    for person, path in zip(people, (*BOARDS, "/board"), strict=True):
        person.forgiven += CUT
        await person.opens(path)
        await expect(person.page.locator("#live-state")).to_have_class("on")
    day = Day(town, seed)
    for _ in range(STEPS):
        await day.step()
        await asyncio.gather(*(is_right(person.page) for person in people))
