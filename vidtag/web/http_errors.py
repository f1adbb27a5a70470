"""Errors as HTTP answers: always ``{"error": "..."}``, never with a traceback."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from vidtag.core.errors import UserError, VidtagError, machine_error
from vidtag.web.desk import ConflictError
from vidtag.web.tasks import public_message


def add_error_handlers(app: FastAPI) -> None:
    """Answer all errors of an application in one form."""

    @app.exception_handler(VidtagError)
    async def vidtag_error(request: Request, error: VidtagError) -> JSONResponse:
        status = 409 if isinstance(error, ConflictError) else 400
        status = status if isinstance(error, UserError) else 500
        return JSONResponse({"error": public_message(error)}, status)

    @app.exception_handler(OSError)
    async def system_error(request: Request, error: OSError) -> JSONResponse:
        if (known := machine_error(error)) is None:
            raise error
        return JSONResponse({"error": public_message(known)}, 503)

    @app.exception_handler(RequestValidationError)
    async def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        return JSONResponse({"error": f"{place}: {first['msg']}"}, 422)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)
