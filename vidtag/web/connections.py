"""Connections of the page's server: one that never finishes asking does not last."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


def patient_connections(seconds: float) -> type[asyncio.Protocol]:
    """Connections as uvicorn's, but each request's header must be whole in time.

    uvicorn itself waits for ever, so that a client could hold as many connections as there are file
    descriptors by sending a byte now and then.

    Args:
        seconds: from when a client connects, or begins its next request, to its header's end.
    """

    class PatientConnection(H11Protocol):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._limit: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            self._unwatch()
            super().connection_lost(exc)

        def _watch(self) -> None:
            """Wait for a header, unless one is there and its request is being answered."""
            if self.cycle is not None and not self.cycle.response_complete:
                self._unwatch()
            elif self._limit is None:
                self._limit = self.loop.call_later(seconds, self.transport.close)

        def _unwatch(self) -> None:
            if self._limit is not None:
                self._limit.cancel()
                self._limit = None

    return PatientConnection
