"""How much a server accepts and keeps: the one place for these defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Limits of one server.

    Attributes:
        keep_seconds: how long a job is kept after it was last requested.
        max_jobs: how many jobs are kept at once.
        max_upload_bytes: size of the largest file that may be uploaded.
        upload_patience: seconds after which an upload that sends nothing is over, and a request
            whose header is not whole.
    """

    keep_seconds: float = 3600.0
    max_jobs: int = 200
    max_upload_bytes: int = 2_000_000_000
    upload_patience: float = 60.0


DEFAULT_LIMITS = ServerLimits()

MAX_DOCUMENT_BYTES = 200_000_000
"""Bytes of a document that is opened: one of a whole day has about 60 MB."""

MOST_UPLOADS = 30
"""Files that are received at one time."""

MAX_BODY_BYTES = 16_000_000
"""Bytes of a request that uploads no file: the most are all cues of a video, 3 MB for a day."""
