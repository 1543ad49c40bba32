"""What a coordinator's forms do with what is too long, at odd hours, or sent by a program."""

from datetime import UTC, datetime

import pytest

from tests.acceptance.conftest import TOKEN, NetworkChange, Town
from tests.acceptance.test_board import asks


@pytest.fixture
def change_network() -> NetworkChange:
    return lambda raw: raw["network"].update(quiet_hours="")


async def test_a_note_that_is_too_long_is_not_cut_in_silence(town: Town) -> None:
    code = await asks(town)
    async with town.signed_in() as karin:
        page = await karin.sends(f"/board/{code}/note", "Högst 5000 tecken", text="a" * 5_001 + "slut", status=422)
        assert "aslut</textarea>" in page
        assert "Karin antecknade" not in page
        await karin.sends(f"/board/{code}/note", "Anteckningen är sparad", text="a" * 4_990 + "slut")
        await karin.sees(f"/board/{code}", "aslut")


async def test_late_in_the_evening_a_hold_begins_with_a_time_to_come(town: Town) -> None:
    code = await asks(town)
    town.clock.move_to(datetime(2020, 4, 8, 21, 30, tzinfo=UTC))  # half past eleven in Jönköping
    async with town.signed_in() as karin:
        page = await karin.sees(f"/board/{code}", 'name="until" type="datetime-local" value="2020-04-09T01:00"')
        assert "2020-04-08T23:00" not in page


async def test_a_program_that_uses_the_pages_is_nobody_who_could_take_a_task(town: Town) -> None:
    code = await asks(town)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for action in ("acknowledge", "release", "note", "start", "nonsense", "assign"):
        async with town.web.post(f"{town.base}/board/{code}/{action}", data={"text": "x"}, headers=headers) as response:
            assert response.status < 500, action


async def test_codes_are_read_in_small_letters_too(town: Town) -> None:
    code = await asks(town)
    async with town.signed_in() as karin:
        await karin.sees(f"/board/{code.lower()}", code)


async def test_an_emergency_does_not_look_as_if_somebody_were_being_found_for_it(town: Town) -> None:
    """The task's page says what its column says."""
    danger = await asks(town, "hjälp jag har ramlat och kommer inte upp")
    async with town.signed_in() as karin:
        await karin.sees(f"/board/{danger}", '<span class="tag alarm">Behöver dig</span>', "svenska", without=("Söker hjälp",))
        await karin.sends(f"/board/{danger}/acknowledge", "Hos personal", without=("Behöver dig",))
