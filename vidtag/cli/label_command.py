"""``vidtag events label``: a user says of doubtful spans whether they are what they seem."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidtag.cli.options import HUB, MODEL, REVISION, SettingsInput, with_settings
from vidtag.core.clock import fine_clock
from vidtag.core.errors import UserError
from vidtag.core.names import ANSWERS_SUFFIX, QUESTIONS, result_stem
from vidtag.core.records import EventKind, Progress
from vidtag.core.terminal import say
from vidtag.files import check_writable, scratch_folder

if TYPE_CHECKING:
    from vidtag.core.media_streams import Media
    from vidtag.listening.events.labelled import Answer, Asked, Labelling
    from vidtag.listening.events.questions import Learnt

CONTEXT = 1.0
"""Seconds played before and after a span."""
_STDIN = Path("-")
_LARGEST_INPUT = 1 << 24
_KEYS: dict[str, Answer] = {"y": "yes", "n": "no", "s": "skip"}
_HELP = "y yes, n no, s skip, r play again, u undo, q stop for now"


@with_settings(MODEL, HUB, REVISION)
def label(
    video: Annotated[Path, typer.Argument(help="Video or sound file.", metavar="VIDEO")],
    settings: SettingsInput,
    count: Annotated[int, typer.Option(min=1, max=1000, help="Questions about it.")] = QUESTIONS,
    kinds: Annotated[
        str,
        typer.Option(metavar="KINDS", help="Such as Laughter,Applause; all that are looked for."),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="File of the answers; VIDEO.events.json, or what events.tuned names.",
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Take answers from JSON as --json prints it; - is standard input."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the questions as JSON, and ask nothing.")
    ] = False,
) -> None:
    """Tune events by ear: hear doubtful ones and say which are right; stop and go on any time."""
    from vidtag.listening.events.labelled import read_answers
    from vidtag.listening.ready import check_tagger
    from vidtag.media.probe import probe
    from vidtag.media.tracks import choose_audio

    if not as_json and answers is None and not _has_terminal():
        raise UserError(
            "there is no terminal to ask at",
            remedy="print the questions with --json, and give the answers with --answers FILE",
        )
    chosen = settings.load()
    wanted = _kinds(kinds) if kinds else tuple(EventKind)
    named = chosen.events.tuned.file if chosen.events.tuned is not None else ""
    path = output or Path(named or f"{result_stem(str(video))}{ANSWERS_SUFFIX}")
    check_writable(path)
    if path.exists():
        read_answers(path)  # before the model is loaded
    text = _read(answers) if answers is not None else None
    untuned = chosen.with_values({"events.tuned": None})
    media = probe(video)
    choose_audio(media, chosen.audio.track)
    check_tagger(untuned)

    from vidtag.cli.progress_bars import ProgressBars
    from vidtag.listening.events.labelling import labelling
    from vidtag.listening.events.questions import from_json, learnt, remarks, setting, to_json
    from vidtag.listening.run import acting, lacking, listen_for_events, listeners  # torch
    from vidtag.listening.speech.sensevoice import SenseVoice

    with ProgressBars.on_stderr() as progress:
        progress(Progress("model", 0, 1, untuned.model.name))
        model = SenseVoice.load(untuned.model)
        progress(Progress("model", 1, 1, untuned.model.name))
        acted = acting(untuned, media, model)
        one = labelling(
            path,
            media,
            acted.events,
            listeners(untuned, model),
            lambda: listen_for_events(media, untuned, model, on_progress=progress),
            count=count,
            kinds=wanted,
        )
    for note in lacking(untuned, acted):
        say(f"note: {note}", err=True)
    asked = one.answers.video(media.fingerprint)
    assert asked is not None
    if text is not None:
        one.answer(from_json(text, asked, str(answers)))
    if as_json:
        say(to_json(asked))
        return
    if text is None:
        with scratch_folder() as folder:
            _ask(one, _Player(media, chosen.audio.track, folder / "excerpt.wav"))
    for line in _table(learnt(one.answers)):
        say(line)
    for remark in remarks(one.answers):
        say(f"note: {remark}", err=True)
    say(f"{path}\nto use it, write into the settings: {setting(str(path))}")


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _kinds(names: str) -> tuple[EventKind, ...]:
    found = [name.strip() for name in names.split(",")]
    known = {kind.value.lower(): kind for kind in EventKind}
    for name in found:
        if name.lower() not in known:
            raise UserError(
                f"--kinds: {name!r} is no kind of event",
                remedy=f"kinds are {', '.join(kind.value for kind in EventKind)}",
            )
    return tuple(known[name.lower()] for name in found)


def _read(path: Path) -> bytes:
    from vidtag.core.whole_file import read_whole

    if path == _STDIN:
        return sys.stdin.buffer.read(_LARGEST_INPUT)
    try:
        return read_whole(path, _LARGEST_INPUT)
    except OSError as error:
        raise UserError(
            f"the answers cannot be read ({error.strerror or error})", path=path
        ) from None


class _Player:
    """Plays spans of one video; where nothing here plays sound, the file that holds it is named."""

    def __init__(self, media: Media, track: int | None, file: Path) -> None:
        self._media, self._track, self._file = media, track, file
        self._plays = True

    def __call__(self, one: Asked) -> None:
        from vidtag.media.excerpt import play, write_excerpt

        start, end = one.span.start - CONTEXT, one.span.end + CONTEXT
        write_excerpt(self._media, start, end, self._file, self._track)
        if self._plays and not play(self._file):
            self._plays = False
            say("nothing here plays sound; ffplay, which comes with FFmpeg, would")
        if not self._plays:
            say(f"listen to {self._file}")


def question(one: Asked, number: int, total: int) -> str:
    """What is asked about a span."""
    span = one.span
    times = f"{fine_clock(span.start)} to {fine_clock(span.end)}"
    asks = "is it" if span.part == "whole" else "does it go on here"
    return f"{number}/{total}  {span.kind.value}  {times}  {asks}?"


def _ask(one: Labelling, play: _Player) -> None:
    """Put every open question, until all are answered or the user stops."""
    say(f"{_HELP}; {CONTEXT:g} s is played before and after")
    given: list[int] = []
    while (number := one.next) is not None:
        say(question(one.asked[number], number + 1, len(one.asked)))
        play(one.asked[number])
        say("[y/n/s/r/u/q]")  # only now: what is typed while it plays is not read
        pressed = typer.getchar().lower()
        if pressed in _KEYS:
            one.answer({number: _KEYS[pressed]})
            given.append(number)
        elif pressed == "u" and given:
            one.answer({given.pop(): None})
        elif pressed in ("q", "\x03", "\x04", "\x1b"):
            say("stopped; the same command goes on from here")
            return
        elif pressed not in ("r", "u"):
            say(_HELP)


def _table(rows: Iterable[Learnt]) -> Iterator[str]:
    """What was answered of each kind, and what comes of it."""
    for n, one in enumerate(rows):
        if not n:
            yield f"{'event':<9} {'yes':>4} {'no':>4}  {'on':<14} {'off':<14} shift"
        on, off, shift = (_move(*pair) if pair else "" for pair in (one.on, one.off, one.shift))
        yield (f"{one.kind.value:<9} {one.yes:>4} {one.no:>4}  {on:<14} {off:<14} {shift}").rstrip()


def _move(before: float, after: float) -> str:
    return f"{before:.2f} -> {after:.2f}"
