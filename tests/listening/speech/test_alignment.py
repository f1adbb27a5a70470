"""A known text laid along the sound, by scores made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vidtag.listening.speech.alignment import align


@pytest.mark.parametrize("count", [3, 63, 64, 500])
def test_each_piece_lies_where_it_is_heard_however_long_the_text(count):
    """Every piece is heard in the second of three frames of its own; silence is in the others."""
    frames = 3 * count
    pieces = np.full((frames, count), -9.0, np.float32)
    silence = np.zeros(frames, np.float32)
    heard = 3 * np.arange(count) + 1
    pieces[heard, np.arange(count)] = 0.0
    silence[heard] = -9.0
    anywhere = np.tile(np.array([0, frames]), (count, 1))
    found = align(pieces, silence, list(range(1, count + 1)), anywhere)
    assert found.ids.tolist() == list(range(1, count + 1))
    assert found.starts.tolist() == heard.tolist()
