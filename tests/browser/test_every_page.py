"""Every page, in light and dark, at a desk, on a phone and at 200 %: axe-core finds nothing, and nothing is too wide.

What they look like is left in build/screenshots.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from dispatch.duty_desk import RotaWish, Staff, make_rota, replace_person, set_needed
from dispatch.equipment import add_item, lend
from dispatch.phone_chat_desk import Wish, ask_pair, change_pair, set_wish
from dispatch.phone_chats import Side, decide_yes
from dispatch.shifts import ask_swap, sign_up
from service.demo.carrier import FakeElks
from service.demo.telephone import ElksCall
from service.sign_in.permissions import ROUTES
from tests.acceptance.conftest import Phone, Town, open_town
from tests.axe import AXE
from tests.browser.looks import COLOURS, LAYOUT, SIZES, WIDE, flaws, too_wide
from tests.browser.person import Person, sit_down
from tests.conftest import fresh_database

ELSA, BERTIL, CILLA, DORIS, EDIT = (f"+4670100000{n}" for n in range(1, 6))
LANDLINE = "+4636105000"
LONG = "Min mamma på 87 år har ont i benen och kommer inte ut. Hon behöver mjölk, bröd, kaffe, potatis och kattmat. " * 3
# What machines read; everything else that is opened by GET is a page, and must be looked at below.
MACHINES = {"/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/api/v1/tasks", "/api/v1/tasks/{code}", "/api/v1/events",
            "/static/{name}", "/board/live", "/board/map.json", "/desk/map.json", "/areas/map.json", "/desk/live",
            "/service/live", "/attachments/{id}", "/volunteer/qr.svg", "/settlement.csv",
            "/voice/{name}", "/voice/out/{token}/{name}", "/calendar/{token}.ics"}  # fmt: skip
MACHINES |= {path for _, path in ROUTES if path.startswith("/open311/")}


@dataclass
class Day:
    """A town in the middle of a busy day, with somebody of each role at a browser. at: addresses' parts by their names."""

    town: Town
    browser: Browser
    at: dict[str, Any]
    staff: dict[str | None, Person] = field(default_factory=dict)

    async def person(self, role: str | None) -> Person:
        """Somebody of this role; the same each time."""
        if role not in self.staff:
            where = {"area-lead": {"area": "granna"}, "service": {"group": "service-municipal"}}.get(role or "", {})
            person = await sit_down(self.browser, self.town, role, f"{(role or '').title()} Svensson", **where)
            await person.context.add_init_script(path=AXE)
            self.staff[role] = person
        return self.staff[role]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def day(postgres: dict[str, Any], template: str, chromium: Browser) -> AsyncIterator[Day]:
    """One day for all pages: looking at them changes next to nothing."""
    async with fresh_database(postgres, template) as database:
        carrier = FakeElks()
        await carrier.start()
        try:
            async with open_town(database, carrier, lambda raw: None, {}) as town:
                busy = Day(town, chromium, await busy_day(town))
                yield busy
                await asyncio.gather(*(person.context.close() for person in busy.staff.values()))
                await town.settle()
                town.allowed.update(text.to for text in carrier.texts)
        finally:
            await carrier.stop()


async def busy_day(town: Town) -> dict[str, Any]:
    """Something in every column and every list."""
    anna = await town.volunteer(
        "Anna Berg", "granna", skills="car;vetted", languages="sv;en", organisation="Equmeniakyrkan Gränna"
    )
    bo = await town.volunteer("Bo Ek", "granna")
    await town.volunteer("Bo Ek", "bankeryd")
    for number, text in ((ELSA, "hjälp jag har ramlat och kommer inte upp"), (BERTIL, "Vad kostar det att få hjälp?"),
                         (CILLA, "ring mig"), (DORIS, "Behöver hjälp med stödstrumporna på morgonen, bor i Gränna")):  # fmt: skip
        await town.phone(number).sends(text)
    codes = {
        "open": await asks(town, EDIT, "Edit Andersson", "pharmacy", LONG, urgency="high"),
        "held": await asks(town, EDIT, "Edit Andersson", "groceries", "En gång i veckan, på fredagar"),
        "taken": await asks(town, EDIT, "Edit Andersson", "pet", "Hunden måste ut", to=anna),
        "underway": await asks(town, EDIT, "Edit Andersson", "groceries", "Mjölk", to=bo, does=("start",)),
        "done": await asks(town, EDIT, "Edit Andersson", "groceries", "Bröd", to=bo, does=("start", "done")),
        "landline": await asks(town, LANDLINE, "Folke Dahl", "groceries", "Potatis och sill"),
    }
    for amount in (24_550, 61_000):
        await town.api("POST", f"tasks/{codes['done']}/expense", {"person": bo.number, "amount_ore": amount})
    for name in ("Rullator", "Walkie-talkie"):
        await add_item(town.runtime.office, name, "nr 7", town.clock.now())
    item = await town.runtime.pool.fetchval("SELECT id FROM equipment WHERE name = 'Rullator'")
    borrower = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", bo.number)
    due_on = town.runtime.network.local_date(town.clock.now())
    await lend(town.runtime.office, item, borrower, None, due_on, None, town.clock.now())
    until = (town.clock.now()).replace(hour=14).isoformat()
    await town.api("POST", f"tasks/{codes['held']}/hold", {"until": until, "text": "Vill ha hjälp i eftermiddag"})
    await town.forward(minutes=25)
    for caller in (EDIT, "anonymous", LANDLINE):  # the telephone rings
        await (await ElksCall(caller, carrier=town.carrier).begins()).pressed("1")
    pool = town.runtime.pool
    people = {
        row["name"] or row["phone"]: row["id"] for row in await pool.fetch("SELECT id, name, phone FROM person ORDER BY id")
    }
    await weekly_talks(town, people)
    shift = await shifts_and_rotas(town, people)
    both = people["Folke Dahl"], people["Anna Berg"]
    await pool.execute("INSERT INTO kept_apart VALUES ($1, $2, NULL, $3)", *both, town.clock.now())
    await pool.execute(
        "INSERT INTO vetting_entry (person_id, at, state, checked_on, until, source)"
        " VALUES ($1, $2, 'valid', '2020-03-01', '2021-03-01', 'polisens utdrag, visat för Karin')",
        people["Anna Berg"], town.clock.now(),
    )  # fmt: skip
    question = await pool.fetchval("SELECT code FROM task WHERE human = 'question'")
    offer = await pool.fetchval(
        "SELECT o.id FROM offer o JOIN task t ON t.id = o.task_id JOIN person p ON p.id = o.person_id"
        " WHERE o.live AND o.kind = 'acknowledge' AND p.phone = $1 LIMIT 1",
        town.service_group.number,
    )
    twins = [row["id"] for row in await pool.fetch("SELECT id FROM person WHERE name = 'Bo Ek' ORDER BY id")]
    link = town.runtime.links.service(offer).removeprefix(town.base)  # type: ignore[union-attr]
    helpers = {name: await link_of_helper(town, code) for name, code in codes.items() if name in ("open", "taken", "done")}
    town.runtime.bot_name = "hjalpnatverket_bot"
    return codes | {
        "helper": helpers,
        "shift": f"/duty/slot?group=emergency&at={shift}",
        "rota": f"/rota/{town.runtime.links.rota_token(people['Gun Ström'])}",
        "question": question,
        "anna": people["Anna Berg"],
        "edit": people["Edit Andersson"],
        "twins": twins,
        "link": link,
    }


async def weekly_talks(town: Town, people: dict[str, int]) -> None:
    """Edit talks with Anna, Folke is asked, Cilla waits, and Doris waits for somebody who can."""
    office, now, cilla, doris = town.runtime.office, town.clock.now(), people[CILLA], people[DORIS]
    volunteers = [await town.volunteer(name, "granna", skills="phone-chat") for name in ("Eva Lind", "Karim Haddad", "Sven Öst")]
    ids = [await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", v.number) for v in volunteers]
    for person, times, interests in ((cilla, ("3-afternoon", "4-evening"), ("trädgård", "musik")), (people["Folke Dahl"], (), ()),
                                     (people["Edit Andersson"], (), ())):  # fmt: skip
        await set_wish(office, person, Wish(Side.RESIDENT, times, interests), None, now)
    await town.runtime.pool.execute("UPDATE person SET languages = '{uk}' WHERE id = $1", doris)
    await set_wish(office, doris, Wish(Side.RESIDENT), None, now)
    await set_wish(office, ids[0], Wish(Side.VOLUNTEER, ("3-afternoon",), ("musik",), 3), None, now)
    talks = await ask_pair(office, people["Edit Andersson"], ids[0], 3, time(14), None, now)
    for side in Side:
        await change_pair(office, talks.id, lambda two, side=side: decide_yes(two, side, now, None), now)
    await ask_pair(office, people["Folke Dahl"], ids[1], 4, time(10), None, now)
    await town.settle()


async def shifts_and_rotas(town: Town, people: dict[str, int]) -> int:
    """Gun has tonight and wants to swap tomorrow, Nils has every other week; most evenings lack people. When tonight begins."""
    for name in ("Gun Ström", "Nils Å"):
        phone = await town.volunteer(name, group="emergency")
        people[name] = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", phone.number)
    office, now, zone = town.runtime.office, town.clock.now(), town.runtime.network.zone
    tonight = datetime.combine(now.astimezone(zone).date(), time(17), zone).astimezone(UTC)
    await sign_up(office, people["Gun Ström"], ("emergency", tonight), now)
    shift = await sign_up(office, people["Gun Ström"], ("emergency", tonight + timedelta(days=1)), now)
    staff, first = Staff(None), tonight.date() + timedelta(days=2)
    await make_rota(office, RotaWish("emergency", [[people["Nils Å"]], [people["Gun Ström"]]], first), staff, now)
    day = (people["Nils Å"], people["Gun Ström"], first, first)
    await replace_person(office, "emergency", *day, staff, now)
    await set_needed(office, ("emergency", tonight + timedelta(days=5)), 0, staff, now)
    await ask_swap(office, shift.id, people["Gun Ström"], now)
    await town.settle()
    return int(tonight.timestamp())


async def link_of_helper(town: Town, code: str) -> str:
    """The path where a volunteer who has been asked, or has it, answers."""
    offer = await town.runtime.pool.fetchval(
        "SELECT o.id FROM offer o JOIN task t ON t.id = o.task_id WHERE t.code = $1 AND o.kind = 'help'"
        " ORDER BY o.state = 'accepted' DESC, o.state = 'sent' DESC LIMIT 1",
        code,
    )
    return str(town.runtime.links.task(offer)).removeprefix(town.base)


async def asks(
    town: Town, phone: str, name: str, category: str, text: str, urgency: str = "normal", to: Phone | None = None,
    does: tuple[str, ...] = (),
) -> str:  # fmt: skip
    """A resident of Gränna asks; perhaps a volunteer has it already. The task's code."""
    need = {"phone": phone, "name": name, "category": category, "text": text, "area": "granna", "address": "Brahegatan 12"}
    code = str((await town.api("POST", "needs", need | {"urgency": urgency}, status=201))["code"])
    for action in ("assign", *does) if to else ():
        await town.api("POST", f"tasks/{code}/{action}", {"person": to.number if to else ""})
    await town.settle()
    return code


Prepare = Callable[[Page], Awaitable[Any]]


@dataclass(frozen=True)
class Look:
    """One page as somebody sees it. route: as in the table of permissions. path: with what of `Day.at` belongs into it."""

    name: str
    role: str | None
    route: str
    path: str = ""
    prepare: Prepare | None = None
    status: int = 200


async def open_drawer(page: Page) -> None:
    """A task beside the board, with a form that has been refused."""
    await expect(page.locator("#live-state")).to_have_class("on")
    await page.locator('[data-lane="taken"] .card').first.click()
    await page.locator("#act-assign summary").click()
    await page.locator("#assign-who").fill("Bo Ek")
    await page.locator("#act-assign form button").click()
    await expect(page.locator("#drawer [role=alert]")).to_be_visible()


async def show_keys(page: Page) -> None:
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def show_map(page: Page) -> None:
    await page.keyboard.press("m")
    await expect(page.locator("#map path.leaflet-interactive").first).to_be_visible()


async def known_caller(page: Page) -> None:
    """Somebody known rings, about what goes on already."""
    await page.locator("#phone").fill(EDIT)
    await page.locator("#text-1").fill("Jag behöver mjölk och bröd")
    await expect(page.locator("#same li").first).to_be_visible()
    await page.locator("#address").fill("Storgatan 1, gr")
    await expect(page.get_by_role("option").first).to_be_visible()


async def fetch_elsewhere(page: Page) -> None:
    """An operator takes down what is fetched at another address."""
    await page.check("#fetch")
    await page.fill("#from_address", "Storgatan 4, Huskvarna")


async def send_empty(page: Page) -> None:
    """A form sent with nothing in it."""
    await page.locator("#save").click()
    await expect(page.get_by_role("alert")).to_be_visible()


async def save_call(page: Page) -> None:
    """A call that is saved: what to read aloud."""
    await page.locator("#phone").fill("070-100 00 77")
    await page.locator("#danger-no").check()
    await page.locator("#text-1").fill("Behöver mjölk")
    await page.locator("#address").fill("Brahegatan 3, Gränna")
    await page.locator("#consent").check()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".aloud")).to_be_visible()


async def wrong_password(page: Page) -> None:
    await page.get_by_label("Namn").fill("Karin")
    await page.get_by_label("Lösenord").fill("fel")
    await page.locator("main form button").click()
    await expect(page.get_by_role("alert")).to_be_visible()


async def send_form(page: Page) -> None:
    """The page's form, as it stands, is refused."""
    form = page.locator("main form").first
    await form.evaluate("form => { form.noValidate = true; }")
    await form.locator("button").first.click()
    await expect(page.locator(".problem").first).to_be_visible()


async def open_forms(page: Page) -> None:
    """Everything that is folded, unfolded."""
    await page.locator("main details").evaluate_all("all => { for (const details of all) details.open = true; }")


async def refuse_receipt(page: Page) -> None:
    """Everything unfolded, and an amount that is none."""
    await page.locator("#amount").evaluate("input => { input.closest('details').open = true; }")
    await page.locator("#amount").fill("femtio eller så")
    await page.locator("form:has(#amount) button").click()
    await expect(page.locator("#amount-problem")).to_be_visible()
    await open_forms(page)


async def take_it(page: Page) -> None:
    """A service group says yes by the link of its e-mail."""
    await page.get_by_role("button", name="Vi tar det").click()
    await expect(page.get_by_text("är ert")).to_be_focused()


async def plan_it(page: Page) -> None:
    """It is theirs, and planned; then the form is sent without a day."""
    if await page.get_by_role("button", name="Vi tar det").count():  # else it has been taken for another look
        await take_it(page)
    await page.get_by_text("Säg när det blir gjort …").click()
    await page.get_by_label("Dag").fill("2020-04-10")
    await page.get_by_label("Klockslag").fill("10:00")
    await page.get_by_role("button", name="Säg till den boende").click()
    await expect(page.get_by_text("fredag 10 april kl 10")).to_be_visible()
    form = page.locator("form:has(input[name=day])")
    await form.evaluate("form => { form.noValidate = true; form.elements.day.value = ''; }")
    await open_forms(page)
    await form.locator("button").click()
    await expect(page.locator(".problem")).to_be_visible()


async def new_link(page: Page) -> None:
    await page.get_by_role("button", name="Ny länk: Coordinator").click()
    await expect(page.get_by_role("status").locator("code")).to_be_visible()


async def open_shift(page: Page) -> None:
    """A shift that lacks somebody, beside the picture."""
    await page.locator("a.mark.hole").first.click()
    await expect(page.locator("#slot-title")).to_be_focused()


async def need_more(page: Page) -> None:
    """More are needed that day: it is said in the shift's panel."""
    await page.locator("a.mark.full, a.mark.missing, a.mark.hole").first.click()
    await page.locator("#slot-needed").fill("3")
    await page.locator("form:has(#slot-needed) button").click()
    await expect(page.locator("#slot [role=status]")).to_be_visible()


LOOKS = [
    Look("front", None, "/"),
    Look("login", None, "/login"),
    Look("login-refused", None, "/login", prepare=wrong_password),
    Look("login-old-link", None, "/login", "/login?link=old", status=410),
    Look("not-found", None, "", "/nothing", status=404),
    Look("board", "coordinator", "/board"),
    Look("board-drawer", "coordinator", "/board", prepare=open_drawer),
    Look("board-keys", "coordinator", "/board", prepare=show_keys),
    Look("board-map", "coordinator", "/board", prepare=show_map),
    Look("board-one-column", "coordinator", "/board", "/board?lane=open"),
    Look("board-filtered", "operator", "/board", "/board?area=bankeryd&q=ingenting"),
    Look("board-of-a-lead", "area-lead", "/board"),
    Look("task-open", "coordinator", "/board/{code}", "/board/{open}", prepare=open_forms),
    Look("task-underway", "coordinator", "/board/{code}", "/board/{underway}"),
    Look("task-question", "operator", "/board/{code}", "/board/{question}"),
    Look("task-of-a-lead", "area-lead", "/board/{code}", "/board/{taken}"),
    Look("desk", "operator", "/desk"),
    Look("desk-known-caller", "operator", "/desk", prepare=known_caller),
    Look("desk-fetched-elsewhere", "operator", "/desk", prepare=fetch_elsewhere),
    Look("desk-refused", "operator", "/desk", prepare=send_empty),
    Look("desk-read-aloud", "operator", "/desk/said/{form}", "/desk", prepare=save_call),
    Look("desk-added", "operator", "/desk/added/{code}", "/desk/added/{open}"),
    Look("desk-inbox", "operator", "/desk/inbox"),
    Look("desk-message", "operator", "/desk/inbox/{code}", "/desk/inbox/{question}"),
    Look("desk-calls", "operator", "/desk/calls"),
    Look("desk-phone", "operator", "/desk/phone"),
    Look("duty", "coordinator", "/duty", prepare=open_forms),
    Look("duty-shift", "coordinator", "/duty", prepare=open_shift),
    Look("duty-changed", "coordinator", "/duty", prepare=need_more),
    Look("duty-of-a-lead", "area-lead", "/duty"),
    Look("duty-shift-alone", "operator", "/duty/slot", "{shift}"),
    Look("duty-group", "coordinator", "/duty/group/{key}", "/duty/group/emergency", prepare=open_forms),
    Look("own-shifts", None, "/rota/{token}", "{rota}"),
    Look("areas", "coordinator", "/areas"),
    Look("ladders", "coordinator", "/ladders"),
    Look("ladder-edit", "coordinator", "/ladders/edit", "/ladders/edit?category=*&area=*&urgency=high&hours=*"),
    Look("ladder-try", "operator", "/ladders/try",
         "/ladders/try?category=groceries&area=granna&urgency=normal&language=sv&time=christmas"),
    Look("areas-corners", "coordinator", "/areas?area=granna"),
    Look("people", "coordinator", "/people"),
    Look("people-of-a-lead", "area-lead", "/people"),
    Look("person-volunteer", "coordinator", "/people/{id}", "/people/{anna}", prepare=open_forms),
    Look("person-resident", "operator", "/people/{id}", "/people/{edit}", prepare=open_forms),
    Look("person-edit", "coordinator", "/people/{id}/edit", "/people/{anna}/edit"),
    Look("person-new", "coordinator", "/people/new"),
    Look("people-patterns", "coordinator", "/people/patterns"),
    Look("person-refused", "coordinator", "/people/new", "/people/new", prepare=send_form),
    Look("person-merge-whom", "coordinator", "/people/{id}/merge", "/people/{twins[0]}/merge"),
    Look("person-merge", "coordinator", "/people/{id}/merge", "/people/{twins[0]}/merge?other={twins[1]}"),
    Look("equipment", "coordinator", "/equipment"),
    Look("settlement", "coordinator", "/settlement", prepare=open_forms),
    Look("phone-chats", "operator", "/phone-chats", prepare=open_forms),
    Look("phone-chats-refused", "operator", "/phone-chats/wishes", "/phone-chats/wishes?phone=112", status=404),
    Look("phone-chats-wish", "operator", "/phone-chats/wishes/{id}", "/phone-chats/wishes/{edit}"),
    Look("service", "service", "/service"),
    Look("service-handing-back", "service", "/service", prepare=open_forms),
    Look("service-of-all", "coordinator", "/service"),
    Look("service-link", None, "/s/{token}", "{link}"),
    Look("service-link-taken", None, "/s/{token}", "{link}", prepare=take_it),
    Look("service-link-planned", None, "/s/{token}", "{link}", prepare=plan_it),
    Look("volunteer", None, "/volunteer"),
    Look("volunteer-of-an-area", None, "/volunteer", "/volunteer?area=granna"),
    Look("helper-asked", None, "/t/{token}", "{helper[open]}"),
    Look("helper-has-it", None, "/t/{token}", "{helper[taken]}"),
    Look("helper-refused", None, "/t/{token}", "{helper[taken]}", prepare=refuse_receipt),
    Look("helper-afterwards", None, "/t/{token}", "{helper[done]}"),
    Look("account", "service", "/account", "/account?new=1"),
    Look("account-refused", "administrator", "/account", prepare=send_form),
    Look("accounts", "administrator", "/accounts"),
    Look("accounts-new-link", "administrator", "/accounts", prepare=new_link),
    Look("not-allowed", "operator", "/accounts", status=403),
]  # fmt: skip


@pytest.mark.parametrize("look", LOOKS, ids=[look.name for look in LOOKS])
async def test_the_page_is_good_for_everybody(day: Day, look: Look) -> None:
    person = await day.person(look.role)
    page = person.page
    person.forgiven += [f"status of {look.status}"] if look.status >= 400 else ["status of 403"]
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    answer = await page.goto(day.town.base + (look.path or look.route).format(**day.at))
    assert answer and answer.status == look.status
    if look.prepare:
        await look.prepare(page)
    found = {}
    for size, viewport in SIZES.items():
        await page.set_viewport_size(viewport)  # type: ignore[arg-type]
        found[size] = [
            *await flaws(page, LAYOUT if size == "zoomed" else None),
            *(["too wide", html] for html in await too_wide(page)),
        ]
        await person.screenshot(f"{look.name}-{size}")
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    found["dark"] = await flaws(page, COLOURS)
    await person.screenshot(f"{look.name}-dark")
    await page.emulate_media(color_scheme="light")
    await page.evaluate("localStorage.clear(); sessionStorage.clear()")  # the map that was shown, the call that was begun
    faults, person.faults = person.faults, []
    assert {where: what for where, what in found.items() if what} == {}
    assert faults == []


def test_no_page_is_left_out() -> None:
    """Whatever route is new is looked at too."""
    pages = {path for method, path in ROUTES if method == "GET"} - MACHINES
    assert pages - {look.route for look in LOOKS} == set()
