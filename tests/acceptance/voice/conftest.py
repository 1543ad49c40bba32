"""Stories of the network's telephone. Each is told by 46elks and by Twilio: the call script is one."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from service.demo.http_carriers import TWILIO_ACCOUNT, TWILIO_TOKEN, FakeTwilio
from tests.acceptance.conftest import Town
from tests.acceptance.telephone import Telephone


@pytest.fixture
def change_network() -> Callable[[dict[str, Any]], None]:
    """A hotline group answers the telephone, then the coordination group, then the coordinators."""

    def change(raw: dict[str, Any]) -> None:
        raw["group"].append({"key": "hotline", "kind": "regulars", "name": "Telefonen"})
        raw["voice"] = {"ring": ["hotline", "coordination"]}

    return change


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    """The other carrier."""
    fake = FakeTwilio()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def environment(twilio: FakeTwilio) -> dict[str, Any]:
    """Both carriers have an account."""
    return {"twilio_api": twilio.api, "twilio_account": TWILIO_ACCOUNT, "twilio_token": TWILIO_TOKEN}


@pytest.fixture(params=["46elks", "twilio"])
async def telephone(request: pytest.FixtureRequest, town: Town, twilio: FakeTwilio) -> Telephone:
    """The network's telephone, by each carrier in turn."""
    twilio.public = town.base
    return Telephone(town, request.param, twilio)
