"""Preparing, looking at and importing datasets in a process of its own, that can be cancelled at any moment."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTemporaryDir, QTimer, Signal

from runners.datasets.importing import Given, Recipe, to_plain
from runners.scheduler.detached import child_environment

_PATIENCE_MS = 3000


def preparation(name: str, folder: Path, source: Path | None = None) -> DatasetJob:
    """Prepares a dataset that Twinbench knows; its files are in the folder ``source`` if that is given."""
    return DatasetJob([name, str(folder), *(["--source", str(source)] if source else [])])


def inspection(path: Path, given: Given) -> DatasetJob:
    """Looks at a person's files; `done` has the preview under ``preview``."""
    files, written = _written(to_plain(given))
    return DatasetJob(["inspect", str(path), written], files)


def part_inspection(recipe: Recipe) -> DatasetJob:
    """Looks at the files that a recipe names for each part; `done` has what they hold under ``parts``."""
    files, written = _written(to_plain(recipe))
    return DatasetJob(["parts", written], files)


def importing(recipe: Recipe, folder: Path) -> DatasetJob:
    """Imports files; `done` has the notes under ``notes``."""
    files, written = _written(to_plain(recipe))
    return DatasetJob(["import", written, str(folder)], files)


def _written(plain: Mapping[str, Any]) -> tuple[QTemporaryDir, str]:
    files = QTemporaryDir()
    path = Path(files.filePath("given.json"))
    path.write_text(json.dumps(plain), "utf-8")
    return files, str(path)


class DatasetJob(QObject):
    """Runs ``python -m runners.datasets ARGUMENTS`` and tells of the JSON lines that it writes.

    Exactly one of `done`, `failed` and `cancelled` comes, as the last signal.
    """

    progress = Signal(str, float, object)
    """What is being done, the fraction done, and the seconds left, or None while that is not known."""
    done = Signal(dict)
    """The last line, a dict."""
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, arguments: list[str], files: QTemporaryDir | None = None) -> None:
        """``files`` holds what the arguments name, and goes with the job."""
        super().__init__()
        self._files = files
        self._process = QProcess(self)
        self._process.setProgram(sys.executable)
        self._process.setArguments(["-m", "runners.datasets", *arguments])
        self._process.setProcessEnvironment(_environment())
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._erred)
        self._rest = b""
        self._last: dict[str, Any] = {}
        self._is_cancelled = False
        self._over = False

    def start(self) -> None:
        self._process.start()

    def cancel(self) -> None:
        """End the process; what it had begun to write is cleared away by the next one."""
        if self._over:
            return
        self._is_cancelled = True
        self._process.terminate()
        QTimer.singleShot(_PATIENCE_MS, self, self._process.kill)
        if os.name == "nt":  # there `terminate` asks windows, which it has none of
            self._process.kill()

    def end(self) -> None:
        """End the process at once, without a word, since its window closes."""
        self._over = True
        self._process.kill()
        self._process.waitForFinished(_PATIENCE_MS)

    def _read(self) -> None:
        lines = (self._rest + bytes(self._process.readAllStandardOutput().data())).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        if "progress" not in message:
            self._last = message
        elif not self._is_cancelled:
            left = message.get("seconds_left")
            self.progress.emit(str(message["progress"]), float(message["fraction"]), left)

    def _erred(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._end_with(f"{sys.executable} could not be started: {self._process.errorString()}")

    def _finished(self) -> None:
        self._read()
        if "error" in self._last:
            self._end_with(str(self._last["error"]))
        elif self._last and self._process.exitCode() == 0:
            self._end_with("")
        else:
            words = (
                bytes(self._process.readAllStandardError().data())
                .decode("utf-8", "replace")
                .strip()
            )
            last = words.splitlines()[-1] if words else f"exit code {self._process.exitCode()}"
            self._end_with(f"It ended early: {last}")

    def _end_with(self, problem: str) -> None:
        if self._over:
            return
        self._over = True
        if self._is_cancelled and (problem or not self._last):
            self.cancelled.emit()
        elif problem:
            self.failed.emit(problem)
        else:
            self.done.emit(self._last)


def _environment() -> QProcessEnvironment:
    """So that the process finds this very package, wherever it was started from."""
    found = QProcessEnvironment.systemEnvironment()
    found.insert("PYTHONPATH", child_environment()["PYTHONPATH"])
    found.insert("PYTHONIOENCODING", "utf-8")
    return found
