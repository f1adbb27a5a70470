"""FCPXML, read: the clips of its first project, connected ones included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import PurePosixPath
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from vidtag.core.bounded_values import exact_number
from vidtag.core.errors import UserError
from vidtag.retiming.edit_model import Edit, Kept

_HOLDERS = ("clip", "sync-clip", "asset-clip", "video", "audio", "gap", "title", "spine")
_ALWAYS = (Fraction(-(10**9)), Fraction(10**9))
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
    kept = tuple(_inside(spine, start, Fraction(0), (_ALWAYS, _ALWAYS), assets, notes))
    return Edit(1 / _time(frame), kept, tuple(dict.fromkeys(notes)))


_Window = tuple[Fraction, Fraction]
"""Seconds of the new cut from and to which something can be seen or heard."""


def _inside(
    parent: Element,
    local: Fraction,
    at: Fraction,
    windows: tuple[_Window, _Window],
    assets: dict[str, Element],
    notes: list[str],
) -> Iterator[Kept]:
    """Clips in a spine or clip, of which the time ``local`` is shown at ``at``.

    Args:
        windows: of what the parent contains, which it crops, and of what is connected to it (has a
            lane), which what lies around it crops.
    """
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
        window = windows[1] if "lane" in item.attrib else windows[0]
        if item.tag == "spine":
            yield from _inside(item, Fraction(0), shown, (window, window), assets, notes)
            continue
        asset = assets.get(item.get("ref", ""))
        own = _common(window, (shown, shown + duration))
        if asset is not None and item.tag in ("asset-clip", "video", "audio"):
            yield from _kept(item, asset, shown, own, notes)
        elif item.find("timeMap") is not None:
            notes.append(f"'{item.get('name', '')}' runs at another speed; it has no subtitles")
            continue
        start = _time(item.get("start"), _default_start(item, asset))
        yield from _inside(item, start, shown, (own, window), assets, notes)


def _common(one: _Window, other: _Window) -> _Window:
    return max(one[0], other[0]), min(one[1], other[1])


def _default_start(item: Element, asset: Element | None) -> Fraction:
    """The time that an item begins with where it does not say: a whole asset's own, else 0."""
    whole = asset is not None and item.tag == "asset-clip"
    return _time(asset.get("start")) if whole and asset is not None else Fraction(0)


def _kept(
    item: Element, asset: Element, at: Fraction, window: _Window, notes: list[str]
) -> Iterator[Kept]:
    """What can be seen or heard of an asset in a window."""
    begin = _time(asset.get("start"))
    first = _time(item.get("start"), _default_start(item, asset)) - begin
    name = _file_name(asset)
    speed = Fraction(1)
    points = item.findall("timeMap/timept")
    if points:
        times = [(_time(p.get("time")), _time(p.get("value"))) for p in points]
        (a, b), (c, d) = times[0], times[-1]
        speed = (d - b) / (c - a) if c != a else Fraction(0)
        if len(times) > 2 or speed <= 0:
            notes.append(f"a clip of {name} changes its speed; it has no subtitles")
            return
        first = b + (first - a) * speed
    if window[1] <= window[0]:
        return
    heard = asset.get("hasAudio") == "1" and item.get("srcEnable", "all") != "video"
    whole = Kept(name, first, at, window[1] - at, speed, heard and item.tag != "video")
    shown = whole.since(window[0])
    # No start at all, and none of the asset there: it is meant to begin with the asset.
    early = "start" not in item.attrib and shown.first < 0
    yield replace(shown, first=shown.first + begin) if early else shown


def _file_name(asset: Element) -> str:
    media = asset.find("media-rep")
    source = asset.get("src") or (media.get("src") if media is not None else None)
    return unquote(PurePosixPath(source).name) if source else asset.get("name", "")


def _time(text: str | None, otherwise: Fraction = Fraction(0)) -> Fraction:
    return otherwise if text is None else exact_number(text.removesuffix("s"))
