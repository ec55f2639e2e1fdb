"""Processes of ours that do one thing and tell of it in lines, and that end with whoever started them."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import IO, TYPE_CHECKING, Any

from runners.scheduler.detached import child_environment, code_folder, no_window_flags
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    import psutil

_LOOK_S, _PATIENCE_S = 0.1, 3.0
Message = dict[str, Any]


class Cancelled(WorkbenchError):
    """Whoever asked for it wants it no more."""

    def __init__(self) -> None:
        super().__init__("it was cancelled")


def run_lines(
    command: Sequence[str],
    on_message: Callable[[Message], None],
    on_log: Callable[[str], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Run a command to its end and return its exit code.

    Each line of its stdout or stderr that is an object in JSON is a message, every other one is log. Its stdin stays
    open as long as it is wanted; it may look at that to end by itself. When it is cancelled, it and all
    that it started are ended. Python finds this package, wherever it is. Raises Cancelled, and WorkbenchError where it cannot be started.
    """
    try:
        process = subprocess.Popen(
            command, cwd=code_folder(), env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            creationflags=no_window_flags(),
        )  # fmt: skip
    except OSError as error:
        raise WorkbenchError(f"{command[0]} could not be started: {error}") from error
    heard: Queue[bytes | None] = Queue()
    readers = [
        Thread(target=_read, args=(stream, heard), daemon=True) for stream in _streams(process)
    ]
    for reader in readers:
        reader.start()
    try:
        for line in _lines(process, heard, cancelled):
            message = _message(line)
            if message is not None:
                on_message(message)
            elif line.strip():
                on_log(line)
        return _wait(process, cancelled)
    finally:
        _end(process)
        for reader in readers:  # one may stay, for a process that was left behind
            reader.join(_LOOK_S)


def ask(
    command: Sequence[str],
    on_progress: Callable[[str, float], None],
    on_log: Callable[[str], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> Any:
    """Run a command that writes ``{"progress": text, "fraction": f}`` as it goes, and at last ``{"done": answer}`` or ``{"error": words}``.

    Returns the answer. Raises Cancelled, and WorkbenchError with the words, or with the last line of its log where it ended without any.
    """
    last: Message = {}
    heard = ""

    def take(message: Message) -> None:
        nonlocal last
        if "progress" in message:
            on_progress(str(message["progress"]), float(message.get("fraction", 0.0)))
        elif "done" in message or "error" in message:
            last = message

    def note(line: str) -> None:
        nonlocal heard
        heard = line
        on_log(line)

    code = run_lines(command, take, note, cancelled)
    if "error" in last:
        raise WorkbenchError(str(last["error"]))
    if code or "done" not in last:
        raise WorkbenchError(f"It ended early: {heard.strip() or f'exit code {code}'}")
    return last["done"]


def environment() -> dict[str, str]:
    """Of a process of ours: it finds this very package, and speaks UTF-8 without delay."""
    return {
        "TF_CPP_MIN_LOG_LEVEL": "1",
        **child_environment(),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _streams(process: subprocess.Popen[bytes]) -> list[IO[bytes]]:
    return [stream for stream in (process.stdout, process.stderr) if stream]


def _lines(
    process: subprocess.Popen[bytes], heard: Queue[bytes | None], cancelled: Callable[[], bool]
) -> Iterator[str]:
    """The lines of both streams as they come, until both have ended. Raises Cancelled."""
    left = len(_streams(process))
    patience = math.inf
    while left and monotonic() < patience:
        if cancelled():
            raise Cancelled
        try:
            line = heard.get(timeout=_LOOK_S)
        except Empty:
            if patience == math.inf and process.poll() is not None:
                patience = (
                    monotonic() + _PATIENCE_S
                )  # what it started may hold its streams for ever
            continue
        if line is None:
            left -= 1
        else:
            yield line.decode("utf-8", "replace").rstrip("\r\n")


def _wait(process: subprocess.Popen[bytes], cancelled: Callable[[], bool]) -> int:
    """The exit code. Raises Cancelled."""
    while True:
        try:
            return process.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            if cancelled():
                raise Cancelled from None


def _read(stream: IO[bytes], heard: Queue[bytes | None]) -> None:
    with stream:
        for line in stream:
            heard.put(line)
    heard.put(None)


def _message(line: str) -> Message | None:
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it end by itself, for a moment, then end it with all that it started."""
    import psutil  # a window imports this module at its start

    family = _family(process.pid) if process.poll() is None else []
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()
    _, alive = psutil.wait_procs(family, timeout=_PATIENCE_S if family else 0)
    for one in alive:
        with suppress(psutil.Error):
            one.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE_S)


def _family(pid: int) -> list[psutil.Process]:
    import psutil

    try:
        process = psutil.Process(pid)
        return [*process.children(recursive=True), process]
    except psutil.Error:
        return []
