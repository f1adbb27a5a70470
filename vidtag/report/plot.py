"""The timeline as a picture for slides and papers, drawn by matplotlib (extra ``plot``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vidtag.core.display import INK, colours_by_name
from vidtag.core.names import PageLanguage
from vidtag.core.records import Clip, Document
from vidtag.figures import check_figure_path, save_figure
from vidtag.report.lanes import Lane, LaneBlock, TimelineView, timeline_view

_FONTS = (
    "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Microsoft YaHei",
    "Malgun Gothic", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "DejaVu Sans",
)  # fmt: skip
"""First choices; matplotlib takes each letter from the first font that has it."""

_WIDTH = 12.8
"""Inches; at 100 dots an inch, a picture 1280 pixels wide."""
LANES = (0.085, 0.985)
"""Where the lanes begin and end, as parts of the width."""
_ROW, _BLOCK = 0.36, 0.76
"""Inches of a lane, and the part of it that a block fills."""
_LETTER = 0.0065
"""Part of the width that a Latin letter takes; a Chinese one is twice as wide."""


def draw(
    document: Document,
    path: str | Path,
    *,
    clips: Sequence[Clip] = (),
    language: PageLanguage = "en",
    dark: bool = False,
) -> None:
    """Write the timeline of a document as PNG, SVG or PDF, by the suffix of ``path``.

    Raises:
        UserError: another suffix, or matplotlib is not installed.
        OutputError: it cannot be written there.
    """
    target = Path(path)
    check_figure_path(target)
    save_figure(_figure(timeline_view(document, clips, language), dark), target, dpi=150)


def _figure(shown: TimelineView, dark: bool) -> Any:
    import matplotlib as mpl
    from matplotlib import font_manager
    from matplotlib.figure import Figure

    installed = {font.name for font in font_manager.fontManager.ttflist}
    ground, track, soft = (
        ("#12151c", "#222938", "#a3adc2") if dark else ("#ffffff", "#e9ecf2", "#545d70")
    )
    rows = len(shown.lanes)
    fonts = [name for name in _FONTS if name in installed]
    with mpl.rc_context({"font.family": fonts or ["sans-serif"], "font.size": 9}):
        figure = Figure(figsize=(_WIDTH, 0.65 + rows * _ROW), facecolor=ground)
        axes = figure.add_axes(
            (LANES[0], 0.42 / (0.65 + rows * _ROW), LANES[1] - LANES[0], _height(rows))
        )
        axes.set_facecolor(ground)
        for row, lane in enumerate(shown.lanes):
            _lane(axes, row, lane, track)
        axes.set_xlim(0, 100)
        axes.set_ylim(rows - 0.5, -0.5)
        axes.set_yticks(range(rows), [lane.label for lane in shown.lanes])
        axes.set_xticks([t.left for t in shown.ticks], [t.label for t in shown.ticks])
        axes.tick_params(length=0, colors=soft)
        for side in axes.spines.values():
            side.set_visible(False)
        figure.canvas.draw()  # fixes the fonts while they are chosen
    return figure


def _height(rows: int) -> float:
    return rows * _ROW / (0.65 + rows * _ROW)


def _lane(axes: Any, row: int, lane: Lane, track: str) -> None:
    axes.barh(row, 100, height=_BLOCK, color=track, zorder=1)
    colours = colours_by_name()
    for block in lane.blocks:
        axes.barh(
            row,
            max(block.width, 0.25),
            left=block.left,
            height=_BLOCK,
            color=colours[block.colour],
            edgecolor="#00000033",
            linewidth=0.6,
            zorder=2,
        )
        if _fits(block):
            axes.text(
                block.left + 0.5, row, block.label, color=INK, va="center", zorder=3,
                parse_math=False,
            )  # fmt: skip


def _fits(block: LaneBlock) -> bool:
    letters = sum(1.8 if ord(letter) > 0x2E80 else 1.0 for letter in block.label)
    return bool(block.label) and letters * _LETTER * 100 + 0.8 < block.width
