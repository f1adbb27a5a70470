"""Page and API as one application, and the server that runs it."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import psutil

from vidtag.core.errors import OutputError, UserError, import_failure
from vidtag.core.installing import install_command
from vidtag.core.names import LOOPBACK, POCKET, SENSEVOICE
from vidtag.core.version import __version__
from vidtag.listening.models.locate import list_models
from vidtag.web.jobs import Jobs

if TYPE_CHECKING:
    from fastapi import FastAPI

_PROXY = re.compile(r"(?:https?|all|no)_proxy", re.IGNORECASE)
"""Environment variables that name proxies."""
_EVERYWHERE = ("0.0.0.0", "::", "")


def build(
    jobs: Jobs,
    *,
    hosts: frozenset[str] = frozenset(),
    auth: str | None = None,
    root_path: str = "",
) -> FastAPI:
    """The application: all of ``api``, and Gradio's page for uploads.

    Args:
        hosts, auth, root_path: as for ``api``.
    """
    # Gradio reads it when it is imported: uploads lie beside the jobs.
    os.environ["GRADIO_TEMP_DIR"] = str(jobs.uploads.folder)
    try:
        with _without_proxies():
            import gradio
    except ImportError as error:
        remedy = install_command("vidtag[web]")
        raise import_failure(error, "gradio", "the page needs Gradio", remedy) from error

    from vidtag.web import gradio_page

    mounted: FastAPI = gradio.mount_gradio_app(
        api(jobs, hosts=hosts, auth=auth, root_path=root_path),
        gradio_page.build(jobs),
        path="/",
        root_path=root_path or None,
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


def api(
    jobs: Jobs,
    *,
    hosts: frozenset[str] = frozenset(),
    auth: str | None = None,
    root_path: str = "",
) -> FastAPI:
    """The API under ``/api``, and pages to work on under ``/work``.

    Args:
        hosts: names under which the server answers; empty allows any.
        auth: ``user:password`` that clients must send, or None.
        root_path: path below which a proxy shows the server, such as ``/vidtag``.
    """
    from fastapi import FastAPI

    from vidtag.web import edit_routes, label_routes, project_routes, routes, work_page
    from vidtag.web.compression import Compression
    from vidtag.web.guard import Guard
    from vidtag.web.http_errors import add_error_handlers

    app = FastAPI(
        title="vidtag",
        version=__version__,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        root_path=root_path,
    )
    for router in (
        edit_routes.router(jobs),
        routes.router(jobs),
        label_routes.router(jobs),
        project_routes.router(jobs),
        work_page.router(),
    ):
        app.include_router(router)
    add_error_handlers(app)
    app.add_middleware(Compression)
    app.add_middleware(
        Guard, hosts=hosts, auth=auth, uploads=jobs.uploads, patience=jobs.limits.upload_patience
    )
    return app


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and by which names it may be asked.

    Attributes:
        host, port: where it listens; port 0 takes a free one.
        names: further names of it, as a proxy or the network has them.
        root_path: as for ``build``.
    """

    host: str
    port: int
    names: tuple[str, ...] = ()
    root_path: str = ""

    @property
    def hosts(self) -> frozenset[str]:
        """All names that requests may have."""
        found = {*LOOPBACK, self.host, *self.names}
        if self.host in _EVERYWHERE:
            found |= {socket.gethostname(), socket.getfqdn(), *_own_addresses()}
        return frozenset(name.lower() for name in found if name)

    def url(self, port: int) -> str:
        """An address that can be opened."""
        name = self.host
        if name in _EVERYWHERE:
            name = next(iter((*self.names, *_own_addresses())), "127.0.0.1")
        shown = f"[{name}]" if ":" in name else name
        return f"http://{shown}:{port}{self.root_path}"


def _own_addresses() -> list[str]:
    """This machine's addresses in its networks, without loopback."""
    families = (socket.AF_INET, socket.AF_INET6)
    found = [
        one.address
        for interface in psutil.net_if_addrs().values()
        for one in interface
        if one.family in families and "%" not in one.address
    ]
    return [one for one in found if not one.startswith("127.") and one != "::1"]


def serve(jobs: Jobs, address: Address, *, auth: str | None, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; then stop the work and remove every scratch file.

    Args:
        jobs: the jobs, which are closed at the end.
        address: where to listen.
        auth: as for ``build``.
        ready: receives the address once the server answers.

    Raises:
        OutputError: the port is taken, or may not be used.
        UserError: the extra ``web`` is not installed.
    """
    with contextlib.closing(jobs), _listening_socket(address.host, address.port) as listener:
        app = build(jobs, hosts=address.hosts, auth=auth, root_path=address.root_path)
        import uvicorn

        from vidtag.web.connections import patient_connections

        class Server(uvicorn.Server):
            def handle_exit(self, sig: int, frame: FrameType | None) -> None:
                jobs.closing.set()  # ends what would go on for as long as a page is open
                super().handle_exit(sig, frame)

        config = uvicorn.Config(
            app,
            http=patient_connections(jobs.limits.upload_patience),
            ws="none",
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        ready(address.url(listener.getsockname()[1]))
        with contextlib.suppress(KeyboardInterrupt):
            Server(config).run(sockets=[listener])


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
