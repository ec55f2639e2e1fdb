"""The process that answers about one model (`runners.export.answering`), from the side of whoever asks."""

from __future__ import annotations

import json
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from runners.export.facts import Facts
from runners.scheduler.detached import no_window_flags
from runners.wire import packed, unpacked
from workbench.errors import WorkbenchError
from workbench.processes import environment

Message = Mapping[str, Any]
Hear = Callable[[Message], None]
LAST = ("done", "error", "cancelled")
"""Of the words for a question, those that are the last one."""
_LOG_LINES = 40
_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked: the folder of a run or of an export, and the Python that its framework or runtime is installed for."""

    folder: Path
    datasets: Path
    interpreter: str
    checkpoint: str = ""

    @property
    def command(self) -> list[str]:
        words = [self.interpreter, "-m", "runners.export", "answer", str(self.folder)]
        words += ["--datasets", str(self.datasets)]
        return [*words, "--checkpoint", self.checkpoint] if self.checkpoint else words


class Answerer:
    """Starts the process at once, and keeps it until `end`. Its methods may be called from any thread.

    ``hear`` is told how the opening goes: ``{"progress", "fraction"}``, then ``{"ready": Facts}``; and ``{"error": words}``, at any time, when the
    process is of no use any more. What is heard comes on a thread of the answerer's own.
    """

    def __init__(self, target: Target, hear: Hear) -> None:
        self._hear = hear
        self._lock = Lock()
        self._open: dict[int, Hear] = {}
        self._waiting: list[bytes] | None = []
        """Questions that were asked before the model was open; None afterwards."""
        self._count = 0
        self._over = False
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                target.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=environment(), creationflags=no_window_flags(),
            )  # fmt: skip
        except OSError as error:
            self._over = True
            words = f"{target.interpreter} could not be started: {error.strerror or error}"
            Thread(target=hear, args=({"error": words},), daemon=True).start()
            return
        Thread(target=self._read, args=(self._process,), daemon=True, name="answers").start()

    def ask(self, what: str, hear: Hear, **values: Any) -> int:
        """Ask a question of `runners.export.answering`; ``hear`` is told what comes of it, at last one of `LAST`. Returns its number."""
        with self._lock:
            self._count += 1
            number = self._count
            over = self._over
            if not over:
                self._open[number] = hear
        if over:
            hear({"error": "The model is not open any more"})
        else:
            self._send({"id": number, "ask": what, **values})
        return number

    def cancel(self, number: int) -> None:
        """The question is answered with ``cancelled`` as soon as can be, unless its answer is on its way."""
        if number in self._open:
            self._send({"id": number, "ask": "cancel"})

    def end(self) -> None:
        """End the process, without another word. Returns at once."""
        self._over = True
        process = self._process
        if process is None:
            return
        process.kill()

    def wait(self) -> None:
        """Until the process that was ended is gone."""
        if self._process is not None:
            self._process.wait(_PATIENCE_S)

    def _send(self, question: Message) -> None:
        line = json.dumps(packed(dict(question))).encode() + b"\n"
        with self._lock:
            if self._waiting is not None:
                self._waiting.append(line)
                return
            self._write(line)

    def _write(self, line: bytes) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except (OSError, ValueError):
            pass  # it has ended, which the reader tells

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        log = Thread(
            target=self._keep_log, args=(process.stderr,), daemon=True, name="answers' log"
        )
        log.start()
        with process.stdout:
            for line in process.stdout:
                self._take(line)
        code = process.wait()
        log.join()
        with self._lock, process.stdin:
            was_over, self._over = self._over, True
            left, self._open = self._open, {}
        if was_over:
            return
        problem = {"error": self._last_words(code)}
        for hear in (*left.values(), self._hear):
            hear(problem)

    def _keep_log(self, stream: Any) -> None:
        with stream:
            for line in stream:
                self._log.append(line.decode("utf-8", "replace").rstrip())

    def _take(self, line: bytes) -> None:
        try:
            message = unpacked(json.loads(line))
        except ValueError:
            return
        if not isinstance(message, dict) or self._over:
            return
        if (number := message.get("id")) is not None:
            last = any(word in message for word in LAST)
            with self._lock:
                hear = self._open.pop(number, None) if last else self._open.get(number)
            if hear is not None:
                hear(message)
        elif "ready" in message:
            self._ready(message["ready"])
        elif "error" in message:
            self._over = True
            self._hear(message)
        else:
            self._hear(message)

    def _ready(self, raw: Mapping[str, Any]) -> None:
        try:
            facts = Facts.from_plain(raw)
        except ValueError as error:
            self._hear({"error": f"Its process speaks otherwise: {error}"})
            return
        with self._lock:
            waiting, self._waiting = self._waiting or [], None
            for line in waiting:
                self._write(line)
        self._hear({"ready": facts})

    def _last_words(self, code: int) -> str:
        said = [line for line in self._log if line.strip()]
        return f"Its process ended: {said[-1]}" if said else f"Its process ended with code {code}"


class Asker:
    """An `Answerer` for whoever can wait. Ctrl+C is let through at any moment."""

    def __init__(self, target: Target) -> None:
        self._heard: SimpleQueue[Message] = SimpleQueue()
        self._answerer = Answerer(target, self._heard.put)

    def facts(self, progress: Callable[[str], None] = lambda _: None) -> Facts:
        """Of the model, once it is open. Raises WorkbenchError."""
        while True:
            message = self._next(self._heard)
            if "ready" in message:
                facts: Facts = message["ready"]
                return facts
            progress(str(message.get("progress", "")))

    def ask(
        self, what: str, on_part: Callable[[Message], object] = lambda _: None, **values: Any
    ) -> Message:
        """What is told at last; ``on_part`` is told of the parts before. Raises WorkbenchError."""
        heard: SimpleQueue[Message] = SimpleQueue()
        self._answerer.ask(what, heard.put, **values)
        while True:
            message = self._next(heard)
            if "part" in message:
                on_part(message["part"])
            if "done" in message:
                done: Message = message["done"]
                return done

    def end(self) -> None:
        self._answerer.end()
        self._answerer.wait()

    @staticmethod
    def _next(heard: SimpleQueue[Message]) -> Message:
        message = heard.get()
        if "error" in message:
            raise WorkbenchError(str(message["error"]))
        return message


@contextmanager
def asking(target: Target) -> Iterator[Asker]:
    """Ask one model, and end its process at last."""
    asker = Asker(target)
    try:
        yield asker
    finally:
        asker.end()
