"""The demo's people: they understand the program's own texts, whatever the seed, and the town fits the network."""

import asyncio
import csv
import io
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any
from unittest.mock import AsyncMock
from zoneinfo import ZoneInfo

import pytest

from bots.dialogue.understand import Understander
from bots.dialogue.words import Verb, parse
from bots.wording import Wording
from dispatch.clock import FastClock
from dispatch.network import Network
from dispatch.phones import read_phone
from service.demo import chat_crowd
from service.demo.bot_api import ChatUser, FakeTelegram, Sent
from service.demo.chats import Chats
from service.demo.crowd import Answers, Crowd, called_off, reaction
from service.demo.town import EMERGENCIES, WISHES, Townsperson, build_town, people_csv, place_text, request_text
from service.network_file import find_network_file, read_network

VOLUNTEER = Townsperson("+46700001001", "Elsa Holm", "volunteer", "granna", "Gränna", willing=0.5)
RESIDENT = Townsperson("+46700002001", "Gun Ek", "resident", "granna", "Gränna")
SERVICE = Townsperson("+46701110002", "Servicegrupp kommunen", "service")
COORDINATOR = Townsperson("+46701110001", "Samordnaren", "coordinator")
PARAMS: dict[str, Any] = {
    "code": "K7M2", "category": "groceries", "place": "Gränna", "number": 47, "name": "Gun Ek", "phone": "+46700002001",
    "text": "Kan någon handla mat?", "word": "TULPAN", "helper": "Elsa", "organisation": "Scouterna", "urgency": "normal",
}  # fmt: skip
ZONE = ZoneInfo("Europe/Stockholm")


@pytest.fixture(scope="module")
def network() -> Network:
    return read_network(find_network_file("jonkoping"))


def answers(network: Network, person: Townsperson, kind: str, **params: Any) -> list[Answers]:
    """What the person answers to a text of the program, on two hundred different days."""
    text = Wording(network)(kind, PARAMS | params, "sv")
    return [reaction(person, text, Random(seed)) for seed in range(200)]


def verbs(days: list[Answers]) -> Counter[tuple[tuple[Verb, int | None], ...]]:
    """How often each sequence of reply words was given, as the program reads them."""
    read = [[parse(words) for _, words in day] for day in days]
    return Counter(tuple((r.verb, r.number) for r in day if r) for day in read)


@pytest.mark.parametrize("urgency", ["normal", "high"])
def test_a_volunteer_says_yes_no_or_nothing_to_an_offer(network: Network, urgency: str) -> None:
    told = verbs(answers(network, VOLUNTEER, "offer", urgency=urgency))
    assert set(told) == {((Verb.YES, 47),), ((Verb.YES, None),), ((Verb.NO, 47),), ()}
    assert told[((Verb.YES, 47),)] > 50


def test_who_has_taken_a_task_goes_there_and_says_so(network: Network) -> None:
    days = answers(network, VOLUNTEER, "taken_details")
    told = verbs(days)
    assert set(told) == {((Verb.ON_WAY, 47), (Verb.DONE, 47)), ((Verb.DONE, 47),), ((Verb.CANNOT, 47),), ()}
    assert told.most_common(1)[0][0] == ((Verb.ON_WAY, 47), (Verb.DONE, 47))
    assert all(day[0][0] < day[1][0] for day in days if len(day) == 2)


def test_a_nudge_is_mostly_answered(network: Network) -> None:
    assert set(verbs(answers(network, VOLUNTEER, "nudge"))) == {((Verb.DONE, 47),), ()}


def test_a_volunteer_told_to_choose_chooses(network: Network) -> None:
    assert set(verbs(answers(network, VOLUNTEER, "which_number", word="JA", numbers=[47, 48]))) == {((Verb.YES, 47),)}


def test_some_stay_a_fixed_contact(network: Network) -> None:
    assert set(verbs(answers(network, VOLUNTEER, "done_noted_keep"))) == {((Verb.KEEP, 47),), ()}


@pytest.mark.parametrize("person", [SERVICE, COORDINATOR])
def test_staff_acknowledge_and_finish(network: Network, person: Townsperson) -> None:
    assert set(verbs(answers(network, person, "acknowledge"))) == {((Verb.OK, 47),), ()}
    assert set(verbs(answers(network, person, "acknowledge_again"))) == {((Verb.OK, 47),)}
    assert ((Verb.DONE, 47),) in verbs(answers(network, person, "acknowledged"))


@pytest.mark.parametrize("kind", ["ask_place", "ask_place_again"])
def test_a_resident_says_where(network: Network, kind: str) -> None:
    understander = Understander(tuple(network.areas.values()), tuple(network.categories))
    said = [words for day in answers(network, RESIDENT, kind) for _, words in day]
    assert said
    assert {understander.understand(words).area for words in said} == {"granna"}


@pytest.mark.parametrize("kind", ["ask_category", "ask_category_again"])
def test_a_resident_says_what(network: Network, kind: str) -> None:
    understander = Understander(tuple(network.areas.values()), tuple(network.categories))
    said = [words for day in answers(network, RESIDENT, kind) for _, words in day]
    assert set(WISHES) <= {understander.understand(words).category for words in said}


def test_a_resident_confirms(network: Network) -> None:
    told = verbs(answers(network, RESIDENT, "did_you_get_help"))
    assert {verb for day in told for verb, _ in day} == {Verb.YES, Verb.NO}


@pytest.mark.parametrize(
    ("person", "kind"),
    [
        *((RESIDENT, kind) for kind in ("welcome", "confirmed", "cancelled", "addition_noted", "nothing_open", "status_open")),
        *((VOLUNTEER, kind) for kind in ("too_late", "no_longer_needed", "declined", "withdrawn", "done_noted", "task_ended")),
        *((SERVICE, kind) for kind in ("handled_by_other", "done_noted", "withdrawn", "cancelled_for_helper")),
    ],
)
def test_what_ends_a_conversation_is_left_unanswered(network: Network, person: Townsperson, kind: str) -> None:
    assert not any(answers(network, person, kind))


def test_people_notice_what_is_called_off(network: Network) -> None:
    wording = Wording(network)
    for kind in ("no_longer_needed", "handled_by_other", "cancelled_for_helper"):
        assert called_off(wording(kind, PARAMS, "sv")) == 47, kind
    assert called_off(wording("no_longer_needed", PARAMS | {"cancelled": True}, "sv")) == 47
    for kind in ("offer", "taken_details", "nudge", "withdrawn"):
        assert called_off(wording(kind, PARAMS, "sv")) is None, kind


def test_the_town_fits_the_network(network: Network) -> None:
    town = build_town(network, 1)
    assert town == build_town(network, 1) != build_town(network, 2)
    assert all(read_phone(phone) == phone for phone in town)
    assert Counter(p.role for p in town.values()) == {"volunteer": 66, "resident": 82, "service": 2, "coordinator": 1}
    assert any("emergency" in p.groups for p in town.values())
    assert any(set(network.categories["transport"].requires) <= set(p.skills) for p in town.values())
    rows = list(csv.DictReader(io.StringIO(people_csv(town))))
    assert 15 < sum(1 for row in rows if row["telegram_id"]) < 30
    assert {row["area"] for row in rows} <= network.areas.keys()
    assert network.areas.keys() - {row["area"] for row in rows if row["role"] == "volunteer"} == {"lekeryd", "norra"}


def test_what_residents_write_is_understood(network: Network) -> None:
    understander = Understander(tuple(network.areas.values()), tuple(network.categories))
    for category, (_, phrases) in WISHES.items():
        for phrase in phrases:
            assert understander.understand(phrase).category == category, phrase
    assert {understander.understand(text).intent for text in EMERGENCIES} == {"emergency"}
    rng = Random(1)
    residents = [p for p in build_town(network, 1).values() if p.role == "resident"]
    for person in residents:
        assert understander.understand(place_text(person, rng)).area == person.area
        text = request_text(person, rng)
        assert understander.understand(text).area in (None, person.area), text


def taps(text: str, *labels: str, willing: float = 0.5) -> Counter[tuple[str, ...]]:
    """Which buttons of a message a volunteer in Telegram taps, on two hundred different days."""
    person = replace(VOLUNTEER, chat=5_001_001, willing=willing)
    days = [chat_crowd.tap_reaction(person, text, labels, Random(seed)) for seed in range(200)]
    assert all([minutes for minutes, _ in day] == sorted(minutes for minutes, _ in day) for day in days)
    return Counter(tuple(label for _, label in day) for day in days)


HELD = ("På väg", "Klar", "Blir sen", "Kan inte ändå", "Kvitto", "Behöver servicegruppen", "Orolig för personen")


def test_a_volunteer_in_telegram_taps_yes_or_why_not_or_nothing() -> None:
    told = taps("Kan du hjälpa en granne?", "Ja, jag kan", "Inte nu", "För långt", "Inte min grej")
    assert set(told) == {("Ja, jag kan",), ("Inte nu",), ("För långt",), ("Inte min grej",), ()}
    assert told["Ja, jag kan",] > 50
    assert set(taps("Skjuts, Bottnaryd", "Ja, jag kan", "Inte nu", "För långt")) == {("För långt",)}


def test_who_has_taken_a_task_in_telegram_says_how_it_goes() -> None:
    told = taps("Tack! Det här är ditt (K7M2).", *HELD)
    on_the_way = ("På väg", "Klar")
    assert set(told) == {on_the_way, ("Blir sen", *on_the_way), ("Klar",), ("Kan inte ändå",), ()}
    assert told.most_common(1)[0][0] == on_the_way
    assert set(taps("", "15 minuter", "30 minuter", "En timme", "Tillbaka")) == {("15 minuter",), ("30 minuter",), ("En timme",)}
    assert set(taps("Du är på väg (K7M2).", *HELD[1:])) == {()}  # what comes next is planned already


def test_a_nudge_and_the_end_in_telegram(network: Network) -> None:
    nudge = Wording(network)("nudge", PARAMS, "sv", "telegram")
    assert set(taps(nudge, *HELD)) == {("Klar",), ()}
    assert set(taps("Har du varit där?", "Klar", "På väg")) == {("Klar",), ()}
    asked = taps("Klart. Tack!", "Fråga mig först nästa gång", "Samma tid nästa vecka", "Nej, det är klart så")
    assert set(asked) == {("Fråga mig först nästa gång",), ("Nej, det är klart så",), ()}
    assert set(taps("Du har svarat nej.", "Jag kan ändå")) == {()}


async def test_whoever_has_telegram_thinks_about_a_message_once(network: Network) -> None:
    """A card that changes is not answered twice; what a visitor plays is left alone; a new volunteer is soon asked."""
    clock = FastClock(datetime(2020, 4, 8, 7, tzinfo=UTC), 1_000_000)
    town = {p.phone: p for p in build_town(network, 1).values() if p.chat}
    telegram = FakeTelegram()
    chats = Chats(telegram, clock)
    tapped: list[tuple[int, str]] = []

    async def tap(user: ChatUser, _chat: int, data: str) -> None:
        tapped.append((user.id, data))

    chats.tap = tap  # type: ignore[method-assign,assignment]
    crowd = Crowd(town, clock, ZONE, AsyncMock(), 1)
    people = chat_crowd.ChatCrowd(crowd, chats, telegram, network, 1)
    crowd.play(next(iter(town)))
    for number, person in enumerate(town.values()):
        row = [{"text": "15 minuter", "callback_data": f"late:{number}:15"}]
        rows = [row, [{"text": label, "callback_data": f"late:{number}:{label}"} for label in ("30 minuter", "En timme")]]
        late = Sent(1, person.chat, "Tack! Det här är ditt", "", markup={"inline_keyboard": rows})
        telegram.on_sent(late) if number == 0 else telegram.on_edited(late)
        telegram.on_edited(late)
    telegram.on_edited(Sent(1, 6_000_001, "Välkommen! Nu är du volontär i Gränna och Örserum. När …", ""))
    await asyncio.sleep(0.05)
    await crowd.stop()
    assert sorted(user for user, _ in tapped) == sorted(person.chat for person in list(town.values())[1:])
    assert people.is_in_group(6_000_001)
    assert crowd._expectant["6000001"] == "granna"


async def test_a_played_phone_is_left_alone() -> None:
    sent: list[tuple[str, str]] = []

    async def send(phone: str, text: str) -> None:
        sent.append((phone, text))

    clock = FastClock(datetime(2020, 4, 8, 7, tzinfo=UTC), 1_000_000)
    crowd = Crowd({SERVICE.phone: SERVICE, COORDINATOR.phone: COORDINATOR}, clock, ZONE, send, 1)
    again = "Ingen har svarat än på K7M2: Svara OK {n}"
    crowd.hear(SERVICE.phone, again.format(n=12))
    crowd.play(SERVICE.phone)  # what its owner was about to write is not written
    crowd.hear(SERVICE.phone, again.format(n=13))
    crowd.hear(COORDINATOR.phone, again.format(n=14))
    crowd.leave(SERVICE.phone)
    crowd.hear(SERVICE.phone, again.format(n=15))
    await asyncio.sleep(0.05)
    await crowd.stop()
    assert sorted(text for _, text in sent) == ["OK 14", "OK 15"]


async def test_whoever_plays_a_volunteer_is_soon_asked(network: Network) -> None:
    sent: list[str] = []

    async def send(phone: str, _text: str) -> None:
        sent.append(phone)

    town = build_town(network, 1)
    volunteer = next(p for p in town.values() if p.role == "volunteer" and p.area == "tenhult")
    crowd = Crowd(town, FastClock(datetime(2020, 4, 8, 7, tzinfo=UTC), 30_000), ZONE, send, 1)
    crowd.play(volunteer.phone)
    living = asyncio.create_task(crowd.live())
    await asyncio.sleep(2.2)
    living.cancel()
    await crowd.stop()
    from_tenhult = [phone for phone in sent if town[phone].area == "tenhult"]
    assert len(sent) / 4 < len(from_tenhult) < len(sent) * 3 / 4


async def test_what_is_called_off_is_not_written() -> None:
    sent: list[str] = []

    async def send(_phone: str, text: str) -> None:
        sent.append(text)

    clock = FastClock(datetime(2020, 4, 8, 7, tzinfo=UTC), 6000)
    crowd = Crowd({COORDINATOR.phone: COORDINATOR}, clock, ZONE, send, 1)
    for number in range(10, 40):
        crowd.hear(COORDINATOR.phone, f"Ingen har svarat än. Svara OK {number}")
        crowd.hear(COORDINATOR.phone, f"Du behöver inte svara på nr {number}.")
    await asyncio.sleep(0.2)
    await crowd.stop()
    assert len(sent) < 15
    assert all(re.fullmatch(r"OK \d\d", text) for text in sent)
