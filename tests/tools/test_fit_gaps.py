"""The fit of where professionals end subtitles, on files made here whose rule is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tools.evaluate_cues.fit_gaps import Found, examples, fit, save
from vidtag.core.records import Language
from vidtag.subtitles.layout.gap_scores import gap_features

SAID = {
    Language.KO: ["우리는 집에 갔고", "그는 오래 잤고", "비가 많이 왔고", "나는 책을 읽었고"],
    Language.JA: ["私は家に帰ったので", "雨が降っていたので", "本を読んだので", "皆が来たので"],
}


@pytest.mark.parametrize("language", SAID)
def test_it_finds_what_ends_subtitles(tmp_path, language):
    text = ""
    for number in range(60):
        times = f"00:00:{number:02d},000 --> 00:00:{number:02d},950"
        text += f"{number + 1}\n{times}\n{SAID[language][number % 4]}\n\n"
    (tmp_path / "talk.srt").write_text(text, encoding="utf-8")
    found: Found = {}
    rows, ends = examples(tmp_path, language, 1000, found, new=True)
    assert ends.sum() == 59  # no gap comes after the last
    weights, bias = fit(rows, ends, 40)
    odds = rows @ weights + bias
    assert np.array_equal(odds > 0, ends > 0)

    save(tmp_path / "weights.json", found, weights, bias)
    written = json.loads((tmp_path / "weights.json").read_text(encoding="utf-8"))
    (_, features), *_ = gap_features("나는 간다" if language is Language.KO else "行く", language)
    assert len(written["weights"]) == len(features)
    assert written["bias"] == round(100 * bias)
