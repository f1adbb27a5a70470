"""Final Cut Pro 7 XML, as Premiere and Resolve write it, read."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import PurePosixPath
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from vidtag.core.bounded_values import exact_number
from vidtag.core.errors import UserError
from vidtag.retiming.edit_model import Edit, Kept


def read_xmeml(root: Element) -> Edit:
    """What the first sequence is made of.

    Raises:
        UserError: there is no sequence in it.
        ValueError: it is damaged.
    """
    sequence = root.find(".//sequence")
    if sequence is None:
        raise UserError("has no sequence in it")
    rate = _rate(sequence) or Fraction(25)
    names = {
        one.get("id", ""): _file_name(one)
        for one in root.iter("file")
        if one.find("name") is not None
    }
    whole = {one.get("id", ""): one for one in root.iter("clipitem") if len(one)}
    notes: list[str] = []
    kept: list[Kept] = []
    for kind, heard in (("video", False), ("audio", True)):
        for track in sequence.findall(f"media/{kind}/track"):
            if (track.findtext("enabled") or "TRUE").upper() != "FALSE":
                kept += _track(track, rate, names, whole, heard, notes)
    return Edit(rate, tuple(kept), tuple(dict.fromkeys(notes)))


def _track(
    track: Element,
    rate: Fraction,
    names: dict[str, str],
    whole: dict[str, Element],
    heard: bool,
    notes: list[str],
) -> Iterator[Kept]:
    """What a track keeps.

    Args:
        whole: clips that say all about themselves; an empty one of the same id stands for it.
    """
    here: set[str] = set()
    for item in track.findall("clipitem"):
        known = item.get("id", "")
        if not len(item) and known in here:
            notes.append(f"{known} stands twice in a track; its second place is not told")
            continue
        here.add(known)
        item = item if len(item) else whole.get(known, item)
        if (item.findtext("enabled") or "TRUE").upper() == "FALSE":
            continue
        file = item.find("file")
        if file is None:
            notes.append(f"'{item.findtext('name') or 'a clip'}' is a sequence; not looked into")
            continue
        name = names.get(file.get("id", ""), item.findtext("name") or "")
        speed = _speed(item)
        if speed <= 0:
            notes.append(f"a clip of {name} changes its speed; it has no subtitles")
            continue
        first, last, start, end = (
            int(exact_number(item.findtext(tag) or "-1")) for tag in ("in", "out", "start", "end")
        )
        lasts = Fraction(last - first) / speed  # -1: a transition hides that edge
        start = round(end - lasts) if start < 0 else start
        end = round(start + lasts) if end < 0 else end
        own = _rate(item) or rate
        # With a speed, in and out count frames of the stretched clip.
        begin = Fraction(first) / own * speed
        yield Kept(name, begin, start / rate, (end - start) / rate, speed, heard)


def _speed(item: Element) -> Fraction:
    """How fast a clip runs; 0 where it changes, or runs backwards."""
    for effect in item.findall("filter/effect"):
        if effect.findtext("effectid") != "timeremap":
            continue
        values = {
            p.findtext("parameterid"): p.findtext("value") for p in effect.findall("parameter")
        }
        variable = (values.get("variablespeed") or "0") not in ("0", "FALSE")
        backwards = (values.get("reverse") or "FALSE").upper() == "TRUE"
        speed = exact_number(values.get("speed") or "100") / 100
        return Fraction(0) if variable or backwards else speed
    return Fraction(1)


def _rate(element: Element) -> Fraction | None:
    base = element.findtext("rate/timebase")
    if not base:
        return None
    ntsc = (element.findtext("rate/ntsc") or "FALSE").upper() == "TRUE"
    return exact_number(base) * (Fraction(1000, 1001) if ntsc else 1)


def _file_name(file: Element) -> str:
    path = file.findtext("pathurl")
    return unquote(PurePosixPath(path).name) if path else file.findtext("name") or ""
