"""Shifts in people's own calendars: by an address that is secret, over the night when clocks change, and after it was renewed."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from dispatch.erasure import erase
from dispatch.shifts import sign_off, sign_up
from dispatch.slots import SlotKey
from tests.acceptance.conftest import NetworkChange, Phone, Town, Visitor

STOCKHOLM = ZoneInfo("Europe/Stockholm")
GRANNA = "area:granna"


@pytest.fixture
def change_network() -> NetworkChange:
    """Gränna's nights, needed by two."""

    def change(raw: dict[str, Any]) -> None:
        raw["shift"] = [{"area": "granna", "days": "daily", "from": "22:00", "to": "06:00", "needed": 2}]

    return change


@pytest.fixture(autouse=True)
def coordinators_hear_of_holes(town: Town) -> None:
    """Who hears of holes is another story."""
    town.ignore(town.coordinator)


def night(month: int, day: int) -> SlotKey:
    return GRANNA, datetime(2020, month, day, 22, tzinfo=STOCKHOLM).astimezone(UTC)


async def who(town: Town, phone: Phone) -> int:
    found = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", phone.number)
    assert isinstance(found, int)
    return found


async def own_address(town: Town, web: Visitor, phone: Phone) -> str:
    """The address that somebody gets on the own page."""
    page = f"/rota/{town.runtime.links.rota_token(await who(town, phone))}"
    return address_in(town, await web.sends(page, "Här är din kalenders adress", "webcal://", csrf="", action="calendar"))


def address_in(town: Town, page: str) -> str:
    found = re.search(rf">{re.escape(town.base)}(/calendar/[^<]+\.ics)<", page)
    assert found, page
    return found[1]


async def fetched(town: Town, path: str, status: int = 200, **headers: str) -> tuple[list[Any], Any]:
    """What a calendar program reads: events in the order of time, and the answer's headers. It has no cookie."""
    async with town.web.get(town.base + path, headers=headers) as response:
        body = await response.read()
        assert response.status == status, body
        if status != 200:
            return [], response.headers
        assert response.content_type == "text/calendar"
        return Calendar.from_ical(body).walk("VEVENT"), response.headers


async def test_own_shifts_in_a_calendar(town: Town) -> None:
    """A shift over midnight is one event; it goes when the person leaves it; whoever asks again gets nothing twice."""
    anna = await town.volunteer("Anna Berg", "granna")
    person, now = await who(town, anna), town.clock.now()
    await sign_up(town.runtime.office, person, night(4, 9), now)
    async with town.at_a_browser() as web:
        path = await own_address(town, web, anna)
    (event,), headers = await fetched(town, path)
    assert event["SUMMARY"] == "Pass: Gränna och Örserum"
    assert event["DTSTART"].dt == datetime(2020, 4, 9, 20, tzinfo=UTC)
    assert event["DTEND"].dt == datetime(2020, 4, 10, 4, tzinfo=UTC)
    assert event["LAST-MODIFIED"].dt == now
    assert "private" in headers["Cache-Control"]
    await fetched(town, path, 304, **{"If-None-Match": headers["ETag"]})
    await town.forward(minutes=5)
    (again,), same = await fetched(town, path)
    assert (again["UID"], same["ETag"]) == (event["UID"], headers["ETag"])
    await sign_off(town.runtime.office, person, night(4, 9), town.clock.now())
    gone, changed = await fetched(town, path, **{"If-None-Match": headers["ETag"]})
    assert (gone, changed["ETag"] == headers["ETag"]) == ([], False)


async def test_the_night_when_clocks_change(town: Town) -> None:
    """It is an hour longer in October; the times in the calendar are those of the world."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.clock.move_to(datetime(2020, 10, 20, 8, tzinfo=UTC))
    await sign_up(town.runtime.office, await who(town, anna), night(10, 24), town.clock.now())
    async with town.at_a_browser() as web:
        path = await own_address(town, web, anna)
    (event,), _ = await fetched(town, path)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (
        datetime(2020, 10, 24, 20, tzinfo=UTC),
        datetime(2020, 10, 25, 5, tzinfo=UTC),
    )
    assert event["DTEND"].dt.astimezone(STOCKHOLM).hour == 6


async def test_a_groups_calendar_has_first_names_and_holes(town: Town) -> None:
    """Only staff get its address; nobody's surname, number or protected identity is in it."""
    anna, bo = await town.volunteer("Anna Berg", "granna"), await town.volunteer("Bo Ek", "granna")
    for phone, day in ((anna, 9), (bo, 9), (anna, 10), (bo, 11)):
        await sign_up(town.runtime.office, await who(town, phone), night(4, day), town.clock.now())
    await town.runtime.pool.execute("UPDATE person SET protected = true WHERE name = 'Bo Ek'")
    async with town.signed_in("area-lead", area="granna") as lead:
        path = address_in(town, await lead.sends("/duty/calendar", "Här är den nya adressen", group=GRANNA))
        events, _ = await fetched(town, path)
        at = {event["DTSTART"].dt: str(event["SUMMARY"]).partition(": ")[2] for event in events}
        assert at[night(4, 9)[1]] == "Anna, 1 till"
        assert at[night(4, 10)[1]] == "Anna, 1 saknas"
        assert at[night(4, 11)[1]] == "1 till, 1 saknas"
        assert at[night(4, 12)[1]] == "2 saknas"
        assert len({str(event["UID"]) for event in events}) == len(events)
        await lead.sends("/duty/needed", "inställt", group=GRANNA, at=str(int(night(4, 12)[1].timestamp())), needed="0")
        events, _ = await fetched(town, path)
        assert [str(e["DTSTART"].dt.day) for e in events if e["STATUS"] == "CANCELLED"] == ["12"]


async def test_a_renewed_address_is_gone_and_no_other_is_read(town: Town) -> None:
    anna = await town.volunteer("Anna Berg", "granna")
    async with town.at_a_browser() as web:
        old = await own_address(town, web, anna)
        new = await own_address(town, web, anna)
    assert old != new
    await fetched(town, new)
    await fetched(town, old, 410)
    await fetched(town, "/calendar/wrong.ics", 404)
    person = await who(town, anna)
    await fetched(town, f"/calendar/{town.runtime.links.rota_token(person)}.ics", 404)
    await erase(town.runtime.office, person, town.clock.now())
    await fetched(town, new, 410)
    async with town.at_a_browser() as web:
        await web.sees(f"/rota/{town.runtime.links.rota_token(person)}", status=404)
