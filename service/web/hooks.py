"""What carriers call. A message that is answered 2xx is committed."""

from aiohttp import web

from bots.elks46 import Malformed, parse_receipt, parse_sms
from dispatch.outbox import receive_receipt
from service.web.context import RUNTIME, problem, read_form, same

routes = web.RouteTableDef()


def _check_key(request: web.Request) -> None:
    settings = request.app[RUNTIME].settings
    secret = settings.elks_key.get_secret_value() if settings.elks_key else ""
    if not same(request.match_info["key"], secret):
        raise web.HTTPForbidden(reason="unknown key")


@routes.post("/hooks/46elks/{key}/sms")
async def elks_sms(request: web.Request) -> web.Response:
    """An incoming SMS. 204 without a body: 46elks would send a body to the resident."""
    _check_key(request)
    try:
        inbound = parse_sms(await read_form(request))
    except Malformed as error:
        return problem(400, "malformed", str(error))
    await request.app[RUNTIME].gate.receive(inbound)
    return web.Response(status=204)


@routes.post("/hooks/46elks/{key}/delivery")
async def elks_delivery(request: web.Request) -> web.Response:
    """A delivery report. One about a message that is not ours is answered 204 too: nobody can mend it by trying again."""
    _check_key(request)
    runtime = request.app[RUNTIME]
    try:
        receipt = parse_receipt(await read_form(request), request.query.get("message"))
    except Malformed as error:
        return problem(400, "malformed", str(error))
    if await receive_receipt(runtime.pool, receipt, runtime.clock.now(), runtime.message_changed):
        runtime.wake_outbox.set()
    return web.Response(status=204)
