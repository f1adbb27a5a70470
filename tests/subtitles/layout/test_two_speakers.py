"""Dashes of speakers: one for each line where two speak, and else none."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders.documents import laugh, make_document, make_segment, make_words
from vidtag.core.records import SpeakerTurn
from vidtag.core.settings import Config
from vidtag.show.views import Views
from vidtag.subtitles.check.line_breaks import stray_dash

SAID = st.tuples(
    st.sampled_from(["Ana", "Ben", "Carla", None]),
    st.sampled_from(["yes", "no no", "are you sure", "well I thought that we could meet"]),
    st.sampled_from([0.02, 0.3, 1.5]),
)


@settings(max_examples=60, deadline=None)
@given(
    said=st.lists(SAID, min_size=1, max_size=7),
    laughs=st.lists(st.floats(0, 12), max_size=2),
    profile=st.sampled_from(["netflix", "bbc", "social"]),
    names=st.sampled_from(["off", "always"]),
)
def test_two_speakers_have_a_line_and_a_dash_each_and_nobody_has_one_alone(
    said, laughs, profile, names
):
    segments, at = [], 0.5
    for speaker, text, pause in said:
        segment = make_segment(make_words(text, at, each=0.12))
        segments.append(replace(segment, speaker=speaker))
        at = segment.end + pause
    document = replace(
        make_document(segments, [laugh(start, start + 1.0) for start in sorted(laughs)], rate=25),
        turns=tuple(SpeakerTurn(s.speaker, s.start, s.end, 1.0) for s in segments if s.speaker),
    )
    views = Views(
        document,
        Config().with_values({"subtitles.profile": profile, "subtitles.speaker_names": names}),
    )
    for laid_out, cue in zip(views.laid_out, views.cues, strict=True):
        by_line = [{unit.speaker for unit in line} - {None} for line in laid_out.lines]
        assert all(len(speakers) <= 1 for speakers in by_line)
        two_speak = len(set().union(*by_line)) > 1
        assert len(laid_out.dashes) == (len(cue.lines) if two_speak else 0)
        assert bool(cue.speakers) == two_speak
        assert cue.speaker == (None if two_speak else next(iter(set().union(*by_line)), None))
        assert stray_dash(cue) is None
