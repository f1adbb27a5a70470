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
from vidtag.media.probe import probe

ORDERS = {"tff": FieldOrder.TOP_FIRST, "bff": FieldOrder.BOTTOM_FIRST}
MASTERING = "G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50)"


def first_frame(path: Path) -> Any:
    with av.open(str(path)) as container:
        return next(container.decode(video=0))


def test_ten_bits_and_hdr10_metadata(lab: Any, tmp_path: Path) -> None:
    parameters = (
        "log-level=none:keyint=25:colorprim=9:transfer=16:colormatrix=9:hdr10=1:repeat-headers=1:"
        f"master-display={MASTERING}:max-cll=1000,400"
    )
    options = {"preset": "ultrafast", "x265-params": parameters}
    source = lab.video("hdr.mp4", codec="libx265", pixel_format="yuv420p10le", options=options)
    result = cut(source, 0.7, 2.47, tmp_path, mode=CutMode.EXACT)
    assert [seen.number for seen in lab.frames(result.path)] == list(range(18, 62))
    one, other = first_frame(source), first_frame(result.path)
    assert other.format.name == "yuv420p10le"
    assert (other.color_primaries, other.color_trc, other.colorspace) == (9, 16, 9)
    for kind in ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"):
        assert bytes(one.side_data[kind]) == bytes(other.side_data[kind])


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
