"""/volunteer: what it means to help here, and how to sign up: in the chat, or by SMS."""

from io import BytesIO

import segno
from aiohttp import web

from geo.model import Area
from service.runtime import Runtime
from service.web.context import RUNTIME
from service.web.render import language_of, render

routes = web.RouteTableDef()

WORD = "volontar"  # what the bot's /start gets; bots/telegram begins a registration with it
LONGEST_START = 64  # characters (Telegram, deep links)
TO_PRINT = "public, max-age=3600"


@routes.get("/volunteer")
async def volunteer(request: web.Request) -> web.Response:
    """For whoever wonders whether to help. `?area=KEY`: on an area's own posters and pages."""
    runtime, area, language = request.app[RUNTIME], _area(request), language_of(request)
    kinds = sorted(c.name(language) for c in runtime.network.categories.values() if c.volunteers and c.key != "other")
    code = f"/volunteer/qr.svg?area={area.key}" if area else "/volunteer/qr.svg"
    return render(request, "volunteering/front.html", area=area, chat=chat_link(runtime, area), code=code, kinds=kinds)


@routes.get("/volunteer/qr.svg")
async def qr_code(request: web.Request) -> web.Response:
    """The same link as a QR code, for a phone's camera and for posters."""
    link = chat_link(request.app[RUNTIME], _area(request))
    if link is None:
        raise web.HTTPNotFound
    picture = BytesIO()
    # Dark on light also where the page is dark: not every camera reads it the other way round.
    drawn = segno.make(link, error="m", micro=False)
    drawn.save(picture, kind="svg", scale=6, border=4, dark="#000", light="#fff", omitsize=True)
    headers = {"Cache-Control": TO_PRINT}
    return web.Response(body=picture.getvalue(), content_type="image/svg+xml", headers=headers)


def chat_link(runtime: Runtime, area: Area | None = None) -> str | None:
    """What opens the bot and begins a registration there; None when the network has no bot."""
    if runtime.bot_name is None:
        return None
    begins = f"{WORD}-{area.key}" if area else WORD
    if runtime.is_demo:
        return f"{runtime.settings.public_url}/demo/phone?start={begins}"  # the demo's bot lives on this machine
    return f"https://t.me/{runtime.bot_name}?start={begins if len(begins) <= LONGEST_START else WORD}"


def _area(request: web.Request) -> Area | None:
    return request.app[RUNTIME].network.areas.get(request.query.get("area", ""))
