"""Answers that are files."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi.responses import Response


def sends(*kinds: str) -> dict[str, Any]:
    """What a route answers that sends a file of one of these types."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {
        "response_class": Response,
        "responses": {200: {"content": dict.fromkeys(kinds, schema)}},
    }


def attachment(name: str) -> dict[str, str]:
    """A header that makes browsers save under a name, whatever is in it (RFC 6266)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    full = quote(name, safe="", errors="replace")
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"}
