"""A photograph or a voice note about a task, such as a receipt, for the office."""

from aiohttp import web

from service.web.context import RUNTIME
from sql import query

routes = web.RouteTableDef()

# What a browser may show by itself: pictures and sound without scripts in them (no SVG). All else is only ever downloaded.
SHOWN = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
}


@routes.get("/attachments/{id}")
async def attachment(request: web.Request) -> web.Response:
    """Its content. 404 until that has been fetched from the carrier. It stays in no cache: it may show somebody's need."""
    given = request.match_info["id"]
    if not given.isascii() or not given.isdigit() or len(given) > 19 or int(given) >= 2**63:
        raise web.HTTPNotFound
    row = await request.app[RUNTIME].pool.fetchrow(query("attachment_content"), int(given))
    if row is None:
        raise web.HTTPNotFound
    mime = row["mime"].partition(";")[0].strip().casefold()
    ending = SHOWN.get(mime)
    way, name = ("inline", f"{row['kind']}-{given}.{ending}") if ending else ("attachment", f"{row['kind']}-{given}.bin")
    return web.Response(
        body=row["content"],
        content_type=mime if ending else "application/octet-stream",
        headers={
            "Content-Disposition": f'{way}; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )
