"""What differs between operating systems, as this one has it; ``posix_system`` explains each."""

import sys

if sys.platform == "win32":
    from vidtag.system.windows_system import (
        START_OPTIONS,
        adopt,
        give_back,
        interrupt_soon,
        is_ours,
        kill_session,
        leave_terminal,
        lock,
        lock_of,
        lower_priority,
        open_file,
        open_lock_of,
        open_to_look,
        release,
        replace_file,
        unread_bytes,
    )
else:
    from vidtag.system.posix_system import (
        START_OPTIONS,
        adopt,
        give_back,
        interrupt_soon,
        is_ours,
        kill_session,
        leave_terminal,
        lock,
        lock_of,
        lower_priority,
        open_file,
        open_lock_of,
        open_to_look,
        release,
        replace_file,
        unread_bytes,
    )

__all__ = [
    "START_OPTIONS",
    "adopt",
    "give_back",
    "interrupt_soon",
    "is_ours",
    "kill_session",
    "leave_terminal",
    "lock",
    "lock_of",
    "lower_priority",
    "open_file",
    "open_lock_of",
    "open_to_look",
    "release",
    "replace_file",
    "unread_bytes",
]
