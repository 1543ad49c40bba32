"""From a resident's text to a closed task."""

from tests.acceptance.conftest import Town

ELSA = "+46701000001"


async def test_a_neighbour_shops_for_elsa(town: Town) -> None:
    """The main job, as Jönköping did it: asked, taken, on the way, done, confirmed."""
    anna = await town.volunteer("Anna Berg", "granna", organisation="Equmeniakyrkan Gränna")
    elsa = town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar", "handla mat", "Gränna", "SMS")
    number = await anna.offer("Handla mat", "Gränna")
    assert "Elsa" not in town.carrier.texts[-1].text
    assert ELSA not in town.carrier.texts[-1].text

    await anna.sends(f"JA {number}")
    details = await anna.expects(ELSA, "Kan någon handla mat? Bor i Gränna", "KLAR", "PÅ VÄG", "KAN INTE", "Ta aldrig emot kort")
    coming = await elsa.expects("Anna från Equmeniakyrkan Gränna", "kodordet", "så snart det går")
    word = (await town.task())["code"] and coming.split("Kodordet är ")[1].split(":")[0]
    assert word in details

    await anna.sends(f"PÅ VÄG {number}")
    await anna.expects("KLAR")
    await elsa.expects("Anna", "på väg", word)

    await anna.sends(f"KLAR {number}")
    await anna.expects("Tack", f"FAST {number}")
    await elsa.expects("Fick du hjälp?")
    assert (await town.task())["state"] == "done"

    await elsa.sends("Ja tack!")
    await elsa.expects("Tack")
    task = await town.task()
    assert task["state"] == "closed"
    assert [e["kind"] for e in task["history"]] == [
        "request.received", "request.completed", "task.opened", "step.begun", "offers.sent", "task.taken",
        "task.started", "task.done", "task.confirmed", "task.closed",
    ]  # fmt: skip


async def test_the_first_to_accept_wins_and_the_others_hear_at_once(town: Town) -> None:
    """Three are asked; the second answer is too late; whoever has not answered is no longer needed."""
    names = ("Anna Berg", "Bo Ek", "Cia Dal")
    anna, bo, cia = [await town.volunteer(name, "bankeryd") for name in names]
    elsa = town.phone(ELSA)
    await elsa.sends("HANDLA MAT BANKERYD")
    await elsa.expects("letar")
    numbers = [await p.offer("Bankeryd") for p in (anna, bo, cia)]
    await bo.sends(f"ja {numbers[1]} kl 15")
    await bo.expects("Du hjälper")
    await elsa.expects("Bo", "(kl 15)")
    await anna.expects("behövs inte längre")
    await cia.expects("behövs inte längre")
    await anna.sends(f"JA {numbers[0]}")
    await anna.expects("Någon hann före")
    await cia.sends(f"NEJ {numbers[2]}")
    await cia.expects("Tack")


async def test_waves_widen_when_nobody_answers(town: Town) -> None:
    """Three people at a time, ten minutes apart; then the neighbouring areas."""
    people = [await town.volunteer(f"Volontär {i}", "granna") for i in range(5)]
    neighbour = await town.volunteer("Granne Granne", "kaxholmen")
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    asked = [p for p in people if town.unread(p.number)]
    assert len(asked) == 3
    await town.forward(minutes=9)
    assert len([p for p in people if town.unread(p.number)]) == 3
    await town.forward(minutes=2)
    assert len([p for p in people if town.unread(p.number)]) == 5
    neighbour.hears_nothing()
    await town.forward(minutes=20)
    number = await neighbour.offer("Gränna")
    await neighbour.sends(f"JA {number}")
    await neighbour.expects("Du hjälper")
    await elsa.expects("Granne")
    for person in people:
        await person.offer("Gränna")
        await person.expects("behövs inte längre")


async def test_a_no_from_everybody_asked_goes_on_at_once(town: Town) -> None:
    """Waiting for no one helps nobody."""
    anna = await town.volunteer("Anna Berg", "granna")
    bo = await town.volunteer("Bo Ek", "kaxholmen")
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await anna.sends(f"nej {await anna.offer()}")
    await anna.expects("Tack för svaret")
    await bo.sends(f"JA {await bo.offer('Gränna')}")
    await bo.expects("Du hjälper")
    await elsa.expects("Bo")


async def test_a_volunteer_who_cannot_after_all_gives_the_task_back(town: Town) -> None:
    """The ladder goes on where it was; the resident hears it; whoever gave it back is not asked again."""
    anna = await town.volunteer("Anna Berg", "granna")
    bo = await town.volunteer("Bo Ek", "granna")
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    number = await anna.offer()
    await bo.offer()
    await anna.sends(f"JA {number}")
    await anna.expects("Du hjälper")
    await bo.expects("behövs inte längre")
    await elsa.expects("Anna")
    await anna.sends(f"kan inte {number}")
    await anna.expects("Tack för att du sa till")
    await elsa.expects("Anna", "kan tyvärr inte", "letar redan")
    await bo.sends(f"JA {await bo.offer('Gränna')}")
    await bo.expects("Du hjälper")
    await elsa.expects("Bo")
    anna.hears_nothing()


async def test_a_bare_yes_works_when_it_can_mean_one_thing_only(town: Town) -> None:
    """With two offers standing the answer asks which, and nothing has changed."""
    anna = await town.volunteer("Anna Berg", "granna")
    elsa, ove = town.phone(ELSA), town.phone("+46701000002")
    await elsa.sends("handla mat i Gränna")
    first = await anna.offer("Handla mat")
    await ove.sends("behöver medicin från apoteket, Gränna")
    second = await anna.offer("Apotek")
    await anna.sends("ja")
    await anna.expects("Vilket", f"JA {first} eller JA {second}")
    await anna.sends(f"nej {first}")
    await anna.expects("Tack för svaret")
    await anna.sends("Ja!")
    await anna.expects("Du hjälper", "+46701000002")
    town.ignore(elsa, ove, town.service_group, town.enterprise)  # nobody else lives there: Elsa's task went on


async def test_a_resident_who_got_no_help_is_a_humans_matter(town: Town) -> None:
    """KLAR is what the volunteer says; the resident has the last word."""
    anna = await town.volunteer("Anna Berg", "granna")
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.sends(f"KLAR {number}")
    await elsa.expects("Anna")
    await elsa.expects("Fick du hjälp?")
    await elsa.sends("nej ingen kom")
    await elsa.expects("En person hos oss")
    ok = await town.coordinator.offer("Säger att ingen hjälp kom", ELSA)
    await town.coordinator.sends(f"OK {ok}")
    await town.coordinator.expects("är ditt")
    await elsa.expects("tar hand om")
    town.ignore(anna)


async def test_silence_after_the_question_closes_the_task(town: Town) -> None:
    """A resident need not answer."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna, town.phone(ELSA))
    await town.phone(ELSA).sends("handla mat i Gränna")
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.sends(f"KLAR {number}")
    await town.forward(days=2)
    assert (await town.task())["state"] == "closed"


async def test_a_fixed_contact_is_asked_first(town: Town) -> None:
    """FAST 47 after KLAR: next time this helper is asked, and for fifteen minutes nobody else."""
    anna = await town.volunteer("Anna Berg", "granna")
    bo = await town.volunteer("Bo Ek", "granna")
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.sends(f"KLAR {number}")
    await elsa.sends("ja")
    await anna.sends(f"FAST {number}")
    await bo.offer()
    await bo.expects("behövs inte längre")
    for words in ("letar", "Anna", "Fick du hjälp", "Tack", "fasta kontakt"):
        await elsa.expects(words)
    for words in ("Du hjälper", "Tack för hjälpen", "frågar dig först"):
        await anna.expects(words)
    await town.forward(days=7)
    await elsa.sends("jag behöver handla mat igen")
    await elsa.expects("letar", "Gränna")
    await anna.offer("Gränna")
    await town.forward(minutes=14)
    bo.hears_nothing()
    await town.forward(minutes=2)
    await bo.offer("Gränna")


async def test_a_volunteer_who_is_not_heard_of_is_nudged_and_then_a_human_sees_it(town: Town) -> None:
    """An accepted task that nobody moves on comes back; a late KLAR still counts."""
    anna = await town.volunteer("Anna Berg", "granna")
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.expects("Du hjälper")
    await town.forward(hours=4, minutes=1)
    await anna.expects("Hur går det", f"KLAR {number}")
    await town.forward(hours=4)
    await town.coordinator.offer("Volontären hör inte av sig")
    assert (await town.task())["state"] == "open"
    await anna.sends(f"KLAR {number}")
    await anna.expects("Tack för hjälpen")
    await town.coordinator.expects("redan omhändertaget")
    town.ignore(elsa)
    assert (await town.task())["state"] == "done"
