"""The Python API: what it gives, what it says when something is wrong, and its types."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vidtag
from tests.builders.documents import laugh, make_document, make_phrase
from tools.film import make_film
from vidtag.core import document as documents
from vidtag.core.records import EventKind, Language

untyped: Any = vidtag
"""The API for those who write without a type checker."""

ROOT = Path(__file__).parent.parent
TONE = ("-f", "lavfi", "-i", "sine=duration=60", "-shortest", "-c:a", "aac")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", 4, 4, options=TONE).path


@pytest.fixture
def recording():
    words = make_phrase(Language.EN, "so that is what we decided to do", 1.0)
    return vidtag.Recording.of(make_document([words], [laugh(4.0, 6.0)], rate=25))


def test_only_what_is_meant_is_seen():
    assert sorted(dir(vidtag)) == ["Recording", "VidtagError", "__version__", "listen", "read"]
    assert all(getattr(vidtag, name) for name in dir(vidtag))


def test_what_was_heard_is_equal_when_it_is_read_again(film, tmp_path):
    heard = vidtag.listen(
        film,
        model="pocket",
        events={"kinds": {EventKind.LAUGHTER: {"on": 0.7}, "Cry": None}, "hop": 0.5},
        audio={"track": 0},
    )
    assert vidtag.read(heard.save(tmp_path / "film.vidtag.json")) == heard
    moved = replace(heard, media=replace(heard.media, path="elsewhere.mp4"))
    assert vidtag.read(moved.save(tmp_path / "moved.vidtag.json")) == moved


numbers = st.floats(0, 1e6)


@given(st.lists(st.tuples(numbers, numbers, st.floats(0, 1)), max_size=5), numbers, numbers)
def test_a_recording_has_the_numbers_that_are_written(spans, duration, shot):
    events = [replace(laugh(start, end), peak=peak, mean=peak / 3) for start, end, peak in spans]
    phrase = make_phrase(Language.ZH, "好的", duration, 1 / 3)
    document = make_document([phrase], events, duration=duration, shots=[shot], rate=25)
    recording = vidtag.Recording.of(document)
    assert vidtag.Recording.of(documents.from_json(recording.to_json())) == recording
    assert recording.to_json() == documents.to_json(document)


def test_options_are_settings(recording):
    assert recording.cues(event_markers=False) != recording.cues()
    assert "(ha)" in recording.to_srt(marker_wording={EventKind.LAUGHTER: "(ha)"})
    assert recording.highlights(tail=2.0)[0].end == pytest.approx(8.0, abs=0.5)
    assert recording.check("bbc") == recording.check(profile="bbc")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r, at: r.cues(profil="bbc"), "Did you mean 'subtitles.profile'"),
        (lambda r, at: r.cues(profile=3), "'subtitles.profile' is wrong"),
        (lambda r, at: r.subtitles("doc"), "'subtitles.formats.0' is wrong: .* not 'doc'"),
        (lambda r, at: r.subtitles(None), "'subtitles.formats.0' is wrong: .* not None"),
        (lambda r, at: r.check("bcc"), "'subtitles.profile' is wrong: .* not 'bcc'"),
        (lambda r, at: r.highlights(tial=1), "Did you mean 'highlights.tail'"),
        (lambda r, at: r.report(at / "x.html", language="fr"), "'report.language' is wrong"),
        (lambda r, at: r.report(None), "a path is needed, not None"),
        (lambda r, at: r.save(None), "a path is needed, not None"),
        (
            lambda r, at: r.save("https://x.org/y.vidtag.json"),
            "https://.*: an address is not a file",
        ),
        (
            lambda r, at: r.cut(r.highlights()[0], at / "clip.mkv"),
            r"clip\.mkv: .* as \.mp4",
        ),
        (lambda r, at: r.cut(r.highlights()[0], at / "clip"), "clip: .* end in .mp4"),
        (lambda r, at: r.cut("clip", at / "clip.mp4"), "a clip is cut, not 'clip'"),
        (lambda r, at: r.cut(r.highlights()[0], at / "clip.mp4"), "talk.mp4"),
        (lambda r, at: untyped.read(None), "a path is needed, not None"),
        (lambda r, at: vidtag.read(at), "cannot be read"),
        (lambda r, at: untyped.listen(None), "a path is needed, not None"),
        (lambda r, at: untyped.listen(b"x.mp4"), "a path is needed, not b'x.mp4'"),
        (lambda r, at: vidtag.listen("https://x.org/y.mp4"), "https://x.org/y.mp4: an address"),
        (lambda r, at: vidtag.listen(Path("https://x.org/y.mp4")), "https:.*: an address"),
        (lambda r, at: vidtag.listen(at / "absent.mp4"), "absent.mp4: there is no such file"),
        (lambda r, at: untyped.listen("x.mp4", model=3), "'model.name' is wrong: .* not 3"),
        (lambda r, at: untyped.listen("x.mp4", model={"nam": "x"}), "Did you mean 'model.name'"),
        (lambda r, at: untyped.listen("x.mp4", language="fr"), "'model.language' is wrong"),
        (lambda r, at: untyped.listen("x.mp4", config=3), "a path is needed, not 3"),
        (lambda r, at: untyped.listen("x.mp4", settings=[1]), "mapping of names to values"),
        (lambda r, at: untyped.listen("x.mp4", settings={"outputs.folder": at}), "'output"),
        (lambda r, at: untyped.listen("x.mp4", evnts={}), "Did you mean 'events'"),
        (lambda r, at: untyped.listen("x.mp4", audio=3), "a group of settings, not 3"),
        (lambda r, at: untyped.listen("x.mp4", on_progress=None), "on_progress must be a function"),
    ],
)
def test_a_mistake_is_one_clear_error(recording, tmp_path, call, message):
    with pytest.raises(vidtag.VidtagError, match=message) as raised:
        call(recording, tmp_path)
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_a_path_is_a_setting(film, tmp_path):
    vidtag.listen(film, model="pocket", settings={"output.folder": tmp_path})


RIGHT = """
from pathlib import Path

import vidtag
from vidtag.core.records import EventKind

recording: vidtag.Recording = vidtag.listen(
    Path("x.mp4"),
    model={"name": Path("model"), "number_type": "float32"},
    language="zh",
    audio={"channel": "left"},
    events={"hop": 1, "kinds": {"Laughter": {"on": 0.9}, EventKind.CRY: None}},
    settings={"output.folder": Path("x")},
)
recording.cues(profile="bbc", marker_wording={"Laughter": "(ha)"})
recording.subtitles("vtt", emotion_tags=True)
recording.to_srt(crlf=True)
recording.highlights(top=3, kinds={EventKind.LAUGHTER: 1.0}, mode="copy", phrases={"idea": ["x"]})
recording.report("x.html", language="zh")
recording.check("bbc")
try:
    vidtag.read("x")
except vidtag.VidtagError as error:
    print(error.remedy)
"""
WRONG = """
import vidtag

recording = vidtag.read("x")
recording.cues(profil="bbc")  # wrong
recording.cues(profile="bcc")  # wrong
recording.subtitles("doc")  # wrong
recording.to_srt(crlf="yes")  # wrong
recording.highlights(top="3")  # wrong
recording.highlights(mode="slow")  # wrong
recording.highlights(kinds={"Laugh": 1.0})  # wrong
recording.report("x.html", language="fr")  # wrong
recording.check("bcc")  # wrong
vidtag.listen(None)  # wrong
vidtag.listen("x", language="fr")  # wrong
vidtag.listen("x", model={"nam": "pocket"})  # wrong
vidtag.listen("x", audio={"channel": "middle"})  # wrong
vidtag.listen("x", settings=3)  # wrong
"""


def test_a_type_checker_knows_the_options(tmp_path):
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(WRONG)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", *tmp_path.iterdir()],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    marked = {n for n, line in enumerate(WRONG.splitlines(), 1) if line.endswith("# wrong")}
    found = re.findall(r"^\S*?(\w+)\.py:(\d+): error:", done.stdout, flags=re.MULTILINE)
    assert {(name, int(line)) for name, line in found} == {("wrong", n) for n in marked}, (
        done.stdout + done.stderr
    )
