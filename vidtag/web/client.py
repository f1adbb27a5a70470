"""Listen on another machine: the client of the HTTP API, with the standard library alone.

recording = Client("http://127.0.0.1:6006").listen("talk.mp4")
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

from vidtag.api import Recording
from vidtag.core import document as documents
from vidtag.core.errors import InputError, VidtagError
from vidtag.core.records import OnProgress, Progress, ignore_progress

_POLL_SECONDS = 0.5


class Client:
    """A ``vidtag web`` server.

    Args:
        url: its address.
        auth: ``user:password``, if the server requires them.
        timeout: seconds until a single request must have an answer.
    """

    def __init__(self, url: str, *, auth: str | None = None, timeout: float = 600.0) -> None:
        self.url, self.timeout = url.rstrip("/"), timeout
        self._headers = {}
        if auth is not None:
            token = base64.b64encode(auth.encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"

    def listen(
        self,
        path: str | Path,
        *,
        model: str | None = None,
        language: str = "auto",
        on_progress: OnProgress = ignore_progress,
    ) -> Recording:
        """Send a file, wait, and return what was heard in it; the server then removes both.

        Args:
            model: one of those the server offers; its first by default.
            language: as for ``vidtag.listen``.
            on_progress: receives progress; see ``vidtag.core.records.Progress``.

        Raises:
            InputError: the file cannot be read.
            VidtagError: the server refused, failed, or could not be reached.
        """
        file = Path(path).absolute()
        query = {"name": file.name, "language": language, **({"model": model} if model else {})}
        try:
            size = file.stat().st_size
            with file.open("rb") as body:
                job = self._ask(
                    f"/api/jobs?{urllib.parse.urlencode(query)}",
                    method="POST",
                    body=body,
                    headers={
                        "Content-Length": str(size),
                        "Content-Type": "application/octet-stream",
                    },
                )
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror or error})", path=file) from error
        address = f"/api/jobs/{job['id']}"
        try:
            while job["state"] in ("waiting", "running"):
                time.sleep(_POLL_SECONDS)
                job = self._ask(address)
                for stage in job["stages"]:
                    on_progress(Progress(stage["stage"], stage["share"], 1.0))
            if job["state"] != "done":
                raise VidtagError(job["error"] or f"the job was {job['state']}", path=file)
            document = documents.from_json(json.dumps(self._ask(f"{address}/document")))
        finally:
            self._ask(address, method="DELETE")
        # The server's document has only the name of the file.
        return Recording.of(replace(document, media=replace(document.media, path=str(file))))

    def _ask(
        self,
        address: str,
        *,
        method: str = "GET",
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        request = urllib.request.Request(
            self.url + address, body, {**self._headers, **(headers or {})}, method=method
        )
        try:
            # Not urlopen, which always uses the proxies that it found at its first call.
            opener = urllib.request.build_opener(*_direct(self.url))
            with opener.open(request, timeout=self.timeout) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise VidtagError(_error_message(error), path=self.url) from error
        except urllib.error.URLError as error:
            raise VidtagError(
                f"the server cannot be reached ({error.reason})",
                path=self.url,
                remedy="start it with vidtag web, or check the address",
            ) from error
        return json.loads(text) if text else None


def _direct(url: str) -> list[urllib.request.BaseHandler]:
    """What keeps a request to this machine from going through a proxy, which is another one."""
    host = urllib.parse.urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return [urllib.request.ProxyHandler({})]
    return []


def _error_message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {error.code} {error.reason}"
