"""The telephone rings at the desk: who it is, who talks with them, and their page, all without a reload."""

from typing import Any

from playwright.async_api import expect

from service.demo.telephone import Call, ElksCall
from tests.acceptance.conftest import Town
from tests.browser.conftest import SitsDown
from tests.browser.person import Person

EDIT, KARIN, OLLE = "+46701112233", "+46701119991", "+46701119992"


async def known(town: Town) -> None:
    """Edit has been helped before; whatever she gets is not part of these stories."""
    need = {"phone": EDIT, "name": "Edit Andersson", "category": "groceries", "text": "Mjölk", "area": "granna"}
    await town.api("POST", "needs", need, status=201)
    town.ignore(town.phone(EDIT), town.coordinator, town.service_group, town.enterprise)


async def rings(town: Town, caller: str = EDIT) -> Call:
    return await (await ElksCall(caller, carrier=town.carrier).begins()).pressed("1")


async def has_telephone(town: Town, name: str, number: str) -> None:
    await town.runtime.pool.execute("UPDATE person SET phone = $2 WHERE name = $1", name, number)


async def test_both_see_who_rings_and_one_takes_her(town: Town, sits_down: SitsDown) -> None:
    await known(town)
    karin: Person = await sits_down("operator", "Karin Ek")
    olle: Person = await sits_down("operator", "Olle Ask")
    await has_telephone(town, "Karin Ek", KARIN)
    await has_telephone(town, "Olle Ask", OLLE)
    await karin.opens("/desk/inbox")
    await olle.opens("/desk")
    call = await rings(town)
    for person in (karin, olle):
        await expect(person.page.locator("#phone-list")).to_contain_text("Edit Andersson är i telefon")
        await expect(person.page.locator("#phone-count")).to_have_text("1")
    await olle.screenshot("desk-phone-rings")
    await karin.page.get_by_role("button", name="Jag talar med dem").click()
    await karin.page.wait_for_url("**/desk?call=*")
    await expect(karin.page.get_by_label("Telefon till den som behöver hjälp")).to_have_value(EDIT)
    await expect(karin.page.locator("#caller-summary")).to_contain_text("Edit Andersson")
    await karin.screenshot("desk-phone-taken")
    await expect(olle.page.locator("#phone-list")).to_contain_text("Karin Ek talar med dem")
    await call.rang("answered")
    for person in (karin, olle):
        await expect(person.page.locator("#phone-list")).not_to_contain_text("Edit Andersson")


async def test_the_callers_page_opens_by_itself_where_her_telephone_was_answered(town: Town, sits_down: SitsDown) -> None:
    await known(town)
    karin: Person = await sits_down("operator", "Karin Ek")
    await has_telephone(town, "Karin Ek", KARIN)
    await karin.opens("/desk/calls")
    call = await rings(town)
    await karin.page.wait_for_url("**/desk?call=*")
    await expect(karin.page.locator("#caller-summary")).to_contain_text("Edit Andersson")
    await karin.opens("/desk/inbox")  # and not again and again
    await expect(karin.page.locator("#phone-list")).to_contain_text("Öppna sidan")
    assert karin.page.url.endswith("/desk/inbox")
    await call.rang("answered")


async def test_a_call_that_is_being_typed_is_not_taken_away(town: Town, sits_down: SitsDown) -> None:
    await known(town)
    karin: Person = await sits_down("operator", "Karin Ek")
    await has_telephone(town, "Karin Ek", KARIN)
    page: Any = await karin.opens("/desk")
    words = page.locator("#text-1")
    await words.fill("Hon behöver potatis")
    call = await rings(town)
    await expect(page.locator("#phone-list")).to_contain_text("Öppna sidan")
    await expect(words).to_have_value("Hon behöver potatis")
    await call.rang("answered")
