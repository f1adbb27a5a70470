"""House styles of one's own, as the judge obeys them."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from typer.testing import CliRunner

import vidtag
from tests.builders.documents import make_document, make_phrase
from vidtag.cli import app
from vidtag.core import document as documents
from vidtag.core.errors import ConfigError
from vidtag.core.records import Language
from vidtag.core.settings import Config
from vidtag.core.settings.yaml_file import read_yaml

SRT = "1\n00:00:01,000 --> 00:00:03,000\nNobody had told us about the bridge.\n"


def check(tmp_path, style: str):
    (tmp_path / "ours.yaml").write_text(style)
    (tmp_path / "x.srt").write_text(SRT)
    command = ["check", str(tmp_path / "x.srt"), "--profile", str(tmp_path / "ours.yaml")]
    return CliRunner().invoke(app, [*command, "--json"])


@pytest.mark.parametrize(
    ("style", "rules"),
    [
        ("based_on: netflix\n", []),
        ("languages: {en: {characters: 30}}\n", ["line-length"]),
        ("languages: {en: {characters_a_second: 12}}\n", ["reading-speed"]),
        ("min_duration: 2.5\n", ["min-duration"]),
        ("max_duration: 1.5\n", ["max-duration"]),
        ("languages: {ja: {characters: 5}}\n", []),
    ],
)
def test_a_file_of_figures_is_judged_by(tmp_path, style, rules):
    done = check(tmp_path, style)
    report = json.loads(done.stdout)
    assert report["profile"] == "ours"
    assert [found["rule"] for found in report["violations"]] == rules
    assert done.exit_code == bool(rules)


DOCUMENT = [("We walked along the river in the morning and nobody had told us about it.", 1.0)]


def test_the_layout_obeys_a_file_wherever_it_is_named(tmp_path, monkeypatch):
    """On the command line, in a settings file relative to it, in the settings, and from Python."""
    style = {"based_on": "bbc", "lines": 1, "languages": {"en": {"characters": 20}}}
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "ours.yaml").write_text(json.dumps(style))
    (tmp_path / "settings" / "run.yaml").write_text("subtitles: {profile: ours.yaml}\n")
    phrases = [make_phrase(Language.EN, text, at) for text, at in DOCUMENT]
    document = make_document(phrases, rate=Fraction(24))
    path = tmp_path / "talk.vidtag.json"
    path.write_text(documents.to_json(document))
    ways = {
        "--profile": str(tmp_path / "settings" / "ours.yaml"),
        "--config": str(tmp_path / "settings" / "run.yaml"),
        "--set": f"subtitles.profile={json.dumps(style)}",
    }
    texts = set()
    for option, value in ways.items():
        command = ["subtitles", str(path), "-o", str(tmp_path / option), "--formats", "srt"]
        done = CliRunner().invoke(app, [*command, option, value])
        assert done.exit_code == 0, (option, done.exception)
        texts.add((tmp_path / option / "talk.srt").read_text())
    recording = vidtag.read(path)
    texts.add(recording.to_srt(profile=tmp_path / "settings" / "ours.yaml"))
    assert len(texts) == 1
    cues = [block.split("\n")[2:] for block in texts.pop().strip().split("\n\n")]
    assert len(cues) >= 4
    assert all(len(lines) == 1 and len(lines[0]) <= 20 for lines in cues)


def test_the_file_of_a_batch_is_relative_to_it_and_its_figures_are_settings(tmp_path):
    """So workers on other machines need no copy, and a change of the file is one of settings."""
    (tmp_path / "ours.yaml").write_text("lines: 1\n")
    (tmp_path / "batch.yaml").write_text(
        "profiles:\n  - {match: '*.mp4', subtitles: {profile: ours.yaml}}\n"
    )
    source = read_yaml(tmp_path / "batch.yaml", ())
    settings = Config().with_values({"subtitles": source.data["profiles"][0]["subtitles"]})
    kept = json.loads(settings.model_dump_json())["subtitles"]["profile"]
    assert (kept["name"], kept["lines"]) == ("ours", 1)


def test_japanese_may_be_short_and_close_and_its_vertical_lines_hold_eleven(tmp_path):
    vtt = "WEBVTT\n\n00:01.000 --> 00:01.520\nはい\n\n00:01.520 --> 00:04.520 vertical:rl\nあ"
    (tmp_path / "x.vtt").write_text(f"{vtt}{'い' * 10}\n")
    checked = CliRunner().invoke(app, ["check", str(tmp_path / "x.vtt")])
    assert checked.exit_code == 0, checked.output
    (tmp_path / "x.vtt").write_text(f"{vtt}{'い' * 11}\n")
    checked = CliRunner().invoke(app, ["check", str(tmp_path / "x.vtt")])
    assert "12 characters, 11 allowed" in checked.output
    slow = ["check", str(tmp_path / "x.vtt"), "--profile", "netflix-subtitles"]
    assert "reading-speed" not in CliRunner().invoke(app, slow).output


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("lines: many\n", "lines"),
        ("charcters: 3\n", "charcters"),
        ("languages: {tlh: {characters: 5}}\n", "tlh"),
        ("min_duration: 9\n", "min_duration must be less than max_duration"),
        ("based_on: hbo\n", "'netflix', 'netflix-subtitles', 'bbc'"),
        ("lines: 3\n", "less than or equal to 2"),
    ],
)
def test_a_file_that_is_no_house_style_is_one_clear_error(tmp_path, style, said):
    done = check(tmp_path, style)
    assert done.exception is not None
    assert said in str(done.exception) + done.output
    assert "ours.yaml" in str(done.exception) + done.output


def test_what_is_no_file_is_said_to_be_none(tmp_path):
    for place, said in ((tmp_path, "no regular file"), (tmp_path / "ours.yaml", "no such file")):
        with pytest.raises(ConfigError, match=said):
            Config().with_values({"subtitles.profile": place})
