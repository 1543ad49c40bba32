"""What somebody who wants in tries at the sign-in, and what honest people with bad luck run into."""

import asyncio
import re

import pyotp
import pytest

from service.sign_in import accounts
from service.sign_in.accounts import FAILURES_A_NAME, set_password
from tests.acceptance.conftest import TOKEN, Town, Visitor

PASSWORD = "en lång mening om får"


async def with_password(town: Town, name: str) -> int:
    """An account whose password is known. Returns its id."""
    pool = town.runtime.pool
    account: int = await pool.fetchval("SELECT id FROM account WHERE name = $1", name)
    await set_password(pool, account, PASSWORD, None, town.runtime.wall.now())
    return account


async def tries(visitor: Visitor, path: str, **fields: str) -> int:
    async with visitor.web.post(visitor.town.base + path, data=fields, allow_redirects=False) as response:
        return response.status


@pytest.mark.parametrize("wanted", ["//[", "/\\evil", "//evil.example", "http://evil.example", "/%09/evil", "/x\ty"])
async def test_an_address_to_go_on_to_that_is_none_of_ours(town: Town, wanted: str) -> None:
    async with town.signed_in(name="Karin"), town.at_a_browser() as visitor:
        await with_password(town, "Karin")
        await visitor.sees("/login?next=" + wanted.replace("\t", "%09"), "Lösenord")
        form = {"name": "Karin", "password": PASSWORD}
        async with visitor.web.post(
            f"{town.base}/login", params={"next": wanted}, data=form, allow_redirects=False
        ) as response:  # fmt: skip
            assert response.status == 303
            assert response.headers["Location"].startswith("/")
            assert not response.headers["Location"].startswith(("//", "/\\"))


async def test_a_form_from_an_origin_that_cannot_be_read_is_refused(town: Town) -> None:
    async with town.at_a_browser() as visitor, visitor.web.post(
        f"{town.base}/login", data={"name": "x"}, headers={"Origin": "http://["}
    ) as response:  # fmt: skip
        assert response.status == 403


async def test_guesses_that_come_all_at_once_are_counted_too(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are sent before the first is answered."""
    looked_at = []
    matches = accounts._matches
    monkeypatch.setattr(accounts, "_matches", lambda *given: looked_at.append(given[1]) or matches(*given))
    async with town.signed_in(name="Karin"), town.at_a_browser() as visitor:
        await with_password(town, "Karin")
        statuses = await asyncio.gather(*(tries(visitor, "/login", name="Karin", password=f"gissning {n}") for n in range(30)))
    assert len(looked_at) <= FAILURES_A_NAME
    assert statuses.count(429) >= 30 - FAILURES_A_NAME


async def test_a_stolen_session_cannot_guess_the_second_step_away(town: Town) -> None:
    secret = pyotp.random_base32()
    async with town.signed_in(name="Olle") as olle:
        await town.runtime.pool.execute("UPDATE account SET totp_secret = $1 WHERE name = 'Olle'", secret)
        for _ in range(FAILURES_A_NAME):
            await olle.sends("/account/code", "Koden är fel", code="000000", status=422)
        right = pyotp.TOTP(secret).at(town.runtime.wall.now())
        await olle.sends("/account/code", "För många försök", code=right, status=429)


async def test_who_has_forgotten_the_password_gets_in_by_a_new_link_and_chooses_another(town: Town) -> None:
    """Also when the phone with the second step is lost: the old password and the code are of no use any more."""
    async with town.signed_in("administrator") as admin, town.signed_in(name="Karin") as karin:
        account = await with_password(town, "Karin")
        await town.runtime.pool.execute("UPDATE account SET totp_secret = $2 WHERE id = $1", account, pyotp.random_base32())
        page = await admin.sends(f"/accounts/{account}/link", "/login?link=")
        (path,) = re.findall(r"/login\?link=[\w-]+", page)
        await karin.sees(path, "Välj ett lösenord", without=("Gammalt lösenord",))
        await karin.sends("/account/password", new="ett helt annat lösenord", again="ett helt annat lösenord")
    async with town.at_a_browser() as visitor:
        assert await tries(visitor, "/login", name="Karin", password=PASSWORD) == 403
        assert await tries(visitor, "/login", name="Karin", password="ett helt annat lösenord") == 303


async def test_names_are_found_in_small_and_capital_letters(town: Town) -> None:
    async with town.signed_in(name="Åsa Öst"), town.at_a_browser() as visitor:
        await with_password(town, "Åsa Öst")
        assert await tries(visitor, "/login", name="åsa öst", password=PASSWORD) == 303


async def test_what_programs_and_maps_read_is_kept_by_no_cache(town: Town) -> None:
    async with town.signed_in() as karin:
        for path in ("/board/map.json", "/api/v1/tasks"):
            async with karin.web.get(town.base + path, headers={"Authorization": f"Bearer {TOKEN}"}) as response:
                assert response.headers["Cache-Control"] == "no-store"
