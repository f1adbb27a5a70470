"""What is asked, what becomes of answers, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders.documents import make_audio_stream, make_media
from vidtag.core.errors import ConfigError, UserError, VidtagError
from vidtag.core.records import EventKind
from vidtag.core.settings import EventKindConfig, EventsConfig, ListenerConfig, load_config
from vidtag.listening.events import questions
from vidtag.listening.events.doubt import candidates, most_doubtful
from vidtag.listening.events.labelled import LabelledVideo, Labelling, read_answers
from vidtag.listening.events.labelling import labelling
from vidtag.listening.events.scan import Curves
from vidtag.listening.events.track import find_spans

LAUGHTER, APPLAUSE, SNEEZE = EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.SNEEZE
HOP = 0.125
CONFIG = EventsConfig(
    tagger={"model": None},
    kinds=dict.fromkeys(
        EventKind, EventKindConfig(on=0.6, off=0.3, min_duration=0.2, merge_gap=0.2)
    ),
).with_calibration({})
MEDIA = replace(make_media("show.mp4", 60.0, audio=[make_audio_stream()]), fingerprint="ab" * 16)
POCKET = ListenerConfig(name="pocket", digest="aa")


def curves(*humps: tuple[float, float, float], kind: EventKind = LAUGHTER) -> Curves:
    """A minute with humps: from, to, how high."""
    rows = np.zeros((int(60 / HOP), 2), np.float32)
    times = np.arange(len(rows)) * HOP
    for start, end, height in humps:
        rows[(times >= start) & (times < end), 0 if kind is LAUGHTER else 1] = height
    return Curves(
        (LAUGHTER, SNEEZE), rows, HOP, (1.0, 1.0), np.full(6000, -30, np.float32), 60.0, len(rows)
    )


SOME = curves((5, 7, 0.9), (10, 12, 0.55), (20, 22, 0.4), (30, 32, 0.99), (40, 42, 0.01))


def ask(path: Path, heard: Curves | None = SOME, **more: object) -> Labelling:
    def hear() -> Curves:
        assert heard is not None, "listened again"
        return heard

    return labelling(path, MEDIA, CONFIG, (POCKET, None), hear, **more)  # type: ignore[arg-type]


def test_what_is_found_and_what_is_not_far_from_it_may_be_asked_about():
    found = [(round(one.start), one.part, one.strength) for one in candidates(SOME, CONFIG)]
    assert [row[:2] for row in found] == [(5, "whole"), (10, "whole"), (20, "whole"), (30, "whole")]
    assert [row[2] for row in found] == pytest.approx([0.9, 0.55, 0.4, 0.99], abs=0.001)


def test_a_span_that_may_go_on_is_asked_about_there():
    rows = candidates(curves((5, 7, 0.9), (7, 10, 0.2), (20, 23, 0.9)), CONFIG)
    (end,) = [one for one in rows if one.part == "end"]
    assert (end.start, end.end) == (pytest.approx(7, abs=0.5), pytest.approx(10, abs=0.5))
    assert end.strength == pytest.approx(0.2)


def test_the_most_doubtful_come_first_and_a_sure_one_is_among_the_first():
    humps = [(3.0 * n + 1, 3.0 * n + 3, 0.5 + 0.03 * n) for n in range(15)]
    asked = most_doubtful(candidates(curves(*humps), CONFIG), CONFIG, 10)
    doubt = [abs(one.strength - 0.6) for one in asked]
    assert doubt[0] < 0.02
    assert doubt[:3] == sorted(doubt[:3])
    assert max(one.strength for one in asked[:4]) > 0.9


@given(st.lists(st.floats(0, 1), min_size=1, max_size=14), st.integers(1, 30))
def test_questions_are_about_what_was_heard_each_once(heights, count):
    heard = curves(*[(4.0 * n + 1, 4.0 * n + 3, height) for n, height in enumerate(heights)])
    every = candidates(heard, CONFIG)
    asked = most_doubtful(every, CONFIG, count)
    assert len(asked) == len(set(asked)) == min(count, len(every))
    assert set(asked) <= set(every)
    assert asked == most_doubtful(every[::-1], CONFIG, count)
    spans = [(span.kind, round(span.start, 3)) for span in find_spans(heard, CONFIG)]
    assert {(one.kind, one.start) for one in every if one.part == "whole"} >= set(spans)
    assert all(0 <= one.strength <= 1 and one.start < one.end for one in every)


def test_answers_are_kept_and_gone_on_with_without_listening(tmp_path):
    path = tmp_path / "show.events.json"
    one = ask(path)
    one.answer({0: "yes"})
    one.answer({1: "no"})
    one.answer({1: None})
    again = ask(path, None)
    assert [row.answer for row in again.asked] == ["yes", None, None, None]
    assert again.next == 1
    learnt = load_config(None, {"events.tuned": path}).events.tuned
    assert learnt is not None
    assert learnt.kinds == again.answers.kinds
    assert again.answers == read_answers(path)


def test_more_questions_are_others(tmp_path):
    path = tmp_path / "show.events.json"
    ask(path, count=2).answer({0: "yes", 1: "skip"})
    more = ask(path, count=4)
    assert [row.answer for row in more.asked] == ["yes", "skip", None, None]
    assert len({row.span for row in more.asked}) == 4
    ask(path, None, count=50)


def test_answers_about_several_videos_are_one_shows(tmp_path):
    path = tmp_path / "show.events.json"
    ask(path).answer({0: "yes"})
    other = replace(MEDIA, path="second.mp4", fingerprint="cd" * 16)
    second = labelling(path, other, CONFIG, (POCKET, None), lambda: SOME)
    second.answer({0: "no"})
    assert len(second.answers.answered) == 2
    assert [video.name for video in second.answers.videos] == ["show.mp4", "second.mp4"]


def test_a_kind_that_was_never_heard_cannot_be_asked_about(tmp_path):
    path = tmp_path / "show.events.json"
    with pytest.raises(UserError, match="nothing was heard that may be Sneeze"):
        ask(path, kinds=[SNEEZE])
    assert not path.exists()


def asked_of(one: Labelling) -> LabelledVideo:
    video = one.answers.video(MEDIA.fingerprint)
    assert video is not None
    return video


def filled(one: Labelling, *answers: object, **changes: object) -> str:
    data = json.loads(questions.to_json(asked_of(one)))
    for row, answer in zip(data["asked"], answers, strict=False):
        row["answer"] = answer
    return json.dumps({**data, **changes})


def test_answers_come_back_as_json(tmp_path):
    one = ask(tmp_path / "a.json")
    video = asked_of(one)
    text = filled(one, "yes", None, "no", "skip")
    assert questions.from_json(text, video, "-") == {0: "yes", 2: "no", 3: "skip"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (lambda one: "", "no answers"),
        (lambda one: "[1]", "no answers"),
        (lambda one: '{"asked": [{}], "fingerprint": ""}', "no answers"),
        (lambda one: '{"asked": 5, "fingerprint": ""}', "no answers"),
        (lambda one: filled(one, fingerprint="cd" * 16), "about another video than show.mp4"),
        (lambda one: filled(one, "maybe"), "'maybe' is no answer"),
        (lambda one: filled(one, ["yes"]), "is no answer"),
        (lambda one: filled(one, "yes").replace('"start": ', '"start": 9'), "not asked about"),
        (
            lambda one: (lambda d: json.dumps({**d, "asked": d["asked"] + [
                {**d["asked"][0], "answer": "no"}]}))(json.loads(filled(one, "yes"))),
            "contradict each other",
        ),
    ],
)  # fmt: skip
def test_what_are_no_answers_about_this_video_is_said(tmp_path, text, said):
    one = ask(tmp_path / "a.json")
    video = asked_of(one)
    with pytest.raises(UserError, match=said) as caught:
        questions.from_json(text(one), video, "given.json")
    assert "given.json" in str(caught.value)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((), "nothing is answered yet"),
        (["yes"] * 6, "every Laughter was a yes"),
        (["no"] * 6, "every Laughter was a no"),
        (["no", "no", "no", "no", "no", "yes", "yes", "yes", "yes", "yes"], "no threshold"),
        (["yes", "yes", "yes", "yes", "yes", "no", "no", "no", "no", "no"], None),
    ],
)
def test_answers_that_teach_little_are_remarked_on(tmp_path, answers, said):
    humps = [(5.0 * n + 1, 5.0 * n + 3, 0.95 - 0.04 * n) for n in range(10)]
    one = ask(tmp_path / "a.json", curves(*humps))
    by_height = sorted(range(10), key=lambda n: -one.asked[n].span.strength)
    one.answer(dict(zip(by_height, answers, strict=False)))
    found = [str(remark) for remark in questions.remarks(one.answers)]
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-20],
        lambda text: "[]",
        lambda text: text.replace('"version": 1', '"version": "1"'),
        lambda text: text.replace('"on": 0.', '"on": 7.'),
        lambda text: text.replace("Laughter", "Chuckle"),
    ],
)
def test_a_damaged_file_is_one_error_that_names_it(tmp_path, damage):
    path = tmp_path / "show.events.json"
    ask(path).answer({0: "yes"})
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    settings = {"events.tuned": str(path)}
    for read in (lambda: read_answers(path), lambda: load_config(None, settings)):
        with pytest.raises(ConfigError, match="damaged") as caught:
            read()
        assert "show.events.json" in str(caught.value)


def test_a_newer_file_and_none_are_said(tmp_path):
    path = tmp_path / "show.events.json"
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(None, {"events.tuned": path})
    path.write_text('{"version": 2}', "utf-8")
    with pytest.raises(ConfigError, match="newer"):
        load_config(None, {"events.tuned": path})


def test_answers_about_what_others_heard_are_not_added_to(tmp_path):
    path = tmp_path / "show.events.json"
    ask(path).answer({0: "yes"})
    before = path.read_bytes()
    yamnet = ListenerConfig(name="yamnet", digest="bb")
    other = ListenerConfig(name="SenseVoiceSmall", digest="cc")
    changed = EventsConfig(tagger={"model": None}).with_calibration({LAUGHTER: {"on": 0.7}})
    for listeners, config, said in (
        ((other, None), CONFIG, "with the model pocket"),
        ((POCKET, yamnet), CONFIG, "without a tagger"),
        ((POCKET, None), changed, "other settings of Laughter"),
    ):
        with pytest.raises(VidtagError, match=said):
            labelling(path, MEDIA, config, listeners, lambda: SOME)
    assert path.read_bytes() == before


def test_a_settings_file_names_it_relative_to_itself(tmp_path):
    (tmp_path / "below").mkdir()
    ask(tmp_path / "below" / "show.events.json").answer({0: "no"})
    settings = tmp_path / "below" / "show.yaml"
    settings.write_text("events: {tuned: show.events.json}\n", "utf-8")
    learnt = load_config(settings).events.tuned
    assert learnt is not None
    assert set(learnt.kinds) == {LAUGHTER}
