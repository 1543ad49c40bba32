"""People write instead of tapping, at the wrong moment, in their own words. What they mean wins over what was being asked."""

import pytest

from service.demo.bot_api import ChatUser
from tests.acceptance.chat.conftest import ANNA, BO, Member, Telegram, labels
from tests.acceptance.conftest import Town

ELSA = ChatUser(2001, "Elsa", "Ström")
PHONE = "+46701000001"


async def taken(town: Town, telegram: Telegram) -> Member:
    """Anna has the shopping of somebody who texts."""
    anna = await telegram.volunteer(ANNA)
    await town.phone(PHONE).sends("Kan någon handla mat? Bor i Gränna")
    await town.phone(PHONE).expects("letar")
    await anna.expects("Handla mat")
    await anna.writes("Ja, jag kan")
    await anna.expects(PHONE)
    await town.phone(PHONE).expects("Anna")
    return anna


async def test_a_buttons_words_mean_the_button(town: Town, telegram: Telegram) -> None:
    """ "Kan inte ändå" gives the task back; it is no "kan inte andas"."""
    anna = await taken(town, telegram)
    await anna.writes("På väg")
    await town.phone(PHONE).expects("på väg")
    await anna.expects("Tryck på Klar")
    await anna.writes("Blir sen")
    assert "Blir sen" in labels(await anna.expects(PHONE))
    await anna.writes("kan inte ändå!")
    await town.phone(PHONE).expects("kan tyvärr inte")
    await anna.expects("Tack för att du sa till")
    anna.shows("Tack")
    town.coordinator.hears_nothing()
    town.ignore(town.service_group, town.enterprise)


async def test_after_all_is_no_lack_of_air_by_sms_either(town: Town) -> None:
    """The word with its dots; without them, and with breath, it stays an emergency."""
    understand = town.runtime.understander.understand
    assert understand("Kan inte ändå").intent != "emergency"
    assert understand("jag kan inte andas").intent == "emergency"
    assert understand("kan inte anda").intent == "emergency"


async def test_a_helpers_words_go_to_a_human_every_time(town: Town, telegram: Telegram) -> None:
    """The second message joins the first; nobody who helps is asked what they need help with."""
    anna = await taken(town, telegram)
    await anna.writes("Elsa vill ha mer mjölk, vad gör jag?")
    assert labels(await anna.expects("En person hos oss läser")) == ["Kan inte ändå"]
    await town.coordinator.expects("Elsa vill ha mer mjölk")
    await anna.writes("hittar inte porten, vad är portkoden?")
    await anna.expects("En person hos oss läser")
    await anna.writes("kan jag få pengarna tillbaka?")
    await anna.expects("En person hos oss läser")
    tasks = (await town.api("GET", "tasks"))["tasks"]
    assert len(tasks) == 2
    assert any("portkoden" in task["text"] and "pengarna" in task["text"] for task in tasks)
    town.ignore(town.coordinator)


@pytest.mark.parametrize("words", ["STOPP", "KLAR"])
async def test_reply_words_win_over_a_question(town: Town, telegram: Telegram, words: str) -> None:
    """A receipt that was begun keeps nobody from stopping, or from being done."""
    anna = await taken(town, telegram)
    await anna.taps("Kvitto")
    await anna.expects("bild av kvittot")
    await anna.writes(words)
    await anna.expects("inga fler meddelanden" if words == "STOPP" else "Tack för hjälpen")
    await town.phone(PHONE).expects("kan tyvärr inte" if words == "STOPP" else "Fick du hjälp")
    town.ignore(town.service_group, town.enterprise)


async def test_a_question_is_forgotten_after_an_hour(town: Town, telegram: Telegram) -> None:
    """Whoever never sent the receipt can ask for help three weeks later like anybody else."""
    anna = await taken(town, telegram)
    await anna.taps("Orolig för personen")
    await anna.expects("Bara våra samordnare")
    await anna.taps("Klar")
    await town.phone(PHONE).expects("Fick du hjälp")
    await town.phone(PHONE).sends("ja")
    await town.phone(PHONE).expects("Tack")
    await town.forward(days=2)
    await anna.writes("Kan någon skjutsa mig till läkaren? Bor i Gränna")
    await anna.expects("Vi letar")
    town.ignore(town.service_group, town.enterprise, town.coordinator)


async def test_the_questions_end_where_a_wish_begins(town: Town, telegram: Telegram) -> None:
    """Somebody who needs help in the middle of signing up is heard."""
    elsa = telegram.member(ELSA)
    await elsa.writes("/start volontar")
    await elsa.expects("roligt")
    await elsa.expects("telefonnummer")
    await elsa.writes("Kan någon handla mat åt mig? Bor i Gränna")
    await elsa.expects("Vi letar")
    await elsa.expects("ringa dig")
    await elsa.writes("/avbryt")
    await elsa.expects("slutar där")
    town.ignore(town.service_group, town.enterprise)


async def test_a_chats_resident_can_be_found_and_phoned(town: Town, telegram: Telegram) -> None:
    """The name as Telegram knows it, the number by a button, the position on a map: what the helper needs to get there."""
    anna, elsa = await telegram.volunteer(ANNA), telegram.member(ELSA)
    await elsa.writes("Kan någon handla mat åt mig?")
    await elsa.expects("Var bor du")
    await elsa.shares_position(58.0167, 14.4667)
    await elsa.expects("letar")
    asked = await elsa.expects("ringa dig")
    assert asked.keyboard == [[("Dela mitt telefonnummer", "contact")]]
    offer = await anna.expects("Handla mat")
    assert "Elsa" not in offer.text
    await anna.taps("Ja, jag kan")
    await elsa.expects("Anna")
    held = anna.shows("Elsa Ström")
    assert ("Visa på karta", "https://www.openstreetmap.org/search?query=58.01670%2C%2014.46670") in held.buttons[0]
    await elsa.shares_number("+46701777777")
    await elsa.expects("telefonnummer")
    anna.shows("070-177 77 77" if "070-177" in held.text else "+46701777777")
    await elsa.writes("porten är låst, koden är 1234")
    await elsa.expects("lagt till")
    await anna.expects("1234")


@pytest.mark.parametrize(
    ("words", "state"),
    [("ja hon kom med maten tack så mycket", "closed"), ("hon har varit här", "closed"), ("nej ingen kom", "open")],
)
async def test_did_you_get_help_in_own_words(town: Town, telegram: Telegram, words: str, state: str) -> None:
    """What begins with a yes is one, whatever follows."""
    anna = await taken(town, telegram)
    await anna.taps("Klar")
    phone = town.phone(PHONE)
    await phone.expects("Fick du hjälp")
    await phone.sends(words)
    await phone.expects("Tack" if state == "closed" else "En person hos oss")
    assert (await town.api("GET", f"tasks?state={state}"))["tasks"]
    if state == "open":
        anna.shows("säger att hjälpen inte kom", without=(PHONE,))
    town.ignore(town.coordinator)


@pytest.mark.parametrize("words", ["nej vänta jag vill inte avboka", "ångrar mig, jag behöver maten ändå"])
async def test_words_against_cancelling_cancel_nothing(town: Town, telegram: Telegram, words: str) -> None:
    elsa = telegram.member(ELSA)
    await elsa.writes("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    await elsa.expects("ringa dig")
    await elsa.writes(words)
    telegram.ignored.add(ELSA.id)
    assert (await town.task())["state"] == "open"
    await elsa.taps("Avboka")
    assert "står kvar" in await elsa.taps("Nej, behåll det")
    assert (await town.task())["state"] == "open"
    town.ignore(town.service_group, town.enterprise)


async def test_after_stopp_a_command_is_still_answered(town: Town, telegram: Telegram) -> None:
    """STOPP ends what we send; whoever asks is answered, told how to come back, and comes back by /start."""
    elsa = telegram.member(ELSA)
    await elsa.writes("STOPP")
    await elsa.expects("inga fler meddelanden")
    await elsa.writes("/hjalp")
    await elsa.expects("STATUS")
    await elsa.writes("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("Skriv START")
    await elsa.writes("/start")
    await elsa.expects("Välkommen tillbaka")
    town.ignore(town.service_group, town.enterprise)


async def test_a_worry_may_be_spoken(town: Town, telegram: Telegram) -> None:
    """A voice note where a worry was asked for is the worry: urgent, about the task, and no service group's."""
    anna = await taken(town, telegram)
    await anna.taps("Orolig för personen")
    await anna.expects("Bara våra samordnare")
    await anna.speaks(b"OggS worry")
    await anna.expects("112")
    await town.coordinator.expects("Oro för någon")
    await town.forward(minutes=40)
    town.service_group.hears_nothing()
    kinds = await town.runtime.pool.fetch(
        "SELECT n.source FROM attachment a JOIN task t ON t.id = a.task_id JOIN need n ON n.id = t.need_id"
    )
    assert [row["source"] for row in kinds] == ["concern"]
    town.ignore(town.coordinator)


async def test_which_task_is_asked_with_their_names(town: Town, telegram: Telegram) -> None:
    """There are no numbers in the chat: a bare word that can mean two is answered with two buttons."""
    anna = await telegram.volunteer(ANNA)
    for words in ("Kan någon handla mat? Bor i Gränna", "Kan någon gå ut med hunden? Bor i Gränna"):
        await town.phone(PHONE).sends(words)
        await town.phone(PHONE).expects("letar")
    await anna.expects("Handla mat")
    await anna.expects("Husdjur")
    await anna.writes("ja")
    which = await anna.expects("Vilket menar du")
    assert labels(which) == ["Handla mat, Gränna", "Husdjur, Gränna"]
    await anna.taps("Husdjur, Gränna")
    await town.phone(PHONE).expects("Anna")
    await anna.expects(PHONE, "hunden")
    await anna.photographs("99 kr")
    await anna.expects("99")
    town.ignore(town.service_group, town.enterprise)


async def test_nothing_is_kept_of_whoever_breaks_off(town: Town, telegram: Telegram) -> None:
    """The number was shared before the no: it goes with the rest."""
    elsa = telegram.member(ELSA)
    await elsa.writes("/start volontar")
    await elsa.shares_number("+46701777777")
    await elsa.writes("/avbryt")
    telegram.ignored.add(ELSA.id)
    row = await town.runtime.pool.fetchrow("SELECT phone, name FROM person WHERE telegram_id = $1", ELSA.id)
    assert (row["phone"], row["name"]) == (None, "")


async def test_the_last_coordinator_is_asked_whatever_the_chat_says(town: Town, telegram: Telegram) -> None:
    """Staff who block the bot go on being asked, by SMS: somebody's life may depend on it."""
    karin = ChatUser(3001, "Karin")
    await town.runtime.pool.execute("UPDATE person SET telegram_id = $1 WHERE phone = '+46701110001'", karin.id)
    telegram.api.knows(karin)
    await telegram.api.blocks(karin)
    await town.settle()
    await town.phone(PHONE).sends("Min man har svimmat och andas inte")
    await town.phone(PHONE).expects("RING 112")
    await town.coordinator.offer("FARA FÖR LIV")


async def test_only_an_own_card_that_was_not_forwarded_proves_a_number(town: Town, telegram: Telegram) -> None:
    """A forwarded card may bear a number that is somebody else's by now."""
    vera = await town.volunteer("Vera Ek", "granna")
    user = {"id": BO.id, "is_bot": False, "first_name": "Bo"}
    telegram.api.knows(BO)
    contact = {"phone_number": vera.number, "first_name": "Bo", "user_id": BO.id}
    forwarded = {"type": "user", "date": 1, "sender_user": user}
    message = {"message_id": 1, "date": 1, "chat": {"id": BO.id, "type": "private"}, "from": user, "contact": contact}
    await telegram.api.raw({"message": {**message, "forward_origin": forwarded}})
    await town.settle()
    await telegram.member(BO).expects("någon annans nummer")
    assert await town.runtime.pool.fetchval("SELECT telegram_id FROM person WHERE phone = $1", vera.number) is None


async def test_a_complaint_is_a_humans_and_never_the_helpers(town: Town, telegram: Telegram) -> None:
    """Fear of whoever helps: the helper does not read it, it is no new task, a coordinator hears which one it is about."""
    anna = await taken(town, telegram)
    await town.phone(PHONE).sends("hon tog mina pengar och jag är rädd för henne")
    await town.phone(PHONE).expects("En person hos oss")
    await town.coordinator.expects("Klagomål", "9MUK: hon tog mina pengar")
    anna.hears_nothing()
    anna.shows(PHONE, without=("pengar och jag",))
    town.service_group.hears_nothing()


async def test_less_of_something_is_no_cancelling(town: Town, telegram: Telegram) -> None:
    """ "Jag behöver inte mjölk" is told to the helper; so is a no that says more than no."""
    anna = await taken(town, telegram)
    phone = town.phone(PHONE)
    for words in ("jag behöver inte mjölk", "nej inte idag, imorgon"):
        await phone.sends(words)
        await phone.expects("lagt till")
        await anna.expects(words)
    await phone.sends("ok")
    await phone.expects("Anna hjälper dig")
    assert (await town.task())["state"] == "taken"


async def test_two_matters_for_a_human_are_told_apart(town: Town, telegram: Telegram) -> None:
    """A coordinator's bare "ok" with two questions open: two buttons that say which, by their codes."""
    karin = await telegram.coordinator(ChatUser(3001, "Karin", "Ek"))
    for number, words in ((PHONE, "Jag vill att någon ringer upp mig"), ("+46701000009", "Vad kostar det?")):
        await town.phone(number).sends(words)
        await town.phone(number).expects("En person hos oss")
    codes = [task["code"] for task in (await town.api("GET", "tasks"))["tasks"]]
    telegram.read[3001] = len(telegram.api.chats[3001])
    await karin.writes("ok")
    assert sorted(labels(await karin.expects("Vilket menar du"))) == sorted(codes)
    town.ignore(town.coordinator)


async def test_after_an_alarm_words_are_about_the_danger(town: Town, telegram: Telegram) -> None:
    """The address that follows is no answer to what was being asked before."""
    elsa = telegram.member(ELSA)
    await elsa.writes("/start volontar")
    await elsa.shares_number("+46701777777")
    await elsa.writes("Jag får ingen luft")
    await elsa.writes("Storgatan 5, portkod 1234")
    telegram.ignored.add(ELSA.id)
    assert "portkod 1234" in (await town.task())["text"]
    town.ignore(town.coordinator)


@pytest.mark.parametrize("words", ["nja, hon glömde mjölken", "delvis", "det blev fel varor"])
async def test_help_that_was_not_quite_it(town: Town, telegram: Telegram, words: str) -> None:
    """Neither yes nor no: a human asks what is missing, and nobody shops once more by mistake."""
    anna = await taken(town, telegram)
    await anna.taps("Klar")
    await town.phone(PHONE).expects("Fick du hjälp")
    await town.phone(PHONE).sends(words)
    await town.phone(PHONE).expects("En person hos oss")
    await town.coordinator.expects(f"9MUK: {words}")
    assert (await town.api("GET", "tasks?state=done"))["tasks"]


async def test_a_yes_with_a_new_wish(town: Town, telegram: Telegram) -> None:
    """The first is closed, and the wish is a request of its own."""
    anna = await taken(town, telegram)
    await anna.taps("Klar")
    await town.phone(PHONE).expects("Fick du hjälp")
    await town.phone(PHONE).sends("Ja, och kan någon gå ut med hunden i morgon?")
    telegram.ignored.add(ANNA.id)
    town.ignore(town.phone(PHONE), town.service_group, town.enterprise)
    tasks = (await town.api("GET", "tasks"))["tasks"]
    assert sorted((t["category"], t["state"]) for t in tasks) == [("groceries", "closed"), ("pet", "open")]
