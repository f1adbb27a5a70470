"""What of clips is encoded, and with what."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from vidtag.cutting.sound_copy import COPIED
from vidtag.media.encoders import Encoders


@dataclass(frozen=True, slots=True)
class Coding:
    """What of clips is encoded, and with what.

    Attributes:
        copied: codecs of sound that are copied where they can be; all else becomes AAC.
        encoders: of pictures of which every frame is encoded.
    """

    copied: Container[str] = COPIED
    encoders: Encoders = field(default_factory=Encoders)
