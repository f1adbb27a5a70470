"""Which encoder makes the pictures of films: x264, or one that the machine has in hardware.

x264 is the default: it makes the same bytes everywhere. A hardware encoder is used where it is
asked for and a trial shows that it works: some frames of the real size go through it with the real
options, are decoded, and compared with what went in. Where the trial fails, or the encoder fails
later, x264 takes over, and a note says so.

Hardware makes H.264 of 8 bits, 4:2:0, progressive. What else a picture may be, x264 and x265 make.

Sources of the options: FFmpeg's documentation, and ``ffmpeg -h encoder=NAME``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import ffmpeg

from vidtag.core.errors import MediaError, ToolError, VerificationError
from vidtag.core.names import EncoderName, HardwareName
from vidtag.files import PARTIAL_PREFIX, scratch_folder
from vidtag.media.encoded_pictures import check_pictures, small_pictures
from vidtag.media.ffmpeg import REPEATABLE, file_url, run
from vidtag.media.ffmpeg_program import find_ffmpeg

T = TypeVar("T")

_TRIAL_SECONDS = 0.6
_TRIAL_KEYFRAME = 0.4
_LONGEST_TRIAL = 30.0
_USUAL_SIZE = (1280, 720)


@dataclass(frozen=True, slots=True)
class FilmEncoder:
    """An encoder of ffmpeg's that makes H.264.

    Attributes:
        name: as users choose it.
        fixed: options of ffmpeg's output; empty for x264, whose options differ by film.
        quality: the option that sets the quality, and its value by x264's constant rate factor.
        device: options of ffmpeg that open the device.
        upload: whether pictures are brought to the device by a filter.
    """

    name: EncoderName
    fixed: Mapping[str, Any] = field(default_factory=dict)
    quality: tuple[str, Mapping[int, int]] = ("crf", {})
    device: tuple[str, ...] = ()
    upload: bool = False

    @property
    def is_hardware(self) -> bool:
        """Whether it is not x264."""
        return bool(self.fixed)

    def options(self, crf: int, preset: str) -> dict[str, Any]:
        """Options of ffmpeg's output.

        Args:
            crf: quality, as x264's constant rate factor.
            preset: x264's, which hardware does not have.
        """
        if not self.is_hardware:
            return {**REPEATABLE, "preset": preset, "crf": crf, "forced-idr:v": 1}
        option, values = self.quality
        return {**self.fixed, option: values[crf]}

    def prepared(self, picture: Any) -> Any:
        """A picture in 4:2:0, of ffmpeg-python, as the encoder takes it."""
        return picture.filter("format", "nv12").filter("hwupload") if self.upload else picture

    def opened(self, output: Any) -> Any:
        """An output of ffmpeg-python, or several merged, with the device open."""
        # The last word of a command is an output or an option, never a value.
        return output.global_args(*self.device, "-nostdin") if self.device else output

    def write(
        self,
        picture: Any,
        sounds: Sequence[Any],
        target: Path,
        options: Mapping[str, Any],
        **running: Any,
    ) -> None:
        """Encode a film; every frame of what hardware made is compared with what went in.

        Args:
            picture, sounds: of ffmpeg-python; the picture in 4:2:0.
            target: the file to write, under a partial name.
            options: of ffmpeg's output, with :meth:`options`.
            running: options of :func:`vidtag.media.ffmpeg.run`.

        Raises:
            ToolError: ffmpeg failed.
            VerificationError: hardware wrote other pictures than it was given.
        """
        if not self.is_hardware:
            run(ffmpeg.output(picture, *sounds, file_url(target), **options), **running)
            return
        with scratch_folder() as folder:
            given = folder / f"{PARTIAL_PREFIX}given.raw"
            parts = picture.filter_multi_output("split")
            film = ffmpeg.output(self.prepared(parts[0]), *sounds, file_url(target), **options)
            both = ffmpeg.merge_outputs(film, small_pictures(parts[1], given))
            run(self.opened(both), **running)
            check_pictures(target, given)


SOFTWARE = FilmEncoder("software")

BY_NAME: Mapping[HardwareName, FilmEncoder] = {
    "nvenc": FilmEncoder(
        "nvenc",
        {
            "c:v": "h264_nvenc", "profile:v": "high", "preset:v": "p5", "tune:v": "hq",
            "rc:v": "vbr", "b:v": 0, "forced-idr:v": 1,
        },
        ("cq:v", {10: 12, 18: 20}),
    ),
    "videotoolbox": FilmEncoder(
        "videotoolbox",
        {"c:v": "h264_videotoolbox", "profile:v": "high"},
        ("q:v", {10: 85, 18: 70}),
    ),
    "qsv": FilmEncoder(
        "qsv",
        {"c:v": "h264_qsv", "profile:v": "high", "preset:v": "medium", "forced_idr:v": 1},
        ("global_quality:v", {10: 12, 18: 20}),
    ),
    "vaapi": FilmEncoder(
        "vaapi",
        {"c:v": "h264_vaapi", "profile:v": "high", "rc_mode:v": "CQP"},
        ("qp:v", {10: 12, 18: 20}),
        ("-init_hw_device", "vaapi=films", "-filter_hw_device", "films"),
        upload=True,
    ),
}  # fmt: skip
"""In the order in which ``auto`` tries them. The scales of quality: ``docs/cutting.md``."""

HARDWARE: tuple[HardwareName, ...] = tuple(BY_NAME)


class Encoders:
    """Chooses the encoder of each film, and goes on with x264 where another one fails.

    Args:
        wanted: what the user asked for.

    Attributes:
        notes: what the user should know of it, a line each.
    """

    def __init__(self, wanted: EncoderName = "software") -> None:
        self.notes: list[str] = []
        self._wanted: tuple[HardwareName, ...] = ()
        if wanted == "auto":
            self._wanted = HARDWARE
        elif wanted != "software":
            self._wanted = (wanted,)

    def encode(
        self, size: tuple[int, int], work: Callable[[FilmEncoder], T], *, unfit: str = ""
    ) -> T:
        """Encode a film, and once more with x264 if the other encoder fails.

        Args:
            size: width and height of the film.
            work: writes the film with an encoder, and checks it.
            unfit: why only software can make it; empty if that is not so.
        """
        encoder = self._chosen(size, unfit)
        if not encoder.is_hardware:
            return work(SOFTWARE)
        try:
            return work(encoder)
        except (ToolError, MediaError, VerificationError) as error:
            done = work(SOFTWARE)
            # Had x264 failed too, it would have been the film's fault.
            self._wanted = ()
            self._note(f"the encoder {encoder.name} failed ({_short(error)}): x264 took over")
            return done

    def _chosen(self, size: tuple[int, int], unfit: str) -> FilmEncoder:
        if not self._wanted:
            return SOFTWARE
        if unfit:
            self._note(f"x264 or x265 encoded what no hardware encoder makes here: {unfit}")
            return SOFTWARE
        causes = {name: why_not(name, size) for name in self._wanted}
        works = next((name for name, cause in causes.items() if cause is None), None)
        if works is not None:
            return BY_NAME[works]
        tried = "; ".join(f"{name}: {cause}" for name, cause in causes.items())
        self._note(f"films were encoded by x264, because no hardware encoder works here ({tried})")
        return SOFTWARE

    def _note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)


def why_not(name: HardwareName, size: tuple[int, int] = _USUAL_SIZE) -> str | None:
    """Why a hardware encoder cannot make films of a size here; None if it can.

    Tried once per process, program and size.
    """
    return _tried(find_ffmpeg().path, name, size)


@functools.cache
def _tried(program: str, name: HardwareName, size: tuple[int, int]) -> str | None:
    """See :func:`why_not`; ``program`` is the ffmpeg that is found."""
    encoder = BY_NAME[name]
    width, height = size
    source = f"testsrc2=size={width}x{height}:rate=25:duration={_TRIAL_SECONDS}"
    try:
        with scratch_folder() as folder:
            film = folder / f"{PARTIAL_PREFIX}film.mp4"
            picture = ffmpeg.input(source, f="lavfi").video.filter("format", "yuv420p")
            options = {
                **encoder.options(18, "veryfast"),
                "force_key_frames:v": _TRIAL_KEYFRAME,
                "fps_mode:v": "passthrough",
            }
            encoder.write(picture, (), film, options, timeout=_LONGEST_TRIAL)
    except (ToolError, MediaError, VerificationError) as error:
        return _short(error)
    return None


def _short(error: ToolError | MediaError | VerificationError) -> str:
    """Why an encoder failed: the first line that ffmpeg printed, for all others follow from it."""
    printed = getattr(error, "stderr", "").splitlines()
    return printed[0].rpartition("] ")[2] if printed else error.cause
