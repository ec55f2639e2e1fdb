"""A run that was trained, and the process that makes exports of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runners.datasets import prepare_dataset
from runners.parameters import complete
from runners.protocol import Framework, Mode, RunFolder, RunSpec, State
from runners.templates import get_template

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Made:
    """What a process of `runners.export` said, and its log."""

    messages: list[dict[str, Any]]
    log: str
    exit_code: int

    @property
    def folder(self) -> Path:
        assert self.exit_code == 0, (self.messages, self.log)
        return Path(self.messages[-1]["done"]["folder"])

    @property
    def error(self) -> str:
        assert self.exit_code == 1, (self.messages, self.log)
        return str(self.messages[-1]["error"])


@dataclass(frozen=True)
class Home:
    """Runs and the datasets that they learn from."""

    path: Path

    @property
    def datasets(self) -> Path:
        return self.path / "datasets"

    def write_run(
        self,
        framework: Framework,
        template: str = "mlp",
        own: Path | None = None,
        **parameters: object,
    ) -> RunFolder:
        """A run on the digits that was not trained yet; ``own`` is the folder of a template of the user's."""
        digits = prepare_dataset("digits", self.datasets)
        number = 1 + len(list((self.path / "runs").glob("*")))
        folder = RunFolder(self.path / "runs" / f"{number:06d}")
        folder.path.mkdir(parents=True)
        if own:
            own.rename(folder.path / "template")
        values, errors = complete(get_template(template, folder.template).declared, parameters)
        assert not errors, errors
        spec = RunSpec(
            template, framework, Mode.EAGER, "digits", digits.sha256, values, 7, "cpu", sys.executable
        )  # fmt: skip
        folder.spec.write_text(spec.to_json(), "utf-8")
        return folder

    def train(self, folder: RunFolder) -> RunFolder:
        command = [sys.executable, "-m", "runners.train", str(folder.path), "--datasets", str(self.datasets)]  # fmt: skip
        with open(folder.log, "wb") as log:
            subprocess.run(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=280, check=False
            )  # fmt: skip
        outcome = folder.read_outcome()
        assert outcome, folder.log.read_text("utf-8")
        assert outcome.state is State.FINISHED, outcome
        return folder

    def start(
        self, folder: RunFolder, format_id: str, *options: str, **environment: str
    ) -> subprocess.Popen[str]:
        """The process that makes an export. It ends with its standard input."""
        command = [sys.executable, "-m", "runners.export", "make", str(folder.path)]
        return subprocess.Popen(
            [*command, "--datasets", str(self.datasets), "--format", format_id, *options],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            encoding="utf-8", errors="replace", env={**os.environ, **environment},
        )  # fmt: skip

    def make(self, folder: RunFolder, format_id: str, *options: str, **environment: str) -> Made:
        return ended(self.start(folder, format_id, *options, **environment))


def ended(process: subprocess.Popen[str]) -> Made:
    """A process when it came to its end by itself."""
    from threading import Thread

    log: list[str] = []
    assert process.stdin
    assert process.stdout
    assert process.stderr
    errors = process.stderr
    reader = Thread(target=lambda: log.append(errors.read()))
    reader.start()
    messages = [json.loads(line) for line in process.stdout]
    process.wait(timeout=280)
    reader.join()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    return Made(messages, "".join(log), process.returncode)


def changed_template(place: Path, name: str, changes: Mapping[str, tuple[str, str]]) -> Path:
    """A folder with a copy of the mlp as a template of the user's, in whose files texts were replaced."""
    from shutil import copytree, ignore_patterns

    from runners.templates import folder_of

    copy = place / "own" / name
    copytree(folder_of(get_template("mlp")), copy, ignore=ignore_patterns("__pycache__"))
    for file, (old, new) in changes.items():
        text = (copy / file).read_text("utf-8")
        assert old in text
        (copy / file).write_text(text.replace(old, new, 1), "utf-8")
    return copy.parent


Train = Callable[..., RunFolder]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("exports-home"))


@pytest.fixture(scope="session")
def pytorch_run(home: Home) -> RunFolder:
    """A small convolutional network of PyTorch's, trained for an epoch."""
    return home.train(
        home.write_run(Framework.PYTORCH, "cnn", filters="4, 6", hidden_width=16, epochs=1)
    )
