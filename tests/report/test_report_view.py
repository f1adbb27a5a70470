import pytest

from tests.builders.documents import make_document, make_sentence
from vidtag.cli.run_summary import _model_line
from vidtag.core.display import EMOTION_NAMES, EVENT_NAMES, INK, colours_by_name
from vidtag.core.records import Emotion, EventKind, EventSpan
from vidtag.core.settings import HighlightsConfig
from vidtag.report.lanes import timeline_view
from vidtag.report.report_view import model_line, report_view
from vidtag.report.words import WORDS
from vidtag.select.clips import select_clips


def test_every_sentence_is_there_in_both_languages():
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    for key, english in WORDS["en"].items():
        fields = sorted(part.split("}")[0] for part in english.split("{")[1:])
        chinese = sorted(part.split("}")[0] for part in WORDS["zh"][key].split("{")[1:])
        assert fields == chinese, key
    assert set(EVENT_NAMES["en"]) == set(EVENT_NAMES["zh"]) == set(EventKind)
    assert set(EMOTION_NAMES["en"]) == set(Emotion) - {Emotion.UNKNOWN}


def test_letters_can_be_read_on_every_colour():
    def luminance(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for name, colour in colours_by_name().items():
        contrast = (luminance(colour) + 0.05) / (luminance(INK) + 0.05)
        assert contrast >= 4.5, name


def test_lanes_hold_what_was_heard_where_it_was_heard(show):
    clips = select_clips(show, HighlightsConfig())
    lanes = {lane.key: lane.blocks for lane in timeline_view(show, clips).lanes}
    assert list(lanes) == ["speech", "emotion", "laughter", "applause", "bgm", "highlights"]
    assert lanes["bgm"] == ()
    laugh = lanes["laughter"][0]
    assert laugh.left == pytest.approx(100 * 5.5 / 60, abs=1e-3)
    assert laugh.width == pytest.approx(100 * 2.5 / 60, abs=1e-3)
    assert [block.start for block in lanes["highlights"]] == [clip.start for clip in clips]
    assert [block.colour for block in lanes["speech"]] == ["en", "zh", "en"]


def test_spans_stay_on_the_lane_in_a_file_that_claims_to_be_shorter():
    document = make_document(
        [make_sentence(50, 70, "late")], [EventSpan(EventKind.CRY, 68, 75, 1, 1)]
    )
    for lane in timeline_view(document).lanes:
        for block in lane.blocks:
            assert block.left + block.width <= 100.001


def test_the_view_says_which_model_it_was_and_what_is_not_to_be_believed(show):
    view = report_view(show)
    assert view.pocket
    assert "synthetic" in view.model
    chinese = report_view(show, language="zh")
    assert "合成" in chinese.model
    assert next(line.text for line in view.lines if not line.event) == "So a man walks in"
    assert [line.start for line in view.lines] == sorted(line.start for line in view.lines)


@pytest.mark.parametrize(
    ("tagger", "unreliable"), [(None, True), ("auto", True), ("yamnet", False)]
)
def test_events_are_called_meaningless_only_without_a_tagger(tagger, unreliable):
    document = make_document(settings={"events": {"tagger": {"model": tagger}}})
    english, chinese = (model_line(document, language) for language in ("en", "zh"))
    assert ("Events were found together with a sound tagger" not in english) is unreliable
    assert ("声音标注模型" not in chinese) is unreliable
    assert ("events of real footage" in _model_line(document)) is unreliable


@pytest.mark.parametrize("duration", [0.0, 0.5, 3.0, 36_000.0])
def test_nothing_and_very_long_are_shown_too(duration):
    view = report_view(make_document(duration=duration))
    assert view.lines == ()
    assert 1 <= len(view.timeline.ticks) <= 12
