"""Where there are no clips, it is told why."""

import wave
from dataclasses import replace

from tests.builders.documents import make_document, make_event
from vidtag.core.records import EventKind
from vidtag.core.settings import Config
from vidtag.media.probe import probe
from vidtag.show.everything import show
from vidtag.show.views import Views


def notes(events, folder, **settings):
    video = folder / "show.wav"
    with wave.open(str(video), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(20 * 32000))
    document = replace(make_document([], events), media=probe(video))
    config = Config().with_values({"report.enabled": False, **settings})
    return show(Views(document, config), folder).notes


def test_what_is_canned_and_left_out_is_counted(tmp_path):
    laughs = [
        replace(make_event(EventKind.LAUGHTER, start, start + 2), recording=1) for start in (3, 9)
    ]
    cough = replace(make_event(EventKind.COUGH, 15, 16), recording=2)
    (told,) = notes([*laughs, cough], tmp_path, **{"highlights.canned": "leave-out"})
    assert told.startswith("no clips: no laughter or applause was found")
    assert "; 2 left out, which are recordings that are played several times" in told
    assert "(highlights.canned)" in told


def test_where_nothing_is_left_out_nothing_is_said_of_it(tmp_path):
    (told,) = notes([], tmp_path, **{"highlights.canned": "leave-out"})
    assert told == "no clips: no laughter or applause was found that makes a highlight"
