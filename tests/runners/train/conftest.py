"""Runs of the real trainer, examined by many tests: each in a process of its own, or where that does not matter in a shared one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from runners import protocol
from runners.datasets import prepare_dataset
from runners.events import Event, EventReader, Points
from runners.parameters import complete
from runners.protocol import Framework, Mode, Outcome, Progress, RunFolder, RunSpec
from runners.templates import get_template
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]
FRAMEWORKS = pytest.mark.parametrize("framework", protocol.FRAMEWORKS, ids=str)


@dataclass(frozen=True)
class Trained:
    """The folder of a run, and what stands in it."""

    folder: RunFolder

    def phases(self) -> list[str]:
        """The phases that the trainer reported so far, each as often as it came."""
        events = EventReader(self.folder.events).read()
        reports = [event.phase for event in events if isinstance(event, Progress)]
        return [phase for phase, _ in groupby(reports)]

    @cached_property
    def events(self) -> list[Event]:
        return EventReader(self.folder.events).read(final=True)

    @property
    def outcome(self) -> Outcome:
        outcome = self.folder.read_outcome()
        assert outcome is not None, self.log
        return outcome

    @property
    def log(self) -> str:
        return self.folder.log.read_text("utf-8")

    def series(self, name: str) -> list[tuple[int, float]]:
        points = [event for event in self.events if isinstance(event, Points)]
        return [(p.step, p.values[p.names.index(name)]) for p in points if name in p.names]


@dataclass(frozen=True)
class Trainer(Trained):
    """A trainer's process and the folder of its run."""

    process: subprocess.Popen[bytes]
    command: tuple[str, ...] = ()

    def wait(self) -> Trainer:
        self.process.wait(timeout=280)
        return self

    def again(self, *options: str) -> Trainer:
        """A new trainer in the folder, started as this one was and with more options."""
        with open(self.folder.log, "ab") as log:
            command = [self._in_folder(word) for word in self.command]
            process = _start([*command, *options], log, {})
        return Trainer(self.folder, process, self.command)

    def _in_folder(self, word: str) -> str:
        return str(self.folder.path) if word == "RUN_FOLDER" else word

    def wait_for(self, reached: Callable[[], bool]) -> None:
        """Return as soon as it is so, which must be before the trainer ends."""
        wait_until(lambda: reached() or self.process.poll() is not None)
        assert reached(), self.log

    def wait_for_phase(self, phase: str) -> None:
        self.wait_for(lambda: self.phases()[-1:] == [phase])


StartTrainer = Callable[..., Trainer]


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("datasets")
    prepare_dataset("digits", folder)
    return folder


@pytest.fixture(scope="session")
def start_trainer(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> StartTrainer:
    """Starts the trainer on a new run of the mlp on digits; ``spec`` changes the run's spec."""

    def start(
        framework: Framework,
        *,
        mode: Mode = Mode.EAGER,
        spec: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        device: str = "cpu",
        options: Sequence[str] = (),
        parent: Path | None = None,
        **parameters: object,
    ) -> Trainer:
        path = tmp_path_factory.mktemp("run") if parent is None else parent / "run"
        folder = _new_run(path, new_spec(framework, mode, datasets, **parameters), spec)
        command: tuple[str, ...] = (sys.executable, "-m", "runners.train", "RUN_FOLDER")
        command = (*command, "--datasets", str(datasets), "--device", device, *options)
        with open(folder.log, "wb") as log:
            words = [str(folder.path) if word == "RUN_FOLDER" else word for word in command]
            process = _start(words, log, environment or {})
        return Trainer(folder, process, command)

    return start


def _start(
    command: Sequence[str], log: BinaryIO, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


def _new_run(path: Path, run: RunSpec, changes: Mapping[str, Any] | None) -> RunFolder:
    folder = RunFolder(path)
    folder.path.mkdir(exist_ok=True)
    fields = {field: getattr(run, field) for field in run.__slots__} | dict(changes or {})
    folder.spec.write_text(RunSpec(**fields).to_json(), "utf-8")
    return folder


class Workshop:
    """Trains runs to their end in one process for each framework: for tests that do not look at the process."""

    def __init__(self, datasets: Path, folders: pytest.TempPathFactory) -> None:
        self._datasets = datasets
        self._folders = folders
        self._hosts: dict[Framework, subprocess.Popen[str]] = {}

    def train(
        self,
        framework: Framework,
        *,
        mode: Mode = Mode.EAGER,
        spec: Mapping[str, Any] | None = None,
        parent: Path | None = None,
        **parameters: object,
    ) -> Trained:
        """A new run of the mlp on digits; ``spec`` changes the run's spec."""
        path = self._folders.mktemp("run") if parent is None else parent / "run"
        run = new_spec(framework, mode, self._datasets, **parameters)
        return self._train(Trained(_new_run(path, run, spec)), framework, resume=False)

    def go_on(self, run: Trained) -> Trained:
        """The run after it was resumed and came to its end again."""
        framework = run.folder.read_spec().framework
        assert framework is not None
        return self._train(Trained(run.folder), framework, resume=True)

    def _train(self, run: Trained, framework: Framework, *, resume: bool) -> Trained:
        if framework not in self._hosts:
            self._hosts[framework] = subprocess.Popen(
                [sys.executable, "-m", "tests.runners.train.host"],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        host = self._hosts[framework]
        assert host.stdin
        assert host.stdout
        words = [str(run.folder.path), str(self._datasets), resume]
        print(json.dumps(words), file=host.stdin, flush=True)
        assert host.stdout.readline() == "done\n", run.log
        return run

    def close(self) -> None:
        for host in self._hosts.values():
            host.communicate()


@pytest.fixture(scope="session")
def workshop(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    workshop = Workshop(datasets, tmp_path_factory)
    yield workshop
    workshop.close()


def new_spec(
    framework: Framework, mode: Mode, datasets: Path, template: str = "mlp", **parameters: object
) -> RunSpec:
    values, errors = complete(get_template(template).declared, parameters)
    assert not errors
    digits = prepare_dataset("digits", datasets)
    return RunSpec(
        template, framework, mode, "digits", digits.sha256, values, 7, "cpu", sys.executable
    )


@pytest.fixture(scope="session")
def finished(start_trainer: StartTrainer) -> dict[Framework, Trainer]:
    """A short training in each framework, with the same seed, come to its end."""
    trainers = {f: start_trainer(f, epochs=2, batch_size=100) for f in protocol.FRAMEWORKS}
    return {framework: trainer.wait() for framework, trainer in trainers.items()}
