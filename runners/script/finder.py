"""Which event files a script writes: those that its processes hold open, and those that appear below its working folder."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic

import psutil

_NAME = re.compile(r".*\.tfevents\.(\d{10,})\.(.+)")
"""All writers put the second of the file's creation there, then the host; most of them then the process."""
_PROCESS = re.compile(r"\.(\d+)\.\d+(?:\..*)?")
_PASSED_OVER = frozenset(("__pycache__", "node_modules", "site-packages"))
_NOT_BELOW = frozenset(("pyvenv.cfg", "history.db"))
"""What an environment and a home of Twinbench are known by."""
_DEPTH = 8
_SLICE_S = 0.02
"""How long one look may search a large folder; the next one goes on from there."""
_REST_S = 1.0
_MOST_PROCESSES = 64


class Finder:
    """Of one run. ``root`` is the process of the script, ``started`` when that began (UTC, seconds since 1970)."""

    def __init__(self, folders: Iterable[Path], root: int, started: float) -> None:
        self._folders = tuple(folders)
        self._root = root
        self._started = int(started)
        self._ours = {root}
        self._known: set[Path] = set()
        self._walk = self._walk_all()
        self._rests_until = 0.0

    def look(self, *, final: bool = False) -> list[Path]:
        """Event files of the script that were not known yet, oldest first. ``final`` searches to the end."""
        found = [*self._open_files(), *self._search(final=final)]
        new = [path for path in dict.fromkeys(found) if path not in self._known]
        self._known.update(new)
        return sorted((path for path in new if self._is_ours(path)), key=lambda path: path.name)

    def _open_files(self) -> Iterator[Path]:
        """Wherever they are. Windows tells of open files only slowly, and at a risk."""
        if sys.platform == "win32":
            return
        for process in self._processes()[:_MOST_PROCESSES]:
            try:
                opened = process.open_files()
            except (psutil.Error, OSError):
                continue
            yield from (Path(each.path) for each in opened if ".tfevents." in each.path)

    def _processes(self) -> list[psutil.Process]:
        try:
            root = psutil.Process(self._root)
            found = [root, *root.children(recursive=True)]
        except psutil.Error:
            return []
        self._ours.update(process.pid for process in found)
        return found

    def _search(self, *, final: bool) -> Iterator[Path]:
        if final:
            self._walk, self._rests_until = self._walk_all(), 0.0
        elif monotonic() < self._rests_until:
            return
        until = monotonic() + _SLICE_S
        for path in self._walk:
            if path.name:
                yield path
            if not final and monotonic() > until:
                return
        self._walk = self._walk_all()
        self._rests_until = monotonic() + _REST_S

    def _walk_all(self) -> Iterator[Path]:
        for folder in self._folders:
            yield from _event_files(folder, _DEPTH)

    def _is_ours(self, path: Path) -> bool:
        """By its name: it is not from before the start, nor of a process that lives and is not the script's."""
        parts = _NAME.fullmatch(path.name)
        if parts is None or int(parts[1][:10]) < self._started:
            return False
        process = _PROCESS.fullmatch(parts[2].removeprefix(socket.gethostname()))
        if process is None:
            return True
        pid = int(process[1])
        return pid in self._ours or not psutil.pid_exists(pid)


def _event_files(folder: Path, depth: int) -> Iterator[Path]:
    """Event files below the folder; ``Path()`` stands for a folder that was gone through."""
    yield Path()
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    if any(entry.name in _NOT_BELOW for entry in entries):
        return
    for entry in entries:
        if ".tfevents." in entry.name:
            yield Path(entry.path)
        elif depth and _is_searched(entry):
            yield from _event_files(Path(entry.path), depth - 1)


def _is_searched(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name in _PASSED_OVER:
        return False
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
