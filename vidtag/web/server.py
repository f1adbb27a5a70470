"""Page and API as one application, and the server that runs it."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vidtag.core.errors import OutputError, UserError, import_failure
from vidtag.core.names import LOOPBACK, POCKET, SENSEVOICE
from vidtag.core.version import __version__
from vidtag.listening.models.locate import list_models
from vidtag.web.jobs import Jobs

if TYPE_CHECKING:
    from fastapi import FastAPI

_PROXY = re.compile(r"(?:https?|all|no)_proxy", re.IGNORECASE)
"""Environment variables that name proxies."""


def build(jobs: Jobs, *, hosts: frozenset[str] = frozenset(), auth: str | None = None) -> FastAPI:
    """The application: the API under ``/api``, the page everywhere else.

    Args:
        hosts: names under which the server answers; empty allows any.
        auth: ``user:password`` that clients must send, or None.
    """
    # Gradio reads it when it is imported: uploads lie beside the jobs.
    os.environ["GRADIO_TEMP_DIR"] = str(jobs.uploads)
    try:
        with _without_proxies():
            import gradio
        from fastapi import FastAPI
    except ImportError as error:
        remedy = "pip install 'vidtag[web]'"
        raise import_failure(error, "gradio", "the page needs Gradio", remedy) from error

    from vidtag.web import gradio_page, page_routes, routes
    from vidtag.web.guard import Guard
    from vidtag.web.http_errors import add_error_handlers

    app = FastAPI(
        title="vidtag",
        version=__version__,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.include_router(routes.router(jobs))
    app.include_router(page_routes.router(jobs))
    add_error_handlers(app)
    app.add_middleware(Guard, hosts=hosts, auth=auth)
    mounted: FastAPI = gradio.mount_gradio_app(
        app,
        gradio_page.build(jobs),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=jobs.limits.max_upload_bytes,
        blocked_paths=["/"],
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        i18n=gradio_page.I18N,
        theme=gradio_page.theme(),
        head=gradio_page.head(),
    )
    return mounted


@contextlib.contextmanager
def _without_proxies() -> Iterator[None]:
    """Without the proxies that the environment names: Gradio makes clients as it is imported, which
    fails for SOCKS without a further package, and nothing of vidtag's page goes through them.
    """
    hidden = {name: os.environ[name] for name in list(os.environ) if _PROXY.fullmatch(name)}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)


def serve(
    jobs: Jobs, host: str, port: int, *, auth: str | None, ready: Callable[[str], None]
) -> None:
    """Serve until interrupted; then stop the work and remove every file.

    Args:
        jobs: the jobs, which are closed at the end.
        host: address to listen at.
        port: 0 takes a free one.
        auth: as for ``build``.
        ready: receives the address once the server answers.

    Raises:
        OutputError: the port is taken, or may not be used.
        UserError: the extra ``web`` is not installed.
    """
    with contextlib.closing(jobs), _listening_socket(host, port) as listener:
        hosts = frozenset((*LOOPBACK, host.lower())) if host in LOOPBACK else frozenset[str]()
        app = build(jobs, hosts=hosts, auth=auth)
        import uvicorn

        config = uvicorn.Config(
            app, log_level="warning", server_header=False, timeout_graceful_shutdown=3
        )
        name = f"[{host}]" if ":" in host else host
        ready(f"http://{name}:{listener.getsockname()[1]}")
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def offered_models(named: Sequence[str]) -> tuple[str, ...]:
    """Models that users may choose, the default first.

    Args:
        named: the models to offer; if there are none, SenseVoiceSmall and pocket are offered, and
            the default is the first of them that is on this machine.
    """
    if named:
        return tuple(dict.fromkeys(named))
    here = {known.name for known in list_models() if known.path is not None}
    return (SENSEVOICE, POCKET) if SENSEVOICE in here else (POCKET, SENSEVOICE)


def readable_folders(allowed: Sequence[Path]) -> tuple[Path, ...]:
    """Folders whose files may be named instead of uploaded.

    Raises:
        UserError: one is no folder.
    """
    for folder in allowed:
        if not folder.is_dir():
            raise UserError(
                "is not a folder", path=folder, remedy="name existing folders with --allow"
            )
    return tuple(allowed)


def _listening_socket(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(100)  # clients may connect as soon as the address is shown
    except OSError as error:
        raise OutputError(
            f"cannot listen here ({error.strerror or error})",
            path=f"{host}:{port}",
            remedy="choose another --port or --host",
        ) from error
    return listener
