"""Other programs open requests, and see how they go, by Open311 GeoReport v2."""

import hashlib
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.acceptance.conftest import TOKEN, NetworkChange, Town

ELSA = "+46704444441"
KEY = "a-long-and-random-key-of-a-program"
TOLD = {"description": "Mjölk och bröd", "service_code": "groceries", "address_string": "Storgatan 4, Gränna", "phone": ELSA,
        "first_name": "Elsa", "last_name": "Ek"}  # fmt: skip


@pytest.fixture
def change_network() -> NetworkChange:
    def with_keys(raw: dict[str, Any]) -> None:
        raw["network"]["quiet_hours"] = ""
        raw["open311"] = {"jurisdiction_id": "jkpg.se", "keys": [hashlib.sha256(KEY.encode()).hexdigest()]}

    return with_keys


async def get(town: Town, path: str, expected: int = 200, key: str = "", **params: str) -> Any:
    params = {**params, **({"api_key": key} if key else {})}
    async with town.web.get(f"{town.base}/open311/{path}", params=params) as response:
        assert response.status == expected, await response.text()
        assert response.charset == "utf-8"
        text = await response.text()
        if path.endswith("xml"):
            assert text.startswith("<?xml version='1.0' encoding='utf-8'?>")
            return ElementTree.fromstring(text)  # noqa: S314 - our own
        return await response.json()


async def post(town: Town, status: int = 201, form: str = "json", **fields: str) -> Any:
    fields = {"api_key": KEY, **TOLD, **fields}
    async with town.web.post(f"{town.base}/open311/v2/requests.{form}", data=fields) as response:
        text = await response.text()
        assert response.status == status, text
        town.ignore(town.phone(ELSA), town.coordinator, town.service_group, town.enterprise)
        await town.settle()
        return text if form == "xml" else (await response.json())[0]


async def test_kinds_of_help_can_be_found(town: Town) -> None:
    found = await get(town, "discovery.json")
    (endpoint,) = found["endpoints"]
    assert endpoint["url"] == f"{town.base}/open311/v2"
    assert (await get(town, "v2/discovery.xml")).findtext("endpoints/endpoint/url") == endpoint["url"]
    listed = await get(town, "v2/services.json", jurisdiction_id="jkpg.se")
    assert {"service_code": "groceries", "service_name": "Handla mat"}.items() <= listed[0].items()
    names = [s.findtext("service_code") for s in (await get(town, "v2/services.xml")).findall("service")]
    assert names == [s["service_code"] for s in listed]
    asked = await get(town, "v2/services/groceries.json")
    assert [a["code"] for a in asked["attributes"]] == ["wanted", "urgency"]
    values = (await get(town, "v2/services/groceries.xml")).findall("attributes/attribute/values/value/key")
    assert [v.text for v in values] == ["normal", "high"]


WRONG = [
    ("a kind that there is not", {"service_code": "potholes"}, 404, "service_code"),
    ("no kind", {"service_code": ""}, 400, "service_code"),
    ("nowhere", {"address_string": ""}, 400, "lat and long, or address_string"),
    ("half a position", {"address_string": "", "lat": "58.0"}, 400, "lat and long"),
    ("half a position beside an address", {"lat": "58.0"}, 400, "lon: is missing"),
    ("no numbers", {"lat": "north", "long": "14.4"}, 400, "lat"),
    ("not on the globe", {"lat": "58.0", "long": "214.4"}, 400, "long"),
    ("the wrong way round", {"lat": "14.4667", "long": "58.0167"}, 400, "swapped"),
    ("no urgency of ours", {"attribute[urgency]": "now"}, 400, "attribute[urgency]"),
    ("too long", {"description": "x" * 30_000}, 400, "description"),
    ("another town", {"jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id"),
    ("no key", {"api_key": ""}, 403, "api_key"),
    ("a wrong key", {"api_key": hashlib.sha256(KEY.encode()).hexdigest()}, 403, "api_key"),
]


@pytest.mark.parametrize(("fields", "status", "says"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
async def test_what_is_wrong_is_told_as_the_standard_has_it(town: Town, fields: dict[str, str], status: int, says: str) -> None:
    told = await post(town, status, **fields)
    assert told["code"] == status
    assert says in told["description"]
    text = await post(town, status, "xml", **fields)
    assert f"<errors><error><code>{status}</code><description>" in text
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM task") == 0


async def test_a_request_becomes_a_task_and_shows_how_it_goes(town: Town) -> None:
    anna = await town.volunteer("Anna Berg", "granna")
    made = await post(town, **{"attribute[wanted]": "imorgon kl 10", "jurisdiction_id": "jkpg.se"})
    code = made["service_request_id"]
    number = await anna.offer("handla mat", "Gränna")
    task = await town.task()
    assert (task["code"], task["address"], task["category"]) == (code, "Storgatan 4, Gränna", "groceries")
    assert task["resident"] == {"name": "Elsa Ek", "phone": ELSA}
    assert await get(town, f"v2/tokens/{code}.json") == [{"service_request_id": code, "token": code}]
    (shown,) = await get(town, f"v2/requests/{code}.json")
    assert (shown["status"], shown["address"], shown["description"]) == ("open", "Gränna och Örserum", "")
    assert abs(shown["lat"] - 58.0) < 0.1
    # Nothing of anybody without a key, in either format; with one, what it is about.
    for form in ("json", "xml"):
        async with town.web.get(f"{town.base}/open311/v2/requests.{form}") as response:
            text = await response.text()
            assert code in text
            assert not [w for w in ("Elsa", "4444441", "Storgatan", "Mjölk") if w in text]
    (told,) = await get(town, "v2/requests.json", key=TOKEN)
    assert ("Mjölk" in told["description"], told["address"]) == (True, "Storgatan 4, Gränna")
    await anna.sends(f"JA {number}")
    await anna.sends(f"KLAR {number}")
    town.ignore(anna)
    (done,) = await get(town, f"v2/requests/{code}.json")
    assert done["status"] == "closed"
    assert await get(town, "v2/requests.json", status="open") == []
    async with town.signed_in("coordinator") as karin:
        await karin.sees(f"/board/{code}", "från ett annat ärendesystem")


async def test_without_a_number_a_human_looks(town: Town) -> None:
    made = await post(town, phone="", email="elsa@example.se")
    task = await town.api("GET", f"tasks/{made['service_request_id']}")
    assert (task["human"], "elsa@example.se" in task["text"]) == ("incomplete", True)


async def test_danger_is_told_at_once(town: Town) -> None:
    made = await post(town, description="Hjälp, min man andas inte!")
    assert "112" in made["service_notice"]


async def test_a_position_is_enough(town: Town) -> None:
    await post(town, address_string="", lat="58.0167", long="14.4667")
    assert (await town.task())["area"] == "granna"


async def test_a_protected_identity_shows_no_area_even_with_a_key(town: Town) -> None:
    await town.import_people(f"name,phone,role\nElsa Ek,{ELSA},resident\n")
    await town.runtime.pool.execute("UPDATE person SET protected = true")
    await post(town)
    (shown,) = await get(town, "v2/requests.json", key=KEY)
    assert not [w for w in ("Elsa", "4444441", "Storgatan", "Mjölk", "Gränna") if w in str(shown)]
    assert (shown["lat"], shown["address"]) == ("", "")


async def test_lists_are_filtered_and_come_in_pages(town: Town) -> None:
    first = (await post(town))["service_request_id"]
    await town.forward(minutes=10)
    second = (await post(town, service_code="pharmacy"))["service_request_id"]

    async def codes(**params: str) -> list[str]:
        return [r["service_request_id"] for r in await get(town, "v2/requests.json", **params)]

    assert await codes() == [second, first]
    assert await codes(service_request_id=f"{first.lower()},ZZZZ") == [first]
    assert await codes(service_request_id="", status="") == [second, first]
    assert await codes(service_code="pharmacy,care") == [second]
    assert await codes(page="2", page_size="1") == [first]
    assert await codes(start_date="2020-04-08T09:05:00+02:00") == [second]
    assert await codes(end_date="2020-04-08T07:05:00Z", status="open,closed") == [first]
    assert await codes(start_date="2019-01-01T00:00:00Z") == []
    for wrong in (
        {"start_date": "2020-01-01T00:00:00Z", "end_date": "2020-05-01T00:00:00Z"}, {"start_date": "yesterday"}, {"page": "0"},
        {"page_size": "2000"}, {"status": "lost"}, {"start_date": "2020-04-08T09:05:00"},
    ):  # fmt: skip
        (error,) = await get(town, "v2/requests.json", 400, **wrong)
        assert error["code"] == 400
    for path in ("v2/requests/ZZZZ.json", "v2/tokens/ZZZZ.json", "v2/services/potholes.json"):
        assert (await get(town, path, 404))[0]["code"] == 404
