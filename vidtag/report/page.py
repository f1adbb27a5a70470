"""The report, ``NAME.report.html``: one file that opens anywhere, offline.

Everything that was recognised, and every name, is escaped; the page's own policy allows no script
but the one it carries, no request, and no picture but those inside it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vidtag import files
from vidtag.core.display import colours_by_name
from vidtag.core.media_streams import Media
from vidtag.core.names import PageLanguage
from vidtag.core.records import Clip, Document
from vidtag.core.version import __version__
from vidtag.report.report_view import ReportView, report_view
from vidtag.report.thumbnails import moment, thumbnails
from vidtag.report.words import WORDS
from vidtag.subtitles.check.check_result import CheckResult


def write_report(
    document: Document,
    path: str | Path,
    *,
    clips: Sequence[Clip] = (),
    check: CheckResult | None = None,
    language: PageLanguage = "en",
    media: Media | None = None,
) -> None:
    """Write the report of a document, whole or not at all.

    Args:
        clips: the highlights.
        check: how the subtitles do by their profile.
        language: of the report itself.
        media: the video, of which a picture is shown for each highlight; None shows none.

    Raises:
        OutputError: it cannot be written there.
    """
    pictures = thumbnails(media, [moment(clip) for clip in clips]) if media else {}
    view = report_view(document, clips, check=check, thumbnails=pictures, language=language)
    files.write_bytes(path, render(view).encode("utf-8", "replace"))


def render(view: ReportView) -> str:
    """The report as HTML."""
    script = asset("timeline.js") + asset("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; media-src blob:; base-uri 'none'; form-action 'none'"
    )
    template = environment().get_template("report.html.j2")
    return template.render(
        view=view,
        words=WORDS[view.language],
        policy=policy,
        styles=_trusted(styles() + asset("report.css")),
        script=_trusted(script),
        version=__version__,
    )


def render_notebook(view: ReportView) -> str:
    """Timeline and transcript as the output of a notebook's cell; no script."""
    template = environment().get_template("notebook.html.j2")
    return template.render(view=view, words=WORDS[view.language], styles=_trusted(styles()))


def styles() -> str:
    """CSS of the timeline and of the colours."""
    rules = (f".c-{name}{{--c:{colour}}}\n" for name, colour in colours_by_name().items())
    return asset("vidtag.css") + "".join(rules)


@functools.cache
def asset(name: str) -> str:
    """A file of this package, as text."""
    return (resources.files(__package__) / "assets" / name).read_text(encoding="utf-8")


@functools.cache
def environment() -> Environment:
    """Templates of this package; whatever they insert is escaped."""
    return Environment(
        loader=PackageLoader(__package__ or "vidtag.report", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _trusted(text: str) -> Markup:
    """Text of this package that is markup already."""
    return Markup(text)
