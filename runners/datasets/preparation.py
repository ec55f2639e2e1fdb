"""Preparing a dataset: its arrays as plain files that trainers map into memory."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock

from runners.datasets.dataset import (
    DESCRIPTION,
    DatasetError,
    DatasetInfo,
    DatasetModule,
    PreparedDataset,
    ProgressCallback,
)

if TYPE_CHECKING:
    from runners.datasets.dataset import Array


def prepare(
    module: DatasetModule,
    datasets_folder: Path,
    source: Path | None,
    on_progress: ProgressCallback,
) -> PreparedDataset:
    """The prepared dataset. Raises DatasetError."""
    info = module.INFO
    folder = datasets_folder / info.name
    try:
        datasets_folder.mkdir(parents=True, exist_ok=True)
        with FileLock(datasets_folder / f".{info.name}.lock"):
            found = PreparedDataset.read(folder)
            if found is None or found.info != info:
                arrays = module.load_arrays(datasets_folder, source, on_progress)
                on_progress(f"writing {info.title}", 0.9)
                found = _write(info, arrays, folder)
    except OSError as error:
        raise DatasetError(
            f"{info.title} cannot be written into {datasets_folder}: {error.strerror or error}. "
            "Free some space or choose a home that can be written"
        ) from error
    on_progress(f"{info.title} is ready", 1.0)
    return found


def _write(info: DatasetInfo, arrays: dict[str, Array], folder: Path) -> PreparedDataset:
    """Write into a folder beside it and rename that, so that a reader never sees a part."""
    unfinished = PreparedDataset(info, folder.with_name(f".{info.name}.new"), _hash(info, arrays))
    shutil.rmtree(unfinished.folder, ignore_errors=True)
    unfinished.folder.mkdir()
    for name in info.arrays:
        np.save(unfinished.array(name), arrays[name], allow_pickle=False)
    (unfinished.folder / DESCRIPTION).write_text(unfinished.describe(), "utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    unfinished.folder.rename(folder)
    return PreparedDataset(info, folder, unfinished.sha256)


def _hash(info: DatasetInfo, arrays: dict[str, Array]) -> str:
    digest = sha256()
    for name in info.arrays:
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.hexdigest()
