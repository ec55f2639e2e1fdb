"""A process that trains cases in one framework, each by the trainer and by the script that is written for it.

    python -m tests.workbench.script_writer.trained FRAMEWORK FOLDER CASE...

It writes ``CASE.json`` into the folder: the losses and the test loss of both, or the traceback of what went wrong.
"""

from __future__ import annotations

import io
import json
import re
import runpy
import sys
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

from runners.datasets.dataset import DESCRIPTION, PreparedDataset
from runners.datasets.vocabulary import CHARACTERS, Vocabulary
from runners.events import EventReader, Points
from runners.protocol import Framework, Mode, RunFolder, RunSpec, State
from runners.train.control import Control
from runners.train.job import run_job
from tests.runners.templates.cases import CASES, DIGITS, Case, prepared
from workbench.script_writer.writer import Training, script

SEED = 3
CHOSEN: Mapping[str, Mapping[str, object]] = {
    "mlp": {
        "optimizer": "momentum", "learning_rate": 0.1, "schedule": "cosine", "warmup": 0.2,
        "gradient_clip": 0.5, "label_smoothing": 0.1, "weight_decay": 0.01,
    },
    "cnn": {"optimizer": "adamw", "weight_decay": 0.1, "schedule": "step", "batch_size": 128},
    "resnet": {"schedule": "linear"},
    "mlp-regression": {"optimizer": "adam", "weight_decay": 0.01},
    "gpt": {"optimizer": "adamw"},
    "forecaster-lstm": {"optimizer": "momentum", "batch_size": 96},
    "unet": {"optimizer": "adam"},
    "vae-dense": {"optimizer": "adam"},
    "rnn-gru": {"optimizer": "momentum"},
}  # fmt: skip
"""The cases, and what of the training is not plain."""


def parameters(name: str) -> dict[str, object]:
    return CASES[name].values(epochs=2, pictures=False, **CHOSEN[name])


def main(framework: Framework, folder: Path, names: list[str]) -> None:
    for name in names:
        try:
            found = _measure(name, framework, folder / name)
        except (Exception, SystemExit):
            found = {"error": traceback.format_exc()}
        (folder / f"{name}.json").write_text(json.dumps(found), "utf-8")


def _measure(name: str, framework: Framework, folder: Path) -> dict[str, object]:
    case = CASES[name]
    dataset = _dataset(case, folder / "datasets")
    trained, tested = _train(name, framework, dataset, folder)
    path = folder / "script.py"
    given = parameters(name)
    training = Training(
        template=case.declared,
        framework=framework,
        dataset=dataset.info,
        parameters=given,
        seed=SEED,
    )
    path.write_text(script(training), "utf-8")
    written = _run(path, dataset.folder)
    steps = re.findall(r"^step .*: loss (\S+)$", written, re.MULTILINE)
    (test,) = re.findall(r"^test: loss (\S+),", written, re.MULTILINE)
    return {
        "trained": trained,
        "tested": tested,
        "script": [float(loss) for loss in steps],
        "script_tested": float(test),
    }


def _dataset(case: Case, folder: Path) -> PreparedDataset:
    if case.dataset == DIGITS:
        return prepared(case.dataset, folder)
    made = prepared(case.dataset, folder / case.dataset.name)
    dataset = replace(made, sha256="made up")
    (dataset.folder / DESCRIPTION).write_text(dataset.describe(), "utf-8")
    if size := case.dataset.vocabulary_size:
        texts = ("", *(chr(ord("a") + number) for number in range(size - 1)))
        Vocabulary(CHARACTERS, texts).write(dataset.folder)
    return dataset


def _train(
    name: str, framework: Framework, dataset: PreparedDataset, folder: Path
) -> tuple[list[float], float]:
    """The loss of each step, and the loss in the test."""
    run = RunFolder(folder / "run")
    run.path.mkdir()
    spec = RunSpec(
        template=CASES[name].template,
        framework=framework,
        mode=Mode.EAGER,
        dataset=dataset.info.name,
        dataset_hash=dataset.sha256,
        parameters=parameters(name),  # type: ignore[arg-type]
        seed=SEED,
        device="cpu",
        interpreter=sys.executable,
    )
    run.spec.write_text(spec.to_json(), "utf-8")
    outcome = run_job(run, dataset.folder.parent, "cpu", Control(run))
    assert outcome.state is State.FINISHED, outcome
    series: dict[str, list[float]] = {}
    for event in EventReader(run.events).read(final=True):
        if isinstance(event, Points):
            for metric, value in zip(event.names, event.values, strict=True):
                series.setdefault(metric, []).append(value)
    return series["loss"], series["test/loss"][-1]


def _run(path: Path, dataset: Path) -> str:
    sys.argv = [str(path), str(dataset), "--every", "1"]
    shown = io.StringIO()
    with redirect_stdout(shown):
        runpy.run_path(str(path), run_name="__main__")
    return shown.getvalue()


if __name__ == "__main__":
    main(Framework(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
