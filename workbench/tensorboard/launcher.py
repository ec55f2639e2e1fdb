"""Starts TensorBoard's process and waits until it answers. TensorBoard is never imported here."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from time import monotonic, sleep
from typing import Self
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from runners.scheduler.detached import child_environment, start_detached
from storage.home import Home

START_SECONDS = 90.0
_LOOK_S = 0.05


class TensorBoardError(Exception):
    """TensorBoard cannot be had; the message says why and what to do."""


class TensorBoard:
    """TensorBoard on some runs, in a process that ends with this one, whatever ends this one."""

    def __init__(self, home: Home, run_ids: Iterable[int] = ()) -> None:
        """Start it on the runs, or on all where none is named. Raises TensorBoardError."""
        if importlib.util.find_spec("tensorboard") is None:
            raise TensorBoardError(
                "TensorBoard is not installed; this installs it:\n"
                f"  {sys.executable} -m pip install tensorboard"
            )
        self._folder = Path(tempfile.mkdtemp(prefix="twinbench-tensorboard-"))
        self._log = self._folder / "output.log"
        self._process = start_detached(
            self._command(home, run_ids),
            folder=self._folder,
            environment=child_environment(),
            output=self._log,
        )

    def wait(self) -> str:
        """The address, once it answers there. Raises TensorBoardError."""
        deadline = monotonic() + START_SECONDS
        while monotonic() < deadline:
            if self._process.poll() is not None:
                words = self._last_words()
                self.close()
                raise TensorBoardError(f"TensorBoard did not start: {words}")
            if (url := self._url()) and _answers(url):
                return url
            sleep(_LOOK_S)
        self.close()
        raise TensorBoardError(f"TensorBoard did not answer within {START_SECONDS:.0f} seconds")

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _command(self, home: Home, run_ids: Iterable[int]) -> list[str]:
        me = psutil.Process()
        words = [home.path, self._folder, me.pid, repr(me.create_time()), *run_ids]
        return [sys.executable, "-m", __package__, *map(str, words)]

    def _url(self) -> str:
        try:
            return str(json.loads((self._folder / "status.json").read_text("utf-8"))["url"])
        except (OSError, ValueError):
            return ""

    def _last_words(self) -> str:
        try:
            lines = self._log.read_text("utf-8", "replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else f"exit code {self._process.returncode}"


def _answers(url: str) -> bool:
    """Asked without a proxy, which some environments name for every address."""
    try:
        with build_opener(ProxyHandler({})).open(f"{url}data/environment", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
