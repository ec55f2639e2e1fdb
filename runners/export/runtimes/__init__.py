"""Running exported models: a module for each runtime, with ``load``. They need NumPy and the runtime, and none knows how a model was trained
but ``trained`` and ``weights``, which build it with the template.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from runners.export.formats import get_format
from runners.export.manifest import Manifest

Array = NDArray[np.generic]


class Predictor(Protocol):
    """A loaded model."""

    def predict(self, x: Array) -> Array:
        """The outputs for a batch of inputs, each as the manifest says; any number of samples."""


class RuntimeModule(Protocol):
    def load(self, folder: Path, manifest: Manifest, threads: int) -> Predictor:
        """With so many threads, or with as many as the runtime likes where it is 0. Raises whatever the runtime raises."""


def load(folder: Path, threads: int = 0) -> tuple[Manifest, Predictor]:
    """The export in a folder. Raises OSError or ValueError for a damaged manifest, ModuleNotFoundError for a missing runtime."""
    manifest = Manifest.read(folder)
    module = import_module(f"{__name__}.{get_format(manifest.format).runtime}")
    return manifest, cast("RuntimeModule", module).load(folder, manifest, threads)
