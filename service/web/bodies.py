"""What programs send to the JSON API: the bodies of its requests, read strictly, and every string made storable."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import orjson
from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bots.inbound_message import storable
from dispatch.amounts import MOST
from dispatch.errors import BadRequest
from dispatch.model import Urgency


class _Resident(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: str = Field("", max_length=200)
    phone: str | None = Field(None, max_length=200)


class OriginIn(BaseModel):
    """Where something is fetched that is delivered elsewhere. lat, lon: degrees, WGS 84."""

    model_config = ConfigDict(extra="ignore")
    address: str = Field("", max_length=500)
    place: str = Field("", max_length=200)
    area: str | None = None
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)


class NeedIn(_Resident):
    """What POST /api/v1/needs takes. The resident stands beside the need or under `resident`. `from`: of what is fetched
    elsewhere. `repeats`: an RRULE such as FREQ=WEEKLY;BYDAY=FR; `holidays`: what happens when that day is one.

    `lat` and `lon` are degrees in WGS 84, both or none. The area is found from them, or from `address`, `place` and `text`, when
    `area` says none; what lies outside all areas goes to a person. `expected_ore`: what is bought is expected to cost so much.
    `infection`: somebody in the household is infected, without a diagnosis; `infected_until`: until this day.
    """

    resident: _Resident | None = None
    text: str = Field("", max_length=20_000)
    category: str | None = None
    area: str | None = None
    place: str | None = Field(None, max_length=200)
    address: str = Field("", max_length=500)
    wanted: str | None = Field(None, max_length=200)
    urgency: Urgency | None = None
    language: str | None = Field(None, max_length=10)
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)
    people: int | None = Field(None, ge=1, le=20)
    repeats: str | None = Field(None, max_length=100)
    holidays: Literal["skip", "before", "after"] | None = None
    origin: OriginIn | None = Field(None, alias="from")
    expected_ore: int | None = Field(None, strict=True, gt=0, le=MOST)
    infection: bool = False
    infected_until: date | None = None


class ActIn(BaseModel):
    """What the actions take: whom it is about, and words (a note, a reason, a time).

    Besides: `seen`, the last event that whoever acts has seen; `until` for hold; `into` for merge; `category` and `area` for
    split; these and `place`, `address`, `urgency`, `wanted`, `requires`, `expected` (kronor) and `infection` (yes, no) for
    change; `anyway` for what was refused with a warning; `minutes` for late; `at` for plan, a time or a day (`day` is the
    same); `amount_ore` and `receipt`, an attachment's id, for expense; `emergency` for a concern about danger to life; `how`,
    door or phone, for nobody_home; `holidays` (skip, before, after, or empty) for holidays; `people`, how many it needs, for
    people.
    """

    model_config = ConfigDict(extra="ignore")
    person: str | None = Field(None, max_length=200)
    text: str = Field("", max_length=5_000)
    seen: int | None = Field(None, ge=0, lt=2**62)
    until: AwareDatetime | None = None
    into: str | None = Field(None, max_length=20)
    category: str | None = Field(None, max_length=100)
    area: str | None = Field(None, max_length=100)
    place: str | None = Field(None, max_length=200)
    address: str | None = Field(None, max_length=500)
    from_area: str | None = Field(None, max_length=100)
    from_place: str | None = Field(None, max_length=200)
    from_address: str | None = Field(None, max_length=500)
    urgency: Urgency | None = None
    wanted: str | None = Field(None, max_length=200)
    requires: str | None = Field(None, max_length=200)
    expected: str | None = Field(None, max_length=40)
    infection: Literal["yes", "no"] | None = None
    anyway: bool = False
    minutes: int | None = Field(None, strict=True, ge=-(2**31), lt=2**31)
    amount_ore: int | None = Field(None, strict=True, ge=-(2**31), lt=2**31)
    receipt: int | None = Field(None, ge=0, lt=2**62)
    emergency: bool = False
    how: Any = None
    people: int | None = Field(None, strict=True)
    holidays: str | None = Field(None, max_length=20)
    at: AwareDatetime | date | None = None
    day: date | None = None


def _storable(value: Any) -> Any:
    """The JSON value with every string made storable: an escape can hide what the raw body does not show."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(k): _storable(v) for k, v in value.items()}
    return [_storable(v) for v in value] if isinstance(value, list) else value


async def read_body(request: web.Request, model: type[BaseModel], aliases: Mapping[str, str] | None = None) -> Any:
    """The request's body as a `model`. aliases: other names that its fields may have. Raises BadRequest, and 400 for what is no
    JSON."""
    try:
        raw = _storable(orjson.loads((await request.read()).decode("utf-8") or "{}"))
    except ValueError as error:
        raise web.HTTPBadRequest(reason="the body is no JSON") from error
    if not isinstance(raw, dict):
        raise BadRequest("the body must be a JSON object")
    for alias, name in (aliases or {}).items():
        if raw.get(name) is None:
            raw[name] = raw.get(alias)
    try:
        return model.model_validate({k: v for k, v in raw.items() if v is not None})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise BadRequest(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
