"""A service group that has only an e-mail address: it is asked like the others, and what it does not answer climbs."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from service.people import sync_network
from tests.acceptance.conftest import NetworkChange, Town
from tests.mail_server import Mailbox, mail_server

ELSA = "+46701000001"
GROUP = "servicegrupp@jonkoping.example"
ANNA = "anna@example.org"


@pytest.fixture
async def post() -> AsyncIterator[tuple[Mailbox, dict[str, Any]]]:
    """The municipality's mail server, and the settings that reach it."""
    box = Mailbox()
    async with mail_server(box) as server:
        yield box, {
            "smtp_host": server.host, "smtp_port": server.port, "smtp_security": "none",
            "mail_from": "svara-inte@jonkoping.example",
        }  # fmt: skip


@pytest.fixture
def box(post: tuple[Mailbox, dict[str, Any]]) -> Mailbox:
    return post[0]


@pytest.fixture
def environment(post: tuple[Mailbox, dict[str, Any]]) -> dict[str, Any]:
    return post[1]


@pytest.fixture
def change_network() -> NetworkChange:
    """One service group, by e-mail; the other has nobody."""

    def change(raw: dict[str, Any]) -> None:
        groups = {g["key"]: g for g in raw["group"]}
        groups["service-municipal"]["contacts"] = ["Servicegrupp@Jonkoping.example"]
        groups["service-enterprise"]["contacts"] = []

    return change


def letter(box: Mailbox, subject: str, *words: str, to: str = GROUP) -> EmailMessage:
    """The next letter to this address has this subject and these words."""
    found = next((sent for sent in box.letters if sent["To"] == to), None)
    assert found is not None, f"a letter was expected: {subject}"
    box.letters.remove(found)
    assert subject in found["Subject"], found["Subject"]
    for word in words:
        assert word in found.get_content(), found.get_content()
    return found


def link_in(found: EmailMessage, town: Town, kind: str = "s") -> str:
    """The path of the link in a letter. kind: "s" for staff, "t" for volunteers."""
    match = re.search(rf"{re.escape(town.base)}(/{kind}/[\w-]+)\s", found.get_content())
    assert match, found.get_content()
    return match[1]


async def test_a_group_with_only_an_address_is_asked_and_what_it_leaves_climbs(town: Town, box: Mailbox) -> None:
    """Everything the group must know, no number to answer with, a link; then again, and then the coordinator."""
    await town.phone(ELSA).sends("Kan någon hämta medicin? Bor i Tenhult")
    await town.phone(ELSA).expects("letar")
    asked = letter(box, "till er: apotek, Tenhult", "Ingen volontär", ELSA, "hämta medicin", "Öppna ärendet")
    assert asked["To"] == GROUP
    assert "Svara OK" not in asked.get_content()
    assert ELSA not in asked["Subject"]
    town.coordinator.hears_nothing()
    await town.forward(minutes=31)
    again = letter(box, "Ingen har svarat på", "Ingen har svarat än")
    assert link_in(again, town) == link_in(asked, town)
    number = await town.coordinator.offer("Tenhult", "Ingen volontär")
    await town.coordinator.sends(f"OK {number}")
    await town.coordinator.expects("är ditt")
    letter(box, "Ärende", "redan omhändertaget", "inte göra något")
    await town.phone(ELSA).expects("tar hand om")
    assert box.letters == []


async def test_the_group_acknowledges_and_reports_by_the_link(town: Town, box: Mailbox) -> None:
    """No account, no number, no app: the page behind the link is all that is needed."""
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    link = link_in(letter(box, "till er: handla mat"), town)
    async with town.at_a_browser() as somebody:
        await somebody.sees(link, ELSA, "handla mat, Tenhult", "Vi tar det")
        await somebody.sends(link, "är ert", action="acknowledge", csrf="")
        receipt = letter(box, "Ärende", "är ert", "Säg till när det är klart")
        assert link_in(receipt, town) == link
        await town.phone(ELSA).expects("Servicegrupp kommunen tar hand om")
        await town.forward(days=1, hours=14)
        assert link_in(letter(box, "Hur går det med", "Hör vi inget"), town) == link
        await somebody.sends(link, "rapporterat som klart", action="done", csrf="")
    letter(box, "Ärende", "Tack för hjälpen")
    await town.phone(ELSA).expects("Fick du hjälp")
    town.coordinator.hears_nothing()


async def test_a_group_with_only_an_address_plans_and_hands_back_by_the_link(town: Town, box: Mailbox) -> None:
    """The receipt says the day, and no number to answer with."""
    town.ignore(town.phone(ELSA), town.coordinator)
    await town.phone(ELSA).sends("handla mat, Tenhult")
    link = link_in(letter(box, "till er: handla mat"), town)
    async with town.at_a_browser() as somebody:
        await somebody.sends(link, "är ert", action="acknowledge", csrf="")
        letter(box, "Ärende", "är ert")
        await somebody.sends(link, "blir gjort", action="plan", day="2020-04-10", time="", csrf="")
        receipt = letter(box, "Ärende", "fredag 10 april", "Säg till när det är klart")
        assert link_in(receipt, town) == link
        assert "KLAR" not in receipt.get_content()
        await somebody.sends(link, "lämnat tillbaka", action="hand-back", text="Ingen bil", csrf="")
    letter(box, "Ärende", "Tack för att du sa till")
    assert "lämnat tillbaka" in town.unread(town.coordinator.number)[-1]


async def test_a_volunteer_with_only_an_address_helps_by_the_link(town: Town, box: Mailbox) -> None:
    """Before the yes the page says what and where; after it, who; after the end, nothing."""
    await town.runtime.pool.execute(
        "INSERT INTO person (id, name, email, roles, organisation, created_at) "
        "VALUES (7, 'Anna Berg', $1, '{volunteer}', 'Scouterna', now())",
        ANNA,
    )
    await town.runtime.pool.execute("INSERT INTO group_member VALUES ('area:tenhult', 7, 'import')")
    need = {
        "name": "Elsa Ek",
        "phone": ELSA,
        "area": "tenhult",
        "category": "groceries",
        "text": "mjölk",
        "address": "Storgatan 1",
    }
    await town.api("POST", "needs", need, status=201)
    await town.settle()
    await town.phone(ELSA).expects("letar")
    asked = letter(box, "Kan du hjälpa en granne? Handla mat, Tenhult", to=ANNA)
    assert "Elsa" not in asked.get_content()
    link = link_in(asked, town, "t")
    async with town.at_a_browser() as anna:
        await anna.sees(link, "Handla mat", "Ja, jag hjälper till", without=("Elsa", ELSA, "Storgatan", "mjölk"))
        await anna.sends(link, "är ditt", "Elsa Ek", "Storgatan 1", "mjölk", action="accept", text="kl 15", csrf="")
        letter(box, "Ärende", "Du hjälper Elsa Ek", "Storgatan 1", to=ANNA)
        await town.phone(ELSA).expects("Anna från Scouterna kommer", "kl 15")
        await anna.sends(link, "Andra tillfrågas nu", action="hand-back", text="Bilen startar inte", csrf="")
        letter(box, "Ärende", "Vi frågar någon annan", to=ANNA)
        await anna.sees(link, "att du inte kan", status=410, without=("Elsa", ELSA, "Storgatan", "mjölk"))
    await town.phone(ELSA).expects("kan tyvärr inte komma")
    letter(box, "till er: handla mat")


async def test_a_mail_server_that_is_away_is_tried_again(town: Town, box: Mailbox) -> None:
    """And one that never takes it leaves the letter to somebody who phones."""
    box.answers = {"RCPT": ["451 try later", "450 try later"]}
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    assert box.letters == []
    await town.forward(minutes=2)
    letter(box, "till er: handla mat")
    row = await town.runtime.pool.fetchrow("SELECT state, attempts, parts, carrier, channel FROM outbox WHERE channel <> 'sms'")
    assert tuple(row.values()) == ("sent", 3, None, "email", "email")


async def test_an_address_that_nobody_has_is_seen(town: Town, box: Mailbox) -> None:
    """The letter is dead at once, its task's history says so, and the ladder climbs as ever."""
    box.answers = {"RCPT": ["550 no such user"] * 9}
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    await town.forward(minutes=31)
    await town.coordinator.offer("Tenhult")
    told = (await town.task())["history"]
    assert [e["kind"] for e in told].count("message.dead") == 2
    assert any("550" in e["data"].get("error", "") for e in told)


async def test_everything_of_a_long_message_is_in_the_letter(town: Town, box: Mailbox) -> None:
    """An SMS would cut it."""
    long = "Handla mat, bor i Tenhult. " + "Mjölk, bröd, potatis och kaffe. " * 20 + "Slutligen: glöm inte kattmaten."
    await town.phone(ELSA).sends(long)
    await town.phone(ELSA).expects("letar")
    letter(box, "till er: handla mat", "glöm inte kattmaten")


async def test_hostile_words_in_an_email(town: Town, box: Mailbox) -> None:
    """A name with line breaks makes no header and no second recipient."""
    need = {
        "name": "Elsa\r\nBcc: alla@example.org", "phone": ELSA, "area": "tenhult", "category": "groceries",
        "text": "mat\r\n.\r\nSubject: x",
    }  # fmt: skip
    await town.api("POST", "needs", need, status=201)
    await town.settle()
    await town.phone(ELSA).expects("letar")
    found = letter(box, "till er: handla mat", "Elsa")
    assert found["Bcc"] is None
    assert box.recipients == [[GROUP]]


async def test_a_contact_who_leaves_the_file_leaves_the_group(town: Town, box: Mailbox) -> None:
    """Like the numbers: matched by address in small letters, once, however often the service starts."""
    pool, network = town.runtime.pool, town.runtime.network
    members = "SELECT count(*) FROM group_member m JOIN person p ON p.id = m.person_id WHERE p.email = $1"
    for _ in range(2):
        async with pool.acquire() as connection:
            await sync_network(connection, network, town.runtime.office.mint, town.clock.now())
        assert await pool.fetchval(members, GROUP) == 1
    assert await pool.fetchval("SELECT count(*) FROM person WHERE email IS NOT NULL") == 1
    gone = tuple(g for g in network.groups if g.key != "service-municipal")
    async with pool.acquire() as connection:
        await sync_network(connection, replace(network, groups=gone), town.runtime.office.mint, town.clock.now())
    assert await pool.fetchval(members, GROUP) == 0
