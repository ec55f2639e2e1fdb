"""MNIST: handwritten digits, 28 by 28 pixels.

LeCun, Bottou, Bengio and Haffner (1998), "Gradient-Based Learning Applied to Document Recognition". The checksums are those
that TensorFlow Datasets publishes for the same addresses.
"""

from __future__ import annotations

from pathlib import Path

from runners.datasets.dataset import Contents, DatasetInfo, ProgressCallback
from runners.datasets.idx_files import load_idx, remote_files

INFO = DatasetInfo(
    name="mnist",
    title="MNIST",
    summary="70,000 handwritten digits of 28 by 28 pixels; downloads 12 MB",
    source="Yann LeCun, Corinna Cortes and Christopher Burges, from storage.googleapis.com/cvdf-datasets/mnist",
    licence="CC BY-SA 3.0",
    input_shape=(28, 28, 1),
    classes=tuple("0123456789"),
    train_count=60_000,
    test_count=10_000,
    scale=255,
)
FILES = remote_files(
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    {
        "train_x": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train_y": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "test_x": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "test_y": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
)


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    return load_idx(INFO, FILES, datasets_folder, source, on_progress)
