"""FCPXML, read: the clips of its first project, connected ones included."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import PurePosixPath
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from vidtag.core.bounded_values import exact_number
from vidtag.core.errors import UserError
from vidtag.retiming.edit_model import Edit, Kept

_HOLDERS = ("clip", "sync-clip", "asset-clip", "video", "audio", "gap", "title", "spine")
_OTHER = {"ref-clip": "a compound clip", "mc-clip": "a multicam clip", "audition": "an audition"}


def read_fcpxml(root: Element) -> Edit:
    """What the first sequence is made of.

    Raises:
        UserError: there is no sequence in it.
        ValueError, KeyError: it is damaged.
    """
    sequence = root.find(".//sequence")
    spine = None if sequence is None else sequence.find("spine")
    if sequence is None or spine is None:
        raise UserError("has no sequence in it")
    formats = {one.get("id"): one for one in root.iter("format")}
    frame = formats[sequence.get("format")].get("frameDuration") or "1/25s"
    assets = {one.get("id", ""): one for one in root.iter("asset")}
    notes: list[str] = []
    start = _time(sequence.get("tcStart"))
    kept = tuple(_inside(spine, start, Fraction(0), assets, notes))
    return Edit(1 / _time(frame), kept, tuple(dict.fromkeys(notes)))


def _inside(
    parent: Element,
    local: Fraction,
    at: Fraction,
    assets: dict[str, Element],
    notes: list[str],
) -> Iterator[Kept]:
    """Clips in a spine or clip, of which the time ``local`` is shown at ``at``."""
    reached = local
    for item in parent:
        if item.tag in _OTHER:
            notes.append(f"{_OTHER[item.tag]} ('{item.get('name', '')}') is not looked into")
        if item.tag not in (*_HOLDERS, *_OTHER):
            continue
        offset = _time(item.get("offset"), reached)
        duration = _time(item.get("duration"))
        reached = offset + duration
        shown = at + (offset - local)
        if item.get("enabled") == "0":
            continue
        if item.tag == "spine":
            yield from _inside(item, Fraction(0), shown, assets, notes)
            continue
        asset = assets.get(item.get("ref", ""))
        begin = _time(asset.get("start")) if asset is not None else Fraction(0)
        start = _time(item.get("start"), begin)
        if asset is not None and item.tag in ("asset-clip", "video", "audio"):
            limit = _time(parent.get("duration")) if parent.tag == "clip" else duration
            piece = _kept(item, asset, start - begin, shown, min(duration, limit), notes)
            if piece is not None:
                yield piece
        yield from _inside(item, start, shown, assets, notes)


def _kept(
    item: Element,
    asset: Element,
    first: Fraction,
    at: Fraction,
    length: Fraction,
    notes: list[str],
) -> Kept | None:
    name = _file_name(asset)
    speed = Fraction(1)
    points = item.findall("timeMap/timept")
    if points:
        times = [(_time(p.get("time")), _time(p.get("value"))) for p in points]
        (a, b), (c, d) = times[0], times[-1]
        speed = (d - b) / (c - a) if c != a else Fraction(0)
        if len(times) > 2 or speed <= 0:
            notes.append(f"a clip of {name} changes its speed; it has no subtitles")
            return None
        first = b + (first - a) * speed
    heard = asset.get("hasAudio") == "1" and item.get("srcEnable", "all") != "video"
    return Kept(name, first, at, length, speed, heard and item.tag != "video")


def _file_name(asset: Element) -> str:
    media = asset.find("media-rep")
    source = asset.get("src") or (media.get("src") if media is not None else None)
    return unquote(PurePosixPath(source).name) if source else asset.get("name", "")


def _time(text: str | None, otherwise: Fraction = Fraction(0)) -> Fraction:
    return otherwise if text is None else exact_number(text.removesuffix("s"))
