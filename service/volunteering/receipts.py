"""What a helper has paid, told by a page: an amount in the helper's own words, and perhaps a photograph of the receipt."""

import asyncio
import hashlib
from dataclasses import dataclass

from aiohttp import web
from aiohttp.web_request import FileField

from dispatch.amounts import MOST, read_amount
from service.runtime import Runtime
from service.task_by_link import Linked
from service.web.texts import N_, Texts
from sql import query

BIGGEST_PHOTO = 8 * 1024 * 1024  # bytes
# By how a file begins; what the browser calls it is not believed, for staff look at it later.
_BEGINNINGS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_NO_AMOUNT = N_("Write the amount only, in kronor: 245 or 245,50.")
_TOO_MUCH = N_("That is more than can be noted here. Phone us.")
TOO_BIG = N_("The picture is bigger than 8 MB. Take a smaller one, or send the amount without it.")
_NO_PICTURE = N_("This is no picture that we can show. Send a JPEG, PNG or WebP, or the amount without a picture.")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph that was sent along. mime: what it is by its own first bytes."""

    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Paid:
    """What the form says. problem: what is wrong with it, in words."""

    amount_ore: int = 0
    photo: Photo | None = None
    problem: str = ""


async def read_paid(request: web.Request, text: str, words: Texts) -> Paid:
    """The amount and the photograph of a form that has been read."""
    content, amount = await _uploaded(request), read_amount(text)
    if amount is None:
        return Paid(problem=words.gettext(_NO_AMOUNT))
    if amount > MOST:
        return Paid(problem=words.gettext(_TOO_MUCH))
    if not content:
        return Paid(amount)
    if len(content) > BIGGEST_PHOTO:
        return Paid(problem=words.gettext(TOO_BIG))
    mime = kind_of(content)
    return Paid(amount, Photo(content, mime)) if mime else Paid(problem=words.gettext(_NO_PICTURE))


async def _uploaded(request: web.Request) -> bytes:
    """The form's file; empty when none was chosen."""
    if request.content_type != "multipart/form-data":
        return b""
    photo = (await request.post()).get("photo")
    if not isinstance(photo, FileField):
        return b""
    with photo.file:
        return await asyncio.to_thread(photo.file.read, BIGGEST_PHOTO + 1)


def kind_of(content: bytes) -> str:
    """The MIME type of a picture by its first bytes; empty for what is none of ours."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for begins, mime in _BEGINNINGS if content.startswith(begins)), "")


async def keep(runtime: Runtime, linked: Linked, photo: Photo) -> int:
    """Keep the photograph with the task. Sent twice, it is kept once. Returns its id."""
    fingerprint = hashlib.sha256(photo.content).hexdigest()
    new, task, now = runtime.office.mint.id(), linked.case.task.id, runtime.clock.now()
    row = (new, task, linked.offer.person_id, fingerprint, photo.mime, photo.content, now)
    kept: int = await runtime.pool.fetchval(query("keep_upload"), *row)
    return kept


async def drop(runtime: Runtime, photo: int) -> None:
    """What the photograph was sent for has been refused."""
    await runtime.pool.execute(query("drop_upload"), photo)
