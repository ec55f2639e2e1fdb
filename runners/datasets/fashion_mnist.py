"""Fashion-MNIST: photographs of clothes, 28 by 28 pixels, from its four IDX files.

Xiao, Rasul and Vollgraf (2017), "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
Algorithms", https://arxiv.org/abs/1708.07747.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from runners.datasets.dataset import Contents, DatasetError, DatasetInfo, ProgressCallback
from runners.datasets.idx_files import FILES as NAMES
from runners.datasets.idx_files import load_idx, read_arrays, remote_files

INFO = DatasetInfo(
    name="fashion-mnist",
    title="Fashion-MNIST",
    summary="70,000 photographs of clothes of 28 by 28 pixels in ten classes",
    source="https://github.com/zalandoresearch/fashion-mnist",
    licence="MIT",
    input_shape=(28, 28, 1),
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    train_count=60_000,
    test_count=10_000,
    scale=255,
)
_DEBIAN = "on Debian or Ubuntu, install the package dataset-fashion-mnist (apt install dataset-fashion-mnist)"
FOLDER_VARIABLE = "TWINBENCH_FASHION_MNIST"
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
FILES = remote_files(
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    {
        "train_x": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train_y": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "test_x": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "test_y": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
)
"""What is downloaded, with the checksums that TensorFlow Datasets publishes for the same addresses."""
CHECKSUMS = {
    "train_x": "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
    "train_y": "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
    "test_x": "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
    "test_y": "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
}
"""SHA-256 of each array's bytes, whichever way its file was compressed."""


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    """From the first of: ``source``, the folder that the environment variable TWINBENCH_FASHION_MNIST names, Debian's
    package, the network. Raises DatasetError.
    """
    folder = _named_folder(source)
    if folder is None:
        try:
            contents = load_idx(INFO, FILES, datasets_folder, None, on_progress)
        except DatasetError as error:
            raise DatasetError(f"{error}; (3) {_DEBIAN}") from error
    else:
        contents = read_arrays(INFO, {name: _file(folder, name) for name in NAMES}, on_progress)
    for name, array in contents.arrays.items():
        if sha256(array.data).hexdigest() != CHECKSUMS[name]:
            raise DatasetError(
                f"{folder}: {NAMES[name]} is not the file of Fashion-MNIST: its checksum is another. "
                "Delete it and get it again, or name another folder"
            )
    return contents


def _named_folder(source: Path | None) -> Path | None:
    """The folder that was named, or Debian's if it has the files."""
    if source is not None:
        return source
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    has_all = all(_find(DEBIAN_FOLDER, name) for name in NAMES)
    return DEBIAN_FOLDER if has_all else None


def _find(folder: Path, name: str) -> Path | None:
    candidates = (folder / NAMES[name], folder / f"{NAMES[name]}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _file(folder: Path, name: str) -> Path:
    path = _find(folder, name)
    if path is None:
        raise DatasetError(
            f"{folder} has no {NAMES[name]} and no {NAMES[name]}.gz. Ways to get Fashion-MNIST: "
            f"(1) with a network, prepare it without a folder, and it is downloaded; (2) {_DEBIAN}; (3) name a "
            f"folder that holds its four files {', '.join(NAMES.values())}, with or without .gz, with --source or "
            f"in the environment variable {FOLDER_VARIABLE}"
        )
    return path
