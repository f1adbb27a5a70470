"""Subtitles in a video: burned in, as a track, and the fonts for them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from tests.builders.documents import make_video_stream
from tests.builders.present import duration_of, time_of
from vidtag.core.errors import InputError, OutputError, ToolError
from vidtag.core.records import Cue, CueKind, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.media import ffmpeg
from vidtag.media.probe import probe
from vidtag.subtitles import fonts
from vidtag.subtitles.burn import burn_in
from vidtag.subtitles.formats.registry import render_cues
from vidtag.subtitles.mux import mux, track_language, track_title

CONFIG = SubtitlesConfig()
CUES = (
    Cue(1.0, 2.0, ("Hello & <there>", "{you}"), language=Language.EN),
    Cue(2.5, 3.0, ("[laughter]",), CueKind.EVENT, Language.EN, markers=(0,)),
)


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    """Four seconds of grey with a tone."""
    path = tmp_path_factory.mktemp("video") / "grey 'it;s' [1].mp4"
    ffmpeg.run(
        [
            *("-f", "lavfi", "-i", "color=gray:size=320x240:rate=25:duration=4"),
            *("-f", "lavfi", "-i", "sine=frequency=300:duration=4"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", ffmpeg.file_url(path)),
        ]
    )
    return path


def pictures(path: Path) -> dict[float, np.ndarray]:
    with av.open(str(path)) as container:
        return {
            round(float(frame.time), 2): frame.to_ndarray(format="gray")
            for frame in container.decode(video=0)
        }


def test_burned_in_text_is_there_when_it_should_be_and_nowhere_else(video, tmp_path):
    target = tmp_path / "burned.mp4"
    done: list[float] = []
    burn_in(probe(video), CUES, target, CONFIG, on_seconds=done.append)
    frames = pictures(target)
    lit = {time for time, frame in frames.items() if frame.max() > 200}
    assert lit == {t for t in frames if 1.0 <= t < 2.0 or 2.5 <= t < 3.0}
    low = frames[1.2][120:]
    assert (low > 200).sum() > 50
    assert frames[1.2][:120].max() < 200
    assert probe(target).audio[0].codec == "aac"
    assert not list(tmp_path.glob(".vidtag-partial*"))


def test_sound_alone_cannot_be_burned_into(tmp_path):
    path = tmp_path / "sound.wav"
    ffmpeg.run(["-f", "lavfi", "-i", "sine=duration=1", ffmpeg.file_url(path)])
    with pytest.raises(InputError, match="no picture"):
        burn_in(probe(path), CUES, tmp_path / "out.mp4", CONFIG)
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    ("suffix", "codec", "language"),
    [(".mp4", "mov_text", "zho"), (".mkv", "ssa", "chi"), (".mov", "mov_text", "chi")],
)
def test_a_track_keeps_times_text_and_language(video, tmp_path, suffix, codec, language):
    target = tmp_path / f"with{suffix}"
    cues = (
        Cue(1.0, 2.0, ("三个<程序>", "{结果}"), language=Language.ZH),
        Cue(2.5, 3.0, ("[笑声]",), CueKind.EVENT, Language.ZH, markers=(0,)),
    )
    mux(probe(video), cues, target, CONFIG)
    with av.open(str(target)) as container:
        (stream,) = container.streams.subtitles
        assert stream.codec_context.name == codec
        assert stream.language == language
        packets = [p for p in container.demux(stream) if p.size and p.duration]
        times = [(float(time_of(p)), float(duration_of(p))) for p in packets]
        texts = [bytes(p).decode(errors="replace") for p in packets]
        if codec == "mov_text":  # packets without text fill the gaps
            shown = [(t, x) for t, x in zip(times, texts, strict=True) if len(x) > 2]
            times, texts = [t for t, _ in shown], [x for _, x in shown]
    assert times == [pytest.approx((1.0, 1.0), abs=0.01), pytest.approx((2.5, 0.5), abs=0.01)]
    assert "三个" in texts[0]
    assert "笑声" in texts[1]
    assert {s.codec for s in probe(target).audio} == {"aac"}


def test_capitals_in_an_upright_picture_take_no_third_row(tmp_path):
    """Drawn by libass: rows of light letters are counted."""
    upright = tmp_path / "upright.mp4"
    grey = "color=gray:size=540x960:rate=5:duration=1"
    ffmpeg.run(["-f", "lavfi", "-i", grey, "-c:v", "libx264", ffmpeg.file_url(upright)])
    cue = Cue(0.0, 1.0, ("WOMEN WHO MAKE MOVIES NOW", "WHOM WE MUM AND WOWED HIM"))
    burn_in(probe(upright), (replace(cue, language=Language.EN),), tmp_path / "out.mp4", CONFIG)
    light = (pictures(tmp_path / "out.mp4")[0.2] > 200).any(axis=1)
    assert np.count_nonzero(np.diff(light.astype(int)) == 1) == 2


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_track_with_sounds_is_for_the_hearing_impaired_and_one_without_comes_first(
    video, tmp_path, suffix
):
    target = tmp_path / f"two{suffix}"
    clean = (Cue(1.0, 2.0, ("Hello", "{you}"), language=Language.EN),)
    mux(probe(video), CUES, target, CONFIG, clean=clean)
    with av.open(str(target)) as container:
        kinds = av.stream.Disposition
        flags = [s.disposition & (kinds.default | kinds.hearing_impaired)
                 for s in container.streams.subtitles]  # fmt: skip
        assert flags == [kinds.default, kinds.hearing_impaired]
        texts = [b"", b""]
        for packet in container.demux(container.streams.subtitles):
            texts[packet.stream.index - 2] += bytes(packet)
    assert b"laughter" in texts[1]
    assert b"laughter" not in texts[0]
    assert b"Hello" in texts[0]


def test_only_some_containers_take_subtitles(video, tmp_path):
    with pytest.raises(OutputError, match=r"\.avi"):
        mux(probe(video), CUES, tmp_path / "x.avi", CONFIG)


def test_a_track_of_many_languages_says_so():
    half = (
        Cue(0.0, 5.0, ("a",), language=Language.EN),
        Cue(5.0, 10.0, ("好",), language=Language.ZH),
    )
    assert track_language(half, ".mp4") == "mul"
    assert track_language(half[:1], ".mp4") == "eng"
    assert track_language(half[1:], ".mkv") == "chi"
    assert track_language((), ".mp4") == "und"
    cantonese = (Cue(0.0, 5.0, ("唔好",), language=Language.YUE),)
    assert track_language(cantonese, ".mp4") == "zho"
    assert track_language(cantonese, ".mkv") == "chi"
    assert track_title(cantonese) == "Subtitles (粤语)"
    assert track_title((*half, half[0])) == "Subtitles (English, 中文)"


def test_fonts_that_lack_a_language_are_found_out(tmp_path, monkeypatch):
    """With no font but a Latin one, Latin shows and Chinese does not."""
    latin = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if latin is None:
        import matplotlib

        latin = Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")
    folder = tmp_path / "fonts"
    folder.mkdir()
    shutil.copy(latin, folder)
    settings = tmp_path / "fonts.conf"
    settings.write_text(
        f"<fontconfig><dir>{folder}</dir><cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(settings))
    missing = fonts.missing_languages({Language.EN, Language.ZH, Language.KO})
    if not missing:
        pytest.skip("this ffmpeg chooses fonts without fontconfig")
    assert missing == (Language.KO, Language.ZH)
    with pytest.raises(ToolError, match="Noto Sans CJK"):
        fonts.require({Language.ZH})


def test_the_longest_lines_stay_inside_a_tall_picture(tmp_path):
    """Rendered, not computed: the outermost columns stay empty."""
    if fonts.missing_languages({Language.ZH}):
        pytest.skip("no Chinese font on this machine")
    for size, line, language in (
        ((270, 480), "国" * 11, Language.ZH),
        ((270, 480), "mnopqrstuv because the eels", Language.EN),
        ((480, 270), "国" * 16, Language.ZH),
        ((480, 270), "because my neighbor John Smith has some it", Language.EN),
        ((300, 300), "because my neighbor John Smith has some it", Language.EN),
    ):
        picture = make_video_stream(1, size, duration=1.0)
        cue = Cue(0.0, 1.0, (line[:25] if size == (270, 480) else line,), language=language)
        script = tmp_path / "x.ass"
        script.write_text(render_cues([cue], "ass", video=picture, config=CONFIG), "utf-8")
        import ffmpeg as graphs

        source = graphs.input(f"color=black:size={size[0]}x{size[1]}:rate=1:duration=1", f="lavfi")
        shown = fonts.subtitles_filter(source, script, None)
        raw = ffmpeg.run(shown.output("pipe:1", format="rawvideo", pix_fmt="gray"))
        frame = np.frombuffer(raw, np.uint8).reshape(size[1], size[0])
        edge = size[0] // 50
        assert frame[:, :edge].max() < 40, (size, line)
        assert frame[:, -edge:].max() < 40, (size, line)
        rows = np.nonzero(frame.max(axis=1) > 128)[0]
        assert rows[-1] - rows[0] < 0.09 * size[1], "the line was wrapped"
