"""All audio tracks of a clip: their order, their channels, and at which sample they begin.

The sound is noise that is nowhere twice the same. Clip and source are decoded by the ffmpeg
program, and correlated to the sample.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.builders.present import duration_of
from tests.cutting.test_cut import cut
from vidtag.core.names import CutMode
from vidtag.cutting import cut as cutting
from vidtag.cutting.coding import Coding
from vidtag.cutting.sound_copy import FOR_BROWSERS, copied_sounds
from vidtag.media.ffmpeg import file_url, run

RATE = 48_000
CENTRE = "0*c0|0*c0|c0|0*c0|0.1*c0|0.1*c0"


def noise(seed: int, rate: int = RATE) -> str:
    return f"anoisesrc=r={rate}:d=8:seed={seed}:a=0.3,lowpass=4000"


def make(lab: Any, name: str, *options: str, seeds: tuple[int, ...] = (1,)) -> Path:
    """Six seconds of counted frames with noise, encoded as the options say."""
    target: Path = lab.folder / name
    if target.exists():
        return target
    inputs = [word for seed in seeds for word in ("-f", "lavfi", "-i", noise(seed))]
    maps = [word for number in range(len(seeds)) for word in ("-map", f"{number + 1}:a")]
    picture = ["-i", file_url(lab.video()), "-map", "0:v", "-c:v", "copy"]
    run([*picture[:2], *inputs, *picture[2:], *maps, *options, "-t", "6", file_url(target)])
    return target


def decoded(path: Path, track: int = 0, channel: int = 0) -> np.ndarray:
    """One channel from the file's zero on, as ffmpeg plays it."""
    pan = f"aresample={RATE}:async=1:first_pts=0,pan=mono|c0=c{channel}"
    words = ["-i", file_url(path), "-map", f"0:a:{track}", "-af", pan, "-f", "f32le", "pipe:1"]
    return np.frombuffer(run(words), "<f4")


def samples_late(clip: np.ndarray, source: np.ndarray, start: float, at: float) -> int:
    """By how many samples the clip's sound comes late at a second of it."""
    length, reach = RATE // 2, 3000
    first = round(at * RATE)
    part = clip[first : first + length]
    begin = round((start + at) * RATE)
    # What would lie before the source's beginning is silent.
    around = np.concatenate([np.zeros(reach), source, np.zeros(reach)])[begin:][
        : part.size + 2 * reach
    ]
    size = 1 << (around.size + part.size).bit_length()
    found = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(part, size)), size)
    best = int(found[: 2 * reach].argmax())
    piece = around[best : best + part.size]
    likeness = float(np.corrcoef(piece, part)[0, 1])
    assert likeness > 0.9, "another sound"
    return reach - best


def payloads(path: Path, track: int) -> list[bytes]:
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        # A transport stream has seven bytes of ADTS before each frame of AAC.
        header = 7 if container.format.name == "mpegts" else 0
        return [bytes(packet)[header:] for packet in container.demux(stream) if packet.size]


SOURCES = {
    "aac.mp4": ("-c:a", "aac"),
    "aac.mkv": ("-c:a", "aac"),
    "aac.ts": ("-c:a", "aac", "-muxdelay", "0"),
    "rate.mov": ("-c:a", "aac", "-ar", "44100"),
    "ac3.mkv": ("-c:a", "ac3"),
    "mp3.mp4": ("-c:a", "libmp3lame", "-b:a", "64k"),
    "pcm.mov": ("-c:a", "pcm_s16le"),
    "opus.mkv": ("-c:a", "libopus"),
}
COPIED = {"aac", "ac3", "mp3"}


@pytest.mark.parametrize(
    ("name", "mode"),
    [*((name, CutMode.SMART) for name in SOURCES)]
    + [(name, mode) for name in ("aac.mp4", "pcm.mov") for mode in (CutMode.EXACT, CutMode.COPY)],
)
def test_every_track_begins_at_its_sample(
    name: str, mode: CutMode, lab: Any, tmp_path: Path
) -> None:
    source = make(lab, name, *SOURCES[name], seeds=(1, 2))
    result = cut(source, 1.37, 3.93, tmp_path, mode=mode, audio_track=1)
    # A container that rounds times does so in the source as well.
    most = 48 if name.endswith((".mkv", ".ts")) else 1
    for track, original in enumerate([1, 0]):
        clip, whole = decoded(result.path, track), decoded(source, original)
        for at in (0.0, result.duration - 0.6):
            assert abs(samples_late(clip, whole, result.start, at)) <= most
        assert clip.size == pytest.approx(result.duration * RATE, abs=1024)
        kept = payloads(result.path, track)
        assert set(kept) <= set(payloads(source, original)) or name[:3] not in COPIED | {"rat"}
    with av.open(str(result.path)) as written:
        default = [bool(s.disposition & s.disposition.default) for s in written.streams.audio]
        codecs = {stream.codec_context.name for stream in written.streams.audio}
        assert default == [True, False]
        frame = 1 / 25
        for stream in written.streams.audio:
            assert stream.start_time == 0
            assert float(duration_of(stream)) == pytest.approx(result.duration, abs=frame)
    expected = {"ac3": {"ac3"}, "mp3": {"mp3", "mp3float"}}.get(name[:3], {"aac"})
    assert codecs <= expected


def test_the_beginning_of_a_file(lab: Any, tmp_path: Path) -> None:
    source = make(lab, "aac.mp4", *SOURCES["aac.mp4"], seeds=(1, 2))
    result = cut(source, 0.0, 2.0, tmp_path)
    # What the encoder needed before the first sample stays hidden.
    assert samples_late(decoded(result.path), decoded(source), 0.0, 0.1) == 0
    assert payloads(result.path, 0)[0] == payloads(source, 0)[0]


def test_an_edit_list_tells_where_the_sound_begins(lab: Any, tmp_path: Path) -> None:
    source = make(lab, "aac.mp4", *SOURCES["aac.mp4"], seeds=(1, 2))
    data = cut(source, 2.0, 4.0, tmp_path).path.read_bytes()
    media_times, at = [], data.find(b"elst")
    while at >= 0:
        media_times.append(struct.unpack(">i", data[at + 16 : at + 20])[0])
        at = data.find(b"elst", at + 4)
    # Those of the two sounds begin within a quarter second and a packet.
    assert sum(0 < time <= RATE // 4 + 1024 for time in media_times) >= 2


@pytest.mark.parametrize(
    ("name", "options"),
    [("surround.mov", ("-c:a", "pcm_s16le")), ("surround.mkv", ("-c:a", "ac3"))],
)
def test_surround_keeps_its_centre(
    name: str, options: tuple[str, ...], lab: Any, tmp_path: Path
) -> None:
    pan = f"pan=5.1|{'|'.join(f'c{n}={gain}' for n, gain in enumerate(CENTRE.split('|')))}"
    source = make(lab, name, "-af", pan, *options)
    result = cut(source, 1.0, 3.0, tmp_path)
    with av.open(str(result.path)) as clip:
        assert clip.streams.audio[0].codec_context.layout.nb_channels == 6
    levels = [float(np.std(decoded(result.path, 0, channel))) for channel in range(6)]
    assert levels[2] > 5 * max(levels[0], levels[1], levels[3])
    centre = decoded(result.path, 0, 2)
    assert abs(samples_late(centre, decoded(source, 0, 2), 1.0, 0.5)) <= 48


@pytest.mark.parametrize("codec", ["ac3", "eac3"])
def test_sound_that_browsers_do_not_play_is_encoded_for_them(
    codec: str, lab: Any, tmp_path: Path
) -> None:
    source = make(lab, f"{codec}.mkv", "-c:a", codec)
    result = cut(source, 1.0, 3.0, tmp_path, coding=Coding(FOR_BROWSERS))
    with av.open(str(result.path)) as clip:
        assert clip.streams.audio[0].codec_context.name == "aac"
    assert abs(samples_late(decoded(result.path), decoded(source), 1.0, 0.5)) <= 48


def test_languages_and_titles_stay_with_their_tracks(lab: Any, tmp_path: Path) -> None:
    tags = ("language=fra", "language=jpn", "title=boom")
    words = [
        *("-c:a", "aac", "-metadata:s:a:0", tags[0]),
        *("-metadata:s:a:1", tags[1], "-metadata:s:a:1", tags[2]),
    ]
    source = make(lab, "tagged.mkv", *words, seeds=(1, 2))
    for mode in (CutMode.SMART, CutMode.EXACT):
        result = cut(source, 1.0, 3.0, tmp_path, mode=mode, audio_track=1)
        with av.open(str(result.path)) as clip:
            written = [stream.metadata for stream in clip.streams.audio]
        assert [tags.get("language") for tags in written] == ["jpn", "fra"]
        assert written[0]["handler_name"] == "boom"


def test_sound_with_a_hole_is_encoded_and_stays_in_time(lab: Any, tmp_path: Path) -> None:
    whole = make(lab, "aac.mp4", *SOURCES["aac.mp4"], seeds=(1, 2))
    source = lab.folder / "hole.mkv"
    with av.open(str(whole)) as one, av.open(str(source), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in one.streams}
        for packet in one.demux():
            missing = packet.stream.type == "audio" and 2.0 < (packet.pts or 0) / RATE < 2.5
            if packet.size and not missing:
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    result = cut(source, 1.0, 4.0, tmp_path)
    written, original = decoded(result.path), decoded(whole)
    assert float(np.std(written[round(1.1 * RATE) : round(1.4 * RATE)])) < 0.001
    for at in (0.2, 2.2):
        assert abs(samples_late(written, original, 1.0, at)) <= 60


def test_a_copy_that_is_shifted_is_found_and_encoded(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make(lab, "aac.mp4", *SOURCES["aac.mp4"], seeds=(1, 2))

    def late(*arguments: Any) -> Any:
        found = copied_sounds(*arguments)
        for copied in found.values():
            object.__setattr__(copied, "hidden", copied.hidden - 400)
        return found

    monkeypatch.setattr(cutting, "copied_sounds", late)
    for mode in (CutMode.SMART, CutMode.EXACT):
        result = cut(source, 1.0, 3.0, tmp_path, mode=mode)
        assert samples_late(decoded(result.path), decoded(source), result.start, 0.5) == 0
        assert not set(payloads(result.path, 0)) & set(payloads(source, 0))


def test_sound_alone_is_copied(lab: Any, tmp_path: Path) -> None:
    whole = make(lab, "aac.mp4", *SOURCES["aac.mp4"], seeds=(1, 2))
    source = lab.folder / "alone.m4a"
    run(["-i", file_url(whole), "-vn", "-map", "0:a", "-c", "copy", file_url(source)])
    result = cut(source, 1.2345, 3.0, tmp_path)
    assert result.path.suffix == ".m4a"
    for track in (0, 1):
        assert set(payloads(result.path, track)) <= set(payloads(source, track))
        late = samples_late(decoded(result.path, track), decoded(source, track), result.start, 0.2)
        assert abs(late) <= 1
