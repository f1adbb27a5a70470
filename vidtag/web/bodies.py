"""How much of a request is taken, and how long it is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import HTTPException

from vidtag.web.limits import MAX_BODY_BYTES

Receive = Callable[[], Awaitable[Any]]

TOO_LARGE = f"a request may have {MAX_BODY_BYTES // 1_000_000} MB"


def is_small(announced: bytes) -> bool:
    """Whether a request may be as long as it says to be."""
    return not announced.isdigit() or int(announced[:20]) <= MAX_BODY_BYTES


def counted(receive: Receive) -> Receive:
    """Receive the body of a request, and end it once it is larger than any may be."""
    size = 0

    async def receive_some() -> Any:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            raise HTTPException(413, TOO_LARGE)
        return message

    return receive_some


def patient(receive: Receive, seconds: float) -> Receive:
    """Receive the body of a request, and end it once its client has fallen silent for so long."""
    whole = False

    async def receive_some() -> Any:
        nonlocal whole
        if whole:  # what comes now is that the client has gone, some time
            return await receive()
        try:
            async with asyncio.timeout(seconds):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, "the upload has stopped") from error
        whole = not message.get("more_body")
        return message

    return receive_some
