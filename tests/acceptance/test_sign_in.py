"""Staff sign in, by link and by password, and each may do what the table of permissions says and nothing else."""

import re

import aiohttp
import pyotp
import pytest

from service.sign_in.guard import needs_of
from service.sign_in.permissions import ACTIONS, ROUTES, Access, Role
from service.web.app import build_app
from tests.acceptance.conftest import TOKEN, Town, Visitor

PASSWORD = "tre ord i rad"


async def choose_password(visitor: Visitor, password: str = PASSWORD) -> None:
    await visitor.sends("/account/password", new=password, again=password)


async def login(town: Town, name: str, password: str, code: str = "", next_page: str = "") -> tuple[int, str, str]:
    """A new browser at the sign-in: the status, where it ended, and the page."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as web:
        data = {"name": name, "password": password, "code": code}
        async with web.post(f"{town.base}/login{next_page}", data=data, headers={"Accept-Language": "en"}) as response:
            return response.status, response.url.path, await response.text()


async def test_a_link_signs_in_once(town: Town) -> None:
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sees("/account", "Karin", "Välj ett lösenord")
        link = str(await town.runtime.pool.fetchval("SELECT count(*) FROM sign_in_link WHERE used_at IS NOT NULL"))
        assert link == "1"
    async with aiohttp.ClientSession() as web, web.get(f"{town.base}/login?link=nonsense") as response:
        assert response.status == 410


async def test_a_link_that_was_used_says_so(town: Town) -> None:
    from service.sign_in.accounts import create_account, make_link

    now = town.runtime.wall.now()
    account = await create_account(town.runtime.pool, town.runtime.office.mint, "Olle", Role.OPERATOR, None, None, now)
    token = await make_link(town.runtime.pool, account, now)
    async with aiohttp.ClientSession() as web:
        async with web.head(f"{town.base}/login?link={token}") as response:  # a preview of the link uses nothing up
            assert response.status == 200
        async with web.get(f"{town.base}/login?link={token}", allow_redirects=False) as response:
            assert response.status == 303
            cookie = response.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
    async with aiohttp.ClientSession() as web, web.get(f"{town.base}/login?link={token}") as response:
        assert response.status == 410
        assert "budkavle" not in response.cookies


async def test_a_password_and_where_it_leads(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sends("/account/password", "Minst 10 tecken", new="kort", again="kort", status=422)
        await olle.sends("/account/password", "inte samma", new=PASSWORD, again="något annat helt", status=422)
        await choose_password(olle)
        await olle.sends("/account/password", "gamla lösenordet", new=PASSWORD, again=PASSWORD, old="fel", status=422)
    assert (await login(town, "olle", PASSWORD))[1] == "/desk"
    assert (await login(town, "Olle", PASSWORD, next_page="?next=/account"))[1] == "/account"
    assert (await login(town, "Olle", PASSWORD, next_page="?next=//evil.example/"))[1] == "/desk"
    status, path, page = await login(town, "Olle", "fel lösenord")
    assert (status, path) == (403, "/login")
    assert 'value="Olle"' in page
    assert (await login(town, "Ingen", "fel lösenord"))[2].count("is wrong") == 1


async def test_guessing_is_slowed_down(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        await choose_password(olle)
    for _ in range(8):
        assert (await login(town, "Olle", "gissning"))[0] == 403
    status, _, page = await login(town, "Olle", PASSWORD)  # not even the right one is tried now
    assert status == 429
    assert "Wait 15 minutes" in page


async def test_a_second_step(town: Town) -> None:
    async with town.signed_in("coordinator", "Karin") as karin:
        await choose_password(karin)
        page = await karin.sees("/account")
        secret = re.search(r'name="secret" value="([A-Z2-7]+)"', page)
        assert secret
        await karin.sends("/account/code", "Koden är fel", secret=secret[1], code="000000", status=422)
        await karin.sends("/account/code", "också en kod", secret=secret[1], code=pyotp.TOTP(secret[1]).now())
        assert (await login(town, "Karin", PASSWORD))[0] == 403
        code = pyotp.TOTP(secret[1]).now()
        assert (await login(town, "Karin", PASSWORD, code))[1] == "/board"
        assert (await login(town, "Karin", PASSWORD, code))[0] == 403, "a code works once"


async def test_sessions_can_be_ended(town: Town) -> None:
    async with town.signed_in("administrator", "Ada") as ada, town.signed_in("operator", "Olle") as olle:
        await olle.sees("/account", "Olle")
        account = await town.runtime.pool.fetchval("SELECT id FROM account WHERE name = 'Olle'")
        await ada.sends(f"/accounts/{account}/end")
        await olle.sees("/account", "Logga in", "Lösenord")
        await ada.sends(f"/accounts/{account}/link", "/login?link=")
        own = await town.runtime.pool.fetchval("SELECT id FROM account WHERE name = 'Ada'")
        await ada.sends(f"/accounts/{own}/disable", "du är inloggad med", status=422)
        await ada.sends(f"/accounts/{account}/disable", "avstängt")
        await ada.sends(f"/accounts/{2**70}/link", status=404)
    async with town.signed_in("coordinator") as karin:
        await karin.sends("/logout", "Logga in")
        await karin.sees("/account", "Lösenord")


async def test_accounts_are_made_on_a_page(town: Town) -> None:
    async with town.signed_in("administrator") as ada:
        await ada.sends("/accounts", "Välj vad kontot är till för", name="Ny", role="chef", status=422)
        await ada.sends("/accounts", "Välj området", name="Ny", role="area-lead", area="månen", status=422)
        page = await ada.sends("/accounts", "/login?link=", name="<b>Ny</b>", role="area-lead", area="granna", status=201)
        assert "&lt;b&gt;" not in page  # unescaped for reading here, so the raw page had it escaped
        await ada.sends("/accounts", "finns redan", name="<B>ny</B>", role="operator", status=422)


async def test_forms_must_be_our_own(town: Town) -> None:
    async with town.signed_in("administrator") as ada:
        await ada.sends("/account/sessions", csrf="", status=403)
        await ada.sends("/account/sessions", csrf="å" * 22, status=403)
        csrf = await ada.csrf()
        headers = {"Sec-Fetch-Site": "cross-site"}
        async with ada.web.post(f"{town.base}/account/sessions", data={"csrf": csrf}, headers=headers) as response:
            assert response.status == 403
        headers = {"Origin": "https://evil.example"}
        async with ada.web.post(f"{town.base}/account/sessions", data={"csrf": csrf}, headers=headers) as response:
            assert response.status == 403


async def test_the_language_is_remembered(town: Town) -> None:
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sees("/account", "Ditt konto")
        await karin.sends("/language", "Your account", language="en", back="/account")
        await karin.sees("/account", "Your account")
        await karin.sends("/language", language="xx", status=400)
        await karin.sends("/language", "Danger to life", language="en", back="//evil.example")


@pytest.mark.parametrize("role", [None, *Role])
async def test_every_route_with_every_role(town: Town, role: Role | None) -> None:
    """Whoever has no permission is sent to the sign-in or refused, whatever the route; whoever has it is not."""
    routes = [(key, needs) for key, needs in ROUTES.items() if isinstance(needs, frozenset)]
    assert len(routes) > 10
    if role is None:
        async with aiohttp.ClientSession() as web:
            for (method, pattern), _ in routes:
                async with web.request(method, town.base + _filled(pattern), allow_redirects=False) as response:
                    assert (response.status, response.headers["Location"].partition("?")[0]) == (303, "/login"), pattern
        return
    area = "granna" if role is Role.AREA_LEAD else None
    for (method, pattern), needs in routes:
        if pattern in ("/logout", "/account/sessions", "/board/live", "/desk/live", "/service/live"):
            continue  # the first two end what is tested here, the others never end
        async with town.signed_in(role.value, area=area) as somebody:
            data = {"csrf": await somebody.csrf()} if method == "POST" else None
            async with somebody.web.request(method, town.base + _filled(pattern), data=data, allow_redirects=False) as response:
                assert (response.status == 403) == (role not in needs), f"{method} {pattern}: {response.status}"
                assert response.status < 500
    for action, allowed in ACTIONS.items():
        async with town.signed_in(role.value, area=area) as somebody:
            data = {"csrf": await somebody.csrf()}
            async with somebody.web.post(f"{town.base}/board/XXXX/{action}", data=data) as response:
                assert response.status == (404 if role in allowed else 403), f"{action}: {response.status}"


def _filled(pattern: str) -> str:
    return re.sub(r"\{id\}", "0", re.sub(r"\{(?!id)\w+\}", "XXXX", pattern))


async def test_every_route_is_in_the_table(town: Town) -> None:
    app = build_app(town.runtime)
    known = {(r.method, r.resource.canonical) for r in app.router.routes() if r.resource and r.method != "HEAD"}
    assert known == set(ROUTES)
    assert all(needs_of(app, *key) for key in known)


async def test_a_program_with_the_token_reads_what_a_coordinator_reads(town: Town) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as web:
        async with web.get(f"{town.base}/board") as response:
            assert response.status == 200
        async with web.get(f"{town.base}/accounts") as response:
            assert response.status == 403
        async with web.get(f"{town.base}/account") as response:
            assert response.status == 403


def test_no_permission_is_given_by_mistake() -> None:
    """What only machines and signed links use is not in reach of a signed-in account by another name."""
    public = {path for (_, path), needs in ROUTES.items() if needs is Access.PUBLIC}
    assert public >= {"/", "/login", "/healthz"}
    assert not any(path.startswith(("/board", "/desk", "/people", "/account", "/service")) for path in public)
