"""One shape for every error: a status, a stable code and a sentence that says what to do; never the input."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

KNOWN = {
    400: ("bad_request", "The request could not be read."),
    401: ("unauthorized", "This needs a valid token."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take that method."),
    409: ("conflict", "This does not fit what happened before."),
    413: ("too_large", "The request is too large."),
    415: ("unsupported_media_type", "Send JSON."),
    422: ("invalid_request", "The request does not have the shape that the API reference describes."),
    429: ("too_many_requests", "Too many requests. Please wait a little."),
    500: ("internal_error", "Something went wrong on our side. Please try again."),
    503: ("unavailable", "The service is not available right now. Please try again."),
}


class ApiError(Exception):
    """An answer other than success, told in the one shape."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def not_found() -> ApiError:
    """What somebody is told who asks for a thing that is not there, or not theirs."""
    return ApiError(404, *KNOWN[404])


def error_body(code: str, message: str, request_id: str | None) -> dict[str, object]:
    """The one shape."""
    return {"error": {"code": code, "message": message, "request_id": request_id}}


def request_id_of(request: Request) -> str | None:
    """The id that this request's log lines and its answer carry."""
    found: str | None = getattr(request.state, "request_id", None)
    return found


def _answer(request: Request, error: ApiError) -> JSONResponse:
    body = error_body(error.code, error.message, request_id_of(request))
    return JSONResponse(body, status_code=error.status, headers=error.headers)


async def _on_api_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return _answer(request, error)


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code, message = KNOWN.get(error.status_code, ("error", "The request was refused."))
    return _answer(request, ApiError(error.status_code, code, message, error.headers))


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    return _answer(request, ApiError(422, *KNOWN[422]))


def install(app: FastAPI) -> None:
    """Make every error of an app come out in the one shape (crashes are caught by `api.edge`)."""
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
