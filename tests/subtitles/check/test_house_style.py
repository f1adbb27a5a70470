"""House styles of one's own, as the judge obeys them."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from vidtag.cli import app

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


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("lines: many\n", "lines"),
        ("charcters: 3\n", "charcters"),
        ("languages: {tlh: {characters: 5}}\n", "tlh"),
        ("min_duration: 9\n", "min_duration"),
    ],
)
def test_a_file_that_is_no_house_style_is_one_clear_error(tmp_path, style, said):
    done = check(tmp_path, style)
    assert done.exception is not None
    assert said in str(done.exception) + done.output
    assert "ours.yaml" in str(done.exception) + done.output
