"""What tells an address, such as ``s3://bucket/talk.mp4``, from a path."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"([a-z0-9][a-z0-9+.-]+::)*[a-z][a-z0-9+.-]+://", re.I)
"""A scheme has two letters or more: ``C://videos`` lies on a drive. Before it may stand what
fsspec reads it through, as in ``simplecache::s3://``."""


_PASSWORD = re.compile(r"""(?<=://)([^\s/:@'"]*):[^\s/'"]*@""")
"""In ``http://user:secret@host``: everything from the first colon to the last ``@`` of the host."""


def without_passwords(text: str) -> str:
    """A text whose addresses tell no password: ``http://user@host``."""
    return _PASSWORD.sub(r"\1@", text)


def is_address(path: str) -> bool:
    """Whether a path is an address that fsspec or a browser opens, not a file of this machine."""
    return _ADDRESS.match(path) is not None
