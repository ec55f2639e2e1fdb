"""Fashion-MNIST: photographs of clothes, 28 by 28 pixels, from its four IDX files.

Xiao, Rasul and Vollgraf (2017), "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
Algorithms", https://arxiv.org/abs/1708.07747.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from runners.datasets.dataset import DatasetError, DatasetInfo, ProgressCallback

if TYPE_CHECKING:
    from runners.datasets.dataset import Array

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
FOLDER_VARIABLE = "TWINBENCH_FASHION_MNIST"
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
URL = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
FILES = {
    "train_x": "train-images-idx3-ubyte",
    "train_y": "train-labels-idx1-ubyte",
    "test_x": "t10k-images-idx3-ubyte",
    "test_y": "t10k-labels-idx1-ubyte",
}
CHECKSUMS = {
    "train_x": "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
    "train_y": "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
    "test_x": "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
    "test_y": "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
}
"""SHA-256 of each array's bytes, whichever way its file was compressed."""


def load_arrays(
    datasets_folder: Path, source: Path | None, on_progress: ProgressCallback
) -> dict[str, Array]:
    """The arrays, from the first of: ``source``, the folder that the environment variable
    TWINBENCH_FASHION_MNIST names, Debian's package, the network. Raises DatasetError.
    """
    folder = _named_folder(source)
    if folder is None:
        folder = datasets_folder / "downloads" / INFO.name
        _download_missing(folder, on_progress)
    arrays = {}
    for number, name in enumerate(FILES):
        path = _find(folder, name)
        if path is None:
            raise DatasetError(
                f"{folder} has no {FILES[name]} and no {FILES[name]}.gz. {_three_ways()}"
            )
        on_progress(f"reading {path.name}", 0.6 + 0.07 * number)
        arrays[name] = _read(path, name)
    return arrays


def _named_folder(source: Path | None) -> Path | None:
    """The folder that was named, or Debian's if it has the files."""
    if source is not None:
        return source
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    has_all = all(_find(DEBIAN_FOLDER, name) for name in FILES)
    return DEBIAN_FOLDER if has_all else None


def _find(folder: Path, name: str) -> Path | None:
    candidates = (folder / FILES[name], folder / f"{FILES[name]}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _read(path: Path, name: str) -> Array:
    from runners.datasets.idx import read_idx

    images = name.endswith("_x")
    array = read_idx(path, 3 if images else 1)
    if sha256(array.data).hexdigest() != CHECKSUMS[name]:
        raise DatasetError(
            f"{path} is not the file of Fashion-MNIST: its checksum is another. "
            f"Delete it and get it again, or name another folder"
        )
    return array[..., None] if images else array


def _download_missing(folder: Path, on_progress: ProgressCallback) -> None:
    from runners.datasets.download import download

    for number, name in enumerate(FILES):
        if _find(folder, name):
            continue
        file_name = f"{FILES[name]}.gz"

        def report(text: str, fraction: float, number: int = number) -> None:
            on_progress(text, 0.15 * (number + fraction))

        try:
            download(f"{URL}{file_name}", folder / file_name, report)
        except OSError as error:
            raise DatasetError(
                f"Fashion-MNIST could not be downloaded ({error}). {_three_ways()}"
            ) from error


def _three_ways() -> str:
    return (
        "There are three ways to get Fashion-MNIST: (1) with a network, prepare it again, and it is "
        f"downloaded from {INFO.source}; (2) on Debian or Ubuntu, install the package "
        "dataset-fashion-mnist (apt install dataset-fashion-mnist); "
        f"(3) name a folder that holds its four files {', '.join(FILES.values())}, with or without "
        f".gz, with --source or in the environment variable {FOLDER_VARIABLE}"
    )
