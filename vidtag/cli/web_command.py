"""``vidtag web``: the page and the HTTP API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidtag.core.names import DOCUMENT_SUFFIX
from vidtag.core.terminal import say
from vidtag.files import check_writable
from vidtag.web.limits import DEFAULT_LIMITS, ServerLimits

_MEGABYTE = 1_000_000


def web(
    projects: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="Where videos, results and edits are kept; without it, nothing is.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 is everywhere.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 6006,
    auth: Annotated[
        str | None,
        typer.Option(
            metavar="USER:PASSWORD",
            envvar="VIDTAG_WEB_AUTH",
            help="Ask for name and password; better given as the environment variable.",
        ),
    ] = None,
    anyone: Annotated[
        bool, typer.Option("--anyone", help="Let anyone in who reaches the address.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="Another name of the server, as a proxy has it."),
    ] = None,
    root_path: Annotated[
        str, typer.Option(metavar="PATH", help="Path below which a proxy shows it: /vidtag.")
    ] = "",
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="Models to choose from, the first by default."),
    ] = None,
    profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE",
            help="House styles of your own to choose from; the first is the default.",
        ),
    ] = None,
    allow: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="Files in here may be named instead of uploaded."),
    ] = None,
    max_upload: Annotated[
        int, typer.Option(min=1, metavar="MB", help="Largest file that may be uploaded.")
    ] = DEFAULT_LIMITS.max_upload_bytes // _MEGABYTE,
    keep: Annotated[
        int,
        typer.Option(
            min=1, metavar="MINUTES", help="How long unused results stay without a FOLDER."
        ),
    ] = int(DEFAULT_LIMITS.keep_seconds // 60),
    upload_patience: Annotated[
        float,
        typer.Option(
            min=0.1, metavar="SECONDS", help="When what stops half way is over, such as an upload."
        ),
    ] = DEFAULT_LIMITS.upload_patience,
) -> None:
    """Open a page to work on, and an HTTP API for other programs (needs the extra 'web')."""
    from vidtag.core.errors import UserError
    from vidtag.core.names import LOOPBACK
    from vidtag.web.jobs import Jobs
    from vidtag.web.listen_task import prepare
    from vidtag.web.offered_styles import OfferedStyles
    from vidtag.web.server import Address, offered_models, readable_folders, serve

    if auth is not None and not all(auth.partition(":")):
        raise UserError("--auth must be USER:PASSWORD")
    if host not in LOOPBACK and auth is None and not anyone:
        raise UserError(
            f"anyone who reaches {host} could use it",
            remedy="give --auth USER:PASSWORD, or --anyone if that is meant",
        )
    if projects is not None:
        check_writable(projects / DOCUMENT_SUFFIX)
    jobs = Jobs(
        limits=ServerLimits(
            keep_seconds=keep * 60.0,
            max_upload_bytes=max_upload * _MEGABYTE,
            upload_patience=upload_patience,
        ),
        allowed=readable_folders(allow or ()),
        models=offered_models(model or ()),
        styles=OfferedStyles.of(profile or ()),
        projects=projects,
        prepare=prepare,
    )
    path = f"/{root_path.strip('/')}" if root_path.strip("/") else ""
    address = Address(host, port, tuple(name or ()), path)
    serve(jobs, address, auth=auth, ready=lambda url: say(f"vidtag is at {url}"))
