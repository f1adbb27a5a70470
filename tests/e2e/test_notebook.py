"""The notebook in docs/ runs from top to bottom, and its Python API does what it shows."""

import ast
import contextlib
import io
import json

import av
import pytest

from tests.builders.present import present
from tests.e2e.conftest import ROOT
from tests.report.test_page import Page

NOTEBOOK = ROOT / "docs/notebook.ipynb"


def run_cell(source, names):
    """Run a cell as a notebook does: what its last line is worth is shown."""
    tree = ast.parse(source)
    shown = None
    if isinstance(tree.body[-1], ast.Expr):
        shown = ast.Expression(tree.body.pop().value)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, "cell", "exec"), names)
        value = eval(compile(shown, "cell", "eval"), names) if shown else None
    return out.getvalue(), value


@pytest.fixture(scope="module")
def ran():
    """Output and last value of every cell, and the names they left."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names: dict = {}
    done = []
    with contextlib.chdir(NOTEBOOK.parent):
        for cell in cells:
            if cell["cell_type"] == "code":
                done.append(run_cell("".join(cell["source"]), names))
    return done, names


def test_every_cell_runs_and_says_something(ran):
    assert len(ran[0]) >= 5
    for output, value in ran[0]:
        assert output or value is not None


def test_the_recording_shows_itself_as_a_timeline(ran):
    page = Page(ran[1]["recording"]._repr_html_())
    assert "demo.mp4" in "".join(page.text)
    assert "script" not in page.tags
    blocks = [value for tag, name, value in page.attributes if "tl-span" in str(value)]
    recording = ran[1]["recording"]
    # A lane each for speech and emotion, events, and the default highlights.
    assert len(blocks) >= len(recording.segments) + len(recording.events)


def test_a_recording_is_a_document_that_comes_back(ran, tmp_path):
    import vidtag
    from vidtag.core.errors import ConfigError
    from vidtag.core.records import Document

    recording = ran[1]["recording"]
    assert isinstance(recording, Document)
    assert isinstance(recording, vidtag.Recording)
    again = vidtag.read(recording.save(tmp_path / "x.vidtag.json"))
    assert again.to_srt() == recording.to_srt()
    starts = [[clip.start for clip in r.highlights(top=2)] for r in (again, recording)]
    assert starts[0] == pytest.approx(starts[1], abs=1e-3)
    with pytest.raises(ConfigError, match=r"Did you mean .highlights\.top"):
        recording.highlights(topp=1)  # type: ignore[call-arg]


def test_what_was_written_is_there(ran):
    folder = ran[1]["folder"]
    with av.open(str(folder / "laugh.mp4")) as clip:
        wanted = ran[1]["laughs"][0]
        assert present(clip.duration) / 1e6 == pytest.approx(wanted.duration, abs=0.1)
    html = (folder / "demo.report.html").read_text(encoding="utf-8")
    assert html.count("data:image/jpeg") == len(ran[1]["recording"].highlights())
