"""Signs of life for machines: /healthz, /readyz, /metrics."""

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from bots.inbound import DATABASE_DOWN
from service.web.context import RUNTIME, answer, problem
from sql import query

routes = web.RouteTableDef()


@routes.get("/healthz")
async def healthz(_request: web.Request) -> web.Response:
    """The process answers."""
    return answer({"status": "ok"})


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.Response:
    """The process can take messages: its database answers within three seconds."""
    try:
        await asyncio.wait_for(request.app[RUNTIME].pool.fetchval("SELECT 1"), 3)
    except DATABASE_DOWN:
        return problem(503, "database_down", "the database cannot be reached", {"Retry-After": "10"})
    return answer({"status": "ready"})


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """Counts of what stands where, in Prometheus' format. No personal data."""
    registry = CollectorRegistry()
    gauges = {
        "task": Gauge("budkavle_tasks", "Tasks that are not ended, by state", ["state"], registry=registry),
        "message": Gauge("budkavle_messages", "Messages not yet sent, or for a human, by state", ["state"], registry=registry),
        "update": Gauge("budkavle_updates", "Updates from chats that are not dealt with yet", ["state"], registry=registry),
    }
    for row in await request.app[RUNTIME].pool.fetch(query("counts")):
        gauges[row["what"]].labels(row["state"]).set(row["n"])
    failing = Gauge(
        "budkavle_carrier_failing", "1 when a carrier has taken no text since it failed", ["carrier"], registry=registry
    )
    for carrier in await request.app[RUNTIME].health.states():
        failing.labels(carrier.name).set(carrier.failing_since is not None)
    spool = request.app[RUNTIME].reception.spool
    on_disk = Gauge("budkavle_spooled", "Inbound texts on this process's disk", ["state"], registry=registry)
    on_disk.labels("waiting").set(spool.waiting)
    on_disk.labels("put_aside").set(spool.put_aside)
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
