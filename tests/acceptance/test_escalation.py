"""Nobody answers: the ladder climbs until a human has acknowledged, whatever happens on the way."""

from datetime import timedelta

from tests.acceptance.conftest import Town

ELSA = "+46701000001"


async def test_nobody_in_the_area_answers(town: Town) -> None:
    """Jönköping's rule: what the area cannot do, the service group gets."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna, town.enterprise)
    elsa = town.phone(ELSA)
    await elsa.sends("Kan någon hämta medicin? Bor i Gränna")
    await elsa.expects("letar")
    await town.forward(minutes=29)
    town.service_group.hears_nothing()
    await town.forward(minutes=2)
    number = await town.service_group.offer("Gränna", "apotek", "Ingen volontär", ELSA, "hämta medicin")
    await town.service_group.sends(f"OK {number}")
    await town.service_group.expects("är ditt", f"KLAR {number}")
    await elsa.expects("Servicegrupp kommunen tar hand om")
    assert (await town.task())["state"] == "with_service"
    await town.service_group.sends(f"klar {number}")
    await town.service_group.expects("Tack")
    await elsa.expects("Fick du hjälp")


async def test_empty_steps_are_skipped_at_once(town: Town) -> None:
    """Nobody lives here who helps: the service group is asked in the same moment, and the holes are on record."""
    town.ignore(town.enterprise)
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    await town.service_group.offer("Tenhult")
    skipped = [e["data"]["ask"] for e in (await town.task())["history"] if e["kind"] == "step.skipped"]
    assert skipped == ["area", "neighbours", "emergency"]


async def test_the_last_step_repeats_until_somebody_acknowledges(town: Town) -> None:
    """Service group after thirty minutes once more, and the coordinator; then both, again and again."""
    town.ignore(town.enterprise)
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    first = await town.service_group.offer("Tenhult")
    town.coordinator.hears_nothing()
    await town.forward(minutes=31)
    assert await town.service_group.offer("Ingen har svarat än") == first
    number = await town.coordinator.offer("Tenhult", "Ingen volontär")
    for _ in range(4):
        await town.forward(minutes=15)
        assert await town.coordinator.offer("Ingen har svarat än") == number
        assert await town.service_group.offer("Ingen har svarat än") == first
    await town.coordinator.sends(f"ok {number}")
    await town.coordinator.expects("är ditt")
    await town.service_group.expects("redan omhändertaget")
    await town.phone(ELSA).expects("tar hand om")
    await town.forward(hours=12)
    await town.service_group.sends(f"OK {first}")
    await town.service_group.expects("Någon hann före")


async def test_an_acknowledged_task_that_nobody_moves_on_comes_back(town: Town) -> None:
    """Acknowledgement has a deadline too: a nudge after a day, asked anew after two."""
    town.ignore(town.enterprise, town.phone(ELSA))
    await town.phone(ELSA).sends("handla mat, Tenhult")
    number = await town.service_group.offer("Tenhult")
    await town.service_group.sends(f"OK {number}")
    await town.service_group.expects("är ditt")
    await town.forward(days=1, hours=14)  # the ladder's clock stands still at night
    await town.service_group.expects("Hur går det", f"KLAR {number}")
    await town.forward(days=2)
    await town.service_group.offer("Tenhult")
    assert (await town.task())["state"] == "open"
    town.ignore(town.service_group, town.coordinator)


async def test_the_service_group_that_cannot_passes_it_on_at_once(town: Town) -> None:
    """KAN INTE from everybody asked: the coordinator has it in the same moment."""
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    for group in (town.service_group, town.enterprise):
        await group.sends(f"KAN INTE {await group.offer('Tenhult')}")
        await group.expects("Tack för svaret")
    await town.coordinator.offer("Tenhult")


async def test_what_volunteers_may_not_do_starts_at_the_service_group(town: Town) -> None:
    """Personal care is never a volunteer's."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.enterprise)
    await town.phone(ELSA).sends("behöver hjälp med stödstrumporna på morgonen, bor i Gränna")
    await town.phone(ELSA).expects("kommunens servicegrupp", "Gränna")
    await town.service_group.offer("vård och omsorg", "Vård och omsorg: inte för volontärer")
    anna.hears_nothing()


async def test_a_deadline_that_passed_while_the_process_was_down_is_acted_on(town: Town) -> None:
    """Whole hours late: the ladder goes on from where it was, one step at a time, from now."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna, town.enterprise)
    await town.phone(ELSA).sends("handla mat, Gränna")
    await town.phone(ELSA).expects("letar")
    town.clock.move_to(town.clock.now() + timedelta(hours=5))  # nothing runs meanwhile
    await town.settle()
    await town.service_group.offer("Gränna")
    town.coordinator.hears_nothing()
    task = await town.task()
    assert task["deadline_at"] > town.clock.now().astimezone(town.runtime.network.zone).isoformat()


async def test_at_night_ordinary_tasks_wait_for_the_morning(town: Town) -> None:
    """Nobody is woken for groceries, the resident is told so, and the ladder's clock stands still."""
    anna = await town.volunteer("Anna Berg", "granna")
    bo = await town.volunteer("Bo Ek", "kaxholmen")
    await town.forward(hours=13)  # ten in the evening
    await town.phone(ELSA).sends("handla mat, Gränna")
    await town.phone(ELSA).expects("natt", "07:00", "Är det bråttom? Ring")
    await town.forward(hours=8, minutes=59)
    anna.hears_nothing()
    await town.forward(minutes=2)
    await anna.offer("Gränna")
    await town.forward(minutes=31)
    await bo.offer("Gränna")


async def test_heart_medicine_does_not_wait_for_the_morning(town: Town) -> None:
    """Urgent tasks are asked about at any hour."""
    anna = await town.volunteer("Anna Berg", "granna")
    await town.forward(hours=17)
    await town.phone(ELSA).sends("måste ha min hjärtmedicin i natt, bor i Gränna, bråttom")
    await town.phone(ELSA).expects("letar")
    await anna.offer("BRÅTTOM", "Gränna")


async def test_people_on_shift_are_asked_and_others_are_not(town: Town) -> None:
    """Everyone is on duty until somebody signs up for a shift; from then on those who have."""
    anna = await town.volunteer("Anna Berg", "granna")
    bo = await town.volunteer("Bo Ek", "granna")
    now = town.clock.now()
    await town.runtime.pool.execute(
        "INSERT INTO shift (group_key, person_id, starts_at, ends_at) "
        "SELECT 'area:granna', id, $2, $3 FROM person WHERE phone = $1",
        bo.number, now - timedelta(hours=1), now + timedelta(hours=3),
    )  # fmt: skip
    await town.phone(ELSA).sends("handla mat, Gränna")
    await town.phone(ELSA).expects("letar")
    await bo.offer("Gränna")
    anna.hears_nothing()


async def test_offers_are_shared_fairly_and_never_above_the_daily_limit(town: Town) -> None:
    """Whoever did least lately comes first; six offers a day are the most."""
    people = [await town.volunteer(f"Volontär {i}", "granna") for i in range(4)]
    town.ignore(*people, town.service_group, town.enterprise, town.coordinator)
    for i in range(12):
        resident = town.phone(f"+467010001{i:02d}")
        town.ignore(resident)
        await resident.sends("handla mat, Gränna")
    counts = [len(town.unread(p.number)) for p in people]
    assert counts == [6, 6, 6, 6]
