"""Weights alone, in the framework, with the model that the template builds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runners.export.manifest import Manifest
from runners.export.preparing import setup_on_cpu, weights, wrapping
from runners.export.preprocessing import dataset_of
from runners.export.runtimes import Predictor
from runners.protocol import RunFolder, RunSpec
from runners.train.engine import Array, import_engine
from runners.train.setup import Setup


class Weights:
    def __init__(self, setup: Setup, model: Any) -> None:
        self._setup, self._model = setup, model

    def predict(self, x: Array) -> Array:
        return wrapping(self._setup.framework).outputs(self._model, x)


def load(folder: Path, manifest: Manifest, threads: int) -> Predictor:
    """Raises TrainerError, and whatever the framework raises for a damaged file."""
    spec = RunSpec.from_json(json.dumps(manifest.spec))
    run = RunFolder(folder.absolute().parents[1])
    setup = setup_on_cpu(spec, run, dataset_of(manifest.preprocessing), threads=threads)
    import_engine(setup).prepare(setup)
    model = weights(setup.framework).load(setup, folder)
    return Weights(setup, wrapping(setup.framework).wrapped(model, setup))
