"""A search finds what people wrote and named, as soon as they did."""

from dataclasses import replace

from tests.builders.documents import make_document, make_event, make_sentence
from vidtag import files
from vidtag.core import document as documents
from vidtag.core import edits as edit_files
from vidtag.core.edits import CuesChange, Edits, SettingsChange, edits_path
from vidtag.core.records import EventKind, SpeakerTurn
from vidtag.core.settings import Config
from vidtag.find.search import find
from vidtag.show.edited_views import edited_views
from vidtag.show.revision import first_revision


def test_names_that_a_run_gave_are_found_and_kept_by_every_command(tmp_path):
    said = [
        replace(make_sentence(1, 3, "Are we sure?"), speaker="Speaker 1"),
        replace(make_sentence(5, 7, "Yes, we are."), speaker="Speaker 2"),
    ]
    turns = tuple(SpeakerTurn(str(s.speaker), s.start, s.end, 0.9) for s in said)
    document = replace(make_document(said, duration=12), turns=turns, names=("Ana", "Ben"))
    path = tmp_path / "talk.vidtag.json"
    files.write_text(path, documents.to_json(document))

    def starts(query):
        found = find(query, [tmp_path], index=tmp_path / "index")
        return [round(match.span.start, 1) for match in found.matches]

    assert (starts("speaker:ben"), starts("speaker:2")) == ([5.0], [])
    read = documents.read(path)
    assert edited_views(read, Config(), path).document.speakers == ("Ana", "Ben")
    others = Config().with_values({"cast.names": ["Eva"]})
    assert edited_views(read, others, path).document.speakers == ("Eva", "Speaker 2")
    files.write_text(path, documents.to_json(replace(document, names=())))
    assert (starts("speaker:ben"), starts("speaker:2")) == ([], [5.0])


def test_words_and_speakers_are_found_as_they_were_edited(tmp_path):
    said = [
        replace(make_sentence(1, 3, "Are we sure?"), speaker="Speaker 1"),
        replace(make_sentence(5, 7, "Yes, we are."), speaker="Speaker 2"),
    ]
    turns = tuple(SpeakerTurn(str(s.speaker), s.start, s.end, 0.9) for s in said)
    laugh = make_event(EventKind.LAUGHTER, 7.5, 9.5)
    document = replace(make_document(said, [laugh], duration=12), turns=turns)
    path = tmp_path / "talk.vidtag.json"
    files.write_text(path, documents.to_json(document))

    def starts(query):
        found = find(query, [tmp_path], index=tmp_path / "index")
        return [round(match.span.start, 1) for match in found.matches]

    assert (starts('"sure"'), starts("speaker:2 laughter"), starts("speaker:1 laughter")) == (
        [1.0],
        [7.5],
        [],
    )
    # The first cue has another word, the second another speaker, and the first speaker a name.
    one, two, *_ = first_revision(documents.read(path), Config()).cues
    changes = (
        CuesChange((one,), (replace(one, cue=replace(one.cue, lines=("Are we certain?",))),)),
        CuesChange((two,), (replace(two, cue=replace(two.cue, speaker="Speaker 1")),)),
        SettingsChange("cast", {"names": ["Ana"]}),
    )
    edits = Edits(document.media.fingerprint, changes, done=3, revision=3)
    files.write_text(edits_path(path), edit_files.to_json(edits))
    assert (starts('"sure"'), starts('"certain"')) == ([], [1.0])
    assert (starts("speaker:ana laughter"), starts("speaker:2 laughter")) == ([7.5], [])
    # Undone, it is as before; and edits that cannot be used are told.
    files.write_text(edits_path(path), edit_files.to_json(replace(edits, done=0, revision=6)))
    assert starts('"sure"') == [1.0]
    files.write_text(edits_path(path), "{")
    found = find("laughter", [tmp_path], index=tmp_path / "index")
    assert [one.reason for one in found.searched.damaged] == ["not a file of edits, or damaged"]
