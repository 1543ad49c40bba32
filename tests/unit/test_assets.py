"""What browsers load: found, compressed, kept for as long as it stays the same, and nothing else."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from service.settings import SettingsError
from service.web import assets
from service.web.assets import LIBRARIES, asset, set_up
from tests.axe import AXE

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def browser() -> AsyncIterator[Client]:
    """A browser of the files alone. It shows what is sent, compressed or not."""
    app = web.Application()
    set_up(app)
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


async def test_every_library_is_served_with_its_type(browser: Client) -> None:
    for name in LIBRARIES:
        async with browser.get(asset(name)) as answer:
            assert answer.status == 200
            kind = {"js": "text/javascript", "css": "text/css", "png": "image/png"}[name.rpartition(".")[2]]
            assert answer.content_type == kind
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert await answer.read()


async def test_text_is_compressed_for_who_takes_it(browser: Client) -> None:
    address = asset("leaflet.js")
    bodies = {}
    for accepted in ("gzip, deflate, br", "identity", "gzip;q=0", "br;q=1.0, gzip;q=0.5"):
        async with browser.get(address, headers={"Accept-Encoding": accepted}) as answer:
            bodies[accepted] = (answer.headers.get("Content-Encoding"), await answer.read())
            assert answer.headers["Vary"] == "Accept-Encoding"
    plain = bodies["identity"][1]
    assert bodies["identity"] == bodies["gzip;q=0"] == (None, plain)
    for accepted in ("gzip, deflate, br", "br;q=1.0, gzip;q=0.5"):
        encoding, body = bodies[accepted]
        assert encoding == "gzip" and gzip.decompress(body) == plain and len(body) < len(plain) / 3


async def test_a_file_asked_for_by_another_hash_is_not_kept_for_ever(browser: Client) -> None:
    for address in ("/static/htmx.js", "/static/htmx.js?v=old"):
        async with browser.get(address) as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "public, max-age=3600"


async def test_who_has_it_is_told_so(browser: Client) -> None:
    async with browser.get("/static/htmx.js") as answer:
        tag = answer.headers["ETag"]
    async with browser.get("/static/htmx.js", headers={"If-None-Match": f'"other", {tag}'}) as answer:
        assert answer.status == 304 and await answer.read() == b""
    async with browser.head(asset("htmx.js")) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "path", ["nothing.js", "../assets.py", "%2e%2e/assets.py", "..%2fassets.py", "images/", "axe-core/axe.min.js", "htmx.js/"]
)
async def test_nothing_else_is_served(browser: Client, path: str) -> None:
    async with browser.get(f"/static/{path}") as answer:
        assert answer.status == 404


async def test_the_images_of_a_style_sheet_are_found_beside_it(browser: Client) -> None:
    async with browser.get("/static/leaflet.css", headers={"Accept-Encoding": "identity"}) as answer:
        images = set(re.findall(r"url\((?!#)(.+?)\)", await answer.text()))
    assert images
    for image in images:
        async with browser.get(f"/static/{image}") as answer:
            assert answer.status == 200


def test_a_name_that_does_not_exist_is_a_fault_of_the_template() -> None:
    with pytest.raises(KeyError):
        asset("nothing.js")


def test_libraries_that_were_not_fetched_are_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets._assets.cache_clear()
    monkeypatch.setattr(assets, "VENDOR", tmp_path)
    try:
        with pytest.raises(SettingsError, match="run 'make setup'"):
            set_up(web.Application())
    finally:
        assets._assets.cache_clear()


def test_axe_is_there_for_the_browser_tests() -> None:
    assert "axe.run" in AXE.read_text(encoding="utf-8")
