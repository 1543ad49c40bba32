"""Pages for everybody."""

from aiohttp import web

from service.web.render import render

routes = web.RouteTableDef()


@routes.get("/")
async def front(request: web.Request) -> web.Response:
    """Where to turn, for everybody."""
    return render(request, "front.html")
