"""A document is laid out and its highlights are selected once, whatever is written of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.builders.documents import make_segment, make_words
from tests.show.test_highlight_files import config, document
from vidtag.core.settings import Config
from vidtag.select.clips import select_clips
from vidtag.show import everything, views
from vidtag.show.views import Views
from vidtag.subtitles.layout.cues import lay_out


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often ``select`` and ``lay_out`` were called."""
    counts: Counter[str] = Counter()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            counts[name] += 1
            return function(*args, **options)

        return call

    for name, function in (("select_clips", select_clips), ("lay_out", lay_out)):
        counting = counted(name.removesuffix("_clips"), function)
        users = [m for m in list(sys.modules.values()) if m.__dict__.get(name) is function]
        assert views in users
        for module in users:
            monkeypatch.setattr(module, name, counting)
    return counts


def everything_asked(**highlights: Any) -> Config:
    """Every subtitle format, clips, a reel, every timeline and the report."""
    base = config(**highlights)
    formats = ("srt", "ass", "vtt", "ttml", "json", "txt", "rich", "karaoke")
    return base.model_copy(
        update={
            "subtitles": base.subtitles.model_copy(update={"formats": formats}),
            "timelines": base.timelines.model_copy(update={"formats": ("otio", "edl", "chapters")}),
        }
    )


def test_a_run_lays_out_once_and_selects_once(
    lab: Any, tmp_path: Path, calls: Counter[str]
) -> None:
    heard = document(lab.video())
    # Sixteen words a second force violations; those are explained by the same layout.
    fast = make_segment(
        make_words(
            "one after the other and far too fast for all who read", 0.1, each=0.05, gap=0.01
        )
    )
    shown = Views(replace(heard, segments=(fast,)), everything_asked())
    assert shown.check.violations
    written = everything.show(shown, tmp_path)
    assert not written.failures
    names = {path.name for path in written.files}
    assert {"plain.srt", "plain.karaoke.ass", "plain.reel.mp4", "plain.report.html"} <= names
    assert {"plain.events.otio", "plain.highlights.edl", "plain.highlights.json"} <= names
    assert calls == {"select": 1, "lay_out": 1}


def test_social_clips_are_laid_out_for_their_own_shape(
    lab: Any, tmp_path: Path, calls: Counter[str]
) -> None:
    written = everything.show(Views(document(lab.video()), everything_asked(social=True)), tmp_path)
    assert not written.failures
    assert calls == {"select": 1, "lay_out": 2}


def test_edited_cues_are_shown_in_place_of_those_laid_out(lab: Any, tmp_path: Path) -> None:
    heard = document(lab.video())
    mine = tuple(replace(cue, lines=("Mine.",)) for cue in Views(heard, Config()).cues)
    settings = everything_asked(enabled=False)
    written = everything.show(Views(heard, settings, edited_cues=mine), tmp_path)
    assert "Mine." in (tmp_path / "plain.srt").read_text(encoding="utf-8")
    assert {"plain.karaoke.ass", "plain.rich.txt"} <= {path.name for path in written.files}
    assert "}Mine." in (tmp_path / "plain.karaoke.ass").read_text(encoding="utf-8")
