"""The script as a process: started as it would be in a terminal, interrupted as by Ctrl-C there, and suspended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

import runners
from runners.protocol import RunFolder, RunSpec

LOG_FOLDER = "tensorboard"
"""In the run's folder; its path is in `LOG_FOLDER_VARIABLE`."""
LOG_FOLDER_VARIABLE = "TWINBENCH_LOGDIR"
_IMPORTABLE = Path(__file__).with_name("importable")


def command_of(spec: RunSpec) -> list[str]:
    """How the script is started."""
    assert spec.script is not None
    return [spec.interpreter, spec.script.path, *spec.script.command_line]


def environment_of(folder: RunFolder, inherited: Mapping[str, str]) -> dict[str, str]:
    """What the script sees: what it would see in a terminal, its device, and where to report.

    Twinbench's own code is not on its path, `twinbench_reporter` is.
    """
    ours = Path(runners.__file__).resolve().parents[1]
    path = [one for one in inherited.get("PYTHONPATH", "").split(os.pathsep) if one]
    path = [str(_IMPORTABLE), *(one for one in path if Path(one).resolve() != ours)]
    variables = {name: text for name, text in inherited.items() if name != "PYTHONUTF8"}
    return {
        "PYTHONIOENCODING": "utf-8",
        **variables,
        "PYTHONPATH": os.pathsep.join(path),
        LOG_FOLDER_VARIABLE: str(folder.path / LOG_FOLDER),
    }


class Child:
    """The script's process. Raises OSError where it cannot be started."""

    def __init__(self, command: list[str], folder: str, environment: Mapping[str, str]) -> None:
        if sys.platform == "win32":
            self._popen = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
            )  # fmt: skip
        else:  # a group of its own, to which an interruption goes, in the session that our end clears
            self._popen = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, process_group=0
            )
        self.pid = self._popen.pid

    def wait(self, seconds: float) -> int | None:
        """Its exit code, negative for a signal, or None if it still runs after so long."""
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def interrupt(self) -> None:
        """As Ctrl-C in a terminal, or Ctrl-Break on Windows, which goes to all that the script started, too."""
        with suppress(OSError):
            if sys.platform == "win32":
                self._popen.send_signal(signal.CTRL_BREAK_EVENT)
            else:
                os.killpg(self.pid, signal.SIGINT)

    def terminate(self) -> None:
        with suppress(OSError):
            self._popen.terminate()

    def kill(self) -> None:
        with suppress(OSError):
            self._popen.kill()

    def suspend(self) -> None:
        """Let it and all that it started stand still, with their memory."""
        for process in self._tree():
            with suppress(psutil.Error):
                process.suspend()

    def wake(self) -> None:
        for process in self._tree():
            with suppress(psutil.Error):
                process.resume()

    def _tree(self) -> list[psutil.Process]:
        try:
            root = psutil.Process(self.pid)
            return [root, *root.children(recursive=True)]
        except psutil.Error:
            return []
