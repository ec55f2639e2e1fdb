"""From a folder, a run's or an export's, to a model that can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import PreparedDataset
from runners.export.answering.gradients import gradient_of
from runners.export.answering.subject import Subject
from runners.export.checking import missing_runtime
from runners.export.facts import Facts
from runners.export.formats import TRAINED, get_format
from runners.export.manifest import MANIFEST, Manifest
from runners.export.pictures import look_of
from runners.export.preparing import Opened, Tell, open_run, setup_on_cpu, trained_spec
from runners.export.preprocessing import describe
from runners.export.runtimes import load
from runners.export.trained import ExportError
from runners.protocol import RunFolder
from runners.train.data import Part, open_data
from runners.train.preparing import open_dataset, vocabulary_of
from runners.train.setup import Setup, TrainerError

_FIRST_CALLS = 3
"""So many calls a runtime may take for tracing and optimising; a person waits for them once, and is not told their time."""


def open_subject(folder: Path, datasets: Path, checkpoint: str, tell: Tell) -> Subject:
    """``checkpoint`` is that of a run: ``best``, ``last``, or "" for the one that its test used.

    Raises ExportError, TrainerError, OSError, ValueError, and what a runtime raises.
    """
    subject = _opened(folder, datasets, checkpoint, tell)
    tell("asking it for the first time", 0.9)
    for _ in range(_FIRST_CALLS):
        subject.predict(np.zeros((1, *subject.facts.shape), np.float32))
    return subject


def _opened(folder: Path, datasets: Path, checkpoint: str, tell: Tell) -> Subject:
    if not (folder / MANIFEST).is_file():
        return _of_run(RunFolder(folder), datasets, checkpoint, tell)
    manifest = Manifest.read(folder)
    run = RunFolder(folder.parents[1])
    if manifest.format == TRAINED:
        return _of_run(run, datasets, manifest.checkpoint, tell)
    return _of_export(folder, run, manifest, datasets, tell)


@dataclass(frozen=True)
class _Trained:
    """A run's model as a `Predictor`."""

    opened: Opened

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        return self.opened.outputs(x)


def _of_run(run: RunFolder, datasets: Path, checkpoint: str, tell: Tell) -> Subject:
    spec = trained_spec(run)
    dataset = open_dataset(spec, datasets)
    opened = open_run(run, dataset.info, vocabulary_of(dataset), checkpoint, tell=tell)
    setup = opened.setup
    test = open_data(dataset, setup).test
    look = look_of(dataset, test)
    about = describe(setup.template, setup.parameters, dataset.info, setup.vocabulary, look)
    facts = _facts(about, TRAINED, test)
    gradient = gradient_of(spec.framework, opened.model) if facts.explains else None
    return Subject(replace(facts, gradient=gradient is not None), _Trained(opened), test, gradient)


def _of_export(
    folder: Path, run: RunFolder, manifest: Manifest, datasets: Path, tell: Tell
) -> Subject:
    tell(f"loading {get_format(manifest.format).title}", 0.0)
    try:
        _, predictor = load(folder)
    except ModuleNotFoundError as error:
        raise ExportError(missing_runtime(get_format(manifest.format), error)) from error
    try:
        dataset, setup = _data_of(run, datasets)
        test = open_data(dataset, setup).test
    except (ExportError, TrainerError, OSError) as error:
        about = {**manifest.preprocessing, "test_problem": str(error)}
        return Subject(_facts(about, manifest.format, None), predictor)
    return Subject(_facts(manifest.preprocessing, manifest.format, test), predictor, test)


def _data_of(run: RunFolder, datasets: Path) -> tuple[PreparedDataset, Setup]:
    """The dataset that the run was tested on. Raises ExportError, TrainerError, OSError."""
    spec = trained_spec(run)
    dataset = open_dataset(spec, datasets)
    return dataset, setup_on_cpu(spec, run, dataset.info, vocabulary_of(dataset))


def _facts(about: Mapping[str, Any], form: str, test: Part | None) -> Facts:
    facts = Facts.from_plain({**about, "format": form})
    return replace(facts, test_count=len(test) if test is not None else 0)
