"""SHOW: a document becomes subtitles, clips, a reel, timelines and a report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vidtag import atomic
from vidtag.clock import file_clock
from vidtag.config import Config
from vidtag.errors import InputError
from vidtag.highlights.cut import CutMode, CutResult, clip_suffix, cut_clip
from vidtag.highlights.reel import make_reel
from vidtag.highlights.select import select
from vidtag.highlights.wording import shorten
from vidtag.media.probe import probe
from vidtag.report import page
from vidtag.report.page import SUFFIX as REPORT_SUFFIX
from vidtag.subtitles.check import check_cues
from vidtag.subtitles.cues import lay_out, make_cues
from vidtag.subtitles.keep import Kept, write_unless_edited
from vidtag.subtitles.rebase import rebase
from vidtag.subtitles.transcript import rich_text
from vidtag.subtitles.write import SUFFIXES, render, render_cues
from vidtag.timelines.write import timeline_files
from vidtag.types import Clip, Cue, Document, Media, Progress, Reporter, unreported

_OPENING = 60
"""Columns of the title of the first chapter."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Files that were written, in order, and what the user should know about them."""

    written: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def show(
    document: Document, config: Config, folder: Path, *, report: Reporter = unreported
) -> Shown:
    """Write everything that ``config`` asks for into ``folder``.

    Raises:
        VidtagError: something could not be written or cut; what was finished before stays.
    """
    stem = Path(document.media.path).stem
    subtitles = write_subtitles(document, config, folder / stem, report=report)
    highlights = _cut_highlights(document, config, folder, stem, report)
    parts = [subtitles, highlights]
    if config.timelines.formats:
        parts.append(write_timelines(document, config, folder / stem))
    if config.report.enabled:
        page = folder / f"{stem}{REPORT_SUFFIX}"
        parts.append(write_report(document, config, page, report=report))
    return Shown(
        tuple(path for part in parts for path in part.written),
        tuple(note for part in parts for note in part.notes),
    )


def write_subtitles(
    document: Document, config: Config, base: Path, *, report: Reporter = unreported
) -> Shown:
    """Write subtitles in all formats asked for, each to ``base`` with the format's suffix.

    Files that were edited by hand since they were written are left as they are, and noted.
    """
    formats = config.subtitles.formats
    report(Progress("subtitles", 0, len(formats)))
    blocks = lay_out(document, config.subtitles)
    written, notes = [], []
    for number, name in enumerate(formats):
        path = base.with_name(base.name + SUFFIXES[name])
        if name == "rich":
            text = rich_text(document)
        else:
            text = render(blocks, name, video=document.media.video, config=config.subtitles)
        kept = write_unless_edited(path, text, overwrite=config.output.overwrite)
        if kept is Kept.EDITED:
            notes.append(f"{path.name}: {kept.value} (--overwrite writes over it)")
        else:
            written.append(path)
        report(Progress("subtitles", number + 1, len(formats)))
    return Shown(tuple(written), tuple(notes))


def write_timelines(document: Document, config: Config, base: Path) -> Shown:
    """Write timelines for editing programs in all formats asked for: ``base`` and a suffix each."""
    clips = select(document, config.highlights)
    said = next((segment.text for segment in document.segments if segment.text.strip()), "")
    opening = shorten(said, _OPENING) or "Start"
    files, notes = timeline_files(document, clips, config.timelines.formats, opening)
    written = []
    for file in files:
        path = base.with_name(base.name + file.suffix)
        if file.text is None:
            path.unlink(missing_ok=True)
        else:
            atomic.write_text(path, file.text)
            written.append(path)
    return Shown(tuple(written), notes)


def write_report(
    document: Document, config: Config, path: Path, *, report: Reporter = unreported
) -> Shown:
    """Write the page that shows everything that was heard, and what ``config`` makes of it."""
    report(Progress("report", 0, 1, path.name))
    style = config.subtitles
    page.write_report(
        document,
        path,
        clips=select(document, config.highlights),
        check=check_cues(
            make_cues(document, style),
            style.profile,
            video=document.media.video,
            document=document,
        ),
        tongue=config.report.language,
    )
    report(Progress("report", 1, 1, path.name))
    return Shown((path,))


def source(document: Document) -> Media:
    """The video a document was made from.

    Raises:
        InputError: it is gone, or is not the same any more.
    """
    media = probe(document.media.path)
    if media.fingerprint != document.media.fingerprint:
        raise InputError(
            "the video has changed since it was listened to",
            path=media.path,
            remedy="run vidtag run on it again, or bring back the video it was",
        )
    return media


def source_if_there(document: Document) -> Media | None:
    """The video a document was made from, or None where its file is not there now.

    Raises:
        InputError: it is there, but is not the same any more.
    """
    return source(document) if Path(document.media.path).exists() else None


def _cut_highlights(
    document: Document, config: Config, folder: Path, stem: str, report: Reporter
) -> Shown:
    manifest = _Manifest(folder / f"{stem}.highlights.json", document)
    manifest.clear()
    if not config.highlights.enabled:
        return Shown(())
    clips = select(document, config.highlights)
    if not clips:
        wanted = " or ".join(config.highlights.weights)
        return Shown((), (f"no clips: no {wanted} was found that makes a highlight",))
    media = source(document)
    cues = tuple(block.cue() for block in lay_out(document, config.subtitles))
    written: list[Path] = []
    cuts: list[CutResult] = []
    notes: list[str] = []
    for number, clip in enumerate(clips):
        name = f"{number + 1:02d}-{_kinds(clip)}-{file_clock(clip.start)}"
        target = folder / f"{stem}.clips" / (name + clip_suffix(document.media))
        cut = cut_clip(
            media,
            clip,
            target,
            mode=CutMode(config.highlights.mode),
            audio_track=config.audio.track,
            report=_part_of(report, number, len(clips)),
        )
        subtitles = _write_clip_subtitles(document, config, cues, cut)
        manifest.add(clip, cut, subtitles)
        cuts.append(cut)
        written += [target, *subtitles]
        if cut.note:
            notes.append(f"{target.name}: {cut.note}")
    notes += _reasons(cuts)
    if config.highlights.reel:
        target = folder / f"{stem}.reel{clip_suffix(document.media)}"
        report(Progress("reel", 0, 1))
        make_reel([cut.path for cut in cuts], target, report=report)
        report(Progress("reel", 1, 1))
        manifest.add_reel(target)
        written.append(target)
    return Shown((*written, manifest.path), tuple(notes))


def _part_of(report: Reporter, number: int, count: int) -> Reporter:
    """Passes on the progress of one clip as that of all."""
    report(Progress("clips", number, count))

    def tell(progress: Progress) -> None:
        done = number + progress.done / max(progress.total, 1e-9)
        report(Progress("clips", min(done, number + 1), count, progress.detail))

    return tell


def _reasons(cuts: Sequence[CutResult]) -> list[str]:
    """Why clips were not cut in the mode that was asked for: a line per reason."""
    by_reason = Counter((cut.reason, cut.mode.value) for cut in cuts if cut.reason)
    return [
        f"{count} of {len(cuts)} clips cut in the mode {mode}: {reason}"
        for (reason, mode), count in by_reason.items()
    ]


def _write_clip_subtitles(
    document: Document, config: Config, cues: Sequence[Cue], cut: CutResult
) -> list[Path]:
    """Subtitles of a clip beside it, on the clip's own clock."""
    inside = rebase(cues, cut.start, cut.end)
    written = []
    for name in config.subtitles.formats:
        if name in ("karaoke", "rich"):  # need words or passages, which cues no longer have
            continue
        path = cut.path.with_suffix(SUFFIXES[name])
        text = render_cues(inside, name, video=document.media.video, config=config.subtitles)
        atomic.write_text(path, text)
        written.append(path)
    return written


class _Manifest:
    """The list of highlights, kept up to date clip by clip, so that a later run with other
    thresholds can take away exactly what this one made.
    """

    def __init__(self, path: Path, document: Document) -> None:
        self.path = path
        self._data: dict[str, object] = {
            "video": document.media.path,
            "fingerprint": document.media.fingerprint,
            "model": document.model.name,
        }
        self._folders = (path.parent, path.parent / f"{Path(document.media.path).stem}.clips")
        self._clips: list[dict[str, object]] = []
        self._reel: str | None = None

    def clear(self) -> None:
        """Remove the files of an earlier run, and its list."""
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            names = [name for clip in data["clips"] for name in (clip["file"], *clip["subtitles"])]
            names += [data["reel"]] if data["reel"] else []
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError):
            names = []  # not a list of ours, or damaged: touch nothing it may name
        for name in names:
            path = self.path.parent / str(name)
            ours = path.parent in self._folders and ".." not in path.parts
            if ours and path.is_file():
                path.unlink()
        self.path.unlink(missing_ok=True)

    def add(self, clip: Clip, cut: CutResult, subtitles: Sequence[Path]) -> None:
        """Note a finished clip."""
        self._clips.append(
            {
                "file": self._name(cut.path),
                "subtitles": [self._name(path) for path in subtitles],
                "title": clip.title,
                "score": round(clip.score, 4),
                "start": round(cut.start, 6),
                "end": round(cut.end, 6),
                "planned_start": round(cut.planned_start, 6),
                "planned_end": round(cut.planned_end, 6),
                "mode": cut.mode.value,
                "mode_reason": cut.reason or None,
                "reason": [
                    {"kind": why.label, "start": why.start, "end": why.end, "peak": why.peak}
                    for why in clip.reason
                ],
            }
        )
        self._write()

    def add_reel(self, path: Path) -> None:
        """Note the finished reel."""
        self._reel = self._name(path)
        self._write()

    def _name(self, path: Path) -> str:
        return path.relative_to(self.path.parent).as_posix()

    def _write(self) -> None:
        data = {**self._data, "reel": self._reel, "clips": self._clips}
        atomic.write_text(self.path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")


def _kinds(clip: Clip) -> str:
    return "-".join(dict.fromkeys(why.label.replace(" ", "_") for why in clip.reason))
