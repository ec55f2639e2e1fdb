"""The arrays in NPY, NPZ, IDX and HDF5 files, read from the start to the end a block at a time."""

from __future__ import annotations

import math
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.lib import format as npy

from runners.datasets.importing.encoding import open_binary
from runners.datasets.importing.recipe import ImportProblem
from runners.datasets.importing.splitting import part_named

HDF5 = (".h5", ".hdf5", ".hdf", ".he5")
SUFFIXES = frozenset((".npy", ".npz", ".idx", *HDF5))
_BLOCK_BYTES = 1 << 24
_IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_IDX_NAME = re.compile(r"idx\d[.-]ubyte|\.idx", re.I)


@dataclass(frozen=True)
class Source:
    """An array in a file."""

    name: str
    """The file's name, and in a file of several also the array's."""
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[int], Iterator[Any]]
    """Given how many rows, the array in blocks of so many."""

    def blocks(self) -> Iterator[tuple[int, Any]]:
        """Blocks of a few megabytes, each with the number of its first row. Raises ImportProblem."""
        row_bytes = max(1, math.prod(self.shape[1:]) * self.dtype.itemsize)
        start = 0
        try:
            for block in self.read(max(1, _BLOCK_BYTES // row_bytes)):
                yield start, block
                start += len(block)
        except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
            raise ImportProblem(f"{self.name} is damaged: get it again ({error})") from error

    def whole(self) -> Any:
        """The whole array, in memory."""
        return np.concatenate([block for _, block in self.blocks()])

    @property
    def own_name(self) -> str:
        """Its name within a file of several arrays; else the file's."""
        return self.name.partition("/")[2] or self.name

    @property
    def part(self) -> int | None:
        """The part that the name says, such as ``x_train`` or ``t10k-images``."""
        words = re.split(r"[^a-z0-9]+|(?<=[xy])(?=te|tr|va)", self.name.lower())
        found = [part_named("test" if word == "t10k" else word) for word in words]
        return next((part for part in found if part is not None), None)

    @property
    def is_target(self) -> bool:
        words = set(re.split(r"[^a-z0-9]+|(?=te|tr|va)", self.name.lower().replace("idx1", "")))
        return bool(
            words & {"y", "label", "labels", "target", "targets", "mask", "masks", "classes"}
        )


def is_array_file(path: Path) -> bool:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix in SUFFIXES or bool(_IDX_NAME.search(name))


def open_arrays(paths: tuple[str, ...]) -> list[Source]:
    """All arrays with at least one dimension in the files, or in the files of the folders. Raises ImportProblem."""
    files: list[Path] = []
    for path in map(Path, paths):
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        files += [file for file in inside if is_array_file(file)]
    found = [source for file in files for source in _open(file) if source.shape]
    if not found:
        raise ImportProblem(f"{', '.join(paths)} holds no arrays: NPY, NPZ, IDX or HDF5")
    return found


def _open(path: Path) -> list[Source]:
    suffix = path.suffix.lower()
    try:
        if suffix == ".npy":
            return [_npy(path)]
        if suffix == ".npz":
            return _npz(path)
        if suffix in HDF5:
            return _hdf5(path)
        return [_idx(path)]
    except (OSError, EOFError, ValueError, struct.error, zipfile.BadZipFile) as error:
        if re.search("allow_pickle|Object arrays|Python objects", str(error)):
            raise ImportProblem(
                f"{path} holds Python objects, which are not read since they can run programs: save plain numbers"
            ) from error
        raise ImportProblem(f"{path} is damaged, or of another kind: {error}") from error


def _npy(path: Path) -> Source:
    array = np.load(path, mmap_mode="r", allow_pickle=False)

    def read(rows: int) -> Iterator[Any]:
        for start in range(0, len(array), rows):
            yield np.asarray(array[start : start + rows])

    return Source(path.name, array.shape, array.dtype, read)


def _npz(path: Path) -> list[Source]:
    found = []
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            with archive.open(member) as file:
                shape, fortran, dtype = _npy_header(cast("BinaryIO", file))
            if dtype.hasobject:
                raise ValueError("Object arrays")
            name = f"{path.name}/{member.removesuffix('.npy')}"
            read = partial(_read_member, path, member, shape, dtype, fortran)
            found.append(Source(name, shape, dtype, read))
    return found


def _read_member(
    path: Path, member: str, shape: tuple[int, ...], dtype: np.dtype[Any], fortran: bool, rows: int
) -> Iterator[Any]:
    if fortran:
        with np.load(path, allow_pickle=False) as archive:
            yield archive[member.removesuffix(".npy")]
        return
    with zipfile.ZipFile(path) as archive, archive.open(member) as file:
        _npy_header(cast("BinaryIO", file))
        yield from _read_stream(cast("BinaryIO", file), shape, dtype, rows)


def _npy_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(file)
    return shape, fortran, dtype


def _idx(path: Path) -> Source:
    with open_binary(path) as file:
        shape, dtype = _idx_header(file)

    def read(rows: int) -> Iterator[Any]:
        with open_binary(path) as file:
            _idx_header(file)
            yield from _read_stream(file, shape, dtype, rows)

    return Source(path.name, shape, dtype, read)


def _idx_header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype[Any]]:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _IDX_TYPES:
        raise ValueError("it does not start as an IDX file does")
    return struct.unpack(f">{start[3]}I", file.read(4 * start[3])), np.dtype(_IDX_TYPES[start[2]])


def _read_stream(
    file: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any], rows: int
) -> Iterator[Any]:
    left = shape[0]
    row_bytes = math.prod(shape[1:]) * dtype.itemsize
    while left:
        count = min(rows, left)
        data = file.read(count * row_bytes)
        if len(data) < count * row_bytes:
            raise EOFError("it is cut short")
        yield np.frombuffer(data, dtype).reshape(count, *shape[1:])
        left -= count


def _hdf5(path: Path) -> list[Source]:
    try:
        import h5py
    except ImportError as error:
        raise ImportProblem("HDF5 files need the package h5py: pip install h5py") from error
    found: list[Source] = []

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape:
            read = partial(_read_hdf5, path, name)
            found.append(Source(f"{path.name}/{name}", tuple(item.shape), item.dtype, read))

    with h5py.File(path, "r") as file:
        file.visititems(add)
    return found


def _read_hdf5(path: Path, name: str, rows: int) -> Iterator[Any]:
    import h5py

    with h5py.File(path, "r") as file:
        item = file[name]
        if h5py.check_string_dtype(item.dtype):
            item = item.asstr()
        for start in range(0, item.shape[0], rows):
            yield item[start : start + rows]
