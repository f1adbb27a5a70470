"""Files to torment: every container, codec and oddity that ffmpeg itself can write, small."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vidtag.media.ffmpeg import file_url
from vidtag.media.ffmpeg_program import find_ffmpeg

SECONDS = 1.2
PICTURE = ("-f", "lavfi", "-i", f"testsrc=s=64x48:r=25:d={SECONDS}")
SOUND = ("-f", "lavfi", "-i", f"sine=f=330:d={SECONDS}:r=48000")
QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10")
TIMEOUT = 60.0


@dataclass(frozen=True)
class Base:
    """A file: its name, and ffmpeg's arguments up to the output.

    ``seconds`` of sound are expected from it; None where the making alone decides.
    """

    name: str
    arguments: tuple[str, ...]
    encoders: tuple[str, ...] = ()
    seconds: float | None = SECONDS

    def make(self, folder: Path) -> Path | None:
        """Write it; None where this ffmpeg cannot."""
        if not set(self.encoders) <= encoders_here():
            return None
        path = folder / self.name
        call(*self.arguments, file_url(path))
        return path


@functools.cache
def encoders_here() -> frozenset[str]:
    """Names of the encoders that this ffmpeg has."""
    command = [find_ffmpeg().path, "-hide_banner", "-encoders"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    _, _, rows = listed.partition("------")
    return frozenset(row.split()[1] for row in rows.splitlines() if row.strip())


def call(*arguments: str | Path) -> None:
    """Run ffmpeg without the door's fence, which exists to refuse some of what is made here."""
    command = [find_ffmpeg().path, "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")


VIDEO_CODECS: dict[str, tuple[str, ...]] = {
    "libx264": QUICK,
    "libx265": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"),
    "mpeg4": ("-c:v", "mpeg4"),
    "mpeg2video": ("-c:v", "mpeg2video"),
    "mpeg1video": ("-c:v", "mpeg1video"),
    "mjpeg": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p"),
    "libvpx": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"),
    "libvpx-vp9": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
    "libsvtav1": ("-c:v", "libsvtav1", "-preset", "12"),
    "libtheora": ("-c:v", "libtheora"),
    "prores": ("-c:v", "prores"),
    "dnxhd": ("-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-s", "256x128", "-pix_fmt", "yuv422p"),
    "ffv1": ("-c:v", "ffv1"),
    "huffyuv": ("-c:v", "huffyuv"),
    "wmv2": ("-c:v", "wmv2"),
    "flv": ("-c:v", "flv"),
    "h261": ("-c:v", "h261", "-s", "176x144"),
    "h263": ("-c:v", "h263", "-s", "176x144"),
    "gif": ("-c:v", "gif"),
    "rawvideo": ("-c:v", "rawvideo"),
    "cinepak": ("-c:v", "cinepak"),
    "qtrle": ("-c:v", "qtrle"),
    "snow": ("-c:v", "snow", "-strict", "-2"),
    "wrapped_avframe": ("-c:v", "wrapped_avframe", "-pix_fmt", "yuv420p"),
    "rv20": ("-c:v", "rv20", "-s", "176x144"),
}

CONTAINERS: dict[str, tuple[str, ...]] = {
    "mp4": ("libx264/aac", "libx265/aac", "mpeg4/libmp3lame", "libsvtav1/libopus", "mjpeg/alac",
            "libvpx-vp9/flac", "mpeg4/ac3", "libx264/eac3"),
    "mov": ("libx264/pcm_s16be", "prores/pcm_s24le", "mjpeg/pcm_f32le", "qtrle/adpcm_ima_qt",
            "dnxhd/alac", "cinepak/pcm_mulaw", "rawvideo/pcm_s32be"),
    "mkv": ("libx264/libopus", "libx265/flac", "ffv1/pcm_s24le", "libvpx/libvorbis",
            "mpeg2video/mp2", "libtheora/libvorbis", "mjpeg/truehd", "huffyuv/wavpack",
            "libsvtav1/aac", "snow/tta"),
    "webm": ("libvpx/libvorbis", "libvpx-vp9/libopus", "libsvtav1/libopus"),
    "avi": ("mpeg4/libmp3lame", "libx264/ac3", "huffyuv/pcm_s16le", "mjpeg/pcm_u8", "cinepak/mp2",
            "rawvideo/pcm_alaw"),
    "ts": ("libx264/aac", "mpeg2video/mp2", "libx265/ac3", "libx264/libopus", "mpeg2video/s302m"),
    "mpg": ("mpeg1video/mp2", "mpeg2video/ac3"),
    "vob": ("mpeg2video/ac3", "mpeg2video/mp2"),
    "flv": ("flv/libmp3lame", "libx264/aac", "flv/nellymoser"),
    "wmv": ("wmv2/wmav2", "wmv2/wmav1"),
    "ogv": ("libtheora/libvorbis", "libtheora/libopus", "libtheora/flac"),
    "nut": ("libx264/pcm_s16le", "ffv1/flac"),
    "3gp": ("h263/libopencore_amrnb", "libx264/aac"),
    "mxf": ("mpeg2video/pcm_s16le",),
    "rm": ("rv20/ac3",),
    "f4v": ("libx264/aac",),
    "wtv": ("mpeg2video/mp2",),
    "dv": (),
    "swf": ("flv/libmp3lame",),
    "gxf": (),
    "ivf": ("libvpx-vp9/-",),
    "gif": ("gif/-",),
    "y4m": ("wrapped_avframe/-",),
    "m2v": ("mpeg2video/-",),
    "mka": ("-/flac", "-/libvorbis"),
    "m4a": ("-/aac", "-/alac"),
    "mp3": ("-/libmp3lame",),
    "mp2": ("-/mp2",),
    "aac": ("-/aac",),
    "ac3": ("-/ac3",),
    "eac3": ("-/eac3",),
    "dts": ("-/dca",),
    "flac": ("-/flac",),
    "ogg": ("-/libvorbis", "-/libopus", "-/flac"),
    "opus": ("-/libopus",),
    "wma": ("-/wmav2",),
    "aiff": ("-/pcm_s16be", "-/pcm_s24be"),
    "au": ("-/pcm_s16be", "-/pcm_mulaw"),
    "caf": ("-/pcm_s16be", "-/alac"),
    "w64": ("-/pcm_s16le",),
    "wv": ("-/wavpack",),
    "tta": ("-/tta",),
    "amr": ("-/libopencore_amrnb",),
    "thd": ("-/truehd",),
    "voc": ("-/pcm_u8",),
    "gsm": (),
    "sbc": ("-/sbc",),
    "wav": ("-/pcm_s16le", "-/pcm_u8", "-/pcm_s24le", "-/pcm_s32le", "-/pcm_f32le", "-/pcm_f64le",
            "-/pcm_alaw", "-/pcm_mulaw", "-/adpcm_ms", "-/adpcm_ima_wav", "-/libmp3lame", "-/g722"),
}  # fmt: skip
"""Pairs of picture and sound encoders (``-`` for none) that each container can hold."""

_RATES = {"g722": "16000", "libopencore_amrnb": "8000", "nellymoser": "22050", "g723_1": "8000"}
_MONO = {"g722", "libopencore_amrnb", "nellymoser"}


def combinations() -> Iterator[Base]:
    """Every container with every pair of codecs listed for it."""
    for suffix, pairs in CONTAINERS.items():
        for pair in pairs:
            picture, sound = pair.split("/")
            arguments: list[str] = []
            options: list[str] = []
            if picture != "-":
                arguments += PICTURE
                options += [*VIDEO_CODECS[picture], "-map", "0:v"]
            if sound != "-":
                arguments += SOUND
                options += ["-c:a", sound, "-map", f"{1 if picture != '-' else 0}:a"]
                options += [
                    "-ar",
                    _RATES.get(sound, "44100" if suffix in ("flv", "swf") else "48000"),
                ]
                options += ["-ac", "1" if sound in _MONO else "2"]
            options += ["-strict", "-2"]
            needed = tuple(name for name in (picture, sound) if name not in ("-", "libx264"))
            name = f"{picture}-{sound}.{suffix}".replace("--", "").lstrip("-")
            yield Base(name, (*arguments, *options), needed, SECONDS if sound != "-" else None)


def shapes_of_sound() -> Iterator[Base]:
    """Odd sample rates, channel layouts and sample formats."""
    for rate in (8000, 11025, 12000, 22050, 32000, 44100, 88200, 96000, 176400, 192000):
        for codec, suffix in (("pcm_s16le", "wav"), ("flac", "flac"), ("pcm_s24le", "mkv")):
            yield Base(f"rate-{rate}.{suffix}", (*SOUND, "-ar", str(rate), "-c:a", codec))
    for layout in ("mono", "stereo", "2.1", "quad", "5.1", "5.1(side)", "7.1", "octagonal"):
        for codec, suffix in (("pcm_f32le", "wav"), ("flac", "mka"), ("aac", "m4a")):
            if layout == "octagonal" and codec != "pcm_f32le":
                continue
            options = ("-af", f"aformat=channel_layouts={layout}", "-c:a", codec)
            name = f"layout-{layout.replace('(', '-').rstrip(')')}.{suffix}"
            yield Base(name, (*SOUND, *options))
    for codec in ("pcm_u8", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_s16le"):
        yield Base(f"extreme-{codec}.wav", (*SOUND, "-af", "volume=60dB", "-c:a", codec))


def clocks() -> Iterator[Base]:
    """Start times and lengths that are not what one expects."""
    both = (*PICTURE, *SOUND)
    aac = (*QUICK, "-c:a", "aac")
    for offset in (-0.5, -3, 0.04, 7, 3600, 95_000):
        for suffix in ("mp4", "mkv", "ts", "avi", "flv"):
            if (suffix == "avi" and not 0 <= offset < 100) or (suffix == "flv" and offset < 0):
                continue
            options = (*aac, "-output_ts_offset", str(offset), "-avoid_negative_ts", "disabled")
            yield Base(f"offset{offset}.{suffix}", (*both, *options), (), None)
    late = (*PICTURE, "-itsoffset", "0.7", *SOUND)
    for suffix in ("mp4", "mkv", "ts", "mov"):
        yield Base(f"late.{suffix}", (*late, *aac), (), SECONDS + 0.7)
        yield Base(f"short-sound.{suffix}", (*both, "-af", "atrim=0:0.3", *aac), (), 0.3)
        yield Base(f"short-picture.{suffix}", (*both, "-vf", "trim=0:0.2", *aac))
        gaps = "select='not(mod(n,7))+gt(random(0),0.6)'"
        yield Base(f"variable.{suffix}", (*both, "-vf", gaps, "-fps_mode", "vfr", *aac))
    hole = "aselect='lt(t,0.4)+gt(t,0.8)'"
    for suffix in ("mkv", "mp4", "ts", "nut"):
        yield Base(f"hole.{suffix}", (*both, "-af", hole, *aac))
    for suffix in ("mkv", "webm", "ts", "flv", "nut", "mpg", "wav", "au"):
        # Written as to a pipe: nothing is filled in afterwards.
        codecs = {
            "webm": ("-c:v", "libvpx", "-c:a", "libvorbis", "-deadline", "realtime"),
            "flv": (*aac, "-ar", "44100", "-flvflags", "no_duration_filesize"),
            "mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
            "wav": ("-vn",),
            "au": ("-vn",),
        }.get(suffix, aac)
        yield Base(
            f"unfinished.{suffix}", (*both, *codecs, "-fflags", "+bitexact", "-flush_packets", "1")
        )
    fragments = "+frag_keyframe+empty_moov+default_base_moof"
    yield Base("fragmented.mp4", (*both, *aac, "-movflags", fragments))
    yield Base("hybrid.mov", (*both, *aac, "-movflags", "+faststart", "-use_editlist", "0"))


def streams() -> Iterator[Base]:
    """Too many streams, too few, and streams that are none."""
    many = tuple(argument for _ in range(50) for argument in ("-map", "1:a"))
    yield Base("fifty.mkv", (*PICTURE, *SOUND, "-map", "0:v", *many, *QUICK, "-c:a", "libopus"))
    yield Base("fifty.mp4", (*PICTURE, *SOUND, "-map", "0:v", *many, *QUICK, "-c:a", "aac"))
    cover = ("-f", "lavfi", "-i", "testsrc=s=64x48:d=2:r=0.5")
    disposition = ("-map", "0:a", "-map", "1:v", "-disposition:v", "attached_pic", "-c:v", "mjpeg")
    form = ("-pix_fmt", "yuvj420p")
    yield Base("cover.mp3", (*SOUND, *cover, *disposition, *form))
    yield Base("cover.m4a", (*SOUND, *cover, *disposition, *form, "-c:a", "aac"))
    yield Base("cover.flac", (*SOUND, *cover, *disposition, *form, "-c:a", "flac"))
    yield Base("mute.mp4", (*PICTURE, *QUICK), (), None)
    yield Base(
        "no-frames.mov", (*PICTURE, *SOUND, "-vf", "select=0", "-c:v", "mpeg4", "-c:a", "aac")
    )
    yield Base("nothing.wav", (*SOUND, "-t", "0"), (), None)
    yield Base("one-sample.wav", (*SOUND, "-af", "atrim=end_sample=1"), (), 0.0)
    yield Base("one-pixel.mkv", (*PICTURE, *SOUND, "-vf", "scale=2:2", "-c:v", "ffv1"))
    data = ("-map", "0:v", "-map", "1:a", "-map", "0:v", *QUICK, "-c:a", "aac")
    yield Base("two-pictures.mp4", (*PICTURE, *SOUND, *data))
    turned = ("-display_rotation", "90", *PICTURE, *SOUND, *QUICK, "-c:a", "aac")
    yield Base("turned.mp4", turned)


def all_bases() -> Iterator[Base]:
    """Everything above."""
    yield from combinations()
    yield from shapes_of_sound()
    yield from clocks()
    yield from streams()
