"""How long a batch may take is foretold by what files hold, not by what their headers claim."""

import struct

import pytest

from tests.media.conftest import pips, write_wav
from vidtag.batch.batch_settings import BatchConfig
from vidtag.batch.estimate import forecast
from vidtag.batch.plan import Planner
from vidtag.core.settings import load_config_as


def test_a_header_that_claims_days_foretells_no_days_of_work(tmp_path, ffmpeg_cli):
    sound = write_wav(tmp_path / "in.wav", pips([0.5], 2))
    file = tmp_path / "claims.flv"
    ffmpeg_cli("-i", sound, "-c:a", "libmp3lame", "-ar", "44100", file)
    data = bytearray(file.read_bytes())
    struct.pack_into(">d", data, data.index(b"duration\0") + 9, 10 * 86400.0)
    file.write_bytes(data)
    batch = tmp_path / "batch.yaml"
    batch.write_text("inputs: [claims.flv]\noutput: {folder: out}\nmodel: {name: pocket}\n")
    foretold = forecast(Planner(load_config_as(BatchConfig, batch), batch).plan())
    assert foretold.duration == pytest.approx(2, abs=0.2)
    assert foretold.seconds < 10
