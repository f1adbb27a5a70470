"""Files that ffmpeg would not write: several put together, or pointing elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.torture.bases import PICTURE, QUICK, SOUND, call
from vidtag.media.ffmpeg import file_url

SENTINEL = "sentinel.wav"
"""A file outside the folder of inputs that a playlist must not reach."""


def spliced(folder: Path) -> Iterator[Path]:
    """Recordings whose clock, sample rate or codec changes in the middle."""
    pieces = folder / "pieces"
    pieces.mkdir(exist_ok=True)

    def piece(name: str, *arguments: str) -> bytes:
        path = pieces / name
        if not path.exists():
            call(*arguments, file_url(path))
        return path.read_bytes()

    def written(name: str, data: bytes) -> Path:
        path = folder / name
        path.write_bytes(data)
        return path

    both = (*PICTURE, *SOUND, *QUICK, "-c:a", "aac")
    now = piece("now.ts", *both)
    later = piece("later.ts", *both, "-output_ts_offset", "500")
    wrapping = piece("wrapping.ts", *both, "-output_ts_offset", "95443.1")
    yield written("jumps-forward.ts", now + later)
    yield written("jumps-back.ts", later + now)
    yield written("jumps-often.ts", now + later + now + later)
    yield written("wraps.ts", wrapping)
    yield written("wraps-and-begins-anew.ts", wrapping + now)
    other = piece("other-rate.ts", *both, "-ar", "22050", "-output_ts_offset", "1.2")
    yield written("sample-rate-changes.ts", now + other)
    surround = piece("surround.ts", *both, "-ac", "6", "-output_ts_offset", "1.2")
    yield written("channels-change.ts", now + surround)
    bigger = piece("bigger.ts", *both, "-s", "128x96", "-output_ts_offset", "1.2")
    yield written("size-changes.ts", now + bigger)
    for suffix, codec in (("aac", "aac"), ("mp3", "libmp3lame"), ("ac3", "ac3")):
        slow = piece(f"slow.{suffix}", *SOUND, "-c:a", codec, "-ar", "32000")
        fast = piece(f"fast.{suffix}", *SOUND, "-c:a", codec, "-ar", "48000")
        yield written(f"rate-changes.{suffix}", slow + fast)
    ogg = piece("a.ogg", *SOUND, "-c:a", "libvorbis")
    yield written("chained.ogg", ogg + piece("b.ogg", *SOUND, "-c:a", "libvorbis", "-ar", "22050"))
    wav = piece("a.wav", *SOUND)
    yield written("two-in-one.wav", wav + wav)
    mkv = piece("a.mkv", *both)
    yield written("two-in-one.mkv", mkv + mkv)
    # A QuickTime movie whose samples are said to lie in another file: only its own are heard.
    own = piece("own.mov", *SOUND, "-c:a", "pcm_s16be")
    entry = b"\0\0\0\x0curl \0\0\0"
    yield written("reference.mov", own.replace(entry + b"\x01", entry + b"\0"))
    yield written("mp3-in.mp4", piece("fast.mp3"))
    yield written("zip.mp4", b"PK\x03\x04" + bytes(2000))
    yield written("zeros.mp4", bytes(5000))
    yield written("elf.mkv", b"\x7fELF" + bytes(range(256)) * 8)


def pointing(folder: Path, port: int) -> Iterator[Path]:
    """Files that name other files or addresses, under names that look innocent."""
    outside = (folder.parent / SENTINEL).as_uri()
    address = f"http://127.0.0.1:{port}/stolen"
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n"
    texts = {
        "playlist.m3u8": hls.format(address + ".ts"),
        "playlist.mp4": f"#EXTM3U\n#EXTINF:2,\n{outside}\n{address}.mp3\n",
        "up.m3u8": hls.format("../" + SENTINEL),
        "master.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nup.m3u8\n",
        "concat.mkv": f"ffconcat version 1.0\nfile '{outside}'\nfile '{address}'\n",
        "concat.txt": f"file '../{SENTINEL}'\nfile '{address}'\n",
        "manifest.mpd": f'<?xml version="1.0"?><MPD><BaseURL>{address}</BaseURL></MPD>',
        "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=audio {port} RTP/AVP 0\n",
        "picture.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{address}"/></svg>',
        "stream.pls": f"[playlist]\nFile1={address}\nNumberOfEntries=1\n",
        "script.avs": f'DirectShowSource("{address}")',
        "lavfi.mp4": "amovie=../" + SENTINEL,
        "smooth.ism": f'<SmoothStreamingMedia><c url="{address}"/></SmoothStreamingMedia>',
        "asx.wmv": f'<asx version="3"><entry><ref href="{address}"/></entry></asx>',
        "realtime.avi": f"[Reference]\nRef1={address}\n",
    }
    for name, text in texts.items():
        path = folder / name
        path.write_text(text)
        yield path
    shutil.copyfile(folder.parent / SENTINEL, folder / SENTINEL)
    script = folder / "no-text.mkv"
    script.write_bytes(b"ffconcat version 1.0\n# \xff\nfile " + SENTINEL.encode() + b"\n")
    yield script


NAMES: tuple[str | bytes, ...] = (
    "new\nline.wav", "carriage\rreturn.wav", "tab\t.wav", "quote's.wav", 'double".wav', "-dash.wav",
    "--model.wav", "-i.wav", "percent%d.wav", "percent%03d%s.wav", "back\\slash.wav", "😀🎬.wav",
    "колон:a=b.wav", "semi;colon.wav", "pipe|x.wav", "$(touch evil).wav", "`touch evil`.wav",
    "[brackets]{braces}.wav", "*.wav", "?.wav", "#hash.wav", " space .wav", "..wav", "...wav",
    "file:x.wav", "http:x.wav", "concat:a|b.wav", "pipe:0.wav", "é\u0301.wav", "\u202egpj.wav",
    "字幕，测试。.wav", "<script>alert(1)<script>.wav", "&amp;.wav", "a" * 251 + ".wav",
    ".hidden.wav", "no-suffix", "CON.wav", "trailing dot..wav", "\x7f\x01.wav", "bell\a.wav",
    "{stem}.wav", "x.vidtag.json.wav", ".vidtag-partial-x.wav", b"latin-\xe9\xff.wav",
    b"\xf0\x28\x8c\x28.wav",
)  # fmt: skip
"""File names that have broken programs; bytes are no valid UTF-8."""
