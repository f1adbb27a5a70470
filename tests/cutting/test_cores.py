"""A machine's cores do not show in what it makes."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vidtag.core.names import CutMode

CODE = """
import os, sys
os.sched_setaffinity(0, set(map(int, sys.argv[1].split(","))))
from pathlib import Path
from vidtag.core.names import CutMode
from vidtag.core.records import Clip
from vidtag.cutting.cut import cut_clip
from vidtag.media.probe import probe
for mode in CutMode:
    cut_clip(probe(sys.argv[2]), Clip(1.3, 4.1, (), 1.0, ""), Path(sys.argv[3]) / mode, mode=mode)
"""


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="only where there are two cores, and processes can be kept to one",
)
@pytest.mark.parametrize(
    "codec", [("libx264", "yuv420p"), ("libx265", "yuv420p10le")], ids=lambda one: one[0]
)
def test_clips_have_the_same_bytes_with_one_core_as_with_more(
    lab: Any, codec: tuple[str, str], tmp_path: Path
) -> None:
    encoder, pixels = codec
    video = lab.video(codec=encoder, pixel_format=pixels)
    every = sorted(os.sched_getaffinity(0))
    made = {}
    for name, cores in (("one", every[:1]), ("all", every)):
        folder = tmp_path / name
        folder.mkdir()
        kept = ",".join(map(str, cores))
        subprocess.run([sys.executable, "-c", CODE, kept, video, folder], check=True)
        made[name] = {mode: (folder / mode).read_bytes() for mode in CutMode}
    assert made["one"] == made["all"]
