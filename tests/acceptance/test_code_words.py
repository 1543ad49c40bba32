"""The word said at the door: told beforehand with who comes, and never the same at two doors that are near each other."""

import pytest

from dispatch.mint import Mint
from tests.acceptance.conftest import Town

ELSA, BERTIL = "+46701000001", "+46701000002"


@pytest.fixture
def same_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance has it that the same word comes up every time."""
    monkeypatch.setattr(Mint, "code_word", lambda self: "TULPAN")


async def words(town: Town) -> list[str]:
    return [row["code_word"] for row in await town.runtime.pool.fetch("SELECT code_word FROM task ORDER BY created_at, id")]


async def test_two_open_requests_in_one_area_do_not_share_a_word(town: Town, same_word: None) -> None:
    town.ignore(*(town.phone(n) for n in (ELSA, BERTIL)), town.service_group, town.enterprise, town.coordinator)
    await town.phone(ELSA).sends("Kan någon handla mat? Bor i Gränna")
    await town.phone(BERTIL).sends("Kan någon hämta medicin på apoteket? Bor i Gränna")
    given = await words(town)
    assert "TULPAN" in given
    assert len(set(given)) == 2


async def test_a_word_that_is_in_use_anywhere_is_left_alone_while_there_are_others(town: Town, same_word: None) -> None:
    """In a night in which every word is in use, they are given out again: the door matters more than that nobody shares one."""
    town.ignore(*(town.phone(n) for n in (ELSA, BERTIL)), town.service_group, town.enterprise, town.coordinator)
    await town.phone(ELSA).sends("Kan någon handla mat? Bor i Gränna")
    await town.phone(BERTIL).sends("Kan någon handla mat? Bor i Bankeryd")
    assert len(set(await words(town))) == 2


async def test_a_resident_has_the_same_word_again_after_three_months_at_the_earliest(town: Town, same_word: None) -> None:
    """Whoever came last time cannot come again with what was said then."""
    elsa = town.phone(ELSA)
    town.ignore(elsa, town.service_group, town.enterprise, town.coordinator)
    for days in (60, 31, 0):
        await elsa.sends("Kan någon handla mat? Bor i Gränna")
        task = await town.task(state="open")
        await town.api("POST", f"tasks/{task['code']}/cancel", {})
        await town.runtime.pool.execute("UPDATE task SET created_at = created_at - $1 * interval '1 day'", float(days))
    first, second, third = await words(town)
    assert first == "TULPAN" == third
    assert second != "TULPAN"


async def test_who_comes_is_told_beforehand(town: Town) -> None:
    """First name, organisation and word, to the resident and to a program; the word only to those two at the door."""
    anna, elsa = await town.volunteer("Anna Berg", "granna", organisation="Kyrkan"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("Gränna")
    number = await anna.offer("handla mat")
    (word,) = await words(town)
    assert word not in town.carrier.texts[-1].text
    await anna.sends(f"JA {number}")
    await anna.expects(f"kodordet {word}")
    text = await elsa.expects("Anna från Kyrkan", f"Kodordet är {word}")
    assert "Berg" not in text
    task = await town.task()
    assert task["takers"][0]["organisation"] == "Kyrkan"
    assert word not in str(task)
