"""What a clip keeps of its source's picture where every frame is encoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from tests.builders.videos import draw
from tests.cutting.test_cut import cut
from vidtag.core.media_streams import FieldOrder
from vidtag.core.names import CutMode
from vidtag.media.ffmpeg import file_url, run
from vidtag.media.probe import probe

ORDERS = {"tff": FieldOrder.TOP_FIRST, "bff": FieldOrder.BOTTOM_FIRST}
MASTERING = "G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50)"


def first_frame(path: Path) -> Any:
    with av.open(str(path)) as container:
        return next(container.decode(video=0))


@pytest.fixture(scope="module")
def hdr10(lab: Any) -> Path:
    parameters = (
        "log-level=none:keyint=25:colorprim=9:transfer=16:colormatrix=9:hdr10=1:repeat-headers=1:"
        f"master-display={MASTERING}:max-cll=1000,400"
    )
    options = {"preset": "ultrafast", "x265-params": parameters}
    made: Path = lab.video("hdr.mp4", codec="libx265", pixel_format="yuv420p10le", options=options)
    return made


def test_ten_bits_and_hdr10_metadata(hdr10: Path, lab: Any, tmp_path: Path) -> None:
    for mode in (CutMode.SMART, CutMode.EXACT):
        result = cut(hdr10, 0.7, 2.47, tmp_path, mode=mode)
        assert result.mode is mode
        assert [seen.number for seen in lab.frames(result.path)] == list(range(18, 62))
        one, other = first_frame(hdr10), first_frame(result.path)
        assert other.format.name == "yuv420p10le"
        assert (other.color_primaries, other.color_trc, other.colorspace) == (9, 16, 9)
        # The stream itself has to say it, since the container's own words go with a remux.
        bare = tmp_path / f"{mode}.hevc"
        run(["-i", file_url(result.path), "-map", "0:v", "-c", "copy", file_url(bare)])
        for kind in ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"):
            for frame in (other, first_frame(bare)):
                assert bytes(one.side_data[kind]) == bytes(frame.side_data[kind])


def units_of(path: Path) -> list[list[bytes]]:
    """NAL units of every frame of an MP4, in the order they are shown."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    found = []
    for packet in sorted(packets, key=lambda packet: packet.pts or 0):
        data, units = bytes(packet), []
        while data:
            size = int.from_bytes(data[:4], "big")
            units.append(data[4 : 4 + size])
            data = data[4 + size :]
        found.append(units)
    return found


def test_dynamic_metadata_goes_with_its_frame(hdr10: Path, lab: Any, tmp_path: Path) -> None:
    """Dolby Vision's units (type 62), and HDR10+'s messages, of copied and encoded frames."""
    source = tmp_path / "dynamic.mp4"
    with av.open(str(hdr10)) as one, av.open(str(source), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in one.streams}
        for packet in one.demux():
            if not packet.size:
                continue
            data, number = bytes(packet), (packet.pts or 0) // 512
            if packet.stream.type == "video":
                vision = bytes([62 << 1, 1, 25, 9, number + 1, 0x80])
                message = b"\x04\x09\xb5\x00\x3c\x00\x01\x04" + bytes([number + 1, 1, 1])
                plus = bytes([39 << 1, 1]) + message + b"\x80"
                parts = [len(plus).to_bytes(4, "big") + plus, data]
                parts.append(len(vision).to_bytes(4, "big") + vision)
                made = av.Packet(b"".join(parts))
                made.pts, made.dts, made.time_base = packet.pts, packet.dts, packet.time_base
                made.duration, made.is_keyframe = packet.duration, packet.is_keyframe
                packet, index = made, packet.stream_index
            else:
                index = packet.stream_index
            packet.stream = streams[index]
            out.mux(packet)
    marks = [[unit for unit in units if unit[0] >> 1 in (39, 62)] for units in units_of(source)]
    for mode, frames in ((CutMode.SMART, range(18, 62)), (CutMode.COPY, range(63))):
        result = cut(source, 0.7, 2.47, tmp_path, mode=mode)
        assert result.mode is mode
        for number, units in zip(frames, units_of(result.path), strict=True):
            # Of its first frames, an encoder tells HDR10 and itself too.
            kept = [unit for unit in units if unit in marks[number]]
            assert kept == marks[number]
            assert len({bytes(unit) for unit in kept}) == len(kept) >= 2
            assert units[-1][0] >> 1 == 62


CHROMA = {
    ("yuv422p", "libx264"): ("yuv422p", ""),
    ("yuv444p", "libx264"): ("yuv444p", ""),
    ("yuv422p10le", "libx265"): ("yuv422p10le", ""),
    ("yuv444p10le", "libx264"): ("yuv444p10le", ""),
    ("yuv420p12le", "libx265"): ("yuv420p10le", "ten of its 12 bits are kept"),
}


@pytest.mark.parametrize(("pixels", "codec"), CHROMA)
def test_depth_and_resolution_of_colour(pixels: str, codec: str, lab: Any, tmp_path: Path) -> None:
    options = {"preset": "ultrafast"}
    if codec == "libx265":
        options["x265-params"] = "log-level=none"
    name = f"{pixels}.mp4"
    source = lab.video(name, codec=codec, pixel_format=pixels, options=options, count=75)
    kept, note = CHROMA[pixels, codec]
    for mode in (CutMode.SMART, CutMode.EXACT):
        result = cut(source, 0.7, 2.47, tmp_path, mode=mode)
        assert [seen.number for seen in lab.frames(result.path)] == list(range(18, 62))
        assert first_frame(result.path).format.name == kept
        assert note in result.note
        assert result.mode is mode or note


@pytest.mark.parametrize("first", ["tff", "bff"])
@pytest.mark.parametrize("name", ["fields.mp4", "fields.ts"])
def test_interlaced_stays_interlaced(name: str, first: str, lab: Any, tmp_path: Path) -> None:
    source = tmp_path / name
    with av.open(str(source), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        stream.options = {"preset": "ultrafast", "x264-params": f"{first}=1"}
        for number in range(100):
            frame = av.VideoFrame.from_ndarray(draw(number, 320, 192), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    assert first_frame(source).interlaced_frame
    result = cut(source, 1.0, 2.0, tmp_path, mode=CutMode.EXACT)
    assert [seen.number for seen in lab.frames(result.path)] == list(range(25, 50))
    assert first_frame(result.path).interlaced_frame
    for path in (source, result.path):
        video = probe(path).video
        assert video is not None
        assert video.field_order == ORDERS[first]
