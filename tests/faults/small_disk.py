"""A disk that is quickly full: a file system in memory, where this process may mount one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path | None]:
    """The folder as a disk of that size, or None where none can be mounted: that takes Linux and its superuser."""
    mount = shutil.which("mount") if sys.platform == "linux" else None
    if mount is None:
        yield None
        return
    folder.mkdir(parents=True)
    command = [
        mount,
        "-t",
        "tmpfs",
        "-o",
        f"size={megabytes}m,mode=700",
        "twinbench-test",
        str(folder),
    ]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
