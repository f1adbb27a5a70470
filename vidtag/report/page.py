"""The report, ``NAME.report.html``: one file that opens anywhere, offline.

Everything that was recognised, and every name, is escaped; the page's own policy allows no script
but the one it carries, no request, and no picture but those inside it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vidtag.core.display import colours_by_name
from vidtag.core.version import __version__
from vidtag.report.dense_lanes import is_dense, rows, shapes
from vidtag.report.report_view import ReportView
from vidtag.report.words import WORDS


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
    made = Environment(
        loader=PackageLoader(__package__ or "vidtag.report", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.tests["dense"] = is_dense
    made.filters |= {"shapes": shapes, "rows": rows}
    return made


def _trusted(text: str) -> Markup:
    """Text of this package that is markup already."""
    return Markup(text)
