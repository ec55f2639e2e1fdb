"""CIFAR-10: photographs, 32 by 32 pixels, in ten classes.

Krizhevsky (2009), "Learning Multiple Layers of Features from Tiny Images". The checksum is the one that TensorFlow
Datasets publishes for the same address.
"""

from __future__ import annotations

from pathlib import Path

from runners.datasets.cifar import read_cifar
from runners.datasets.dataset import Contents, DatasetInfo, ProgressCallback
from runners.datasets.download import RemoteFile, get_files

INFO = DatasetInfo(
    name="cifar-10",
    title="CIFAR-10",
    summary="60,000 photographs of 32 by 32 pixels in ten classes; downloads 170 MB",
    source="Alex Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html",
    licence="none stated; its authors ask to be cited",
    input_shape=(32, 32, 3),
    classes=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    train_count=50_000,
    test_count=10_000,
    scale=255,
)
FILES = (
    RemoteFile(
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    ),
)
_FOLDER = "cifar-10-batches-bin"


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    (path,) = get_files(INFO, FILES, datasets_folder, source, on_progress)
    on_progress(f"reading {path.name}", 0.85)
    train = tuple(f"{_FOLDER}/data_batch_{number}.bin" for number in range(1, 6))
    return read_cifar(INFO, path, train, (f"{_FOLDER}/test_batch.bin",), labels=1)
