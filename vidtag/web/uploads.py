"""Files that users post: received whole, or left out."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi import HTTPException, Request

from vidtag.core.errors import UserError


async def receive(request: Request, target: Path, *, limit: int) -> None:
    """Write the body of a request to a file.

    Args:
        request: holds the body.
        target: the file, which must not be there yet.
        limit: bytes that it may have.

    Raises:
        HTTPException: 413, the body is larger.
        UserError: the body is empty.
    """
    announced = request.headers.get("content-length") or "0"
    if announced.isdigit() and int(announced[:20]) > limit:
        raise _too_large(limit)
    size = 0
    with target.open("xb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            await asyncio.to_thread(file.write, chunk)
    if not size:
        raise UserError("the file is empty", remedy="send it as the body of the request")


def _too_large(limit: int) -> HTTPException:
    return HTTPException(
        413, f"the file is larger than the {limit / 1e6:.0f} MB that are allowed here"
    )
