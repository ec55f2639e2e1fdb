"""Runs of the real trainer, each in a process of its own and examined by many tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
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
class Trainer:
    """A trainer's process and the folder of its run."""

    folder: RunFolder
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
        parent: Path | None = None,
        **parameters: object,
    ) -> Trainer:
        folder = RunFolder(tmp_path_factory.mktemp("run") if parent is None else parent / "run")
        folder.path.mkdir(exist_ok=True)
        run = new_spec(framework, mode, datasets, **parameters)
        fields = {field: getattr(run, field) for field in run.__slots__} | (spec or {})
        folder.spec.write_text(RunSpec(**fields).to_json(), "utf-8")
        command = (sys.executable, "-m", "runners.train", "RUN_FOLDER")
        command = (*command, "--datasets", str(datasets), "--device", device)
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
