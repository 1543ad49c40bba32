"""Residents may use the bot too: the same dialogue as by SMS, with buttons where they help, and voice notes for a human."""

from service.demo.bot_api import ChatUser
from tests.acceptance.chat.conftest import ANNA, Telegram, labels
from tests.acceptance.conftest import Town

ELSA = ChatUser(2001, "Elsa", "Ström")


async def test_elsa_asks_in_the_chat_and_is_helped(town: Town, telegram: Telegram) -> None:
    """Her words, a position by a button, who comes, and a yes by a button."""
    anna, elsa = await telegram.volunteer(ANNA), telegram.member(ELSA)
    await elsa.writes("Kan någon handla mat åt mig?")
    asked = await elsa.expects("Var bor du")
    assert asked.keyboard == [[("Dela min plats", "location")]]
    await elsa.shares_position(58.0167, 14.4667)
    received = await elsa.expects("Vi letar", "Gränna", "skriver här")
    assert labels(received) == ["Hur går det?", "Avboka"]
    await elsa.expects("ringa dig")
    await elsa.taps("Hur går det?")
    await elsa.expects("Ingen har tagit det än")
    await anna.expects("Handla mat")
    await anna.taps("Ja, jag kan")
    await elsa.expects("Anna", "kodordet")
    await anna.taps("Klar")
    done = await elsa.expects("Fick du hjälp?")
    assert labels(done) == ["Ja", "Nej"]
    await elsa.taps("Ja")
    await elsa.expects("Tack, vad bra")
    assert (await town.task())["state"] == "closed"


async def test_what_is_needed_can_be_tapped(town: Town, telegram: Telegram) -> None:
    """Somebody who writes hello chooses from the kinds of help."""
    elsa = telegram.member(ELSA)
    await elsa.writes("hej")
    asked = await elsa.expects("Vad behöver du hjälp med")
    assert "Handla mat" in labels(asked)
    await elsa.taps("Handla mat")
    await elsa.expects("Var bor du")
    await elsa.writes("Gränna")
    await elsa.expects("letar")
    await elsa.expects("ringa dig")
    await elsa.taps("Avboka")
    await elsa.taps("Ja, avboka")
    await elsa.expects("avbokat")
    town.ignore(town.service_group, town.enterprise)


async def test_nobody_came_is_a_humans(town: Town, telegram: Telegram) -> None:
    """A no to "did you get help?" brings the task back, to a coordinator."""
    anna, elsa = await telegram.volunteer(ANNA), telegram.member(ELSA)
    await elsa.writes("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    await elsa.expects("ringa dig")
    await anna.expects("Handla mat")
    await anna.taps("Ja, jag kan")
    await elsa.expects("Anna")
    await anna.taps("Klar")
    await elsa.expects("Fick du hjälp?")
    await elsa.taps("Nej")
    await elsa.expects("En person hos oss")
    await town.coordinator.offer("Säger att ingen hjälp kom")
    anna.shows(without=("Elsa",))


async def test_a_voice_note_goes_to_the_inbox_and_can_be_heard(town: Town, telegram: Telegram) -> None:
    """Whoever would rather talk is heard by a human."""
    elsa = telegram.member(ELSA)
    await elsa.speaks(b"OggS hello")
    await elsa.expects("En person hos oss läser")
    await town.coordinator.offer()
    stored = await town.runtime.pool.fetchrow("SELECT id, kind, content FROM attachment")
    assert (stored["kind"], stored["content"]) == ("voice", b"OggS hello")
    async with town.signed_in("operator") as operator:
        task = await town.task()
        await operator.sees(f"/desk/inbox/{task['code']}", f"/attachments/{stored['id']}")


async def test_a_sticker_is_answered(town: Town, telegram: Telegram) -> None:
    """What cannot be read is said to be, with what can be done instead."""
    telegram.api.knows(ELSA)
    chat = {"id": ELSA.id, "type": "private", "first_name": "Elsa"}
    sticker = {
        "file_id": "x",
        "file_unique_id": "y",
        "type": "regular",
        "width": 1,
        "height": 1,
        "is_animated": False,
        "is_video": False,
    }
    message = {"message_id": 1, "date": 1, "chat": chat, "from": {"id": ELSA.id, "is_bot": False, "first_name": "Elsa"}}
    await telegram.api.raw({"message": {**message, "sticker": sticker}})
    await town.settle()
    await telegram.member(ELSA).expects("kan jag inte läsa", "112")


async def test_danger_in_the_chat(town: Town, telegram: Telegram) -> None:
    """Ring 112 comes first, also after STOPP."""
    elsa = telegram.member(ELSA)
    await elsa.writes("STOPP")
    await elsa.expects("inga fler meddelanden")
    await elsa.writes("Jag får ingen luft och har ont i bröstet")
    await elsa.expects("RING 112 NU")
    await elsa.expects("ringa dig")
    await town.coordinator.offer("FARA FÖR LIV")


async def test_an_edited_message_is_no_second_request(town: Town, telegram: Telegram) -> None:
    """Elsa mends what she has written: it is added to her request, and whoever helps hears it."""
    elsa = telegram.member(ELSA)
    message = await telegram.api.writes(ELSA, "Kan någon handla mat? Bor i Gränna")
    await town.settle()
    await elsa.expects("letar")
    await elsa.expects("ringa dig")
    await telegram.api.edits(ELSA, message, "Kan någon handla mat och kaffe? Bor i Gränna")
    await town.settle()
    await elsa.expects("lagt till")
    assert "kaffe" in (await town.task())["text"]
    town.ignore(town.service_group, town.enterprise)
