"""Highlights of a document as files: clips, versions for phones, the reel, and the list of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import pytest

from tests.builders.documents import make_document, make_segment
from vidtag.core.errors import InputError, OutputError, VerificationError
from vidtag.core.records import (
    Document,
    EventKind,
    EventSpan,
    Language,
    Progress,
    Word,
)
from vidtag.core.settings import Config
from vidtag.cutting.cut import cut_clip
from vidtag.media.probe import probe
from vidtag.show import clip_cutting
from vidtag.show.highlight_files import _progress_of_clip, write_highlights
from vidtag.show.views import Views

WORDS = ("笑", "一", "笑", "吧")


def document(source: Path) -> Document:
    """A sentence, then laughter; later applause, louder."""
    words = tuple(Word(text, 0.4 + n / 5, 0.6 + n / 5, 0.9) for n, text in enumerate(WORDS))
    events = (
        EventSpan(EventKind.LAUGHTER, 1.4, 2.0, 0.85, 0.85),
        EventSpan(EventKind.APPLAUSE, 4.2, 5.6, 0.99, 0.98),
    )
    return make_document([make_segment(words, Language.ZH)], events, media=probe(source))


def config(**highlights: Any) -> Config:
    settings = {"setup": 1.0, "tail": 0.2, "min_duration": 0.5, "merge_gap": 0.1, **highlights}
    return Config.model_validate(
        {"highlights": settings, "subtitles": {"formats": ["srt"]}, "output": {"folder": "x"}}
    )


def make(source: Path, folder: Path, report: Any = None, **highlights: Any) -> Any:
    told: list[Progress] = []
    views = Views(document(source), config(**highlights))
    return write_highlights(views, folder, on_progress=report or told.append)


def test_everything_that_can_be_made_of_highlights(lab: Any, tmp_path: Path) -> None:
    told: list[Progress] = []
    shown = make(
        lab.video(), tmp_path, told.append,
        social=True, reel_from="social", reel_titles=True, reel_order="score",
    )  # fmt: skip
    assert not shown.failures
    listed = json.loads((tmp_path / "plain.highlights.json").read_text(encoding="utf-8"))
    assert len(listed["clips"]) == 2
    for clip in listed["clips"]:
        assert clip["mode"] in ("smart", "exact")
        assert bool(clip["mode_reason"]) == (clip["mode"] == "exact")
        assert clip["planned_start"] <= clip["start"] < clip["planned_start"] + 0.05
        with (
            av.open(str(tmp_path / clip["social"])) as upright,
            av.open(str(tmp_path / clip["file"])) as wide,
        ):
            picture, other = upright.streams.video[0], wide.streams.video[0]
            assert (picture.width, picture.height) == (180, 320)
            assert picture.frames == other.frames
        names = [clip["file"], clip["social"], *clip["subtitles"]]
        assert {tmp_path / name for name in names} <= set(shown.files)
    # The applause is the better one: it comes first, after its title.
    starts = listed["reel_starts"]
    applause = next(name for name in starts if "applause" in name)
    laughter = next(name for name in starts if "laughter" in name)
    assert 1 < starts[applause] < starts[laughter]
    with av.open(str(tmp_path / listed["reel"])) as reel:
        assert (reel.streams.video[0].width, reel.streams.video[0].height) == (180, 320)
    assert not [note for note in shown.notes if "encoded in part" in note]
    # The bar moves within a clip, and never back.
    cutting = [p.done for p in told if p.stage == "clips"]
    assert cutting == sorted(cutting)
    assert any(0 < done < 1 for done in cutting)
    # Another run takes away what this one made, and nothing else.
    (tmp_path / "plain.social" / "mine.txt").write_text("")
    make(lab.video(), tmp_path, enabled=False)
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert left == ["mine.txt"]


def test_the_bar_moves_through_the_stages_of_a_clip_and_never_back() -> None:
    told: list[Progress] = []
    tell = _progress_of_clip(told.append, 2, 5, ("cut", "social"))
    for stage in ("cut", "cut", "social"):  # cut anew, because the first did not pass the checks
        for tenths in range(11):
            tell(Progress(stage, tenths / 2, 5.0))
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert done[0] == 2
    assert done[22] == pytest.approx(2.495)
    assert done[-1] == pytest.approx(2.99)
    assert {progress.total for progress in told} == {5}


def test_a_clip_that_fails_leaves_the_others(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(media: Any, clip: Any, target: Path, **options: Any) -> Any:
        if "laughter" in target.name:
            raise VerificationError("frame 3 is another one", path=target)
        return cut_clip(media, clip, target, **options)

    monkeypatch.setattr(clip_cutting, "cut_clip", failing)
    shown = make(lab.video(), tmp_path)
    assert len(shown.failures) == 1
    assert "frame 3 is another one" in shown.failures[0]
    assert [path.name[:11] for path in shown.files if path.suffix == ".mp4"] == [
        "02-applause",
        "plain.reel.",
    ]


def test_a_full_disk_ends_it_and_what_was_finished_stays(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(media: Any, clip: Any, target: Path, **options: Any) -> Any:
        if "applause" in target.name:
            raise OutputError("the disk is full", path=target)
        return cut_clip(media, clip, target, **options)

    monkeypatch.setattr(clip_cutting, "cut_clip", full)
    with pytest.raises(OutputError, match="disk is full"):
        make(lab.video(), tmp_path)
    assert [path.name for path in (tmp_path / "plain.clips").glob("*.mp4")] == [
        "01-laughter-0m00s.mp4"
    ]


def test_a_video_that_has_changed_is_refused(lab: Any, tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"
    source.write_bytes(lab.video().read_bytes())
    heard = document(source)
    source.write_bytes(lab.video("film.mp4", rate=24).read_bytes())
    with pytest.raises(InputError, match="not the one that was listened to: its content changed"):
        write_highlights(Views(heard, config()), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["talk.mp4"]


def test_where_only_the_sound_goes_on_the_reel_has_the_pictures(lab: Any, tmp_path: Path) -> None:
    source = lab.video("short_picture.mp4", count=60, audio_end=6.0)
    shown = make(source, tmp_path)
    assert not shown.failures
    assert any("no picture" in note for note in shown.notes)
    listed = json.loads((tmp_path / "short_picture.highlights.json").read_text(encoding="utf-8"))
    assert len(listed["clips"]) == 2
    assert len(listed["reel_starts"]) == 1
