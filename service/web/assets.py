"""What browsers load besides pages: our own scripts and styles, and the libraries that npm fetched at set-up.

An address carries a hash of the contents (`/static/htmx.js?v=…`), so that browsers keep it for a year and a new release is
seen at once. All files are read, hashed and compressed once a process.
"""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

from service.settings import SettingsError

STATIC = Path(__file__).parent / "static"
VENDOR = Path(__file__).parent / "vendor" / "node_modules"
# Public name -> file in VENDOR. Leaflet's style sheet names its images relative to itself.
LIBRARIES = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "sse.js": "htmx-ext-sse/dist/sse.min.js",
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "images/layers.png": "leaflet/dist/images/layers.png",
    "images/layers-2x.png": "leaflet/dist/images/layers-2x.png",
    "images/marker-icon.png": "leaflet/dist/images/marker-icon.png",
    "images/marker-icon-2x.png": "leaflet/dist/images/marker-icon-2x.png",
    "images/marker-shadow.png": "leaflet/dist/images/marker-shadow.png",
}
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
FOREVER = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"  # asked for without its hash, as a style sheet does for its images


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served. gzipped: None where compressing gains nothing."""

    body: bytes
    gzipped: bytes | None
    content_type: str
    version: str


def asset(name: str) -> str:
    """The address of a file by its public name, for templates. Raises KeyError for a name that does not exist."""
    return f"/static/{name}?v={_assets()[name].version}"


def set_up(app: web.Application) -> None:
    """Serve the files. Raises SettingsError when the libraries have not been fetched."""
    _assets()
    app.router.add_get("/static/{name:.+}", serve)


async def serve(request: web.Request) -> web.Response:
    """GET /static/NAME: compressed where the browser takes it, 304 when the browser has it."""
    found = _assets().get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    tag = f'"{found.version}"'
    headers = {
        "ETag": tag,
        "Cache-Control": FOREVER if request.query.get("v") == found.version else AN_HOUR,
        "Vary": "Accept-Encoding",
    }
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    body = found.body
    if found.gzipped is not None and _takes_gzip(request.headers.get("Accept-Encoding", "")):
        body = found.gzipped
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, headers=headers | {"Content-Type": found.content_type})


def _takes_gzip(accepted: str) -> bool:
    for item in accepted.lower().split(","):
        coding, _, weight = item.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" if weight else True
    return False


@cache
def _assets() -> dict[str, Asset]:
    return {name: _read(path) for name, path in _files()}


def _files() -> Iterator[tuple[str, Path]]:
    for name, inside in LIBRARIES.items():
        path = VENDOR / inside
        if not path.is_file():
            raise SettingsError(f"the pages' library {name} is missing ({path}): run 'make setup'")
        yield name, path
    for path in sorted(STATIC.rglob("*")):
        if path.suffix in TYPES:
            yield path.relative_to(STATIC).as_posix(), path


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    content_type = TYPES[path.suffix]
    smaller = None if content_type == "image/png" else gzip.compress(body, 9, mtime=0)
    if smaller is not None and len(smaller) >= len(body):
        smaller = None
    return Asset(body, smaller, content_type, hashlib.sha256(body).hexdigest()[:12])
