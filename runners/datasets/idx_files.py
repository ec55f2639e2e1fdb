"""Datasets of MNIST's form: 28 by 28 pixels in four IDX files, 60,000 images to train and 10,000 to test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runners.datasets.dataset import Contents, DatasetError, DatasetInfo, ProgressCallback
from runners.datasets.download import RemoteFile, get_files

FILES = {
    "train_x": "train-images-idx3-ubyte",
    "train_y": "train-labels-idx1-ubyte",
    "test_x": "t10k-images-idx3-ubyte",
    "test_y": "t10k-labels-idx1-ubyte",
}


def remote_files(url: str, checksums: Mapping[str, str]) -> tuple[RemoteFile, ...]:
    """The four files at an address that ends with a slash; the checksums by the names of the arrays."""
    return tuple(RemoteFile(f"{url}{name}.gz", checksums[array]) for array, name in FILES.items())


def load_idx(
    info: DatasetInfo,
    files: tuple[RemoteFile, ...],
    datasets_folder: Path,
    source: Path | None,
    on_progress: ProgressCallback,
) -> Contents:
    """The arrays of the four files, in the order of `FILES`. Raises DatasetError."""
    paths = get_files(info, files, datasets_folder, source, on_progress)
    return read_arrays(info, dict(zip(FILES, paths, strict=True)), on_progress)


def read_arrays(
    info: DatasetInfo, paths: Mapping[str, Path], on_progress: ProgressCallback
) -> Contents:
    """The arrays from their files, compressed or not. Raises DatasetError."""
    from runners.datasets.idx import read_idx

    arrays = {}
    for name, path in paths.items():
        on_progress(f"reading {path.name}", 0.85)
        images = name.endswith("_x")
        array = read_idx(path, 3 if images else 1)
        count = info.train_count if name.startswith("train") else info.test_count
        expected = (count, *info.input_shape[: 2 * images])
        if array.shape != expected:
            raise DatasetError(
                f"{path} is not the file of {info.title}: its array is {array.shape}, not {expected}. "
                "Delete it and get it again, or name another folder"
            )
        arrays[name] = array[..., None] if images else array
    return Contents(arrays)
