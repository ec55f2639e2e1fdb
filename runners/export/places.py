"""Where exports lie in a run's folder, so that only whole ones are ever seen. Standard library only."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runners.export.trained import ExportError

EXPORTS = "exports"
_MAKING = re.compile(r"\.making-.+-(\d+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,79}")


@contextmanager
def unfinished_folder(run: Path, name: str) -> Iterator[Path]:
    """An empty folder to make an export in, which is gone afterwards; `publish` takes it away before. Raises OSError.

    Folders that makers left behind that were killed are cleared.
    """
    exports = run / EXPORTS
    exports.mkdir(exist_ok=True)
    _clear_abandoned(exports)
    folder = exports / f".making-{name}-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, name: str) -> Path:
    """Give a whole export its place: ``name``, or if that is taken ``name-2`` and so on. Returns it. Raises OSError."""
    number = 1
    while True:
        place = folder.with_name(name if number == 1 else f"{name}-{number}")
        if not place.exists():
            try:
                return folder.rename(place)
            except OSError:
                if not place.exists():
                    raise
        number += 1


def check_name(name: str) -> None:
    """Raises ExportError for one that is no plain name of a folder."""
    if not _NAME.fullmatch(name) or name.endswith((".", " ")):
        raise ExportError(
            f"{name!r} is no name for an export: take letters, digits, dots, dashes and spaces"
        )


def _clear_abandoned(exports: Path) -> None:
    for folder in exports.glob(".making-*"):
        found = _MAKING.fullmatch(folder.name)
        if found and not _lives(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)


if sys.platform == "win32":
    import ctypes

    _SYNCHRONIZE, _TIMED_OUT = 0x00100000, 0x102

    def _lives(pid: int) -> bool:
        kernel = ctypes.windll.kernel32
        process = kernel.OpenProcess(_SYNCHRONIZE, False, pid)
        if not process:
            return False
        lives = kernel.WaitForSingleObject(process, 0) == _TIMED_OUT
        kernel.CloseHandle(process)
        return bool(lives)

else:

    def _lives(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except OSError:  # another user's
            return True
        return True
