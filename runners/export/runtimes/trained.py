"""The framework itself: the run's checkpoint, with the model built by the template. The export's folder lies in the run's."""

from __future__ import annotations

from pathlib import Path

from runners.export.manifest import Manifest
from runners.export.preparing import open_run
from runners.export.preprocessing import dataset_of
from runners.export.runtimes import Predictor
from runners.export.trained import ExportError
from runners.protocol import RunFolder
from runners.train.engine import Array


class Trained:
    def __init__(self, folder: Path, manifest: Manifest, threads: int) -> None:
        run = RunFolder(folder.absolute().parents[1])
        info = dataset_of(manifest.preprocessing)
        self._opened = open_run(run, info, checkpoint=manifest.checkpoint, threads=threads)
        if self._opened.step != manifest.step:
            raise ExportError(
                f"The run's {manifest.checkpoint} checkpoint is of step {self._opened.step} by now, and this was made at step "
                f"{manifest.step}: export it again"
            )

    def predict(self, x: Array) -> Array:
        return self._opened.outputs(x)


def load(folder: Path, manifest: Manifest, threads: int) -> Predictor:
    """Raises ExportError, TrainerError."""
    return Trained(folder, manifest, threads)
