"""The API's description for programs: /api/v1/openapi.json."""

from functools import cache
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from dispatch.handlers import COMMANDS
from dispatch.model import TaskState, Urgency
from service.web.bodies import ActIn, NeedIn
from service.web.context import answer

routes = web.RouteTableDef()

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_TIME = {"type": "string", "format": "date-time"}
_CURSOR = {"type": ["string", "null"]}
_CODE = {"name": "code", "in": "path", "required": True, "schema": _TEXT}


@routes.get("/api/v1/openapi.json")
async def openapi(_request: web.Request) -> web.Response:
    """OpenAPI 3.1. Public: it says how to ask, and nothing about anybody."""
    return answer(description())


@cache
def description() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Budkavle",
            "version": "1",
            "description": "Case systems may use Open311 GeoReport v2 at /open311/v2 instead; see /open311/discovery.json.",
        },
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Task": _task(), "Event": _event(), "Problem": _problem()},
        },
        "paths": _paths(),
    }


def _paths() -> dict[str, Any]:
    return {
        "/api/v1/needs": {"post": _operation("Open a request", 201, _ref("Task"), NeedIn)},
        "/api/v1/tasks": {
            "get": _operation("Tasks in the order they came", 200, _list("tasks", "Task"))
            | {
                "parameters": [
                    _query("state", {"enum": [s.value for s in TaskState]}),
                    _query("area", _TEXT),
                    _query("after", _TEXT),
                    _query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}),
                ]
            }
        },
        "/api/v1/tasks/{code}": {
            "get": _operation("One task with its history and messages", 200, _ref("Task")) | {"parameters": [_CODE]}
        },
        "/api/v1/tasks/{code}/{action}": {
            "post": _operation("Act on a task", 200, _ref("Task"), ActIn)
            | {"parameters": [_CODE, {**_CODE, "name": "action", "schema": {"enum": list(COMMANDS)}}]}
        },
        "/api/v1/events": {
            "get": _operation("What happened, in order", 200, _list("events", "Event", {"type": ["integer", "null"]}))
            | {
                "parameters": [
                    _query("after", {"type": "integer", "minimum": 0}),
                    _query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}),
                ]
            }
        },
    }


def _operation(summary: str, status: int, schema: dict[str, Any], body: type[BaseModel] | None = None) -> dict[str, Any]:
    problem = {"description": "A problem document", "content": {"application/problem+json": {"schema": _ref("Problem")}}}
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {
            str(status): {"description": "Done", "content": {"application/json": {"schema": schema}}},
            "default": problem,
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _inlined(body)}}}
    return operation


def _inlined(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema with its own definitions put where they are used."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return inline(definitions[node["$ref"].rsplit("/", 1)[1]])
            return {key: inline(value) for key, value in node.items()}
        return [inline(item) for item in node] if isinstance(node, list) else node

    result: dict[str, Any] = inline(schema)
    return result


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _list(name: str, of: str, cursor: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name, "next"],
        "properties": {name: {"type": "array", "items": _ref(of)}, "next": cursor or _CURSOR},
    }


def _task() -> dict[str, Any]:
    person = {"type": "object", "properties": {"name": _TEXT, "phone": {"type": ["string", "null"]}}}
    optional = {"type": ["string", "null"]}
    return {
        "type": "object",
        "required": ["code", "state", "category", "area", "urgency", "step", "text", "resident", "created_at", "deadline_at"],
        "properties": {
            "code": _TEXT,
            "state": {"enum": [s.value for s in TaskState]},
            "urgency": {"enum": [u.value for u in Urgency]},
            "category": optional,
            "area": optional,
            "step": optional,
            "text": _TEXT,
            "position": {"type": ["object", "null"], "properties": {"lat": _NUMBER, "lon": _NUMBER, "precision": _TEXT}},
            "from": {
                "type": ["object", "null"],
                "description": "Where something is fetched that is delivered elsewhere",
                "properties": dict.fromkeys(("area", "place", "address"), optional)
                | {name: {"type": ["number", "null"]} for name in ("lat", "lon")},
            },
            "resident": person,
            "created_at": _TIME,
            "deadline_at": {"type": ["string", "null"], "format": "date-time"},
            "planned_at": {"type": ["string", "null"], "format": "date-time"},
            "planned_as": {"type": ["string", "null"]},
            "service_opens_at": {"type": ["string", "null"], "format": "date-time"},
            "deadlines": {"type": "array", "items": {"type": "object", "properties": {"kind": _TEXT, "at": _TIME}}},
            "offers": {"type": "array", "items": {"type": "object", "properties": {"person": person, "state": _TEXT}}},
            "takers": {"type": "array", "items": person},
            "history": {"type": "array", "items": _ref("Event")},
        },
    }


def _event() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["id", "at", "kind", "actor", "data"],
        "properties": {
            "id": {"type": "integer"},
            "at": _TIME,
            "kind": _TEXT,
            "task": {"type": ["string", "null"]},
            "actor": _TEXT,
            "data": {"type": "object"},
        },
    }


def _problem() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
    }
