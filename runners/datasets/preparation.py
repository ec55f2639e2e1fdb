"""Writing datasets: arrays as plain files that trainers map into memory, whole or in blocks, never a part seen."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.lib import format as npy
from numpy.typing import DTypeLike

from runners.datasets.dataset import (
    DESCRIPTION,
    STATISTICS,
    VERSIONS,
    DatasetError,
    DatasetInfo,
    DatasetModule,
    PreparedDataset,
    ProgressCallback,
)
from runners.datasets.statistics import statistics

if TYPE_CHECKING:
    from runners.datasets.dataset import Array

_HEADER_BYTES = 128
_BLOCK_BYTES = 1 << 22


def prepare(
    module: DatasetModule,
    datasets_folder: Path,
    source: Path | None,
    on_progress: ProgressCallback,
) -> PreparedDataset:
    """The prepared dataset of a module of this package. Raises DatasetError."""
    info = module.INFO
    with unfinished_folder(info.name, info.title, datasets_folder) as folder:
        found = PreparedDataset.read(datasets_folder / info.name)
        if found is None or found.info != info:
            contents = module.load(datasets_folder, source, on_progress)
            on_progress(f"writing {info.title}", 0.9)
            for name in info.arrays:
                np.save(folder / f"{name}.npy", contents.arrays[name], allow_pickle=False)
            if contents.vocabulary:
                contents.vocabulary.write(folder)
            found = publish(info, folder)
    on_progress(f"{info.title} is ready", 1.0)
    return found


@contextmanager
def unfinished_folder(name: str, title: str, datasets_folder: Path) -> Iterator[Path]:
    """An empty folder to write a dataset into, until `publish` renames it. One process at a time.

    A process that is killed leaves the folder; the next one, of any dataset, deletes it, or, where all was written but
    the last renaming, finishes that. Raises DatasetError where the disk is full or cannot be written.
    """
    folder = datasets_folder / f".{name}.new"
    try:
        datasets_folder.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(datasets_folder)
        with FileLock(datasets_folder / f".{name}.lock"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise DatasetError(
            f"{title} cannot be written into {datasets_folder}: {error.strerror or error}. "
            "Free some space or choose a home that can be written"
        ) from error


def publish(
    info: DatasetInfo, folder: Path, recipe: Mapping[str, Any] | None = None
) -> PreparedDataset:
    """Describe the arrays that were written into an unfinished folder and put it in its place.

    What stood there is kept among the `VERSIONS`, where old runs find it, if its arrays were others.
    """
    dataset = PreparedDataset(info, folder, hash_arrays(info, folder), recipe or {})
    (folder / STATISTICS).write_text(json.dumps(statistics(dataset)), "utf-8")
    (folder / DESCRIPTION).write_text(dataset.describe(), "utf-8")
    place = folder.with_name(info.name)
    old = _make_room(place, dataset.sha256)
    folder.rename(place)
    if old:
        shutil.rmtree(old, ignore_errors=True)
    return PreparedDataset(info, place, dataset.sha256, dataset.recipe)


def hash_arrays(info: DatasetInfo, folder: Path) -> str:
    """SHA-256 over the arrays' bytes, without headers, read in blocks."""
    digest = sha256()
    for name in info.arrays:
        with open(folder / f"{name}.npy", "rb") as file:
            _skip_header(file)
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()


class ArrayWriter:
    """Writes an array of any length into an .npy file, block by block along its first axis."""

    def __init__(self, path: Path, sample_shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self.count = 0
        self._shape = sample_shape
        self._dtype = np.dtype(dtype).newbyteorder("<")
        self._file = open(path, "wb")  # noqa: SIM115  it is closed by close()
        self._file.write(self._header())

    def append(self, block: Array) -> None:
        """Append samples: an array (samples, *sample_shape). Raises OSError where the disk is full."""
        if block.shape[1:] != self._shape:
            raise ValueError(f"a block of {block.shape[1:]} for an array of {self._shape}")
        self._file.write(np.ascontiguousarray(block, self._dtype).data)
        self.count += len(block)

    def close(self) -> None:
        """Write the length into the header, and the file is whole."""
        self._file.seek(0)
        self._file.write(self._header())
        self._file.close()

    def _header(self) -> bytes:
        """As `numpy.lib.format` describes version 1.0, of a fixed length."""
        described = {
            "descr": npy.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self.count, *self._shape),
        }
        start = npy.magic(1, 0)
        length = _HEADER_BYTES - len(start) - 2
        return (
            start + struct.pack("<H", length) + repr(described).ljust(length - 1).encode() + b"\n"
        )


def _skip_header(file: Any) -> None:
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    read(file)


def _make_room(place: Path, sha256: str) -> Path | None:
    """Move away what stands in a dataset's place: to the versions, or to the returned path, to be deleted there."""
    if not place.exists():
        return None
    old = PreparedDataset.read(place)
    lost = old is None or old.sha256 == sha256
    if lost or old is None:
        kept = place.with_name(f".{place.name}.old")
    else:
        kept = place.parent / VERSIONS / f"{place.name}-{old.sha256[:12]}"
        kept.parent.mkdir(exist_ok=True)
    shutil.rmtree(kept, ignore_errors=True)
    place.rename(kept)
    return kept if lost else None


def _clear_abandoned(datasets_folder: Path) -> None:
    """Take away the folders of writers that were killed.

    One that is whole was to be renamed next: where its place is empty, because the old one had just been moved away,
    that is done now.
    """
    for folder in datasets_folder.glob(".*.new"):
        name = folder.name[1:].removesuffix(".new")
        with suppress(Timeout), FileLock(datasets_folder / f".{name}.lock", timeout=0):
            if not (datasets_folder / name).exists() and PreparedDataset.read(folder):
                folder.rename(datasets_folder / name)
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(datasets_folder / f".{name}.old", ignore_errors=True)
