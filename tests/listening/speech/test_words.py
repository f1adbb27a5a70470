"""Word times against the truth, on held-out synthetic speech."""

from __future__ import annotations

import numpy as np

from tools.pocket import calibrate
from vidtag.listening.speech.sensevoice import SenseVoice


def test_words_begin_where_they_begin(pocket: SenseVoice) -> None:
    known = calibrate.held_out()[1::2]
    errors = np.concatenate(list(calibrate.measure(pocket, known, drawn=True).values()))
    assert len(errors) > 50
    assert np.abs(errors).mean() < 0.040
    assert abs(np.median(errors)) < 0.015
