"""Compresses the answers that are text: cues, words, the page and its modules."""

from __future__ import annotations

import re

from starlette.middleware.gzip import GZipMiddleware

from vidtag.web.bodies import Receive
from vidtag.web.guard import App, Scope, Send

_TEXT = re.compile(
    r".*(/work/[^/]+|/page-assets/[^/]+|/api/(projects|openapi\.json)"
    r"|/api/jobs/[^/]+/(work|edits|clips|words|peaks|cues|document|highlights|report\.html"
    r"|subtitles\.\w+|timeline\.\w+|undo|redo|reset|settings))"
)
"""Media, pictures and ZIP files are compressed already, and are asked for in ranges; events must
come at once."""


class Compression:
    """ASGI middleware."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.compressing = GZipMiddleware(app, minimum_size=1000, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, its answer compressed if that is of use."""
        text = scope["type"] == "http" and _TEXT.fullmatch(scope["path"])
        await (self.compressing if text else self.app)(scope, receive, send)
