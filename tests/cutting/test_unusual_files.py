"""Clips of files that cameras, phones and editors make and others stumble over.

Each file is made here, by FFmpeg, by muxing packets by hand, or by changing its bytes; what a clip
of it should hold is known from how it was made.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.builders.videos import draw
from tests.cutting.test_cut import clock_zero, cut, make_clip
from vidtag.core.names import CutMode
from vidtag.cutting.cut import cut_clip
from vidtag.media.ffmpeg import file_url, run
from vidtag.media.hidden_frames import is_hidden
from vidtag.media.probe import probe

ENCODED = [CutMode.SMART, CutMode.EXACT]


def numbers(lab: Any, path: Path) -> list[int]:
    return [seen.number for seen in lab.frames(path)]


def remuxed(lab: Any, source: Path, name: str, *options: str, before: tuple[str, ...] = ()) -> Path:
    """A file with the packets of another one, by FFmpeg."""
    target: Path = lab.folder / name
    if not target.exists():
        run([*before, "-i", file_url(source), "-c", "copy", *options, file_url(target)])
    return target


@pytest.fixture(scope="session")
def trimmed(lab: Any) -> Path:
    """Trimmed without encoding: from frame 40 on, its keyframe 25 hidden by an edit list."""
    return remuxed(lab, lab.video(), "trimmed.mp4", before=("-ss", "1.6"))


@pytest.mark.parametrize("mode", ENCODED)
@pytest.mark.parametrize("start", [0.0, 0.2, 1.0])
def test_a_keyframe_hidden_by_an_edit_list(
    start: float, mode: CutMode, lab: Any, trimmed: Path, tmp_path: Path
) -> None:
    assert numbers(lab, trimmed)[0] == 40
    result = cut(trimmed, start, start + 1.4, tmp_path, mode=mode)
    first = 40 + round(start * 25)
    assert numbers(lab, result.path) == list(range(first, first + 35))


def test_a_copy_hides_what_the_edit_list_of_its_source_hides(
    lab: Any, trimmed: Path, tmp_path: Path
) -> None:
    result = cut(trimmed, 0.2, 1.2, tmp_path, mode=CutMode.COPY)
    assert (result.mode, result.start) == (CutMode.COPY, 0.0)
    written = numbers(lab, result.path)
    assert written[0] == 40
    assert {45, 69} <= set(written)
    # The clip lasts as long as what it shows: the hidden frames take no time.
    with av.open(str(result.path)) as clip:
        assert clip.streams.video[0].start_time == 0
        assert clip.duration is not None
        assert clip.duration / 1e6 == pytest.approx(len(written) / 25, abs=0.03)


@pytest.mark.parametrize("mode", ENCODED)
def test_leading_pictures_before_the_first_keyframe(
    mode: CutMode, lab: Any, tmp_path: Path
) -> None:
    """A recording that begins within an open group of pictures: its first keyframe is shown after
    pictures that cannot be decoded."""
    options = {"preset": "medium", "bf": "3", "x264-params": "open-gop=1:keyint=25:scenecut=0"}
    whole = lab.video("open.ts", options=options)
    target = lab.folder / "begins_open.ts"
    with av.open(str(whole)) as source, av.open(str(target), "w", format="mpegts") as out:
        stream = source.streams.video[0]
        track = out.add_stream_from_template(stream, opaque=True)
        keys = 0
        for packet in source.demux(stream):
            keys += packet.is_keyframe
            if keys >= 3 and packet.size:
                packet.stream = track
                out.mux(packet)
    shown = numbers(lab, target)
    assert 48 <= shown[0] <= 50
    zero = clock_zero(target)
    meant = [seen.number for seen in lab.frames(target) if seen.time - zero < 1.498]
    result = cut(target, 0.0, 1.5, tmp_path, mode=mode)
    assert numbers(lab, result.path) == meant


@pytest.fixture(scope="session")
def field_pictures(lab: Any) -> Path:
    """H.264 of which every field is a packet of its own, one behind the other, at 25 frames."""
    target: Path = lab.folder / "fields.ts"
    with av.open(str(target), "w", format="mpegts") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        stream.options = {
            "g": "25", "bf": "0", "preset": "ultrafast", "flags": "+ildct+ilme",
            "x264-params": "tff=1",
        }  # fmt: skip
        for number in range(100):
            frame = av.VideoFrame.from_ndarray(draw(number, 320, 192), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return target


@pytest.mark.parametrize("mode", CutMode)
def test_interlaced_h264_in_a_transport_stream(
    mode: CutMode, lab: Any, field_pictures: Path, tmp_path: Path
) -> None:
    result = cut(field_pictures, 1.0, 2.0, tmp_path, mode=mode)
    assert numbers(lab, result.path) == list(range(25, 50))


def with_hidden_packets(source: Path, target: Path) -> None:
    """The same with a picture before each keyframe that is decoded and not shown: its double, with
    the bit ``show_frame`` cleared (0x10 in VP8, 0x02 in VP9)."""
    with av.open(str(source)) as one, av.open(str(target), "w") as out:
        streams = [one.streams.video[0], one.streams.audio[0]]
        tracks = {s.index: out.add_stream_from_template(s, opaque=True) for s in streams}
        bit = {"vp8": 0x10, "vp9": 0x02}[streams[0].codec_context.name]
        for packet in one.demux(streams):
            if not packet.size:
                continue
            if packet.stream.type == "video" and packet.is_keyframe and packet.pts:
                data = bytearray(bytes(packet))
                assert data[0] & bit
                data[0] ^= bit
                double = av.Packet(bytes(data))
                double.time_base = packet.time_base
                double.pts = double.dts = packet.pts - 1
                double.is_keyframe = True
                double.stream = tracks[packet.stream_index]
                out.mux(double)
            packet.stream = tracks[packet.stream_index]
            out.mux(packet)


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
@pytest.mark.parametrize("mode", CutMode)
def test_packets_that_show_nothing(mode: CutMode, codec: str, lab: Any, tmp_path: Path) -> None:
    options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    options |= {"auto-alt-ref": "0", "b": "2M"}
    plain = lab.video("shown.webm", codec=codec, audio_codec="libopus", options=options)
    source = tmp_path / "hidden.webm"
    with_hidden_packets(plain, source)
    result = cut(source, 0.6, 3.4, tmp_path, mode=mode)
    # FFmpeg packs VP9's into superframes when it writes them, which may be copied.
    first = 0 if result.mode is CutMode.COPY else 15
    assert numbers(lab, result.path)[: 85 - first] == list(range(first, 85))
    assert len(numbers(lab, result.path)) == 85 - first or result.mode is CutMode.COPY


@pytest.mark.parametrize(
    ("codec", "data", "hidden"),
    [
        ("vp8", "1002", False),
        ("vp8", "0102", True),
        ("vp9", "82", False),  # a key frame that is shown
        ("vp9", "84", True),  # frame_type 1, show_frame 0
        ("vp9", "86", False),
        ("vp9", "88", False),  # shows an existing frame
        ("vp9", "b2", True),  # profile 3, whose bits are one further to the right
        ("vp9", "b3", False),
        ("vp9", "8401c00101c0"[:4] + "c0" + "02" + "c0", False),  # a superframe of one frame
        ("h264", "00", False),
        ("vp9", "", False),
    ],
)
def test_whether_a_packet_is_shown_stands_in_its_first_bits(
    codec: str, data: str, hidden: bool
) -> None:
    assert is_hidden(codec, bytes.fromhex(data)) is hidden


@pytest.mark.parametrize("mode", CutMode)
def test_avi_whose_sound_refuses_seeks(mode: CutMode, lab: Any, tmp_path: Path) -> None:
    """Without its index an AVI's sound cannot be sought: motion JPEG of cameras, PCM beside it."""
    plain = lab.video("cam.avi", codec="mjpeg", pixel_format="yuvj420p", audio_codec="pcm_s16le")
    target = lab.folder / "noindex.avi"
    data = plain.read_bytes()
    target.write_bytes(data.replace(b"idx1", b"JUNK").replace(b"indx", b"JUNK"))
    result = cut(target, 1.0, 2.0, tmp_path, mode=mode)
    assert numbers(lab, result.path) == list(range(25, 50))
    assert lab.clicks(result.path)[-1] == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("mode", CutMode)
def test_h264_with_b_frames_in_avi(mode: CutMode, lab: Any, tmp_path: Path) -> None:
    """AVI has the times of decoding only: frames are those that their numbers say."""
    source = remuxed(lab, lab.video("b.mp4", options={"preset": "medium", "bf": "3"}), "b264.avi")
    result = cut(source, 1.0, 3.0, tmp_path, mode=mode)
    written = numbers(lab, result.path)
    # The file begins with up to two frames of delay, by which its clock may be late.
    assert written == list(range(written[0], written[0] + 50))
    assert 23 <= written[0] <= 25


def lie_about_keyframes(source: Path, target: Path) -> None:
    """Mark samples 1, 20, 60 and 110 of an MP4 as its sync samples, whatever they are."""
    data = bytearray(source.read_bytes())
    at = data.index(b"stss")
    count = struct.unpack(">I", data[at + 8 : at + 12])[0]
    entries = ([1, 20, 60, 110] * count)[:count]
    entries = sorted(set(entries))
    data[at + 8 : at + 12] = struct.pack(">I", len(entries))
    for number, entry in enumerate(entries):
        data[at + 12 + 4 * number : at + 16 + 4 * number] = struct.pack(">I", entry)
    target.write_bytes(data)


@pytest.mark.parametrize("mode", CutMode)
def test_key_flags_that_lie(mode: CutMode, lab: Any, tmp_path: Path) -> None:
    source = lab.folder / "lies.mov"
    lie_about_keyframes(lab.video("mpeg4.mov", codec="mpeg4"), source)
    result = cut(source, 3.0, 4.0, tmp_path, mode=mode)
    written = numbers(lab, result.path)
    assert {*range(75, 100)} <= set(written)
    if result.mode is not CutMode.COPY:
        assert len(written) == 25


def test_several_frames_of_sound_in_a_packet(lab: Any, tmp_path: Path) -> None:
    """Old phones put ten AMR frames into a sample of 3GP, of which only the first has a time."""
    tone = "aevalsrc=0.5*sin(2*PI*(300+60*t)*t):s=8000:d=6"
    plain, source = tmp_path / "plain.3gp", tmp_path / "old.3gp"
    run(["-f", "lavfi", "-i", tone, "-c:a", "libopencore_amrnb", "-b:a", "12.2k", file_url(plain)])
    data = bytearray(plain.read_bytes())
    # The tables of times, sizes and chunks, ten frames of 32 bytes to a sample.
    times, sizes, chunks = (data.index(name) for name in (b"stts", b"stsz", b"stsc"))
    size, count = struct.unpack(">II", data[sizes + 8 : sizes + 16])
    assert size == 32
    assert struct.unpack(">I", data[chunks + 8 : chunks + 12]) == (1,)
    data[sizes + 8 : sizes + 16] = struct.pack(">II", 320, count // 10)
    data[chunks + 16 : chunks + 20] = struct.pack(">I", count // 10)
    data[times + 8 : times + 20] = struct.pack(">III", 1, count // 10, 1600)
    source.write_bytes(data)
    result = cut(source, 2.0, 4.0, tmp_path)
    heard, _ = lab.sound(result.path)
    # The tone sweeps: at time t its frequency is 300 + 120 t, whatever part is looked at.
    for at in (0.3, 1.0, 1.7):
        part = heard[int(at * 48_000) - 2400 : int(at * 48_000) + 2400] * np.hanning(4800)
        peak = np.argmax(np.abs(np.fft.rfft(part, 48_000)))
        assert peak == pytest.approx(300 + 120 * (2.0 + at), abs=15)


@pytest.mark.parametrize("mode", CutMode)
def test_an_audio_track_that_is_declared_and_empty(mode: CutMode, lab: Any, tmp_path: Path) -> None:
    """The programme map names an AAC track of which no packet comes."""
    source = lab.video("both.ts")
    target = lab.folder / "declared.ts"
    data = source.read_bytes()
    with av.open(str(source)) as container:
        # Packets of 188 bytes, whose 13 bits after the sync byte name their stream.
        wanted = container.streams.audio[0].id
    kept = [
        data[at : at + 188]
        for at in range(0, len(data), 188)
        if int.from_bytes(data[at + 1 : at + 3], "big") & 0x1FFF != wanted
    ]
    target.write_bytes(b"".join(kept))
    result = cut(target, 1.0, 2.0, tmp_path, mode=mode)
    assert {*range(25, 50)} <= set(numbers(lab, result.path))
    with av.open(str(result.path)) as clip:
        assert not clip.streams.audio


@pytest.mark.parametrize("matrix", [(0, 1, 1, 0), (-1, 0, 0, 1), (0, -1, -1, 0), (1, 0, 0, -1)])
@pytest.mark.parametrize("mode", CutMode)
def test_a_mirrored_display_matrix(
    mode: CutMode, matrix: tuple[int, int, int, int], lab: Any, tmp_path: Path
) -> None:
    """Selfie cameras mirror the picture by the track's matrix."""
    data = bytearray(lab.video().read_bytes())
    whole = struct.pack(">9i", *(n << 16 for n in (1, 0, 0, 0, 1, 0, 0, 0)), 1 << 30)
    at = data.index(whole, data.index(b"tkhd"))
    a, b, c, d = (n * 0x10000 for n in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    source = tmp_path / "mirrored.mp4"
    source.write_bytes(data)
    result = cut_clip(probe(source), make_clip(1.0, 2.5), tmp_path / "clip.mp4", mode=mode)
    with av.open(str(result.path)) as clip:
        first = next(clip.decode(video=0))
        kept: Any = first.side_data.get("DISPLAYMATRIX")
        gray = first.to_ndarray(format="gray")
    if result.mode is not CutMode.EXACT:
        assert struct.unpack("<9i", bytes(kept))[:5] == (a, b, 0, c, d)
        return
    # Encoded, it is as a player shows it: undone by hand, the counter can be read again.
    assert kept is None
    x, y = np.meshgrid(np.arange(320), np.arange(180))
    to_x, to_y = matrix[0] * x + matrix[2] * y, matrix[1] * x + matrix[3] * y
    upright = gray[to_y - to_y.min(), to_x - to_x.min()]
    assert abs(upright[:80].astype(int) - draw(25, 320, 180).mean(2)[:80]).mean() < 12
