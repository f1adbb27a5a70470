"""Users whom the system does not know, as containers have them: they have no home folder.

Libraries then make a folder called ``~`` in the current one, or fail when they are loaded.
"""

from __future__ import annotations

import os

_NOWHERE = os.path.join(os.devnull, "home")
"""Nobody can write below it or read there, not even root."""


def name_a_home() -> None:
    """Where this user has no home, tell all libraries, and children, of one that is not there."""
    if not os.path.isabs(os.path.expanduser("~")):
        os.environ["HOME"] = _NOWHERE
