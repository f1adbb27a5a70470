"""The summary that ``vidtag run`` prints for a video."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from vidtag.core.cast import with_names
from vidtag.core.clock import clock
from vidtag.core.display import ENGLISH_LANGUAGE_NAMES, EVENT_NAMES, more_about
from vidtag.core.media_streams import Media
from vidtag.core.names import SENSEVOICE
from vidtag.core.records import Document, Emotion, Segment
from vidtag.pipeline import Result

_EVENTS_SHOWN = 40


def print_summary(console: Console, result: Result) -> None:
    """Print speech, emotions, events, the files written, speed, model and notes of a run."""
    document = result.document
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("Video", Text(_media_line(document.media)))
    table.add_row("Speech", Text(_speech_line(document)))
    if document.turns:
        table.add_row("Speakers", Text(_speakers_line(document)))
    emotions = _share(document.segments, lambda s: s.emotion.label, _known_emotion)
    if emotions:
        table.add_row("Emotions", Text(emotions))
    for number, line in enumerate(_event_lines(document)):
        table.add_row("" if number else "Events", Text(line))
    for number, line in enumerate(_written_lines(result.written)):
        table.add_row("" if number else "Wrote", Text(line))
    table.add_row("Speed", Text(_speed_line(result)))
    table.add_row("Model", Text(_model_line(document)))
    for note in (*document.notes, *result.notes):
        table.add_row("Note", Text(note, style="yellow"))
    console.print(table)


def _media_line(media: Media) -> str:
    parts = [Path(media.path).name, clock(media.duration)]
    if media.video is not None:
        rate = f"{float(media.video.frame_rate):.3f}".rstrip("0").rstrip(".")
        parts.append(f"{media.video.width}x{media.video.height}, {rate} fps")
    else:
        parts.append("sound only")
    return ", ".join(parts)


def _speech_line(document: Document) -> str:
    if not document.segments:
        return "no speech"
    total = sum(s.end - s.start for s in document.segments)
    languages = _share(
        document.segments, lambda s: ENGLISH_LANGUAGE_NAMES.get(s.language, "unknown")
    )
    words = len(document.words)
    return f"{languages}; {clock(total)} of speech, {words} words"


def _speakers_line(document: Document) -> str:
    """How many speak, and their shares of all turns."""
    named = with_names(document, document.names)
    seconds = dict.fromkeys(named.speakers, 0.0)
    for turn in named.turns:
        seconds[turn.speaker] += turn.duration
    total = sum(seconds.values())
    shares = ", ".join(f"{name} {part / total:.0%}" for name, part in seconds.items())
    return f"{len(seconds)}: {shares}"


def _known_emotion(segment: Segment) -> bool:
    return segment.emotion is not Emotion.UNKNOWN


def _share(
    segments: Iterable[Segment],
    label: Callable[[Segment], str],
    keep: Callable[[Segment], bool] = lambda segment: True,
) -> str:
    """Shares of speech time by label, largest first."""
    time_by: defaultdict[str, float] = defaultdict(float)
    for segment in filter(keep, segments):
        time_by[label(segment)] += segment.end - segment.start
    total = sum(time_by.values())
    longest = sorted(time_by.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {part / total:.0%}" for name, part in longest)


def _event_lines(document: Document) -> list[str]:
    events = document.events
    if not events:
        return ["none found"]
    lines = [
        f"{EVENT_NAMES['en'][e.kind].capitalize():<9} {clock(e.start):>8} to {clock(e.end):>8}"
        f"   ({e.peak:.2f}) {more_about(e)}".rstrip()
        for e in events[:_EVENTS_SHOWN]
    ]
    if len(events) > _EVENTS_SHOWN:
        lines.append(f"and {len(events) - _EVENTS_SHOWN} more, all in the document")
    return lines


def _speed_line(result: Result) -> str:
    show = f"subtitles and clips took {result.show_seconds:.1f} s"
    if result.listen_seconds is None:
        return f"nothing to listen to again (the document is up to date); {show}"
    factor = result.document.media.duration / max(result.listen_seconds, 1e-9)
    load = f", the model {result.load_seconds:.1f} s to load" if result.load_seconds else ""
    return (
        f"listened {factor:.0f} times faster than real time "
        f"({result.listen_seconds:.1f} s{load}); {show}"
    )


def _model_line(document: Document) -> str:
    model = document.model
    size = f"{model.parameters / 1e6:.1f} M parameters"
    if model.origin == "bundled":
        known = (
            f"pocket ({size}), the bundled trial model: it knows only synthetic voices and sounds"
        )
        what = "words and emotions" if document.tagger else "words, emotions and events"
        beside = "; events were found together with a sound tagger" if document.tagger else ""
        return f"{known}{beside}. For {what} of real footage use --model {SENSEVOICE}"
    return f"{model.name} ({model.origin}, {size}, checkpoint {model.digest})"


def _written_lines(paths: Sequence[Path]) -> list[str]:
    """One line per file; files that differ only in their last suffix share one."""
    lines = []
    for (folder, stem), group in groupby(paths, key=lambda path: (path.parent, path.stem)):
        suffixes = " ".join(path.suffix for path in group)
        lines.append(f"{_relative(folder / stem)}{suffixes}")
    return lines


def _relative(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
