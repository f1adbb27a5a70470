"""What differs between operating systems: one half for POSIX, one for Windows."""
