"""Group chats: an area's tasks posted once without personal data, and what needs a human for the coordinators on duty."""

from service.demo.bot_api import ChatUser, Group
from tests.acceptance.chat.conftest import ANNA, BO, Telegram, labels
from tests.acceptance.conftest import Town

ELSA = "+46701000001"
KARIN = ChatUser(3001, "Karin", "Ek")
GROUP = Group(-1001, "Gränna hjälper")
FORUM = Group(-1001000000077, "Hjälpnätverket", is_forum=True, topics=(7, 8))


async def linked(telegram: Telegram, group: Group = GROUP, what: str = "granna", topic: int | None = None) -> None:
    """Karin, who is a coordinator, links a group."""
    karin = await telegram.coordinator(KARIN)
    await telegram.api.adds_to_group(group, KARIN)
    await karin.writes(f"/koppla {what}", group, topic)
    await telegram.in_group(group).expects("Nu får den här gruppen")


async def test_a_task_is_posted_once_and_taken_in_the_group(town: Town, telegram: Telegram) -> None:
    """The post says what and where; whoever is registered taps, and gets the rest in the own chat. The post follows the task."""
    await linked(telegram)
    telegram.ignored.add(KARIN.id)
    group, bo = telegram.in_group(GROUP), await telegram.volunteer(BO, "bankeryd")
    telegram.api.joined(GROUP, BO)
    elsa = town.phone(ELSA)
    await town.volunteer("Dag Ask", "granna")
    await elsa.sends("Kan någon handla mat? Bor på Brahegatan 20 i Gränna. Elsa")
    await elsa.expects("letar")
    post = await group.expects("Handla mat", "Gränna")
    for secret in ("Elsa", "Brahegatan", ELSA):
        assert secret not in post.text
    assert labels(post) == ["Ja, jag kan"]
    await town.forward(minutes=12)
    group.hears_nothing()

    tap = await telegram.api.taps(BO, post, "Ja, jag kan")
    await town.settle()
    assert "din egen chatt" in telegram.api.toasts[tap]
    await bo.expects(ELSA, "Brahegatan")
    await elsa.expects("Bo")
    assert labels(group.shows("Bo har tagit det")) == []
    await bo.taps("Klar")
    await elsa.expects("Fick du hjälp")
    await elsa.sends("ja")
    await elsa.expects("Tack")
    await town.forward(minutes=1)
    group.shows("klart")
    town.allowed.update({"+46701234502"})


async def test_only_members_who_are_registered_can_take(town: Town, telegram: Telegram) -> None:
    """Somebody in the group who is no volunteer is told how to become one; skills that are asked for are asked for here too."""
    await linked(telegram)
    telegram.ignored.add(KARIN.id)
    stranger = ChatUser(4001, "Okänd")
    telegram.api.joined(GROUP, stranger, ANNA)
    await telegram.volunteer(ANNA)
    elsa = town.phone(ELSA)
    await elsa.sends("Behöver skjuts till läkaren i morgon, bor i Gränna")
    await elsa.expects("letar")
    await town.forward(minutes=31)
    group = telegram.in_group(GROUP)
    group.hears_nothing()  # nobody in the area may drive, so the area was never asked
    await elsa.sends("Jag behöver också mat från affären")
    await elsa.expects("letar")
    post = await group.expects("Handla mat")
    await telegram.member(ANNA).expects("Handla mat")
    tap = await telegram.api.taps(stranger, post, "Ja, jag kan")
    await town.settle()
    assert "anmäl dig" in telegram.api.toasts[tap]
    assert (await town.api("GET", "tasks?state=taken"))["tasks"] == []
    town.ignore(town.service_group, town.enterprise, town.coordinator)


async def test_a_topic_gets_the_posts(town: Town, telegram: Telegram) -> None:
    """In a forum the area's posts stand in the topic where it was linked."""
    await linked(telegram, FORUM, topic=7)
    telegram.ignored.update({KARIN.id, ANNA.id})
    await telegram.volunteer(ANNA)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    post = await telegram.in_group(FORUM).expects("Handla mat")
    assert post.thread_id == 7


async def test_a_group_that_moves_keeps_its_posts(town: Town, telegram: Telegram) -> None:
    """A group that becomes a supergroup gets another id; what comes next goes there."""
    await linked(telegram)
    telegram.ignored.update({KARIN.id, ANNA.id})
    await telegram.volunteer(ANNA)
    new = await telegram.api.migrates(GROUP, -1001000000055)
    await town.settle()
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await telegram.in_group(new).expects("Handla mat")


async def test_a_move_that_nobody_told_of_is_followed(town: Town, telegram: Telegram) -> None:
    """The service message was lost: Telegram's answer to the post says where the group is now."""
    await linked(telegram)
    telegram.ignored.update({KARIN.id, ANNA.id})
    await telegram.volunteer(ANNA)
    telegram.api.allowed = ["callback_query"]
    new = await telegram.api.migrates(GROUP, -1001000000056)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await telegram.in_group(new).expects("Handla mat")


async def test_the_coordinators_chat_gets_what_needs_a_human(town: Town, telegram: Telegram) -> None:
    """Code, what and why, without the person; one tap and a colleague has it."""
    await linked(telegram, what="vakt")
    telegram.ignored.add(KARIN.id)
    elsa = town.phone(ELSA)
    await elsa.sends("Jag vill att någon ringer upp mig")
    await elsa.expects("En person hos oss")
    duty = telegram.in_group(GROUP)
    post = await duty.expects("behöver en människa", "Vill bli uppringd")
    assert ELSA not in post.text
    assert labels(post) == ["OK, jag tar det", "Öppna"]
    await telegram.api.taps(KARIN, post, "OK, jag tar det")
    await town.settle()
    await town.forward(seconds=4)  # posts in a group are touched every three seconds at most
    duty.shows("Karin har tagit hand om det")
    await elsa.expects("hör av sig")
    town.ignore(town.coordinator)


async def test_who_may_link_a_group(town: Town, telegram: Telegram) -> None:
    """Neither a stranger nor a volunteer; and talk in the group is neither answered nor kept."""
    anna = await telegram.volunteer(ANNA)
    await telegram.api.adds_to_group(GROUP, ANNA)
    group = telegram.in_group(GROUP)
    await anna.writes("/koppla granna", GROUP)
    await group.expects("Bara samordnare")
    await anna.writes("Elsa på Brahegatan 20 har ramlat", GROUP)
    group.hears_nothing()
    assert not await town.runtime.pool.fetch("SELECT FROM inbox WHERE text LIKE '%Brahegatan%' OR raw IS NOT NULL")
    karin = await telegram.coordinator(KARIN)
    telegram.api.joined(GROUP, KARIN)
    await karin.writes("/koppla Gränna", GROUP)
    await group.expects("Nu får den här gruppen", "Gränna")
    await karin.writes("/koppla atlantis", GROUP)
    await group.expects("granna", "vakt")
    await telegram.api.removes_from_group(GROUP, KARIN)
    await town.settle()


async def test_a_protected_resident_is_never_posted(town: Town, telegram: Telegram) -> None:
    """Skyddad identitet never leaves staff."""
    await linked(telegram)
    telegram.ignored.update({KARIN.id, ANNA.id})
    await telegram.volunteer(ANNA)
    elsa = town.phone(ELSA)
    await elsa.sends("Hej")
    await elsa.expects("Vad behöver du")
    await town.runtime.pool.execute("UPDATE person SET protected = true WHERE phone = $1", ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("servicegrupp")
    telegram.in_group(GROUP).hears_nothing()
    town.ignore(town.service_group, town.enterprise)
