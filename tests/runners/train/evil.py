"""An object whose unpickling runs code, as a checkpoint from elsewhere may hold one."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path(self._path),)
