"""Finds out what a reel can copy of its clips, and how the rest is encoded beside that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vidtag.cutting.nal import CopyError
from vidtag.films.composition import Composition
from vidtag.films.piece_encoding import PieceEncoding, encoding_alone, encoding_beside
from vidtag.films.reel_pieces import CopiedPiece, EncodedPiece, Piece, plan_pieces
from vidtag.films.stored_clip import StoredClip, read_stored_clip

_ONE_GOP = "hardly any of it lies in whole groups of pictures"


@dataclass(frozen=True, slots=True)
class ReelPlan:
    """How the picture of a reel is made.

    Attributes:
        pieces: in the order they are shown.
        encoding: of those that are not copied.
        reasons: why clips are not copied, by their files.
        alike: files of the clips that are stored as the encoding stores what it encodes.
    """

    pieces: tuple[Piece, ...]
    encoding: PieceEncoding
    reasons: Mapping[Path, str]
    alike: frozenset[Path] = frozenset()

    @property
    def copied(self) -> int:
        """Number of frames that are copied."""
        return sum(len(piece.wanted) for piece in self.pieces if isinstance(piece, CopiedPiece))


def plan_reel(composition: Composition, *, copying: bool) -> ReelPlan:
    """Find out what can be copied of the clips of a reel.

    Args:
        copying: whether anything may be.

    Raises:
        MediaError: a clip cannot be opened.
    """
    assert composition.size is not None
    files = dict.fromkeys(part.clip.path for part in composition.parts if part.clip is not None)
    found: dict[Path, StoredClip] = {}
    reasons: dict[Path, str] = {}
    for path in files if copying else ():
        try:
            clip = read_stored_clip(path, composition.rate)
            if clip.look.size != composition.size:
                raise CopyError("it has another size than the reel")
            found[path] = clip
        except CopyError as error:
            reasons[path] = str(error)
    encoding = encoding_alone()
    if found:
        look = Counter(clip.look for clip in found.values()).most_common(1)[0][0]
        first = next(clip for clip in found.values() if clip.look == look)
        sets = first.sets
        for path, clip in list(found.items()):
            try:
                if clip.look != look:
                    raise CopyError("it is coded otherwise than other clips")
                sets = sets.with_units(clip.sets.units.values())
            except CopyError as error:
                reasons[path] = str(error)
                del found[path]
        try:
            encoding = encoding_beside(first.look, sets)
        except CopyError as error:
            reasons |= dict.fromkeys(found, str(error))
            found = {}
    pieces = plan_pieces(composition.parts, composition.rate, found)
    for piece in pieces:
        part = piece.frames.part if isinstance(piece, EncodedPiece) else None
        if copying and part is not None and part.clip is not None:
            reasons.setdefault(part.clip.path, _ONE_GOP)
    if not any(isinstance(piece, CopiedPiece) for piece in pieces):
        encoding, found = encoding_alone(), {}
    in_order = {path: reasons[path] for path in files if path in reasons}
    return ReelPlan(tuple(pieces), encoding, in_order, frozenset(found))
