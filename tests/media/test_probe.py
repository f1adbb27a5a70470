"""What is said about real files, good and bad."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from tests.media.conftest import pips, write_wav
from vidtag.core.errors import InputError
from vidtag.media.extent import measure
from vidtag.media.ffmpeg import file_url
from vidtag.media.fingerprint import SAMPLE, SAMPLES, _places, fingerprint
from vidtag.media.probe import probe
from vidtag.media.tracks import choose_audio

Cli = Callable[..., None]


def test_picture_and_sound(tone_video: Path) -> None:
    media = probe(tone_video)
    video, (audio,) = media.video, media.audio
    assert video is not None
    assert (video.codec, video.width, video.height) == ("h264", 64, 48)
    assert (video.frame_rate, video.variable_frame_rate) == (Fraction(25), False)
    assert (video.rotation, video.pixel_format) == (0, "yuv420p")
    assert (video.start, video.duration) == (0, 6)
    assert (audio.codec, audio.sample_rate, audio.channels) == ("aac", 48_000, 1)
    assert (audio.language, audio.title, audio.track, audio.start) == (None, None, 0, 0)
    assert media.duration == pytest.approx(6, abs=0.03)
    assert media.path == str(tone_video)
    assert "mp4" in media.container


def test_path_is_made_absolute(tone_video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tone_video.parent)
    assert probe(tone_video.name) == probe(tone_video)


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_rotation(
    clockwise: int, suffix: str, tone_video: Path, tmp_path: Path, ffmpeg_cli: Cli
) -> None:
    turned = tmp_path / f"turned.{suffix}"
    # ffmpeg's option turns counterclockwise.
    ffmpeg_cli("-display_rotation", str(-clockwise), "-i", tone_video, "-c", "copy", turned)
    video = probe(turned).video
    assert video is not None
    assert video.rotation == clockwise


@pytest.mark.parametrize(
    ("suffix", "timecode"), [("mov", "01:00:00;02"), ("mov", "10:00:00:00"), ("mkv", "00:00:01:00")]
)
def test_timecode(
    suffix: str, timecode: str, tone_video: Path, tmp_path: Path, ffmpeg_cli: Cli
) -> None:
    coded = tmp_path / f"coded.{suffix}"
    rate = "30000/1001" if ";" in timecode else "25"
    options = ["-c:v", "mpeg4", "-r", rate, "-t", "1"]
    tag = ("-metadata:s:v", f"timecode={timecode}") if suffix == "mkv" else ("-timecode", timecode)
    ffmpeg_cli("-i", tone_video, *options, *tag, coded)
    video = probe(coded).video
    assert video is not None
    assert video.timecode == timecode
    plain = probe(tone_video).video
    assert plain is not None
    assert plain.timecode is None


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "60"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_constant_frame_rates_are_exact_and_constant(
    rate: str, suffix: str, tmp_path: Path, ffmpeg_cli: Cli
) -> None:
    file = tmp_path / f"v.{suffix}"
    ffmpeg_cli("-f", "lavfi", "-i", f"testsrc=s=64x48:r={rate}:d=3", "-c:v", "libx264", file)
    video = probe(file).video
    assert video is not None
    assert not video.variable_frame_rate
    assert float(video.frame_rate) == pytest.approx(float(Fraction(rate)), rel=0.02)
    if suffix != "ts":
        assert float(video.frame_rate) == pytest.approx(float(Fraction(rate)), rel=1e-4)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("dropped", ["lt(mod(n,7),2)", "gt(t,5)*mod(n,3)"])
def test_variable_frame_rate(suffix: str, dropped: str, tmp_path: Path, ffmpeg_cli: Cli) -> None:
    """Frames missing throughout, or only in the second half."""
    file = tmp_path / f"v.{suffix}"
    ffmpeg_cli(
        "-f", "lavfi", "-i", "testsrc=s=64x48:r=30:d=12", "-vf", f"select='not({dropped})'",
        "-fps_mode", "vfr", "-c:v", "libx264", "-g", "30", file,
    )  # fmt: skip
    video = probe(file).video
    assert video is not None
    assert video.variable_frame_rate


def test_duration_that_is_not_declared(tone_video: Path, tmp_path: Path, ffmpeg_cli: Cli) -> None:
    live = tmp_path / "live.mkv"
    ffmpeg_cli("-i", tone_video, "-c", "copy", "-live", "1", live)
    assert probe(live).duration == pytest.approx(6, abs=0.05)
    assert measure(tone_video).duration == pytest.approx(6, abs=0.05)


def test_duration_of_raw_streams_is_not_guessed_from_the_bit_rate(
    tmp_path: Path, ffmpeg_cli: Cli
) -> None:
    """Loud noise, then silence: the first frames' bit rate says nothing about the length."""
    for suffix in ("aac", "mp3"):
        file = tmp_path / f"v.{suffix}"
        ffmpeg_cli(
            "-f", "lavfi", "-i", "anoisesrc=d=5", "-f", "lavfi", "-i", "anullsrc=d=25",
            "-filter_complex", "concat=n=2:v=0:a=1", "-q:a", "2", "-write_xing", "0", file,
        ) if suffix == "mp3" else ffmpeg_cli(
            "-f", "lavfi", "-i", "anoisesrc=d=5", "-f", "lavfi", "-i", "anullsrc=d=25",
            "-filter_complex", "concat=n=2:v=0:a=1", file,
        )  # fmt: skip
        assert probe(file).duration == pytest.approx(30, abs=0.3)


def test_video_without_sound(tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]) -> None:
    file = tmp_path / "silent.mp4"
    ffmpeg_cli(*picture, "-t", "1", file)
    media = probe(file)
    assert media.video is not None
    assert media.audio == ()
    with pytest.raises(InputError, match="has no sound") as caught:
        choose_audio(media)
    assert caught.value.path == str(file)


def test_fingerprint_sees_content_and_not_names(tmp_path: Path) -> None:
    one, two = tmp_path / "a", tmp_path / "b"
    data = bytearray(os.urandom(5 * SAMPLE))
    one.write_bytes(data)
    two.write_bytes(data)
    assert fingerprint(one) == fingerprint(two)
    assert len(fingerprint(one)) == 32
    for place in (0, len(data) // 3, len(data) // 2, len(data) - 1):
        changed = bytearray(data)
        changed[place] ^= 1
        two.write_bytes(changed)
        assert fingerprint(one) != fingerprint(two)
    two.write_bytes(data + b"\0")
    assert fingerprint(one) != fingerprint(two)
    one.write_bytes(data[:2000])
    two.write_bytes(data[:1999] + bytes([data[1999] ^ 1]))
    assert fingerprint(one) != fingerprint(two)


def test_no_long_change_of_a_large_file_hides_between_samples() -> None:
    for size in (SAMPLES * SAMPLE + 1, 3 * SAMPLES * SAMPLE + 77, 200 * SAMPLES * SAMPLE):
        places = list(_places(size))
        assert len(places) == SAMPLES
        assert (places[0], places[-1]) == (0, size - SAMPLE)
        unread = [b - a - SAMPLE for a, b in pairwise(places)]
        assert min(unread) >= 0
        assert max(unread) < 2 * size / SAMPLES


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "talk.wav"
    file.write_bytes(os.urandom(9 * SAMPLE))
    before, first = file.stat(), fingerprint(file)
    time.sleep(2.2)  # so long that the process trusts size and times
    assert fingerprint(file) == first
    with file.open("rb+") as opened:
        opened.seek(4 * SAMPLE + 123)
        opened.write(b"bleep")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert fingerprint(file) != first


def refused(path: Path | str, cause: str) -> InputError:
    with pytest.raises(InputError, match=cause) as caught:
        probe(path)
    error = caught.value
    assert error.path == str(Path(path).absolute())
    assert error.exit_code == 2
    assert error.remedy
    assert "\n" not in str(error)
    return error


def test_not_there(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.mp4", "no such file")
    (tmp_path / "file").write_text("x")
    refused(tmp_path / "file" / "below.mp4", "no such file")


def test_folder(tmp_path: Path) -> None:
    refused(tmp_path, "is a folder")


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    refused(tmp_path / "empty.mp4", "is empty")


def test_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    refused(tmp_path / "pipe.mp4", "not a regular file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tone_video: Path) -> None:
    tone_video.chmod(0)
    refused(tone_video, "cannot be read")


def test_text_that_is_called_a_video(tmp_path: Path) -> None:
    file = tmp_path / "notes.mp4"
    for text in ("hello\n" * 500, "笑" * 5000, "WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n",
                 "1\n00:00:00,000 --> 00:00:01,000\nHi\n"):  # fmt: skip
        file.write_text(text, encoding="utf-8")
        refused(file, "is text")


def test_noise_that_is_called_a_video(tmp_path: Path) -> None:
    file = tmp_path / "noise.mp4"
    file.write_bytes(b"\0\1\2\3" * 9 + bytes(range(256)) * 300)
    refused(file, "not a media file")


def test_picture_file(tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]) -> None:
    file = tmp_path / "photo.png"
    ffmpeg_cli(*picture, "-frames:v", "1", file)
    refused(file, "not a media file")


def test_mp4_cut_off_before_its_index(tmp_path: Path, tone_video: Path, ffmpeg_cli: Cli) -> None:
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    ffmpeg_cli("-i", tone_video, "-c", "copy", whole)
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    refused(cut, r"cut off before its index \(moov atom not found\)")
    # Cut inside an index that stands at the front.
    data = tone_video.read_bytes()
    cut.write_bytes(data[: data.index(b"moov") + 100])
    refused(cut, "cut off before its index")


def test_playlists_and_scripts_open_nothing(tmp_path: Path, tone_video: Path) -> None:
    """Whatever a file says, nothing else is opened: neither files nor the network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x.ts"
        for name, text in {
            "a.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{url}\n#EXT-X-ENDLIST\n",
            "b.mp4": f"#EXTM3U\n#EXTINF:6,\n{tone_video}\n#EXT-X-ENDLIST\n",
            "c.ffconcat": f"ffconcat version 1.0\nfile '{tone_video.name}'\n",
            "d.mpd": f'<?xml version="1.0"?><MPD><BaseURL>{url}</BaseURL></MPD>',
            "e.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n",
        }.items():
            file = tmp_path / name
            file.write_text(text)
            refused(file, "points elsewhere")
        with pytest.raises(BlockingIOError):
            server.accept()
    script = tmp_path / "no-text.mkv"
    script.write_bytes(b"ffconcat version 1.0\n# \xff\nfile " + tone_video.name.encode() + b"\n")
    assert script.parent == tone_video.parent
    refused(script, "points elsewhere")
    for name in ("http://127.0.0.1:9/x.mp4", "concat:a.mp4|b.mp4", "pipe:0", "data:,x"):
        refused(name, "no such file")


def test_hidden_playlist_in_a_container_name_is_not_followed(
    tmp_path: Path, ffmpeg_cli: Cli
) -> None:
    """A pattern in a name is a name."""
    sound = write_wav(tmp_path / "1.wav", pips([1], 2))
    pattern = tmp_path / "%d.wav"
    refused(pattern, "no such file")
    ffmpeg_cli("-i", file_url(sound), file_url(pattern))
    assert probe(pattern).duration == pytest.approx(2)
