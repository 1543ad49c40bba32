"""What handlers share: the runtime, problem documents, forms."""

import hmac
import ipaddress
from collections.abc import Mapping
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from dispatch.outbox import Receipt, receive_receipt
from service.runtime import Runtime
from service.sign_in.accounts import Viewer

RUNTIME: web.AppKey[Runtime] = web.AppKey("runtime", Runtime)
VIEWER: web.RequestKey[Viewer] = web.RequestKey("viewer", Viewer)  # who has signed in
MOST_FIELDS = 100
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "iso-8859-1", "latin-1", "latin1", "iso-8859-15", "windows-1252", "cp1252"})


def problem(status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """An RFC 9457 problem document. kind: the outcome's name, stable for programs."""
    body = {"type": f"urn:budkavle:{kind}", "title": kind.replace("_", " "), "status": status, "detail": detail}
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/problem+json", headers=dict(headers or {})
    )


def answer(data: object, status: int = 200) -> web.Response:
    """A JSON answer. Never kept by a cache: it may tell somebody's need."""
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, body=orjson.dumps(data), content_type="application/json", headers=headers)


def same(given: str, secret: str) -> bool:
    """Are they equal? Takes equally long whatever is given."""
    return bool(secret) and hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def client_address(request: web.Request) -> str:
    """Where the request comes from: what a proxy on this machine says, else the other end of the connection."""
    remote = request.remote or ""
    try:
        behind_proxy = ipaddress.ip_address(remote).is_loopback
    except ValueError:
        behind_proxy = True  # a socket file
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return (forwarded if behind_proxy and forwarded else remote)[:64]


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a form, whatever its encoding is said to be. Raises 400 for what is no form, 413 for too much.

    Undecodable bytes are replaced: a text with a broken letter can be read, a text that was refused is lost.
    """
    if request.content_type == "multipart/form-data":
        try:
            return {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
        except (ValueError, LookupError, AssertionError) as error:
            raise web.HTTPBadRequest(reason="the form cannot be read") from error
    body = await request.read()
    charset = (request.charset or "utf-8").casefold()
    text = body.decode(charset if charset in CHARSETS else "utf-8", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise web.HTTPBadRequest(reason="the form cannot be read") from error


async def note_receipt(request: web.Request, receipt: Receipt) -> None:
    """Note a delivery report; a message that failed on its way is sent again. Raises 503 where there is no database yet."""
    runtime = request.app.get(RUNTIME)
    if runtime is None:
        raise web.HTTPServiceUnavailable(reason="the database cannot be reached; try again")
    if await receive_receipt(runtime.pool, receipt, runtime.clock.now(), runtime.message_changed):
        runtime.wake_outbox.set()
