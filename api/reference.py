"""The API's reference, made from its OpenAPI description."""

from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from markdown_it import MarkdownIt
from pydantic import SecretStr

from api.settings import Settings

router = APIRouter(include_in_schema=False)
METHODS = ("get", "post", "put", "patch", "delete")


@router.get("/api/v1/docs")
def reference(request: Request) -> HTMLResponse:
    """The reference of the running api, to read in a browser."""
    text = MarkdownIt("commonmark", {"html": False}).render(page(request.app))
    head = '<meta charset="utf-8"><title>Wenlu API</title><link rel="stylesheet" href="/static/site.css">'
    return HTMLResponse(f'<!doctype html><html lang="en"><head>{head}</head><body><main>{text}</main></body></html>')


def api_page() -> str:
    """The page docs/api.md."""
    from api.app import create_app  # the app has this module's route

    return page(create_app(Settings(bot_secret=SecretStr("only to describe the routes"))))


@cache
def page(app: FastAPI) -> str:
    """The reference of an app, as Markdown."""
    described = app.openapi()
    lines = [
        "# API reference",
        "",
        "Made from the code by `wenlu docs api`; a test fails when it is out of date. The same as OpenAPI: "
        "`/api/v1/openapi.json`. Every error has the shape of `ErrorBody`.",
        "",
    ]
    for path, methods in described["paths"].items():
        for method in METHODS:
            if method in methods:
                lines += _operation(path, method, methods[method])
    lines += ["## Shapes", ""]
    for name, schema in sorted(described["components"]["schemas"].items()):
        if name not in ("HTTPValidationError", "ValidationError"):
            lines += _shape(name, schema)
    return "\n".join(lines).rstrip() + "\n"


def _operation(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    lines = [f"## {method.upper()} {path}", "", operation.get("description", operation.get("summary", "")), ""]
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "path":
            said = f": {parameter['description']}" if parameter.get("description") else ""
            lines.append(f"- `{parameter['name']}` ({parameter['in']}){said}")
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        lines.append(f"- body: {_type(body)}")
    for status, answer in sorted(operation["responses"].items()):
        if status.startswith("2"):
            content = answer.get("content", {}).get("application/json", {}).get("schema")
            lines.append(f"- {status}: {_type(content) if content else answer['description']}")
    return [*lines, ""]


def _shape(name: str, schema: dict[str, Any]) -> list[str]:
    lines = [f"### {name}", "", schema.get("description", ""), ""]
    required = schema.get("required", [])
    for field, described in schema.get("properties", {}).items():
        lines.append(f"- `{field}`{'' if field in required else '?'}: {_type(described)}")
    return [*lines, ""]


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].split('/')[-1]}`"
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f'"{value}"' for value in schema["enum"])
    if "const" in schema:
        return f'"{schema["const"]}"'
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))
