"""Which file stands at a path, whatever was moved, deleted or replaced there."""

from __future__ import annotations

from pathlib import Path

Identity = tuple[int, int]
"""Device and inode. As long as somebody has the file open, no other file gets the same."""


def file_identity(path: Path) -> Identity | None:
    """The file that stands there now, None if there is none. Raises OSError where that cannot be seen.

    Where inodes are unknown, as on some Windows disks, a file in use cannot be replaced.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
