"""One run of a script from its start to its outcome, whatever happens in between."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import time
from types import FrameType

from runners.events import EventWriter
from runners.protocol import (
    Artifact,
    ArtifactKind,
    Outcome,
    Request,
    RunFolder,
    RunSpec,
    Script,
    State,
    write_atomically,
)
from runners.script.about import about_interpreter
from runners.script.child import LOG_FOLDER, Child, command_of, environment_of
from runners.script.curves import Curves, open_curves
from runners.script.traceback_tail import Failure, read_failure

_LOOK_S = 0.2
_PROBE_PATIENCE_S = 10.0
_CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSYS", "SIGTRAP")
_SIGNALLED = 128
"""What a shell adds to the number of a signal to make an exit code of it."""


class ScriptError(Exception):
    """The script cannot be run; the message says why."""


class Job:
    """Runs the script of the run in the folder on a device, ``cpu``, ``cuda`` or ``mps``."""

    def __init__(self, folder: RunFolder, device: str) -> None:
        self._folder = folder
        self._device = device
        self._signal: signal.Signals | None = None
        self._asked: Request | None = None
        self._suspended = self._terminated = False

    def listen_to_signals(self) -> None:
        """From now on a signal to end is one for the script, too."""
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            if number := getattr(signal, name, None):
                signal.signal(number, self._on_signal)

    def run(self) -> Outcome:
        """Run it to its end and write down how it ended. Raises OSError where that cannot be written."""
        writer = EventWriter(self._folder.events)
        try:
            outcome = self._run(writer)
        except (ScriptError, OSError, ValueError) as error:
            outcome = Outcome(State.FAILED, str(error), 1, _now())
        finally:
            writer.close()
        self._folder.write_outcome(outcome)
        return outcome

    def _run(self, writer: EventWriter) -> Outcome:
        spec = self._folder.read_spec()
        if spec.script is None:
            raise ScriptError("the run is not that of a script")
        self._keep_code(spec.script, writer)
        log_folder = self._folder.path / LOG_FOLDER
        log_folder.mkdir(exist_ok=True)
        log_bytes = _size(self._folder.log)
        environment = environment_of(self._folder, os.environ)
        child = _start(spec, spec.script, environment)
        started = time()
        about = Thread(target=self._describe, args=(spec, environment), daemon=True)
        about.start()
        working_folder = Path(spec.script.folder)
        curves = open_curves(
            writer, self._folder.path, log_folder, working_folder, child.pid, started, _say
        )
        exit_code = self._follow(child, curves, writer)
        failure = read_failure(self._folder.log, log_bytes)
        curves.look(final=True)
        self._keep_parameters(curves, writer)
        about.join(_PROBE_PATIENCE_S)
        return self._outcome(exit_code, failure, curves.step)

    # -- while it runs ------------------------------------------------------------------------------
    def _follow(self, child: Child, curves: Curves, writer: EventWriter) -> int:
        while (exit_code := child.wait(_LOOK_S)) is None:
            self._heed(child, curves)
            if not self._suspended:
                curves.look()
            writer.flush()
        return exit_code

    def _heed(self, child: Child, curves: Curves) -> None:
        """Hand on to the script what is asked of the run."""
        request = self._folder.read_request()
        pausing = request is Request.PAUSE
        if pausing is not self._suspended:
            self._suspended = pausing
            (child.suspend if pausing else child.wake)()
            curves.tell_progress(*(["paused"] if pausing else []))
        if request in (Request.STOP, Request.KILL) and self._asked is None:
            self._asked = request
            child.interrupt()
        if self._signal is not None and not self._terminated:
            self._terminated = True
            child.terminate()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._signal = signal.Signals(number)

    # -- what is kept -------------------------------------------------------------------------------
    def _keep_code(self, script: Script, writer: EventWriter) -> None:
        """Keep the text of the script, if it is still the one that was queued."""
        path = Path(script.path)
        try:
            code = path.read_bytes()
        except OSError as error:
            raise ScriptError(f"the script {path} cannot be read: {error.strerror}") from error
        if hashlib.sha256(code).hexdigest() != script.sha256:
            raise ScriptError(
                f"the script {path} has changed since the run was queued. Retry the run to run it as it is now"
            )
        kept = self._folder.artifacts / "code" / path.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(kept, code)
        self._announce(kept, f"code/{path.name}", ArtifactKind.CODE, writer)

    def _keep_parameters(self, curves: Curves, writer: EventWriter) -> None:
        if curves.parameters:
            path = self._folder.artifacts / "parameters.json"
            write_atomically(path, json.dumps(curves.parameters, indent=1))
            self._announce(path, "parameters.json", ArtifactKind.FILE, writer)

    def _announce(self, path: Path, name: str, kind: ArtifactKind, writer: EventWriter) -> None:
        where = path.relative_to(self._folder.path).as_posix()
        writer.artifact(Artifact(name, kind, where))

    def _describe(self, spec: RunSpec, environment: dict[str, str]) -> None:
        """Write down what the script runs in."""
        assert spec.script is not None
        facts = about_interpreter(spec.interpreter, environment)
        code = {"script": spec.script.path, "sha256": spec.script.sha256}
        found = {**facts, "device": self._device, "code": code}
        with suppress(OSError):
            write_atomically(self._folder.environment, json.dumps(found, indent=1))

    # -- its end ------------------------------------------------------------------------------------
    def _outcome(self, exit_code: int, failure: Failure, step: int) -> Outcome:
        at = f" at step {step:,}" if step else ""
        code = exit_code if exit_code >= 0 else _SIGNALLED - exit_code
        if self._asked is not None or self._signal is not None:
            return Outcome(State.STOPPED, f"{self._who_stopped(exit_code)}{at}", code, _now())
        if exit_code == 0:
            return Outcome(State.FINISHED, f"the script ended{at}", 0, _now())
        if exit_code < 0:
            return _by_signal(-exit_code, code)
        reason = failure.line
        if not failure.error_type:
            reason = f"the script ended with exit code {exit_code}"
            reason += f": {failure.line}" if failure.line else ""
        return Outcome(State.FAILED, reason, code, _now(), failure.error_type, failure.traceback)

    def _who_stopped(self, exit_code: int) -> str:
        if self._asked is None:
            assert self._signal is not None
            return f"stopped by {self._signal.name}"
        if self._signal is not None and exit_code < 0:
            return "stopped by the user; it did not heed the interruption and was terminated"
        return "stopped by the user"


def _start(spec: RunSpec, script: Script, environment: dict[str, str]) -> Child:
    command = command_of(spec)
    print(f"{' '.join(command)}  (in {script.folder})", flush=True)
    try:
        return Child(command, script.folder, environment)
    except OSError as error:
        place = script.folder if not Path(script.folder).is_dir() else spec.interpreter
        raise ScriptError(f"the script could not be started: {place}: {error.strerror}") from error


def _by_signal(number: int, code: int) -> Outcome:
    """A signal that a process brings on itself is a failure; every other one comes from somebody else."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = "unknown"
    if name in _CRASHES:
        return Outcome(State.FAILED, f"the script crashed: signal {number} ({name})", code, _now())
    reason = f"the script was killed by signal {number} ({name}) from outside"
    return Outcome(State.KILLED, reason, code, _now())


def _say(text: str) -> None:
    print(f"[twinbench] {text}", flush=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _now() -> int:
    return round(time() * 1e6)


def run_script(folder: RunFolder, device: str) -> int:
    """Run the script and return the exit code of the process that did so."""
    job = Job(folder, device)
    job.listen_to_signals()
    try:
        outcome = job.run()
    except OSError as error:
        print(f"how it ended could not be written down: {error}", file=sys.stderr)
        return 1
    _say(f"{outcome.state}: {outcome.reason}")
    return outcome.exit_code
