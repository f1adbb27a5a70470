"""Checks every request before page and API get it: host, origin, password and path.

A server on one's own machine is reachable from every page in one's browser, so requests must name
this server as their host, and those that change something must come from its own pages.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from vidtag.web.bodies import TOO_LARGE, Receive, counted, is_small, patient
from vidtag.web.limits import DEFAULT_LIMITS, MOST_UPLOADS
from vidtag.web.user_files import SESSION_COOKIE, Uploads, new_session

Scope = MutableMapping[str, Any]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_ALLOWED_GRADIO = re.compile(
    r"/gradio_api/(upload|upload_progress|heartbeat/[^/]+|run/predict|reset|"
    r"startup-events|info|app_id)/?"
)
"""Gradio's routes that the page needs; reading files by path, fetching addresses and monitoring
are not among them."""

_GRADIO_UPLOAD = re.compile(r"/gradio_api/upload/?")
_SESSION = re.compile(r"[A-Za-z0-9_-]{32}")
_UPLOADS = re.compile(r"(/api/jobs|/api/projects|/gradio_api/upload)/?")
"""Routes that count what they receive, write it to disk, and have a limit of their own."""

_REFUSED_GRADIO = re.compile(r"/(file|proxy|stream|monitoring|deep_link|login|logout|token)\b")

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""Browsers request nothing from other servers. Gradio compiles its templates in the browser, so
scripts cannot be forbidden altogether; text cannot contain any because all of it is escaped."""

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Guard:
    """ASGI middleware.

    Args:
        hosts: names under which the server answers; empty allows any.
        auth: ``user:password`` that clients must send (HTTP Basic), or None.
        uploads: what each browser has uploaded.
        patience: seconds after which a request that sends nothing more is over.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: frozenset[str] = frozenset(),
        auth: str | None = None,
        uploads: Uploads | None = None,
        patience: float = DEFAULT_LIMITS.upload_patience,
    ) -> None:
        self.app, self.hosts, self.uploads, self.patience = app, hosts, uploads, patience
        self.receiving = 0
        self._expected = base64.b64encode(auth.encode()) if auth else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # no websockets here
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        path = _path(scope)
        session = _session(scope)
        answer = bytearray()
        uploading = self.uploads is not None and _GRADIO_UPLOAD.fullmatch(path)
        head_only = scope["method"] == "HEAD"
        if head_only:
            scope = {**scope, "method": "GET"}

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.body" and uploading and self.uploads:
                answer.extend(message.get("body", b""))
                if not message.get("more_body"):
                    self.uploads.received(session, bytes(answer))
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                if path == "/" or uploading:
                    cookie = f"{SESSION_COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict"
                    headers.append((b"set-cookie", cookie.encode()))
                names = {name.lower() for name, _ in headers}
                headers += [pair for pair in _HEADERS if pair[0] not in names]
                if b"content-security-policy" not in names:
                    headers.append((b"content-security-policy", POLICY.encode()))
                if path.startswith("/api/") and b"cache-control" not in names:
                    headers.append((b"cache-control", b"no-store"))
                message = {**message, "headers": headers}
                if head_only:
                    await send(message)
                    await send({"type": "http.response.body", "body": b""})
                    raise _AnsweredError
            await send(message)

        body = patient(receive, self.patience)
        receives = bool(_UPLOADS.fullmatch(path)) and scope["method"] == "POST"
        if receives and self.receiving >= MOST_UPLOADS:
            await _error(503, "too many files are being sent: try again later")(scope, body, send)
            return
        self.receiving += receives
        whole = self.uploads.receiving() if uploading and self.uploads else contextlib.nullcontext()
        try:
            with whole:
                await self.app(scope, body if receives else counted(body), guarded)
        except _OVER:
            pass
        except BaseExceptionGroup as errors:
            if errors.subgroup(_OVER) is None:
                raise
        finally:
            self.receiving -= receives

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if self.hosts and _name(host) not in self.hosts:
            return _error(421, "this server does not go by that name")
        origin = headers.get(b"origin", b"").decode("latin-1")
        unsafe = scope["method"] not in ("GET", "HEAD")
        if unsafe and origin and urlsplit(origin).netloc != host:
            return _error(403, "requests from other sites are not taken")
        if self._expected is not None:
            scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
            right = hmac.compare_digest(given.strip(), self._expected)
            if scheme.lower() != b"basic" or not right:
                answer = _error(401, "name and password are needed")
                answer.headers["WWW-Authenticate"] = 'Basic realm="vidtag", charset="UTF-8"'
                return answer
        path = _path(scope)
        announced = headers.get(b"content-length", b"0")
        if not _UPLOADS.fullmatch(path) and not is_small(announced):
            return _error(413, TOO_LARGE)
        if path.startswith("/gradio_api/") and not _ALLOWED_GRADIO.fullmatch(path):
            return _error(404, "there is nothing here")
        if _REFUSED_GRADIO.match(path):
            return _error(404, "there is nothing here")
        return None


class _AnsweredError(Exception):
    """A HEAD request has its answer, with what GET would say of itself: the rest is not made."""


_OVER = (_AnsweredError, ClientDisconnect)
"""What ends a request that nobody waits for any more; no fault of the server's."""


def _path(scope: Scope) -> str:
    """The path below the one that the server is mounted at."""
    root = scope.get("root_path", "")
    path: str = scope["path"]
    below = path.removeprefix(root) if root and path.startswith(f"{root}/") else path
    return below or "/"


def _session(scope: Scope) -> str:
    """The name of the browser that asks: its cookie, or a new one."""
    cookies = SimpleCookie()
    with contextlib.suppress(CookieError):
        cookies.load(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    known = cookies.get(SESSION_COOKIE)
    return known.value if known and _SESSION.fullmatch(known.value) else new_session()


def _name(host: str) -> str:
    """The host without its port."""
    return (urlsplit(f"//{host}").hostname or "").lower()


def _error(code: int, text: str) -> JSONResponse:
    return JSONResponse({"error": text}, code)
